"""Seats under rules: by hand, small pools against brute force, a whole nation against an independent solver."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.equity import Seating, seat
from app.domain.exact import to_decimal
from app.domain.facts import Region
from app.domain.methods import EquityRule, MethodRefused, MissingPolicy
from app.domain.ranking import Ranking, Standing, rank
from tests.domain import pools
from tests.domain.pools import AT_LEAST_ONE_EAST, KINDS, a_criterion, a_method, a_region, east, guilty, ranked, table
from tests.domain.solvers import least_cost


def moves(seating: Seating) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(move.region, move.direction, move.rules) for move in seating.moves]


def test_without_rules_merit_decides() -> None:
    ranking = ranked({a_region("32.01"): 5, a_region("32.02"): 4, east("91.01"): 1})
    seating = seat(ranking, (), 2)
    assert seating.chosen == seating.merit == {"32.01", "32.02"}
    assert len(seating.moves) == len(seating.effects) == seating.cost == 0


def test_a_rule_brings_one_in_and_takes_one_out() -> None:
    pool = {a_region("32.01"): "5", a_region("32.02"): "4", east("91.01"): "1.5", east("91.02"): "1"}
    seating = seat(ranked(pool), [AT_LEAST_ONE_EAST, EquityRule("kind", "at_most", 2, "regency")], 2)
    assert seating.chosen == {"32.01", "91.01"}
    assert moves(seating) == [("32.02", "out", (0,)), ("91.01", "in", (0,))]
    assert (seating.merit_total, seating.total, seating.cost) == (Decimal(9), Decimal("6.5"), Decimal("2.5"))
    first, second = seating.effects
    assert first.binding
    assert first.cost == Decimal("2.5")
    assert [(seats.group, seats.merit, seats.chosen) for seats in first.groups] == [("papua", 0, 1)]
    assert second.binding  # both seats go to regencies
    assert second.cost == 0  # and would without the rule


def test_two_rules_that_ask_for_the_same_region_cost_nothing_singly() -> None:
    pool = {a_region("32.01"): 5, a_region("32.02"): 4, east("91.01"): 1}
    seating_rules = [AT_LEAST_ONE_EAST, EquityRule("province", "at_least", 1, "91")]
    seating = seat(ranked(pool), seating_rules, 2)
    assert [effect.cost for effect in seating.effects] == [0, 0]
    assert seating.cost == 3
    assert moves(seating) == [("32.02", "out", (0, 1)), ("91.01", "in", (0, 1))]
    # A third rule that binds but moves nobody is not blamed.
    also = seat(ranked(pool), [*seating_rules, EquityRule("kind", "at_most", 2, "regency")], 2)
    assert moves(also) == moves(seating)
    assert also.effects[2].binding


def test_two_rules_that_only_together_bring_a_region_in_are_both_named() -> None:
    """Province 32 must give one seat away and 33 may not have it; that a city is seated does not matter."""
    pool = {a_region("32.71", "city"): 10, a_region("32.01"): 9, a_region("33.01"): 8, east("91.01"): 1}
    rules = [
        EquityRule("province", "at_most", 1, "32"),
        EquityRule("province", "at_most", 0, "33"),
        EquityRule("kind", "at_most", 1, "city"),
    ]
    seating = seat(ranked(pool), rules, 2)
    assert moves(seating) == [("32.01", "out", (0,)), ("91.01", "in", (0, 1))]
    assert [(effect.binding, float(effect.cost)) for effect in seating.effects] == [(True, 8), (True, 7), (True, 0)]


def test_a_rule_on_every_group_counts_eligible_groups_only() -> None:
    pool = {a_region("32.01"): 5, a_region("32.02"): 4, a_region("33.01"): 3, east("91.01"): 1}
    seating = seat(ranked(pool), [EquityRule("province", "at_most", 1)], 3)
    assert seating.chosen == {"32.01", "33.01", "91.01"}
    assert [seats.group for seats in seating.effects[0].groups] == ["32", "33", "91"]


@pytest.mark.parametrize("turned", [1, -1])
def test_of_two_rules_on_one_group_the_tighter_one_binds(turned: int) -> None:
    pool = {a_region(f"32.0{place}"): 9 for place in range(1, 5)} | {east(f"91.0{place}"): 1 for place in range(1, 4)}
    least = [EquityRule("province", "at_least", 2, "91"), EquityRule("province", "at_least", 1)]
    assert seat(ranked(pool), least[::turned], 4).chosen == {"32.01", "32.02", "91.01", "91.02"}
    most = [EquityRule("province", "at_most", 1, "32"), EquityRule("province", "at_most", 3)]
    assert seat(ranked(pool), most[::turned], 4).chosen == {"32.01", "91.01", "91.02", "91.03"}


def test_crossing_rules_by_hand() -> None:
    """One city and one seat in the east: the eastern city serves both at a loss of 4, apart they would lose 3 + 3."""
    pool = {a_region("32.01"): 9, a_region("32.02"): 8, a_region("32.03"): 7, a_region("32.71", "city"): 4}
    pool |= {east("91.01"): 4, east("91.71", "city"): 3}
    rules = [AT_LEAST_ONE_EAST, EquityRule("kind", "at_least", 1, "city")]
    seating = seat(ranked(pool), rules, 3)
    assert seating.chosen == {"32.01", "32.02", "91.71"}
    assert seating.cost == 4
    assert [effect.cost for effect in seating.effects] == [1, 1]


def test_a_rule_holds_whatever_it_costs() -> None:
    """The only city allowed must be the eastern one, so the west sends a regency: a loss of twice the whole scale."""
    pool = {a_region("32.71", "city"): 10, a_region("33.01"): 10, a_region("32.01"): 0, east("91.71", "city"): 0}
    rules = [EquityRule("kind", "at_most", 1, "city"), EquityRule("province", "at_least", 1, "32"), AT_LEAST_ONE_EAST]
    assert seat(ranked(pool), rules, 2).chosen == {"32.01", "91.71"}


def test_fractions_without_a_common_decimal_add_up_exactly() -> None:
    """One city and one regency, one per province: 1/3 + 1/3 beats 3/7 + 1/7, which cut to sevenths would be a tie."""
    method = a_method([a_criterion("x", "0.5"), a_criterion("y", "0.5")], "reweight")
    pool = [a_region("32.71", "city"), a_region("32.01"), a_region("33.71", "city"), a_region("33.01")]
    pool += [a_region("11.01"), a_region("11.02")]  # the ends of both scales
    values = table("x", {"32.71": 3, "33.01": 1, "11.01": 7, "11.02": 0})
    values += table("y", {"32.01": 1, "33.71": 1, "11.01": 0, "11.02": 3})
    rules = [
        EquityRule("kind", "at_most", 1),
        EquityRule("province", "at_most", 1),
        EquityRule("province", "at_most", 0, "11"),
    ]
    seating = seat(rank(method, pool, values), rules, 2)
    assert seating.chosen == {"32.01", "33.71"}
    assert seating.total == to_decimal(Fraction(2, 3))


def test_a_difference_far_below_float_precision_decides() -> None:
    tiny = "0." + "5" * 40
    pool = {a_region("32.01"): "1", east("91.01"): tiny + "1", east("91.02"): tiny + "2"}
    assert seat(ranked(pool), [AT_LEAST_ONE_EAST], 2).chosen == {"32.01", "91.02"}


def test_equal_totals_go_to_the_better_ranks() -> None:
    """{1st, 4th} and {2nd, 3rd} have the same total and both have one city: the set with the first rank wins."""
    pool = {a_region("32.71", "city"): 4, a_region("32.72", "city"): 3, a_region("32.01"): 3, a_region("32.02"): 2}
    rules = [EquityRule("kind", "at_most", 1, "city"), EquityRule("kind", "at_most", 1, "regency")]
    assert seat(ranked(pool), rules, 2).chosen == {"32.71", "32.01"}
    level = {a_region(f"32.0{place}"): 1 for place in range(1, 5)}
    assert seat(ranked(level), [EquityRule("province", "at_least", 2, "32")], 2).chosen == {"32.01", "32.02"}


def test_too_few_ranked_regions_are_all_seated() -> None:
    assert seat(ranked({a_region("32.01"): 1, east("91.01"): 0}), [AT_LEAST_ONE_EAST], 5).chosen == {"32.01", "91.01"}


def test_a_province_lies_in_one_island_group() -> None:
    pool = {a_region("32.01"): 1, a_region("32.02", island_group="papua"): 2}
    with pytest.raises(ValueError, match="two island groups"):
        seat(ranked(pool), (), 1)


def reach(rule: EquityRule, pool: Sequence[Region]) -> set[str]:
    return {region.group(rule.scope) for region in pool} if rule.group is None else {rule.group}


def obeys(chosen: Sequence[Region], rules: Sequence[EquityRule], pool: Sequence[Region]) -> bool:
    for rule in rules:
        for group in reach(rule, pool):
            seats = sum(region.group(rule.scope) == group for region in chosen)
            if (seats < rule.seats) if rule.bound == "at_least" else (seats > rule.seats):
                return False
    return True


def brute_force(ranking: Ranking, rules: Sequence[EquityRule], seats: int) -> set[str] | None:
    """Try every set, best ranks first, and keep the first of those with the highest total."""
    pool = [standing.region for standing in ranking.standings] + [other.region for other in ranking.unranked]
    best: tuple[Fraction, set[str]] | None = None
    for chosen in combinations(ranking.standings, min(seats, len(ranking.standings))):
        if obeys([standing.region for standing in chosen], rules, pool):
            total = sum((standing.exact for standing in chosen), Fraction(0))
            if best is None or total > best[0]:
                best = (total, {standing.region.code for standing in chosen})
    return best and best[1]


def total_of(ranking: Ranking, codes: set[str]) -> Fraction:
    return sum((standing.exact for standing in ranking.standings if standing.region.code in codes), Fraction(0))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_brute_force_agrees(data: st.DataObject) -> None:
    pool = data.draw(pools.regions(most=9))
    seats = data.draw(st.integers(1, len(pool)))
    if data.draw(st.booleans(), "plain scores"):
        ranking = ranked({region: data.draw(st.integers(-2, 4)) for region in pool})
    else:
        criteria = data.draw(pools.criteria())
        policy: MissingPolicy = data.draw(st.sampled_from(("exclude", "reweight")))
        ranking = rank(a_method(criteria, policy), pool, data.draw(pools.columns(pool, criteria, gaps=True)))
    rules = data.draw(pools.equity_rules(pool, seats))
    best = brute_force(ranking, rules, seats)
    if best is None:
        with pytest.raises(MethodRefused) as refusal:
            seat(ranking, rules, seats)
        named = [rules[int(pointer.removeprefix("/equity/"))] for pointer in guilty(refusal)]
        assert brute_force(ranking, named, seats) is None
        smaller = combinations(rules, len(named) - 1)
        assert all(brute_force(ranking, some, seats) is not None for some in smaller)
        return
    seating = seat(ranking, rules, seats)
    assert seating.chosen == best
    assert seating.total == to_decimal(total_of(ranking, best))
    assert seating.cost == to_decimal(total_of(ranking, set(seating.merit)) - total_of(ranking, best)) >= 0
    moved = {move.region: set(move.rules) for move in seating.moves}
    assert set(moved) == seating.merit ^ seating.chosen
    assert all(moved.values())
    needed: dict[str, set[int]] = {}
    for effect in seating.effects:
        without = brute_force(ranking, [*rules[: effect.index], *rules[effect.index + 1 :]], seats)
        assert without is not None
        assert effect.cost == to_decimal(total_of(ranking, without) - total_of(ranking, best))
        for code in (without ^ best) & moved.keys():
            needed.setdefault(code, set()).add(effect.index)
    assert {code: moved[code] for code in needed} == needed


def nation(seed: int) -> Ranking:
    """514 regions in 38 provinces and 7 island groups, one in five a city; the west scores higher, as in life."""
    dice = Random(seed)  # noqa: S311 - a made-up country, no secret
    scores = {}
    for place in range(514):
        province = 11 + place % 38
        island = f"island {province % 7}"
        kind = KINDS[dice.random() < 0.2]
        region = a_region(f"{province}.{place:03}", kind, island_group=island)
        scores[region] = f"{dice.random() - province % 7 / 15:.12f}"
    return ranked(scores)


NATIONAL_RULES: list[tuple[EquityRule, ...]] = [
    (
        EquityRule("island_group", "at_least", 15, "island 6"),
        EquityRule("island_group", "at_least", 14, "island 5"),
        EquityRule("island_group", "at_most", 20),
        EquityRule("province", "at_least", 1),
        EquityRule("province", "at_most", 5),
        EquityRule("kind", "at_most", 20, "city"),
    ),
    (EquityRule("kind", "at_least", 60, "city"), EquityRule("province", "at_most", 4)),
    (EquityRule("province", "at_least", 3), EquityRule("kind", "at_least", 100, "regency")),
]


def bounds(
    pool: Sequence[Region], rules: Sequence[EquityRule], seats: int
) -> Iterator[tuple[np.ndarray, float, float]]:
    yield np.ones(len(pool)), seats, seats
    for rule in rules:
        for group in reach(rule, pool):
            row = np.array([float(region.group(rule.scope) == group) for region in pool])
            yield row, *((rule.seats, np.inf) if rule.bound == "at_least" else (0, rule.seats))


@pytest.mark.parametrize(("seed", "rules"), list(enumerate(NATIONAL_RULES)))
def test_an_independent_solver_agrees_on_a_whole_nation(seed: int, rules: tuple[EquityRule, ...]) -> None:
    ranking = nation(seed)
    pool = [standing.region for standing in ranking.standings]
    scores = np.array([float(standing.score) for standing in ranking.standings])
    seating = seat(ranking, rules, 120)
    assert float(seating.total) == pytest.approx(-least_cost(-scores, *bounds(pool, rules, 120)), abs=1e-7)
    assert seating.cost > 0
    chosen = [region for region in pool if region.code in seating.chosen]
    assert len(chosen) == 120
    assert obeys(chosen, rules, pool)


def test_no_single_swap_on_a_whole_nation_is_better() -> None:
    ranking = nation(3)
    rules = NATIONAL_RULES[0]
    seating = seat(ranking, rules, 120)
    best: dict[tuple[bool, str, str], list[Standing]] = {}
    for standing in ranking.standings:  # only the best left out and the worst seated of a cell can improve anything
        region = standing.region
        best.setdefault((region.code in seating.chosen, region.province, region.kind), []).append(standing)
    leaving = [cell[-1] for (seated, *_), cell in best.items() if seated]
    coming = [cell[0] for (seated, *_), cell in best.items() if not seated]
    pool = [standing.region for standing in ranking.standings]
    for out, into in product(leaving, coming):
        if into.exact > out.exact:
            codes = (seating.chosen - {out.region.code}) | {into.region.code}
            assert not obeys([region for region in pool if region.code in codes], rules, pool)
