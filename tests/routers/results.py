"""What comes of mentoring, for tests: plans, quick wins, commitments, each moved step by step, past all rules."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kernel.transitions import enter
from app.kernel.writing import new_id
from app.models.candidacies import Candidacy
from app.models.commitments import Commitment
from app.models.master_plans import MasterPlan, PlanVersion
from app.models.plan_templates import PlanTemplate
from app.models.quick_wins import ProgressReport, QuickWin

BOOKS = [
    {
        "code": "plan",
        "name_en": "Plan",
        "name_id": "Rencana",
        "chapters": [
            {
                "code": "aims",
                "name_en": "Aims",
                "name_id": "Tujuan",
                "parts": [
                    {"code": "vision", "name_en": "V", "name_id": "V", "weight": 3, "filled_by": "vision"},
                    {"code": "map", "name_en": "M", "name_id": "M", "weight": 1, "filled_by": "text"},
                ],
            }
        ],
    }
]
MOMENT = datetime(2026, 7, 1, tzinfo=UTC)
REGULATION: dict[str, Any] = {
    "regulation_kind": "mayor_regulation",
    "regulation_number": "12",
    "regulation_year": 2026,
    "regulation_date": date(2026, 11, 2),
}


async def walk(session: AsyncSession, resource: str, key: object, *states: str, on: date | None = None) -> None:
    """Write down that a record went through these states, the first of them its very first."""
    for before, to in zip([None, *states[:-1]], states, strict=True):
        await enter(session, resource, [(str(key), before, to)], reason="secret", actor="key:1", effective_on=on)


async def make_plan(session: AsyncSession, candidacy: str, *states: str, **fields: Any) -> MasterPlan:
    """Make the plan of a candidacy and let it go through these states."""
    row = await session.get_one(Candidacy, UUID(candidacy))
    if await session.scalar(select(PlanTemplate.id).filter_by(code="test")) is None:
        template = {"name_en": "T", "name_id": "T", "books": BOOKS}
        session.add(PlanTemplate(id=new_id(), code="test", edition=1, **template))
        await session.flush()
    state, values = states[-1], {"title": "Bandung Cerdas", "first_year": 2027, "last_year": 2031}
    if state not in {"draft", "returned"}:
        values |= {"submitted_at": MOMENT}
    if state in {"accepted", "enacted", "superseded"}:
        values |= {"accepted_at": MOMENT}
    if state in {"enacted", "superseded"}:
        values |= REGULATION
    plan = MasterPlan(
        id=new_id(),
        candidacy_id=row.id,
        region_code=row.region_code,
        template_code="test",
        template_edition=1,
        state=state,
        **(values | fields),
    )
    session.add(plan)
    await session.flush()
    await walk(session, "master-plans", plan.id, *states)
    return plan


async def submit(session: AsyncSession, plan: MasterPlan, *budget: tuple[int, str, int], **told: Any) -> None:
    """Freeze the next version of a plan: one initiative with a budget of (year, source, amount), and what is told."""
    number = await session.scalar(select(func.count()).select_from(PlanVersion).filter_by(plan_id=plan.id)) or 0
    initiative: dict[str, Any] = {
        "id": str(new_id()),
        "title": "X",
        **dict.fromkeys(("benefit", "beneficiaries", "technology", "dimension", "sub_dimension", "owner_agency")),
        **dict.fromkeys(("first_year", "last_year")),
        "measure": dict.fromkeys(("unit", "baseline", "target", "year")),
        "budget": [{"year": year, "source": source, "amount": amount} for year, source, amount in budget],
        **{name: [] for name in ("problems", "potentials", "priorities")},
    }
    document = {
        "title": plan.title,
        "horizon": {"first_year": plan.first_year, "last_year": plan.last_year},
        "vision": None,
        "objectives": [],
        "initiatives": [initiative],
        "parts": {},
        "regional_plan": None,
    } | told
    content = json.dumps(document)
    digest = sha256(content.encode()).hexdigest()
    kept = {"content": content, "content_sha256": digest, "reason": "x", "made_by": "key:1"}
    session.add(PlanVersion(id=new_id(), plan_id=plan.id, number=number + 1, **kept))
    await session.flush()


async def make_quick_win(
    session: AsyncSession,
    candidacy: str,
    *states: str,
    reports: Sequence[tuple[date, int]] = (),
    closing: tuple[date, float | None] | None = None,
    **fields: Any,
) -> QuickWin:
    """Make a quick win of 2026 to bring 60 minutes down to 15, and let it go through these states."""
    values: dict[str, Any] = {
        "title": "Izin satu hari",
        "dimension": "governance",
        "measure_unit": "minutes",
        "measure_baseline": 60,
        "measure_target": 15,
        "starts_on": date(2026, 3, 1),
        "ends_on": date(2026, 8, 31),
    }
    if {"approved", "running", "completed"} & {*states}:
        values |= {"published_at": MOMENT}
    if closing is not None:
        values |= {"closed_on": closing[0], "measured_value": closing[1]}
    row = QuickWin(id=new_id(), candidacy_id=UUID(candidacy), state=states[-1], **(values | fields))
    session.add(row)
    await session.flush()
    await walk(session, "quick-wins", row.id, *states)
    for number, (day, percent) in enumerate(reports, start=1):
        session.add(ProgressReport(id=new_id(), quick_win_id=row.id, number=number, reported_on=day, percent=percent))
        await session.flush()
    return row


async def make_commitment(session: AsyncSession, candidacy: str, *states: str, agency: str | None = None) -> Commitment:
    """Make a commitment, of the head of the region where no agency is named, and let it go through these states."""
    signed = "signed" in states
    row = Commitment(
        id=new_id(),
        candidacy_id=UUID(candidacy),
        signatory="agency" if agency else "region_head",
        agency=agency,
        statement="X",
        signed_on=date(2026, 8, 20) if signed else None,
        state=states[-1],
        published_at=MOMENT if signed else None,
    )
    session.add(row)
    await session.flush()
    await walk(session, "commitments", row.id, *states)
    return row
