"""The facts of a moment that a selection is made from, and whether a recorded run still stands on them."""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from sqlalchemy import and_, false, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain import facts, selection
from app.domain.lifecycles import CHOSEN, DECIDABLE
from app.domain.methods import Method
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.indicators import IndicatorValue
from app.models.regions import Region
from app.models.scorecards import Scorecard
from app.models.selection_runs import SelectionInputs, SelectionRun
from app.services.catalogues import in_force
from app.services.cohorts import method_of, to_domain
from app.services.scorecards import exact_scores


async def regions(session: AsyncSession, cohort: Cohort, stage: str) -> list[facts.Region]:
    """Return every region in force that has not left the cohort; for the final choice those that were assessed.

    Once it was made, that is who is chosen, in reserve or not chosen as well: it is made among the same again.
    """
    mine = select(Candidacy.region_code).where(Candidacy.cohort_code == cohort.code)
    earlier = (
        select(func.array_agg(Cohort.code))
        .join(Candidacy, Candidacy.cohort_code == Cohort.code)
        .where(tuple_(Cohort.year, Cohort.phase) < tuple_(cohort.year, cohort.phase))
        .where(Candidacy.region_code == Region.code, Candidacy.state.in_(CHOSEN))
        .where(Cohort.simulation.is_(False))
        .scalar_subquery()
    )
    statement = select(Region, earlier, Region.code.in_(mine))
    if stage == "final":
        statement = statement.where(Region.code.in_(mine.where(Candidacy.state.in_(DECIDABLE))))
    else:
        left = mine.where(Candidacy.state == "withdrawn")
        statement = statement.where(Region.valid_to.is_(None), Region.code.not_in(left))
    return [
        facts.Region(
            code=region.code,
            name=region.name,
            kind=region.kind,
            province=region.province_code or region.code,
            island_group=region.island_group,
            population=region.population,
            own_budget=region.own_budget,
            earlier_cohorts=tuple(sorted(cohorts or ())),
            nominated=nominated,
        )
        for region, cohorts, nominated in await session.execute(statement)
    ]


async def values(session: AsyncSession, cohort: Cohort, method: Method) -> list[facts.Value]:
    """Return the figures that the method may look at: values of its indicators, and scores of the assessments.

    Of an indicator none of a year after the cohort's, unless the method names such a year for it: the newest value is
    not one that lies ahead.
    """
    last: dict[str, int] = {}
    for criterion in method.criteria:
        if criterion.indicator is not None:
            year = criterion.year or criterion.latest_up_to or cohort.year
            last[criterion.indicator] = max(year, last.get(criterion.indicator, year))
    columns = (
        IndicatorValue.region_code,
        IndicatorValue.indicator_code,
        IndicatorValue.year,
        IndicatorValue.value,
        IndicatorValue.source,
        IndicatorValue.quality,
    )
    within = (and_(IndicatorValue.indicator_code == code, IndicatorValue.year <= year) for code, year in last.items())
    rows = await session.execute(select(*columns).where(or_(false(), *within)))
    return [*(facts.Value(*row) for row in rows), *await _scores(session, cohort, method)]


async def _scores(session: AsyncSession, cohort: Cohort, method: Method) -> list[facts.Value]:
    """Return the scores that the method asks for, by the newest scorecard of each region; 0 to 4."""
    wanted = {criterion.assessment for criterion in method.criteria if criterion.assessment is not None}
    if not wanted:
        return []
    newest = await session.execute(
        select(Candidacy.region_code, Scorecard)
        .join(Assessment, Assessment.candidacy_id == Candidacy.id)
        .join(Scorecard, Scorecard.assessment_id == Assessment.id)
        .where(Candidacy.cohort_code == cohort.code)
        .ext(distinct_on(Scorecard.assessment_id))
        .order_by(Scorecard.assessment_id, Scorecard.edition.desc())
    )
    cards = {card: region for region, card in newest}
    exact = await exact_scores(session, cards)
    quality: facts.Quality = "synthetic" if cohort.simulation else "official"
    return [
        facts.Value(
            region=region,
            indicator=None,
            year=None,
            value=score,
            source=f"scorecard {card.id}, edition {card.edition}",
            quality=quality,
            assessment=name,
        )
        for card, region in cards.items()
        for name, score in exact[card.id].items()
        if name in wanted
    ]


async def priorities(session: AsyncSession, cohort: Cohort) -> Mapping[str, AbstractSet[str]]:
    """Return, for each national priority in force, the regions of the cohort whose vision serves it."""
    named = await session.execute(
        select(Candidacy.region_code, Assessment.priorities)
        .join(Assessment, Assessment.candidacy_id == Candidacy.id)
        .where(Candidacy.cohort_code == cohort.code)
    )
    served = {row.region_code: row.priorities for row in named}
    return {
        code: {region for region, codes in served.items() if code in codes}
        for code in await in_force(session, "national-priorities")
    }


async def rescored(session: AsyncSession, cohort: Cohort, run: SelectionRun) -> set[str]:
    """Return the regions whose scorecards are no longer those that the run read, for the scores it asked for."""
    stored = await session.scalars(select(SelectionInputs.document).where(SelectionInputs.run_id == run.id))
    inputs = json.loads(stored.one())
    ranked = {region["code"] for region in inputs["regions"]}
    read = {(value["region"], selection.canonical(value)) for value in inputs["values"] if "assessment" in value}
    now = {
        (value.region, selection.canonical(selection.document(value)))
        for value in await _scores(session, cohort, to_domain(method_of(run.method)))
        if value.region in ranked
    }
    return {region for region, _ in read ^ now}
