"""Regions, values and methods made up for the tests of the selection engine."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import strategies as st

from app.domain.facts import Quality, Region, Value
from app.domain.methods import (
    Band,
    Bound,
    Criterion,
    Direction,
    Eligibility,
    EquityRule,
    Kind,
    Method,
    MethodRefused,
    MissingPolicy,
    Normalisation,
    Scope,
)
from app.domain.ranking import Ranking, rank

KINDS: tuple[Kind, ...] = ("regency", "city")
ISLAND_OF = {"11": "sumatera", "12": "sumatera", "32": "jawa", "33": "jawa"}
AT_LEAST_ONE_EAST = EquityRule("island_group", "at_least", 1, "papua")


def a_region(code: str, kind: Kind = "regency", province: str | None = None, **facts: Any) -> Region:
    province = province or code[:2]
    island = facts.pop("island_group", ISLAND_OF.get(province, f"island of {province}"))
    return Region(code, f"Region {code}", kind, province, island, **facts)


def east(code: str, kind: Kind = "regency") -> Region:
    return a_region(code, kind, island_group="papua")


def a_value(region: str, indicator: str, number: str | int, year: int = 2022, quality: Quality = "official") -> Value:
    return Value(region, indicator, year, Decimal(number), "Statistics", quality)


def table(indicator: str, numbers: Mapping[str, str | int]) -> list[Value]:
    """Values of one indicator by region code."""
    return [a_value(code, indicator, number) for code, number in numbers.items()]


def a_criterion(
    code: str,
    weight: str = "1",
    direction: Direction = "higher",
    normalisation: Normalisation = "min_max",
    **more: Any,
) -> Criterion:
    return Criterion(code, code, direction, Decimal(weight), normalisation, **more)


def a_method(criteria: Sequence[Criterion], missing: MissingPolicy = "exclude", **more: Any) -> Method:
    return Method(more.pop("eligibility", Eligibility(("regency", "city"))), tuple(criteria), missing, **more)


def ranked(scores: Mapping[Region, str | int]) -> Ranking:
    """Rank regions by exactly these scores."""
    method = a_method([a_criterion("score", normalisation="none")])
    return rank(method, scores, table("score", {region.code: score for region, score in scores.items()}))


def scores_of(ranking: Ranking) -> dict[str, Decimal]:
    return {standing.region.code: standing.score for standing in ranking.standings}


def order_of(ranking: Ranking) -> list[str]:
    return [standing.region.code for standing in ranking.standings]


def guilty(refusal: pytest.ExceptionInfo[MethodRefused]) -> list[str]:
    """List where the method was refused."""
    return [problem.pointer for problem in refusal.value.problems]


# What does not depend on anything drawn is made once: to look through a strategy takes longer than to draw from it.
_provinces = st.sampled_from(sorted(ISLAND_OF))
_kinds = st.sampled_from(KINDS)
_populations = st.none() | st.integers(1, 3)
_numbers = st.integers(-3, 6) | st.decimals(-3, 6, places=2)
_scopes = st.sampled_from(get_args(Scope))
_bounds = st.sampled_from(get_args(Bound))


@st.composite
def regions(draw: st.DrawFn, least: int = 2, most: int = 9) -> list[Region]:
    size = draw(st.integers(least, most))
    return [
        a_region(
            f"{draw(_provinces)}.{place:02}",
            draw(_kinds),
            population=draw(_populations),
        )
        for place in range(1, size + 1)
    ]


@st.composite
def columns(draw: st.DrawFn, pool: Iterable[Region], criteria: Sequence[Criterion], *, gaps: bool) -> list[Value]:
    """Values with many ties, and no empty column."""
    pool = list(pool)
    values = []
    for criterion in criteria:
        keeper = draw(st.sampled_from(pool))
        holders = [region for region in pool if not gaps or region is keeper or draw(st.integers(0, 4))]
        values += table(criterion.code, {region.code: str(draw(_numbers)) for region in holders})
    return values


@st.composite
def weights(draw: st.DrawFn, count: int) -> list[str]:
    """Positive weights of two places that sum to 1."""
    cuts = draw(st.lists(st.integers(1, 99), min_size=count - 1, max_size=count - 1, unique=True))
    return [str(Decimal(high - low) / 100) for low, high in pairwise([0, *sorted(cuts), 100])]


@st.composite
def criteria(draw: st.DrawFn, normalisations: Sequence[Normalisation] = ("min_max", "percentile")) -> list[Criterion]:
    made = []
    for place, weight in enumerate(draw(weights(draw(st.integers(1, 4))))):
        normalisation = draw(st.sampled_from(normalisations))
        direction: Direction = draw(st.sampled_from(("higher", "lower")))
        bands: tuple[Band, ...] = ()
        if normalisation == "bands":
            ladder = [Decimal("0.2"), Decimal("0.5"), Decimal("0.9")]
            bounds = [None, Decimal(0), Decimal("2.5")]
            bands = tuple(map(Band, bounds, ladder if direction == "higher" else ladder[::-1]))
        if normalisation == "none":
            direction = "higher"
        made.append(a_criterion(f"c{place}", weight, direction, normalisation, bands=bands))
    return made


@st.composite
def equity_rules(draw: st.DrawFn, pool: Sequence[Region], most_seats: int) -> list[EquityRule]:
    """Rules of every shape, none twice, many of them impossible together."""
    groups: dict[Scope, st.SearchStrategy[str | None]] = {
        scope: st.none() | st.sampled_from(sorted({region.group(scope) for region in pool}))
        for scope in get_args(Scope)
    }
    made = {}
    for _ in range(draw(st.integers(0, 5))):
        scope: Scope = draw(_scopes)
        bound: Bound = draw(_bounds)
        group = draw(groups[scope])
        seats = draw(st.integers(1 if bound == "at_least" else 0, most_seats))
        made[scope, bound, group] = EquityRule(scope, bound, seats, group)
    return list(made.values())
