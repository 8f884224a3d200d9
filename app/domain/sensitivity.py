"""How much the outcome hangs on the weights: the ranking is repeated under many random ones near the method's.

The vectors follow a Dirichlet distribution centred on the method's weights w:

    Dirichlet(k w), k = 1 / spread^2 - 1; each weight has mean w_i and standard deviation spread x sqrt(w_i (1 - w_i))

(mean and variance of the Dirichlet distribution: Kotz, Balakrishnan, Johnson, Continuous Multivariate Distributions,
vol. 1, 2nd ed., Wiley 2000, ch. 49). Spread 0.1 moves a weight of 0.25 by about 0.04, spread 0.5 almost freely.

The same seed gives the same draws. Everything after the draw is plain IEEE arithmetic, element by element in a fixed
order (no BLAS, whose sums depend on threads and processor), and equal scores keep the order of the method's ranking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from app.domain.exact import to_decimal
from app.domain.methods import Method, Sensitivity
from app.domain.ranking import Standing

CHUNK = 500  # draws at a time: a few megabytes stay in the processor's cache
GRAIN = 2.0**-40


@dataclass(frozen=True, slots=True)
class Stability:
    """How one region fared: `share` of the draws in which it is among the seats on merit, before equity rules.

    `rank_low` and `rank_high` are its 5 % and 95 % ranks: the smallest rank reached or bettered in that share of draws.
    """

    share: Decimal
    rank_low: int
    rank_high: int


def stability(method: Method, standings: Sequence[Standing], seats: int) -> tuple[Stability, ...]:
    """One Stability per standing, in the order of `standings`, which is by rank; needs `method.sensitivity`.

    Values that are missing under the policy `reweight` are treated draw by draw as the ranking treats them.
    """
    plan = method.sensitivity
    if plan is None:
        raise ValueError("the method asks for no sensitivity")
    if plan.spread == 0:  # every draw is the method itself, which is known exactly
        return tuple(Stability(Decimal(int(s.rank <= seats)), s.rank, s.rank) for s in standings)
    if not standings:
        return ()
    reached = _ranks(_columns(standings), draw_weights([c.weight for c in method.criteria], plan)).cumsum(axis=1)
    within = reached[:, min(seats, len(standings)) - 1]
    low = (reached * 20 >= plan.draws).argmax(axis=1) + 1
    high = (reached * 20 >= plan.draws * 19).argmax(axis=1) + 1
    return tuple(
        Stability(to_decimal(Fraction(int(count), plan.draws)), int(first), int(last))
        for count, first, last in zip(within, low, high, strict=True)
    )


def draw_weights(weights: Sequence[Decimal], plan: Sensitivity) -> NDArray[np.float64]:
    """Random weight vectors, shape (draws, criteria); every weight is above 0 and each row sums to 1 but for 2^-40.

    `weights` sum to 1, `plan.spread` is above 0. The weights are cut to multiples of 2^-40: the logarithms inside the
    gamma sampler may differ in their last digit from one mathematical library to the next, this keeps it out.
    """
    spread = float(plan.spread)
    concentration = 1 / spread**2 - 1
    generator = np.random.Generator(np.random.PCG64(plan.seed))
    drawn = generator.dirichlet([concentration * float(weight) for weight in weights], size=plan.draws)
    return np.maximum(np.rint(drawn / GRAIN), 1.0) * GRAIN


def _columns(standings: Sequence[Standing]) -> NDArray[np.float64]:
    """Lay out the normalised values, shape (criteria, regions), NaN where a criterion does not count."""
    rows = [
        [np.nan if part.normalised is None else float(part.normalised) for part in standing.contributions]
        for standing in standings
    ]
    return np.ascontiguousarray(np.array(rows, dtype=np.float64).T)


def _ranks(columns: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Count in how many draws each region (row) took each rank (column)."""
    size = columns.shape[1]
    counts = np.zeros(size * size, dtype=np.int64)
    places = np.arange(size)
    for start in range(0, len(weights), CHUNK):
        scores = _scores(columns, weights[start : start + CHUNK])
        order = np.argsort(-scores, axis=1, kind="stable")
        counts += np.bincount((order * size + places).ravel(), minlength=size * size)
    return counts.reshape(size, size)


def _scores(columns: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Score every region under every weight vector, shape (draws, regions)."""
    counted = ~np.isnan(columns)
    filled = np.where(counted, columns, 0.0)
    scores = np.zeros((len(weights), columns.shape[1]))
    for weight, column in zip(weights.T, filled, strict=True):
        scores += weight[:, None] * column
    if counted.all():
        return scores
    whole = np.zeros_like(scores)
    for weight, column in zip(weights.T, counted, strict=True):
        whole += weight[:, None] * column
    return scores / whole
