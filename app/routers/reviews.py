"""Reviews: one assessor's levels for one region, seen by nobody else until the whole panel has submitted."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import REVIEW
from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import Forbidden, IllegalTransition, Incomplete
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.transitions import TransitionCreate, TransitionsRead, history
from app.kernel.writing import Matching, Writing, writes
from app.projections.assessments import ASSESSMENTS
from app.projections.reviews import REVIEWS
from app.schemas.reviews import AssessmentReviewQuery, ReviewQuery, ReviewRead, ReviewUpdate
from app.services import reviews as service
from app.services.conflicts import ConflictOfInterest

router = Room(prefix="/v1", tags=["reviews"])


@router.get("/assessments/{id}/reviews", response_model=Page[ReviewRead], summary="List the reviews of an assessment")
async def list_assessment_reviews(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[AssessmentReviewQuery], reads(Permission.REVIEWS_READ, AssessmentReviewQuery)],
) -> Response:
    """List the reviews of an assessment: to each assessor its own, and all of them once the last is submitted."""
    assessment_id = path_uuid(id)
    await reading.record(ASSESSMENTS, id=assessment_id)
    return await reading.page(REVIEWS, assessment=assessment_id)


@router.get("/reviews", response_model=Page[ReviewRead], summary="List reviews of all assessments")
async def list_reviews(
    reading: Annotated[Reading[ReviewQuery], reads(Permission.REVIEWS_READ, ReviewQuery)],
) -> Response:
    """List reviews across assessments: one's own, and those of panels that have submitted."""
    return await reading.page(REVIEWS)


@router.get("/reviews/{id}", response_model=ReviewRead, summary="Get a review")
async def get_review(id: str, reading: Annotated[Reading, reads(Permission.REVIEWS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one review."""
    return await reading.one(REVIEWS, id=path_uuid(id))


@router.patch(
    "/reviews/{id}",
    response_model=ReviewRead,
    summary="Fill in a review",
    openapi_extra=accepts(ReviewUpdate),
    responses=problems(Forbidden, service.ReviewSubmitted),
)
async def update_review(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.REVIEWS_WRITE)],
    if_match: Matching,
    patch: Annotated[ReviewUpdate, Depends(json_body(ReviewUpdate))],
) -> Response:
    """Save levels, notes and the comment, as often as the author likes, until the review is submitted."""
    review_id = path_uuid(id)
    await service.update(writing, review_id, if_match, patch)
    return await writing.answer(REVIEWS, id=review_id)


@router.get("/reviews/{id}/transitions", response_model=TransitionsRead, summary="A review's history of states")
async def get_review_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.REVIEWS_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move so far."""
    return await history(reading, REVIEWS, REVIEW, id=path_uuid(id))


@router.post(
    "/reviews/{id}/transitions",
    response_model=ReviewRead,
    summary="Submit a review",
    openapi_extra=accepts(TransitionCreate),
    responses=problems(
        Forbidden,
        IllegalTransition,
        Incomplete,
        ConflictOfInterest,
        service.NotInReview,
    ),
)
async def move_review(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.REVIEWS_WRITE)],
    if_match: Matching,
    body: Annotated[TransitionCreate, Depends(json_body(TransitionCreate))],
) -> Response:
    """Submit a review, which then stays as it is.

    With the last one of the panel the reviews are shown to it and to the ministry, and where assessors are too far
    apart the assessment moves to `moderation`.
    """
    review_id = path_uuid(id)
    await service.move(writing, review_id, if_match, body)
    return await writing.answer(REVIEWS, id=review_id)
