"""Benefit first: what the public gains, who gains it and how it is measured, before any technology is named.

So the minister asked when the programme's memoranda were signed in 2018. The rule is one for the initiatives of a plan
and for quick wins: while the benefit is not clear, a technology is refused and nothing can be submitted. Clear means:
benefit and beneficiaries are told, and a measure has a unit, a baseline and a target that differs from it. Text of
blanks only says nothing.

An initiative's target also has a year. `years` are those it may fall in, none of them meaning any; None asks for no
year.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from unicodedata import category

from app.domain.exact import plain
from app.domain.reasons import FIELDS, Problem, Wording, listed, problem, reason


@dataclass(frozen=True, slots=True)
class Measure:
    """How the benefit shows: the value before, and the value to be reached by the end of `year`."""

    unit: str | None = None
    baseline: Decimal | None = None
    target: Decimal | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What promises a benefit: an initiative or a quick win. `technology` comes last, and may stay open."""

    title: str
    benefit: str | None = None
    beneficiaries: str | None = None
    measure: Measure = field(default_factory=Measure)
    technology: str | None = None


# Letters, numbers, punctuation and symbols, by their Unicode category; and those among them that show nothing:
# the empty pattern of Braille, and the fillers of Hangul.
_SEEN = frozenset("LNPS")
_EMPTY = frozenset("\u2800\u3164\uffa0\u115f\u1160")


def told(text: str | None) -> bool:
    """Tell whether a text says anything: blanks and what nobody sees do not."""
    return any(character not in _EMPTY and category(character)[0] in _SEEN for character in text or "")


def benefit_is_clear(promise: Promise, years: range | None = None) -> bool:
    """Tell whether a technology may be named."""
    return next(_unclear(promise, "", years), None) is None


def benefit_problems(promise: Promise, at: str, years: range | None = None) -> Iterator[Problem]:
    """Find what makes no sense, at `{at}/measure/target` and `.../year`, and a technology too early, at its own."""
    yield from _wrong(promise, at, years)
    if told(promise.technology) and (unclear := tuple(_unclear(promise, "", years))):
        fields = tuple(one.pointer.rpartition("/")[2] for one in unclear)
        words = listed(FIELDS[name] for name in fields)
        why = reason("technology_too_early", words, title=promise.title, fields=fields)
        yield Problem(f"{at}/technology", why)


def benefit_gaps(promise: Promise, at: str, years: range | None = None) -> Iterator[Problem]:
    """Find what is still to be told, at `{at}/benefit`, `.../beneficiaries` and `.../measure/{field}`."""
    title, measure = promise.title, promise.measure
    if not told(promise.benefit):
        yield problem(f"{at}/benefit", "benefit_missing", title=title)
    if not told(promise.beneficiaries):
        yield problem(f"{at}/beneficiaries", "beneficiaries_missing", title=title)
    if not told(measure.unit):
        yield problem(f"{at}/measure/unit", "unit_missing", title=title)
    if measure.baseline is None:
        yield problem(f"{at}/measure/baseline", "baseline_missing", title=title)
    if measure.target is None:
        yield problem(f"{at}/measure/target", "target_missing", title=title)
    if years is not None and measure.year is None:
        yield problem(f"{at}/measure/year", "measure_year_missing", title=title)


def number_words(number: Decimal) -> Wording:
    """Write a number as each language does: with a decimal point, with a decimal comma."""
    return Wording(plain(number), plain(number).replace(".", ","))


def _unclear(promise: Promise, at: str, years: range | None) -> Iterator[Problem]:
    yield from benefit_gaps(promise, at, years)
    yield from _wrong(promise, at, years)


def _wrong(promise: Promise, at: str, years: range | None) -> Iterator[Problem]:
    measure = promise.measure
    if measure.target is not None and measure.target == measure.baseline:
        why = reason("target_equals_baseline", number_words(measure.target), title=promise.title)
        yield Problem(f"{at}/measure/target", why)
    if years and measure.year is not None and measure.year not in years:
        span = {"year": measure.year, "first_year": years[0], "last_year": years[-1]}
        yield problem(f"{at}/measure/year", "measure_year_outside", title=promise.title, **span)
