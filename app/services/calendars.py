"""Whether now is the time: the cohort's calendar, by the region's own clock."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.windows import Window, barred, local_day
from app.kernel.messages import Text
from app.kernel.problems import Conflict
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.regions import Region


class OutsideWindow(Conflict):
    """It is not the time for this; the detail says when it is, `reason` why in one word."""

    code = "outside_window"
    title = Text(en="Outside the window", id="Di luar jadwal")
    help = Text(
        en="The calendar does not allow this now; it goes by the region's own clock. An officer can admit a late form.",
        id="Kalender belum atau tidak lagi mengizinkan, menurut jam daerah. Petugas dapat menerima formulir terlambat.",
    )


def now() -> datetime:
    """Return this moment; whoever judges by the clock asks here, once."""
    return datetime.now(UTC)


def furthest_day() -> date:
    """Return the day it is where each day begins first; nowhere in the country can it be later."""
    return local_day(now(), "Asia/Jayapura")


def windows(cohort: Cohort) -> Iterator[Window]:
    """Yield the windows of the cohort's calendar as the rules take them."""
    stored: Mapping[str, Any]
    for stored in cohort.calendar:
        yield Window(
            stored["code"],
            starts_on=date.fromisoformat(str(stored["starts_on"])),
            ends_on=date.fromisoformat(str(stored["ends_on"])),
        )


async def require_window(
    session: AsyncSession, cohort: Cohort, candidacy: Candidacy, code: str, moment: datetime
) -> None:
    """Raise `OutsideWindow` unless a window of this code is open where the candidacy's region is."""
    time_zone = await _time_zone(session, candidacy.region_code)
    if why := barred(windows(cohort), code, time_zone, moment):
        raise OutsideWindow(Text(en=why.text_en, id=why.text_id), reason=why.code)


async def today(session: AsyncSession, region_code: str, moment: datetime) -> date:
    """Tell which day it is in a region."""
    return local_day(moment, await _time_zone(session, region_code))


async def _time_zone(session: AsyncSession, region_code: str) -> str:
    return (await session.execute(select(Region.time_zone).where(Region.code == region_code))).scalar_one()
