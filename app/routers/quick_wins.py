"""Quick wins: proposed and run by the region, approved by who mentors it; and how they stand on a day."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import QUICK_WIN
from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.formats import JSON
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import Forbidden, IllegalTransition, Incomplete
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.transitions import TransitionsRead, history
from app.kernel.writing import Matching, Writing, writes
from app.projections.candidacies import CANDIDACIES
from app.projections.cohorts import COHORTS
from app.projections.quick_wins import QUICK_WINS
from app.schemas.quick_win_standings import QuickWinStandingRead, QuickWinStandingsRead, StandingQuery
from app.schemas.quick_wins import (
    CandidacyQuickWinQuery,
    QuickWinCreate,
    QuickWinQuery,
    QuickWinRead,
    QuickWinTransitionCreate,
    QuickWinUpdate,
)
from app.services import calendars, quick_win_standings
from app.services import quick_wins as service
from app.services.candidacies import CandidacyNotReady

router = Room(prefix="/v1", tags=["quick wins"])


@router.get("/quick-wins", response_model=Page[QuickWinRead], summary="List quick wins")
async def list_quick_wins(
    reading: Annotated[Reading[QuickWinQuery], reads(Permission.QUICK_WINS_READ, QuickWinQuery)],
) -> Response:
    """List quick wins across candidacies; those not approved are seen by the region, its mentors and the ministry."""
    return await reading.page(QUICK_WINS)


@router.post(
    "/quick-wins",
    status_code=201,
    response_model=QuickWinRead,
    summary="Propose a quick win",
    openapi_extra=accepts(QuickWinCreate),
    responses=problems(Forbidden, CandidacyNotReady),
)
async def create_quick_win(
    writing: Annotated[Writing, writes(Permission.QUICK_WINS_WRITE)],
    body: Annotated[QuickWinCreate, Depends(json_body(QuickWinCreate))],
) -> Response:
    """Propose a quick win of the region's own, from its mentoring on: at most twelve calendar months, benefit first."""
    quick_win = await service.propose(writing, body)
    return await writing.answer(QUICK_WINS, status=201, location=f"/v1/quick-wins/{quick_win.id}", id=quick_win.id)


@router.get(
    "/candidacies/{id}/quick-wins", response_model=Page[QuickWinRead], summary="List the quick wins of a candidacy"
)
async def list_candidacy_quick_wins(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[CandidacyQuickWinQuery], reads(Permission.QUICK_WINS_READ, CandidacyQuickWinQuery)],
) -> Response:
    """List the quick wins of one region in one cohort, in the order in which they were proposed."""
    candidacy_id = path_uuid(id)
    await reading.record(CANDIDACIES, id=candidacy_id)
    return await reading.page(QUICK_WINS, candidacy=candidacy_id)


@router.get("/quick-wins/{id}", response_model=QuickWinRead, summary="Get a quick win")
async def get_quick_win(id: str, reading: Annotated[Reading, reads(Permission.QUICK_WINS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one quick win."""
    return await reading.one(QUICK_WINS, id=path_uuid(id))


@router.patch(
    "/quick-wins/{id}",
    response_model=QuickWinRead,
    summary="Change a proposed quick win",
    openapi_extra=accepts(QuickWinUpdate),
    responses=problems(Forbidden, service.QuickWinFrozen, CandidacyNotReady),
)
async def update_quick_win(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.QUICK_WINS_WRITE)],
    if_match: Matching,
    patch: Annotated[QuickWinUpdate, Depends(json_body(QuickWinUpdate))],
) -> Response:
    """Change a quick win of the region's own while it is proposed; an approved one stays as it was approved."""
    quick_win_id = path_uuid(id)
    await service.update(writing, quick_win_id, if_match, patch)
    return await writing.answer(QUICK_WINS, id=quick_win_id)


@router.get("/quick-wins/{id}/transitions", response_model=TransitionsRead, summary="A quick win's history of states")
async def get_quick_win_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.HISTORY_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move since the reader may see it."""
    return await history(reading, QUICK_WINS, QUICK_WIN, id=path_uuid(id))


@router.post(
    "/quick-wins/{id}/transitions",
    response_model=QuickWinRead,
    summary="Approve a quick win, run it, complete or cancel it",
    openapi_extra=accepts(QuickWinTransitionCreate),
    responses=problems(Forbidden, IllegalTransition, Incomplete, CandidacyNotReady),
)
async def move_quick_win(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.QUICK_WINS_WRITE, Permission.QUICK_WINS_APPROVE)],
    if_match: Matching,
    body: Annotated[QuickWinTransitionCreate, Depends(json_body(QuickWinTransitionCreate))],
) -> Response:
    """Approve a quick win, as its mentors or an officer: its benefit must be clear, and from then on it is public.

    The region runs it, and completes it with the measured value and evidence, whether the target is reached or not. The
    region or an officer may cancel it.
    """
    quick_win_id = path_uuid(id)
    await service.move(writing, quick_win_id, if_match, body, moment=calendars.now())
    return await writing.answer(QUICK_WINS, id=quick_win_id)


@router.get("/quick-wins/{id}/standing", response_model=QuickWinStandingRead, summary="How a quick win stands on a day")
async def get_quick_win_standing(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[StandingQuery], reads(Permission.QUICK_WINS_READ, StandingQuery)],
) -> Response:
    """Tell whether a quick win is on track, late, overdue, achieved or missed on a day of the region's own calendar.

    It is late when its reported progress lags behind the time passed by more than the cohort's tolerance, or when the
    monthly report due last is missing.
    """
    found = await quick_win_standings.of_one(reading, path_uuid(id), reading.query.on, moment=calendars.now())
    return Response(found.model_dump_json(), media_type=JSON)


@router.get(
    "/cohorts/{code}/quick-win-standings",
    response_model=QuickWinStandingsRead,
    summary="How the quick wins of a cohort stand on a day",
)
async def get_cohort_quick_win_standings(
    code: str, reading: Annotated[Reading[StandingQuery], reads(Permission.QUICK_WINS_READ, StandingQuery)]
) -> Response:
    """Tell how each approved quick win of a cohort stands on a day, and how many stand how."""
    await reading.record(COHORTS, code=code)
    found = await quick_win_standings.of_cohort(reading, code, reading.query.on, moment=calendars.now())
    return Response(found.model_dump_json(), media_type=JSON)
