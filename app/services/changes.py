"""What a reader can follow: the datasets that the reader may export, narrowed to what is asked for."""

from collections.abc import Sequence

from app.domain.permissions import Principal
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
    parameter, names = ("resource", (query.resource,)) if query.resource else ("resource_in", query.resource_in or ())
    errors = [
        FieldError(parameter=parameter, code="not_allowed", message=UNFILTERED.format(resource=name))
        for name in names
        if not query.filters().keys() <= DATASETS[name].projection.filters.keys()
    ]
    if errors:
        raise Invalid(errors=errors)


def followed(principal: Principal, query: ChangeQuery) -> Sequence[Projection]:
    """Return the projections of these; a filter leaves those that have it."""
    wanted = {query.resource} if query.resource else set(query.resource_in or ())
    open_ones = (dataset.projection for dataset in open_to(principal) if dataset.followed)
    return [
        projection
        for projection in open_ones
        if (not wanted or projection.name in wanted) and query.filters().keys() <= projection.filters.keys()
    ]
