"""Moderate: decide at once every question on which the assessors were too far apart, or that was reopened."""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.forms import Decision, decision_gaps, decision_problems
from app.kernel.messages import Text
from app.kernel.problems import Conflict, refuse
from app.kernel.writing import new_id
from app.models.assessments import Assessment
from app.models.moderations import Moderation
from app.schemas.moderations import ModerationCreate
from app.services import scorecards

MODERATED = "moderation"


class NothingToModerate(Conflict):
    """No question of the assessment awaits moderation."""

    code = "nothing_to_moderate"
    title = Text(en="Nothing to moderate", id="Tidak ada yang dimoderasi")
    help = Text(
        en="No question of this assessment awaits moderation: see `state`. What is decided already stays decided.",
        id="Tidak ada pertanyaan yang menunggu moderasi pada penilaian ini: lihat `state`. Keputusan yang ada tetap.",
    )


async def record(session: AsyncSession, assessment: Assessment, asked: ModerationCreate, *, actor: str) -> Moderation:
    """Record the next round of a locked assessment.

    Raises `NothingToModerate`, `ModerationExists` when somebody else recorded this round, and `Invalid` with a pointer
    to every decision that makes no sense or is missing.
    """
    if assessment.state != MODERATED:
        raise NothingToModerate(state=assessment.state)
    facts = await scorecards.gather(session, assessment)
    pending = facts.pending()
    moderation = Moderation(
        id=new_id(),
        assessment_id=assessment.id,
        round=facts.edition,
        decisions={code: decision.model_dump() for code, decision in asked.decisions.items()},
        minutes=asked.minutes,
        moderated_by=actor,
    )
    session.add(moderation)
    # Stored before it is judged: a round that is taken already leaves nothing pending, and is to be told as such.
    await session.flush()
    if not pending:
        raise NothingToModerate(state=assessment.state)
    decisions = {code: Decision(decision.level, decision.reason) for code, decision in asked.decisions.items()}
    if faults := (*decision_problems(facts.rubric, decisions, pending), *decision_gaps(pending, decisions)):
        raise refuse(faults)
    return moderation


async def void(session: AsyncSession, assessment: Assessment) -> None:
    """Take back what was decided since the last edition of the scorecard, with a review that counts no more.

    Nobody may be bound by it, and who judges anew could not be moderated otherwise; the change log keeps it.
    """
    edition = (await scorecards.gather(session, assessment)).edition
    await session.execute(delete(Moderation).filter_by(assessment_id=assessment.id, round=edition))
