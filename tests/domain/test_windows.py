"""Windows by the clocks of the region: three zones, both days included, across the end of a year."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.windows import ZONES, Window, barred, periods

# Indonesia keeps no summer time, so a fixed offset is another way to read its clocks.
OFFSETS = {"Asia/Jakarta": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9}
WEEK = Window("assessment", date(2018, 12, 28), date(2019, 1, 3))
zones = st.sampled_from(sorted(ZONES))
moments = st.datetimes(datetime(2018, 12, 20), datetime(2019, 1, 12), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside
days = st.dates(date(2018, 12, 26), date(2019, 1, 6))


def code(zone: str, moment: datetime, *calendar: Window) -> str | None:
    found = barred(calendar or (WEEK,), "assessment", zone, moment)
    return found.code if found else None


@pytest.mark.parametrize(
    ("zone", "opens", "closes"),
    [
        ("Asia/Jakarta", datetime(2018, 12, 27, 17, tzinfo=UTC), datetime(2019, 1, 3, 17, tzinfo=UTC)),
        ("Asia/Makassar", datetime(2018, 12, 27, 16, tzinfo=UTC), datetime(2019, 1, 3, 16, tzinfo=UTC)),
        ("Asia/Jayapura", datetime(2018, 12, 27, 15, tzinfo=UTC), datetime(2019, 1, 3, 15, tzinfo=UTC)),
    ],
)
def test_a_window_opens_and_closes_at_midnight_of_the_region(zone: str, opens: datetime, closes: datetime) -> None:
    instant = timedelta(microseconds=1)
    assert code(zone, opens - instant) == "window_ahead"
    assert code(zone, opens) is None
    assert code(zone, datetime(2018, 12, 31, 17, tzinfo=UTC)) is None  # the year turns
    assert code(zone, closes - instant) is None
    assert code(zone, closes) == "window_over"
    (period,) = periods([WEEK], [zone], opens)
    assert (period.opens_at, period.closes_at, period.phase) == (opens, closes, "open")


def test_new_year_comes_to_jayapura_first() -> None:
    last_day = Window("assessment", date(2018, 12, 31), date(2018, 12, 31))
    moment = datetime(2018, 12, 31, 15, 30, tzinfo=UTC)
    assert [code(zone, moment, last_day) for zone in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")] == [
        None,
        None,
        "window_over",
    ]
    assert [(period.time_zone, period.phase) for period in periods([last_day], ZONES, moment)] == [
        ("Asia/Jayapura", "over"),
        ("Asia/Makassar", "open"),
        ("Asia/Jakarta", "open"),
    ]


def test_the_refusal_names_the_day_in_the_zone_of_the_region() -> None:
    early = barred([WEEK], "assessment", "Asia/Jayapura", datetime(2018, 12, 1, tzinfo=UTC))
    late = barred([WEEK], "assessment", "Asia/Jakarta", datetime(2019, 2, 1, tzinfo=UTC))
    assert early is not None
    assert late is not None
    assert early.text_en == "Too early: assessment opens on 2018-12-28 at 00:00 WIT."
    assert (late.code, late.params) == ("window_over", {"window": "assessment", "day": "2019-01-03", "zone": "WIB"})


def test_without_a_window_it_is_never_the_time() -> None:
    assert code("Asia/Jakarta", datetime(2018, 12, 30, tzinfo=UTC), Window("x", date.min, date.max)) == "window_missing"


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2018, 12, 1), ("window_ahead", "2018-12-28")),
        (date(2019, 1, 5), ("window_ahead", "2019-01-10")),
        (date(2019, 1, 20), ("window_over", "2019-01-10")),
    ],
)
def test_of_several_windows_the_next_or_the_last_is_named(today: date, expected: tuple[str, str]) -> None:
    second = Window("assessment", date(2019, 1, 10), date(2019, 1, 10))
    found = barred(
        [second, WEEK], "assessment", "Asia/Jakarta", datetime(today.year, today.month, today.day, tzinfo=UTC)
    )
    assert found is not None
    assert (found.code, found.params["day"]) == expected
    assert code("Asia/Jakarta", datetime(2019, 1, 10, 3, tzinfo=UTC), second, WEEK) is None


@pytest.mark.parametrize("zone", sorted(ZONES))
def test_a_moment_needs_a_zone(zone: str) -> None:
    naive = datetime(2019, 1, 1)  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="time zone"):
        barred([WEEK], "assessment", zone, naive)
    with pytest.raises(ValueError, match="time zone"):
        periods([WEEK], [zone], naive)


@settings(max_examples=120, deadline=None)
@given(days, st.integers(0, 5), zones, moments, st.integers(-12, 14))
def test_the_local_day_decides(start: date, length: int, zone: str, moment: datetime, elsewhere: int) -> None:
    window = Window("assessment", start, start + timedelta(days=length))
    today = (moment + timedelta(hours=OFFSETS[zone])).date()
    expected = "window_ahead" if today < start else "window_over" if today > window.ends_on else None
    assert code(zone, moment, window) == expected
    # Whoever writes the moment in another zone means the same moment.
    assert code(zone, moment.astimezone(timezone(timedelta(hours=elsewhere))), window) == expected
    (period,) = periods([window], [zone], moment)
    assert (period.opens_at <= moment < period.closes_at) is (period.phase == "open") is (expected is None)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(days, st.integers(0, 5)), max_size=4), moments)
def test_what_closes_first_is_told_first(spans: list[tuple[date, int]], moment: datetime) -> None:
    calendar = [Window(f"w{n}", start, start + timedelta(days=length)) for n, (start, length) in enumerate(spans)]
    found = periods(calendar, [*ZONES, "Asia/Jakarta"], moment)
    assert len(found) == 3 * len(calendar)
    assert [period.closes_at for period in found] == sorted(period.closes_at for period in found)
    assert all(period.closes_at - period.opens_at >= timedelta(days=1) for period in found)
