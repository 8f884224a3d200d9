"""Reports on quick wins: how far one is as of a day. They are added, and never changed."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import Forbidden
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.writing import Writing, writes
from app.projections.quick_wins import PROGRESS_REPORTS, QUICK_WINS
from app.schemas.quick_wins import (
    ProgressReportCreate,
    ProgressReportQuery,
    ProgressReportRead,
    QuickWinProgressReportQuery,
)
from app.services import calendars
from app.services import progress_reports as service
from app.services.candidacies import CandidacyNotReady

router = Room(prefix="/v1", tags=["quick wins"])
_Query = QuickWinProgressReportQuery


@router.get(
    "/quick-wins/{id}/progress-reports",
    response_model=Page[ProgressReportRead],
    summary="List the reports on a quick win",
)
async def list_quick_win_progress_reports(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[_Query], reads(Permission.QUICK_WINS_READ, _Query)],
) -> Response:
    """List the reports on one quick win, in the order in which they came."""
    quick_win_id = path_uuid(id)
    await reading.record(QUICK_WINS, id=quick_win_id)
    return await reading.page(PROGRESS_REPORTS, quick_win=quick_win_id)


@router.post(
    "/quick-wins/{id}/progress-reports",
    status_code=201,
    response_model=ProgressReportRead,
    summary="Report on a quick win",
    openapi_extra=accepts(ProgressReportCreate),
    responses=problems(Forbidden, service.QuickWinNotRunning, CandidacyNotReady),
)
async def create_progress_report(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.QUICK_WINS_WRITE)],
    body: Annotated[ProgressReportCreate, Depends(json_body(ProgressReportCreate))],
) -> Response:
    """Report on a running quick win of the region's own. Progress that falls takes a reason; no report is changed."""
    report_id = await service.report(writing, path_uuid(id), body, moment=calendars.now())
    return await writing.answer(
        PROGRESS_REPORTS, status=201, location=f"/v1/progress-reports/{report_id}", id=report_id
    )


@router.get("/progress-reports", response_model=Page[ProgressReportRead], summary="List reports on quick wins")
async def list_progress_reports(
    reading: Annotated[Reading[ProgressReportQuery], reads(Permission.QUICK_WINS_READ, ProgressReportQuery)],
) -> Response:
    """List reports on all quick wins, the latest first."""
    return await reading.page(PROGRESS_REPORTS)


@router.get("/progress-reports/{id}", response_model=ProgressReportRead, summary="Get a report on a quick win")
async def get_progress_report(id: str, reading: Annotated[Reading, reads(Permission.QUICK_WINS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one report."""
    return await reading.one(PROGRESS_REPORTS, id=path_uuid(id))
