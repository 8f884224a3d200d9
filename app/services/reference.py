"""Load the facts that ship with the product. What is missing is added; what is there stays as officers left it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import RowMapping, Table, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import reference
from app.domain.principals import SYSTEM
from app.kernel.tables import Base
from app.kernel.transitions import enter
from app.kernel.writing import new_id
from app.models.candidacies import Candidacy
from app.models.catalogues import Catalogue
from app.models.cohorts import Cohort
from app.models.indicators import Indicator, IndicatorValue
from app.models.memoranda import Memorandum
from app.models.plan_templates import PlanTemplate
from app.models.regions import Region, RegionProfile
from app.reference import CohortFact, PlanTemplateFact
from app.services import candidacies, cohorts, memoranda

# What each step of a historic candidacy is known from: the window of the cohort's calendar in which it fell.
HISTORIC_STEPS = (("assessed", "assessment"), ("selected", "decision"), ("mou_signed", "memorandum"))


async def load(session: AsyncSession) -> int:
    """Add every fact that is not there yet and return how many rows that were; the second time it is none."""
    regions = reference.regions()
    loaded = await _add(session, Region, ({**asdict(fact), "aliases": list(fact.aliases)} for fact in regions))
    loaded += await _add(session, RegionProfile, ({"region_code": fact.code} for fact in regions))
    loaded += await _add(session, Catalogue, ({"id": new_id(), **asdict(fact)} for fact in reference.catalogues()))
    loaded += await _add(session, PlanTemplate, map(_template, reference.plan_templates()))
    loaded += await _add(session, Indicator, (asdict(fact) for fact in reference.indicators()))
    loaded += await _add(session, IndicatorValue, ({"id": new_id(), **asdict(fact)} for fact in reference.values()))
    for cohort in reference.cohorts():
        loaded += await _cohort(session, cohort)
        loaded += await _memoranda(session, cohort)
    return loaded


def _template(fact: PlanTemplateFact) -> Mapping[str, Any]:
    """Return the row of a template: what ships is public and final from the start; the next edition is an officer's."""
    return {"id": new_id(), **asdict(fact), "books": list(fact.books), "frozen_at": datetime.now(UTC)}


async def _cohort(session: AsyncSession, cohort: CohortFact) -> int:
    """Add a historic cohort with its participants, at the states that were published."""
    rows = await _added(session, Cohort, [{**asdict(cohort), "state": "closed"}])
    reason = "historic record; the states before were not kept"
    moves = [(cohort.code, None, "closed") for _ in rows]
    await enter(session, cohorts.RESOURCE, moves, reason=reason, actor=SYSTEM.id)
    participants = [
        {
            "id": new_id(),
            "cohort_code": fact.cohort_code,
            "region_code": fact.region_code,
            "state": HISTORIC_STEPS[-1][0],
            "source": fact.source,
        }
        for fact in reference.participants()
        if fact.cohort_code == cohort.code
    ]
    added = await _added(session, Candidacy, participants)
    before = None
    days = {window.code: window.ends_on for window in cohort.calendar}
    for state, window in HISTORIC_STEPS:
        day: date | None = days.get(window)
        known = f"historic record, day of the {window}" if day else "historic record; the day was not published"
        steps = [(str(row["id"]), before, state) for row in added]
        await enter(session, candidacies.RESOURCE, steps, reason=known, actor=SYSTEM.id, effective_on=day)
        before = state
    return len(rows) + len(added)


async def _memoranda(session: AsyncSession, cohort: CohortFact) -> int:
    """Add the signed memorandum of every participant that never had one.

    Day and place were published; numbers, and who signed for either side, were not, and stay unknown.
    """
    day = next(window for window in cohort.calendar if window.code == "memorandum")
    participants = [fact.region_code for fact in reference.participants() if fact.cohort_code == cohort.code]
    without = await session.scalars(
        select(Candidacy.id).where(
            Candidacy.cohort_code == cohort.code,
            Candidacy.region_code.in_(participants),
            Candidacy.id.not_in(select(Memorandum.candidacy_id)),
        )
    )
    rows = [
        {
            "id": new_id(),
            "candidacy_id": candidacy_id,
            "year": day.ends_on.year,
            "date": day.ends_on,
            "place": day.place,
            "source": day.source,
            "state": "signed",
            "published_at": datetime.now(UTC),
        }
        for candidacy_id in without
    ]
    added = await _added(session, Memorandum, rows)
    await enter(
        session,
        memoranda.RESOURCE,
        [(str(row["id"]), None, "signed") for row in added],
        reason="historic record, day of the memorandum; its number was not published",
        actor=SYSTEM.id,
        effective_on=day.ends_on,
    )
    return len(added)


async def _add(session: AsyncSession, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> int:
    return len(await _added(session, model, list(rows)))


async def _added(session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[RowMapping]:
    """Insert the rows that are not there yet, and return those, by primary key."""
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(model)
    if not rows:
        return []
    statement = insert(table).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return list((await session.execute(statement, list(rows))).mappings())
