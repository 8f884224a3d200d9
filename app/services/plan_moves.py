"""Move master plans at somebody's word: the region submits its plan, the region or an officer enacts it.

What happens between belongs to the reviews: see `services/plan_reviews.py`.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import MASTER_PLAN
from app.domain.permissions import Permission
from app.domain.plan_completeness import part_gaps, part_problems
from app.domain.plan_steps import Regulation, regulation_problems, workshop_gaps
from app.domain.plans import plan_gaps, plan_problems
from app.domain.reasons import Problem
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Incomplete, Invalid, field_errors, refuse
from app.kernel.transitions import by_hand
from app.kernel.writing import IfMatch, Writing
from app.models.master_plans import MasterPlan
from app.models.memoranda import Memorandum
from app.models.mentorships import Mentorship
from app.models.regions import Region
from app.projections.master_plans import MASTER_PLANS
from app.schemas.master_plans import MasterPlanTransitionCreate
from app.services import calendars, plan_revisions
from app.services.candidacies import require_candidacies
from app.services.master_plans import RESOURCE, Locked, leads, lock, step
from app.services.offices import require_own_office, require_writer_for
from app.services.plan_contents import known, plan_of, template_of
from app.services.plan_versions import freeze
from app.services.workshops import closed_numbers, lost

# Where a candidacy is whose plan can be revised.
REVISES = ("enacted", "implementing")
_NO_REGULATION = Text(
    en="Name the regulation: its kind, number, year and date.",
    id="Sebutkan peraturannya: jenis, nomor, tahun, dan tanggalnya.",
)
_ONLY_ENACTED = Text(
    en="Only the step to `enacted` takes this; leave it out.", id="Hanya langkah ke `enacted` yang memerlukan ini."
)


class MovedByPlanReview(Conflict):
    """A step that only the reviews take."""

    code = "moved_by_plan_review"
    title = Text(en="Moved by its reviews", id="Dipindahkan oleh ulasannya")
    help = Text(
        en="The mentor's institution and the ministry review the plan: POST /v1/master-plans/{id}/reviews moves it.",
        id="Lembaga pendamping dan kementerian mengulas rencana: POST /v1/master-plans/{id}/reviews memindahkannya.",
    )


class MovedByRevision(Conflict):
    """A step that only a revision takes."""

    code = "moved_by_revision"
    title = Text(en="Moved by its revision", id="Dipindahkan oleh revisinya")
    help = Text(
        en="A plan in force gives way to its revision. Begin one: POST /v1/master-plans with `revises_id`.",
        id="Rencana yang berlaku diganti oleh revisinya. Mulailah: POST /v1/master-plans dengan `revises_id`.",
    )


_TAKEN_BY = {"review": MovedByPlanReview, "revision": MovedByRevision}


async def move(writing: Writing, plan_id: UUID, if_match: IfMatch, asked: MasterPlanTransitionCreate) -> None:
    """Submit or enact a plan; raise `MovedByPlanReview` or `MovedByRevision` for a step that is nobody's by hand."""
    locked = await lock(writing.session, plan_id)
    plan = await writing.fetch(MasterPlan, MASTER_PLANS, if_match=if_match, id=plan_id)
    if asked.to == "enacted":
        require_writer_for(writing, plan.region_code, Permission.MASTER_PLANS_ENACT)
    else:
        require_own_office(writing, plan.region_code, Permission.MASTER_PLANS_WRITE)
    by_hand(MASTER_PLAN, plan.state, asked.to, _TAKEN_BY)
    if asked.to != "enacted" and (faults := list(_superfluous(asked))):
        raise Invalid(errors=faults)
    await _STEPS[asked.to](writing, locked, asked)


async def _submit(writing: Writing, locked: Locked, asked: MasterPlanTransitionCreate) -> None:
    """Hand a plan in, as a version of its own; raise `Incomplete` with everything that stands in its way."""
    session, actor = writing.session, writing.principal.id
    candidacy, plan = locked.candidacy, locked.plan
    if await leads(session, plan):
        gates = workshop_gaps(await _workshops_closed(session, plan.candidacy_id))
        gates += await lost(session, plan.candidacy_id)
    else:
        require_candidacies([("", candidacy)], *REVISES)
        gates = ()
    template, whole = await template_of(session, plan), await plan_of(session, plan)
    faults: list[Problem] = [
        *gates,
        *plan_problems(whole, await known(session, plan)),
        *part_problems(template, whole),
        *plan_gaps(whole),
        *part_gaps(template, whole),
    ]
    if faults:
        raise Incomplete(errors=field_errors(faults))
    await step(session, locked, "submitted", reason=asked.reason, actor=actor)
    await freeze(session, plan, reason=asked.reason, actor=actor)


async def _enact(writing: Writing, locked: Locked, asked: MasterPlanTransitionCreate) -> None:
    """Put a plan in force by its regulation; the one it revises is superseded.

    Raises `Incomplete` without a regulation, `Invalid` with pointers for one that cannot be; that another plan is in
    force, or was enacted by this regulation, breaks a constraint of the database.
    """
    session, actor, plan = writing.session, writing.principal.id, locked.plan
    regulation = asked.regulation
    if regulation is None:
        raise Incomplete(errors=[FieldError(pointer="/regulation", code="required", message=_NO_REGULATION)])
    today = await calendars.today(session, plan.region_code, calendars.now())
    revises = asked.revises_id or plan.revises_id
    revised = await session.scalar(select(MasterPlan.regulation_date).where(MasterPlan.id == revises))
    signed = await session.scalar(
        select(Memorandum.date).where(Memorandum.candidacy_id == plan.candidacy_id, Memorandum.state == "signed")
    )
    kind = (await session.scalars(select(Region.kind).where(Region.code == plan.region_code))).one()
    said = Regulation(regulation.kind, regulation.year, regulation.date)
    if faults := list(regulation_problems(said, kind, today, signed=signed, revised=revised)):
        raise refuse(faults)
    if asked.revises_id is not None:
        await plan_revisions.revised(session, plan.region_code, plan.rehearsal, asked.revises_id)
        plan.revises_id = asked.revises_id
    await plan_revisions.supersede(
        session, RESOURCE, plan, reason=asked.reason, actor=actor, effective_on=regulation.date
    )
    plan.enact(regulation.model_dump())
    await step(session, locked, "enacted", reason=asked.reason, actor=actor, effective_on=regulation.date)


async def _workshops_closed(session: AsyncSession, candidacy_id: UUID) -> set[int] | None:
    """Return the numbers of the workshops that are closed; None where nobody mentors."""
    mentorship = select(Mentorship.id).where(Mentorship.candidacy_id == candidacy_id, Mentorship.state != "ended")
    if await session.scalar(mentorship) is None:
        return None
    return await closed_numbers(session, candidacy_id)


def _superfluous(asked: MasterPlanTransitionCreate) -> Iterator[FieldError]:
    for name in ("regulation", "revises_id"):
        if getattr(asked, name) is not None:
            yield FieldError(pointer=f"/{name}", code="not_allowed", message=_ONLY_ENACTED)


_STEPS: Mapping[str, Callable[[Writing, Locked, MasterPlanTransitionCreate], Awaitable[None]]] = {
    "submitted": _submit,
    "enacted": _enact,
}
