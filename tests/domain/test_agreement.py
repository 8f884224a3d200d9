"""Krippendorff's alpha: published examples, an independent way to reckon it, and where there is none."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.agreement import Metric, alpha
from app.domain.exact import to_decimal

METRICS: tuple[Metric, ...] = ("nominal", "ordinal", "interval")
Unit = Sequence[int | None]


def by_unit(*observers: str) -> list[Unit]:
    """Turn one line per observer, with a point for a missing value, into units."""
    rows = [[None if value == "." else ord(value) for value in observer] for observer in observers]
    return list(zip(*rows, strict=True))


# K. Krippendorff, Computing Krippendorff's Alpha-Reliability, University of Pennsylvania, 2011: sections A to D.
BINARY = by_unit("0100000010", "1110010000")
TWO_OBSERVERS = by_unit("aabbdcccedda", "babbbccceddd")
FOUR_OBSERVERS = by_unit("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
# A. F. Hayes, K. Krippendorff, Answering the Call for a Standard Reliability Measure for Coding Data, Communication
# Methods and Measures 1 (2007), table 1: five observers, 40 articles, levels 0 to 3, one line per article.
NEWS_TONE = """
112.2 1101. 2333. .00.0 000.0 000.0 102.1 1.20. 222.2 2111. .100. 0000. 1222. 33223 111.1 111.1 212.2 1233. 1101. 000.0
0011. 00.00 2333. 0000. 12.22 0111. 00010 1212. 1122. 112.2 110.0 2121. 22.22 3222. 222.2 223.2 222.2 22.12 2222. 111.1
"""


def rounded(units: Sequence[Unit], metric: Metric, places: int) -> Decimal:
    figure = alpha(units, metric).alpha
    assert figure is not None
    return round(figure, places)


@pytest.mark.parametrize(
    ("units", "metric", "published"),
    [
        (BINARY, "nominal", "0.095"),
        (TWO_OBSERVERS, "nominal", "0.692"),
        (FOUR_OBSERVERS, "nominal", "0.743"),
        (FOUR_OBSERVERS, "ordinal", "0.815"),
        (FOUR_OBSERVERS, "interval", "0.849"),
    ],
)
def test_the_examples_of_krippendorff(units: list[Unit], metric: Metric, published: str) -> None:
    assert rounded(units, metric, 3) == Decimal(published)


def test_the_example_of_hayes_and_krippendorff() -> None:
    units = [[None if value == "." else int(value) for value in unit] for unit in NEWS_TONE.split()]
    assert len(units) == 40
    assert rounded(units, "ordinal", 4) == Decimal("0.7598")


def by_all_pairs(units: Sequence[Unit], metric: Metric) -> Fraction | None:
    """Compare observed with expected disagreement, pair by pair; on ranks, two values are their mid-ranks apart."""
    pairable = [values for unit in units if len(values := [value for value in unit if value is not None]) > 1]
    pooled = [value for values in pairable for value in values]

    def place(value: int) -> Fraction:
        below = sum(other < value for other in pooled)
        return below + Fraction(pooled.count(value) + 1, 2) if metric == "ordinal" else Fraction(value)

    def apart(one: int, two: int) -> Fraction:
        return Fraction(one != two) if metric == "nominal" else (place(one) - place(two)) ** 2

    expected = sum(apart(*pair) for pair in permutations(pooled, 2))
    if not expected:
        return None
    within = sum(
        (Fraction(sum(apart(*pair) for pair in permutations(values, 2)), len(values) - 1) for values in pairable),
        Fraction(0),
    )
    return 1 - (within / len(pooled)) / (expected / (len(pooled) * (len(pooled) - 1)))


units_of_levels = st.lists(st.lists(st.none() | st.integers(0, 4), max_size=5), max_size=7)


@settings(max_examples=50, deadline=None)
@given(units_of_levels, st.sampled_from(METRICS))
def test_it_agrees_with_all_pairs_one_by_one(units: list[Unit], metric: Metric) -> None:
    slow, found = by_all_pairs(units, metric), alpha(units, metric)
    assert found.alpha == (None if slow is None else to_decimal(slow))
    assert (found.alpha is None) == (found.reason is not None)
    assert found.alpha is None or found.alpha <= 1


@settings(max_examples=40, deadline=None)
@given(units_of_levels, st.sampled_from(METRICS), st.randoms(use_true_random=False))
def test_order_missing_and_single_values_change_nothing(units: list[Unit], metric: Metric, random: Random) -> None:
    shuffled = [random.sample(unit, len(unit)) for unit in random.sample(units, len(units))]
    assert alpha(shuffled, metric) == alpha(units, metric)
    assert alpha([*units, [3], [None, 0, None], []], metric) == alpha(units, metric)


@settings(max_examples=40, deadline=None)
@given(units_of_levels, st.sampled_from(METRICS))
def test_the_scale_may_be_turned_round_or_shifted(units: list[Unit], metric: Metric) -> None:
    turned = [[None if value is None else 7 - value for value in unit] for unit in units]
    assert alpha(turned, metric) == alpha(units, metric)


@given(st.lists(st.integers(0, 4), min_size=2).filter(lambda levels: len(set(levels)) > 1), st.sampled_from(METRICS))
def test_assessors_who_never_differ_agree_wholly(levels: list[int], metric: Metric) -> None:
    assert alpha([[level] * 3 for level in levels], metric).alpha == 1


def test_near_misses_count_less_on_a_scale() -> None:
    """The same two of four questions differ, by 1 or by 4."""
    near, far = [[0, 1], [4, 4], [0, 0], [4, 3]], [[0, 4], [4, 4], [0, 0], [4, 0]]
    assert rounded(near, "interval", 3) > rounded(far, "interval", 3)
    assert rounded(near, "ordinal", 3) > rounded(far, "ordinal", 3)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("units", "code"),
    [([], "no_pairs"), ([[1], [None, 2], []], "no_pairs"), ([[2, 2], [2, 2, None], [3]], "no_variation")],
)
def test_where_there_is_no_figure_it_says_why(units: list[Unit], code: str, metric: Metric) -> None:
    found = alpha(units, metric)
    assert found.alpha is None
    assert found.reason is not None
    assert found.reason.code == code


def test_what_was_pairable_is_counted() -> None:
    """The last unit of the four observers has one value, which nobody can agree with."""
    found = alpha(FOUR_OBSERVERS)
    assert (found.metric, found.units, found.values, found.reason) == ("interval", 11, 40, None)
