"""Candidacies: one region in one cohort."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import CANDIDACY
from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import IllegalTransition
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.transitions import TransitionsRead, history
from app.kernel.writing import Matching, Writing, writes
from app.models.candidacies import AlreadyCandidate, SeatAlreadyReplaced
from app.models.cohorts import Cohort
from app.projections.candidacies import CANDIDACIES
from app.projections.cohorts import COHORTS
from app.schemas.candidacies import (
    CandidacyCreate,
    CandidacyQuery,
    CandidacyRead,
    CandidacyTransitionCreate,
    CohortCandidacyQuery,
    ReplacementCreate,
    ReplacementRead,
)
from app.services import candidacies as service
from app.services import candidacy_moves, replacements

router = Room(prefix="/v1", tags=["candidacies"])


@router.get(
    "/cohorts/{code}/candidacies", response_model=Page[CandidacyRead], summary="List the candidacies of a cohort"
)
async def list_cohort_candidacies(
    code: str,
    reading: Annotated[Reading[CohortCandidacyQuery], reads(Permission.CANDIDACIES_READ, CohortCandidacyQuery)],
) -> Response:
    """List the regions that stand in a cohort, whatever their state."""
    await reading.record(COHORTS, code=code)
    return await reading.page(CANDIDACIES, cohort=code)


@router.post(
    "/cohorts/{code}/candidacies",
    status_code=201,
    response_model=CandidacyRead,
    summary="Nominate a region",
    openapi_extra=accepts(CandidacyCreate),
    responses=problems(AlreadyCandidate, SeatAlreadyReplaced, service.CohortNotReady),
)
async def create_candidacy(
    code: str,
    writing: Annotated[Writing, writes(Permission.CANDIDACIES_WRITE)],
    body: Annotated[CandidacyCreate, Depends(json_body(CandidacyCreate))],
) -> Response:
    """Nominate a region in a cohort; many at once come by import or by a published shortlist."""
    cohort = await writing.fetch(Cohort, COHORTS, code=code)
    candidacy = await service.create(writing.session, cohort, body, actor=writing.principal.id)
    location = f"/v1/candidacies/{candidacy.id}"
    return await writing.answer(CANDIDACIES, status=201, location=location, id=candidacy.id)


@router.get("/candidacies", response_model=Page[CandidacyRead], summary="List candidacies of all cohorts")
async def list_candidacies(
    reading: Annotated[Reading[CandidacyQuery], reads(Permission.CANDIDACIES_READ, CandidacyQuery)],
) -> Response:
    """List candidacies across cohorts, for example all those of one region."""
    return await reading.page(CANDIDACIES)


@router.get("/candidacies/{id}", response_model=CandidacyRead, summary="Get a candidacy")
async def get_candidacy(id: str, reading: Annotated[Reading, reads(Permission.CANDIDACIES_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one candidacy."""
    return await reading.one(CANDIDACIES, id=path_uuid(id))


@router.get("/candidacies/{id}/transitions", response_model=TransitionsRead, summary="A candidacy's history of states")
async def get_candidacy_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.HISTORY_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move so far with its reason and author."""
    return await history(reading, CANDIDACIES, CANDIDACY, id=path_uuid(id))


@router.post(
    "/candidacies/{id}/transitions",
    response_model=CandidacyRead,
    summary="Move a candidacy to its next state",
    openapi_extra=accepts(CandidacyTransitionCreate),
    responses=problems(
        IllegalTransition,
        SeatAlreadyReplaced,
        service.QuotaExceeded,
        service.CohortNotReady,
        service.FinalChoiceMade,
        candidacy_moves.DecidedByRun,
        candidacy_moves.MovedByReplacement,
        candidacy_moves.MovedByMemorandum,
        candidacy_moves.MovedByAssessment,
        candidacy_moves.MovedByPlan,
        candidacy_moves.MovedByMentorship,
    ),
)
async def move_candidacy(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.CANDIDACIES_WRITE)],
    if_match: Matching,
    body: Annotated[CandidacyTransitionCreate, Depends(json_body(CandidacyTransitionCreate))],
) -> Response:
    """Move one candidacy; choices among candidates are made by selection runs.

    One that withdrew by mistake is nominated again while its cohort is `draft` or `open`, unless another replaces it.
    """
    candidacy_id = path_uuid(id)
    await candidacy_moves.move_by_hand(writing, candidacy_id, if_match, body)
    return await writing.answer(CANDIDACIES, id=candidacy_id)


@router.get(
    "/candidacies/{id}/replacement", response_model=ReplacementRead, summary="Who takes the seat of a withdrawn region"
)
async def get_candidacy_replacement(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.CANDIDACIES_READ)],
) -> Response:
    """Tell which reserve a free seat is offered to and why, which ones are passed over, and who held the seat so far.

    The equity rules are kept as far as they still can be; a lower bound that no reserve can meet any more bars nobody.
    A reserve that declines is moved to `withdrawn`; the offer then passes to the next.
    """
    candidacy_id = path_uuid(id)
    await reading.record(CANDIDACIES, id=candidacy_id)
    return await replacements.tell(reading, candidacy_id)


@router.post(
    "/candidacies/{id}/replacement",
    response_model=CandidacyRead,
    summary="Give the seat of a withdrawn region to the reserve it is offered to",
    openapi_extra=accepts(ReplacementCreate),
    responses=problems(
        SeatAlreadyReplaced, service.CohortNotReady, replacements.NoSeatFree, replacements.NoReserveFits
    ),
)
async def replace_candidacy(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.CANDIDACIES_WRITE)],
    if_match: Matching,
    body: Annotated[ReplacementCreate, Depends(json_body(ReplacementCreate))],
) -> Response:
    """Move the reserve that is offered the seat to `selected`, in the place of the withdrawn candidacy.

    `If-Match` is about the withdrawn candidacy; the answer is the one that took its seat.
    """
    successor = await replacements.seat(writing, path_uuid(id), if_match, body)
    return await writing.answer(CANDIDACIES, id=successor)
