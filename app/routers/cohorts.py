"""Cohorts and their states."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import COHORT
from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import IllegalTransition
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.transitions import TransitionCreate, TransitionsRead, history
from app.kernel.writing import Matching, Writing, writes
from app.models.cohorts import Cohort, CohortCodeTaken
from app.projections.cohorts import COHORTS
from app.schemas.cohorts import CohortCreate, CohortQuery, CohortRead, CohortUpdate
from app.services import cohorts as service
from app.services.candidacies import QuotaExceeded

router = Room(prefix="/v1/cohorts", tags=["cohorts"])


@router.get("", response_model=Page[CohortRead], summary="List cohorts")
async def list_cohorts(
    reading: Annotated[Reading[CohortQuery], reads(Permission.COHORTS_READ, CohortQuery)],
) -> Response:
    """List the yearly rounds of the programme; drafts are seen by ministry staff and auditors only."""
    return await reading.page(COHORTS)


@router.post(
    "",
    status_code=201,
    response_model=CohortRead,
    summary="Create a cohort",
    openapi_extra=accepts(CohortCreate),
    responses=problems(CohortCodeTaken),
)
async def create_cohort(
    writing: Annotated[Writing, writes(Permission.COHORTS_WRITE)],
    body: Annotated[CohortCreate, Depends(json_body(CohortCreate))],
) -> Response:
    """Create a cohort in state draft. Its selection methods are checked whole."""
    await service.create(writing.session, body, actor=writing.principal.id)
    return await writing.answer(COHORTS, status=201, location=f"/v1/cohorts/{body.code}", code=body.code)


@router.get("/{code}", response_model=CohortRead, summary="Get a cohort")
async def get_cohort(code: str, reading: Annotated[Reading, reads(Permission.COHORTS_READ)]) -> Response:
    """Get one cohort by its code."""
    return await reading.one(COHORTS, code=code)


@router.patch(
    "/{code}",
    response_model=CohortRead,
    summary="Change a cohort",
    openapi_extra=accepts(CohortUpdate),
    responses=problems(QuotaExceeded, service.MethodFrozen, service.AssessmentRulesFrozen),
)
async def update_cohort(
    code: str,
    writing: Annotated[Writing, writes(Permission.COHORTS_WRITE)],
    if_match: Matching,
    patch: Annotated[CohortUpdate, Depends(json_body(CohortUpdate))],
) -> Response:
    """Change a cohort.

    A stage's method stays as it is once a run of that stage is published; rubric and assessment rules stay once used.
    """
    cohort = await writing.fetch(Cohort, COHORTS, if_match=if_match, code=code)
    await service.update(writing.session, cohort, patch)
    return await writing.answer(COHORTS, code=code)


@router.get("/{code}/transitions", response_model=TransitionsRead, summary="A cohort's history of states")
async def get_cohort_transitions(code: str, reading: Annotated[Reading, reads(Permission.HISTORY_READ)]) -> Response:
    """Answer the state, the states allowed next, and every move so far."""
    return await history(reading, COHORTS, COHORT, code=code)


@router.post(
    "/{code}/transitions",
    response_model=CohortRead,
    summary="Move a cohort to its next state",
    openapi_extra=accepts(TransitionCreate),
    responses=problems(IllegalTransition),
)
async def move_cohort(
    code: str,
    writing: Annotated[Writing, writes(Permission.COHORTS_WRITE)],
    if_match: Matching,
    body: Annotated[TransitionCreate, Depends(json_body(TransitionCreate))],
) -> Response:
    """Move a cohort along `draft -> open -> assessing -> decided -> mentoring -> closed`."""
    cohort = await writing.fetch(Cohort, COHORTS, if_match=if_match, code=code)
    await service.move(writing.session, cohort, body, actor=writing.principal.id)
    return await writing.answer(COHORTS, code=code)
