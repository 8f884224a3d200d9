"""Workshops: the four gates of a mentorship, one after the other."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import WORKSHOP
from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import IllegalTransition, Incomplete
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.transitions import TransitionCreate, TransitionsRead, history
from app.kernel.writing import Matching, Writing, writes
from app.projections.workshops import WORKSHOPS
from app.schemas.workshops import GateRead, MentorshipWorkshopQuery, WorkshopQuery, WorkshopRead, WorkshopUpdate
from app.services import workshops as service

router = Room(prefix="/v1", tags=["workshops"])
_Query = MentorshipWorkshopQuery


@router.get(
    "/mentorships/{id}/workshops", response_model=Page[WorkshopRead], summary="List the workshops of a mentorship"
)
async def list_mentorship_workshops(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[_Query], reads(Permission.WORKSHOPS_READ, _Query)],
) -> Response:
    """List the four workshops of a mentorship, in their order; to be seen by whom the mentored region concerns."""
    mentorship_id = path_uuid(id)
    # Every mentorship has a first one, and whoever may not see that sees none of them.
    await reading.record(WORKSHOPS, mentorship=mentorship_id, number=1)
    return await reading.page(WORKSHOPS, mentorship=mentorship_id)


@router.get("/workshops", response_model=Page[WorkshopRead], summary="List the workshops of all mentorships")
async def list_workshops(
    reading: Annotated[Reading[WorkshopQuery], reads(Permission.WORKSHOPS_READ, WorkshopQuery)],
) -> Response:
    """List workshops across mentorships, for example all of a cohort that are open."""
    return await reading.page(WORKSHOPS)


@router.get("/workshops/{id}", response_model=WorkshopRead, summary="Get a workshop")
async def get_workshop(id: str, reading: Annotated[Reading, reads(Permission.WORKSHOPS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one workshop, with the documents that it brought."""
    return await reading.one(WORKSHOPS, id=path_uuid(id))


@router.patch(
    "/workshops/{id}",
    response_model=WorkshopRead,
    summary="Change the outputs of an open workshop",
    openapi_extra=accepts(WorkshopUpdate),
    responses=problems(service.MentorshipNotActive, service.WorkshopNotOpen),
)
async def update_workshop(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.WORKSHOPS_WRITE)],
    if_match: Matching,
    patch: Annotated[WorkshopUpdate, Depends(json_body(WorkshopUpdate))],
) -> Response:
    """Add, correct or remove documents while the workshop is open; each workshop takes its own outputs only."""
    workshop_id = path_uuid(id)
    await service.update(writing, workshop_id, if_match, patch)
    return await writing.answer(WORKSHOPS, id=workshop_id)


@router.get("/workshops/{id}/gate", response_model=GateRead, summary="What keeps a workshop from closing")
async def get_workshop_gate(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.WORKSHOPS_READ)],
) -> Response:
    """Answer whether a workshop can close, and all that is missing: documents, sessions, quick wins, commitments."""
    workshop_id = path_uuid(id)
    await reading.record(WORKSHOPS, id=workshop_id)
    return await service.gate(reading, workshop_id)


@router.get("/workshops/{id}/transitions", response_model=TransitionsRead, summary="A workshop's history of states")
async def get_workshop_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.WORKSHOPS_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move so far."""
    return await history(reading, WORKSHOPS, WORKSHOP, id=path_uuid(id))


@router.post(
    "/workshops/{id}/transitions",
    response_model=WorkshopRead,
    summary="Open a workshop, or close it",
    openapi_extra=accepts(TransitionCreate),
    responses=problems(IllegalTransition, Incomplete, service.MentorshipNotActive),
)
async def move_workshop(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.WORKSHOPS_WRITE)],
    if_match: Matching,
    body: Annotated[TransitionCreate, Depends(json_body(TransitionCreate))],
) -> Response:
    """Open a workshop once the one before is closed, or close it once a session was held and its outputs are there.

    What is missing is told with a pointer to each. A closed workshop never opens again.
    """
    workshop_id = path_uuid(id)
    await service.move(writing, workshop_id, if_match, body)
    return await writing.answer(WORKSHOPS, id=workshop_id)
