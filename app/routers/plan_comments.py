"""Comments on parts of a master plan, open until they are resolved."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import PLAN_COMMENT
from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import IllegalTransition
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.transitions import TransitionCreate, TransitionsRead, history
from app.kernel.writing import Matching, Writing, writes
from app.projections.master_plans import MASTER_PLANS
from app.projections.plan_reviews import PLAN_COMMENTS
from app.schemas.plan_reviews import OnePlanCommentQuery, PlanCommentCreate, PlanCommentQuery, PlanCommentRead
from app.services import plan_comments as service

router = Room(prefix="/v1", tags=["plan-reviews"])


@router.get("/master-plans/{id}/comments", response_model=Page[PlanCommentRead], summary="List the comments on a plan")
async def list_master_plan_comments(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[OnePlanCommentQuery], reads(Permission.PLAN_REVIEWS_READ, OnePlanCommentQuery)],
) -> Response:
    """List the comments on one plan, oldest first; seen by the region, its mentors, ministry staff and auditors."""
    plan_id = path_uuid(id)
    await reading.record(MASTER_PLANS, id=plan_id)
    return await reading.page(PLAN_COMMENTS, plan=plan_id)


@router.post(
    "/master-plans/{id}/comments",
    status_code=201,
    response_model=PlanCommentRead,
    summary="Comment on a part of a plan",
    openapi_extra=accepts(PlanCommentCreate),
    responses=problems(service.PlanNotDiscussed),
)
async def create_plan_comment(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.PLAN_REVIEWS_WRITE, Permission.MASTER_PLANS_WRITE)],
    body: Annotated[PlanCommentCreate, Depends(json_body(PlanCommentCreate))],
) -> Response:
    """Comment on a part of a plan that is not accepted yet, as its region, its mentor's institution or the ministry."""
    comment = await service.create(writing, path_uuid(id), body)
    location = f"/v1/plan-comments/{comment.id}"
    return await writing.answer(PLAN_COMMENTS, status=201, location=location, id=comment.id)


@router.get("/plan-comments", response_model=Page[PlanCommentRead], summary="List comments on plans")
async def list_plan_comments(
    reading: Annotated[Reading[PlanCommentQuery], reads(Permission.PLAN_REVIEWS_READ, PlanCommentQuery)],
) -> Response:
    """List comments across plans, for example all that are open in a cohort."""
    return await reading.page(PLAN_COMMENTS)


@router.get("/plan-comments/{id}", response_model=PlanCommentRead, summary="Get a comment on a plan")
async def get_plan_comment(id: str, reading: Annotated[Reading, reads(Permission.PLAN_REVIEWS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one comment."""
    return await reading.one(PLAN_COMMENTS, id=path_uuid(id))


@router.get("/plan-comments/{id}/transitions", response_model=TransitionsRead, summary="A comment's history of states")
async def get_plan_comment_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.PLAN_REVIEWS_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move so far."""
    return await history(reading, PLAN_COMMENTS, PLAN_COMMENT, id=path_uuid(id))


@router.post(
    "/plan-comments/{id}/transitions",
    response_model=PlanCommentRead,
    summary="Resolve a comment, or open it again",
    openapi_extra=accepts(TransitionCreate),
    responses=problems(IllegalTransition, service.PlanNotDiscussed),
)
async def move_plan_comment(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.PLAN_REVIEWS_WRITE, Permission.MASTER_PLANS_WRITE)],
    if_match: Matching,
    body: Annotated[TransitionCreate, Depends(json_body(TransitionCreate))],
) -> Response:
    """Resolve a comment of your own side, or any as the ministry; or open it again while the plan is discussed."""
    comment_id = path_uuid(id)
    await service.move(writing, comment_id, if_match, body)
    return await writing.answer(PLAN_COMMENTS, id=comment_id)
