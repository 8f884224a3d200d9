"""Assessed regions for tests: cohorts whose scorecards are as the test wants them, and the final choice among them."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import func, select

from app.domain.exact import shown, to_decimal
from app.kernel.db import Database
from app.kernel.writing import new_id
from app.models.assessments import Assessment
from app.models.scorecards import Scorecard
from tests.ground import laid
from tests.routers.factories import make_candidacy, make_cohort, make_rubric, make_run, move

NOW = datetime(2026, 3, 7, tzinfo=UTC)
# Ranks by the total alone, as it is.
BY_TOTAL: dict[str, Any] = {
    "eligibility": {"kinds": ["regency", "city"]},
    "criteria": [
        {"code": "readiness", "assessment": "total", "direction": "higher", "weight": 1, "normalisation": "none"}
    ],
    "missing": "exclude",
    "reserves": 10,
}


@laid
async def make_assessed(
    officer: httpx.AsyncClient, database: Database, totals: Mapping[str, str | None], **fields: Any
) -> dict[str, str]:
    """Make a cohort whose assessment is over; return the path of each region's candidacy.

    A region without a total has no scorecard.
    """
    await make_rubric(officer)
    await make_cohort(officer, **{"quota": 2, "candidate_quota": 20} | fields)
    paths = {code: await make_candidacy(officer, "test", code) for code in totals}
    async with database.read() as connection:
        await connection.execute("UPDATE candidacies SET state = 'assessed' WHERE cohort_code = 'test'")
    for code, total in totals.items():
        if total is not None:
            await add_scorecard(database, paths[code], total)
    await move(officer, "/v1/cohorts/test", "assessing")
    return paths


@laid
async def add_scorecard(
    database: Database,
    candidacy: str,
    total: str,
    regulation: str | None = None,
    priorities: Collection[str] = (),
) -> UUID:
    """Give a candidacy its next scorecard, and its final assessment first when it has none; return the scorecard.

    `total` and the score in `regulation`, when it is not the same, are decimals or fractions; they say what the score
    in leadership is.
    """
    rules = Fraction(regulation or total)
    leadership = (Fraction(total) - Fraction("0.3") * rules) / Fraction("0.7")
    levels = {"vision": _levels(leadership), "drive": _levels(leadership), "rules": _levels(rules)}
    candidacy_id = UUID(candidacy.rpartition("/")[2])
    async with database.write() as session:
        assessment = await session.scalar(select(Assessment).where(Assessment.candidacy_id == candidacy_id))
        if assessment is None:
            assessment = Assessment(
                id=new_id(),
                candidacy_id=candidacy_id,
                rubric_code="readiness",
                rubric_edition=1,
                state="final",
                priorities=list(priorities),
                submitted_at=NOW,
                revealed_at=NOW,
                finalised_at=NOW,
            )
            session.add(assessment)
            await session.flush()
        newest = await session.scalar(
            select(func.max(Scorecard.edition)).where(Scorecard.assessment_id == assessment.id)
        )
        card = Scorecard(
            id=new_id(),
            assessment_id=assessment.id,
            edition=(newest or 0) + 1,
            rubric_code="readiness",
            rubric_edition=1,
            total=shown(to_decimal(Fraction(total))),
            percent=shown(to_decimal(Fraction(total) * 25)),
            criteria=[
                {"criterion": code, "weight": 0, "score": shown(to_decimal(score)), "contribution": 0}
                for code, score in (("leadership_vision", leadership), ("regulation", rules))
            ],
            questions=[],
            inputs=json.dumps({"levels": levels, "decisions": {}}),
            inputs_sha256="0" * 64,
            reason="test",
            simulation=False,
        )
        session.add(card)
        return card.id


def _levels(score: Fraction) -> list[int]:
    """Return levels, as many as it takes, whose mean is the score."""
    level, more = divmod(score.numerator, score.denominator)
    levels = [level] * (score.denominator - more) + [level + 1] * more
    assert 0 <= levels[0] <= levels[-1] <= 4
    return levels


@laid
async def record_final(officer: httpx.AsyncClient, **method: Any) -> str:
    """Record the final choice by the total, or by what differs from it; return the run's path."""
    return await make_run(officer, "test", stage="final", method=BY_TOTAL | method)


@laid
async def publish_final(officer: httpx.AsyncClient, second: httpx.AsyncClient, **method: Any) -> str:
    """Record the final choice and have it published; return the run's path."""
    run = await record_final(officer, **method)
    published = await move(second, run, "published")
    assert published.status_code == 200, published.text
    return run
