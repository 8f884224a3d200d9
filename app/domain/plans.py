"""The master plan: its horizon and its initiatives, and every reason to refuse or not yet to submit it.

The fields are the keys of the plan document, so a problem's JSON pointer reads the same here and there. What has
problems is never stored; what has gaps may be, until it is submitted. Years are calendar years, and `first_year` and
`last_year` are both included: 2019 to 2023 are five years. The benefit comes first: see `benefit`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from app.domain.benefit import Promise, benefit_gaps, benefit_is_clear, benefit_problems, told
from app.domain.reasons import Problem, problem

LEAST_YEARS, MOST_YEARS = 5, 10
MOST_RUPIAH = 10**15
ANY_YEAR = range(0)


@dataclass(frozen=True, slots=True)
class Horizon:
    """The years a plan covers, both ends included."""

    first_year: int
    last_year: int

    @property
    def years(self) -> range:
        """Every year once, in order; empty when the last comes before the first."""
        return range(self.first_year, self.last_year + 1)


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """What one source pays in one year, in whole rupiah."""

    year: int
    source: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiative(Promise):
    """One programme of a plan. `problems` and `potentials` are entries of the region's profile that it serves."""

    id: str
    dimension: str | None = None
    sub_dimension: str | None = None
    owner_agency: str | None = None
    first_year: int | None = None
    last_year: int | None = None
    budget: tuple[BudgetLine, ...] = ()
    problems: tuple[str, ...] = ()
    potentials: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan; `parts` are the texts written for the parts of its template, by code."""

    horizon: Horizon
    vision: str | None = None
    objectives: tuple[str, ...] = ()
    initiatives: tuple[Initiative, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """The codes an initiative may name: catalogues (`dimensions` with their sub-dimensions), the region's profile."""

    dimensions: Mapping[str, Collection[str]]
    priorities: Collection[str]
    sources: Collection[str]
    problems: Collection[str]
    potentials: Collection[str]


def plan_problems(plan: Plan, known: Known) -> tuple[Problem, ...]:
    """Find what makes no sense in a plan, complete or not, at `/horizon/...` and `/initiatives/{index}/...`."""
    return tuple(_plan(plan, known))


def plan_gaps(plan: Plan) -> tuple[Problem, ...]:
    """Find what the initiatives lack before the plan can be submitted; `plan_completeness` tells of its parts."""
    if not plan.initiatives:
        return (problem("/initiatives", "no_initiatives"),)
    return tuple(
        gap
        for index, initiative in enumerate(plan.initiatives)
        for gap in initiative_gaps(initiative, at=f"/initiatives/{index}")
    )


def horizon_problems(horizon: Horizon, at: str = "/horizon") -> Iterator[Problem]:
    """Find why a horizon is refused, at `{at}/last_year`."""
    years = len(horizon.years)
    if not years:
        yield problem(f"{at}/last_year", "horizon_order")
    elif not LEAST_YEARS <= years <= MOST_YEARS:
        yield problem(f"{at}/last_year", "horizon_length", least=LEAST_YEARS, most=MOST_YEARS, years=years)


def initiative_problems(initiative: Initiative, horizon: Horizon, known: Known, at: str = "") -> Iterator[Problem]:
    """Find what makes no sense in one initiative, a technology named too early included, at `{at}/...`."""
    yield from benefit_problems(initiative, at, horizon.years)
    yield from dimension_problems(initiative.dimension, initiative.sub_dimension, known.dimensions, at)
    yield from _years(initiative, horizon.years, at)
    yield from _budget(initiative, horizon.years, known.sources, at)
    yield from _codes(initiative.problems, known.problems, "unknown_problem", f"{at}/problems")
    yield from _codes(initiative.potentials, known.potentials, "unknown_potential", f"{at}/potentials")
    yield from _codes(initiative.priorities, known.priorities, "unknown_priority", f"{at}/priorities")


def initiative_gaps(initiative: Initiative, at: str = "") -> Iterator[Problem]:
    """Find what one initiative lacks before its plan can be submitted, at `{at}/...`."""
    yield from benefit_gaps(initiative, at, ANY_YEAR)
    for name, value in (("dimension", initiative.dimension), ("owner_agency", initiative.owner_agency)):
        if not told(value):
            yield problem(f"{at}/{name}", f"{name}_missing", title=initiative.title)
    for name, year in (("first_year", initiative.first_year), ("last_year", initiative.last_year)):
        if year is None:
            yield problem(f"{at}/{name}", f"{name}_missing", title=initiative.title)


def initiative_is_complete(initiative: Initiative, horizon: Horizon) -> bool:
    """Tell whether an initiative stands in nobody's way: nothing lacks and its benefit is clear."""
    return next(initiative_gaps(initiative), None) is None and benefit_is_clear(initiative, horizon.years)


def dimension_problems(
    dimension: str | None, sub_dimension: str | None, known: Mapping[str, Collection[str]], at: str
) -> Iterator[Problem]:
    """Find codes the catalogue does not have, at `{at}/dimension` and `{at}/sub_dimension`."""
    if dimension is not None and dimension not in known:
        yield problem(f"{at}/dimension", "unknown_dimension")
    elif sub_dimension is not None and dimension is None:
        yield problem(f"{at}/sub_dimension", "sub_dimension_alone")
    elif sub_dimension is not None and dimension is not None and sub_dimension not in known[dimension]:
        yield problem(f"{at}/sub_dimension", "unknown_sub_dimension", known=tuple(known[dimension]))


def _plan(plan: Plan, known: Known) -> Iterator[Problem]:
    yield from horizon_problems(plan.horizon)
    ids: dict[str, str] = {}
    for index, initiative in enumerate(plan.initiatives):
        at = f"/initiatives/{index}"
        if (other := ids.setdefault(initiative.id, at)) != at:
            yield problem(f"{at}/id", "duplicate_initiative", other=other)
        yield from initiative_problems(initiative, plan.horizon, known, at)


def _years(initiative: Initiative, years: range, at: str) -> Iterator[Problem]:
    first, last = initiative.first_year, initiative.last_year
    for name, year in (("first_year", first), ("last_year", last)):
        # A horizon that is none is told once, not again for every year.
        if years and year is not None and year not in years:
            yield problem(f"{at}/{name}", "years_outside", title=initiative.title, **_span(year, years))
    if first is not None and last is not None and last < first:
        yield problem(f"{at}/last_year", "years_order", title=initiative.title)


def _budget(initiative: Initiative, years: range, sources: Collection[str], at: str) -> Iterator[Problem]:
    first, last = initiative.first_year, initiative.last_year
    running = range(first, last + 1) if first is not None and last is not None else years
    lines: dict[tuple[int, str], str] = {}
    for index, line in enumerate(initiative.budget):
        here = f"{at}/budget/{index}"
        if not 0 <= line.amount <= MOST_RUPIAH:
            yield problem(f"{here}/amount", "amount_range", most=MOST_RUPIAH)
        if running and line.year not in running:
            yield problem(f"{here}/year", "budget_year_outside", title=initiative.title, **_span(line.year, running))
        if line.source not in sources:
            yield problem(f"{here}/source", "unknown_source", known=tuple(sources))
        if (other := lines.setdefault((line.year, line.source), here)) != here:
            yield problem(here, "duplicate_budget_line", other=other)


def _span(year: int, years: range) -> dict[str, int]:
    return {"year": year, "first_year": years[0], "last_year": years[-1]}


def _codes(codes: tuple[str, ...], known: Collection[str], unknown: str, at: str) -> Iterator[Problem]:
    for index, code in enumerate(codes):
        if code not in known:
            yield problem(f"{at}/{index}", unknown)
        elif code in codes[:index]:
            yield problem(f"{at}/{index}", "named_twice")
