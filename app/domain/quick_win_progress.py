"""How a quick win gets on: its reports, its completion, and how it stands on a given day.

All days are those of the region's own calendar (`windows.local_day`). On a day a quick win is, the first that holds:

    achieved   closed by that day, and the measured value reached the target (from the baseline, up or down)
    missed     closed by that day otherwise: the value fell short, or there is none because it was cancelled
    overdue    its last day has passed and it is not closed
    late       the reported per cent lag behind the share of time passed by more than the tolerance,
               or the monthly report due last is missing
    on_track   none of these; also before its first day

The share of time counts the days before the day asked, out of all days from the first to the last: nothing on the first
day, everything once the last is over. A report is due one, two, three calendar months after the first day (where that
month is shorter, on its last day) and on the last day. Of the due days that have passed only the last is asked about,
and any report dated after the one before it serves: whoever reports again is forgiven older gaps. Reports and closings
dated after the day asked do not count.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count, takewhile
from typing import Literal

from app.domain.benefit import Measure, number_words, told
from app.domain.exact import OUTPUT, to_decimal
from app.domain.forms import Evidence
from app.domain.quick_wins import QuickWin, add_months
from app.domain.reasons import Problem, Reason, Wording, problem, reason

State = Literal["on_track", "late", "overdue", "achieved", "missed"]
CLOSED = frozenset({"completed", "cancelled"})  # of lifecycles.QUICK_WIN
_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Report:
    """Progress as of a day, in whole per cent (0 to 100); `reason` says why it fell where it did."""

    reported_on: date
    percent: int
    value: Decimal | None = None
    evidence: tuple[Evidence, ...] = ()
    note: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of a quick win; `value` is what was measured, None when it was cancelled."""

    closed_on: date
    value: Decimal | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a quick win stands on a day: `reported` and `expected` in per cent, `report_due` the next or missing report.

    `reasons` is never empty; `report_due` is None when no report is due any more, `state` when nothing is expected yet.
    """

    state: State | None
    day: date
    reported: int
    expected: Decimal
    report_due: date | None
    reasons: tuple[Reason, ...]


def report_problems(
    quick_win: QuickWin, state: str, earlier: Iterable[Report], report: Report, *, today: date
) -> tuple[Problem, ...]:
    """Find why a report is refused; `state` is that of the lifecycle, `earlier` are the reports recorded so far.

    Reports come in the order of their days, so that a fall always shows in the report that brings it.
    """
    if state != "running":
        return (problem("", "report_after_closing" if state in CLOSED else "report_not_running"),)
    return tuple(_report(quick_win, _last(earlier), report, today))


def completion_problems(
    quick_win: QuickWin, earlier: Iterable[Report], closing: Closing, *, today: date
) -> tuple[Problem, ...]:
    """Find what makes no sense in a completion: a day before the first or the last report, or one to come."""
    return tuple(_day(quick_win, _last(earlier), closing.closed_on, today, "/closed_on"))


def completion_gaps(closing: Closing) -> tuple[Problem, ...]:
    """Find what a completion lacks: the measured value, evidence."""
    return tuple(_closing(closing))


def target_reached(measure: Measure, value: Decimal) -> bool:
    """Tell whether a value is at the target or beyond, seen from the baseline.

    Raises ValueError for a measure without either, which is to be refused before.
    """
    if measure.target is None or measure.baseline is None:
        raise ValueError("a measure needs a baseline and a target")
    return value >= measure.target if measure.target > measure.baseline else value <= measure.target


def due_days(quick_win: QuickWin) -> tuple[date, ...]:
    """List the days on which a report is due."""
    months = (add_months(quick_win.starts_on, number) for number in count(1))
    return (*takewhile(lambda day: day < quick_win.ends_on, months), quick_win.ends_on)


def standing(
    quick_win: QuickWin, reports: Iterable[Report], closing: Closing | None, *, day: date, tolerance: int
) -> Standing:
    """Tell how an approved, running or closed quick win stands; `tolerance` is in points of per cent."""
    known = [report for report in reports if report.reported_on <= day]
    last = _last(known)
    percent = 0 if last is None else last.percent
    passed = _time_passed(quick_win, day)
    ended = closing is not None and closing.closed_on <= day
    missing, due = (False, None) if ended else _due(quick_win, known, day)
    words = number_words(to_decimal(passed).quantize(_TENTH, context=OUTPUT))
    state: State
    if closing is not None and ended:
        state, reasons = _outcome(quick_win, closing)
    elif day > quick_win.ends_on:
        state, reasons = "overdue", [reason("quick_win_overdue", day=quick_win.ends_on.isoformat())]
    else:
        reasons = []
        if passed - percent > tolerance:
            reasons.append(reason("quick_win_behind", words, percent=percent, tolerance=tolerance))
        if missing and due is not None:
            reasons.append(reason("report_overdue", day=due.isoformat()))
        state = "late" if reasons else "on_track"
        if not reasons and day < quick_win.starts_on:
            reasons = [reason("quick_win_ahead", day=quick_win.starts_on.isoformat())]
        elif not reasons:
            reasons = [reason("quick_win_on_track", words, percent=percent)]
    return Standing(state, day, percent, to_decimal(passed), due, tuple(reasons))


def no_standing(day: date, why: str = "quick_win_unapproved") -> Standing:
    """Tell of a quick win of which nothing is expected: it was not approved, or its region left."""
    return Standing(None, day, 0, Decimal(0), None, (reason(why),))


def _last(reports: Iterable[Report]) -> Report | None:
    """Find the newest report; of those of one day, the one recorded last."""
    newest: Report | None = None
    for report in reports:
        if newest is None or report.reported_on >= newest.reported_on:
            newest = report
    return newest


def _report(quick_win: QuickWin, last: Report | None, report: Report, today: date) -> Iterator[Problem]:
    yield from _day(quick_win, last, report.reported_on, today, "/reported_on")
    if not 0 <= report.percent <= 100:  # noqa: PLR2004 - a hundred per cent
        yield problem("/percent", "percent_range")
    elif last is not None and report.percent < last.percent and not told(report.reason):
        yield problem("/reason", "percent_fell", before=last.percent, percent=report.percent)


def _closing(closing: Closing) -> Iterator[Problem]:
    if closing.value is None:
        yield problem("/value", "value_missing")
    if not closing.evidence:
        yield problem("/evidence", "proof_missing")


def _day(quick_win: QuickWin, last: Report | None, day: date, today: date, at: str) -> Iterator[Problem]:
    if day < quick_win.starts_on:
        yield problem(at, "day_before_start", day=quick_win.starts_on.isoformat())
    elif last is not None and day < last.reported_on:
        yield problem(at, "day_before_last_report", day=last.reported_on.isoformat())
    if day > today:
        yield problem(at, "day_ahead", day=today.isoformat())


def _time_passed(quick_win: QuickWin, day: date) -> Fraction:
    """Tell how many per cent of the time are over in the morning of a day."""
    whole = (quick_win.ends_on - quick_win.starts_on).days + 1
    gone = min(max((day - quick_win.starts_on).days, 0), whole)
    return Fraction(gone * 100, whole)


def _due(quick_win: QuickWin, reports: Sequence[Report], day: date) -> tuple[bool, date | None]:
    """Tell whether the report due last before a day is missing, and when that or else the next is due."""
    newest = max((report.reported_on for report in reports), default=date.min)
    due = due_days(quick_win)
    begins = [quick_win.starts_on, *(end + timedelta(days=1) for end in due[:-1])]
    months = [(end, newest >= begin) for begin, end in zip(begins, due, strict=True)]
    past = [month for month in months if month[0] < day]
    if past and not past[-1][1]:
        return True, past[-1][0]
    return False, next((end for end, served in months if not served), None)


def _outcome(quick_win: QuickWin, closing: Closing) -> tuple[State, list[Reason]]:
    if closing.value is None:
        return "missed", [reason("quick_win_dropped", day=closing.closed_on.isoformat())]
    words = _against_target(quick_win.measure, closing.value)
    if target_reached(quick_win.measure, closing.value):
        return "achieved", [reason("quick_win_achieved", words)]
    return "missed", [reason("quick_win_missed", words)]


def _against_target(measure: Measure, value: Decimal) -> Wording:
    got, wanted = number_words(value), number_words(measure.target or Decimal(0))
    unit = measure.unit or ""
    return Wording(f"{got.en} of {wanted.en} {unit}".strip(), f"{got.id} dari {wanted.id} {unit}".strip())
