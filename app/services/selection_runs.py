"""Run a selection on the facts of this moment, keep it with its inputs, publish it by a second person.

The engine itself is pure (`app/domain/selection.py`); here its facts are gathered and its outcome is written down.
"""

import asyncio
from typing import Any
from uuid import UUID

from fastapi import Response
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain import selection
from app.domain.lifecycles import SELECTION_RUN
from app.domain.method_problems import problems
from app.domain.methods import MethodRefused
from app.domain.permissions import Permission
from app.domain.principals import may_publish
from app.domain.selection import Outcome
from app.kernel.formats import JSON
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Forbidden, Incomplete, Invalid, NotFound, refuse
from app.kernel.reading import Reading
from app.kernel.transitions import TransitionCreate, advance, by_hand, enter
from app.kernel.writing import IfMatch, Writing, new_id
from app.models.cohorts import Cohort
from app.models.selection_runs import SelectionInputs, SelectionResult, SelectionRun
from app.projections.cohorts import COHORTS
from app.projections.selection_runs import SELECTION_RUNS
from app.schemas import cohorts as schemas
from app.schemas.selection_runs import SelectionRunCreate
from app.services import selection_facts, selection_outcomes
from app.services.candidacies import lock_cohort, require_state
from app.services.cohorts import known_codes, method_of, to_domain
from app.services.selection_decisions import RunOutdated, apply, superseded

RESOURCE = "selection-runs"
_RUNS_IN = {"shortlist": "open", "final": "assessing"}
_CHOSEN_AGAIN_IN = ("assessing", "decided")


async def record(writing: Writing, code: str, asked: SelectionRunCreate) -> SelectionRun:
    """Apply the method to the facts of this moment and store the run with its inputs and results.

    Nobody waits for it: the cohort is locked only to store the outcome, and publishing looks at the facts again.

    Raises `CohortNotReady` outside the stage's time, for the final choice `Incomplete` when nobody is assessed and what
    `superseded` raises, and `Invalid` with pointers for a method that makes no sense or whose equity rules cannot hold
    together.
    """
    session = writing.session
    cohort = await writing.fetch(Cohort, COHORTS, lock=False, code=code)
    time = _time_of(asked.stage, await superseded(session, cohort, asked.stage))
    require_state(cohort, *time)
    method = asked.method or _stored_method(cohort, asked.stage)
    rules = to_domain(method)
    if faults := problems(rules, await known_codes(session, asked.stage)):
        raise refuse(faults, "/method")
    seats = _seats(cohort, asked.stage)
    regions = await selection_facts.regions(session, cohort, asked.stage)
    if not regions:
        detail = Text(
            en="No candidacy of this cohort is assessed yet. Finish the assessments, then record the run.",
            id="Belum ada pencalonan tahap ini yang selesai dinilai. Selesaikan penilaian, lalu rekam proses seleksi.",
        )
        raise Incomplete(detail)
    values = await selection_facts.values(session, cohort, rules)
    try:
        # Seconds of computing at the most; meanwhile other requests are answered.
        outcome = await asyncio.to_thread(
            selection.select, rules, regions, values, seats=seats, reserves=method.reserves
        )
    except MethodRefused as refused:
        raise refuse(refused.problems, "/method") from None
    await session.refresh(cohort, with_for_update=True)
    require_state(cohort, *time)
    return await _store(session, cohort, asked.stage, method.model_dump(), outcome, writing.principal.id)


async def move(writing: Writing, run_id: UUID, if_match: IfMatch, asked: TransitionCreate) -> None:
    """Publish or discard a run.

    Publishing makes it final and moves the candidacies in the same transaction. Raises `Forbidden` when the publisher
    recorded the run, what `superseded` raises when another run won, `RunOutdated` when since then candidacies have
    moved, scorecards have a new edition, or quota or method is another, `Incomplete` for a final choice while a form
    that came in is not assessed or an objection waits, `QuotaExceeded` when the seats are taken.
    """
    session, actor = writing.session, writing.principal.id
    code = await session.scalar(select(SelectionRun.cohort_code).where(SelectionRun.id == run_id))
    if code is None:
        raise NotFound
    # The cohort first, the run second: all takers of seats lock in this order.
    cohort = await lock_cohort(session, code)
    run = await writing.fetch(SelectionRun, SELECTION_RUNS, if_match=if_match, id=run_id)
    before, after = run.state, by_hand(SELECTION_RUN, run.state, asked.to)
    moves = [(str(run_id), before, after)]
    if after == "published":
        if not may_publish(writing.principal, run.recorded_by):
            detail = Text(
                en="A second person publishes; you recorded this run yourself.",
                id="Orang kedua yang menerbitkan; proses ini Anda rekam sendiri.",
            )
            raise Forbidden(detail, required_permission=Permission.SELECTION_RUNS_WRITE)
        earlier = await superseded(session, cohort, run.stage)
        require_state(cohort, *_time_of(run.stage, earlier))
        stored = cohort.methods.get(run.stage)
        another = stored is not None and method_of(stored) != method_of(run.method)
        if another or run.seats != _seats(cohort, run.stage):
            raise RunOutdated(region_codes=[])
        if earlier is not None:
            run.supersedes_id, ended = earlier.id, earlier.state
            earlier.state = advance(SELECTION_RUN, ended, "discarded")
            moves.insert(0, (str(earlier.id), ended, earlier.state))
            await session.flush()  # two are never published at once
        run.published_by = actor
    run.state = after
    await session.flush()
    if after == "published":
        await apply(session, cohort, run, asked.reason, actor)
    await enter(session, RESOURCE, moves, reason=asked.reason, actor=actor)


def _time_of(stage: str, earlier: SelectionRun | None) -> tuple[str, ...]:
    return (_RUNS_IN[stage],) if earlier is None else _CHOSEN_AGAIN_IN


async def inputs(reading: Reading, run_id: UUID) -> Response:
    """Answer the inputs of a run as the very bytes that were hashed."""
    document = await reading.value("SELECT document FROM selection_inputs WHERE run_id = $1", run_id)
    return Response(document, media_type=JSON)


def _seats(cohort: Cohort, stage: str) -> int:
    return cohort.candidate_quota if stage == "shortlist" else cohort.quota


def _stored_method(cohort: Cohort, stage: str) -> schemas.Method:
    stored = cohort.methods.get(stage)
    if stored is None:
        message = Text(
            en="The cohort has no method for this stage. Send one, or add it to the cohort.",
            id="Tahap ini belum punya metode. Kirim metode, atau tambahkan pada tahap.",
        )
        raise Invalid(errors=[FieldError(pointer="/method", code="required", message=message)])
    return method_of(stored)


async def _store(
    session: AsyncSession, cohort: Cohort, stage: str, method: dict[str, Any], outcome: Outcome, actor: str
) -> SelectionRun:
    served = await selection_facts.priorities(session, cohort) if stage == "final" else {}
    run = SelectionRun(
        id=new_id(),
        cohort_code=cohort.code,
        stage=stage,
        method=method,
        seats=outcome.totals.seats,
        reserves=outcome.inputs["reserves"],
        inputs_sha256=outcome.digest,
        summary=selection_outcomes.summary(outcome, served),
        state=SELECTION_RUN.initial,
        recorded_by=actor,
    )
    session.add(run)
    await session.flush()
    session.add(SelectionInputs(run_id=run.id, document=selection.canonical(outcome.inputs)))
    rows = [selection_outcomes.row(run.id, place, result) for place, result in enumerate(outcome.results, start=1)]
    await session.execute(insert(SelectionResult), rows)
    await enter(session, RESOURCE, [(str(run.id), None, run.state)], reason="recorded", actor=actor)
    return run
