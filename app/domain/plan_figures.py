"""What a plan adds up to: dimensions covered, budget by year and source, and what of the region's needs it serves.

Amounts are whole rupiah and sums of any size are exact; shares are exact until they are rounded once, on their way out.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from app.domain.exact import to_decimal
from app.domain.plans import BudgetLine, Initiative, Plan

Aim = Literal["problems", "potentials", "priorities"]


@dataclass(frozen=True, slots=True)
class SubDimensionCoverage:
    """How many initiatives a sub-dimension has."""

    sub_dimension: str
    initiatives: int


@dataclass(frozen=True, slots=True)
class DimensionCoverage:
    """A dimension: its initiatives, with or without a sub-dimension, and their budget."""

    dimension: str
    initiatives: int
    budget: int
    sub_dimensions: tuple[SubDimensionCoverage, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every dimension of the catalogue; the shares, 0 to 1, are of those with at least one initiative."""

    dimensions: tuple[DimensionCoverage, ...]
    share: Decimal
    sub_dimension_share: Decimal


@dataclass(frozen=True, slots=True)
class YearBudget:
    """The budget of one year."""

    year: int
    amount: int


@dataclass(frozen=True, slots=True)
class SourceBudget:
    """The budget from one source."""

    source: str
    amount: int


@dataclass(frozen=True, slots=True)
class PlanBudget:
    """All budgets of a plan: every year of the horizon, also those without; sources and `lines` in order of code."""

    total: int
    by_year: tuple[YearBudget, ...]
    by_source: tuple[SourceBudget, ...]
    lines: tuple[BudgetLine, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """A problem, potential or priority, and the ids of the initiatives that serve it, in the order of the plan."""

    code: str
    initiatives: tuple[str, ...]


def coverage(plan: Plan, dimensions: Mapping[str, Collection[str]]) -> Coverage:
    """Count initiatives by dimension and sub-dimension of the catalogue."""
    rows = tuple(_dimension(plan, code, subs) for code, subs in dimensions.items())
    subs = [sub for row in rows for sub in row.sub_dimensions]
    return Coverage(rows, _share([row.initiatives for row in rows]), _share([sub.initiatives for sub in subs]))


def budget(plan: Plan) -> PlanBudget:
    """Add up the budgets of all initiatives."""
    cells: Counter[tuple[int, str]] = Counter()
    years: Counter[int] = Counter(dict.fromkeys(plan.horizon.years, 0))
    sources: Counter[str] = Counter()
    for line in (line for initiative in plan.initiatives for line in initiative.budget):
        cells[line.year, line.source] += line.amount
        years[line.year] += line.amount
        sources[line.source] += line.amount
    return PlanBudget(
        total=sum(cells.values()),
        by_year=tuple(YearBudget(year, amount) for year, amount in sorted(years.items())),
        by_source=tuple(SourceBudget(source, amount) for source, amount in sorted(sources.items())),
        lines=tuple(BudgetLine(year, source, amount) for (year, source), amount in sorted(cells.items())),
    )


def served(plan: Plan, aim: Aim, codes: Collection[str]) -> tuple[Served, ...]:
    """Tell for each of the codes which initiatives serve it; none where it is left out."""
    named = _NAMED[aim]
    return tuple(Served(code, tuple(one.id for one in plan.initiatives if code in named(one))) for code in codes)


def aimless(plan: Plan) -> tuple[str, ...]:
    """Name the initiatives that serve neither a problem nor a potential of the region."""
    return tuple(one.id for one in plan.initiatives if not one.problems and not one.potentials)


_NAMED: Mapping[Aim, Callable[[Initiative], Collection[str]]] = {
    "problems": lambda initiative: initiative.problems,
    "potentials": lambda initiative: initiative.potentials,
    "priorities": lambda initiative: initiative.priorities,
}


def _dimension(plan: Plan, code: str, subs: Collection[str]) -> DimensionCoverage:
    mine = [initiative for initiative in plan.initiatives if initiative.dimension == code]
    counted = Counter(initiative.sub_dimension for initiative in mine)
    return DimensionCoverage(
        dimension=code,
        initiatives=len(mine),
        budget=sum(line.amount for initiative in mine for line in initiative.budget),
        sub_dimensions=tuple(SubDimensionCoverage(sub, counted[sub]) for sub in subs),
    )


def _share(counts: Collection[int]) -> Decimal:
    return to_decimal(Fraction(sum(count > 0 for count in counts), max(1, len(counts))))
