"""A whole run: decisions with their reasons, and the same inputs giving the same bytes."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from app.domain.facts import Region, Value
from app.domain.methods import EquityRule, Kind, Method, MethodRefused, Scope, Sensitivity, TieBreaker
from app.domain.selection import Outcome, Result, digest, document, select
from tests.domain.pools import AT_LEAST_ONE_EAST as EAST
from tests.domain.pools import a_criterion, a_method, a_region, a_value, table


def a_run() -> tuple[Method, list[Region], list[Value]]:
    """Six regions: five ranked by one criterion 10, 8, 6, 4, 0; the last has no value."""
    method = a_method(
        [a_criterion("x", latest_up_to=2022)],
        tie_breakers=(TieBreaker("population"),),
        equity=(EAST,),
        sensitivity=Sensitivity(40, 7, Decimal("0.1")),
    )
    regions = [a_region(f"32.0{place}") for place in range(1, 5)]
    regions += [a_region(f"91.0{place}", island_group="papua") for place in (1, 2)]
    numbers = {"32.01": 10, "32.02": 8, "32.03": 6, "32.04": 4, "91.01": 0}
    return method, regions, [*table("x", numbers), a_value("32.01", "x", 1, 2019), a_value("32.01", "other", 1)]


def bytes_of(outcome: Outcome) -> str:
    return json.dumps(document(outcome), sort_keys=True)


def by_code(outcome: Outcome) -> dict[str, Result]:
    return {result.region: result for result in outcome.results}


def test_every_region_gets_its_decision_and_reason() -> None:
    outcome = select(*a_run(), seats=3, reserves=1)
    assert [
        (result.region, result.rank, result.decision, result.merit_decision, result.reasons[0].code)
        for result in outcome.results
    ] == [
        ("32.01", 1, "in", "in", "merit"),
        ("32.02", 2, "in", "in", "merit"),
        ("32.03", 3, "reserve", "in", "equity_out"),
        ("32.04", 4, "out", "reserve", "below_line"),
        ("91.01", 5, "in", "out", "equity_in"),
        ("91.02", None, "out", "out", "missing_value"),
    ]
    results = by_code(outcome)
    assert [results[code].score for code in ("32.01", "32.02", "91.01", "91.02")] == [1, Decimal("0.8"), 0, None]
    assert results["91.01"].reasons[0].params == {"rank": 5, "seats": 3, "rules": (0,)}
    assert results["91.01"].reasons[0].text_en == (
        "Rank 5 is below the 3 seats, but equity brings it in: at least 1 seat for island group papua."
    )
    assert results["32.03"].reasons[0].text_id == (
        "Peringkat 3 masuk dalam 3 kursi, tetapi pemerataan mengalihkannya: sedikitnya 1 kursi untuk gugus pulau papua."
    )
    assert outcome.equity.cost == Decimal("0.6")
    totals = outcome.totals
    assert (totals.regions, totals.eligible, totals.ranked, totals.seats) == (6, 6, 5, 3)
    assert (totals.chosen, totals.reserve) == (3, 1)


def test_stability_speaks_of_merit_before_equity() -> None:
    results = by_code(select(*a_run(), seats=3))
    for code, share, position in (("32.03", 1, 3), ("91.01", 0, 5)):
        found = results[code].stability
        assert found is not None
        assert (found.rank_low, found.rank_high) == (position, position)
        assert found.share == share
    assert results["91.02"].stability is None


def test_reserves_follow_in_order_of_rank() -> None:
    method, regions, values = a_run()
    outcome = select(replace(method, equity=(), sensitivity=None), regions, values, seats=2, reserves=2)
    assert [result.decision for result in outcome.results] == ["in", "in", "reserve", "reserve", "out", "out"]
    assert outcome.results[3].reasons[0].params == {"rank": 4, "seats": 2, "place": 2}
    assert outcome.results[3].stability is None


def test_fewer_ranked_regions_than_seats_are_all_in() -> None:
    outcome = select(*a_run(), seats=9, reserves=3)
    assert [result.decision for result in outcome.results] == ["in"] * 5 + ["out"]
    assert (outcome.totals.chosen, outcome.totals.reserve) == (5, 0)


def test_the_same_inputs_give_the_same_bytes_in_any_order() -> None:
    method, regions, values = a_run()
    outcome = select(method, regions, values, seats=3, reserves=1)
    Random(5).shuffle(regions)  # noqa: S311 - a shuffle, no secret
    Random(6).shuffle(values)  # noqa: S311 - a shuffle, no secret
    assert bytes_of(select(method, regions, values, seats=3, reserves=1)) == bytes_of(outcome)


def test_the_same_inputs_give_the_same_bytes_in_another_process() -> None:
    """With other hash seeds, so that no result hangs on the order of a set."""
    code = (
        "from hashlib import sha256\n"
        "from tests.domain.test_selection import a_nation, bytes_of, select\n"
        "print(sha256(bytes_of(select(*a_nation(), seats=30, reserves=5)).encode()).hexdigest())\n"
    )
    seen = {
        subprocess.run(  # noqa: S603 - our own code, in a fresh interpreter
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def a_nation() -> tuple[Method, list[Region], list[Value]]:
    """Ninety regions in nine provinces, two criteria with gaps, three rules."""
    dice = Random(1)  # noqa: S311 - made-up values, no secret
    method = a_method(
        [a_criterion("x", "0.6"), a_criterion("y", "0.4", "lower", "percentile")],
        "reweight",
        equity=(EquityRule("province", "at_least", 2), EquityRule("kind", "at_most", 8, "city"), EAST),
        sensitivity=Sensitivity(200, 3, Decimal("0.3")),
    )
    regions, values = [], []
    for place in range(90):
        province = f"9{place % 9}"
        kind: Kind = "city" if place % 4 == 0 else "regency"
        regions.append(a_region(f"{province}.{place:02}", kind, island_group="papua" if place % 9 < 2 else "jawa"))
        values.append(a_value(regions[-1].code, "x", dice.randint(0, 9)))
        if place % 5:
            values.append(a_value(regions[-1].code, "y", dice.randint(0, 9)))
    return method, regions, values


def test_what_the_run_stored_reproduces_it() -> None:
    method, regions, values = a_run()
    outcome = select(method, regions, values, seats=3)
    stored = [
        Value(row["region"], row["indicator"], row["year"], Decimal(row["value"]), row["source"], row["quality"])
        for row in outcome.inputs["values"]
    ]
    assert len(stored) == 5  # neither the older value nor the other indicator
    assert bytes_of(select(method, regions, stored, seats=3)) == bytes_of(outcome)
    assert digest(outcome.inputs) == outcome.digest


def test_the_digest_sees_every_input_and_no_spelling() -> None:
    method, regions, values = a_run()
    first = select(method, regions, values, seats=3).digest
    respelt = [replace(values[0], value=Decimal("1E+1")), *values[1:]]
    assert select(method, regions, respelt, seats=3).digest == first
    others = [
        select(method, regions, values, seats=2),
        select(method, regions, values, seats=3, reserves=1),
        select(method, regions, [replace(values[0], value=Decimal(11)), *values[1:]], seats=3),
        select(method, regions, [replace(values[0], source="Another"), *values[1:]], seats=3),
        select(method, [replace(regions[0], population=5), *regions[1:]], values, seats=3),
        select(replace(method, equity=()), regions, values, seats=3),
        select(replace(method, sensitivity=None), regions, values, seats=3),
    ]
    assert len({first, *(other.digest for other in others)}) == 8


def test_digests_of_methods_without_scores_stay_what_they_were() -> None:
    """Runs were published under these digests before a criterion could be a score."""
    assert select(*a_run(), seats=3, reserves=1).digest == (
        "45e7600b77d82e215221e1dd17d530b24473d82015cb8e93c7a40b0dae3d0090"
    )
    assert select(*a_nation(), seats=30, reserves=5).digest == (
        "61a563444216e762e969b9df2e9de95c99790749084142885bd3b86759870341"
    )


def a_scored_run() -> tuple[Method, list[Region], list[Value]]:
    """Three regions by an indicator and by a score, both named `x`."""
    method = a_method(
        [a_criterion("figure", "0.25"), a_criterion("ready", "0.75")],
        tie_breakers=(TieBreaker("criterion", "ready"),),
    )
    figure, ready = method.criteria
    criteria = (replace(figure, indicator="x"), replace(ready, indicator=None, assessment="x"))
    regions = [a_region(f"32.0{place}") for place in range(1, 4)]
    scores = zip(regions, ("1.5", "3.5", "2"), strict=True)
    values = [*table("x", {"32.01": 3, "32.02": 1, "32.03": 2}), *(a_score(region.code, n) for region, n in scores)]
    return replace(method, criteria=criteria), regions, values


def a_score(region: str, number: str) -> Value:
    return Value(region, None, None, Decimal(number), "scorecard", "official", assessment="x")


def test_a_score_and_an_indicator_of_one_name_are_two_things() -> None:
    results = by_code(select(*a_scored_run(), seats=1))
    assert {code: result.score for code, result in results.items()} == {
        "32.01": Decimal("0.25"),
        "32.02": Decimal("0.75"),
        "32.03": Decimal("0.3125"),  # 0.25 x 1/2 + 0.75 x 1/4
    }
    used = [part.value for part in results["32.03"].contributions]
    assert [(value.indicator, value.assessment, value.year) for value in used if value] == [
        ("x", None, 2022),
        (None, "x", None),
    ]


def test_scores_are_among_the_inputs_and_reproduce_the_run() -> None:
    method, regions, values = a_scored_run()
    outcome = select(method, regions, values, seats=1)
    stored = [Value(**(row | {"value": Decimal(row["value"])})) for row in outcome.inputs["values"]]
    assert [("assessment" in row) for row in outcome.inputs["values"]] == [False, True] * 3
    Random(5).shuffle(stored)  # noqa: S311 - a shuffle, no secret
    assert bytes_of(select(method, regions, stored, seats=1)) == bytes_of(outcome)
    for other in (replace(values[3], value=Decimal("1.6")), replace(values[3], source="the next edition")):
        assert select(method, regions, [*values[:3], other, *values[4:]], seats=1).digest != outcome.digest


def test_a_score_that_nobody_has_is_refused_at_its_place() -> None:
    method, regions, values = a_scored_run()
    with pytest.raises(MethodRefused) as refusal:
        select(method, regions, values[:3], seats=1)
    (problem,) = refusal.value.problems
    assert (problem.pointer, problem.reason.code) == ("/criteria/1/assessment", "no_scores")
    assert problem.reason.params == {"assessment": "x"}


def test_the_digest_is_sha_256_of_canonical_json() -> None:
    # printf '{"a":["1.5",null],"b":"é"}' | sha256sum
    expected = "2ae0ba0f0697b2c62217e0525abec7f80c36a7b1b3fa520ec361d34aed255a15"
    assert digest(document({"b": "é", "a": (Decimal("1.50"), None)})) == expected


def test_a_method_that_makes_no_sense_is_refused_before_anything_else() -> None:
    method, regions, values = a_run()
    faulty = replace(method, equity=(replace(EAST, seats=-1),))
    with pytest.raises(MethodRefused, match="/equity/0/seats") as refusal:
        select(faulty, regions, values, seats=3)
    assert [problem.reason.code for problem in refusal.value.problems] == ["seats_range"]


@pytest.mark.parametrize("scope", ["island_group", "province"])
def test_a_group_may_have_no_region_among_those_to_choose_from(scope: Scope) -> None:
    method, regions, values = a_run()
    most = EquityRule(scope, "at_most", 1, "elsewhere")
    outcome = select(replace(method, equity=(most,)), regions, values, seats=3)
    assert outcome.equity.chosen == select(replace(method, equity=()), regions, values, seats=3).equity.chosen
    with pytest.raises(MethodRefused, match="/equity/0"):
        select(replace(method, equity=(replace(most, bound="at_least"),)), regions, values, seats=3)


def test_rules_that_leave_no_choice_are_refused() -> None:
    method, regions, values = a_run()
    with pytest.raises(MethodRefused) as refusal:
        select(replace(method, equity=(replace(EAST, seats=2),)), regions, values, seats=3)
    (problem,) = refusal.value.problems
    assert (problem.pointer, problem.reason.code) == ("/equity/0", "impossible_rule")


@pytest.mark.parametrize(("seats", "reserves"), [(0, 0), (1, -1)])
def test_impossible_numbers_of_seats_are_bugs_of_the_caller(seats: int, reserves: int) -> None:
    with pytest.raises(ValueError, match="seats are 1 or more"):
        select(*a_run(), seats=seats, reserves=reserves)
