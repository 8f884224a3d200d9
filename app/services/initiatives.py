"""Write the initiatives of a plan: every change locks the plan, keeps its rules, and makes its version rise."""

from uuid import UUID

from fastapi import Response
from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from app.domain.plans import Horizon, Known, initiative_problems
from app.kernel.messages import Text
from app.kernel.problems import Conflict, NotFound, refuse
from app.kernel.writing import IfMatch, Writing, new_id
from app.models.initiatives import Initiative
from app.models.master_plans import MasterPlan
from app.models.quick_wins import QuickWin
from app.projections.initiatives import INITIATIVES
from app.projections.master_plans import MASTER_PLANS
from app.schemas.initiatives import InitiativeCreate, InitiativeUpdate
from app.services.master_plans import require_open
from app.services.plan_contents import known, rule_of

MOST_INITIATIVES = 500


class PlanFull(Conflict):
    """A plan has as many initiatives as anyone can read."""

    code = "plan_full"
    title = Text(en="Plan full", id="Rencana penuh")
    help = Text(
        en="The plan has as many initiatives as it can hold. Remove one, or put several together.",
        id="Rencana sudah memuat program sebanyak mungkin. Hapus satu, atau gabungkan beberapa.",
    )


class InitiativeUsed(Conflict):
    """A quick win belongs to this initiative."""

    code = "initiative_used"
    title = Text(en="Initiative used", id="Program sedang dipakai")
    help = Text(
        en="A quick win belongs to this initiative. Change that one first, or leave the initiative in the plan.",
        id="Sebuah program pintas bernaung pada program ini. Ubah itu dahulu, atau biarkan program ini dalam rencana.",
    )


async def add(writing: Writing, plan_id: UUID, asked: InitiativeCreate) -> Initiative:
    """Add an initiative to a plan; raise `Invalid` with pointers, a technology named too early among them."""
    session = writing.session
    plan = await _lock(writing, plan_id)
    count = await session.scalar(select(func.count()).select_from(Initiative).where(Initiative.plan_id == plan_id))
    if (count or 0) >= MOST_INITIATIVES:
        raise PlanFull
    codes = await known(session, plan)
    initiative = Initiative(id=new_id(), plan_id=plan_id, **asked.model_dump())
    _check(initiative, plan, codes)
    session.add(initiative)
    _touch(plan)
    return initiative


async def update(writing: Writing, initiative_id: UUID, if_match: IfMatch, patch: InitiativeUpdate) -> None:
    """Apply a patch; raise `Invalid` with pointers when what it leaves makes no sense."""
    plan, initiative = await _find(writing, initiative_id, if_match)
    codes = await known(writing.session, plan)
    patch.apply(initiative)
    _check(initiative, plan, codes)
    _touch(plan)


async def remove(writing: Writing, initiative_id: UUID, if_match: IfMatch) -> Response:
    """Take an initiative out of its plan and answer what it was.

    Raises `InitiativeUsed` when a quick win needs it; one that was cancelled does not, and is of none from then on.
    """
    session = writing.session
    plan, initiative = await _find(writing, initiative_id, if_match)
    quick_wins = (
        await session.scalars(select(QuickWin).filter_by(initiative_id=initiative_id).with_for_update())
    ).all()
    if any(quick_win.state != "cancelled" for quick_win in quick_wins):
        raise InitiativeUsed
    for quick_win in quick_wins:
        quick_win.initiative_id = None
    # Nothing is left to be shown afterwards.
    answer = await writing.answer(INITIATIVES, id=initiative_id)
    await session.delete(initiative)
    _touch(plan)
    await session.flush()
    return answer


async def _find(writing: Writing, initiative_id: UUID, if_match: IfMatch) -> tuple[MasterPlan, Initiative]:
    """Lock the plan and then the initiative; raise `NotFound`, `VersionMismatch`, or what keeps the plan closed."""
    plan_id = await writing.session.scalar(select(Initiative.plan_id).where(Initiative.id == initiative_id))
    if plan_id is None:
        raise NotFound
    plan = await _lock(writing, plan_id)
    return plan, await writing.fetch(Initiative, INITIATIVES, if_match=if_match, id=initiative_id)


async def _lock(writing: Writing, plan_id: UUID) -> MasterPlan:
    plan = await writing.fetch(MasterPlan, MASTER_PLANS, id=plan_id)
    await require_open(writing, plan)
    return plan


def _check(initiative: Initiative, plan: MasterPlan, codes: Known) -> None:
    """Raise `Invalid` with pointers unless the initiative makes sense; the ids it names become the profile's text."""
    initiative.problems = list(map(str, initiative.problems))
    initiative.potentials = list(map(str, initiative.potentials))
    horizon = Horizon(plan.first_year, plan.last_year)
    if faults := list(initiative_problems(rule_of(initiative), horizon, codes)):
        raise refuse(faults)


def _touch(plan: MasterPlan) -> None:
    """Write the plan anew, though nothing in its own row changes: its version covers its initiatives."""
    flag_modified(plan, "title")
