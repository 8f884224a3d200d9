"""Verdicts on submitted plans, of the mentor's institution and of the ministry."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import IllegalTransition, Incomplete
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.writing import Writing, writes
from app.models.plan_reviews import AlreadyReviewed
from app.projections.master_plans import MASTER_PLANS
from app.projections.plan_reviews import PLAN_REVIEWS
from app.schemas.plan_reviews import OnePlanReviewQuery, PlanReviewCreate, PlanReviewQuery, PlanReviewRead
from app.services import plan_reviews as service
from app.services.candidacies import CandidacyNotReady

router = Room(prefix="/v1", tags=["plan-reviews"])


@router.get("/master-plans/{id}/reviews", response_model=Page[PlanReviewRead], summary="List the verdicts on a plan")
async def list_master_plan_reviews(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[OnePlanReviewQuery], reads(Permission.PLAN_REVIEWS_READ, OnePlanReviewQuery)],
) -> Response:
    """List the verdicts on every version of one plan; seen by the region, its mentors, ministry staff and auditors."""
    plan_id = path_uuid(id)
    await reading.record(MASTER_PLANS, id=plan_id)
    return await reading.page(PLAN_REVIEWS, plan=plan_id)


@router.post(
    "/master-plans/{id}/reviews",
    status_code=201,
    response_model=PlanReviewRead,
    summary="Give a verdict on a submitted plan",
    openapi_extra=accepts(PlanReviewCreate),
    responses=problems(AlreadyReviewed, IllegalTransition, Incomplete, CandidacyNotReady, service.AnotherVersion),
)
async def create_plan_review(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.PLAN_REVIEWS_WRITE)],
    body: Annotated[PlanReviewCreate, Depends(json_body(PlanReviewCreate))],
) -> Response:
    """Accept or return the version that is submitted, as the mentor's institution or the ministry.

    Either returns the plan. To accept, no comment may be open, and the mentor's institution accepts before the ministry
    does, whose acceptance is that of the plan. Where nobody mentors any more, the ministry's suffices.
    """
    review = await service.create(writing, path_uuid(id), body)
    location = f"/v1/plan-reviews/{review.id}"
    return await writing.answer(PLAN_REVIEWS, status=201, location=location, id=review.id)


@router.get("/plan-reviews", response_model=Page[PlanReviewRead], summary="List verdicts on plans")
async def list_plan_reviews(
    reading: Annotated[Reading[PlanReviewQuery], reads(Permission.PLAN_REVIEWS_READ, PlanReviewQuery)],
) -> Response:
    """List verdicts across plans, for example all by which plans of a cohort were returned."""
    return await reading.page(PLAN_REVIEWS)


@router.get("/plan-reviews/{id}", response_model=PlanReviewRead, summary="Get a verdict on a plan")
async def get_plan_review(id: str, reading: Annotated[Reading, reads(Permission.PLAN_REVIEWS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one verdict; it never changes."""
    return await reading.one(PLAN_REVIEWS, id=path_uuid(id))
