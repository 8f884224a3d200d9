"""From raw values of many scales to one scale, and what stands in where a value is missing.

For direction `higher` a raw value x becomes

    min_max      (x - min) / (max - min)
    percentile   (number of worse values + half the number of other equal ones) / (number of values - 1)
    bands        the score of the band x falls in; the direction was checked against the bands
    none         x itself

Direction `lower` swaps the ends of the first two; in both, the best value gets 1 and the worst 0 (not a shared one in a
percentile). A column that tells nobody apart (all values equal, or only one) gives 1/2 in both.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from fractions import Fraction
from statistics import median

from app.domain.methods import Criterion, MissingPolicy

HALF = Fraction(1, 2)


def normalise(criterion: Criterion, raw: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Normalise a column: per region code, from the raw values of all regions that have one."""
    if criterion.normalisation == "none":
        return dict(raw)
    if criterion.normalisation == "bands":
        return {code: _band_score(criterion, x) for code, x in raw.items()}
    ladder = sorted(raw.values())
    if not ladder or ladder[0] == ladder[-1]:
        return dict.fromkeys(raw, HALF)
    higher = criterion.direction == "higher"
    if criterion.normalisation == "min_max":
        worst, best = (ladder[0], ladder[-1]) if higher else (ladder[-1], ladder[0])
        return {code: (x - worst) / (best - worst) for code, x in raw.items()}
    percentiles = {}
    for code, x in raw.items():
        below, up_to = bisect_left(ladder, x), bisect_right(ladder, x)
        worse = below if higher else len(ladder) - up_to
        percentiles[code] = Fraction(2 * worse + (up_to - below - 1), 2 * (len(ladder) - 1))
    return percentiles


def fill(policy: MissingPolicy, column: Mapping[str, Fraction], pool: Collection[str]) -> dict[str, Fraction]:
    """Close the gaps of a normalised column, for every region code of the pool.

    `zero` puts 0, `median` the median of the column; `reweight` leaves gaps, `exclude` has none.
    """
    if policy == "reweight" or len(column) == len(pool):
        return dict(column)
    filler = median(column.values()) if policy == "median" else Fraction(0)
    return {code: column.get(code, filler) for code in pool}


def _band_score(criterion: Criterion, x: Fraction) -> Fraction:
    reached = [band.score for band in criterion.bands if band.lower is None or Fraction(band.lower) <= x]
    return Fraction(reached[-1])
