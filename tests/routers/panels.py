"""Panels for tests: an assessment to sit on, experts to sit there, and keys that speak for them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select, update

from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.kernel.writing import act_as, new_id
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.reviews import Review
from app.models.rubrics import Rubric
from tests.conftest import EXPERT, INSTITUTION
from tests.ground import laid
from tests.routers.agreements import told
from tests.routers.factories import make_candidacy, make_cohort, make_expert, make_institution, make_rubric

MEMBERS = "/v1/cohorts/test/panel-members"
FILL = "/v1/cohorts/test/panels"
_NOW = datetime(2026, 3, 5, tzinfo=UTC)
# What the database asks for beside a state.
_STAMPS: dict[str, dict[str, Any]] = {
    "open": {},
    "submitted": {"submitted_at": _NOW},
    "in_review": {"submitted_at": _NOW},
    "moderation": {"submitted_at": _NOW, "revealed_at": _NOW},
    "final": {"submitted_at": _NOW, "revealed_at": _NOW, "finalised_at": _NOW},
}
ME = str(EXPERT)  # whom the assessor's key speaks for
OVERRIDES = "/v1/conflict-overrides"


@laid
async def make_assessing(
    officer: httpx.AsyncClient, code: str = "test", *, simulation: bool = False, **rules: Any
) -> None:
    """Make a cohort and the rubric of its assessments; panels of two from different institutions unless ruled so."""
    fields: dict[str, Any] = {"assessment_rules": rules} if rules else {}
    await make_cohort(officer, code, simulation=simulation, **fields)
    if (await officer.get("/v1/rubrics/readiness")).status_code == 404:
        await make_rubric(officer)


@laid
async def make_assessment(
    officer: httpx.AsyncClient, database: Database, region: str = "32.73", *, cohort: str = "test", state: str = "open"
) -> str:
    """Make the assessment of a region in a cohort of `make_assessing`, and return its id."""
    candidacy_id = UUID((await make_candidacy(officer, cohort, region)).rpartition("/")[2])
    async with database.write() as session:
        await act_as(session, SYSTEM)
        await session.execute(update(Candidacy).where(Candidacy.id == candidacy_id).values(state="invited"))
        rubric = (await session.scalars(select(Rubric).where(Rubric.code == "readiness", Rubric.edition == 1))).one()
        assessment = Assessment(
            id=new_id(),
            candidacy_id=candidacy_id,
            rubric_code=rubric.code,
            rubric_edition=rubric.edition,
            state=state,
            **_STAMPS[state],
        )
        session.add(assessment)
    return str(assessment.id)


@laid
async def change_assessment(database: Database, assessment_id: str, state: str, **columns: Any) -> None:
    """Put an assessment into a state, past all rules."""
    async with database.write() as session:
        changes = {"state": state} | _STAMPS[state] | columns
        await session.execute(update(Assessment).where(Assessment.id == UUID(assessment_id)).values(**changes))


@laid
async def make_experts(officer: httpx.AsyncClient, count: int) -> list[str]:
    """Make assessors, each of an institution of its own, and return their ids."""
    ids = []
    for number in range(count):
        institution = await make_institution(officer, f"Universitas {number:02}")
        ids.append(await make_expert(officer, institution, f"Asesor {number:02}"))
    return ids


async def assign(officer: httpx.AsyncClient, assessment_id: str, expert_id: str) -> httpx.Response:
    """Ask for a seat."""
    return await officer.post(f"/v1/assessments/{assessment_id}/panel-members", json={"expert_id": expert_id})


@laid
async def make_member(officer: httpx.AsyncClient, assessment_id: str, expert_id: str) -> str:
    """Give an expert a seat and return its path."""
    created = await assign(officer, assessment_id, expert_id)
    assert created.status_code == 201, created.text
    return created.headers["location"]


@laid
async def key_of(administrator: httpx.AsyncClient, expert_id: str) -> dict[str, str]:
    """Issue a key that speaks for an expert, and return the header to send with it."""
    body = {
        "name": "expert",
        "role": "assessor",
        "expert_id": expert_id,
        "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    }
    issued = await administrator.post("/v1/api-keys", json=body)
    assert issued.status_code == 201, issued.text
    return {"Authorization": f"Bearer {issued.json()['secret']}"}


async def declare(client: httpx.AsyncClient, expert_id: str, region: str = "32.73") -> httpx.Response:
    """Declare a conflict of interest."""
    body = {"expert_id": expert_id, "region_code": region, "reason": "family"}
    return await client.post("/v1/conflict-declarations", json=body)


async def ask_override(client: httpx.AsyncClient, assessment_id: str, expert_id: str, **fields: str) -> httpx.Response:
    """Ask for an override: to judge, unless the duty is another."""
    body = {"expert_id": expert_id, "reason": "nobody else knows ports"} | fields
    return await client.post(f"/v1/assessments/{assessment_id}/conflict-overrides", json=body)


async def reviews_of(database: Database, assessment_id: str) -> list[tuple[str, str]]:
    """Return the reviews of an assessment: (expert, state)."""
    async with database.write() as session:
        rows = await session.execute(
            select(Review.expert_id, Review.state).where(Review.assessment_id == UUID(assessment_id))
        )
        return [(str(expert), state) for expert, state in rows]


@laid
async def submit_review(database: Database, member_path: str) -> None:
    """Have the review of a declared seat submitted, past all rules."""
    async with database.read() as connection:
        member_id = member_path.rpartition("/")[2]
        await connection.execute(
            "UPDATE reviews r SET state = 'submitted', submitted_at = now() FROM panel_members m "
            "WHERE m.id = $1 AND r.assessment_id = m.assessment_id AND r.expert_id = m.expert_id",
            member_id,
        )
        await connection.execute("UPDATE panel_members SET state = 'submitted' WHERE id = $1", member_id)


OWN_INSTITUTION = str(INSTITUTION)


def barred(refused: httpx.Response) -> list[str]:
    """Return the codes of the conflicts that a refusal lists."""
    assert told(refused, "conflict_of_interest") == set()
    listed = refused.json()["conflicts"]
    assert all(set(conflict) == {"code", "text_en", "text_id"} for conflict in listed)
    return [conflict["code"] for conflict in listed]


async def change_expert(officer: httpx.AsyncClient, expert: str, **changes: Any) -> None:
    """Change the record of an expert."""
    answer = await officer.patch(f"/v1/experts/{expert}", json=changes, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
