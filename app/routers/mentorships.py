"""Mentorships: who mentors which region is proposed, recorded, begun, completed or ended."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import MENTORSHIP
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
from app.models.cohorts import Cohort
from app.models.mentorships import MentorshipExists
from app.projections.cohorts import COHORTS
from app.projections.mentorships import MENTORSHIPS
from app.schemas.mentorships import (
    CohortMentorshipQuery,
    MentorshipProposalQuery,
    MentorshipProposalRead,
    MentorshipQuery,
    MentorshipRead,
    MentorshipsCreate,
    MentorshipsRecorded,
    MentorshipUpdate,
)
from app.services import calendars, mentorship_moves, mentorship_proposals
from app.services import mentorships as service
from app.services.candidacies import CandidacyNotReady, CohortNotReady
from app.services.conflicts import ConflictOfInterest
from app.services.mentorship_checks import MentorFull

router = Room(prefix="/v1", tags=["mentorships"])


@router.get(
    "/cohorts/{code}/mentorship-proposal",
    response_model=MentorshipProposalRead,
    summary="Propose who mentors which region",
)
async def get_mentorship_proposal(
    code: str,
    reading: Annotated[Reading[MentorshipProposalQuery], reads(Permission.MENTORSHIPS_WRITE, MentorshipProposalQuery)],
) -> Response:
    """Propose a mentor for every region that has signed its memorandum and has none.

    As many regions as can be, at the least cost by the cohort's `mentoring_rules`: load, dimensions, distance; nobody
    with a conflict of interest unless it is passed over, nobody beyond the limit. Nothing is recorded: edit `items` and
    send them to `POST /v1/cohorts/{code}/mentorships`. The period is the calendar's window `mentoring`, else a year.
    """
    await reading.record(COHORTS, code=code)
    return await mentorship_proposals.tell(reading, code, calendars.now())


@router.get(
    "/cohorts/{code}/mentorships", response_model=Page[MentorshipRead], summary="List the mentorships of a cohort"
)
async def list_cohort_mentorships(
    code: str,
    reading: Annotated[Reading[CohortMentorshipQuery], reads(Permission.MENTORSHIPS_READ, CohortMentorshipQuery)],
) -> Response:
    """List which institution mentors which region of a cohort, and those that ended."""
    await reading.record(COHORTS, code=code)
    return await reading.page(MENTORSHIPS, cohort=code)


@router.post(
    "/cohorts/{code}/mentorships",
    response_model=MentorshipsRecorded,
    summary="Record mentorships",
    openapi_extra=accepts(MentorshipsCreate),
    responses=problems(CohortNotReady, CandidacyNotReady, MentorshipExists, ConflictOfInterest, MentorFull),
)
async def record_mentorships(
    code: str,
    writing: Annotated[Writing, writes(Permission.MENTORSHIPS_WRITE)],
    body: Annotated[MentorshipsCreate, Depends(json_body(MentorshipsCreate))],
) -> Response:
    """Record one mentorship or many, all or none, each with its four workshops. Every fault points at its item.

    A conflict of interest is a bar unless an override covers it: whoever assessed a region does not mentor it in the
    same cohort.
    """
    cohort = await writing.fetch(Cohort, COHORTS, code=code)
    return await writing.report(await service.record(writing.session, cohort, body, actor=writing.principal.id))


@router.get("/mentorships", response_model=Page[MentorshipRead], summary="List mentorships of all cohorts")
async def list_mentorships(
    reading: Annotated[Reading[MentorshipQuery], reads(Permission.MENTORSHIPS_READ, MentorshipQuery)],
) -> Response:
    """List mentorships across cohorts, newest first: for example those of one institution."""
    return await reading.page(MENTORSHIPS)


@router.get("/mentorships/{id}", response_model=MentorshipRead, summary="Get a mentorship")
async def get_mentorship(id: str, reading: Annotated[Reading, reads(Permission.MENTORSHIPS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one mentorship."""
    return await reading.one(MENTORSHIPS, id=path_uuid(id))


@router.patch(
    "/mentorships/{id}",
    response_model=MentorshipRead,
    summary="Change a mentorship",
    openapi_extra=accepts(MentorshipUpdate),
    responses=problems(service.MentorshipOver, ConflictOfInterest, MentorFull),
)
async def update_mentorship(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.MENTORSHIPS_WRITE)],
    if_match: Matching,
    patch: Annotated[MentorshipUpdate, Depends(json_body(MentorshipUpdate))],
) -> Response:
    """Change who leads and facilitates a mentorship, or its period, until it is over."""
    mentorship_id = path_uuid(id)
    await service.update(writing, mentorship_id, if_match, patch)
    return await writing.answer(MENTORSHIPS, id=mentorship_id)


@router.get("/mentorships/{id}/transitions", response_model=TransitionsRead, summary="A mentorship's history of states")
async def get_mentorship_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.HISTORY_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move so far."""
    return await history(reading, MENTORSHIPS, MENTORSHIP, id=path_uuid(id))


@router.post(
    "/mentorships/{id}/transitions",
    response_model=MentorshipRead,
    summary="Begin, complete or end a mentorship",
    openapi_extra=accepts(TransitionCreate),
    responses=problems(IllegalTransition, Incomplete, CohortNotReady, CandidacyNotReady),
)
async def move_mentorship(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.MENTORSHIPS_WRITE)],
    if_match: Matching,
    body: Annotated[TransitionCreate, Depends(json_body(TransitionCreate))],
) -> Response:
    """Move a mentorship to `active`, which moves its candidacy to `mentoring`; to `completed`, or to `ended`.

    It is completed once its four workshops are closed. It ends early when the region withdraws, or when another mentor
    is to take over, whose mentorship is then recorded.
    """
    mentorship_id = path_uuid(id)
    await mentorship_moves.move(writing, mentorship_id, if_match, body)
    return await writing.answer(MENTORSHIPS, id=mentorship_id)
