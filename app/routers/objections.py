"""Objections: a region says that its assessment went wrong, and somebody who had no part in it decides."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import OBJECTION
from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import IllegalTransition
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.transitions import TransitionsRead, history
from app.kernel.writing import Matching, Writing, writes
from app.models.objections import ObjectionPending
from app.projections.assessments import ASSESSMENTS
from app.projections.objections import OBJECTIONS
from app.schemas.objections import (
    AssessmentObjectionQuery,
    ObjectionCreate,
    ObjectionQuery,
    ObjectionRead,
    ObjectionTransitionCreate,
)
from app.services import calendars
from app.services import objections as service

router = Room(prefix="/v1", tags=["objections"])


@router.get(
    "/assessments/{id}/objections", response_model=Page[ObjectionRead], summary="List the objections to an assessment"
)
async def list_assessment_objections(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[AssessmentObjectionQuery], reads(Permission.OBJECTIONS_READ, AssessmentObjectionQuery)],
) -> Response:
    """List the objections to one assessment, whatever became of them."""
    assessment_id = path_uuid(id)
    await reading.record(ASSESSMENTS, id=assessment_id)
    return await reading.page(OBJECTIONS, assessment=assessment_id)


@router.post(
    "/assessments/{id}/objections",
    status_code=201,
    response_model=ObjectionRead,
    summary="File an objection",
    openapi_extra=accepts(ObjectionCreate),
    responses=problems(ObjectionPending, calendars.OutsideWindow, service.NoResultLetter, service.AssessmentNotFinal),
)
async def create_objection(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.OBJECTIONS_WRITE)],
    body: Annotated[ObjectionCreate, Depends(json_body(ObjectionCreate))],
) -> Response:
    """File an objection to a region's own assessment, on procedure or on facts.

    It takes the result letter, and an open window `objection` of the calendar by the region's own clock. One waits for
    its decision at a time.
    """
    objection = await service.file(writing, path_uuid(id), body, moment=calendars.now())
    location = f"/v1/objections/{objection.id}"
    return await writing.answer(OBJECTIONS, status=201, location=location, id=objection.id)


@router.get("/objections", response_model=Page[ObjectionRead], summary="List objections")
async def list_objections(
    reading: Annotated[Reading[ObjectionQuery], reads(Permission.OBJECTIONS_READ, ObjectionQuery)],
) -> Response:
    """List objections across assessments, for example all that wait for a decision."""
    return await reading.page(OBJECTIONS)


@router.get("/objections/{id}", response_model=ObjectionRead, summary="Get an objection")
async def get_objection(id: str, reading: Annotated[Reading, reads(Permission.OBJECTIONS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one objection."""
    return await reading.one(OBJECTIONS, id=path_uuid(id))


@router.get("/objections/{id}/transitions", response_model=TransitionsRead, summary="An objection's history of states")
async def get_objection_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.HISTORY_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move so far."""
    return await history(reading, OBJECTIONS, OBJECTION, id=path_uuid(id))


@router.post(
    "/objections/{id}/transitions",
    response_model=ObjectionRead,
    summary="Decide an objection, or withdraw it",
    openapi_extra=accepts(ObjectionTransitionCreate),
    responses=problems(IllegalTransition, service.DeciderInvolved),
)
async def move_objection(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.OBJECTIONS_WRITE, Permission.OBJECTIONS_DECIDE)],
    if_match: Matching,
    body: Annotated[ObjectionTransitionCreate, Depends(json_body(ObjectionTransitionCreate))],
) -> Response:
    """Uphold or dismiss an objection, as an officer who had no part in the assessment, or withdraw it, as the region.

    An upheld one gives exactly the questions in `reopens` back to moderation; the next scorecard is a new edition.
    """
    objection_id = path_uuid(id)
    await service.move(writing, objection_id, if_match, body)
    return await writing.answer(OBJECTIONS, id=objection_id)
