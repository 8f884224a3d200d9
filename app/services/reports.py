"""Count what became of a cohort, and how far its assessment has come; nothing of it is stored.

Each report is one statement, whatever the size of the cohort. What takes exact arithmetic comes back as raw levels and
totals and is worked out by the rules, in a thread: for a whole cohort that takes longer than others should wait.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from fastapi import Response

from app.domain import agreement, scoring
from app.domain.distribution import distribution
from app.domain.lifecycles import ASSESSMENT, CANDIDACY, CHOSEN, SHORTLISTED
from app.domain.principals import SYSTEM
from app.kernel.db import Connection
from app.kernel.engines import from_json
from app.kernel.formats import JSON
from app.kernel.reading import Reading
from app.schemas.cohorts import AssessmentRules
from app.schemas.reports import AssessmentProgressRead, CohortReportQuery, CohortReportRead
from app.services import candidacies, report_results
from app.services.report_statements import PROGRESS, REPORT


async def report(reading: Reading[CohortReportQuery], code: str, *, moment: datetime) -> Response:
    """Answer what became of a cohort that the reader sees, and how its quick wins stand on the day asked."""
    told = await reading.run(lambda connection, _who: counted(connection, code, reading.query.on, moment))
    return Response(told.model_dump_json(), media_type=JSON)


async def counted(connection: Connection, code: str, on: date | None, moment: datetime) -> CohortReportRead:
    """Count what became of a cohort; fetch first the record of it, through which it is visible."""
    found = await connection.fetchval(
        REPORT, code, list(CANDIDACY.states), list(SHORTLISTED), list(CHOSEN), candidacies.RESOURCE, SYSTEM.id
    )
    return await asyncio.to_thread(_report, found, on, moment)


def _report(counts: str, on: date | None, moment: datetime) -> CohortReportRead:
    found = from_json(counts)
    scorecards = found.pop("scorecards")
    found["scores"] = found["agreement"] = None
    if scorecards:
        spread = distribution([card["total"] for card in scorecards])
        found["scores"] = spread and asdict(spread)
        found["agreement"] = _agreement(levels for card in scorecards for levels in card["levels"])
    found["mentoring"] = report_results.mentoring(found["mentoring"])
    found["plans"] = report_results.plans(found["plans"])
    found["quick_wins"] = report_results.quick_wins(found["quick_wins"], on, moment)
    return CohortReportRead.model_validate(found)


async def progress(reading: Reading, code: str) -> Response:
    """Answer how far the assessment of a cohort has come, for whoever oversees it."""
    found = await reading.value(PROGRESS, code, list(ASSESSMENT.states))
    told = await asyncio.to_thread(_progress, found)
    return Response(told.model_dump_json(), media_type=JSON)


def _progress(counts: str) -> AssessmentProgressRead:
    found = from_json(counts)
    rules = AssessmentRules(**(found.pop("assessment_rules") or {}))
    panels = found["complete"]
    levels = [question["levels"] for panel in panels for question in panel["questions"]]
    found["complete"] = [_panel(panel, rules.spread_limit) for panel in panels]
    found["quorum"] = rules.quorum
    found["short"] = [panel for panel in found.pop("panels") if panel["members"] < rules.quorum]
    found["agreement"] = _agreement(levels)
    return AssessmentProgressRead.model_validate(found)


def _panel(found: Mapping[str, Any], limit: int) -> dict[str, Any]:
    questions = found["questions"]
    contested = [one["question"] for one in questions if scoring.contested(one["levels"], limit)]
    return {
        **found,
        "agreement": _agreement(one["levels"] for one in questions),
        "contested": contested,
        "undecided": [question for question in contested if question not in found["decided"]],
    }


def _agreement(units: Iterable[Iterable[int]]) -> dict[str, Any]:
    return asdict(agreement.alpha(units))
