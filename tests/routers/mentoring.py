"""Mentorships for tests: a decided cohort whose regions have signed, mentors, and the way to a mentorship."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.kernel.writing import act_as, new_id
from app.models.assessments import Assessment
from app.models.panels import PanelMember
from app.models.rubrics import Rubric
from tests.conftest import INSTITUTION
from tests.ground import laid
from tests.routers.agreements import put_into
from tests.routers.factories import make_candidacy, make_cohort, make_expert, make_rubric

LIST = "/v1/cohorts/test/mentorships"
PROPOSAL = "/v1/cohorts/test/mentorship-proposal"
PERIOD = {"starts_on": "2026-06-01", "ends_on": "2026-12-31"}


@laid
async def make_decided(
    officer: httpx.AsyncClient, database: Database, *regions: str, cohort: str = "test", **fields: Any
) -> list[str]:
    """Make a decided cohort whose regions (Bandung unless named) have signed; return the ids of their candidacies."""
    await make_cohort(officer, cohort, **fields)
    ids = []
    for region in regions or ("32.73",):
        ids.append((await make_candidacy(officer, cohort, region)).rpartition("/")[2])
        await put_into(database, ids[-1], "mou_signed")
    await put_cohort(database, "decided", cohort)
    return ids


@laid
async def put_cohort(database: Database, state: str, code: str = "test") -> None:
    """Put a cohort into a state, past all rules."""
    async with database.read() as connection:
        await connection.execute("UPDATE cohorts SET state = $1 WHERE code = $2", state, code)


@laid
async def make_mentor(officer: httpx.AsyncClient, name: str = "Dewi", **fields: Any) -> str:
    """Make an expert who mentors, of the tests' institution unless another is named; return the id."""
    institution = fields.pop("institution", str(INSTITUTION))
    return await make_expert(officer, institution, name, **{"roles": ["mentor"]} | fields)


def item(candidacy: str, mentor: str, **fields: Any) -> dict[str, Any]:
    """Return one mentorship to record."""
    named = {"candidacy_id": candidacy, "institution_id": str(INSTITUTION), "lead_mentor_id": mentor}
    return named | PERIOD | fields


async def record(client: httpx.AsyncClient, *items: dict[str, Any], cohort: str = "test") -> httpx.Response:
    """Ask to record mentorships."""
    body = {"items": list(items), "reason": "decree 9"}
    return await client.post(f"/v1/cohorts/{cohort}/mentorships", json=body)


@laid
async def make_mentorship(officer: httpx.AsyncClient, candidacy: str, mentor: str, **fields: Any) -> str:
    """Record a mentorship and return its path."""
    made = await record(officer, item(candidacy, mentor, **fields))
    assert made.status_code == 200, made.text
    return f"/v1/mentorships/{made.json()['items'][0]['mentorship_id']}"


@laid
async def seat_on_panel(
    officer: httpx.AsyncClient, database: Database, candidacy: str, *experts: str, state: str = "submitted"
) -> str:
    """Make the candidacy's assessment and give these experts seats on its panel, past all rules; return its id."""
    if (await officer.get("/v1/rubrics/readiness")).status_code == 404:
        await make_rubric(officer)
    async with database.write() as session:
        await act_as(session, SYSTEM)
        rubric = (await session.scalars(select(Rubric).filter_by(code="readiness"))).first()
        assert rubric is not None
        edition = {"rubric_code": rubric.code, "rubric_edition": rubric.edition}
        assessment = Assessment(id=new_id(), candidacy_id=UUID(candidacy), state="open", **edition)
        session.add(assessment)
        await session.flush()
        session.add_all(
            PanelMember(id=new_id(), assessment_id=assessment.id, expert_id=UUID(expert), state=state)
            for expert in experts
        )
    return str(assessment.id)


@laid
async def close_workshops(database: Database, mentorship_path: str, *numbers: int) -> None:
    """Close workshops, past all rules."""
    async with database.read() as connection:
        await connection.execute(
            "UPDATE workshops SET state = 'closed' WHERE mentorship_id = $1 AND number = ANY ($2::int[])",
            mentorship_path.rpartition("/")[2],
            list(numbers),
        )


async def change(officer: httpx.AsyncClient, path: str, **changes: Any) -> httpx.Response:
    """Patch a record as it stands."""
    return await officer.patch(path, json=changes, headers={"If-Match": "*"})
