"""The content of a plan: as one document, and as the rules take it.

The keys of the document are those of `domain.plans.Plan` and `Initiative`, so that a pointer found by a rule leads to
the same place in the document, in its versions, and in what a comment is anchored to.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.benefit import Measure
from app.domain.plan_completeness import Template
from app.domain.plans import BudgetLine, Horizon, Known, Plan
from app.domain.plans import Initiative as InitiativeRule
from app.kernel.engines import to_json
from app.models.initiatives import Initiative
from app.models.master_plans import MasterPlan
from app.models.plan_templates import PlanTemplate
from app.models.regions import RegionProfile
from app.services.catalogues import dimensions, in_force
from app.services.plan_templates import to_domain

_OF_AN_INITIATIVE = (
    "title",
    "benefit",
    "beneficiaries",
    "measure",
    "technology",
    "dimension",
    "sub_dimension",
    "owner_agency",
    "first_year",
    "last_year",
    "budget",
    "problems",
    "potentials",
    "priorities",
)


async def initiatives_of(session: AsyncSession, plan_id: UUID) -> Sequence[Initiative]:
    """Return the initiatives of a plan, the first one written first, as every list shows them."""
    rows = select(Initiative).where(Initiative.plan_id == plan_id).order_by(Initiative.created_at, Initiative.id)
    return (await session.scalars(rows)).all()


async def plan_of(session: AsyncSession, plan: MasterPlan) -> Plan:
    """Return a plan with its initiatives as the rules take it."""
    return plan_in(document_of(plan, await initiatives_of(session, plan.id)))


async def known(session: AsyncSession, plan: MasterPlan) -> Known:
    """Return the codes that the initiatives of a plan may name today."""
    return await known_in(session, plan.region_code)


async def known_in(session: AsyncSession, region_code: str) -> Known:
    """Return the codes that an initiative of a region may name today: of the catalogues and of the region's profile."""
    profile = await session.get(RegionProfile, region_code)
    return Known(
        dimensions=await dimensions(session),
        priorities=tuple(await in_force(session, "national-priorities")),
        sources=tuple(await in_force(session, "budget-sources")),
        problems=tuple(entry["id"] for entry in (profile.problems if profile else ())),
        potentials=tuple(entry["id"] for entry in (profile.potentials if profile else ())),
    )


async def template_of(session: AsyncSession, plan: MasterPlan) -> Template:
    """Return the edition of the template to which a plan is written."""
    edition = select(PlanTemplate.books).filter_by(code=plan.template_code, edition=plan.template_edition)
    return to_domain((await session.scalars(edition)).one())


def document_of(plan: MasterPlan, initiatives: Sequence[Initiative]) -> dict[str, Any]:
    """Return the plan as one document, of plain JSON values."""
    document = {
        "title": plan.title,
        "horizon": {"first_year": plan.first_year, "last_year": plan.last_year},
        "vision": plan.vision,
        "objectives": plan.objectives or [],
        "initiatives": [
            {"id": row.id} | {name: getattr(row, name) for name in _OF_AN_INITIATIVE} for row in initiatives
        ],
        "parts": plan.parts or {},
        "regional_plan": plan.regional_plan,
    }
    plain: dict[str, Any] = json.loads(to_json(document))
    return plain


def plan_in(document: Mapping[str, Any]) -> Plan:
    """Return the plan that a document holds."""
    return Plan(
        horizon=Horizon(**document["horizon"]),
        vision=document["vision"],
        objectives=tuple(document["objectives"]),
        initiatives=tuple(map(initiative_in, document["initiatives"])),
        parts=document["parts"],
    )


def initiative_in(document: Mapping[str, Any]) -> InitiativeRule:
    """Return the initiative that its part of a document holds."""
    told = {name: document[name] for name in _OF_AN_INITIATIVE}
    measure = told["measure"]
    figures = {name: _decimal(measure[name]) for name in ("baseline", "target")}
    told |= {name: tuple(told[name]) for name in ("problems", "potentials", "priorities")}
    told["measure"] = Measure(**(measure | figures))
    told["budget"] = tuple(BudgetLine(**line) for line in told["budget"])
    return InitiativeRule(id=document["id"], **told)


def rule_of(initiative: Initiative) -> InitiativeRule:
    """Return one initiative as the rules take it, stored or not."""
    told = {name: getattr(initiative, name) for name in _OF_AN_INITIATIVE}
    return initiative_in(json.loads(to_json({"id": initiative.id} | told)))


def _decimal(number: float | Decimal | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))
