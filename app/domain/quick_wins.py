"""The quick win: what people feel within a year, every reason to refuse it, and what a cohort asks of them all.

It runs from `starts_on` to `ends_on`, both included. The last day it may end on lies twelve calendar months after its
first: the same day of the month a year later, or the last of February when it began on a 29th. So one begun on
15 March 2019 ends by 15 March 2020, one begun on 29 February 2020 by 28 February 2021.

What has problems is never stored; what has gaps may be, until it is approved. The benefit comes first: see `benefit`.
"""

from calendar import monthrange
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, date

from app.domain.benefit import Promise, benefit_gaps, benefit_problems
from app.domain.plans import dimension_problems
from app.domain.reasons import Problem, problem

MOST_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickWin(Promise):
    """One quick win; its measure needs no year, since the target is to be reached by `ends_on`."""

    dimension: str
    sub_dimension: str | None = None
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class QuickWinRules:
    """What a cohort asks of a region: how many, in which dimensions, and in how many different ones."""

    at_least: int = 0
    at_most: int | None = None
    dimensions: tuple[str, ...] = ()
    different_dimensions: int = 0


def add_months(day: date, months: int) -> date:
    """Find the same day of the month so many months later, or the last of that month where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    if day.year + years > MAXYEAR:
        return date.max
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def quick_win_problems(quick_win: QuickWin, dimensions: Mapping[str, Collection[str]]) -> tuple[Problem, ...]:
    """Find what makes no sense, a technology named too early included; `dimensions` are those of the catalogue."""
    return tuple(_quick_win(quick_win, dimensions))


def quick_win_gaps(quick_win: QuickWin) -> tuple[Problem, ...]:
    """Find what the benefit lacks before the quick win can be approved."""
    return tuple(benefit_gaps(quick_win, ""))


def rules_problems(rules: QuickWinRules, known: Collection[str]) -> tuple[Problem, ...]:
    """Every problem of a cohort's rules; `known` are the dimensions of the catalogue."""
    return tuple(_rules(rules, known))


def set_problems(rules: QuickWinRules, quick_wins: Iterable[QuickWin]) -> tuple[Problem, ...]:
    """Find what a region's quick wins, without the cancelled ones, still owe to the rules, at `/quick_wins`."""
    return tuple(_set(rules, [quick_win.dimension for quick_win in quick_wins]))


def _quick_win(quick_win: QuickWin, dimensions: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    yield from benefit_problems(quick_win, "")
    yield from dimension_problems(quick_win.dimension, quick_win.sub_dimension, dimensions, "")
    latest = add_months(quick_win.starts_on, MOST_MONTHS)
    if quick_win.ends_on < quick_win.starts_on:
        yield problem("/ends_on", "ends_before_start", title=quick_win.title)
    elif quick_win.ends_on > latest:
        yield problem("/ends_on", "too_long", title=quick_win.title, months=MOST_MONTHS, day=latest.isoformat())


def _rules(rules: QuickWinRules, known: Collection[str]) -> Iterator[Problem]:
    for name, count in (("at_least", rules.at_least), ("different_dimensions", rules.different_dimensions)):
        if count < 0:
            yield problem(f"/{name}", "count_below_zero")
    for index, dimension in enumerate(rules.dimensions):
        if dimension not in known:
            yield problem(f"/dimensions/{index}", "unknown_dimension")
        elif dimension in rules.dimensions[:index]:
            yield problem(f"/dimensions/{index}", "named_twice")
    if rules.different_dimensions > len(known):
        yield problem("/different_dimensions", "dimensions_beyond_catalogue", count=len(known))
    least = max(rules.at_least, rules.different_dimensions, len(set(rules.dimensions)))
    if rules.at_most is not None and rules.at_most < least:
        yield problem("/at_most", "most_below_least", least=least)


def _set(rules: QuickWinRules, dimensions: list[str]) -> Iterator[Problem]:
    at, count, covered = "/quick_wins", len(dimensions), set(dimensions)
    if (missing := rules.at_least - count) > 0:
        yield problem(at, "quick_wins_few", least=rules.at_least, count=count, missing=missing)
    if rules.at_most is not None and (surplus := count - rules.at_most) > 0:
        yield problem(at, "quick_wins_many", most=rules.at_most, count=count, surplus=surplus)
    if uncovered := tuple(dimension for dimension in rules.dimensions if dimension not in covered):
        yield problem(at, "dimensions_uncovered", dimensions=uncovered)
    if (missing := rules.different_dimensions - len(covered)) > 0:
        least = rules.different_dimensions
        yield problem(at, "dimensions_few", least=least, count=len(covered), missing=missing)
