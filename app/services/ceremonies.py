"""One ceremony signs many memoranda, all or none of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import MEMORANDUM
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import IllegalTransition, Invalid
from app.kernel.writing import new_id
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.memoranda import Memorandum
from app.models.regions import Region
from app.schemas.memoranda import CeremonyCreate, CeremonyItem, CeremonyRead, SignedRead
from app.services.candidacies import NOT_IN_COHORT, require_candidacies
from app.services.memoranda import AWAITS, Signing, add, sign

_TWICE = Text(en="The same candidacy is named twice.", id="Pencalonan yang sama disebut dua kali.")
_NO_DRAFT = Text(en="The memorandum is `{state}`.", id="Nota kesepahaman ini berada pada keadaan `{state}`.")


async def hold(session: AsyncSession, cohort: Cohort, asked: CeremonyCreate, *, actor: str) -> CeremonyRead:
    """Sign all memoranda of a ceremony in a locked cohort, drafting those that are not there yet.

    Raises `Invalid` for an item of another cohort or one that comes twice, `IllegalTransition` for one that is no
    draft, `CandidacyNotReady`, and what `sign` raises; each points at the items concerned.
    """
    candidacies = await _lock_candidacies(session, cohort, asked.items)
    drafts = await _lock_drafts(session, asked.items, candidacies)
    require_candidacies(
        [
            (_name_of(*numbered), candidacy)
            for numbered, candidacy in zip(enumerate(asked.items), candidacies, strict=True)
        ],
        AWAITS,
    )
    missing = [
        Memorandum(
            id=new_id(), candidacy_id=candidacy.id, year=cohort.year, state=MEMORANDUM.initial, parties=[], witnesses=[]
        )
        for candidacy in candidacies
        if candidacy.id not in drafts
    ]
    await add(session, cohort, missing, reason=asked.reason, actor=actor)
    drafts |= {draft.candidacy_id: draft for draft in missing}
    signings = [
        Signing(draft := drafts[candidacy.id], candidacy, _says(asked, item, draft), f"/items/{index}")
        for index, (item, candidacy) in enumerate(zip(asked.items, candidacies, strict=True))
    ]
    await sign(session, cohort, signings, reason=asked.reason, actor=actor)
    return await _tell(session, cohort, asked, signings)


async def _lock_candidacies(session: AsyncSession, cohort: Cohort, items: Sequence[CeremonyItem]) -> list[Candidacy]:
    """Lock and return the candidacy of each item."""
    drafts = [item.memorandum_id for item in items if item.memorandum_id is not None]
    found = await session.execute(select(Memorandum.id, Memorandum.candidacy_id).where(Memorandum.id.in_(drafts)))
    owners: Mapping[UUID | None, UUID] = {row.id: row.candidacy_id for row in found}
    ids = [item.candidacy_id or owners.get(item.memorandum_id) for item in items]
    locked = await session.scalars(
        select(Candidacy)
        .where(Candidacy.id.in_([one for one in ids if one is not None]), Candidacy.cohort_code == cohort.code)
        .order_by(Candidacy.id)
        .with_for_update()
    )
    rows: Mapping[UUID | None, Candidacy] = {row.id: row for row in locked}
    faults = []
    for index, (item, one) in enumerate(zip(items, ids, strict=True)):
        pointer = _name_of(index, item)
        if one not in rows:
            faults.append(FieldError(pointer=pointer, code="invalid_reference", message=NOT_IN_COHORT))
        elif one in ids[:index]:
            faults.append(FieldError(pointer=pointer, code="duplicate", message=_TWICE))
    if faults:
        raise Invalid(errors=faults)
    return [rows[one] for one in ids]


async def _lock_drafts(
    session: AsyncSession, items: Sequence[CeremonyItem], candidacies: Sequence[Candidacy]
) -> dict[UUID, Memorandum]:
    """Lock and return the drafts there are, by candidacy; raise `IllegalTransition` for a named one that is none."""
    locked = await session.scalars(
        select(Memorandum)
        .where(Memorandum.candidacy_id.in_([candidacy.id for candidacy in candidacies]))
        .order_by(Memorandum.id)
        .with_for_update()
    )
    rows = {row.id: row for row in locked}
    named = [(index, item, rows[item.memorandum_id]) for index, item in enumerate(items) if item.memorandum_id]
    wrong = [(_name_of(index, item), row.state) for index, item, row in named if row.state != MEMORANDUM.initial]
    if wrong:
        errors = [
            FieldError(pointer=pointer, code=IllegalTransition.code, message=_NO_DRAFT.format(state=state))
            for pointer, state in wrong
        ]
        state = wrong[0][1]
        raise IllegalTransition(errors=errors, state=state, allowed=list(MEMORANDUM.allowed(state)))
    return {row.candidacy_id: row for row in rows.values() if row.state == MEMORANDUM.initial}


def _says(asked: CeremonyCreate, item: CeremonyItem, draft: Memorandum) -> dict[str, Any]:
    """Return what the ceremony says of one memorandum; of parties it replaces the kinds it names."""
    named = [party.model_dump() for party in (*asked.parties, *item.parties)]
    kinds = {party["party"] for party in named}
    says: dict[str, Any] = {
        "date": asked.date,
        "year": asked.date.year,
        "place": asked.place,
        "parties": named + [party for party in draft.parties if party["party"] not in kinds],
    }
    if asked.witnesses:
        says["witnesses"] = [witness.model_dump() for witness in asked.witnesses]
    if item.number is not None:
        says["number"] = item.number
    if item.document is not None:
        says["document"] = item.document.model_dump()
    return says


async def _tell(
    session: AsyncSession, cohort: Cohort, asked: CeremonyCreate, signings: Sequence[Signing]
) -> CeremonyRead:
    codes = [signing.candidacy.region_code for signing in signings]
    found = await session.execute(select(Region.code, Region.name).where(Region.code.in_(codes)))
    names = {row.code: row.name for row in found}
    items = [
        SignedRead(
            memorandum_id=signing.memorandum.id,
            number=signing.value("number"),
            candidacy_id=signing.candidacy.id,
            region_code=signing.candidacy.region_code,
            region_name=names[signing.candidacy.region_code],
            state="signed",
        )
        for signing in signings
    ]
    return CeremonyRead(cohort_code=cohort.code, date=asked.date, place=asked.place, signed=len(items), items=items)


def _name_of(index: int, item: CeremonyItem) -> str:
    """Point at what an item is named by."""
    return f"/items/{index}/{'memorandum_id' if item.candidacy_id is None else 'candidacy_id'}"
