"""The sixth act: quick wins run for nine months with a report each month, to the target or short of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import Any, NamedTuple

from app.client import Client
from app.demo.ideas import SAID
from app.demo.mentoring import Mentored
from app.demo.people import REASON, Stage

# The last days of October to June, when a quick win's nine months end.
_MONTHS = (10, 11, 12, 1, 2, 3, 4, 5, 6)
_MISSES = 0.2


class Results(NamedTuple):
    """What came of the quick wins, and the whole path of one region."""

    standings: Mapping[str, Any]
    reports: int
    region: Mentored
    timeline: Sequence[Mapping[str, Any]]
    report: Mapping[str, Any]


def play(stage: Stage, officer: Client, cohort: str, regions: Sequence[Mentored]) -> Results:
    """Run every quick win to its end and close the cohort; return what came of it."""
    runs = [(region, quick_win) for region in regions for quick_win in region.quick_wins]
    reports = stage.each("quick wins run", runs, lambda item: _run(stage, *item))
    stage.each("closing the mentorships", regions, lambda one: officer.move(one.mentorship, "completed", REASON))
    officer.move(cohort, "closed", REASON)
    region, citizen = regions[0], stage.citizen
    # Its own office sees the workshops too, which a citizen does not.
    path = f"/v1/regions/{region.region_code}/timeline"
    timeline = list(region.office.every(path, cohort=cohort.rpartition("/")[2]))
    standings, report = citizen.get(f"{cohort}/quick-win-standings"), citizen.get(f"{cohort}/report")
    return Results(standings, sum(reports), region, timeline, report)


def _run(stage: Stage, region: Mentored, path: str) -> int:
    """Run one quick win; return how many reports it took."""
    office = region.office
    quick_win = office.get(path)
    measure = quick_win["measure"]
    lot = Random(f"{region.region_code}/{quick_win['title']}")  # noqa: S311 - a lot that anyone can draw again, no secret
    misses = lot.random() < _MISSES
    office.move(path, "running", REASON)
    for number, month in enumerate(_MONTHS, start=1):
        percent = min(100, number * 100 // len(_MONTHS) - (lot.randint(0, 30) if misses else 0))
        told: dict[str, Any] = {
            "reported_on": _day(stage.year, month).isoformat(),
            "percent": max(0, percent),
            "value": _value(measure, max(0, percent)),
            "evidence": [_evidence(region, month)],
            "note": SAID,
            "reason": SAID if misses else None,
        }
        office.post(f"{path}/progress-reports", told)
    share = lot.randint(40, 90) if misses else lot.randint(100, 120)
    office.move(
        path,
        "completed",
        REASON,
        closed_on=_day(stage.year, _MONTHS[-1]).isoformat(),
        value=_value(measure, share),
        evidence=[_evidence(region, 0)],
    )
    return len(_MONTHS)


def _day(year: int, month: int) -> date:
    """Return the 28th of a month of the nine: there is one in each."""
    return date(year if month >= _MONTHS[0] else year + 1, month, 28)


def _value(measure: Mapping[str, Any], percent: int) -> float:
    """Return the value so far on the way from baseline to target."""
    way = measure["target"] - measure["baseline"]
    return float(round(measure["baseline"] + way * percent / 100, 1))


def _evidence(region: Mentored, month: int) -> dict[str, str]:
    return {"url": f"https://example.org/{region.region_code}/{month}.jpg", "title": SAID}
