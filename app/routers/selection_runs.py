"""Selection runs: simulate, record, publish; and their explanations."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app.domain.lifecycles import SELECTION_RUN
from app.domain.permissions import Permission
from app.kernel.answers import Expand
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import Forbidden, IllegalTransition, Incomplete
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.transitions import TransitionCreate, TransitionsRead, history
from app.kernel.writing import Matching, Writing, writes
from app.models.selection_runs import StageAlreadyPublished
from app.projections.cohorts import COHORTS
from app.projections.selection_runs import SELECTION_RESULTS, SELECTION_RUNS
from app.schemas.selection_runs import (
    ExpandQuery,
    SelectionResultQuery,
    SelectionResultRead,
    SelectionRunCreate,
    SelectionRunExpanded,
    SelectionRunQuery,
    SelectionRunRead,
)
from app.services import selection_runs as service
from app.services.candidacies import CandidacyNotReady, CohortNotReady, QuotaExceeded
from app.services.selection_decisions import RunOutdated

router = Room(prefix="/v1", tags=["selection runs"])


def results_of(run_id: UUID) -> Expand:
    """Include the results of a run, best first."""
    return Expand("results", SELECTION_RESULTS, "position", {"run": run_id})


@router.get(
    "/cohorts/{code}/selection-runs",
    response_model=Page[SelectionRunRead],
    summary="List the selection runs of a cohort",
)
async def list_selection_runs(
    code: str,
    reading: Annotated[Reading[SelectionRunQuery], reads(Permission.SELECTION_RUNS_READ, SelectionRunQuery)],
) -> Response:
    """List the runs of a cohort; those not published are seen by ministry staff and auditors only."""
    await reading.record(COHORTS, code=code)
    return await reading.page(SELECTION_RUNS, cohort=code)


@router.post(
    "/cohorts/{code}/selection-runs",
    status_code=201,
    response_model=SelectionRunExpanded,
    summary="Simulate or record a selection run",
    openapi_extra=accepts(SelectionRunCreate),
    responses=problems(CohortNotReady, Incomplete, StageAlreadyPublished, CandidacyNotReady),
)
async def create_selection_run(
    code: str,
    writing: Annotated[Writing, writes(Permission.SELECTION_RUNS_WRITE)],
    query: Annotated[ExpandQuery, Query()],
    body: Annotated[SelectionRunCreate, Depends(json_body(SelectionRunCreate))],
) -> Response:
    """Apply a method to the facts of this moment. With `dry_run=true` it is a simulation and nothing is stored.

    A run by another method than the cohort's own, where it has one for the stage, is not published. Once the final
    choice is published, it is made again only after an upheld objection led to a new scorecard, and until a region has
    signed its memorandum.
    """
    run = await service.record(writing, code, body)
    expand = results_of(run.id) if query.expand else None
    location = f"/v1/selection-runs/{run.id}"
    return await writing.answer(SELECTION_RUNS, status=201, location=location, expand=expand, id=run.id)


@router.get("/selection-runs/{id}", response_model=SelectionRunExpanded, summary="Get a selection run")
async def get_selection_run(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[ExpandQuery], reads(Permission.SELECTION_RUNS_READ, ExpandQuery)],
) -> Response:
    """Get one run: its method, the digest of its inputs, what the equity rules changed and cost."""
    run_id = path_uuid(id)
    expand = results_of(run_id) if reading.query.expand else None
    return await reading.one(SELECTION_RUNS, expand=expand, id=run_id)


@router.get(
    "/selection-runs/{id}/results",
    response_model=Page[SelectionResultRead],
    summary="List the results of a selection run",
)
async def list_selection_results(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[SelectionResultQuery], reads(Permission.SELECTION_RUNS_READ, SelectionResultQuery)],
) -> Response:
    """List what the run says of each region, best first: every value, weight and contribution, and the reason."""
    run_id = path_uuid(id)
    await reading.record(SELECTION_RUNS, id=run_id)
    return await reading.page(SELECTION_RESULTS, run=run_id)


@router.get(
    "/selection-runs/{id}/inputs", summary="Get the inputs of a selection run", response_model=dict[str, object]
)
async def get_selection_inputs(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.SELECTION_RUNS_READ)],
) -> Response:
    """Get the facts the run was computed from; the SHA-256 of these bytes is the run's `inputs_sha256`."""
    run_id = path_uuid(id)
    await reading.record(SELECTION_RUNS, id=run_id)
    return await service.inputs(reading, run_id)


@router.get("/selection-runs/{id}/transitions", response_model=TransitionsRead, summary="A run's history of states")
async def get_selection_run_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.HISTORY_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move so far."""
    return await history(reading, SELECTION_RUNS, SELECTION_RUN, id=path_uuid(id))


@router.post(
    "/selection-runs/{id}/transitions",
    response_model=SelectionRunRead,
    summary="Publish or discard a selection run",
    openapi_extra=accepts(TransitionCreate),
    responses=problems(
        *(Forbidden, IllegalTransition, CohortNotReady, QuotaExceeded, StageAlreadyPublished, RunOutdated),
        *(Incomplete, CandidacyNotReady),
    ),
)
async def move_selection_run(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.SELECTION_RUNS_WRITE)],
    if_match: Matching,
    body: Annotated[TransitionCreate, Depends(json_body(TransitionCreate))],
) -> Response:
    """Publish a run, which makes it final and moves the candidacies; a second person must do it. Or discard it."""
    run_id = path_uuid(id)
    await service.move(writing, run_id, if_match, body)
    return await writing.answer(SELECTION_RUNS, id=run_id)
