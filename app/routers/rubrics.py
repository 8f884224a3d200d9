"""Rubrics: what readiness is measured by, in editions."""

from typing import Annotated

from fastapi import Depends, Query, Response

from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.editions import DraftQuery, EditionQuery, EditionsQuery, answer_edition
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.writing import Matching, Writing, writes
from app.models.rubrics import Rubric, RubricEditionTaken
from app.projections.rubrics import RUBRICS
from app.schemas.rubrics import (
    RubricCreate,
    RubricRead,
    RubricUpdate,
)
from app.services import rubrics as service

router = Room(prefix="/v1/rubrics", tags=["rubrics"])


@router.get("", response_model=Page[RubricRead], summary="List rubrics")
async def list_rubrics(
    reading: Annotated[Reading[EditionsQuery], reads(Permission.RUBRICS_READ, EditionsQuery)],
) -> Response:
    """List every edition of every rubric; drafts are seen by ministry staff and auditors only."""
    return await reading.page(RUBRICS)


@router.post(
    "",
    status_code=201,
    response_model=RubricRead,
    summary="Create a rubric or its next edition",
    openapi_extra=accepts(RubricCreate),
    responses=problems(RubricEditionTaken),
)
async def create_rubric(
    writing: Annotated[Writing, writes(Permission.RUBRICS_WRITE)],
    body: Annotated[RubricCreate, Depends(json_body(RubricCreate))],
) -> Response:
    """Create edition 1 of a code, or the edition after its newest. It is checked whole and stays a draft until used."""
    rubric = await service.create(writing.session, body)
    location = f"/v1/rubrics/{rubric.code}?edition={rubric.edition}"
    return await writing.answer(RUBRICS, status=201, location=location, code=rubric.code, edition=rubric.edition)


@router.get("/{code}", response_model=RubricRead, summary="Get a rubric")
async def get_rubric(
    code: str,
    reading: Annotated[Reading[EditionQuery], reads(Permission.RUBRICS_READ, EditionQuery)],
) -> Response:
    """Get the edition asked for, or the newest that you may see. Only an edition asked for answers 304."""
    return await answer_edition(reading, RUBRICS, code)


@router.patch(
    "/{code}",
    response_model=RubricRead,
    summary="Change a draft of a rubric",
    openapi_extra=accepts(RubricUpdate),
    responses=problems(service.RubricFrozen),
)
async def update_rubric(
    code: str,
    query: Annotated[DraftQuery, Query()],
    writing: Annotated[Writing, writes(Permission.RUBRICS_WRITE)],
    if_match: Matching,
    patch: Annotated[RubricUpdate, Depends(json_body(RubricUpdate))],
) -> Response:
    """Change an edition that nobody uses yet; once it is in use, create the next edition."""
    rubric = await writing.fetch(Rubric, RUBRICS, if_match=if_match, code=code, edition=query.edition)
    await service.update(writing.session, rubric, patch)
    return await writing.answer(RUBRICS, code=code, edition=query.edition)
