"""The page at `/`: the programme at a glance, for everyone, as everyone may see it."""

from typing import Annotated

from fastapi import Response
from pydantic import Field

from app.domain import dot_map
from app.domain.permissions import Permission
from app.kernel.pages import PageQuery, page
from app.kernel.reading import Reading, published
from app.kernel.rooms import Room
from app.kernel.types import ShortText
from app.services import calendars
from app.services.glance import STAGE_OF, glance

router = Room(include_in_schema=False)


class HomeQuery(PageQuery):
    """Which cohort is looked at."""

    cohort: Annotated[ShortText | None, Field(description="the newest that is no rehearsal when absent")] = None


@router.get("/")
async def home(reading: Annotated[Reading[HomeQuery], published(Permission.REPORTS_READ, HomeQuery)]) -> Response:
    """Show one cohort: its regions on the map, their way through the programme, their spread, and what came of it."""
    seen = await glance(reading, reading.query.cohort, moment=calendars.now())
    if seen is None:
        return page(reading.request, "nothing_yet.html")
    return page(reading.request, "home.html", glance=seen, stage_of=STAGE_OF, map=dot_map)
