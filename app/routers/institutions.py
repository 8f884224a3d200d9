"""Institutions: whom experts come from and who mentors regions."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.writing import Matching, Writing, new_id, writes
from app.models.institutions import Institution, InstitutionNameTaken
from app.projections.institutions import INSTITUTIONS
from app.schemas.institutions import InstitutionCreate, InstitutionQuery, InstitutionRead, InstitutionUpdate

router = Room(prefix="/v1/institutions", tags=["institutions"])


@router.get("", response_model=Page[InstitutionRead], summary="List institutions")
async def list_institutions(
    reading: Annotated[Reading[InstitutionQuery], reads(Permission.INSTITUTIONS_READ, InstitutionQuery)],
) -> Response:
    """List the institutions that take part in the programme."""
    return await reading.page(INSTITUTIONS)


@router.post(
    "",
    status_code=201,
    response_model=InstitutionRead,
    summary="Add an institution",
    openapi_extra=accepts(InstitutionCreate),
    responses=problems(InstitutionNameTaken),
)
async def create_institution(
    writing: Annotated[Writing, writes(Permission.INSTITUTIONS_WRITE)],
    body: Annotated[InstitutionCreate, Depends(json_body(InstitutionCreate))],
) -> Response:
    """Add an institution; its name is taken once, whatever the case.

    With `simulation` it and its experts are made up, for rehearsals: no cohort that is none takes them. Nothing changes
    that afterwards.
    """
    institution = Institution(id=new_id(), **body.model_dump())
    writing.session.add(institution)
    location = f"/v1/institutions/{institution.id}"
    return await writing.answer(INSTITUTIONS, status=201, location=location, id=institution.id)


@router.get("/{id}", response_model=InstitutionRead, summary="Get an institution")
async def get_institution(id: str, reading: Annotated[Reading, reads(Permission.INSTITUTIONS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one institution."""
    return await reading.one(INSTITUTIONS, id=path_uuid(id))


@router.patch(
    "/{id}",
    response_model=InstitutionRead,
    summary="Change an institution",
    openapi_extra=accepts(InstitutionUpdate),
    responses=problems(InstitutionNameTaken),
)
async def update_institution(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.INSTITUTIONS_WRITE)],
    if_match: Matching,
    patch: Annotated[InstitutionUpdate, Depends(json_body(InstitutionUpdate))],
) -> Response:
    """Change what is known of an institution; everything that names it by its id follows."""
    institution_id = path_uuid(id)
    institution = await writing.fetch(Institution, INSTITUTIONS, if_match=if_match, id=institution_id)
    patch.apply(institution)
    return await writing.answer(INSTITUTIONS, id=institution_id)
