"""The lifecycles of mentoring, plans and quick wins: the told moves, and no other."""

from itertools import pairwise, product

import pytest

from app.domain.lifecycles import COMMITMENT, MASTER_PLAN, MENTORSHIP, QUICK_WIN, WORKSHOP
from app.domain.states import IllegalTransitionError, Lifecycle

# One line for each way through.
TOLD: list[tuple[Lifecycle, list[str]]] = [
    (MENTORSHIP, ["assigned active completed", "assigned ended", "active ended"]),
    (WORKSHOP, ["planned open closed"]),
    (COMMITMENT, ["drafted signed void", "drafted void"]),
    (MASTER_PLAN, ["draft submitted accepted enacted superseded", "submitted returned submitted"]),
    (
        QUICK_WIN,
        ["proposed approved running completed", "proposed cancelled", "approved cancelled", "running cancelled"],
    ),
]


@pytest.mark.parametrize(("lifecycle", "ways"), TOLD)
def test_a_lifecycle_knows_the_told_moves_and_no_other(lifecycle: Lifecycle, ways: list[str]) -> None:
    legal = {step for way in ways for step in pairwise(way.split())}
    assert lifecycle.initial == ways[0].split()[0]
    assert set(lifecycle.states) == {state for step in legal for state in step}
    for state, to in product(lifecycle.states, repeat=2):
        if (state, to) in legal:
            assert lifecycle.advance(state, to) == to
        else:
            with pytest.raises(IllegalTransitionError):
                lifecycle.advance(state, to)


def test_what_is_over_stays_over() -> None:
    assert all(MENTORSHIP.allowed(state) == () for state in ("completed", "ended"))
    assert all(QUICK_WIN.allowed(state) == () for state in ("completed", "cancelled"))
    assert WORKSHOP.allowed("closed") == COMMITMENT.allowed("void") == MASTER_PLAN.allowed("superseded") == ()


def test_no_plan_is_law_that_was_not_accepted() -> None:
    assert MASTER_PLAN.path("enacted") == ("draft", "submitted", "accepted", "enacted")


def test_no_quick_win_is_complete_that_did_not_run() -> None:
    assert QUICK_WIN.path("completed") == ("proposed", "approved", "running", "completed")
