"""What a reader can follow: the datasets that the reader may export, narrowed to what is asked for."""

from collections.abc import Sequence

from app.domain.permissions import Principal
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
    """Return the projections of these; a filter leaves those that have it.

    Raises `Forbidden`, or `Unauthenticated`, for a resource that is asked for by its name and closed to the reader.
    """
    wanted = _named(query)
    for name in wanted:
        require(principal, DATASETS[name].permission)
    open_ones = (dataset.projection for dataset in open_to(principal) if dataset.followed)
    return [
        projection
        for projection in open_ones
        if (not wanted or projection.name in wanted) and query.filters().keys() <= projection.filters.keys()
    ]


def _named(query: ChangeQuery) -> Sequence[str]:
    return (query.resource,) if query.resource else query.resource_in or ()
