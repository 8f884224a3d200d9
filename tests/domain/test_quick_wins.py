"""Twelve calendar months to the day, the benefit before the technology, and what a cohort asks of all quick wins."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.benefit import Measure
from app.domain.quick_wins import (
    QuickWin,
    QuickWinRules,
    add_months,
    quick_win_gaps,
    quick_win_problems,
    rules_problems,
    set_problems,
)
from app.domain.reasons import Problem

DIMENSIONS = {"living": ("health", "mobility"), "economy": ("industry",), "society": ()}
QUEUE = QuickWin(
    title="Short queues",
    benefit="Patients wait less.",
    beneficiaries="800 patients a day",
    measure=Measure("minutes", Decimal(120), Decimal("30.5")),
    technology="Numbers on the phone",
    dimension="living",
    sub_dimension="health",
    starts_on=date(2019, 3, 15),
    ends_on=date(2019, 12, 15),
)


def told(found: Iterable[Problem]) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.reason.code) for problem in found]


@pytest.mark.parametrize(
    ("start", "latest"),
    [
        (date(2019, 3, 15), date(2020, 3, 15)),
        (date(2019, 1, 31), date(2020, 1, 31)),
        (date(2019, 2, 28), date(2020, 2, 28)),  # not the 29th: the same day of the month
        (date(2020, 2, 29), date(2021, 2, 28)),
        (date(2020, 3, 1), date(2021, 3, 1)),
        (date(2018, 12, 31), date(2019, 12, 31)),
        (date(2019, 1, 1), date(2020, 1, 1)),
    ],
)
def test_twelve_calendar_months_to_the_day(start: date, latest: date) -> None:
    longest = replace(QUEUE, starts_on=start, ends_on=latest)
    assert quick_win_problems(longest, DIMENSIONS) == ()
    assert quick_win_problems(replace(longest, ends_on=start), DIMENSIONS) == ()
    (beyond,) = quick_win_problems(replace(longest, ends_on=latest + timedelta(days=1)), DIMENSIONS)
    assert (beyond.pointer, beyond.reason.code) == ("/ends_on", "too_long")
    assert beyond.reason.params == {"title": "Short queues", "months": 12, "day": latest.isoformat()}
    backwards = replace(longest, ends_on=start - timedelta(days=1))
    assert told(quick_win_problems(backwards, DIMENSIONS)) == [("/ends_on", "ends_before_start")]


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2019, 1, 31), 1, date(2019, 2, 28)),
        (date(2020, 1, 31), 1, date(2020, 2, 29)),
        (date(2020, 1, 31), 2, date(2020, 3, 31)),
        (date(2020, 1, 31), 3, date(2020, 4, 30)),
        (date(1999, 12, 31), 2, date(2000, 2, 29)),
        (date(9999, 12, 1), 1, date.max),
    ],
)
def test_months_of_28_to_31_days(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


@given(st.dates(date(1900, 1, 1), date(2400, 1, 1)), st.integers(0, 30))
def test_months_are_counted_as_another_calendar_counts_them(day: date, months: int) -> None:
    month = np.datetime64(day, "M") + months
    last = ((month + 1).astype("datetime64[D]") - 1).astype(date)
    assert add_months(day, months) == last.replace(day=min(day.day, last.day))


@given(st.dates(date(1900, 1, 1), date(2400, 1, 1)))
def test_a_year_is_never_more_than_a_leap_year(start: date) -> None:
    assert (add_months(start, 12) - start).days in {365, 366}


def test_the_benefit_comes_first_here_too() -> None:
    assert quick_win_problems(QUEUE, DIMENSIONS) == quick_win_gaps(QUEUE) == ()
    bare = QuickWin(
        title="App", technology="An app", dimension="living", starts_on=QUEUE.starts_on, ends_on=QUEUE.ends_on
    )
    assert told(quick_win_problems(bare, DIMENSIONS)) == [("/technology", "technology_too_early")]
    assert quick_win_problems(bare, DIMENSIONS)[0].reason.params["fields"] == (
        "benefit",
        "beneficiaries",
        "unit",
        "baseline",
        "target",
    )
    assert told(quick_win_gaps(bare)) == [
        ("/benefit", "benefit_missing"),
        ("/beneficiaries", "beneficiaries_missing"),
        ("/measure/unit", "unit_missing"),
        ("/measure/baseline", "baseline_missing"),
        ("/measure/target", "target_missing"),
    ]
    assert quick_win_problems(replace(bare, technology=None), DIMENSIONS) == ()
    flat = replace(QUEUE, measure=replace(QUEUE.measure, target=Decimal("120.0")), technology=None)
    assert told(quick_win_problems(flat, DIMENSIONS)) == [("/measure/target", "target_equals_baseline")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"dimension": "charm"}, [("/dimension", "unknown_dimension")]),
        ({"sub_dimension": "industry"}, [("/sub_dimension", "unknown_sub_dimension")]),
        ({"sub_dimension": None}, []),
    ],
)
def test_codes_are_of_the_catalogue(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert told(quick_win_problems(replace(QUEUE, **change), DIMENSIONS)) == expected


RULES = QuickWinRules(at_least=2, at_most=3, dimensions=("living",), different_dimensions=2)


@pytest.mark.parametrize(
    ("dimensions", "expected"),
    [
        ([], ["quick_wins_few", "dimensions_uncovered", "dimensions_few"]),
        (["living"], ["quick_wins_few", "dimensions_few"]),
        (["living", "living"], ["dimensions_few"]),
        (["living", "economy"], []),
        (["economy", "society"], ["dimensions_uncovered"]),
        (["living", "economy", "society"], []),
        (["living", "economy", "society", "living"], ["quick_wins_many"]),
    ],
)
def test_a_cohort_asks_for_numbers_and_dimensions(dimensions: list[str], expected: list[str]) -> None:
    given_wins = [replace(QUEUE, dimension=dimension, sub_dimension=None) for dimension in dimensions]
    found = set_problems(RULES, given_wins)
    assert told(found) == [("/quick_wins", code) for code in expected]
    assert set_problems(QuickWinRules(), given_wins) == ()


def test_what_is_owed_is_told_in_numbers() -> None:
    few, uncovered, narrow = set_problems(RULES, [])
    assert few.reason.params == {"least": 2, "count": 0, "missing": 2}
    assert uncovered.reason.params == {"dimensions": ("living",)}
    assert narrow.reason.params == {"least": 2, "count": 0, "missing": 2}
    assert set_problems(RULES, [QUEUE] * 5)[0].reason.params == {"most": 3, "count": 5, "surplus": 2}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (RULES, []),
        (QuickWinRules(), []),
        (QuickWinRules(at_least=2, at_most=2), []),
        (QuickWinRules(at_least=-1), [("/at_least", "count_below_zero")]),
        (QuickWinRules(different_dimensions=-1), [("/different_dimensions", "count_below_zero")]),
        (QuickWinRules(at_least=3, at_most=2), [("/at_most", "most_below_least")]),
        (QuickWinRules(at_most=1, dimensions=("living", "economy")), [("/at_most", "most_below_least")]),
        (QuickWinRules(at_most=1, different_dimensions=2), [("/at_most", "most_below_least")]),
        (QuickWinRules(different_dimensions=4), [("/different_dimensions", "dimensions_beyond_catalogue")]),
        (
            QuickWinRules(dimensions=("charm", "living", "living")),
            [("/dimensions/0", "unknown_dimension"), ("/dimensions/2", "named_twice")],
        ),
    ],
)
def test_nonsensical_rules_are_refused(rules: QuickWinRules, expected: list[tuple[str, str]]) -> None:
    assert told(rules_problems(rules, DIMENSIONS)) == expected


@given(
    st.builds(
        QuickWinRules,
        st.integers(0, 3),
        st.none() | st.integers(0, 4),
        st.sets(st.sampled_from(sorted(DIMENSIONS))).map(lambda chosen: tuple(sorted(chosen))),
        st.integers(0, 3),
    )
)
def test_sound_rules_can_be_kept_and_unsound_ones_cannot(rules: QuickWinRules) -> None:
    """Rules are sound when some set of up to six quick wins owes them nothing."""
    sets = [way for size in range(7) for way in combinations_with_replacement(DIMENSIONS, size)]
    ways = ([replace(QUEUE, dimension=dimension) for dimension in one] for one in sets)
    assert any(not set_problems(rules, way) for way in ways) is not bool(rules_problems(rules, DIMENSIONS))
