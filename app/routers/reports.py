"""Reports on a cohort: what became of it, for everyone, and how far its assessment has come, for the ministry."""

from typing import Annotated

from fastapi import Response

from app.domain.permissions import Permission
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.projections.cohorts import COHORTS
from app.schemas.reports import AssessmentProgressRead, CohortReportQuery, CohortReportRead
from app.services import calendars
from app.services import reports as service

router = Room(prefix="/v1/cohorts/{code}", tags=["reports"])


@router.get("/report", response_model=CohortReportRead, summary="What became of a cohort")
async def get_cohort_report(
    code: str, reading: Annotated[Reading[CohortReportQuery], reads(Permission.REPORTS_READ, CohortReportQuery)]
) -> Response:
    """Answer the funnel of a cohort by state, its spread over the country, the priorities it covers, and its scores.

    Then how far mentoring, master plans and quick wins have come. Scores and agreement come once the final run is
    published; of what is not public there are plain counts by state, and nothing else.
    """
    await reading.record(COHORTS, code=code)
    return await service.report(reading, code, moment=calendars.now())


@router.get("/assessment-progress", response_model=AssessmentProgressRead, summary="How far an assessment has come")
async def get_assessment_progress(
    code: str, reading: Annotated[Reading, reads(Permission.ASSESSMENT_PROGRESS_READ)]
) -> Response:
    """Answer the assessments of a cohort by state, who still owes a review, and how far complete panels agree.

    Nothing is told of a panel before all its members have submitted, but who owes.
    """
    await reading.record(COHORTS, code=code)
    return await service.progress(reading, code)
