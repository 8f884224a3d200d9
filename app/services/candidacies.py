"""Nominate and move candidacies, one or many, under the cohort's quotas.

Every write that may take a seat locks the cohort's row first, so seats are counted one writer at a time.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import CANDIDACY, CHOSEN, COHORT, SHORTLISTED
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Invalid, NotFound
from app.kernel.transitions import advance, enter
from app.kernel.writing import new_id
from app.models.assessments import Assessment
from app.models.candidacies import AlreadyCandidate, Candidacy
from app.models.cohorts import Cohort
from app.models.master_plans import MasterPlan
from app.models.memoranda import Memorandum
from app.models.mentorships import Mentorship
from app.models.regions import Region
from app.schemas.candidacies import CandidacyCreate

# What belongs to one candidacy and moves it.
OfCandidacy = Assessment | MasterPlan | Memorandum | Mentorship

RESOURCE = "candidacies"
# Regions are nominated until the assessment begins.
NOMINATING = ("draft", "open")
# Once the choice is made nobody who is invited could be chosen any more.
INVITING = (*NOMINATING, "assessing")
NOT_IN_COHORT = Text(
    en="There is no such candidacy in this cohort.", id="Tidak ada pencalonan ini pada tahap tersebut."
)
CANNOT_STAND = Text(
    en="Only a regency or a city that exists can stand; this is a province, or is no more.",
    id="Hanya kabupaten atau kota yang masih ada dapat dicalonkan; ini provinsi atau sudah tidak ada.",
)
_IS_IN = Text(en="The candidacy is `{state}`.", id="Pencalonan ini berada pada keadaan `{state}`.")


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


_PASSED = Text(
    en="This happens only in the states named in `expected`. The cohort is past them and never returns, so it is too "
    "late here. Use a later cohort.",
    id="Ini hanya terjadi pada keadaan di `expected`. Tahap ini sudah melewatinya dan tidak kembali, sehingga sudah "
    "terlambat di sini. Gunakan tahap berikutnya.",
)


class FinalChoiceMade(Conflict):
    """It comes after the final choice of its cohort."""

    code = "final_choice_made"
    title = Text(en="Final choice made", id="Pilihan akhir sudah ditetapkan")
    help = Text(
        en="The final choice of this cohort is published, so it takes no more forms. Ask the ministry for the next.",
        id="Pilihan akhir tahap ini sudah terbit, sehingga formulir tidak diterima lagi. Tanyakan tahap berikutnya.",
    )


class CandidacyNotReady(Conflict):
    """The candidacy is in a state in which this does not happen."""

    code = "candidacy_not_ready"
    title = Text(en="Candidacy not ready", id="Pencalonan belum siap")
    help = Text(
        en="This happens only while the candidacy is in one of the states in `expected`. See its history.",
        id="Ini hanya terjadi selama pencalonan berada pada keadaan di `expected`. Lihat riwayatnya.",
    )


def require_state(cohort: Cohort, *expected: str) -> None:
    """Raise `CohortNotReady` unless the cohort is in one of these states."""
    if cohort.state not in expected:
        ahead = COHORT.later(cohort.state).intersection(expected)
        raise CohortNotReady(None if ahead else _PASSED, state=cohort.state, expected=list(expected))


def require_candidacies(candidacies: Iterable[tuple[str, Candidacy]], *expected: str) -> None:
    """Raise `CandidacyNotReady` unless all are in these states; it points at each that is not and has a pointer."""
    wrong = [(pointer, candidacy) for pointer, candidacy in candidacies if candidacy.state not in expected]
    if wrong:
        errors = [
            FieldError(pointer=pointer, code=CandidacyNotReady.code, message=_IS_IN.format(state=candidacy.state))
            for pointer, candidacy in wrong
            if pointer
        ]
        raise CandidacyNotReady(errors=errors, state=wrong[0][1].state, expected=list(expected))


def faults_of(region_codes: Iterable[str], code: str, message: Text) -> list[FieldError]:
    """Point at the candidacy of each of these regions, in the order of their codes."""
    return [FieldError(pointer=f"/candidacies/{region}", code=code, message=message) for region in sorted(region_codes)]


async def lock_cohort(session: AsyncSession, code: str) -> Cohort:
    """Lock the cohort until the transaction ends; every taker of seats passes here."""
    return (await session.execute(select(Cohort).where(Cohort.code == code).with_for_update())).scalar_one()


async def lock_above(session: AsyncSession, record: type[OfCandidacy], key: UUID) -> tuple[Cohort, Candidacy]:
    """Lock the cohort and the candidacy of a record, in the order of all writers; raise `NotFound` when there is none.

    The record itself is the caller's to lock after them, and whether it is seen is the caller's to check.
    """
    found = await session.execute(
        select(Candidacy.id, Candidacy.cohort_code)
        .join(record, record.candidacy_id == Candidacy.id)
        .where(record.id == key)
    )
    belongs = found.one_or_none()
    if belongs is None:
        raise NotFound
    cohort = await lock_cohort(session, belongs.cohort_code)
    candidacy = (await session.scalars(select(Candidacy).filter_by(id=belongs.id).with_for_update())).one()
    return cohort, candidacy


async def nominate(
    session: AsyncSession, cohort: Cohort, region_codes: Sequence[str], *, reason: str, actor: str
) -> list[Candidacy]:
    """Nominate regions; one that already stands in the cohort breaks a constraint of the database."""
    rows = [_nominated(cohort, code) for code in region_codes]
    await _add(session, rows, reason=reason, actor=actor)
    return rows


async def unable_to_stand(session: AsyncSession, region_codes: Collection[str]) -> set[str]:
    """Return those of these regions that no cohort takes: provinces, and what is dissolved."""
    unable = select(Region.code).where(or_(Region.kind == "province", Region.valid_to.is_not(None)))
    return set(await session.scalars(unable.where(Region.code.in_(region_codes))))


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
    """Nominate one region in a locked cohort at an officer's word.

    Raises `CohortNotReady` once the assessment has begun, `Invalid` for a region that cannot stand, and
    `AlreadyCandidate` for one that stands already.
    """
    require_state(cohort, *NOMINATING)
    if await unable_to_stand(session, [asked.region_code]):
        raise Invalid(errors=[FieldError(pointer="/region_code", code="cannot_stand", message=CANNOT_STAND)])
    if asked.replaces_id is not None:
        await _check_replaced(session, cohort, asked.replaces_id)
    # Nobody nominates beside us, for the cohort is locked: so the problem can name the candidacy there is.
    mine = select(Candidacy).filter_by(cohort_code=cohort.code, region_code=asked.region_code)
    standing = await session.scalar(mine)
    if standing is not None:
        raise AlreadyCandidate(candidacy_id=str(standing.id), state=standing.state)
    candidacy = _nominated(cohort, asked.region_code, asked.replaces_id)
    await _add(session, [candidacy], reason=asked.reason, actor=actor)
    return candidacy


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
