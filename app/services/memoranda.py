"""Draft, change and sign memoranda, and declare them void.

Signing moves the candidacies in the same transaction; a signed memorandum that becomes void gives its candidacy back to
be signed anew. Locks are taken in one order everywhere: the cohort, the candidacies, the memoranda.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import MEMORANDUM
from app.kernel.engines import to_json
from app.kernel.failures import database_problem
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Incomplete, Invalid
from app.kernel.strict_json import decode
from app.kernel.transitions import TransitionCreate, advance, enter
from app.kernel.writing import IfMatch, Writing, new_id
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.memoranda import Memorandum, MemorandumNumberTaken
from app.projections.memoranda import MEMORANDA
from app.schemas.memoranda import MemorandumCreate, MemorandumUpdate, WithDocument
from app.services import calendars
from app.services.candidacies import NOT_IN_COHORT, lock_above, require_candidacies
from app.services.candidacies import move as move_candidacies
from app.services.selection_decisions import require_settled

RESOURCE = "memoranda"
# The state in which a candidacy waits for its memorandum, and the one it enters by it.
AWAITS, SIGNED = "selected", "mou_signed"
# What was built on a memorandum keeps it in force; a region that left needs it no more.
VOIDABLE = (SIGNED, "withdrawn")
# A day that has begun anywhere in the country has come.
_AHEAD = Text(
    en="The day of the signing is still to come. Sign the memorandum once it is signed.",
    id="Hari penandatanganan belum tiba. Tandatangani setelah benar-benar ditandatangani.",
)
_NEEDED = Text(en="This is needed before the signing.", id="Ini perlu diisi sebelum penandatanganan.")
_NEEDED_OF_PARTY = {
    "ministry": Text(
        en="Name the ministry among the parties, with the office that signs for it.",
        id="Cantumkan kementerian di antara para pihak, dengan jabatan penanda tangannya.",
    ),
    "region": Text(
        en="Name the region among the parties, with the office of its head.",
        id="Cantumkan daerah di antara para pihak, dengan jabatan kepala daerahnya.",
    ),
}
_TAKEN = Text(en="Another memorandum of this year has this number.", id="Nomor ini sudah dipakai pada tahun tersebut.")
_YEAR = Text(en="Must be the year of `date`.", id="Harus sama dengan tahun pada `date`.")


class MemorandumFrozen(Conflict):
    """A memorandum that was signed or dropped does not change any more."""

    code = "memorandum_frozen"
    title = Text(en="Memorandum frozen", id="Nota kesepahaman tidak dapat diubah")
    help = Text(
        en="Only a drafted memorandum changes; a signed one takes its `document` while it has none. To correct it, "
        "declare it void and sign a new one, as long as nothing was built on it.",
        id="Hanya rancangan yang dapat diubah; yang sudah ditandatangani menerima `document` selama belum ada. Untuk "
        "memperbaikinya, batalkan lalu buat baru, selama belum ada yang dibangun di atasnya.",
    )


@dataclass(frozen=True, slots=True)
class Signing:
    """A draft about to be signed, with what the signing itself says of it.

    `pointer` leads to where the request speaks of it; empty when it speaks of nothing else.
    """

    memorandum: Memorandum
    candidacy: Candidacy
    says: Mapping[str, Any] = field(default_factory=dict)
    pointer: str = ""

    def value(self, name: str) -> Any:
        """Return what the memorandum will say."""
        return self.says.get(name, getattr(self.memorandum, name))


async def draft(session: AsyncSession, cohort: Cohort, asked: MemorandumCreate, *, actor: str) -> Memorandum:
    """Draft the memorandum of one candidacy of a locked cohort; raise `CandidacyNotReady` unless it is selected."""
    candidacy = await session.scalar(
        select(Candidacy)
        .where(Candidacy.id == asked.candidacy_id, Candidacy.cohort_code == cohort.code)
        .with_for_update()
    )
    if candidacy is None:
        raise Invalid(errors=[FieldError(pointer="/candidacy_id", code="invalid_reference", message=NOT_IN_COHORT)])
    require_candidacies([("/candidacy_id", candidacy)], AWAITS)
    year = asked.year or (cohort.year if asked.date is None else asked.date.year)
    said = asked.model_dump(exclude={"reason", "year"})
    memorandum = Memorandum(id=new_id(), year=year, state=MEMORANDUM.initial, **said)
    _check_year(memorandum)
    await add(session, cohort, [memorandum], reason=asked.reason, actor=actor)
    return memorandum


async def add(session: AsyncSession, cohort: Cohort, drafts: Sequence[Memorandum], *, reason: str, actor: str) -> None:
    """Store new drafts of a cohort; a candidacy that has a memorandum already breaks a constraint of the database."""
    for draft in drafts:
        draft.rehearsal = cohort.rehearsal
    session.add_all(drafts)
    await session.flush()
    await enter(session, RESOURCE, [(str(row.id), None, row.state) for row in drafts], reason=reason, actor=actor)


def update(memorandum: Memorandum, patch: MemorandumUpdate) -> None:
    """Apply a patch; raise `MemorandumFrozen` when it comes too late, `Invalid` when what it leaves makes no sense."""
    changes = patch.changes()
    # Its scan comes when it comes, often long after the ceremony.
    scanned = memorandum.state == "signed" and memorandum.document is None and changes.keys() == {"document"}
    if memorandum.state != MEMORANDUM.initial and not scanned:
        raise MemorandumFrozen(state=memorandum.state)
    patch.apply(memorandum)
    if memorandum.date is not None and "date" in changes and "year" not in changes:
        memorandum.year = memorandum.date.year
    _check_year(memorandum)
    if memorandum.document is not None and "document" in changes:
        # What came out of the merge must be whole, with a pointer to whatever it still lacks.
        merged = decode(WithDocument, to_json({"document": memorandum.document}).encode())
        memorandum.document = merged.document.model_dump()


async def move(writing: Writing, memorandum_id: UUID, if_match: IfMatch, asked: TransitionCreate) -> None:
    """Sign a memorandum or declare it void.

    Raises `Incomplete` with pointers to what a signing still needs, `CandidacyNotReady` when the candidacy is not where
    the move finds it.
    """
    session, actor = writing.session, writing.principal.id
    cohort, candidacy = await lock_above(session, Memorandum, memorandum_id)
    memorandum = await writing.fetch(Memorandum, MEMORANDA, if_match=if_match, id=memorandum_id)
    advance(MEMORANDUM, memorandum.state, asked.to)
    if asked.to == "signed":
        require_candidacies([("", candidacy)], AWAITS)
        await sign(session, cohort, [Signing(memorandum, candidacy)], reason=asked.reason, actor=actor)
    else:
        await _void(session, cohort, memorandum, candidacy, asked.reason, actor)


async def sign(session: AsyncSession, cohort: Cohort, signings: Sequence[Signing], *, reason: str, actor: str) -> None:
    """Sign the drafts of one day, and move their candidacies; the caller has locked and required them all.

    Raises `Incomplete` or `MemorandumNumberTaken`, each pointing at the places concerned, and `ChoiceUnsettled` while
    an objection may still change who is chosen.
    """
    today = calendars.furthest_day()
    lacking = [fault for signing in signings for fault in _lacking(signing, today)]
    if lacking:
        raise Incomplete(errors=lacking)
    await require_settled(session, cohort)
    # In the order of their numbers, so that two ceremonies with the same ones do not wait for each other in a circle.
    for signing in sorted(signings, key=lambda signing: str(signing.value("number"))):
        for name, value in signing.says.items():
            setattr(signing.memorandum, name, value)
        signing.memorandum.state = "signed"
        signing.memorandum.published_at = func.clock_timestamp()
        await _flush(session, signing)
    day = signings[0].memorandum.date
    moves = [(str(signing.memorandum.id), MEMORANDUM.initial, "signed") for signing in signings]
    await enter(session, RESOURCE, moves, reason=reason, actor=actor, effective_on=day)
    candidacies = [signing.candidacy for signing in signings]
    await move_candidacies(session, cohort, candidacies, SIGNED, reason=reason, actor=actor, effective_on=day)


async def _flush(session: AsyncSession, signing: Signing) -> None:
    """Write one memorandum, so that a number that is taken can be pointed at."""
    try:
        await session.flush()
    except IntegrityError as error:
        if not isinstance(database_problem(error), MemorandumNumberTaken):
            raise
        fault = FieldError(pointer=f"{signing.pointer}/number", code=MemorandumNumberTaken.code, message=_TAKEN)
        raise MemorandumNumberTaken(errors=[fault]) from None


async def _void(
    session: AsyncSession, cohort: Cohort, memorandum: Memorandum, candidacy: Candidacy, reason: str, actor: str
) -> None:
    before, memorandum.state = memorandum.state, "void"
    if before == "signed":
        require_candidacies([("", candidacy)], *VOIDABLE)
        if candidacy.state == SIGNED:
            await move_candidacies(session, cohort, [candidacy], AWAITS, reason=reason, actor=actor)
    await session.flush()
    await enter(session, RESOURCE, [(str(memorandum.id), before, "void")], reason=reason, actor=actor)


def _lacking(signing: Signing, today: date) -> Iterator[FieldError]:
    for name in ("number", "date", "place"):
        if signing.value(name) is None:
            yield FieldError(pointer=f"{signing.pointer}/{name}", code="required", message=_NEEDED)
    day = signing.value("date")
    if day is not None and day > today:
        yield FieldError(pointer=f"{signing.pointer}/date", code="day_ahead", message=_AHEAD)
    parties = {party["party"] for party in signing.value("parties")}
    for kind, message in _NEEDED_OF_PARTY.items():
        if kind not in parties:
            yield FieldError(pointer=f"{signing.pointer}/parties", code=f"{kind}_required", message=message)


def _check_year(memorandum: Memorandum) -> None:
    if memorandum.date is not None and memorandum.date.year != memorandum.year:
        raise Invalid(errors=[FieldError(pointer="/year", code="out_of_range", message=_YEAR)])
