"""Counters: a minute begins with the first it counts, and what is over is forgotten."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.kernel.counters import WINDOW_S, Counters


class Clock:
    """A clock that stands still until it is set."""

    now = 1_000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


async def test_a_minute_begins_with_the_first_and_ends_after_sixty_seconds() -> None:
    clock = Clock()
    counters = Counters(clock=clock)
    assert await counters.add("a", 1) == (1, WINDOW_S)
    clock.now += 59
    assert await counters.add("a", 2) == (3, 1)
    assert await counters.add("b", 1) == (1, WINDOW_S)
    assert await counters.add("a", 0) == (3, 1)
    clock.now += 1
    assert await counters.add("a", 0) == (0, WINDOW_S)
    assert await counters.add("b", 1) == (2, 59)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(0, 40))))
async def test_it_counts_as_a_list_of_all_that_happened_would(happened: list[tuple[str, int, int]]) -> None:
    clock = Clock()
    counters = Counters(clock=clock)
    begun: dict[str, float] = {}
    total: Counter[str] = Counter()
    for name, amount, pause in happened:
        clock.now += pause
        if clock.now - begun.get(name, -WINDOW_S) >= WINDOW_S:
            begun[name], total[name] = clock.now, 0
        total[name] += amount
        assert await counters.add(name, amount) == (total[name], begun[name] + WINDOW_S - clock.now)


async def test_it_remembers_nobody_for_longer_than_two_minutes() -> None:
    clock = Clock()
    counters = Counters(clock=clock)
    for number in range(100):
        await counters.add(str(number), 1)
    clock.now += 2 * WINDOW_S
    await counters.add("another", 1)
    assert len(counters._own) == 1
