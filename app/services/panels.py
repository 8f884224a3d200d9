"""Seats on panels: give one, give it up, declare to have no conflict of interest.

Whoever changes a panel locks its assessment first, so that a panel is counted, and revealed, by one writer at a time.
"""

from collections.abc import Mapping
from uuid import UUID

from fastapi import Response
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import PANEL_MEMBER, REVIEW
from app.domain.permissions import Permission
from app.domain.reasons import problem
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Forbidden, IllegalTransition, Invalid, NotFound, field_errors
from app.kernel.transitions import TransitionCreate, advance, by_hand, enter
from app.kernel.writing import IfMatch, Writing, new_id
from app.models.assessments import Assessment
from app.models.cohorts import Cohort
from app.models.experts import Expert
from app.models.panels import UNKNOWN_EXPERT, PanelMember
from app.models.reviews import Review
from app.projections.panels import PANEL_MEMBERS
from app.services import conflicts, moderations
from app.services.experts import simulated_in
from app.services.judging import FINAL, JUDGING, cohort_of, lacking, settle

RESOURCE = "panel-members"
# Until its reviews are revealed, a panel takes members; those who come later would know what the others gave.
TAKES_MEMBERS = ("open", "submitted", "in_review")
_FINAL = Text(
    en="The assessment is final, so its panel stays as it was. An objection that is upheld opens it again.",
    id="Penilaian ini sudah final, sehingga panelnya tetap. Sanggahan yang diterima membukanya kembali.",
)
_NOT_ASSESSOR = Text(en="The expert is not an active assessor.", id="Pakar ini bukan asesor yang aktif.")


class PanelClosed(Conflict):
    """The panel takes no more members."""

    code = "panel_closed"
    title = Text(en="Panel closed", id="Panel ditutup")
    help = Text(
        en="The panel is complete and its reviews are revealed, so nobody joins any more.",
        id="Panel sudah lengkap dan ulasannya sudah dibuka, sehingga tidak ada lagi yang dapat bergabung.",
    )


class SameInstitution(Conflict):
    """Another member of a panel that has begun is from the expert's institution."""

    code = "same_institution"
    title = Text(en="Same institution", id="Lembaga yang sama")
    help = Text(
        en="The cohort wants panels from different institutions. Name an expert of another one.",
        id="Tahap ini menghendaki panel dari lembaga yang berbeda. Pilih pakar dari lembaga lain.",
    )


class MovedByReview(Conflict):
    """A step that only the review takes."""

    code = "moved_by_review"
    title = Text(en="Moved by its review", id="Dipindahkan oleh ulasan")
    help = Text(
        en="The seat follows its review. Submit the review; that moves the seat.",
        id="Kursi mengikuti ulasannya. Kirim ulasannya; itu memindahkan kursi.",
    )


class PanelMemberKept(Conflict):
    """A seat from which a review came, or that was given up, stays on record."""

    code = "panel_member_kept"
    title = Text(en="Seat kept on record", id="Kursi tetap tercatat")
    help = Text(
        en="The expert has judged or stepped aside, and that stays on record. Assign another expert if one is needed.",
        id="Pakar ini sudah menilai atau mengundurkan diri, dan itu tetap tercatat. Tugaskan pakar lain bila perlu.",
    )


async def assign(session: AsyncSession, assessment: Assessment, expert_id: UUID, *, actor: str) -> PanelMember:
    """Give an expert a seat on the panel of a locked assessment.

    Raises `PanelClosed`, `ConflictOfInterest` unless an approved override covers every conflict, `SameInstitution` once
    the review has begun (before that the panel is told what it lacks), `Invalid` for who is not an active assessor, or
    simulated where the cohort is not; the database refuses who has or had a seat already.
    """
    require_open(assessment)
    await require_assessor(session, assessment, expert_id)
    member = PanelMember(
        id=new_id(), assessment_id=assessment.id, expert_id=expert_id, state=PANEL_MEMBER.initial, override_id=None
    )
    # Of one institution may also be members who were not when they joined.
    before = await lacking(session, assessment) if assessment.state == JUDGING else ()
    await add(session, [member], reason="assigned", actor=actor)
    member.override_id = await conflicts.check(session, assessment, expert_id)
    if assessment.state == JUDGING:
        for lack in await lacking(session, assessment):
            if lack.code == SameInstitution.code and lack not in before:
                raise SameInstitution(Text(en=lack.text_en, id=lack.text_id))
    return member


async def add(session: AsyncSession, members: list[PanelMember], *, reason: str, actor: str) -> None:
    """Store new seats; an expert who has or had one on the panel breaks a constraint of the database."""
    session.add_all(members)
    await session.flush()
    moves = [(str(member.id), None, member.state) for member in members]
    await enter(session, RESOURCE, moves, reason=reason, actor=actor)


async def move(writing: Writing, member_id: UUID, if_match: IfMatch, asked: TransitionCreate) -> None:
    """Declare that there is no conflict of interest, or step aside.

    To declare is the expert's own; it opens the draft of the review, and is refused where a conflict is known
    (`ConflictOfInterest`). An officer too may have an expert step aside, which puts a conflict on record. Who judged
    can step aside until the assessment is final (`IllegalTransition`); the review stays on record and does not count,
    and neither does what was moderated with it.
    """
    session, actor = writing.session, writing.principal.id
    assessment = await _lock(session, member_id)
    member = await writing.fetch(PanelMember, PANEL_MEMBERS, if_match=if_match, id=member_id)
    before = member.state
    advance(PANEL_MEMBER, before, asked.to)
    _require_may_move(writing, member, asked.to)
    after = by_hand(PANEL_MEMBER, before, asked.to, {"review": MovedByReview})
    if assessment.state == FINAL:
        raise IllegalTransition(_FINAL, state=before, allowed=[])
    if after == "declared":
        override_id = await conflicts.check(session, assessment, member.expert_id)
        member.override_id = override_id or member.override_id
    member.state = after
    await session.flush()
    # Why somebody steps aside is no matter of the panel's: it stands with the conflict that is put on record.
    why = asked.reason if after == "declared" else "a conflict of interest is on record"
    await enter(session, RESOURCE, [(str(member_id), before, after)], reason=why, actor=actor)
    if after == "declared":
        await _open_review(session, member, asked.reason, actor)
    else:
        await conflicts.note(session, assessment, member.expert_id, asked.reason)
        await _drop_review(session, member)
        await moderations.void(session, assessment)
        await settle(session, assessment)


async def remove(writing: Writing, member_id: UUID, if_match: IfMatch) -> Response:
    """Take a seat away as if it had never been given, and answer what it was; raise `PanelMemberKept` too late."""
    session = writing.session
    assessment = await _lock(session, member_id)
    member = await writing.fetch(PanelMember, PANEL_MEMBERS, if_match=if_match, id=member_id)
    judged = await session.scalar(select(Review.submitted_at).where(*_review_of(member)))
    if member.state not in ("assigned", "declared") or judged is not None:
        raise PanelMemberKept(state=member.state)
    # Nothing is left to be shown afterwards.
    answer = await writing.answer(PANEL_MEMBERS, id=member_id)
    await _drop_review(session, member)
    await session.delete(member)
    await session.flush()
    await settle(session, assessment)
    return answer


def require_open(assessment: Assessment) -> None:
    """Raise `PanelClosed` unless the panel takes members."""
    if assessment.state not in TAKES_MEMBERS or assessment.revealed_at is not None:
        raise PanelClosed(state=assessment.state)


async def require_assessor(session: AsyncSession, assessment: Assessment, expert_id: UUID) -> None:
    """Raise `Invalid` unless there is such an expert, an active assessor, and simulated only where the cohort is."""
    if faults := await assessor_faults(session, await cohort_of(session, assessment), {"/expert_id": expert_id}):
        raise Invalid(errors=faults)


async def assessor_faults(session: AsyncSession, cohort: Cohort, named: Mapping[str, UUID]) -> list[FieldError]:
    """Tell why experts, named at these pointers, can have no seat in the cohort; nothing of those who can."""
    ids = set(named.values())
    known = {expert.id: expert for expert in await session.scalars(select(Expert).where(Expert.id.in_(ids)))}
    simulated = await simulated_in(session, cohort, ids)
    faults = []
    for pointer, expert_id in named.items():
        expert = known.get(expert_id)
        if expert is None:
            faults.append(FieldError(pointer=pointer, code="invalid_reference", message=UNKNOWN_EXPERT))
        elif expert_id in simulated:
            faults += field_errors([problem(pointer, "simulated_expert")])
        elif not expert.active or "assessor" not in expert.roles:
            faults.append(FieldError(pointer=pointer, code="not_assessor", message=_NOT_ASSESSOR))
    return faults


async def _lock(session: AsyncSession, member_id: UUID) -> Assessment:
    """Lock the assessment of a seat: it first, the seat second, so that nobody waits for another in a circle."""
    found = await session.scalar(
        select(Assessment)
        .join(PanelMember, PanelMember.assessment_id == Assessment.id)
        .where(PanelMember.id == member_id)
        .with_for_update(of=Assessment)
    )
    if found is None:
        raise NotFound
    return found


def _require_may_move(writing: Writing, member: PanelMember, to: str) -> None:
    own = writing.principal.expert == member.expert_id
    if to == "recused" and not own:
        writing.require(Permission.PANELS_WRITE)
        return
    writing.require(Permission.REVIEWS_WRITE)
    if not own:
        detail = Text(
            en="Only the expert can say this, with a key that speaks for that expert.",
            id="Hanya pakar itu sendiri yang dapat menyatakannya, dengan kunci atas namanya.",
        )
        raise Forbidden(detail, required_permission=Permission.REVIEWS_WRITE)


async def _open_review(session: AsyncSession, member: PanelMember, reason: str, actor: str) -> None:
    review = Review(id=new_id(), assessment_id=member.assessment_id, expert_id=member.expert_id, state=REVIEW.initial)
    session.add(review)
    await session.flush()
    await enter(session, "reviews", [(str(review.id), None, review.state)], reason=reason, actor=actor)


async def _drop_review(session: AsyncSession, member: PanelMember) -> None:
    """Remove the draft; a review that once was submitted counted, and stays."""
    await session.execute(delete(Review).where(*_review_of(member), Review.submitted_at.is_(None)))


def _review_of(member: PanelMember) -> tuple[ColumnElement[bool], ...]:
    return (Review.assessment_id == member.assessment_id, Review.expert_id == member.expert_id)
