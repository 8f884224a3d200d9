"""Initiatives: the programmes of a master plan."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.writing import Matching, Writing, writes
from app.projections.initiatives import INITIATIVES
from app.projections.master_plans import MASTER_PLANS
from app.schemas.initiatives import (
    InitiativeCreate,
    InitiativeQuery,
    InitiativeRead,
    InitiativeUpdate,
    PlanInitiativeQuery,
)
from app.services import initiatives as service
from app.services.candidacies import CandidacyNotReady
from app.services.master_plans import PlanClosed

router = Room(prefix="/v1", tags=["master plans"])


@router.get(
    "/master-plans/{id}/initiatives", response_model=Page[InitiativeRead], summary="List the initiatives of a plan"
)
async def list_master_plan_initiatives(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[PlanInitiativeQuery], reads(Permission.MASTER_PLANS_READ, PlanInitiativeQuery)],
) -> Response:
    """List the initiatives of one plan, in the order in which pointers count them: the first one written first."""
    plan_id = path_uuid(id)
    await reading.record(MASTER_PLANS, id=plan_id)
    return await reading.page(INITIATIVES, plan=plan_id)


@router.post(
    "/master-plans/{id}/initiatives",
    status_code=201,
    response_model=InitiativeRead,
    summary="Add an initiative to a plan",
    openapi_extra=accepts(InitiativeCreate),
    responses=problems(PlanClosed, CandidacyNotReady, service.PlanFull),
)
async def create_initiative(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.MASTER_PLANS_WRITE)],
    body: Annotated[InitiativeCreate, Depends(json_body(InitiativeCreate))],
) -> Response:
    """Add a programme to a plan that is worked on, as the region itself.

    It may stay incomplete until the plan is submitted, but names no technology before its benefit, beneficiaries and
    measure are clear. The version of the plan rises with it.
    """
    initiative = await service.add(writing, path_uuid(id), body)
    location = f"/v1/initiatives/{initiative.id}"
    return await writing.answer(INITIATIVES, status=201, location=location, id=initiative.id)


@router.get("/initiatives", response_model=Page[InitiativeRead], summary="List initiatives of all plans")
async def list_initiatives(
    reading: Annotated[Reading[InitiativeQuery], reads(Permission.MASTER_PLANS_READ, InitiativeQuery)],
) -> Response:
    """List initiatives across plans, for example all of one dimension in the plans in force."""
    return await reading.page(INITIATIVES)


@router.get("/initiatives/{id}", response_model=InitiativeRead, summary="Get an initiative")
async def get_initiative(id: str, reading: Annotated[Reading, reads(Permission.MASTER_PLANS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one initiative."""
    return await reading.one(INITIATIVES, id=path_uuid(id))


@router.patch(
    "/initiatives/{id}",
    response_model=InitiativeRead,
    summary="Change an initiative",
    openapi_extra=accepts(InitiativeUpdate),
    responses=problems(PlanClosed, CandidacyNotReady),
)
async def update_initiative(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.MASTER_PLANS_WRITE)],
    if_match: Matching,
    patch: Annotated[InitiativeUpdate, Depends(json_body(InitiativeUpdate))],
) -> Response:
    """Change an initiative of a plan that is worked on; what is left must make sense as a whole."""
    initiative_id = path_uuid(id)
    await service.update(writing, initiative_id, if_match, patch)
    return await writing.answer(INITIATIVES, id=initiative_id)


@router.delete(
    "/initiatives/{id}",
    response_model=InitiativeRead,
    summary="Take an initiative out of its plan",
    responses=problems(PlanClosed, CandidacyNotReady, service.InitiativeUsed),
)
async def delete_initiative(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.MASTER_PLANS_WRITE)],
    if_match: Matching,
) -> Response:
    """Take an initiative out of a plan that is worked on, and answer what it was; earlier versions keep it."""
    return await service.remove(writing, path_uuid(id), if_match)
