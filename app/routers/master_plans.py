"""Master plans: written by the region, submitted, and put in force by a regulation."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import MASTER_PLAN
from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import IllegalTransition, Incomplete
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.transitions import TransitionsRead, history
from app.kernel.writing import Matching, Writing, writes
from app.models.master_plans import MasterPlan, PlanExists, PlanInForce, RegulationTaken
from app.projections.candidacies import CANDIDACIES
from app.projections.master_plans import MASTER_PLANS
from app.schemas.master_plans import (
    CandidacyMasterPlanQuery,
    MasterPlanCreate,
    MasterPlanQuery,
    MasterPlanRead,
    MasterPlanTransitionCreate,
    MasterPlanUpdate,
)
from app.schemas.plan_completeness import PlanCompletenessRead
from app.services import master_plans as service
from app.services import plan_completeness, plan_moves
from app.services.candidacies import CandidacyNotReady

router = Room(prefix="/v1", tags=["master plans"])


@router.get(
    "/candidacies/{id}/master-plans", response_model=Page[MasterPlanRead], summary="List the plans of a candidacy"
)
async def list_candidacy_master_plans(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[
        Reading[CandidacyMasterPlanQuery], reads(Permission.MASTER_PLANS_READ, CandidacyMasterPlanQuery)
    ],
) -> Response:
    """List the plan of one candidacy and its revisions, newest first."""
    candidacy_id = path_uuid(id)
    await reading.record(CANDIDACIES, id=candidacy_id)
    return await reading.page(MASTER_PLANS, candidacy=candidacy_id)


@router.get("/master-plans", response_model=Page[MasterPlanRead], summary="List master plans")
async def list_master_plans(
    reading: Annotated[Reading[MasterPlanQuery], reads(Permission.MASTER_PLANS_READ, MasterPlanQuery)],
) -> Response:
    """List plans: everyone sees those accepted, whoever works on a plan sees it from its draft on."""
    return await reading.page(MASTER_PLANS)


@router.post(
    "/master-plans",
    status_code=201,
    response_model=MasterPlanRead,
    summary="Begin a master plan",
    openapi_extra=accepts(MasterPlanCreate),
    responses=problems(CandidacyNotReady, PlanExists, PlanInForce),
)
async def create_master_plan(
    writing: Annotated[Writing, writes(Permission.MASTER_PLANS_WRITE)],
    body: Annotated[MasterPlanCreate, Depends(json_body(MasterPlanCreate))],
) -> Response:
    """Begin the plan of a region that is mentored, as the region itself; a candidacy has one in the making at a time.

    With `revises_id` it starts as a copy of the plan in force, as far as that fits the years it is to cover.
    """
    plan = await service.create(writing, body)
    location = f"/v1/master-plans/{plan.id}"
    return await writing.answer(MASTER_PLANS, status=201, location=location, id=plan.id)


@router.get("/master-plans/{id}", response_model=MasterPlanRead, summary="Get a master plan")
async def get_master_plan(id: str, reading: Annotated[Reading, reads(Permission.MASTER_PLANS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one plan; its initiatives are a list of their own."""
    return await reading.one(MASTER_PLANS, id=path_uuid(id))


@router.patch(
    "/master-plans/{id}",
    response_model=MasterPlanRead,
    summary="Write a master plan",
    openapi_extra=accepts(MasterPlanUpdate),
    responses=problems(service.PlanClosed, CandidacyNotReady),
)
async def update_master_plan(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.MASTER_PLANS_WRITE)],
    if_match: Matching,
    patch: Annotated[MasterPlanUpdate, Depends(json_body(MasterPlanUpdate))],
) -> Response:
    """Change a plan that is a draft or was returned. Other years are taken only when every initiative fits them."""
    plan_id = path_uuid(id)
    plan = await writing.fetch(MasterPlan, MASTER_PLANS, if_match=if_match, id=plan_id)
    await service.update(writing, plan, patch)
    return await writing.answer(MASTER_PLANS, id=plan_id)


@router.get(
    "/master-plans/{id}/completeness", response_model=PlanCompletenessRead, summary="What a plan lacks and adds up to"
)
async def get_master_plan_completeness(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.MASTER_PLANS_READ)],
) -> Response:
    """Tell how complete a plan is by its template, what is missing and why, and what its initiatives add up to.

    Dimensions covered, budget by year and source, and which problems, potentials and priorities are served or left out.
    """
    return await plan_completeness.tell(reading, path_uuid(id))


@router.get("/master-plans/{id}/transitions", response_model=TransitionsRead, summary="A plan's history of states")
async def get_master_plan_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.HISTORY_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move since the reader may see it."""
    return await history(reading, MASTER_PLANS, MASTER_PLAN, id=path_uuid(id))


@router.post(
    "/master-plans/{id}/transitions",
    response_model=MasterPlanRead,
    summary="Submit a plan, or enact it",
    openapi_extra=accepts(MasterPlanTransitionCreate),
    responses=problems(
        IllegalTransition,
        Incomplete,
        CandidacyNotReady,
        PlanInForce,
        RegulationTaken,
        plan_moves.MovedByPlanReview,
        plan_moves.MovedByRevision,
    ),
)
async def move_master_plan(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.MASTER_PLANS_WRITE, Permission.MASTER_PLANS_ENACT)],
    if_match: Matching,
    body: Annotated[MasterPlanTransitionCreate, Depends(json_body(MasterPlanTransitionCreate))],
) -> Response:
    """Submit a plan, as the region, once its four workshops are closed and nothing is missing: `incomplete` says what.

    Or enact an accepted one by its regulation, as the region or an officer; the plan it revises is then superseded.
    Reviews return or accept it. The candidacy follows every step.
    """
    plan_id = path_uuid(id)
    await plan_moves.move(writing, plan_id, if_match, body)
    return await writing.answer(MASTER_PLANS, id=plan_id)
