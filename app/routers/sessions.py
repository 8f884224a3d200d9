"""Sessions: the days on which a workshop was held, with who came and what was worked on."""

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
from app.projections.workshops import SESSIONS, WORKSHOPS
from app.schemas.workshops import SessionCreate, SessionQuery, SessionRead, SessionUpdate, WorkshopSessionQuery
from app.services import sessions as service
from app.services.workshops import MentorshipNotActive, WorkshopNotOpen

router = Room(prefix="/v1", tags=["workshops"])


@router.get("/workshops/{id}/sessions", response_model=Page[SessionRead], summary="List the sessions of a workshop")
async def list_workshop_sessions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[WorkshopSessionQuery], reads(Permission.WORKSHOPS_READ, WorkshopSessionQuery)],
) -> Response:
    """List the sessions of one workshop, by their day."""
    workshop_id = path_uuid(id)
    await reading.record(WORKSHOPS, id=workshop_id)
    return await reading.page(SESSIONS, workshop=workshop_id)


@router.post(
    "/workshops/{id}/sessions",
    status_code=201,
    response_model=SessionRead,
    summary="Record a session",
    openapi_extra=accepts(SessionCreate),
    responses=problems(MentorshipNotActive, WorkshopNotOpen),
)
async def create_session(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.WORKSHOPS_WRITE)],
    body: Annotated[SessionCreate, Depends(json_body(SessionCreate))],
) -> Response:
    """Record a session of an open workshop: a day of the mentorship that is not ahead by the region's own clock."""
    session = await service.record(writing, path_uuid(id), body)
    return await writing.answer(SESSIONS, status=201, location=f"/v1/sessions/{session.id}", id=session.id)


@router.get("/sessions", response_model=Page[SessionRead], summary="List the sessions of all workshops")
async def list_sessions(
    reading: Annotated[Reading[SessionQuery], reads(Permission.WORKSHOPS_READ, SessionQuery)],
) -> Response:
    """List sessions across workshops, the last first."""
    return await reading.page(SESSIONS)


@router.get("/sessions/{id}", response_model=SessionRead, summary="Get a session")
async def get_session(id: str, reading: Annotated[Reading, reads(Permission.WORKSHOPS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one session."""
    return await reading.one(SESSIONS, id=path_uuid(id))


@router.patch(
    "/sessions/{id}",
    response_model=SessionRead,
    summary="Correct a session",
    openapi_extra=accepts(SessionUpdate),
    responses=problems(MentorshipNotActive, WorkshopNotOpen),
)
async def update_session(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.WORKSHOPS_WRITE)],
    if_match: Matching,
    patch: Annotated[SessionUpdate, Depends(json_body(SessionUpdate))],
) -> Response:
    """Correct a session while its workshop is open."""
    session_id = path_uuid(id)
    await service.update(writing, session_id, if_match, patch)
    return await writing.answer(SESSIONS, id=session_id)


@router.delete(
    "/sessions/{id}",
    response_model=SessionRead,
    summary="Take a session away",
    responses=problems(MentorshipNotActive, WorkshopNotOpen),
)
async def delete_session(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.WORKSHOPS_WRITE)],
    if_match: Matching,
) -> Response:
    """Take away a session that was recorded by mistake, while its workshop is open, and answer what it was."""
    return await service.remove(writing, path_uuid(id), if_match)
