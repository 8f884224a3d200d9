"""How quick wins stand on a day: worked out anew at each request from what is known of them, never stored."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.domain.benefit import Measure
from app.domain.quick_win_progress import Closing, Report, Standing, no_standing, standing
from app.domain.quick_wins import QuickWin
from app.domain.windows import local_day
from app.kernel.engines import from_json
from app.kernel.reading import Reading
from app.projections.quick_wins import QUICK_WIN_FACTS
from app.schemas.assessments import ReasonRead
from app.schemas.quick_win_rules import QuickWinRules
from app.schemas.quick_win_standings import (
    QuickWinCourse,
    QuickWinFacts,
    QuickWinStandingRead,
    QuickWinStandingsRead,
    StandingCountsRead,
)


async def of_one(reading: Reading, quick_win_id: UUID, on: date | None, *, moment: datetime) -> QuickWinStandingRead:
    """Tell how a quick win that the reader sees stands on a day, or today where it is; raise `NotFound`."""
    record = await reading.record(QUICK_WIN_FACTS, id=quick_win_id)
    return _told(from_json(record.body), on, moment)


async def of_cohort(reading: Reading, code: str, on: date | None, *, moment: datetime) -> QuickWinStandingsRead:
    """Tell how all quick wins of a cohort stand that were approved, by region, and how many stand how."""
    facts = await reading.every(QUICK_WIN_FACTS, "region_code", cohort=code, published=True)
    # Beside other requests, because a whole cohort takes longer than these should wait.
    told = await asyncio.to_thread(lambda: [_told(fact, on, moment) for fact in from_json(facts)])
    items = [item for item in told if item.state is not None]
    counts = Counter(str(item.state) for item in items)
    return QuickWinStandingsRead(cohort_code=code, on=on, counts=StandingCountsRead(**counts), items=items)


def _told(found: Mapping[str, Any], on: date | None, moment: datetime) -> QuickWinStandingRead:
    facts = QuickWinFacts.model_validate(found)
    stands = standing_on(facts, on, facts.quick_win_rules, moment)
    return QuickWinStandingRead(
        quick_win_id=facts.id,
        candidacy_id=facts.candidacy_id,
        region_code=facts.region_code,
        region_name=facts.region_name,
        title=facts.title,
        dimension=facts.dimension,
        on=stands.day,
        state=stands.state,
        reported=stands.reported,
        expected=stands.expected,
        report_due=stands.report_due,
        reasons=[ReasonRead(code=why.code, text_en=why.text_en, text_id=why.text_id) for why in stands.reasons],
    )


def standing_on(course: QuickWinCourse, on: date | None, rules: Mapping[str, Any] | None, moment: datetime) -> Standing:
    """Tell how a quick win stands on a day, or today where it is, by the rules of its cohort."""
    day = local_day(moment, course.time_zone) if on is None else on
    if course.published_at is None:
        return no_standing(day)
    if course.left and course.closed_on is None:
        return no_standing(day, "quick_win_left")
    quick_win = QuickWin(
        title=course.title,
        dimension=course.dimension,
        measure=Measure(course.measure.unit, course.measure.baseline, course.measure.target),
        starts_on=course.starts_on,
        ends_on=course.ends_on,
    )
    reports = [Report(one.reported_on, one.percent) for one in course.reports]
    closing = None if course.closed_on is None else Closing(course.closed_on, course.measured_value)
    return standing(quick_win, reports, closing, day=day, tolerance=QuickWinRules(**(rules or {})).tolerance)
