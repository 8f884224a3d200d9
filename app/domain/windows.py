"""Whether a moment lies inside a period of the cohort's calendar, in the region's own time zone.

A period runs from 00:00 of its first day to the end of its last, by the clocks of the region: the same period closes in
Jayapura (WIT) two hours before it closes in Jakarta (WIB). The days alone decide, so no zone has a shorter period.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from app.domain.reasons import Reason, reason

# Presidential Decree (Keppres) 41/1987 divides Indonesia into these three, UTC+7, +8 and +9.
ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}

Phase = Literal["ahead", "open", "over"]


@dataclass(frozen=True, slots=True)
class Window:
    """A period of a calendar, both days included. A calendar may have several of one code; each opens it."""

    code: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Period:
    """A window as the clocks of one zone see it: open from `opens_at` (included) to `closes_at` (excluded), in UTC."""

    code: str
    time_zone: str
    opens_at: datetime
    closes_at: datetime
    phase: Phase


def barred(calendar: Iterable[Window], code: str, time_zone: str, moment: datetime) -> Reason | None:
    """Tell why it is not the time for `code` in a zone; None when it is.

    Names the next window when one is ahead, else the last. Raises ValueError for a moment without a zone.
    """
    windows = sorted((window for window in calendar if window.code == code), key=lambda window: window.starts_on)
    if not windows:
        return reason("window_missing", window=code)
    today, zone = local_day(moment, time_zone), ZONES.get(time_zone, time_zone)
    if any(window.starts_on <= today <= window.ends_on for window in windows):
        return None
    if ahead := [window.starts_on for window in windows if today < window.starts_on]:
        return reason("window_ahead", window=code, day=ahead[0].isoformat(), zone=zone)
    return reason("window_over", window=code, day=max(w.ends_on for w in windows).isoformat(), zone=zone)


def periods(calendar: Iterable[Window], time_zones: Iterable[str], moment: datetime) -> tuple[Period, ...]:
    """Tell what opens and closes when, in every zone given, the first to close first."""
    zones = sorted(set(time_zones))
    found = (
        Period(
            window.code,
            zone,
            _midnight(window.starts_on, zone),
            _midnight(window.ends_on + timedelta(days=1), zone),
            _phase(window, local_day(moment, zone)),
        )
        for window in calendar
        for zone in zones
    )
    return tuple(sorted(found, key=lambda period: (period.closes_at, period.opens_at, period.code)))


def local_day(moment: datetime, time_zone: str) -> date:
    """Tell which day it is in a zone. Raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(ZoneInfo(time_zone)).date()


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def _phase(window: Window, today: date) -> Phase:
    if today < window.starts_on:
        return "ahead"
    return "open" if today <= window.ends_on else "over"
