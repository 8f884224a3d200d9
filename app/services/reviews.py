"""Fill in and submit reviews, blind; and once the whole panel has submitted, show them and see what is contested.

Whoever submits locks the assessment first, so that of those who submit at the same moment exactly one is the last.
Until then a submission touches the review and its author's seat, and nothing else that anyone can see.
"""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.forms import level_gaps, level_problems, note_problems
from app.domain.lifecycles import PANEL_MEMBER, REVIEW
from app.domain.permissions import Permission
from app.domain.principals import may_review
from app.kernel.bodies import merge_patch
from app.kernel.messages import Text
from app.kernel.problems import Conflict, Forbidden, Incomplete, NotFound, field_errors, refuse
from app.kernel.transitions import TransitionCreate, advance, by_hand, enter
from app.kernel.writing import IfMatch, Writing
from app.models.assessments import Assessment
from app.models.panels import PanelMember
from app.models.reviews import Review
from app.projections.reviews import REVIEWS
from app.schemas.reviews import ReviewUpdate
from app.services import conflicts
from app.services.assessments import rubric_of
from app.services.judging import JUDGING, settle
from app.services.panels import RESOURCE as SEATS

RESOURCE = "reviews"
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


class NotInReview(Conflict):
    """The assessment is in a state in which no reviews come in."""

    code = "not_in_review"
    title = Text(en="Not in review", id="Tidak sedang diulas")
    help = Text(
        en="Reviews are submitted while the assessment is in one of the states in `expected`. See its history.",
        id="Ulasan dikirim selama penilaian berada pada keadaan di `expected`. Lihat riwayatnya.",
    )


async def update(writing: Writing, review_id: UUID, if_match: IfMatch, patch: ReviewUpdate) -> None:
    """Save what the author thinks so far.

    Raises `Forbidden`, `ReviewSubmitted`, or `Invalid` with pointers.
    """
    session = writing.session
    review = await writing.fetch(Review, REVIEWS, if_match=if_match, id=review_id)
    _require_author(writing, review)
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

    Raises `Forbidden`, `NotInReview`, `ConflictOfInterest`, or `Incomplete` with a pointer to every question without a
    level.
    """
    session, actor = writing.session, writing.principal.id
    assessment_id = await session.scalar(select(Review.assessment_id).where(Review.id == review_id))
    if assessment_id is None:
        raise NotFound
    assessment = (await session.scalars(select(Assessment).filter_by(id=assessment_id).with_for_update())).one()
    review = await writing.fetch(Review, REVIEWS, if_match=if_match, id=review_id)
    _require_author(writing, review)
    before, to = review.state, by_hand(REVIEW, review.state, asked.to)
    if assessment.state != JUDGING:
        raise NotInReview(state=assessment.state, expected=[JUDGING])
    override_id = await conflicts.check(session, assessment, review.expert_id)
    if gaps := level_gaps(await rubric_of(session, assessment), review.levels):
        raise Incomplete(errors=field_errors(gaps))
    review.state, review.submitted_at = to, datetime.now(UTC)
    seats = select(PanelMember).filter_by(assessment_id=assessment_id, expert_id=review.expert_id)
    seat = (await session.scalars(seats)).one()
    seated, seat.state = seat.state, advance(PANEL_MEMBER, seat.state, "submitted")
    seat.override_id = override_id or seat.override_id
    await session.flush()
    await enter(session, RESOURCE, [(str(review.id), before, to)], reason=asked.reason, actor=actor)
    # Fellow members see the seat move, so its reason is not the author's, which may tell of the review.
    seat_moves = [(str(seat.id), seated, seat.state)]
    await enter(session, SEATS, seat_moves, reason="review submitted", actor=actor)
    await settle(session, assessment)


def _require_author(writing: Writing, review: Review) -> None:
    if not may_review(writing.principal, review.expert_id):
        raise Forbidden(_NOT_YOURS, required_permission=Permission.REVIEWS_WRITE)
