"""A seat that fell free: by hand, and against every way to fill the open seats."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.equity_flow import SCOPES, Group
from app.domain.facts import Region
from app.domain.methods import EquityRule
from app.domain.replacement import Offer, Reserve, no_seat, offer
from tests.domain import pools
from tests.domain.pools import a_region

PAPUA = EquityRule("island_group", "at_least", 1, "papua")
WEST = [a_region("32.01"), a_region("32.02")]
EAST = a_region("91.01", island_group="papua")
WAITING = [Reserve(a_region("33.01"), 4), Reserve(a_region("32.71", "city"), 5), Reserve(EAST, 6)]


def told(found: Offer) -> tuple[str | None, list[tuple[str, int, tuple[int, ...]]]]:
    return found.region, [(row.region, row.rank, row.rules) for row in found.passed_over]


def test_without_rules_the_next_by_rank_is_offered_the_seat() -> None:
    found = offer(WEST, WAITING[::-1], [], [])
    assert told(found) == ("33.01", [])
    assert (found.rank, found.reason.code, found.reason.params) == (4, "offered", {"rank": 4})


def test_a_reserve_that_breaks_a_rule_is_passed_over_with_the_rule() -> None:
    """The seat of the only region in Papua must go to Papua."""
    found = offer(WEST, WAITING, [EquityRule("kind", "at_least", 2, "regency"), PAPUA], [["regency"], ["papua"]])
    assert told(found) == ("91.01", [("33.01", 4, (1,)), ("32.71", 5, (1,))])
    assert found.passed_over[0].reason.text_en == (
        "Rank 4 is passed over because of the equity rules: at least 1 seat for island group papua."
    )


def test_an_upper_bound_keeps_a_reserve_out() -> None:
    most_two = EquityRule("province", "at_most", 2)
    third = Reserve(a_region("32.03"), 3)
    assert told(offer(WEST, [third, *WAITING], [most_two], [["32", "33", "91"]])) == ("33.01", [("32.03", 3, (0,))])
    # A rule on every group bounds only the groups it had in the run.
    assert told(offer(WEST, [third, *WAITING], [most_two], [["33", "91"]])) == ("32.03", [])


def test_several_open_seats_leave_room_for_what_a_rule_still_needs() -> None:
    """With two seats open the first may go by rank, since the second can still go to Papua; the last may not."""
    assert told(offer(WEST, WAITING, [PAPUA], [["papua"]], open_seats=2)) == ("33.01", [])
    after = [*WEST, WAITING[0].region]
    assert told(offer(after, WAITING[1:], [PAPUA], [["papua"]])) == ("91.01", [("32.71", 5, (0,))])


def test_of_rules_that_cannot_all_be_kept_as_many_are_as_can() -> None:
    """One more seat could bring a city or Papua, but no reserve brings both: the better rank of those two has it."""
    rules = [PAPUA, EquityRule("kind", "at_least", 1, "city")]
    found = offer(WEST, WAITING, rules, [["papua"], ["city"]])
    assert told(found) == ("32.71", [("33.01", 4, (0, 1))])
    assert found.reason.code == "offered_short"
    assert found.reason.text_en.endswith("No longer all kept: at least 1 seat for island group papua.")
    # Two seats can bring both, though not with a regency of Java on one of them: neither rule fails alone. The third
    # has nothing to do with it.
    rules.append(EquityRule("kind", "at_most", 9))
    found = offer(WEST, WAITING, rules, [["papua"], ["city"], ["city", "regency"]], open_seats=2)
    assert told(found) == ("32.71", [("33.01", 4, (0, 1))])


def test_a_rule_that_nobody_can_keep_any_more_bars_nobody() -> None:
    """Papua's only reserve is gone; an empty seat would not bring it back."""
    found = offer(WEST, WAITING[:2], [PAPUA], [["papua"]])
    assert told(found) == ("33.01", [])
    assert "at least 1 seat for island group papua" in found.reason.text_en
    # Of two that Papua should have, one still can.
    found = offer(WEST, WAITING, [EquityRule("island_group", "at_least", 2, "papua")], [["papua"]])
    assert told(found) == ("91.01", [("33.01", 4, (0,)), ("32.71", 5, (0,))])
    assert found.reason.code == "offered_short"


def test_it_is_told_which_rules_give_way() -> None:
    """Two seats cannot bring three island groups; the first of them is kept by the offer itself."""
    groups = ("papua", "maluku", "sulawesi", "kalimantan")
    waiting = [Reserve(a_region(f"9{n}.01", island_group=group), n) for n, group in enumerate(groups[:3], start=3)]
    rules = [EquityRule("island_group", "at_least", 1, group) for group in groups]
    reach = [[group] for group in groups]
    found = offer(WEST, waiting, rules[:3], reach[:3], open_seats=2)
    assert (found.region, found.reason.code) == ("93.01", "offered_short")
    assert found.reason.text_en.endswith(
        "No longer all kept: at least 1 seat for island group maluku; at least 1 seat for island group sulawesi."
    )
    # Of Kalimantan there is nobody at all; of the other two one must give way all the same.
    told_too = offer(WEST, waiting, rules, reach, open_seats=2).reason.text_en
    assert all(group in told_too for group in groups[1:])
    assert "papua" not in told_too
    assert "maluku" not in offer(WEST, waiting, rules, reach, open_seats=3).reason.text_en


def test_the_seats_that_can_be_filled_are_filled() -> None:
    """Of two open seats one can go to the last regency, and none to a city."""
    none = EquityRule("kind", "at_most", 0, "city")
    cities = [Reserve(a_region("32.71", "city"), 3), Reserve(a_region("32.72", "city"), 5)]
    found = offer(WEST, [*cities, WAITING[0]], [none], [["city"]], open_seats=2)
    assert told(found) == ("33.01", [("32.71", 3, (0,))])
    found = offer(WEST, cities, [none], [["city"]], open_seats=2)
    assert told(found) == (None, [("32.71", 3, (0,)), ("32.72", 5, (0,))])
    assert (found.rank, found.reason.code, found.reason.params) == (None, "none_fits", {"count": 2})


def test_a_bound_that_is_passed_already_keeps_out_only_its_own() -> None:
    """A regency became a city after the choice."""
    most_one = EquityRule("kind", "at_most", 1, "regency")
    assert told(offer(WEST, WAITING, [most_one], [["regency"]])) == ("32.71", [("33.01", 4, (0,))])


def test_a_reserve_that_would_leave_a_seat_empty_waits() -> None:
    """Jakarta's city would use up both what is left for cities and what is left for Jakarta."""
    rules = [EquityRule("kind", "at_most", 1, "city"), EquityRule("province", "at_most", 1, "31")]
    cities = [Reserve(a_region("31.71", "city"), 3), Reserve(a_region("32.71", "city"), 4)]
    waiting = [*cities, Reserve(a_region("31.01"), 5)]
    assert told(offer(WEST, waiting, rules, [["city"], ["31"]])) == ("31.71", [])
    assert told(offer(WEST, waiting, rules, [["city"], ["31"]], open_seats=2)) == ("32.71", [("31.71", 3, (0, 1))])


def test_without_reserves_it_says_so() -> None:
    found = offer(WEST, [], [PAPUA], [["papua"]])
    assert (found.region, found.reason.code, found.passed_over) == (None, "no_reserves", ())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"state": "selected"}, "still_standing"),
        ({"state": "reserve", "taken": True}, "still_standing"),
        ({"taken": True}, "seat_taken"),
        ({"held": False}, "no_seat_held"),
        ({"decided": False}, "undecided"),
        ({"open_seats": 0}, "quota_reached"),
        ({"open_seats": -1}, "quota_reached"),
    ],
)
def test_why_a_candidacy_has_left_no_seat(change: dict[str, Any], code: str | None) -> None:
    left: dict[str, Any] = {
        "state": "withdrawn",
        "held": True,
        "decided": True,
        "taken": False,
        "open_seats": 1,
    } | change
    why = no_seat(**left)
    assert (why.code if why else None) == code


def test_impossible_arguments() -> None:
    with pytest.raises(ValueError, match="comes twice"):
        offer([*WEST, EAST], WAITING, [], [])
    with pytest.raises(ValueError, match="no seat is open"):
        offer(WEST, WAITING, [], [], open_seats=0)


@st.composite
def vacancies(draw: st.DrawFn) -> tuple[list[Region], list[Reserve], list[EquityRule], list[list[str]], int]:
    """Seat some regions, leave the others in reserve, and make rules that may or may not be kept."""
    everyone = draw(pools.regions(least=2, most=8))
    cut = draw(st.integers(0, len(everyone) - 1))
    reserves = [Reserve(region, rank) for rank, region in enumerate(everyone[cut:], start=cut + 1)]
    rules = draw(pools.equity_rules(everyone, 4))
    reach = [
        sorted({region.group(rule.scope) for region in everyone}) if rule.group is None else [rule.group]
        for rule in rules
    ]
    return everyone[:cut], reserves, rules, reach, draw(st.integers(1, 3))


def lacking(regions: Sequence[Region], rules: Sequence[EquityRule], reach: Sequence[Sequence[str]]) -> int:
    """Count what the groups lack, each of the most that a rule asks for it."""
    asked: Counter[Group] = Counter()
    for rule, groups in zip(rules, reach, strict=True):
        for group in groups if rule.bound == "at_least" else ():
            asked[rule.scope, group] = max(asked[rule.scope, group], rule.seats)
    have = Counter((scope, region.group(scope)) for region in regions for scope in SCOPES)
    return (asked - have).total()


def passes(regions: Sequence[Region], rules: Sequence[EquityRule], reach: Sequence[Sequence[str]]) -> set[str]:
    """Name the groups that have more than a rule allows them."""
    have = Counter((scope, region.group(scope)) for region in regions for scope in SCOPES)
    return {
        f"{rule.scope} {group}: {have[rule.scope, group]}"
        for rule, groups in zip(rules, reach, strict=True)
        for group in groups
        if rule.bound == "at_most" and have[rule.scope, group] > rule.seats
    }


@settings(max_examples=100, deadline=None)
@given(vacancies())
def test_the_first_reserve_in_a_best_way_to_fill_the_seats(
    vacancy: tuple[list[Region], list[Reserve], list[EquityRule], list[list[str]], int],
) -> None:
    seated, reserves, rules, reach, seats = vacancy

    def fitting(held: Sequence[int]) -> set[str]:
        """Try every way to fill up to all open seats, and name who is in one of the best."""
        chosen, groups = [rules[i] for i in held], [reach[i] for i in held]
        ways: list[tuple[int, int, set[str]]] = []
        for count in range(min(seats, len(reserves)) + 1):
            for some in combinations(reserves, count):
                regions = [*seated, *(reserve.region for reserve in some)]
                if passes(regions, chosen, groups) <= passes(seated, chosen, groups):
                    codes = {reserve.region.code for reserve in some}
                    ways.append((lacking(regions, chosen, groups), -count, codes))
        best = min(way[:2] for way in ways)
        return set().union(*(codes for lack, count, codes in ways if (lack, count) == best))

    every = range(len(rules))
    found = offer(seated, reserves, rules, reach, open_seats=seats)
    fit = fitting(every)
    expected = next((reserve.region.code for reserve in reserves if reserve.region.code in fit), None)
    assert found.region == expected
    names = [reserve.region.code for reserve in reserves]
    assert [row.region for row in found.passed_over] == (names if expected is None else names[: names.index(expected)])
    for row in found.passed_over:
        assert row.rules
        alone = tuple(i for i in every if row.region not in fitting([i]))
        assert not alone or row.rules == alone
