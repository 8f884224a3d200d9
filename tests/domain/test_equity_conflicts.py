"""Rules that cannot hold together: the smallest such set is named. For random pools, brute force is in test_equity."""

import pytest

from app.domain.equity import seat
from app.domain.methods import Eligibility, EquityRule, MethodRefused
from app.domain.ranking import rank
from tests.domain.pools import AT_LEAST_ONE_EAST, a_criterion, a_method, a_region, east, guilty, ranked, table


@pytest.mark.parametrize(
    ("rules", "seats", "names"),
    [
        ([EquityRule("province", "at_least", 3, "91")], 5, ["/equity/0"]),  # it has two regions
        ([EquityRule("province", "at_least", 2)], 5, ["/equity/0"]),  # three provinces
        ([EquityRule("kind", "at_least", 5, "regency")], 4, ["/equity/0"]),  # more than there are seats
        ([EquityRule("province", "at_most", 1)], 4, ["/equity/0"]),
        (
            [EquityRule("province", "at_least", 2, "91"), EquityRule("province", "at_most", 1, "91")],
            3,
            ["/equity/0", "/equity/1"],
        ),
        (
            [AT_LEAST_ONE_EAST, EquityRule("province", "at_most", 0, "91"), EquityRule("kind", "at_most", 1, "city")],
            3,
            ["/equity/0", "/equity/1"],
        ),
        (
            [
                EquityRule("province", "at_least", 1, "33"),
                EquityRule("island_group", "at_least", 2, "papua"),
                EquityRule("province", "at_least", 2, "32"),
                EquityRule("kind", "at_most", 9, "city"),
            ],
            3,
            ["/equity/1", "/equity/2"],
        ),
    ],
)
def test_the_smallest_conflict_is_named(rules: list[EquityRule], seats: int, names: list[str]) -> None:
    pool = {a_region(f"32.0{place}"): place for place in range(1, 4)}
    pool |= {a_region("33.01"): 1, east("91.01"): 4, east("91.02"): 5}
    with pytest.raises(MethodRefused) as refusal:
        seat(ranked(pool), rules, seats)
    assert guilty(refusal) == names
    codes = {problem.reason.code for problem in refusal.value.problems}
    assert codes == ({"impossible_rule"} if len(names) == 1 else {"conflicting_rules"})


def test_a_conflict_of_very_many_rules_is_found_at_once() -> None:
    """37 provinces with 4 seats each want 148 of 120 seats: any 31 of them are a smallest conflict, C(37, 31) sets."""
    pool = {a_region(f"{province}.{place:02}"): place for province in range(11, 48) for place in range(6)}
    rules = [EquityRule("province", "at_least", 4, str(province)) for province in range(11, 48)]
    with pytest.raises(MethodRefused) as refusal:
        seat(ranked(pool), rules, 120)
    assert len(refusal.value.problems) == 31


def test_a_rule_on_every_group_asks_for_the_eligible_even_if_they_lack_values() -> None:
    pool = [a_region("32.01"), a_region("33.01"), a_region("91.01"), a_region("31.71", own_budget=False)]
    method = a_method([a_criterion("x")], eligibility=Eligibility(("regency",), requires_own_budget=True))
    rules = [EquityRule("province", "at_least", 1)]
    complete = table("x", {"32.01": 1, "33.01": 2, "91.01": 3, "31.71": 4})
    assert len(seat(rank(method, pool, complete), rules, 3).chosen) == 3  # province 31 has nobody to choose
    with pytest.raises(MethodRefused) as refusal:
        seat(rank(method, pool, complete[:2]), rules, 2)
    assert guilty(refusal) == ["/equity/0"]
