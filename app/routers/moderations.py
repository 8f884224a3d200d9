"""Moderations: what was decided where the assessors of a panel were too far apart."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.writing import Writing, writes
from app.models.assessments import Assessment
from app.models.moderations import ModerationExists
from app.projections.assessments import ASSESSMENTS
from app.projections.moderations import MODERATIONS
from app.schemas.moderations import ModerationCreate, ModerationQuery, ModerationRead
from app.services import moderations as service

router = Room(prefix="/v1", tags=["moderations"])


@router.get(
    "/assessments/{id}/moderations",
    response_model=Page[ModerationRead],
    summary="List the moderations of an assessment",
)
async def list_assessment_moderations(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[ModerationQuery], reads(Permission.MODERATIONS_READ, ModerationQuery)],
) -> Response:
    """List the rounds of moderation, first to last; seen by the ministry and by the panel that has submitted."""
    assessment_id = path_uuid(id)
    await reading.record(ASSESSMENTS, id=assessment_id)
    return await reading.page(MODERATIONS, assessment=assessment_id)


@router.post(
    "/assessments/{id}/moderations",
    status_code=201,
    response_model=ModerationRead,
    summary="Moderate an assessment",
    openapi_extra=accepts(ModerationCreate),
    responses=problems(ModerationExists, service.NothingToModerate),
)
async def create_moderation(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.MODERATIONS_WRITE)],
    body: Annotated[ModerationCreate, Depends(json_body(ModerationCreate))],
) -> Response:
    """Decide every question that awaits moderation: set a level, or let the assessors' mean stand, and say why."""
    assessment = await writing.fetch(Assessment, ASSESSMENTS, id=path_uuid(id))
    moderation = await service.record(writing.session, assessment, body, actor=writing.principal.id)
    location = f"/v1/moderations/{moderation.id}"
    return await writing.answer(MODERATIONS, status=201, location=location, id=moderation.id)


@router.get("/moderations/{id}", response_model=ModerationRead, summary="Get a moderation")
async def get_moderation(id: str, reading: Annotated[Reading, reads(Permission.MODERATIONS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one round of moderation."""
    return await reading.one(MODERATIONS, id=path_uuid(id))
