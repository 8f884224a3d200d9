"""Reports, completion and how a quick win stands on a day, at the edges of days, months, years and zones."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.benefit import Measure
from app.domain.exact import to_decimal
from app.domain.forms import Evidence
from app.domain.lifecycles import QUICK_WIN
from app.domain.quick_win_progress import (
    CLOSED,
    Closing,
    Report,
    Standing,
    completion_gaps,
    completion_problems,
    due_days,
    report_problems,
    standing,
    target_reached,
)
from app.domain.quick_wins import QuickWin, add_months
from app.domain.reasons import Problem
from app.domain.windows import local_day
from tests.domain.test_quick_wins import QUEUE

# A hundred days, so that a day is a per cent.
HUNDRED = replace(QUEUE, starts_on=date(2019, 1, 1), ends_on=date(2019, 4, 10))
PROOF = (Evidence("https://example.go.id/hasil.pdf", "Hasil"),)
FIRST = HUNDRED.starts_on
days = st.integers(-5, 130).map(lambda number: FIRST + timedelta(days=number))


def after(number: int) -> date:
    """Find the day before which so many per cent of the time have passed."""
    return FIRST + timedelta(days=number)


def told(found: Iterable[Problem]) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.reason.code) for problem in found]


def stands(
    day: date,
    *reports: Report,
    closing: Closing | None = None,
    tolerance: int = 10,
    quick_win: QuickWin = HUNDRED,
) -> Standing:
    return standing(quick_win, reports, closing, day=day, tolerance=tolerance)


def codes(made: Standing) -> list[str]:
    return [reason.code for reason in made.reasons]


def report(day: date, percent: int = 0, **more: Any) -> Report:
    return Report(day, percent, **more)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("proposed", [("", "report_not_running")]),
        ("approved", [("", "report_not_running")]),
        ("running", []),
        ("completed", [("", "report_after_closing")]),
        ("cancelled", [("", "report_after_closing")]),
    ],
)
def test_only_what_runs_is_reported_on(state: str, expected: list[tuple[str, str]]) -> None:
    assert told(report_problems(HUNDRED, state, [], report(FIRST), today=FIRST)) == expected


def test_what_is_closed_is_the_end_of_the_lifecycle() -> None:
    assert {state for state in QUICK_WIN.states if not QUICK_WIN.allowed(state)} == CLOSED


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (after(-1), [("/reported_on", "day_before_start")]),
        (after(0), [("/reported_on", "day_before_last_report")]),
        (after(4), [("/reported_on", "day_before_last_report")]),
        (after(5), []),
        (after(200), []),  # late is better than never
        (after(201), [("/reported_on", "day_ahead")]),
    ],
)
def test_reports_come_in_the_order_of_their_days(day: date, expected: list[tuple[str, str]]) -> None:
    earlier = [report(after(5), 10), report(after(2), 5)]
    assert told(report_problems(HUNDRED, "running", earlier, report(day, 50), today=after(200))) == expected


@pytest.mark.parametrize(
    ("percent", "why", "expected"),
    [
        (40, None, []),
        (41, None, []),
        (39, None, [("/reason", "percent_fell")]),
        (39, " ", [("/reason", "percent_fell")]),
        (39, "The vendor left.", []),
        (0, "The vendor left.", []),
        (100, None, []),
        (101, None, [("/percent", "percent_range")]),
        (-1, "So.", [("/percent", "percent_range")]),
    ],
)
def test_progress_never_falls_without_a_reason(percent: int, why: str | None, expected: list[tuple[str, str]]) -> None:
    # Of two reports of one day, the later one counts.
    earlier = [report(after(3), 20), report(after(9), 90), report(after(9), 40, reason="Counted again.")]
    found = report_problems(HUNDRED, "running", earlier, report(after(9), percent, reason=why), today=after(9))
    assert told(found) == expected
    if expected == [("/reason", "percent_fell")]:
        assert found[0].reason.params == {"before": 40, "percent": 39}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 100), st.booleans()), max_size=12))
def test_what_is_let_in_falls_only_with_a_reason(sent: Sequence[tuple[int, int, bool]]) -> None:
    kept: list[Report] = []
    for number, percent, explained in sent:
        new = report(after(number), percent, reason="So." if explained else None)
        if not report_problems(HUNDRED, "running", kept, new, today=after(60)):
            kept.append(new)
    for one, two in pairwise(kept):
        assert one.reported_on <= two.reported_on
        assert two.percent >= one.percent or two.reason


@pytest.mark.parametrize(
    ("zone", "refused"),
    [("Asia/Jakarta", True), ("Asia/Makassar", True), ("Asia/Jayapura", False)],
)
def test_the_year_turns_first_in_the_east(zone: str, refused: bool) -> None:
    """At 22:30 in Jakarta on 31 December 2018 it is 2019 in Jayapura, and what starts with the year has started."""
    today = local_day(datetime(2018, 12, 31, 15, 30, tzinfo=UTC), zone)
    found = report_problems(HUNDRED, "running", [], report(FIRST), today=today)
    assert told(found) == ([("/reported_on", "day_ahead")] if refused else [])
    assert codes(stands(today)) == (["quick_win_ahead"] if refused else ["quick_win_on_track"])


@pytest.mark.parametrize(
    ("zone", "state"),
    [("Asia/Jakarta", "on_track"), ("Asia/Makassar", "overdue"), ("Asia/Jayapura", "overdue")],
)
def test_the_last_day_ends_by_the_clocks_of_the_region(zone: str, state: str) -> None:
    year = replace(HUNDRED, starts_on=date(2019, 12, 1), ends_on=date(2019, 12, 31))
    today = local_day(datetime(2019, 12, 31, 16, 0, tzinfo=UTC), zone)
    assert stands(today, report(date(2019, 12, 20), 99), quick_win=year).state == state


@pytest.mark.parametrize(
    ("closing", "expected"),
    [
        (Closing(after(20), Decimal(30), PROOF), []),
        (Closing(after(20), None, PROOF), [("/value", "value_missing")]),
        (Closing(after(20), Decimal(0), ()), [("/evidence", "proof_missing")]),
        (Closing(after(20)), [("/value", "value_missing"), ("/evidence", "proof_missing")]),
        (Closing(after(31), Decimal(30), PROOF), [("/closed_on", "day_ahead")]),
        (Closing(after(9), Decimal(30), PROOF), [("/closed_on", "day_before_last_report")]),
        (Closing(after(10), Decimal(30), PROOF), []),
        (Closing(after(-1), Decimal(30), PROOF), [("/closed_on", "day_before_start")]),
    ],
)
def test_completion_needs_a_value_and_evidence(closing: Closing, expected: list[tuple[str, str]]) -> None:
    found = completion_problems(HUNDRED, [report(after(10), 80)], closing, today=after(30))
    assert told((*found, *completion_gaps(closing))) == expected


@pytest.mark.parametrize(
    ("baseline", "target", "value", "reached"),
    [
        (120, 30, 30, True),
        (120, 30, 29, True),
        (120, 30, 31, False),
        (10, 90, 90, True),
        (10, 90, 91, True),
        (10, 90, 89, False),
    ],
)
def test_a_target_is_reached_up_or_down(baseline: int, target: int, value: int, reached: bool) -> None:
    measure = Measure("x", Decimal(baseline), Decimal(target))
    assert target_reached(measure, Decimal(value)) is reached


@pytest.mark.parametrize("measure", [Measure(), Measure("x", Decimal(1)), Measure("x", None, Decimal(1))])
def test_without_a_target_nothing_is_reached(measure: Measure) -> None:
    with pytest.raises(ValueError, match="needs a baseline"):
        target_reached(measure, Decimal(1))


@pytest.mark.parametrize(
    ("day", "percent", "state"),
    [
        (after(-5), None, "on_track"),
        (after(0), None, "on_track"),
        (after(10), None, "on_track"),  # ten behind, as many as allowed
        (after(11), None, "late"),
        (after(30), 20, "on_track"),
        (after(30), 19, "late"),
        (after(99), 90, "on_track"),  # the last day
        (after(99), 88, "late"),
        (after(100), 100, "overdue"),  # done is not closed
    ],
)
def test_progress_lags_behind_time(day: date, percent: int | None, state: str) -> None:
    made = stands(day, *([] if percent is None else [report(min(day, after(99)), percent)]))
    assert made.state == state
    assert (made.day, made.reported) == (day, percent or 0)
    assert made.expected == min(100, max(0, (day - FIRST).days))


def test_a_part_of_a_per_cent_decides() -> None:
    """After one of three days a third is expected: 33 per cent are a third of a point too few, and 34 are enough."""
    three = replace(HUNDRED, ends_on=after(2))
    assert stands(after(1), report(FIRST, 33), quick_win=three, tolerance=0).state == "late"
    assert stands(after(1), report(FIRST, 34), quick_win=three, tolerance=0).state == "on_track"
    made = stands(after(1), report(FIRST, 33), quick_win=three, tolerance=0)
    assert made.expected == to_decimal(Fraction(100, 3))
    assert made.reasons[0].text_en.startswith("Only 33 % is reported, 33.3 % of the time has passed;")
    assert made.reasons[0].text_id.startswith("Baru dilaporkan 33 %, waktu yang telah berlalu 33,3 %;")


def test_reports_are_due_every_calendar_month_and_on_the_last_day() -> None:
    leap = replace(QUEUE, starts_on=date(2020, 1, 31), ends_on=date(2020, 5, 15))
    assert due_days(leap) == (date(2020, 2, 29), date(2020, 3, 31), date(2020, 4, 30), date(2020, 5, 15))
    year = replace(QUEUE, starts_on=date(2018, 12, 31), ends_on=date(2019, 12, 31))
    assert due_days(year)[1] == date(2019, 2, 28)
    assert len(due_days(year)) == 12
    assert due_days(replace(QUEUE, starts_on=FIRST, ends_on=FIRST)) == (FIRST,)
    assert due_days(replace(QUEUE, starts_on=date(9999, 12, 1), ends_on=date.max))[-1] == date.max


@pytest.mark.parametrize(
    ("day", "reported", "late", "due"),
    [
        (date(2019, 2, 1), [], False, date(2019, 2, 1)),
        (date(2019, 2, 2), [], True, date(2019, 2, 1)),
        (date(2019, 2, 2), [date(2019, 1, 1)], False, date(2019, 3, 1)),
        (date(2019, 2, 2), [date(2019, 2, 2)], False, date(2019, 4, 1)),
        (date(2019, 1, 10), [date(2019, 1, 5)], False, date(2019, 3, 1)),
        (date(2019, 3, 2), [date(2019, 2, 1)], True, date(2019, 3, 1)),
        (date(2019, 3, 2), [date(2019, 2, 2)], False, date(2019, 4, 1)),
        (date(2019, 3, 20), [date(2019, 3, 10)], False, date(2019, 4, 10)),
        (date(2019, 4, 10), [date(2019, 4, 2)], False, None),
        (date(2019, 3, 2), [date(2019, 3, 3)], True, date(2019, 3, 1)),  # not known on that day
        (date(2018, 12, 1), [], False, date(2019, 2, 1)),
    ],
)
def test_a_missing_report_is_late_and_the_next_one_is_told(
    day: date, reported: list[date], late: bool, due: date | None
) -> None:
    made = stands(day, *(report(one, 50) for one in reported), tolerance=100)
    assert (made.state, made.report_due) == ("late" if late else "on_track", due)
    assert ("report_overdue" in codes(made)) is late


def test_what_is_late_for_two_reasons_says_both() -> None:
    made = stands(date(2019, 3, 2), report(date(2019, 1, 3), 5))
    assert codes(made) == ["quick_win_behind", "report_overdue"]
    assert made.reasons[1].text_en == "The monthly report due on 2019-03-01 is missing. Send it."


@pytest.mark.parametrize(
    ("day", "closing", "state", "code"),
    [
        (after(49), Closing(after(50), Decimal(30)), "late", "quick_win_behind"),  # not closed on that day yet
        (after(50), Closing(after(50), Decimal(30)), "achieved", "quick_win_achieved"),
        (after(50), Closing(after(50), Decimal("30.5")), "achieved", "quick_win_achieved"),
        (after(50), Closing(after(50), Decimal("30.6")), "missed", "quick_win_missed"),
        (after(50), Closing(after(50), None), "missed", "quick_win_dropped"),
        (after(300), Closing(after(250), Decimal(1)), "achieved", "quick_win_achieved"),
        (after(300), Closing(after(250), Decimal(99)), "missed", "quick_win_missed"),
        (after(249), Closing(after(250), Decimal(1)), "overdue", "quick_win_overdue"),
    ],
)
def test_closed_it_is_achieved_or_missed(day: date, closing: Closing, state: str, code: str) -> None:
    made = stands(day, report(after(20), 20), closing=closing)
    assert (made.state, made.reasons[0].code) == (state, code)
    if state in {"achieved", "missed"}:
        assert made.report_due is None


def test_the_outcome_is_told_with_its_numbers() -> None:
    made = stands(after(60), closing=Closing(after(50), Decimal("45.50")))
    assert made.reasons[0].text_en == "It was closed without reaching the target: 45.5 of 30.5 minutes."
    assert made.reasons[0].text_id == "Ditutup tanpa mencapai target: 45,5 dari 30,5 minutes."


def by_hand(quick_win: QuickWin, reports: list[Report], closing: Closing | None, day: date, tolerance: int) -> str:
    """Follow the definitions day by day, in whole numbers."""
    if closing is not None and closing.closed_on <= day:
        # The target of the queue lies below its baseline.
        return "achieved" if closing.value is not None and closing.value <= Decimal("30.5") else "missed"
    if day > quick_win.ends_on:
        return "overdue"
    known = [one for one in reports if one.reported_on <= day]
    newest = max((one.reported_on for one in known), default=None)
    percent = [one.percent for one in known if one.reported_on == newest][-1] if known else 0
    whole = [quick_win.starts_on + timedelta(days=n) for n in range((quick_win.ends_on - quick_win.starts_on).days + 1)]
    gone = [one for one in whole if one < day]
    if 100 * len(gone) > (percent + tolerance) * len(whole):
        return "late"
    due = sorted({add_months(quick_win.starts_on, n) for n in range(1, 14)} | {quick_win.ends_on})
    past = [one for one in due if one <= quick_win.ends_on and one < day]
    if past and not any(
        one.reported_on > (past[-2] if past[1:] else quick_win.starts_on - timedelta(days=1)) for one in known
    ):
        return "late"
    return "on_track"


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 110),
    st.lists(st.builds(report, days, st.integers(0, 100)), max_size=5),
    st.none() | st.builds(Closing, days, st.none() | st.decimals(0, 60, places=1)),
    days,
    st.integers(0, 100),
)
@example(99, [], None, after(32), 100)
def test_the_state_is_what_the_definitions_say(
    length: int, reports: list[Report], closing: Closing | None, day: date, tolerance: int
) -> None:
    quick_win = replace(HUNDRED, ends_on=after(length))
    made = standing(quick_win, reports, closing, day=day, tolerance=tolerance)
    assert made.state == by_hand(quick_win, reports, closing, day, tolerance)
    assert made.reasons
