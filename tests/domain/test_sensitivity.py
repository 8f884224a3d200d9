"""Weight sensitivity: against a plain loop over the draws, and what any pool must show."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.method_problems import LEAST_SPREAD, MOST_SPREAD
from app.domain.methods import Method, MissingPolicy, Sensitivity
from app.domain.ranking import Standing, rank
from app.domain.sensitivity import Stability, draw_weights, stability
from tests.domain import pools
from tests.domain.pools import a_criterion, a_method, a_region, table

PLAN = Sensitivity(draws=60, seed=2018, spread=Decimal("0.2"))


def by_loop(method: Method, standings: tuple[Standing, ...], seats: int) -> list[Stability]:
    """Score, sort and count one draw after the other, exactly."""
    plan = method.sensitivity
    assert plan is not None
    ranks: list[list[int]] = [[] for _ in standings]
    for drawn in draw_weights([criterion.weight for criterion in method.criteria], plan):
        weights = [Fraction(weight) for weight in drawn.tolist()]
        scores = []
        for standing in standings:
            cells = [
                (weight, Fraction(float(part.normalised)))
                for weight, part in zip(weights, standing.contributions, strict=True)
                if part.normalised is not None
            ]
            scores.append(sum(weight * x for weight, x in cells) / sum(weight for weight, _ in cells))
        order = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
        for position, place in enumerate(order, start=1):
            ranks[place].append(position)
    return [
        Stability(
            Decimal(sum(position <= seats for position in taken)) / plan.draws,
            sorted(taken)[ceil(plan.draws * 0.05) - 1],
            sorted(taken)[ceil(plan.draws * 0.95) - 1],
        )
        for taken in ranks
    ]


@settings(max_examples=25, deadline=None)
@given(st.data(), st.sampled_from(("exclude", "zero", "median", "reweight")), st.integers(1, 9))
def test_a_plain_loop_agrees(data: st.DataObject, policy: MissingPolicy, seats: int) -> None:
    criteria, pool = data.draw(pools.criteria()), data.draw(pools.regions())
    method = a_method(criteria, policy, sensitivity=PLAN)
    standings = rank(method, pool, data.draw(pools.columns(pool, criteria, gaps=True))).standings
    shaken = stability(method, standings, seats)
    for found, expected in zip(shaken, by_loop(method, standings, seats), strict=True):
        assert (found.rank_low, found.rank_high) == (expected.rank_low, expected.rank_high)
        assert float(found.share) == pytest.approx(float(expected.share), abs=1e-15)
    assert sum(Fraction(found.share) * PLAN.draws for found in shaken) == pytest.approx(
        min(seats, len(standings)) * PLAN.draws
    )


@pytest.mark.parametrize("kinds", [40, 3])
def test_a_plain_loop_agrees_on_a_larger_pool(kinds: int) -> None:
    """With 40 kinds of regions all differ, with 3 most are equal and keep the order of the ranking in every draw."""
    method, standings = some_standings(replace(PLAN, spread=Decimal("0.5")), kinds)
    assert [(found.rank_low, found.rank_high) for found in stability(method, standings, 10)] == [
        (found.rank_low, found.rank_high) for found in by_loop(method, standings, 10)
    ]


THREE = [Decimal("0.5"), Decimal("0.3"), Decimal("0.2")]


@pytest.mark.parametrize("spread", [LEAST_SPREAD, MOST_SPREAD])
def test_drawn_weights_have_the_promised_mean_and_spread(spread: Decimal) -> None:
    drawn = draw_weights(THREE, Sensitivity(20_000, 2018, spread))
    assert drawn.shape == (20_000, 3)
    assert (drawn > 0).all()
    assert np.abs(drawn.sum(axis=1) - 1).max() < 1e-11
    for column, weight in zip(drawn.T, map(float, THREE), strict=True):
        deviation = float(spread) * (weight * (1 - weight)) ** 0.5
        # Five standard errors of a mean of 20,000 draws, and 3 % of the deviation.
        assert column.mean() == pytest.approx(weight, abs=5 * deviation / 20_000**0.5)
        assert column.std() == pytest.approx(deviation, rel=0.03)


def test_no_drawn_weight_is_zero_even_at_the_edge() -> None:
    drawn = draw_weights([Decimal("0.000000000001"), Decimal("0.999999999999")], Sensitivity(100, 1, Decimal("0.5")))
    assert (drawn > 0).all()


def some_standings(plan: Sensitivity, kinds: int = 40) -> tuple[Method, tuple[Standing, ...]]:
    method = a_method([a_criterion("x", "0.5"), a_criterion("y", "0.3"), a_criterion("z", "0.2")], sensitivity=plan)
    codes = [f"32.{place:02}" for place in range(40)]
    values = []
    for indicator, step in (("x", 7), ("y", 11), ("z", 29)):
        values += table(indicator, {code: place % kinds * step % 41 for place, code in enumerate(codes)})
    return method, rank(method, [a_region(code) for code in codes], values).standings


def test_the_seed_decides_and_nothing_else() -> None:
    method, standings = some_standings(replace(PLAN, draws=1200))
    shaken = stability(method, standings, 10)
    assert stability(method, standings, 10) == shaken
    assert stability(replace(method, sensitivity=replace(PLAN, draws=1200, seed=1)), standings, 10) != shaken


def test_without_spread_every_draw_is_the_method() -> None:
    method, standings = some_standings(replace(PLAN, spread=Decimal(0)))
    for position, found in enumerate(stability(method, standings, 10), start=1):
        assert found == Stability(Decimal(int(position <= 10)), position, position)


def test_a_small_spread_moves_less_than_a_large_one() -> None:
    def width(spread: str) -> int:
        method, standings = some_standings(replace(PLAN, spread=Decimal(spread)))
        return sum(found.rank_high - found.rank_low for found in stability(method, standings, 10))

    assert 0 < width("0.01") < width("0.1") < width("0.5")


def test_one_criterion_leaves_nothing_to_shake() -> None:
    """Not even among the many equal ones, which keep the order of the ranking."""
    method = a_method([a_criterion("x")], sensitivity=PLAN)
    codes = [f"32.{place:02}" for place in range(60)]
    ranking = rank(method, [a_region(code) for code in codes], table("x", dict.fromkeys(codes, 1)))
    shaken = stability(method, ranking.standings, 2)
    assert [(found.rank_low, found.rank_high) for found in shaken] == [(place, place) for place in range(1, 61)]
    assert [found.share for found in shaken] == [1, 1] + [0] * 58


def test_better_in_everything_is_at_least_as_stable() -> None:
    method, standings = some_standings(PLAN)
    shaken = stability(method, standings, 10)
    pairs = 0
    for better, found in zip(standings, shaken, strict=True):
        for worse, other in zip(standings, shaken, strict=True):
            parts = zip(better.contributions, worse.contributions, strict=True)
            if all((mine.normalised or 0) > (theirs.normalised or 0) for mine, theirs in parts):
                pairs += 1
                assert found.share >= other.share
                assert found.rank_low < other.rank_low
                assert found.rank_high < other.rank_high
    assert pairs > 50


def test_seats_for_all_are_always_reached() -> None:
    method, standings = some_standings(PLAN)
    assert {found.share for found in stability(method, standings, 99)} == {1}
    assert stability(method, (), 5) == ()


def test_a_method_without_sensitivity_is_not_shaken() -> None:
    method, standings = some_standings(PLAN)
    with pytest.raises(ValueError, match="no sensitivity"):
        stability(replace(method, sensitivity=None), standings, 5)
