"""Overrides: one officer asks that an expert may judge, or mentor, in spite of a conflict of interest.

A second one decides.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import OVERRIDE
from app.domain.mentorships import Person, facilitator_problems
from app.domain.permissions import Permission
from app.domain.principals import may_decide_override
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Forbidden, Invalid, refuse
from app.kernel.transitions import TransitionCreate, advance, enter
from app.kernel.writing import IfMatch, Writing, new_id
from app.models.assessments import Assessment
from app.models.experts import Expert
from app.models.panels import (
    UNKNOWN_EXPERT,
    AlreadyOnPanel,
    ConflictOverride,
    ConflictOverrideExists,
    PanelMember,
)
from app.projections.panels import CONFLICT_OVERRIDES
from app.schemas.panels import ConflictOverrideCreate
from app.services import conflicts
from app.services.candidacies import require_state
from app.services.experts import simulated_in
from app.services.judging import FINAL, cohort_of
from app.services.mentorship_facts import MENTORING
from app.services.panels import require_assessor, require_open

RESOURCE = "conflict-overrides"


class NoConflict(Conflict):
    """There is no conflict of interest to pass over."""

    code = "no_conflict"
    title = Text(en="No conflict of interest", id="Tidak ada benturan kepentingan")
    help = Text(
        en="The expert has no conflict of interest in this region, so no override is needed. Assign the expert.",
        id="Pakar ini tidak punya benturan kepentingan dengan daerah ini. Tugaskan saja tanpa pengecualian.",
    )


async def ask(writing: Writing, assessment: Assessment, asked: ConflictOverrideCreate) -> ConflictOverride:
    """Ask for an override in a locked assessment, for the conflicts of interest of today.

    Raises `PanelClosed`, or to mentor `CohortNotReady`, when it comes too late; `AlreadyOnPanel` for who has stepped
    aside from the panel and is to judge; `NoConflict`; `ConflictOverrideExists` when an approved one covers every
    conflict. The database refuses a second one while the first is undecided.
    """
    session, actor = writing.session, writing.principal.id
    if asked.duty == "judge":
        await _require_may_judge(session, assessment, asked.expert_id)
    else:
        await _require_may_mentor(session, assessment, asked.expert_id)
    found = await conflicts.find(session, assessment, asked.expert_id, asked.duty)
    if not found:
        raise NoConflict
    if await conflicts.override_for(session, assessment, asked.expert_id, found, asked.duty) is not None:
        raise ConflictOverrideExists
    override = ConflictOverride(
        id=new_id(),
        assessment_id=assessment.id,
        expert_id=asked.expert_id,
        duty=asked.duty,
        conflicts=found,
        reason=asked.reason,
        state=OVERRIDE.initial,
        requested_by=actor,
        decided_by=None,
    )
    session.add(override)
    await session.flush()
    await enter(session, RESOURCE, [(str(override.id), None, override.state)], reason=asked.reason, actor=actor)
    return override


async def _require_may_judge(session: AsyncSession, assessment: Assessment, expert_id: UUID) -> None:
    seat = await session.scalar(select(PanelMember.state).filter_by(assessment_id=assessment.id, expert_id=expert_id))
    # Whose conflict came to light after judging may be let stand as long as the assessment is not final.
    if seat == "submitted" and assessment.state != FINAL:
        return
    require_open(assessment)
    await require_assessor(session, assessment, expert_id)
    if seat == "recused":
        raise AlreadyOnPanel


async def _require_may_mentor(session: AsyncSession, assessment: Assessment, expert_id: UUID) -> None:
    cohort = await cohort_of(session, assessment)
    require_state(cohort, *MENTORING)
    expert = await session.get(Expert, expert_id)
    if expert is None:
        raise Invalid(errors=[FieldError(pointer="/expert_id", code="invalid_reference", message=UNKNOWN_EXPERT)])
    person = Person(
        institution=str(expert.institution_id),
        roles=frozenset(expert.roles),
        active=expert.active,
        simulated=bool(await simulated_in(session, cohort, [expert_id])),
    )
    if faults := facilitator_problems(person, "/expert_id"):
        raise refuse(faults)


async def decide(writing: Writing, override_id: UUID, if_match: IfMatch, asked: TransitionCreate) -> None:
    """Approve or refuse an override; raise `Forbidden` for whoever asked for it."""
    session, actor = writing.session, writing.principal.id
    override = await writing.fetch(ConflictOverride, CONFLICT_OVERRIDES, if_match=if_match, id=override_id)
    before = override.state
    after = advance(OVERRIDE, before, asked.to)
    if not may_decide_override(writing.principal, override.requested_by):
        detail = Text(
            en="A second person decides; you asked for this override yourself.",
            id="Orang kedua yang memutuskan; pengecualian ini Anda minta sendiri.",
        )
        raise Forbidden(detail, required_permission=Permission.PANELS_WRITE)
    override.state, override.decided_by = after, actor
    await session.flush()
    await enter(session, RESOURCE, [(str(override_id), before, after)], reason=asked.reason, actor=actor)
