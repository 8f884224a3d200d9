"""Fill in and submit reviews, blind; and once the whole panel has submitted, show them and see what is contested.

Whoever submits locks the assessment first, so that of those who submit at the same moment exactly one is the last.
Until then a submission touches the review and its author's seat, and nothing else that anyone can see.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain import conflicts
from app.domain.forms import level_gaps, level_problems, note_problems
from app.domain.lifecycles import PANEL_MEMBER, REVIEW, Lifecycle
from app.domain.permissions import SYSTEM, Permission, may_review
from app.domain.reasons import Reason
from app.kernel.bodies import merge_patch
from app.kernel.messages import Text
from app.kernel.problems import Conflict, Forbidden, Incomplete, NotFound, field_errors, refuse
from app.kernel.transitions import TransitionCreate, advance, enter
from app.kernel.writing import IfMatch, Writing
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.experts import Expert
from app.models.panels import ConflictDeclaration, ConflictOverride, PanelMember
from app.models.reviews import Review
from app.projections.reviews import REVIEWS
from app.schemas.reviews import ReviewUpdate
from app.services import scorecards
from app.services.assessment_moves import panel_lacks
from app.services.assessments import rubric_of, step

RESOURCE = "reviews"
# What an author does; to give a review back takes more than its author.
BY_AUTHOR = Lifecycle(REVIEW.initial, {REVIEW.initial: REVIEW.allowed(REVIEW.initial)})
# The state of an assessment in which reviews come in.
JUDGING = "in_review"
_NOT_YOURS = Text(
    en="Only its author fills in and submits a review. Use the key of this expert.",
    id="Hanya penulisnya yang mengisi dan mengirim sebuah ulasan. Gunakan kunci pakar ini.",
)


class ReviewSubmitted(Conflict):
    """A review that was submitted does not change any more."""

    code = "review_submitted"
    title = Text(en="Review submitted", id="Ulasan sudah dikirim")
    help = Text(
        en="The review was submitted and stays as it is. Where assessors are too far apart, a moderation decides.",
        id="Ulasan sudah dikirim dan tidak berubah lagi. Bila asesor terlalu jauh berbeda, moderasi yang memutuskan.",
    )


class SteppedAside(Conflict):
    """Whoever left the panel judges no more."""

    code = "stepped_aside"
    title = Text(en="Stepped aside", id="Sudah mengundurkan diri")
    help = Text(
        en="The author has stepped aside from this panel, so the review stays a draft that does not count.",
        id="Penulis telah mengundurkan diri dari panel ini, sehingga ulasan tetap rancangan yang tidak dihitung.",
    )


class NotInReview(Conflict):
    """The assessment is in a state in which no reviews come in."""

    code = "not_in_review"
    title = Text(en="Not in review", id="Tidak sedang diulas")
    help = Text(
        en="Reviews are submitted while the assessment is in one of the states in `expected`. See its history.",
        id="Ulasan dikirim selama penilaian berada pada keadaan di `expected`. Lihat riwayatnya.",
    )


class ConflictOfInterest(Conflict):
    """The expert may not judge this region."""

    code = "conflict_of_interest"
    title = Text(en="Conflict of interest", id="Benturan kepentingan")
    help = Text(
        en="See `conflicts`. Step aside from the panel, or let an officer ask for an override by a second person.",
        id="Lihat `conflicts`. Undurkan diri dari panel, atau minta petugas mengajukan pengecualian ke orang kedua.",
    )


async def update(writing: Writing, review_id: UUID, if_match: IfMatch, patch: ReviewUpdate) -> None:
    """Save what the author thinks so far.

    Raises `Forbidden`, `ReviewSubmitted`, `SteppedAside`, or `Invalid` with pointers.
    """
    session = writing.session
    review = await writing.fetch(Review, REVIEWS, if_match=if_match, id=review_id)
    await _seat_of_author(writing, review)
    if review.state != REVIEW.initial:
        raise ReviewSubmitted
    sent = patch.changes()
    levels, notes = (merge_patch(getattr(review, name), sent.get(name, {})) for name in ("levels", "notes"))
    assessment = (await session.scalars(select(Assessment).filter_by(id=review.assessment_id))).one()
    rubric = await rubric_of(session, assessment)
    if faults := (*level_problems(rubric, levels), *note_problems(rubric, notes)):
        raise refuse(faults)
    review.levels, review.notes = levels, notes
    review.comment = sent.get("comment", review.comment)


async def move(writing: Writing, review_id: UUID, if_match: IfMatch, asked: TransitionCreate) -> None:
    """Submit a review at its author's word.

    Raises `Forbidden`, `SteppedAside`, `NotInReview`, `ConflictOfInterest`, or `Incomplete` with a pointer to every
    question without a level.
    """
    session, actor = writing.session, writing.principal.id
    assessment_id = await session.scalar(select(Review.assessment_id).where(Review.id == review_id))
    if assessment_id is None:
        raise NotFound
    assessment = (await session.scalars(select(Assessment).filter_by(id=assessment_id).with_for_update())).one()
    review = await writing.fetch(Review, REVIEWS, if_match=if_match, id=review_id)
    seat = await _seat_of_author(writing, review)
    before, to = review.state, advance(BY_AUTHOR, review.state, asked.to)
    if assessment.state != JUDGING:
        raise NotInReview(state=assessment.state, expected=[JUDGING])
    if found := await conflicts_now(session, assessment, review.expert_id):
        told = [{"code": why.code, "text_en": why.text_en, "text_id": why.text_id} for why in found]
        raise ConflictOfInterest(conflicts=told)
    if gaps := level_gaps(await rubric_of(session, assessment), review.levels):
        raise Incomplete(errors=field_errors(gaps))
    review.state, review.submitted_at = to, datetime.now(UTC)
    seated, seat.state = seat.state, advance(PANEL_MEMBER, seat.state, "submitted")
    await session.flush()
    await enter(session, RESOURCE, [(str(review.id), before, to)], reason=asked.reason, actor=actor)
    # Fellow members see the seat move, so its reason is not the author's, which may tell of the review.
    seat_moves = [(str(seat.id), seated, seat.state)]
    await enter(session, "panel-members", seat_moves, reason="review submitted", actor=actor)
    await settle(session, assessment)


async def settle(session: AsyncSession, assessment: Assessment) -> None:
    """Show the reviews of a locked assessment when the last is in, and give it to moderation if it is contested.

    To be called when a review was submitted and when a member has left the panel. Nobody's hand moves it: whoever came
    last is not to be known from its history.
    """
    if assessment.state != JUDGING or await owes(session, assessment) or await panel_lacks(session, assessment):
        return
    contested = (await scorecards.current(session, assessment)).undecided
    if assessment.revealed_at is None:
        assessment.revealed_at = datetime.now(UTC)
    if contested:
        await step(session, assessment, "moderation", reason=f"contested: {', '.join(contested)}", actor=SYSTEM.id)
    await session.flush()


async def owes(session: AsyncSession, assessment: Assessment) -> bool:
    """Tell whether a member of the panel, who did not step aside, has yet to submit."""
    waits = exists().where(
        PanelMember.assessment_id == assessment.id, PanelMember.state.not_in(["submitted", "recused"])
    )
    return bool(await session.scalar(select(waits)))


async def conflicts_now(session: AsyncSession, assessment: Assessment, expert_id: UUID) -> Sequence[Reason]:
    """Tell every conflict of interest of an expert in the assessed region; none when an override covers them all."""
    region = await session.scalar(select(Candidacy.region_code).where(Candidacy.id == assessment.candidacy_id))
    expert = (await session.scalars(select(Expert).filter_by(id=expert_id))).one()
    declared = await session.scalars(
        select(ConflictDeclaration.region_code).where(ConflictDeclaration.expert_id == expert_id)
    )
    assessor = conflicts.Assessor(
        str(expert.id), str(expert.institution_id), expert.home_region_code, frozenset(declared)
    )
    found = conflicts.conflicts(assessor, region or "", ())
    overrides = await session.scalars(
        select(ConflictOverride.conflicts).where(
            ConflictOverride.assessment_id == assessment.id,
            ConflictOverride.expert_id == expert_id,
            ConflictOverride.state == "approved",
        )
    )
    codes = {why.code for why in found}
    return () if any(codes <= {why["code"] for why in covered} for covered in overrides) else found


async def _seat_of_author(writing: Writing, review: Review) -> PanelMember:
    """Return the seat from which the author judges; raise `Forbidden` for anyone else, or `SteppedAside`."""
    if not may_review(writing.principal, review.expert_id):
        raise Forbidden(_NOT_YOURS, required_permission=Permission.REVIEWS_WRITE)
    seats = select(PanelMember).filter_by(assessment_id=review.assessment_id, expert_id=review.expert_id)
    seat = (await writing.session.scalars(seats)).one()
    if seat.state == "recused":
        raise SteppedAside
    return seat
