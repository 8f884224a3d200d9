"""File objections and decide them; an upheld one gives the assessment back to moderation.

Locks are taken in one order everywhere: the cohort, the candidacy, the assessment, the objection. So an objection is
decided once, and never while its assessment moves.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.forms import question_problems
from app.domain.lifecycles import OBJECTION
from app.domain.permissions import Permission
from app.domain.principals import may_decide_objection
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Invalid, NotFound, refuse
from app.kernel.transitions import advance, enter
from app.kernel.writing import IfMatch, Writing, new_id
from app.models.assessments import Assessment
from app.models.moderations import Moderation
from app.models.objections import Objection
from app.models.panels import PanelMember
from app.models.result_letters import ResultLetter
from app.projections.assessments import ASSESSMENTS
from app.projections.objections import OBJECTIONS
from app.schemas.objections import ObjectionCreate, ObjectionTransitionCreate
from app.services import assessments, calendars
from app.services.judging import FINAL
from app.services.moderations import MODERATED
from app.services.offices import require_own_office

RESOURCE = "objections"
# The window of the cohort's calendar in which objections are filed.
WINDOW = "objection"
DECISIONS = ("upheld", "dismissed")
_NOT_UPHELD = Text(
    en="Only an upheld objection reopens questions; leave this out.",
    id="Hanya sanggahan yang diterima membuka kembali pertanyaan; kosongkan isian ini.",
)
_NOTHING = Text(
    en="An objection on facts concerns at least one question. Name those to be decided anew.",
    id="Sanggahan atas fakta menyangkut sedikitnya satu pertanyaan. Sebutkan yang harus diputuskan ulang.",
)


class NoResultLetter(Conflict):
    """The region was not told of its result yet."""

    code = "no_result_letter"
    title = Text(en="No result letter", id="Belum ada surat hasil")
    help = Text(
        en="An objection is to a result, and this region has no result letter yet. File it once the letter is issued.",
        id="Sanggahan ditujukan pada hasil, dan daerah ini belum menerima surat hasil. Ajukan setelah surat terbit.",
    )


class AssessmentNotFinal(Conflict):
    """The assessment is being decided anew."""

    code = "assessment_not_final"
    title = Text(en="Assessment not final", id="Penilaian belum final")
    help = Text(
        en="The assessment is not final; there is nothing to object to yet. Wait for its new scorecard.",
        id="Penilaian ini belum final; belum ada yang dapat disanggah. Tunggu kartu skornya yang baru.",
    )


class DeciderInvolved(Conflict):
    """Who took part in the assessment does not decide on an objection to it."""

    code = "decider_involved"
    title = Text(en="Decider involved", id="Pemutus terlibat")
    help = Text(
        en="You moderated this assessment or have a seat on its panel. Let another officer decide the objection.",
        id="Anda memoderasi penilaian ini atau duduk di panelnya. Minta petugas lain memutuskan sanggahan ini.",
    )


async def file(writing: Writing, assessment_id: UUID, asked: ObjectionCreate, *, moment: datetime) -> Objection:
    """File an objection to an assessment that the principal sees.

    Raises `Invalid` for a question that is none, `NoResultLetter`, `AssessmentNotFinal`, and `OutsideWindow` by the
    region's own clock; a second one that waits breaks a constraint of the database.
    """
    session = writing.session
    cohort, candidacy, assessment = await assessments.lock(session, assessment_id)
    await writing.fetch(Assessment, ASSESSMENTS, id=assessment_id)
    require_own_office(writing, candidacy.region_code, Permission.OBJECTIONS_WRITE)
    await _check_questions(session, assessment, asked.questions, "/questions")
    if await session.scalar(select(ResultLetter.id).where(ResultLetter.candidacy_id == candidacy.id)) is None:
        raise NoResultLetter
    if assessment.state != FINAL:
        raise AssessmentNotFinal(state=assessment.state)
    await calendars.require_window(session, cohort, candidacy, WINDOW, moment)
    objection = Objection(
        id=new_id(), assessment_id=assessment_id, reopens=[], state=OBJECTION.initial, **asked.model_dump()
    )
    session.add(objection)
    await session.flush()
    moves = [(str(objection.id), None, objection.state)]
    await enter(session, RESOURCE, moves, reason="filed", actor=writing.principal.id)
    return objection


async def move(writing: Writing, objection_id: UUID, if_match: IfMatch, asked: ObjectionTransitionCreate) -> None:
    """Decide an objection, as an officer, or withdraw it, as the region.

    Raises `DeciderInvolved` for whoever took part in the assessment, and `Invalid` for questions that cannot be
    reopened. An upheld objection that reopens none leaves the assessment as it is.
    """
    session, actor = writing.session, writing.principal.id
    assessment_id = await session.scalar(select(Objection.assessment_id).where(Objection.id == objection_id))
    if assessment_id is None:
        raise NotFound
    _, candidacy, assessment = await assessments.lock(session, assessment_id)
    objection = await writing.fetch(Objection, OBJECTIONS, if_match=if_match, id=objection_id)
    if asked.to == "withdrawn":
        require_own_office(writing, candidacy.region_code, Permission.OBJECTIONS_WRITE)
    elif asked.to in DECISIONS:
        writing.require(Permission.OBJECTIONS_DECIDE)
    before = objection.state
    after = advance(OBJECTION, before, asked.to)
    if asked.reopens is not None and after != "upheld":
        raise Invalid(errors=[FieldError(pointer="/reopens", code="not_allowed", message=_NOT_UPHELD)])
    if after != "withdrawn":
        await _require_outsider(writing, assessment_id)
        objection.decision, objection.decided_by = asked.reason, actor
    objection.state = after
    if after == "upheld":
        objection.reopens = objection.questions if asked.reopens is None else asked.reopens
        await _check_questions(session, assessment, objection.reopens, "/reopens")
        if objection.ground == "facts" and not objection.reopens:
            raise Invalid(errors=[FieldError(pointer="/reopens", code="required", message=_NOTHING)])
    await session.flush()
    await enter(session, RESOURCE, [(str(objection_id), before, after)], reason=asked.reason, actor=actor)
    if objection.reopens:
        # Moderation decides these anew, and the next scorecard will be a new edition.
        assessment.reopened, assessment.finalised_at = objection.reopens, None
        await assessments.step(session, assessment, MODERATED, reason=asked.reason, actor=actor)


async def _require_outsider(writing: Writing, assessment_id: UUID) -> None:
    moderators = select(Moderation.moderated_by).where(Moderation.assessment_id == assessment_id)
    # Those too who stepped aside, for they have a conflict of interest.
    panel = select(PanelMember.expert_id).where(PanelMember.assessment_id == assessment_id)
    session = writing.session
    if not may_decide_objection(
        writing.principal, set(await session.scalars(moderators)), set(await session.scalars(panel))
    ):
        raise DeciderInvolved


async def _check_questions(session: AsyncSession, assessment: Assessment, codes: Sequence[str], at: str) -> None:
    if faults := question_problems(await assessments.rubric_of(session, assessment), codes, at):
        raise refuse(faults)
