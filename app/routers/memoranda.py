"""Memoranda: drafted, signed one by one or at a ceremony, declared void."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import MEMORANDUM
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
from app.models.memoranda import Memorandum, MemorandumExists, MemorandumNumberTaken
from app.projections.cohorts import COHORTS
from app.projections.memoranda import MEMORANDA
from app.schemas.memoranda import (
    CeremonyCreate,
    CeremonyRead,
    CohortMemorandumQuery,
    MemorandumCreate,
    MemorandumQuery,
    MemorandumRead,
    MemorandumUpdate,
)
from app.services import ceremonies
from app.services import memoranda as service
from app.services.candidacies import CandidacyNotReady
from app.services.selection_decisions import ChoiceUnsettled

router = Room(prefix="/v1", tags=["memoranda"])


@router.get("/cohorts/{code}/memoranda", response_model=Page[MemorandumRead], summary="List the memoranda of a cohort")
async def list_cohort_memoranda(
    code: str,
    reading: Annotated[Reading[CohortMemorandumQuery], reads(Permission.MEMORANDA_READ, CohortMemorandumQuery)],
) -> Response:
    """List the memoranda of a cohort; drafts are seen by ministry staff, auditors and the region's own office."""
    await reading.record(COHORTS, code=code)
    return await reading.page(MEMORANDA, cohort=code)


@router.post(
    "/cohorts/{code}/memoranda",
    status_code=201,
    response_model=MemorandumRead,
    summary="Draft a memorandum",
    openapi_extra=accepts(MemorandumCreate),
    responses=problems(CandidacyNotReady, MemorandumExists, MemorandumNumberTaken),
)
async def create_memorandum(
    code: str,
    writing: Annotated[Writing, writes(Permission.MEMORANDA_WRITE)],
    body: Annotated[MemorandumCreate, Depends(json_body(MemorandumCreate))],
) -> Response:
    """Draft the memorandum of a candidacy that is `selected`; a candidacy has at most one that is not void."""
    cohort = await writing.fetch(Cohort, COHORTS, code=code)
    memorandum = await service.draft(writing.session, cohort, body, actor=writing.principal.id)
    location = f"/v1/memoranda/{memorandum.id}"
    return await writing.answer(MEMORANDA, status=201, location=location, id=memorandum.id)


@router.post(
    "/cohorts/{code}/memoranda/sign",
    response_model=CeremonyRead,
    summary="Sign the memoranda of a ceremony",
    openapi_extra=accepts(CeremonyCreate),
    responses=problems(IllegalTransition, Incomplete, CandidacyNotReady, MemorandumNumberTaken, ChoiceUnsettled),
)
async def sign_memoranda(
    code: str,
    writing: Annotated[Writing, writes(Permission.MEMORANDA_WRITE)],
    body: Annotated[CeremonyCreate, Depends(json_body(CeremonyCreate))],
) -> Response:
    """Sign many memoranda at once, all or none, and move their candidacies to `mou_signed`.

    An item takes the draft of its candidacy, or makes one. Every fault points at its item.
    """
    cohort = await writing.fetch(Cohort, COHORTS, code=code)
    return await writing.report(await ceremonies.hold(writing.session, cohort, body, actor=writing.principal.id))


@router.get("/memoranda", response_model=Page[MemorandumRead], summary="List memoranda of all cohorts")
async def list_memoranda(
    reading: Annotated[Reading[MemorandumQuery], reads(Permission.MEMORANDA_READ, MemorandumQuery)],
) -> Response:
    """List memoranda across cohorts, newest year first."""
    return await reading.page(MEMORANDA)


@router.get("/memoranda/{id}", response_model=MemorandumRead, summary="Get a memorandum")
async def get_memorandum(id: str, reading: Annotated[Reading, reads(Permission.MEMORANDA_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one memorandum."""
    return await reading.one(MEMORANDA, id=path_uuid(id))


@router.patch(
    "/memoranda/{id}",
    response_model=MemorandumRead,
    summary="Change a drafted memorandum",
    openapi_extra=accepts(MemorandumUpdate),
    responses=problems(service.MemorandumFrozen, MemorandumNumberTaken),
)
async def update_memorandum(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.MEMORANDA_WRITE)],
    if_match: Matching,
    patch: Annotated[MemorandumUpdate, Depends(json_body(MemorandumUpdate))],
) -> Response:
    """Change a memorandum while it is drafted; a signed one stays as it was signed."""
    memorandum_id = path_uuid(id)
    memorandum = await writing.fetch(Memorandum, MEMORANDA, if_match=if_match, id=memorandum_id)
    service.update(memorandum, patch)
    return await writing.answer(MEMORANDA, id=memorandum_id)


@router.get("/memoranda/{id}/transitions", response_model=TransitionsRead, summary="A memorandum's history of states")
async def get_memorandum_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.HISTORY_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move since the reader may see it."""
    return await history(reading, MEMORANDA, MEMORANDUM, id=path_uuid(id))


@router.post(
    "/memoranda/{id}/transitions",
    response_model=MemorandumRead,
    summary="Sign a memorandum, or declare it void",
    openapi_extra=accepts(TransitionCreate),
    responses=problems(IllegalTransition, Incomplete, CandidacyNotReady, ChoiceUnsettled),
)
async def move_memorandum(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.MEMORANDA_WRITE)],
    if_match: Matching,
    body: Annotated[TransitionCreate, Depends(json_body(TransitionCreate))],
) -> Response:
    """Sign a memorandum, which moves its candidacy to `mou_signed`, or declare it void.

    The first of a cohort is not signed while an objection may still change the final choice.
    A signed one becomes void while its candidacy is `mou_signed`, which then is `selected` again, or has withdrawn.
    """
    memorandum_id = path_uuid(id)
    await service.move(writing, memorandum_id, if_match, body)
    return await writing.answer(MEMORANDA, id=memorandum_id)
