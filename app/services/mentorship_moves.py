"""Begin, complete and end mentorships; the candidacy follows in the same transaction."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import MENTORSHIP
from app.domain.mentorships import completion_gaps
from app.kernel.problems import Incomplete, field_errors
from app.kernel.transitions import TransitionCreate, advance, enter
from app.kernel.writing import IfMatch, Writing
from app.models.candidacies import Candidacy
from app.models.mentorships import Mentorship
from app.services.candidacies import move as move_candidacies
from app.services.candidacies import require_candidacies, require_state
from app.services.mentorship_facts import MENTORING
from app.services.mentorships import RESOURCE, RUNNING, TAKES_MENTORS, lock
from app.services.workshops import closed_numbers

# The state in which a candidacy waits for its mentor.
AWAITS = "mou_signed"


async def move(writing: Writing, mentorship_id: UUID, if_match: IfMatch, asked: TransitionCreate) -> None:
    """Begin, complete or end a mentorship.

    To begin it takes a cohort and a candidacy that are ready (`CohortNotReady`, `CandidacyNotReady`), and a candidacy
    that waited for it is `mentoring` from then on. To be completed it takes all four workshops closed (`Incomplete`).
    """
    session, actor = writing.session, writing.principal.id
    cohort, candidacy, mentorship = await lock(writing, mentorship_id, if_match)
    before, after = mentorship.state, advance(MENTORSHIP, mentorship.state, asked.to)
    if after == "active":
        require_state(cohort, *MENTORING)
        require_candidacies([("", candidacy)], *TAKES_MENTORS)
        if candidacy.state == AWAITS:
            await move_candidacies(session, cohort, [candidacy], "mentoring", reason=asked.reason, actor=actor)
    elif after == "completed" and (gaps := completion_gaps(await closed_numbers(session, candidacy.id))):
        raise Incomplete(errors=field_errors(gaps))
    mentorship.state = after
    await session.flush()
    await enter(session, RESOURCE, [(str(mentorship_id), before, after)], reason=asked.reason, actor=actor)


async def end_with(session: AsyncSession, candidacy: Candidacy, *, reason: str, actor: str) -> None:
    """End the mentorship of a locked candidacy that leaves the programme, if one is not over."""
    running = select(Mentorship).where(Mentorship.candidacy_id == candidacy.id, Mentorship.state.in_(RUNNING))
    mentorship = await session.scalar(running.with_for_update())
    if mentorship is None:
        return
    before, mentorship.state = mentorship.state, "ended"
    await session.flush()
    await enter(session, RESOURCE, [(str(mentorship.id), before, "ended")], reason=reason, actor=actor)
