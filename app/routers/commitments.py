"""Commitments: drafted by the region, signed by its head and its agencies, declared void."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import COMMITMENT
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
from app.models.commitments import CommitmentExists
from app.projections.candidacies import CANDIDACIES
from app.projections.commitments import COMMITMENTS
from app.schemas.commitments import (
    CandidacyCommitmentQuery,
    CommitmentCreate,
    CommitmentQuery,
    CommitmentRead,
    CommitmentUpdate,
)
from app.services import commitments as service
from app.services.candidacies import CandidacyNotReady

router = Room(prefix="/v1", tags=["commitments"])
_Query = CandidacyCommitmentQuery


@router.get(
    "/candidacies/{id}/commitments", response_model=Page[CommitmentRead], summary="List the commitments of a candidacy"
)
async def list_candidacy_commitments(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[_Query], reads(Permission.COMMITMENTS_READ, _Query)],
) -> Response:
    """List what a region and its agencies commit to; drafts are seen by whom the region concerns."""
    candidacy_id = path_uuid(id)
    await reading.record(CANDIDACIES, id=candidacy_id)
    return await reading.page(COMMITMENTS, candidacy=candidacy_id)


@router.post(
    "/candidacies/{id}/commitments",
    status_code=201,
    response_model=CommitmentRead,
    summary="Draft a commitment",
    openapi_extra=accepts(CommitmentCreate),
    responses=problems(CandidacyNotReady, CommitmentExists),
)
async def create_commitment(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.COMMITMENTS_WRITE)],
    body: Annotated[CommitmentCreate, Depends(json_body(CommitmentCreate))],
) -> Response:
    """Draft a commitment of a mentored region; each signatory has at most one that is not void."""
    commitment = await service.draft(writing, path_uuid(id), body)
    location = f"/v1/commitments/{commitment.id}"
    return await writing.answer(COMMITMENTS, status=201, location=location, id=commitment.id)


@router.get("/commitments", response_model=Page[CommitmentRead], summary="List the commitments of all candidacies")
async def list_commitments(
    reading: Annotated[Reading[CommitmentQuery], reads(Permission.COMMITMENTS_READ, CommitmentQuery)],
) -> Response:
    """List commitments across candidacies, for example all of a cohort that are signed."""
    return await reading.page(COMMITMENTS)


@router.get("/commitments/{id}", response_model=CommitmentRead, summary="Get a commitment")
async def get_commitment(id: str, reading: Annotated[Reading, reads(Permission.COMMITMENTS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one commitment."""
    return await reading.one(COMMITMENTS, id=path_uuid(id))


@router.patch(
    "/commitments/{id}",
    response_model=CommitmentRead,
    summary="Change a drafted commitment",
    openapi_extra=accepts(CommitmentUpdate),
    responses=problems(service.CommitmentFrozen, CommitmentExists),
)
async def update_commitment(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.COMMITMENTS_WRITE)],
    if_match: Matching,
    patch: Annotated[CommitmentUpdate, Depends(json_body(CommitmentUpdate))],
) -> Response:
    """Change a commitment while it is drafted; a signed one stays as it was signed."""
    commitment_id = path_uuid(id)
    await service.update(writing, commitment_id, if_match, patch)
    return await writing.answer(COMMITMENTS, id=commitment_id)


@router.get("/commitments/{id}/transitions", response_model=TransitionsRead, summary="A commitment's history of states")
async def get_commitment_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.HISTORY_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move since the reader may see it."""
    return await history(reading, COMMITMENTS, COMMITMENT, id=path_uuid(id))


@router.post(
    "/commitments/{id}/transitions",
    response_model=CommitmentRead,
    summary="Sign a commitment, or declare it void",
    openapi_extra=accepts(TransitionCreate),
    responses=problems(IllegalTransition, Incomplete, CandidacyNotReady),
)
async def move_commitment(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.COMMITMENTS_WRITE)],
    if_match: Matching,
    body: Annotated[TransitionCreate, Depends(json_body(TransitionCreate))],
) -> Response:
    """Record a commitment as signed, which makes it public and takes its day and its document, or declare it void."""
    commitment_id = path_uuid(id)
    await service.move(writing, commitment_id, if_match, body)
    return await writing.answer(COMMITMENTS, id=commitment_id)
