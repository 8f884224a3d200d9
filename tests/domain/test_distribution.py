"""Totals spread over fixed steps: none is lost, whatever its edge, and the figures are those of a plain count."""

import statistics
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.distribution import BINS, STEP, distribution

totals = st.lists(st.decimals("0", "4", places=4), min_size=1, max_size=60)


def test_without_scorecards_there_is_nothing_to_tell() -> None:
    assert distribution([]) is None


def test_a_worked_example() -> None:
    """1.75 lies in the bin that it begins, and 4 in the last one."""
    found = distribution([Decimal(text) for text in ("4", "1.75", "1.7499", "0", "3.9")])
    assert found is not None
    assert (found.count, found.lowest, found.median, found.highest) == (5, Decimal(0), Decimal("1.75"), Decimal(4))
    assert found.mean == Decimal("2.27998")
    filled = {(one.at_least, one.below): one.count for one in found.histogram if one.count}
    assert filled == {
        (0, Decimal("0.25")): 1,
        (Decimal("1.5"), Decimal("1.75")): 1,
        (Decimal("1.75"), 2): 1,
        (Decimal("3.75"), 4): 2,
    }


@given(totals)
def test_every_total_is_in_its_bin_and_in_one_only(given_totals: list[Decimal]) -> None:
    found = distribution(given_totals)
    assert found is not None
    assert len(found.histogram) == BINS
    assert (found.histogram[0].at_least, found.histogram[-1].below) == (Decimal(0), Decimal(4))
    for place, one in enumerate(found.histogram):
        assert one.below == one.at_least + STEP
        last = place == BINS - 1
        assert one.count == sum(one.at_least <= total < one.below or (last and total == 4) for total in given_totals)
    assert found.count == sum(one.count for one in found.histogram)


@given(totals)
def test_the_middle_is_that_of_the_sorted_totals_in_any_order(given_totals: list[Decimal]) -> None:
    found = distribution(given_totals)
    assert found is not None
    assert distribution(sorted(given_totals)) == found
    assert found.median == statistics.median(given_totals)
    assert found.lowest <= found.median <= found.highest
