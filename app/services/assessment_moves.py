"""Move assessments: the region submits its form; an officer returns it, begins the review, ends it.

The candidacy follows in the same transaction: a form that is in is `form_submitted`, one that is returned `invited`,
and with its first scorecard the region is `assessed`. Its history has other readers, so the reasons stay with the
assessment.
"""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from app.domain.forms import answer_gaps
from app.domain.lifecycles import ASSESSMENT
from app.domain.permissions import Permission
from app.domain.reasons import Problem
from app.kernel.problems import Incomplete, field_errors
from app.kernel.transitions import TransitionCreate, by_hand
from app.kernel.writing import IfMatch, Writing
from app.models.assessments import Assessment
from app.projections.assessments import ASSESSMENTS
from app.services import calendars
from app.services.assessment_final import finalise
from app.services.assessment_forms import answers_of
from app.services.assessments import ASSESSING, AWAITS_FORM, FORM_IN, Locked, lock, rubric_of, step
from app.services.candidacies import FinalChoiceMade, require_candidacies, require_state
from app.services.candidacies import move as move_candidacies
from app.services.cohorts import published_stages
from app.services.judging import lacking
from app.services.offices import require_own_office

# The window of the cohort's calendar in which forms are submitted.
WINDOW = "assessment"


async def move(writing: Writing, assessment_id: UUID, if_match: IfMatch, asked: TransitionCreate) -> None:
    """Move an assessment at somebody's word: a submission is the region's, all else an officer's.

    Raises `IllegalTransition` also for steps that an assessment takes by itself.
    """
    locked = await lock(writing.session, assessment_id)
    await writing.fetch(Assessment, ASSESSMENTS, if_match=if_match, id=assessment_id)
    if asked.to == "submitted":
        require_own_office(writing, locked.candidacy.region_code, Permission.ASSESSMENTS_WRITE)
    else:
        writing.require(Permission.ASSESSMENTS_MANAGE)
    by_hand(ASSESSMENT, locked.assessment.state, asked.to)
    await _STEPS[asked.to](writing, locked, asked.reason)


async def _submit(writing: Writing, locked: Locked, reason: str) -> None:
    """Take the region's form in, which then stays as it is.

    Raises `CohortNotReady`, `FinalChoiceMade`, `CandidacyNotReady`, `OutsideWindow`, or `Incomplete` with pointers to
    every gap.
    """
    session, actor = writing.session, writing.principal.id
    cohort, candidacy, assessment = locked
    require_state(cohort, ASSESSING)
    if "final" in await published_stages(session, cohort.code):
        raise FinalChoiceMade
    require_candidacies([("", candidacy)], AWAITS_FORM)
    moment = calendars.now()
    if assessment.late_until is None or assessment.late_until < moment:
        await calendars.require_window(session, cohort, candidacy, WINDOW, moment)
    if gaps := answer_gaps(await rubric_of(session, assessment), answers_of(assessment)):
        raise Incomplete(errors=field_errors(gaps))
    assessment.submitted_at = moment
    await step(session, assessment, "submitted", reason=reason, actor=actor)
    await move_candidacies(session, cohort, [candidacy], FORM_IN, reason="its form was submitted", actor=actor)


async def _return(writing: Writing, locked: Locked, reason: str) -> None:
    """Give the form back to the region, to be submitted anew; the reason says what to mend."""
    session, actor = writing.session, writing.principal.id
    cohort, candidacy, assessment = locked
    require_state(cohort, ASSESSING)
    require_candidacies([("", candidacy)], FORM_IN)
    assessment.submitted_at = None
    await step(session, assessment, "open", reason=reason, actor=actor)
    await move_candidacies(session, cohort, [candidacy], AWAITS_FORM, reason="its form was returned", actor=actor)


async def _begin_review(writing: Writing, locked: Locked, reason: str) -> None:
    """Hand the form to its panel; raise `Incomplete` with all that the panel lacks."""
    cohort, candidacy, assessment = locked
    require_state(cohort, ASSESSING)
    require_candidacies([("", candidacy)], FORM_IN)
    if lacks := await lacking(writing.session, assessment):
        raise Incomplete(errors=field_errors(Problem("/panel", why) for why in lacks))
    await step(writing.session, assessment, "in_review", reason=reason, actor=writing.principal.id)


async def _finalise(writing: Writing, locked: Locked, reason: str) -> None:
    await finalise(writing.session, *locked, reason=reason, actor=writing.principal.id)


_STEPS: Mapping[str, Callable[[Writing, Locked, str], Awaitable[None]]] = {
    "submitted": _submit,
    "open": _return,
    "in_review": _begin_review,
    "final": _finalise,
}
