"""The path of a region: everything that became of it, from nomination to results."""

from typing import Annotated

from fastapi import Response

from app.domain.permissions import Permission
from app.kernel.listing import Page
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.projections.regions import REGIONS
from app.projections.timelines import TIMELINES
from app.schemas.timelines import TimelineQuery, TimelineStepRead

router = Room(prefix="/v1/regions/{code}", tags=["reports"])


@router.get("/timeline", response_model=Page[TimelineStepRead], summary="List the path of a region")
async def list_region_timeline(
    code: str, reading: Annotated[Reading[TimelineQuery], reads(Permission.REPORTS_READ, TimelineQuery)]
) -> Response:
    """List every step of a region's path over all cohorts, from its nomination to the results of its quick wins.

    A step is shown to those who see its record, and saw it in the state that the step led to.
    """
    await reading.record(REGIONS, code=code)
    return await reading.page(TIMELINES, region=code)
