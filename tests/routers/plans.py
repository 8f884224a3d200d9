"""Master plans for tests: a template, the way to a whole plan, and on to where the rules leave it to others."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from app.kernel.db import Database
from app.kernel.writing import new_id
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.master_plans import MasterPlan
from app.models.plan_templates import PlanTemplate
from tests.conftest import As
from tests.ground import laid
from tests.routers.mentored import Mentored, make_mentored

PLANS = "/v1/master-plans"
NEW: dict[str, Any] = {"title": "Kota Bandung, 2027 to 2031", "first_year": 2027, "last_year": 2031}
INITIATIVE: dict[str, Any] = {
    "title": "Bus on time",
    "benefit": "Pupils reach school on time.",
    "beneficiaries": "Pupils of 12 schools",
    "measure": {"unit": "% on time", "baseline": 61.5, "target": 90, "year": 2029},
    "technology": "Positions of buses on a map",
    "dimension": "living",
    "sub_dimension": "mobility",
    "owner_agency": "Dinas Perhubungan",
    "first_year": 2027,
    "last_year": 2029,
    "budget": [
        {"year": 2027, "source": "apbd", "amount": 10**15},
        {"year": 2028, "source": "apbd", "amount": 1},
        {"year": 2028, "source": "apbn", "amount": 0},
    ],
    "problems": [],
    "potentials": [],
    "priorities": ["nawa-cita-5"],
}
REGULATION: dict[str, Any] = {"kind": "mayor_regulation", "number": "12", "year": 2026, "date": "2026-05-08"}


def _part(code: str, weight: int, filled_by: str = "text") -> dict[str, Any]:
    return {"code": code, "name_en": code.title(), "name_id": code.title(), "weight": weight, "filled_by": filled_by}


def _book(code: str, *parts: dict[str, Any]) -> dict[str, Any]:
    chapter = {"code": f"{code}-1", "name_en": "One", "name_id": "Satu", "parts": list(parts)}
    return {"code": code, "name_en": code.title(), "name_id": code.title(), "chapters": [chapter]}


BOOKS = [
    _book("analysis", _part("gap", 2), _part("swot", 1)),
    _book("plan", _part("vision", 1, "vision"), _part("aims", 1, "objectives"), _part("works", 4, "initiatives")),
    _book("costs", _part("cost", 1, "budget")),
]
TEXTS = {"gap": "Buses are late.", "swot": "Strong in buses."}


@laid
async def make_template(database: Database, code: str = "books", *, cohort: str | None = None) -> None:
    """Make a draft of a template, and let a cohort use it."""
    async with database.write() as session:
        named = {"id": new_id(), "code": code, "edition": 1, "name_en": "Books", "name_id": "Buku"}
        session.add(PlanTemplate(**named, books=BOOKS))
        await session.flush()
        if cohort is not None:
            chosen = (await session.scalars(select(Cohort).filter_by(code=cohort))).one()
            chosen.plan_template_code, chosen.plan_template_edition = code, 1


@laid
async def make_planning(as_: As, database: Database, *, closed: int = 4) -> Mentored:
    """Make the region editor's region mentored, with so many workshops closed, in a cohort with a template."""
    mentored = await make_mentored(as_("officer"), database, closed=closed)
    await make_template(database, cohort="test")
    return mentored


@laid
async def make_plan(editor: httpx.AsyncClient, candidacy: str, **fields: Any) -> str:
    """Begin a plan and return its path."""
    begun = await editor.post(PLANS, json=NEW | {"candidacy_id": candidacy} | fields)
    assert begun.status_code == 201, begun.text
    return begun.headers["location"]


async def write(client: httpx.AsyncClient, path: str, **changes: Any) -> httpx.Response:
    """Patch a plan or an initiative as it stands."""
    return await client.patch(path, json=changes, headers={"If-Match": "*"})


@laid
async def add_initiative(editor: httpx.AsyncClient, plan: str, **fields: Any) -> str:
    """Add an initiative that lacks nothing, and return its path."""
    added = await editor.post(f"{plan}/initiatives", json=INITIATIVE | fields)
    assert added.status_code == 201, added.text
    return added.headers["location"]


@laid
async def make_whole_plan(editor: httpx.AsyncClient, candidacy: str, **fields: Any) -> str:
    """Write a plan that lacks nothing, with one initiative, and return its path."""
    plan = await make_plan(editor, candidacy, vision="Everyone arrives.", objectives=["Move"], **fields)
    assert (await write(editor, plan, parts=TEXTS)).is_success
    await add_initiative(editor, plan)
    return plan


async def step(client: httpx.AsyncClient, plan: str, to: str, **fields: Any) -> httpx.Response:
    """Ask for a step of a plan as it stands."""
    body = {"to": to, "reason": "test"} | fields
    return await client.post(f"{plan}/transitions", json=body, headers={"If-Match": "*"})


async def enact(client: httpx.AsyncClient, plan: str, **fields: Any) -> httpx.Response:
    """Enact a plan by its regulation."""
    return await step(client, plan, "enacted", regulation=REGULATION | fields)


@laid
async def accept(database: Database, plan: str) -> None:
    """Put a plan where its reviews would: accepted, with its candidacy where it then is."""
    async with database.write() as session:
        row = await session.get_one(MasterPlan, UUID(plan.rpartition("/")[2]))
        row.state = "accepted"
        row.submitted_at = row.accepted_at = row.created_at
        candidacy = await session.get_one(Candidacy, row.candidacy_id)
        if candidacy.state in ("mentoring", "plan_submitted"):
            candidacy.state = "plan_accepted"
