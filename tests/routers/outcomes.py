"""Assessed and decided cohorts for tests, written past all rules: how one comes there is tested elsewhere.

The rubric is CRITERIA of the factories: leadership_vision 0.7 (vision 0.25, drive 0.75), regulation 0.3 (rules).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.kernel.writing import act_as, new_id
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.panels import PanelMember
from app.models.reviews import Review
from app.models.scorecards import Scorecard
from app.models.selection_runs import SelectionResult, SelectionRun
from tests.conftest import EXPERT
from tests.ground import laid
from tests.routers.assessments import open_assessments, window
from tests.routers.factories import make_expert, make_institution

Levels = tuple[int, int]  # what the two assessors gave
# By region, the levels for vision, drive and rules; by hand, what they come to.
LEVELS: dict[str, tuple[Levels, Levels, Levels]] = {
    "32.71": ((3, 3), (2, 3), (3, 4)),
    "32.72": ((1, 2), (1, 1), (2, 2)),
    "32.73": ((4, 4), (3, 3), (1, 2)),
    "32.74": ((2, 2), (2, 2), (2, 3)),
}
SCORES = {
    "32.71": {"leadership_vision": Decimal("2.625"), "regulation": Decimal("3.5")},
    "32.72": {"leadership_vision": Decimal("1.125"), "regulation": Decimal(2)},
    "32.73": {"leadership_vision": Decimal("3.25"), "regulation": Decimal("1.5")},
    "32.74": {"leadership_vision": Decimal(2), "regulation": Decimal("2.5")},
}
TOTALS = {
    "32.71": Decimal("2.8875"),
    "32.72": Decimal("1.3875"),
    "32.73": Decimal("2.725"),
    "32.74": Decimal("2.15"),
}
DECISIONS = {"32.71": "in", "32.73": "in", "32.74": "reserve", "32.72": "out"}
STATES = {"in": "selected", "reserve": "reserve", "out": "not_selected"}
SHARES = {"vision": Decimal("0.175"), "drive": Decimal("0.525"), "rules": Decimal("0.3")}
QUESTIONS = tuple(SHARES)
LETTERS = "/v1/cohorts/test/result-letters"
ISSUE: dict[str, Any] = {"date": "2027-03-01", "number_pattern": "B-{n}/KOMINFO/2027", "reason": "Decree 7/2027"}


def scorecard(assessment: Assessment, region: str, edition: int = 1, **fields: Any) -> Scorecard:
    """Return the scorecard that the levels of a region come to."""
    weights = {"leadership_vision": Decimal("0.7"), "regulation": Decimal("0.3")}
    criteria = [
        {"criterion": code, "weight": weights[code], "score": score, "contribution": weights[code] * score}
        for code, score in SCORES[region].items()
    ]
    questions = [question(code, levels) for code, levels in zip(QUESTIONS, LEVELS[region], strict=True)]
    total = TOTALS[region]
    whole: dict[str, Any] = {"total": total, "percent": total * 25, "criteria": criteria, "questions": questions}
    return Scorecard(
        id=new_id(),
        assessment_id=assessment.id,
        edition=edition,
        rubric_code=assessment.rubric_code,
        rubric_edition=assessment.rubric_edition,
        inputs="{}",
        inputs_sha256="0" * 64,
        reason="test",
        simulation=False,
        **whole | fields,
    )


def question(code: str, levels: Levels) -> dict[str, Any]:
    """Return what a question came to, without moderation."""
    mean, share = Decimal(sum(levels)) / 2, SHARES[code]
    return {
        "question": code,
        "criterion": "regulation" if code == "rules" else "leadership_vision",
        "levels": sorted(levels),
        "mean": mean,
        "spread": max(levels) - min(levels),
        "deviation": Decimal(max(levels) - min(levels)) / 2,
        "contested": False,
        "decision": None,
        "score": mean,
        "share": share,
        "contribution": share * mean,
        "reason": None,
    }


@laid
async def second_expert(officer: httpx.AsyncClient) -> UUID:
    """Return an expert of another institution than the first one's, made if need be."""
    known = (await officer.get("/v1/experts?q=Budi")).json()["items"]
    if known:
        return UUID(known[0]["id"])
    return UUID(await make_expert(officer, await make_institution(officer, "Universitas Dua"), "Budi"))


@laid
async def seat(
    database: Database, assessment_id: UUID, levels: Mapping[UUID, Sequence[int] | None], **states: str
) -> None:
    """Give each expert a seat, and to those with levels a submitted review; `state` is that of the others' seats."""
    async with database.write() as session:
        await act_as(session, SYSTEM)
        for expert, given in levels.items():
            state = states.get("state", "declared") if given is None else "submitted"
            session.add(PanelMember(id=new_id(), assessment_id=assessment_id, expert_id=expert, state=state))
            await session.flush()
            if given is not None:
                session.add(
                    Review(
                        id=new_id(),
                        assessment_id=assessment_id,
                        expert_id=expert,
                        levels=dict(zip(QUESTIONS, given, strict=True)),
                        state="submitted",
                        submitted_at=datetime.now(UTC),
                    )
                )


@laid
async def make_assessed(
    officer: httpx.AsyncClient, database: Database, cohort: str = "test", *, unscored: str | None = None, **fields: Any
) -> dict[str, UUID]:
    """Make a cohort with a final assessment for each region of LEVELS; return these by region.

    The region that is `unscored` has no scorecard.
    """
    calendar = [window("assessment"), window("objection")]
    whole: dict[str, Any] = {"calendar": calendar, "quota": 2} | fields
    paths = await open_assessments(officer, cohort, tuple(LEVELS), **whole)
    ids = {region: UUID(path.rpartition("/")[2]) for region, path in zip(LEVELS, paths, strict=True)}
    experts = (EXPERT, await second_expert(officer))
    for region, one in ids.items():
        given = zip(*LEVELS[region], strict=True)
        await seat(database, one, dict(zip(experts, given, strict=True)))
    now = datetime.now(UTC)
    async with database.write() as session:
        await act_as(session, SYSTEM)
        rows = await session.execute(
            select(Assessment, Candidacy).join(Candidacy).where(Assessment.id.in_(ids.values()))
        )
        for assessment, candidacy in rows:
            candidacy.state = "assessed"
            assessment.state = "final"
            assessment.submitted_at = assessment.revealed_at = assessment.finalised_at = now
            if candidacy.region_code != unscored:
                session.add(scorecard(assessment, candidacy.region_code))
    return ids


@laid
async def publish(
    database: Database, decisions: Mapping[str, str] | None = None, cohort: str = "test", state: str = "published"
) -> UUID:
    """Record a final run with these decisions, in the order of the ranks, and move the candidacies as it decided."""
    run = SelectionRun(
        id=new_id(),
        cohort_code=cohort,
        stage="final",
        method={},
        seats=2,
        reserves=1,
        inputs_sha256="0" * 64,
        summary={},
        state=state,
        recorded_by="key:1",
        published_by="key:2" if state == "published" else None,
    )
    decided = decisions or DECISIONS
    async with database.write() as session:
        await act_as(session, SYSTEM)
        session.add(run)
        await session.flush()
        for rank, (region, decision) in enumerate(decided.items(), start=1):
            said = {"reason": "merit", "reason_en": "By its score.", "reason_id": "Menurut skornya."}
            session.add(
                SelectionResult(
                    id=new_id(), run_id=run.id, region_code=region, position=rank, rank=rank, decision=decision,
                    merit_decision=decision, criteria=[], **said,
                )
            )  # fmt: skip
        if state == "published":
            for candidacy in await session.scalars(select(Candidacy).where(Candidacy.cohort_code == cohort)):
                if candidacy.region_code in decided:
                    candidacy.state = STATES[decided[candidacy.region_code]]
    return run.id


@laid
async def make_told(
    officer: httpx.AsyncClient,
    database: Database,
    cohort: str = "test",
    number_pattern: str = ISSUE["number_pattern"],
    **fields: Any,
) -> dict[str, UUID]:
    """Make a cohort that is decided and whose letters are issued; return the assessments by region."""
    ids = await make_assessed(officer, database, cohort, **fields)
    await publish(database, cohort=cohort)
    asked = ISSUE | {"number_pattern": number_pattern}
    issued = await officer.post(f"/v1/cohorts/{cohort}/result-letters", json=asked)
    assert issued.status_code == 200, issued.text
    return ids


@laid
async def file_objection(database: Database, assessment: object) -> str:
    """File an objection to an assessment, past all rules; return its id."""
    async with database.read() as connection:
        return str(
            await connection.fetchval(
                "INSERT INTO objections (id, assessment_id, ground, statement) "
                "VALUES ($1, $2, 'procedure', 'x') RETURNING id",
                new_id(),
                str(assessment),
            )
        )
