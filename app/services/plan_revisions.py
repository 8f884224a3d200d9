"""Revise the plan in force: what a revision starts with, and what becomes of the plan whose place it takes."""

from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import MASTER_PLAN
from app.domain.plan_revision import carried_over
from app.domain.plans import Horizon
from app.domain.plans import Initiative as InitiativeRule
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Invalid
from app.kernel.transitions import advance, enter
from app.kernel.writing import new_id
from app.models.initiatives import Initiative
from app.models.master_plans import MasterPlan, PlanInForce
from app.services.plan_contents import initiatives_of, known, rule_of, template_of

_NOT_IN_FORCE = Text(
    en="Name the plan that is in force in this region, or leave this out when there is none.",
    id="Sebutkan rencana yang berlaku di daerah ini, atau kosongkan bila tidak ada.",
)


async def revised(
    session: AsyncSession, region_code: str, rehearsal: str | None, revises_id: UUID | None
) -> MasterPlan | None:
    """Return the plan in force, in earnest or in a rehearsal, that a new one revises; None where none is in force.

    Raises `PlanInForce` when one is and nobody said that it is to be revised, `Invalid` when another one was named.
    """
    in_force = await session.scalar(
        select(MasterPlan).where(
            MasterPlan.region_code == region_code,
            MasterPlan.rehearsal.is_not_distinct_from(rehearsal),
            MasterPlan.state == "enacted",
        )
    )
    if revises_id is None and in_force is not None:
        raise PlanInForce
    if revises_id is not None and (in_force is None or in_force.id != revises_id):
        raise Invalid(errors=[FieldError(pointer="/revises_id", code="invalid_reference", message=_NOT_IN_FORCE)])
    return in_force


async def take_over(session: AsyncSession, source: MasterPlan, plan: MasterPlan) -> None:
    """Let a new plan start with the content of the one it revises, as far as it fits the new years and template."""
    places = {part.code for part in (await template_of(session, plan)).parts if part.filled_by == "text"}
    plan.vision, plan.objectives, plan.regional_plan = source.vision, source.objectives, source.regional_plan
    plan.parts = {code: text for code, text in source.parts.items() if code in places}
    await session.flush()
    codes, horizon = await known(session, plan), Horizon(plan.first_year, plan.last_year)
    kept = [carried_over(rule_of(row), horizon, codes) for row in await initiatives_of(session, source.id)]
    session.add_all(_row(plan.id, initiative) for initiative in kept)
    await session.flush()


async def supersede(
    session: AsyncSession, resource: str, plan: MasterPlan, *, reason: str, actor: str, effective_on: date
) -> None:
    """End the plan in force whose place a locked plan takes from a day on; without one there is nothing to end."""
    source = await session.scalar(
        select(MasterPlan)
        .where(MasterPlan.id == plan.revises_id, MasterPlan.state == "enacted")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if source is None:
        return
    before, source.state = source.state, advance(MASTER_PLAN, source.state, "superseded")
    # Written before the other is in force: the database allows one at a time.
    await session.flush()
    moves = [(str(source.id), before, source.state)]
    await enter(session, resource, moves, reason=reason, actor=actor, effective_on=effective_on)


def _row(plan_id: UUID, initiative: InitiativeRule) -> Initiative:
    """Return a new row of the plan that says what the initiative does."""
    said = asdict(initiative) | {name: list(getattr(initiative, name)) for name in ("problems", "potentials")}
    said |= {"budget": list(map(asdict, initiative.budget)), "priorities": list(initiative.priorities)}
    return Initiative(**said | {"id": new_id(), "plan_id": plan_id})
