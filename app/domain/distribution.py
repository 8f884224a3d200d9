"""How the scores of a cohort spread: the lowest, the middle and the highest, and how many lie between fixed steps.

The steps are the same in every cohort, so that two histograms can be laid over each other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import mean, median

from app.domain.exact import to_decimal
from app.domain.rubrics import HIGHEST

STEP = Decimal("0.25")
BINS = int(HIGHEST / STEP)


@dataclass(frozen=True, slots=True)
class Bin:
    """How many scores are `at_least` this and `below` that; the last bin also holds the highest score there is."""

    at_least: Decimal
    below: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """`count` scores, from 0 to 4, and their histogram from 0 to 4."""

    count: int
    lowest: Decimal
    median: Decimal
    mean: Decimal
    highest: Decimal
    histogram: tuple[Bin, ...]


def distribution(totals: Collection[Decimal]) -> Distribution | None:
    """Describe the totals of scorecards, in any order; None when there are none."""
    if not totals:
        return None
    exact = [Fraction(total) for total in totals]
    counts = [0] * BINS
    for total in exact:
        counts[min(int(total / Fraction(STEP)), BINS - 1)] += 1
    return Distribution(
        count=len(exact),
        lowest=min(totals),
        median=to_decimal(median(exact)),
        mean=to_decimal(mean(exact)),
        highest=max(totals),
        histogram=tuple(Bin(STEP * place, STEP * (place + 1), count) for place, count in enumerate(counts)),
    )
