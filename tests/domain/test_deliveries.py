"""An event is tried ten times over three days, and a receiver may ask for time but not for ever."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.deliveries import TRIES, asked_pause, event_types, pause_after, type_of, verdict, wanted

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
DAY = timedelta(days=1)
chances = st.floats(0, 1, allow_nan=False)


@settings(max_examples=40)
@given(st.lists(chances, min_size=9, max_size=9))
def test_ten_tries_take_about_three_days_with_pauses_that_grow(drawn: list[float]) -> None:
    pauses = [pause_after(tries, chance) for tries, chance in enumerate(drawn, start=1)]
    taken = [pause for pause in pauses if pause is not None]
    assert len(taken) == TRIES - 1 == 9
    assert all(first < second for first, second in pairwise(taken))
    assert timedelta(hours=64) < sum(taken, timedelta()) < timedelta(hours=80)
    assert pause_after(10, drawn[0]) is None


@settings(max_examples=40)
@given(tries=st.integers(1, 9), chance=chances, seconds=st.integers(0, 10**7))
def test_a_receiver_gets_the_time_it_asks_for_up_to_a_day(tries: int, chance: float, seconds: int) -> None:
    own, asked = pause_after(tries, chance), timedelta(seconds=seconds)
    given_time = pause_after(tries, chance, asked)
    assert own is not None
    assert given_time == max(own, min(asked, DAY))


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        (None, None),
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta()),
        ("9" * 400, DAY),
        (format_datetime(NOW + timedelta(hours=2), usegmt=True), timedelta(hours=2)),
        (format_datetime(NOW - timedelta(hours=2), usegmt=True), timedelta()),
        ("soon", None),
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", None),
        ("Fri, 31 Dec 2026 23:59:59 +99999999999999999", None),
        ("-5", None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, pause: timedelta | None) -> None:
    assert asked_pause(header, NOW) == pause


@settings(max_examples=40)
@given(st.integers(100, 599))
def test_only_2xx_is_success_and_410_asks_for_silence(status: int) -> None:
    expected = "delivered" if 200 <= status < 300 else "gone" if status == 410 else "failed"
    assert verdict(status) == expected
    assert verdict(None) == "failed"


@pytest.mark.parametrize(
    ("events", "hears"),
    [
        (["*"], True),
        (["quick-wins.*"], True),
        (["quick-wins.updated"], True),
        (["regions.*", "quick-wins.created"], False),
        (["quick.*"], False),
        ([], False),
    ],
)
def test_an_event_is_asked_for_by_name_or_by_a_star(events: list[str], *, hears: bool) -> None:
    assert wanted(events, type_of("quick-wins", "update")) is hears
    assert type_of("quick-wins", "update") in event_types("quick-wins")
