"""Nominate and move candidacies, one or many, under the cohort's quotas.

Every write that may take a seat locks the cohort's row first, so seats are counted one writer at a time.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import (
    CANDIDACY,
    CHOSEN,
    DECIDED_BY_RUN,
    MOVED_BY_MEMORANDUM,
    MOVED_BY_REPLACEMENT,
    SHORTLISTED,
)
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Invalid, NotFound
from app.kernel.transitions import advance, enter
from app.kernel.writing import IfMatch, Writing, new_id
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.projections.candidacies import CANDIDACIES
from app.schemas.candidacies import CandidacyCreate, CandidacyTransitionCreate

RESOURCE = "candidacies"
# Regions are nominated until the assessment begins.
NOMINATING = ("draft", "open")


class QuotaExceeded(Conflict):
    """More seats than the cohort has."""

    code = "quota_exceeded"
    title = Text(en="Quota exceeded", id="Kuota terlampaui")
    help = Text(
        en="The cohort has no seat left at this stage. Withdraw a candidacy first, or raise the quota of the cohort.",
        id="Tahap ini tidak punya kursi lagi. Tarik satu pencalonan dahulu, atau naikkan kuota tahap.",
    )


class CohortNotReady(Conflict):
    """The cohort is in a state in which this does not happen."""

    code = "cohort_not_ready"
    title = Text(en="Cohort not ready", id="Tahap belum siap")
    help = Text(
        en="This happens only in the states named in `expected`. Move the cohort there first, by its transitions.",
        id="Ini hanya terjadi pada keadaan di `expected`. Pindahkan tahap ke sana dahulu lewat transitions.",
    )


class DecidedByRun(Conflict):
    """A choice that only a published selection run makes."""

    code = "decided_by_run"
    title = Text(en="Decided by a selection run", id="Diputuskan oleh proses seleksi")
    help = Text(
        en="Record a selection run and let a second person publish it; that moves the candidacies.",
        id="Rekam proses seleksi dan minta orang kedua menerbitkannya; itu yang memindahkan pencalonan.",
    )


class MovedByReplacement(Conflict):
    """A step that only a seat fallen free makes possible."""

    code = "moved_by_replacement"
    title = Text(en="Moved by a replacement", id="Dipindahkan oleh penggantian")
    help = Text(
        en="A reserve takes the seat of one that withdrew: `POST /v1/candidacies/{id}/replacement` of that one.",
        id="Cadangan menempati kursi yang mundur: `POST /v1/candidacies/{id}/replacement` milik yang mundur itu.",
    )


class MovedByMemorandum(Conflict):
    """A step that only the memorandum takes."""

    code = "moved_by_memorandum"
    title = Text(en="Moved by its memorandum", id="Dipindahkan oleh nota kesepahaman")
    help = Text(
        en="Draft a memorandum for this candidacy and sign it; signing moves the candidacy.",
        id="Buat nota kesepahaman untuk pencalonan ini lalu tandatangani; penandatanganan memindahkan pencalonan.",
    )


def require_state(cohort: Cohort, *expected: str) -> None:
    """Raise `CohortNotReady` unless the cohort is in one of these states."""
    if cohort.state not in expected:
        raise CohortNotReady(state=cohort.state, expected=list(expected))


async def lock_cohort(session: AsyncSession, code: str) -> Cohort:
    """Lock the cohort until the transaction ends; every taker of seats passes here."""
    return (await session.execute(select(Cohort).where(Cohort.code == code).with_for_update())).scalar_one()


async def nominate(
    session: AsyncSession, cohort: Cohort, region_codes: Sequence[str], *, reason: str, actor: str
) -> list[Candidacy]:
    """Nominate regions; one that already stands in the cohort breaks a constraint of the database."""
    rows = [_nominated(cohort, code) for code in region_codes]
    await _add(session, rows, reason=reason, actor=actor)
    return rows


def _nominated(cohort: Cohort, region_code: str, replaces_id: UUID | None = None) -> Candidacy:
    return Candidacy(
        id=new_id(),
        cohort_code=cohort.code,
        region_code=region_code,
        state=CANDIDACY.initial,
        replaces_id=replaces_id,
    )


async def _add(session: AsyncSession, rows: Sequence[Candidacy], *, reason: str, actor: str) -> None:
    session.add_all(rows)
    await session.flush()
    await enter(session, RESOURCE, [(str(row.id), None, row.state) for row in rows], reason=reason, actor=actor)


async def move(
    session: AsyncSession,
    cohort: Cohort,
    rows: Sequence[Candidacy],
    to: str,
    *,
    reason: str,
    actor: str,
    effective_on: date | None = None,
) -> None:
    """Move candidacies of a locked cohort together; raise `QuotaExceeded` when the seats do not suffice.

    `effective_on` is the day the move took effect where that is not today.
    """
    moves = []
    for row in rows:
        before = row.state
        row.state = advance(CANDIDACY, before, to)
        moves.append((str(row.id), before, to))
    await session.flush()
    await enter(session, RESOURCE, moves, reason=reason, actor=actor, effective_on=effective_on)
    await check_quotas(session, cohort)


async def check_quotas(session: AsyncSession, cohort: Cohort) -> None:
    """Raise `QuotaExceeded` when more candidacies stand in a stage than the cohort has seats."""
    for states, quota in ((SHORTLISTED, cohort.candidate_quota), (CHOSEN, cohort.quota)):
        taken = await session.scalar(
            select(func.count())
            .select_from(Candidacy)
            .where(Candidacy.cohort_code == cohort.code, Candidacy.state.in_(states))
        )
        if (taken or 0) > quota:
            raise QuotaExceeded(quota=quota, wanted=taken)


async def create(session: AsyncSession, cohort: Cohort, asked: CandidacyCreate, *, actor: str) -> Candidacy:
    """Nominate one region at an officer's word; raise `CohortNotReady` once the assessment has begun."""
    require_state(cohort, *NOMINATING)
    if asked.replaces_id is not None:
        await _check_replaced(session, cohort, asked.replaces_id)
    candidacy = _nominated(cohort, asked.region_code, asked.replaces_id)
    await _add(session, [candidacy], reason=asked.reason, actor=actor)
    return candidacy


async def move_by_hand(
    writing: Writing, candidacy_id: UUID, if_match: IfMatch, asked: CandidacyTransitionCreate
) -> None:
    """Move one candidacy at an officer's word.

    A choice is not one person's to make (`DecidedByRun`), nor is who takes a seat that fell free
    (`MovedByReplacement`). A region has signed when its memorandum is signed (`MovedByMemorandum`).
    """
    session = writing.session
    code = await session.scalar(select(Candidacy.cohort_code).where(Candidacy.id == candidacy_id))
    if code is None:
        raise NotFound
    # The cohort first, the candidacy second: all takers of seats lock in this order.
    cohort = await lock_cohort(session, code)
    candidacy = await writing.fetch(Candidacy, CANDIDACIES, if_match=if_match, id=candidacy_id)
    advance(CANDIDACY, candidacy.state, asked.to)
    if (candidacy.state, asked.to) in MOVED_BY_REPLACEMENT:
        raise MovedByReplacement
    if asked.to in DECIDED_BY_RUN:
        raise DecidedByRun
    if asked.to in MOVED_BY_MEMORANDUM:
        raise MovedByMemorandum
    if asked.replaces_id is not None:
        message = Text(
            en="No move by hand replaces someone; leave this out.",
            id="Pemindahan oleh petugas tidak menggantikan siapa pun; kosongkan isian ini.",
        )
        raise Invalid(errors=[FieldError(pointer="/replaces_id", code="not_allowed", message=message)])
    await move(session, cohort, [candidacy], asked.to, reason=asked.reason, actor=writing.principal.id)


async def _check_replaced(session: AsyncSession, cohort: Cohort, replaces_id: UUID) -> None:
    """Raise `Invalid` unless the candidacy to be replaced is a withdrawn one of this cohort."""
    withdrawn = select(Candidacy.id).where(
        Candidacy.id == replaces_id, Candidacy.cohort_code == cohort.code, Candidacy.state == "withdrawn"
    )
    if await session.scalar(withdrawn) is None:
        message = Text(
            en="Name a withdrawn candidacy of the same cohort.",
            id="Sebutkan pencalonan yang ditarik pada tahap yang sama.",
        )
        raise Invalid(errors=[FieldError(pointer="/replaces_id", code="invalid_reference", message=message)])
