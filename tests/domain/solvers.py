"""Independent solvers, HiGHS among them, to hold ours against; loaded by the test that asks, which takes seconds."""

from collections.abc import Sequence

import numpy as np


def least_cost(cost: Sequence[float] | np.ndarray, *rules: tuple[np.ndarray, float, float]) -> float:
    """Return the least cost of a choice among columns, by HiGHS; a rule has rows, and what their sums lie between."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]  # scipy ships no types

    solved = milp(
        cost,
        constraints=[LinearConstraint(*rule) for rule in rules],
        bounds=Bounds(0, 1),
        integrality=np.ones(len(cost)),
    )
    assert solved.success
    return float(solved.fun)


def least_assignment(cost: np.ndarray) -> float:
    """Return the least cost of giving every row a column of its own."""
    from scipy.optimize import linear_sum_assignment

    rows, chosen = linear_sum_assignment(cost)
    return float(cost[rows, chosen].sum())
