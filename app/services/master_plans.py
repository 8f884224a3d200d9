"""Write a master plan, lock one and move it on.

Who moves a plan locks in one order: the cohort, the candidacy, the plan. To write in it takes the plan alone. Its
candidacy moves with it in the same transaction, unless it has been through all of it before: then this is a revision.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import FOLLOWS_PLAN, MASTER_PLAN, MENTORED
from app.domain.permissions import Permission
from app.domain.plan_completeness import part_problems
from app.domain.plans import Horizon, horizon_problems, plan_problems
from app.domain.reasons import Problem
from app.kernel.bodies import merge_patch
from app.kernel.editions import EditionReference, freeze
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Invalid, NotFound, refuse
from app.kernel.transitions import advance, enter
from app.kernel.writing import Writing, new_id
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.master_plans import MasterPlan
from app.models.plan_templates import PlanTemplate
from app.projections.candidacies import CANDIDACIES
from app.schemas.master_plans import MasterPlanCreate, MasterPlanUpdate
from app.services import calendars, plan_revisions
from app.services.candidacies import lock_above, require_candidacies
from app.services.candidacies import move as move_candidacies
from app.services.offices import require_own_office
from app.services.plan_contents import known, plan_of, template_of

RESOURCE = "master-plans"
# When a plan entered these states is kept with it.
_STAMPS = {"submitted": "submitted_at", "accepted": "accepted_at"}
# The states in which a plan is worked on.
OPEN = ("draft", "returned")
_NO_CANDIDACY = Text(en="There is no candidacy with this id.", id="Tidak ada pencalonan dengan id ini.")
_NO_TEMPLATE = Text(
    en="There is no such edition of a template, or it is not in use yet.",
    id="Edisi templat ini tidak ada, atau belum dipakai.",
)
_NO_DEFAULT = Text(
    en="The cohort names no template. Name one: its code and edition.",
    id="Tahap ini tidak menetapkan templat. Sebutkan satu: kode dan edisinya.",
)


class PlanClosed(Conflict):
    """A plan that was handed in does not change any more."""

    code = "plan_closed"
    title = Text(en="Plan closed", id="Rencana ditutup")
    help = Text(
        en="The plan was submitted and stays as it is unless a reviewer returns it. Once in force, it can be revised.",
        id="Rencana sudah diajukan dan tidak berubah kecuali dikembalikan. Atau revisi setelah rencana berlaku.",
    )


class Locked(NamedTuple):
    """A plan and what it belongs to, locked until the transaction ends."""

    cohort: Cohort
    candidacy: Candidacy
    plan: MasterPlan


async def lock(session: AsyncSession, plan_id: UUID) -> Locked:
    """Lock a plan with its cohort and candidacy; raise `NotFound` when there is none.

    Whether the caller sees it is the caller's to check, by what is asked for.
    """
    cohort, candidacy = await lock_above(session, MasterPlan, plan_id)
    plan = (await session.scalars(select(MasterPlan).filter_by(id=plan_id).with_for_update())).one()
    return Locked(cohort, candidacy, plan)


async def leads(session: AsyncSession, plan: MasterPlan) -> bool:
    """Tell whether the candidacy moves with this plan: unless an earlier one of it was in force already."""
    earlier = select(MasterPlan.id).where(
        MasterPlan.candidacy_id == plan.candidacy_id,
        MasterPlan.id != plan.id,
        MasterPlan.state.in_(("enacted", "superseded")),
    )
    return await session.scalar(earlier) is None


async def step(
    session: AsyncSession, locked: Locked, to: str, reason: str, actor: str, effective_on: date | None = None
) -> None:
    """Take one step of a locked plan and let its candidacy follow; write both down.

    `effective_on` is the day the step took effect where that is not today. Raises `IllegalTransition`, and
    `CandidacyNotReady` when the candidacy is not where the step finds it.
    """
    cohort, candidacy, plan = locked
    before, plan.state = plan.state, advance(MASTER_PLAN, plan.state, to)
    if to in _STAMPS:
        setattr(plan, _STAMPS[to], calendars.now())
    await session.flush()
    follows = to in FOLLOWS_PLAN and await leads(session, plan)
    if follows:
        require_candidacies([("", candidacy)], FOLLOWS_PLAN[to][0])
    moves = [(str(plan.id), before, to)]
    await enter(session, RESOURCE, moves, reason=reason, actor=actor, effective_on=effective_on)
    if follows:
        # Its history has other readers than the plan's, where the reason given stands.
        after, why = FOLLOWS_PLAN[to][1], f"its plan was {to}"
        await move_candidacies(session, cohort, [candidacy], after, reason=why, actor=actor, effective_on=effective_on)


async def create(writing: Writing, asked: MasterPlanCreate) -> MasterPlan:
    """Begin a plan; its first use freezes the template. A revision starts as a copy of the plan in force.

    Raises `Invalid` with pointers, `Forbidden` for another region's office, `CandidacyNotReady`, and `PlanInForce`
    where a plan is in force that it does not revise; a second one in the making breaks a constraint of the database.
    """
    session = writing.session
    candidacy = await _candidacy(writing, asked.candidacy_id)
    require_own_office(writing, candidacy.region_code, Permission.MASTER_PLANS_WRITE)
    require_candidacies([("/candidacy_id", candidacy)], *MENTORED)
    _require_sense(horizon_problems(Horizon(asked.first_year, asked.last_year), at=""))
    cohort = await session.get_one(Cohort, candidacy.cohort_code)
    revised = await plan_revisions.revised(session, candidacy.region_code, cohort.rehearsal, asked.revises_id)
    template = await _template(session, cohort, asked.template)
    await freeze(session, template)
    plan = MasterPlan(
        id=new_id(),
        region_code=candidacy.region_code,
        rehearsal=cohort.rehearsal,
        template_code=template.code,
        template_edition=template.edition,
        parts={},
        state=MASTER_PLAN.initial,
        **asked.model_dump(exclude={"template", "vision", "objectives", "regional_plan", "reason"}),
    )
    session.add(plan)
    if revised is not None:
        await plan_revisions.take_over(session, revised, plan)
    for name in asked.model_fields_set & {"vision", "objectives", "regional_plan"}:
        setattr(plan, name, asked.model_dump()[name])
    await session.flush()
    moves = [(str(plan.id), None, plan.state)]
    await enter(session, RESOURCE, moves, reason=asked.reason, actor=writing.principal.id)
    return plan


async def require_open(writing: Writing, plan: MasterPlan) -> None:
    """Raise unless the region itself asks and its plan is worked on: `Forbidden`, `PlanClosed`, `CandidacyNotReady`."""
    require_own_office(writing, plan.region_code, Permission.MASTER_PLANS_WRITE)
    if plan.state not in OPEN:
        raise PlanClosed(state=plan.state)
    candidacy = await writing.session.get_one(Candidacy, plan.candidacy_id)
    require_candidacies([("", candidacy)], *MENTORED)


async def update(writing: Writing, plan: MasterPlan, patch: MasterPlanUpdate) -> None:
    """Apply a patch to a locked plan; raise `Invalid` with pointers when what it leaves makes no sense."""
    session = writing.session
    await require_open(writing, plan)
    changes = patch.changes()
    if "template" in changes:
        candidacy = await session.get_one(Candidacy, plan.candidacy_id)
        cohort = await session.get_one(Cohort, candidacy.cohort_code)
        wanted = merge_patch(plan.template, patch.model_dump(include={"template"})["template"])
        await freeze(session, await _template(session, cohort, EditionReference(**wanted)))
    codes = await known(session, plan)
    with session.no_autoflush:  # nothing is written before it is judged
        parts = merge_patch(plan.parts, changes.get("parts", {}))
        patch.apply(plan)
        plan.parts = parts
        template, whole = await template_of(session, plan), await plan_of(session, plan)
    faults: list[Problem] = []
    if {"first_year", "last_year"} & changes.keys():
        faults += plan_problems(whole, codes)
    if {"parts", "template"} & changes.keys():
        faults += part_problems(template, whole)
    _require_sense(faults)


async def _candidacy(writing: Writing, candidacy_id: UUID) -> Candidacy:
    try:
        return await writing.fetch(Candidacy, CANDIDACIES, id=candidacy_id)
    except NotFound:
        fault = FieldError(pointer="/candidacy_id", code="invalid_reference", message=_NO_CANDIDACY)
        raise Invalid(errors=[fault]) from None


async def _template(session: AsyncSession, cohort: Cohort, asked: EditionReference | None) -> PlanTemplate:
    """Return the template asked for, or the cohort's; a draft that no cohort uses is as good as none."""
    own = (cohort.plan_template_code, cohort.plan_template_edition)
    code, edition = own if asked is None else (asked.code, asked.edition)
    if code is None:
        raise Invalid(errors=[FieldError(pointer="/template", code="required", message=_NO_DEFAULT)])
    template = await session.scalar(select(PlanTemplate).filter_by(code=code, edition=edition))
    if template is None or (template.frozen_at is None and (code, edition) != own):
        raise Invalid(errors=[FieldError(pointer="/template", code="invalid_reference", message=_NO_TEMPLATE)])
    return template


def _require_sense(faults: Iterable[Problem]) -> None:
    # The document holds the years of the horizon together; a request names them one by one.
    if flat := [replace(fault, pointer=fault.pointer.removeprefix("/horizon")) for fault in faults]:
        raise refuse(flat)
