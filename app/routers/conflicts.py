"""Conflicts of interest: declared, and passed over by the word of a second person."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import OVERRIDE
from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import Forbidden, IllegalTransition
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.transitions import TransitionCreate, TransitionsRead, history
from app.kernel.writing import Matching, Writing, writes
from app.models.assessments import Assessment
from app.models.panels import AlreadyOnPanel, ConflictAlreadyDeclared, ConflictOverrideExists
from app.projections.assessments import ASSESSMENTS
from app.projections.panels import CONFLICT_DECLARATIONS, CONFLICT_OVERRIDES
from app.schemas.panels import (
    AssessmentConflictOverrideQuery,
    ConflictDeclarationCreate,
    ConflictDeclarationQuery,
    ConflictDeclarationRead,
    ConflictOverrideCreate,
    ConflictOverrideQuery,
    ConflictOverrideRead,
)
from app.services import conflict_overrides, conflicts
from app.services.candidacies import CohortNotReady
from app.services.panels import PanelClosed

router = Room(prefix="/v1", tags=["conflicts of interest"])


@router.get(
    "/conflict-declarations",
    response_model=Page[ConflictDeclarationRead],
    summary="List declared conflicts of interest",
)
async def list_conflict_declarations(
    reading: Annotated[Reading[ConflictDeclarationQuery], reads(Permission.PANELS_READ, ConflictDeclarationQuery)],
) -> Response:
    """List declared conflicts of interest, newest first; an assessor sees the own ones."""
    return await reading.page(CONFLICT_DECLARATIONS)


@router.post(
    "/conflict-declarations",
    status_code=201,
    response_model=ConflictDeclarationRead,
    summary="Declare a conflict of interest",
    openapi_extra=accepts(ConflictDeclarationCreate),
    responses=problems(ConflictAlreadyDeclared),
)
async def create_conflict_declaration(
    writing: Annotated[Writing, writes(Permission.REVIEWS_WRITE, Permission.PANELS_WRITE)],
    body: Annotated[ConflictDeclarationCreate, Depends(json_body(ConflictDeclarationCreate))],
) -> Response:
    """Declare a conflict of interest in a region: an assessor the own one, an officer anyone's. It holds for good."""
    declaration = await conflicts.declare(writing, body)
    location = f"/v1/conflict-declarations/{declaration.id}"
    return await writing.answer(CONFLICT_DECLARATIONS, status=201, location=location, id=declaration.id)


@router.get(
    "/conflict-declarations/{id}", response_model=ConflictDeclarationRead, summary="Get a declared conflict of interest"
)
async def get_conflict_declaration(id: str, reading: Annotated[Reading, reads(Permission.PANELS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one declared conflict of interest."""
    return await reading.one(CONFLICT_DECLARATIONS, id=path_uuid(id))


@router.get(
    "/assessments/{id}/conflict-overrides",
    response_model=Page[ConflictOverrideRead],
    summary="List the overrides of an assessment",
)
async def list_assessment_conflict_overrides(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[
        Reading[AssessmentConflictOverrideQuery], reads(Permission.PANELS_READ, AssessmentConflictOverrideQuery)
    ],
) -> Response:
    """List the overrides that were asked for in an assessment, whatever was decided; an expert sees the own ones."""
    assessment_id = path_uuid(id)
    await reading.record(ASSESSMENTS, id=assessment_id)
    return await reading.page(CONFLICT_OVERRIDES, assessment=assessment_id)


@router.post(
    "/assessments/{id}/conflict-overrides",
    status_code=201,
    response_model=ConflictOverrideRead,
    summary="Ask for an override",
    openapi_extra=accepts(ConflictOverrideCreate),
    responses=problems(
        AlreadyOnPanel, ConflictOverrideExists, PanelClosed, CohortNotReady, conflict_overrides.NoConflict
    ),
)
async def create_conflict_override(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.PANELS_WRITE)],
    body: Annotated[ConflictOverrideCreate, Depends(json_body(ConflictOverrideCreate))],
) -> Response:
    """Ask that an expert may judge, or mentor, in spite of the conflicts of interest of today; a second person decides.

    To judge until the reviews are revealed; to mentor while the cohort is `decided` or `mentoring`.
    """
    assessment = await writing.fetch(Assessment, ASSESSMENTS, id=path_uuid(id))
    override = await conflict_overrides.ask(writing, assessment, body)
    location = f"/v1/conflict-overrides/{override.id}"
    return await writing.answer(CONFLICT_OVERRIDES, status=201, location=location, id=override.id)


@router.get("/conflict-overrides", response_model=Page[ConflictOverrideRead], summary="List overrides")
async def list_conflict_overrides(
    reading: Annotated[Reading[ConflictOverrideQuery], reads(Permission.PANELS_READ, ConflictOverrideQuery)],
) -> Response:
    """List overrides across cohorts, newest first; `state=requested` are those that wait for a second person."""
    return await reading.page(CONFLICT_OVERRIDES)


@router.get("/conflict-overrides/{id}", response_model=ConflictOverrideRead, summary="Get an override")
async def get_conflict_override(id: str, reading: Annotated[Reading, reads(Permission.PANELS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one override."""
    return await reading.one(CONFLICT_OVERRIDES, id=path_uuid(id))


@router.get(
    "/conflict-overrides/{id}/transitions", response_model=TransitionsRead, summary="An override's history of states"
)
async def get_conflict_override_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.PANELS_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move so far with its reason."""
    return await history(reading, CONFLICT_OVERRIDES, OVERRIDE, id=path_uuid(id))


@router.post(
    "/conflict-overrides/{id}/transitions",
    response_model=ConflictOverrideRead,
    summary="Approve or refuse an override",
    openapi_extra=accepts(TransitionCreate),
    responses=problems(Forbidden, IllegalTransition),
)
async def move_conflict_override(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.PANELS_WRITE)],
    if_match: Matching,
    body: Annotated[TransitionCreate, Depends(json_body(TransitionCreate))],
) -> Response:
    """Approve or refuse an override, as a second person: never the one who asked for it."""
    override_id = path_uuid(id)
    await conflict_overrides.decide(writing, override_id, if_match, body)
    return await writing.answer(CONFLICT_OVERRIDES, id=override_id)
