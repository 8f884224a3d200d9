"""What a reader can follow: the datasets that the reader may export, narrowed to what is asked for."""

from collections.abc import Sequence

from app.domain.permissions import Principal
from app.kernel.projection import Projection
from app.schemas.changes import ChangeQuery
from app.services.datasets import open_to


def followed(principal: Principal, query: ChangeQuery) -> Sequence[Projection]:
    """Return the projections of these; a filter leaves those that have it."""
    wanted = {query.resource} if query.resource else set(query.resource_in or ())
    open_ones = (dataset.projection for dataset in open_to(principal) if dataset.followed)
    return [
        projection
        for projection in open_ones
        if (not wanted or projection.name in wanted) and query.filters().keys() <= projection.filters.keys()
    ]
