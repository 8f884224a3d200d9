"""What a reader can follow: the datasets that the reader may export, narrowed to what is asked for."""

from collections.abc import Collection, Sequence

from app.domain.principals import Principal
from app.kernel.auth import require
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Invalid
from app.kernel.projection import Projection
from app.schemas.changes import ChangeQuery
from app.services.datasets import DATASETS, open_to

UNFILTERED = Text(
    en="Records of `{resource}` are not part of one cohort or region, as the filter asks. Leave out one or the other.",
    id="Data `{resource}` bukan bagian satu tahap atau daerah seperti diminta filter. Hapus salah satunya.",
)


def check(query: ChangeQuery) -> None:
    """Raise `Invalid` for a resource that is asked for by its name, and has not the filters."""
    errors = [
        FieldError(
            parameter="resource" if query.resource else "resource_in",
            code="not_allowed",
            message=UNFILTERED.format(resource=name),
        )
        for name in _named(query)
        if not query.filters().keys() <= DATASETS[name].projection.filters.keys()
    ]
    if errors:
        raise Invalid(errors=errors)


def followed(principal: Principal, query: ChangeQuery) -> Sequence[Projection]:
    """Return what is followed as the query asks.

    Raises `Forbidden`, or `Unauthenticated`, for a resource that is asked for by its name and closed to the reader.
    """
    wanted = _named(query)
    for name in wanted:
        require(principal, DATASETS[name].permission)
    return followable(principal, wanted or None, query.filters())


def followable(principal: Principal, names: Collection[str] | None, filters: Collection[str]) -> Sequence[Projection]:
    """Return those of these datasets, or of all, that the principal may read and that know the filters."""
    return [
        dataset.projection
        for dataset in open_to(principal)
        if dataset.followed
        and (names is None or dataset.name in names)
        and dataset.projection.filters.keys() >= set(filters)
    ]


def _named(query: ChangeQuery) -> Sequence[str]:
    return (query.resource,) if query.resource else query.resource_in or ()
