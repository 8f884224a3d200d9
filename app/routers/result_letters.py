"""Result letters: what each region of a cohort is told of the decision."""

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
from app.models.cohorts import Cohort
from app.models.result_letters import ResultLetterExists, ResultLetterNumberTaken
from app.projections.cohorts import COHORTS
from app.projections.result_letters import RESULT_LETTERS
from app.schemas.result_letters import (
    CohortResultLetterQuery,
    ResultLetterQuery,
    ResultLetterRead,
    ResultLettersCreate,
    ResultLettersIssued,
)
from app.services import result_letters as service

router = Room(prefix="/v1", tags=["result letters"])


@router.get(
    "/cohorts/{code}/result-letters", response_model=Page[ResultLetterRead], summary="List the letters of a cohort"
)
async def list_cohort_result_letters(
    code: str,
    reading: Annotated[
        Reading[CohortResultLetterQuery], reads(Permission.RESULT_LETTERS_READ, CohortResultLetterQuery)
    ],
) -> Response:
    """List the result letters of a cohort; a region's own office sees its own."""
    await reading.record(COHORTS, code=code)
    return await reading.page(RESULT_LETTERS, cohort=code)


@router.post(
    "/cohorts/{code}/result-letters",
    response_model=ResultLettersIssued,
    summary="Issue the result letters of a cohort",
    openapi_extra=accepts(ResultLettersCreate),
    responses=problems(service.ResultsNotPublished, ResultLetterExists, ResultLetterNumberTaken),
)
async def issue_result_letters(
    code: str,
    writing: Annotated[Writing, writes(Permission.RESULT_LETTERS_WRITE)],
    body: Annotated[ResultLettersCreate, Depends(json_body(ResultLettersCreate))],
) -> Response:
    """Issue one letter for every candidacy that the published final run decided, all or none.

    When the choice was made again, those get another whose decision, rank or scorecard is not what their letter says.

    From its letter on a region's own office sees its scorecard, and may object within the calendar's window.
    """
    cohort = await writing.fetch(Cohort, COHORTS, code=code)
    return await writing.report(await service.issue(writing.session, cohort, body))


@router.get("/result-letters", response_model=Page[ResultLetterRead], summary="List result letters of all cohorts")
async def list_result_letters(
    reading: Annotated[Reading[ResultLetterQuery], reads(Permission.RESULT_LETTERS_READ, ResultLetterQuery)],
) -> Response:
    """List result letters across cohorts, for example all those of one region."""
    return await reading.page(RESULT_LETTERS)


@router.get("/result-letters/{id}", response_model=ResultLetterRead, summary="Get a result letter")
async def get_result_letter(id: str, reading: Annotated[Reading, reads(Permission.RESULT_LETTERS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one result letter, with the region's strengths and weaknesses against the cohort's median."""
    return await reading.one(RESULT_LETTERS, id=path_uuid(id))
