"""How far assessors agree: Krippendorff's alpha, in exact arithmetic, for any number of assessors and missing levels.

    alpha = 1 - (n - 1) x sum over units u of [ sum over pairs c < k of n_uc n_uk d(c, k) ] / (m_u - 1)
                      / sum over pairs c < k of n_c n_k d(c, k)

A unit is what several assessors judged: one question of one assessment. Of the n levels in units with m_u >= 2 levels,
n_uc are c in unit u and n_c are c at all. Alpha is 1 when assessors agree throughout and 0 when they agree no more than
chance; below 0 they disagree systematically. (K. Krippendorff, Computing Krippendorff's Alpha-Reliability, University
of Pennsylvania, 2011; the distances d are those of its section on the metric of the data.)

Levels 0 to 4 are measured as intervals: the scorecard takes their mean, and the coefficient must judge the levels as
they are used. The ordinal distance would also change with the marginal counts, so that the same disagreement would
weigh differently in two assessments.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Literal

from app.domain.exact import to_decimal
from app.domain.reasons import Reason, reason

Metric = Literal["nominal", "ordinal", "interval"]
Distances = Mapping[tuple[int, int], Fraction]  # by two values, the smaller first


@dataclass(frozen=True, slots=True)
class Agreement:
    """`alpha`, at most 1, or the `reason` why there is none; from `values` levels in `units` units with two or more."""

    metric: Metric
    alpha: Decimal | None
    units: int
    values: int
    reason: Reason | None = None


def alpha(units: Iterable[Iterable[int | None]], metric: Metric = "interval") -> Agreement:
    """Measure the agreement on these units, each given by its values in any order; None is a missing value.

    The units of an assessment are the `levels` of its scorecard's questions; those of a cohort, all of these together.
    There is no figure when no unit has two values, nor when all values are the same: chance would then agree as well.
    """
    # Levels are few, so that many units are alike: each kind of unit is worked out once.
    kinds = Counter(tuple(sorted(value for value in unit if value is not None)) for unit in units)
    pairable = [(Counter(kind), times) for kind, times in kinds.items() if len(kind) > 1]
    totals = Counter[int]()
    for row, times in pairable:
        totals.update({value: count * times for value, count in row.items()})
    size, values = sum(times for _, times in pairable), totals.total()
    if len(totals) < 2:  # noqa: PLR2004 - distances are between two
        return Agreement(metric, None, size, values, reason("no_variation" if size else "no_pairs"))
    distances = _distances(metric, totals)
    observed = sum((times * _disagreement(row, distances) / (row.total() - 1) for row, times in pairable), Fraction(0))
    expected = _disagreement(totals, distances)
    return Agreement(metric, to_decimal(1 - (values - 1) * observed / expected), size, values)


def _disagreement(counts: Counter[int], distances: Distances) -> Fraction:
    pairs = combinations(sorted(counts), 2)
    return sum((counts[low] * counts[high] * distances[low, high] for low, high in pairs), Fraction(0))


def _distances(metric: Metric, totals: Counter[int]) -> Distances:
    """Tell how far apart two values are; on ranks, by how many values lie between, counting half of either end."""
    ordered = sorted(totals)

    def ranks(low: int, high: int) -> Fraction:
        within = sum(totals[value] for value in ordered if low <= value <= high)
        return within - Fraction(totals[low] + totals[high], 2)

    def apart(low: int, high: int) -> Fraction:
        if metric == "nominal":
            return Fraction(1)
        return (ranks(low, high) if metric == "ordinal" else Fraction(high - low)) ** 2

    return {(low, high): apart(low, high) for low, high in combinations(ordered, 2)}
