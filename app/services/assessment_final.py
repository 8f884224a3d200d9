"""Finish an assessment: its scorecard is frozen, and the candidacy is assessed."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import ASSESSMENT
from app.domain.reasons import Problem
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Incomplete, field_errors
from app.kernel.transitions import advance
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.scorecards import Scorecard
from app.services import conflicts, scorecards
from app.services.assessments import FORM_IN, step
from app.services.candidacies import move as move_candidacies
from app.services.judging import FINAL, lacking, owes

ASSESSED = "assessed"
_OWED = Text(
    en="Not every member of the panel has submitted. See who still owes a review in the panel of the assessment.",
    id="Belum semua anggota panel mengirim ulasan. Lihat siapa yang belum pada panel penilaian ini.",
)
_CONFLICT = Text(
    en="A conflict of interest of this member is on record. Have the member step aside, or ask for an override.",
    id="Benturan kepentingan anggota ini tercatat. Minta anggota ini mundur, atau mintakan pengecualian.",
)
_UNDECIDED = Text(
    en="This question awaits moderation. Record the moderation first.",
    id="Pertanyaan ini menunggu moderasi. Catat moderasinya dahulu.",
)


async def finalise(
    session: AsyncSession, cohort: Cohort, candidacy: Candidacy, assessment: Assessment, *, reason: str, actor: str
) -> Scorecard:
    """Make a locked assessment final and return its scorecard; what it had for an earlier edition stays as it was.

    Raises `IllegalTransition`, or `Incomplete` while a review is owed, too few are left to judge, a question awaits
    moderation, or a member has a conflict of interest on record that no override covers.
    """
    advance(ASSESSMENT, assessment.state, FINAL)
    owed = await owes(session, assessment)
    if assessment.revealed_at is None and not owed:
        raise Incomplete(errors=field_errors(Problem("/panel", why) for why in await lacking(session, assessment)))
    # Before the reviews are shown, not even which questions are contested may be told.
    if owed:
        raise Incomplete(errors=[FieldError(pointer="/reviews", code="review_missing", message=_OWED)])
    if at_odds := await conflicts.declared_on(session, assessment):
        raise Incomplete(
            errors=[
                FieldError(pointer=f"/panel/{expert_id}", code="conflict_declared", message=_CONFLICT)
                for expert_id in at_odds
            ]
        )
    if pending := (await scorecards.gather(session, assessment)).pending():
        raise Incomplete(
            errors=[
                FieldError(pointer=f"/questions/{code}", code="decision_missing", message=_UNDECIDED)
                for code in pending
            ]
        )
    assessment.finalised_at, assessment.reopened = datetime.now(UTC), []
    await step(session, assessment, FINAL, reason=reason, actor=actor)
    scorecard = await scorecards.freeze(session, assessment, reason=reason)
    if candidacy.state == FORM_IN:  # for the first time
        # Its history has other readers than the assessment's, where the reason given stands.
        await move_candidacies(session, cohort, [candidacy], ASSESSED, reason="its assessment is final", actor=actor)
    return scorecard
