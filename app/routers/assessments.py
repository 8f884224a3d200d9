"""Assessments: opened by the ministry, filled in and submitted by the region, then judged by its panel."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import ASSESSMENT
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
from app.models.assessments import Assessment, AssessmentExists
from app.models.cohorts import Cohort
from app.projections.assessments import ASSESSMENTS
from app.projections.cohorts import COHORTS
from app.schemas.assessments import (
    AssessmentQuery,
    AssessmentRead,
    AssessmentsCreate,
    AssessmentUpdate,
    CohortAssessmentQuery,
    LateAdmissionCreate,
    OpeningRead,
)
from app.services import assessment_forms, assessment_moves
from app.services import assessments as service
from app.services.calendars import OutsideWindow
from app.services.candidacies import CandidacyNotReady, CohortNotReady

router = Room(prefix="/v1", tags=["assessments"])


@router.get(
    "/cohorts/{code}/assessments", response_model=Page[AssessmentRead], summary="List the assessments of a cohort"
)
async def list_cohort_assessments(
    code: str,
    reading: Annotated[Reading[CohortAssessmentQuery], reads(Permission.ASSESSMENTS_READ, CohortAssessmentQuery)],
) -> Response:
    """List the assessments of a cohort: a region sees its own, an assessor those of the panels it sits on."""
    await reading.record(COHORTS, code=code)
    return await reading.page(ASSESSMENTS, cohort=code)


@router.post(
    "/cohorts/{code}/assessments",
    response_model=OpeningRead,
    summary="Open the assessments of a cohort",
    openapi_extra=accepts(AssessmentsCreate),
    responses=problems(CohortNotReady, Incomplete, CandidacyNotReady, AssessmentExists),
)
async def open_assessments(
    code: str,
    writing: Annotated[Writing, writes(Permission.ASSESSMENTS_MANAGE)],
    body: Annotated[AssessmentsCreate, Depends(json_body(AssessmentsCreate))],
) -> Response:
    """Open an assessment for each candidacy that is `invited` and has none, or for those named; all or none.

    The cohort must be `assessing`. From the first one on, its rubric and its assessment rules stay as they are.
    """
    cohort = await writing.fetch(Cohort, COHORTS, code=code)
    return await writing.report(await service.open_all(writing.session, cohort, body, actor=writing.principal.id))


@router.get("/assessments", response_model=Page[AssessmentRead], summary="List assessments of all cohorts")
async def list_assessments(
    reading: Annotated[Reading[AssessmentQuery], reads(Permission.ASSESSMENTS_READ, AssessmentQuery)],
) -> Response:
    """List assessments across cohorts, newest first."""
    return await reading.page(ASSESSMENTS)


@router.get("/assessments/{id}", response_model=AssessmentRead, summary="Get an assessment")
async def get_assessment(id: str, reading: Annotated[Reading, reads(Permission.ASSESSMENTS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one assessment with the region's form. What assessors say of it is not in it."""
    return await reading.one(ASSESSMENTS, id=path_uuid(id))


@router.patch(
    "/assessments/{id}",
    response_model=AssessmentRead,
    summary="Fill in the form",
    openapi_extra=accepts(AssessmentUpdate),
    responses=problems(assessment_forms.FormClosed),
)
async def update_assessment(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.ASSESSMENTS_WRITE)],
    if_match: Matching,
    patch: Annotated[AssessmentUpdate, Depends(json_body(AssessmentUpdate))],
) -> Response:
    """Save answers, complete or not, as often as needed while the form is open. Only the region's own office does."""
    assessment_id = path_uuid(id)
    assessment = await writing.fetch(Assessment, ASSESSMENTS, if_match=if_match, id=assessment_id)
    await assessment_forms.fill(writing, assessment, patch)
    return await writing.answer(ASSESSMENTS, id=assessment_id)


@router.post(
    "/assessments/{id}/late-admission",
    response_model=AssessmentRead,
    summary="Admit a form after its window",
    openapi_extra=accepts(LateAdmissionCreate),
    responses=problems(assessment_forms.FormClosed),
)
async def admit_late_assessment(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.ASSESSMENTS_MANAGE)],
    if_match: Matching,
    body: Annotated[LateAdmissionCreate, Depends(json_body(LateAdmissionCreate))],
) -> Response:
    """Let an open form be submitted until a later moment, whatever the calendar says; a new decision replaces it."""
    assessment_id = path_uuid(id)
    assessment = await writing.fetch(Assessment, ASSESSMENTS, if_match=if_match, id=assessment_id)
    assessment_forms.admit_late(assessment, body, actor=writing.principal.id)
    return await writing.answer(ASSESSMENTS, id=assessment_id)


@router.get(
    "/assessments/{id}/transitions", response_model=TransitionsRead, summary="An assessment's history of states"
)
async def get_assessment_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.HISTORY_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move so far with its reason and author."""
    return await history(reading, ASSESSMENTS, ASSESSMENT, id=path_uuid(id))


@router.post(
    "/assessments/{id}/transitions",
    response_model=AssessmentRead,
    summary="Submit a form, return it, begin its review, or finish it",
    openapi_extra=accepts(TransitionCreate),
    responses=problems(IllegalTransition, Incomplete, CohortNotReady, CandidacyNotReady, OutsideWindow),
)
async def move_assessment(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.ASSESSMENTS_WRITE, Permission.ASSESSMENTS_MANAGE)],
    if_match: Matching,
    body: Annotated[TransitionCreate, Depends(json_body(TransitionCreate))],
) -> Response:
    """Move an assessment, and its candidacy with it.

    `submitted` is the region's: a complete form, in the window `assessment` of the calendar by the region's own clock,
    or admitted late. An officer moves it to `open` (the form is returned; the reason says why), to `in_review` (its
    panel is whole), and to `final` (every review is in, no question awaits moderation, and no conflict of interest on
    record is without an override; the scorecard is frozen). To `moderation`, and back to `in_review` when too few of
    the panel are left to judge, it goes by itself.
    """
    assessment_id = path_uuid(id)
    await assessment_moves.move(writing, assessment_id, if_match, body)
    return await writing.answer(ASSESSMENTS, id=assessment_id)
