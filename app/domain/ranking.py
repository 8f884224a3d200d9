"""Ranking regions by a method: eligible or not, weighted, ordered, and every number explained.

The pool is the set of regions that get ranked: eligible and, under the policy `exclude`, with a value for every
criterion. Normalisation looks at the pool alone. Under `reweight` a region's weights are divided by the sum of those it
has values for; a region with no value at all cannot be ranked.

Score = sum over the criteria of weight x normalised value. Equal scores are parted by the tie-breakers in their order
and finally by region code, never by chance.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from app.domain.exact import to_decimal
from app.domain.facts import Picked, Region, Value
from app.domain.methods import Criterion, Eligibility, Measure, Method, MethodRefused
from app.domain.normalisation import fill, normalise
from app.domain.reasons import KINDS, Reason, problem, reason
from app.domain.ties import part, parted


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one criterion did for one region.

    `value` is None where none is known; `normalised` is None where the criterion did not count; `weight` is the one
    used, after reweighting; `contribution` = weight x normalised.
    """

    criterion: str
    value: Value | None
    normalised: Decimal | None
    weight: Decimal
    contribution: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """A ranked region. `score` is `exact` rounded to 34 digits for reading; comparisons and sums use `exact`.

    `tie` tells what parted it from the region before it that has the same score, None where that has another.
    """

    region: Region
    rank: int
    score: Decimal
    exact: Fraction
    contributions: tuple[Contribution, ...]
    tie: Reason | None = None


@dataclass(frozen=True, slots=True)
class Unranked:
    """A region left out of the ranking, with every reason; `eligible` when only values are missing."""

    region: Region
    eligible: bool
    reasons: tuple[Reason, ...]
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every region given, once: `standings` by rank, `unranked` by code; `used` are the values that were looked at."""

    standings: tuple[Standing, ...]
    unranked: tuple[Unranked, ...]
    used: tuple[Value, ...]


def rank(method: Method, regions: Iterable[Region], values: Iterable[Value]) -> Ranking:
    """Rank the regions by the method; the order in which regions and values come in changes nothing.

    Values of other measures, years or regions are ignored. Raises MethodRefused when no eligible region has a value for
    some criterion, ValueError when a region, or a value of one region, measure and year, comes twice.
    """
    ordered = sorted(regions, key=lambda region: region.code)
    codes = {region.code for region in ordered}
    if len(codes) < len(ordered):
        raise ValueError("a region comes twice")
    picked = _pick(method, codes, values)
    pool: list[Region] = []
    unranked: list[Unranked] = []
    for region in ordered:
        barred = _barred(method.eligibility, region)
        if reasons := barred or _lacking(method, region, picked):
            unranked.append(Unranked(region, not barred, reasons, _uncounted(method, region, picked)))
        else:
            pool.append(region)
    _refuse_empty_columns(method, pool + [other.region for other in unranked if other.eligible], picked)
    return Ranking(
        standings=_order(method, pool, picked),
        unranked=tuple(unranked),
        used=tuple(sorted(set(picked.values()), key=_place)),
    )


def _place(value: Value) -> tuple[str, str, str, int]:
    """Order values: by region, indicators first, each by code and year."""
    return (value.region, value.assessment or "", value.indicator or "", value.year or 0)


def _pick(method: Method, codes: set[str], values: Iterable[Value]) -> Picked:
    wanted: dict[Measure, list[Criterion]] = {}
    for criterion in method.criteria:
        wanted.setdefault(criterion.measure, []).append(criterion)
    seen = set()
    picked: dict[tuple[str, str], Value] = {}
    for value in values:
        if value.region not in codes or value.measure not in wanted:
            continue
        key = (value.region, value.measure, value.year)
        if key in seen:
            raise ValueError(f"the value of {key} comes twice")
        seen.add(key)
        year = value.year or 0
        for criterion in wanted[value.measure]:
            if criterion.year is not None and year != criterion.year:
                continue
            if criterion.latest_up_to is not None and year > criterion.latest_up_to:
                continue
            best = picked.get((value.region, criterion.code))
            if best is None or year > (best.year or 0):
                picked[value.region, criterion.code] = value
    return picked


def _barred(eligibility: Eligibility, region: Region) -> tuple[Reason, ...]:
    reasons = []
    if region.kind not in eligibility.kinds:
        reasons.append(reason("not_eligible_kind", KINDS[region.kind], kind=region.kind))
    if eligibility.requires_own_budget and not region.own_budget:
        reasons.append(reason("no_own_budget"))
    if eligibility.exclude_earlier_cohorts and region.earlier_cohorts:
        reasons.append(reason("earlier_cohort", cohorts=tuple(sorted(region.earlier_cohorts))))
    if eligibility.nominated_only and not region.nominated:
        reasons.append(reason("not_nominated"))
    return tuple(reasons)


def _lacking(method: Method, region: Region, picked: Picked) -> tuple[Reason, ...]:
    missing = tuple(criterion.code for criterion in method.criteria if (region.code, criterion.code) not in picked)
    bearable = {"exclude": 0, "reweight": len(method.criteria) - 1}.get(method.missing, len(method.criteria))
    return (reason("missing_value", criteria=missing),) if len(missing) > bearable else ()


def _refuse_empty_columns(method: Method, eligible: list[Region], picked: Picked) -> None:
    """Refuse a criterion nobody has a value for: to zero or drop it silently would be another method."""
    empty = tuple(
        problem(f"/criteria/{index}/{kind}", "no_values" if kind == "indicator" else "no_scores", **{kind: code})
        for index, criterion in enumerate(method.criteria)
        for kind, code in [criterion.measure]
        if eligible and not any((region.code, criterion.code) in picked for region in eligible)
    )
    if empty:
        raise MethodRefused(empty)


def _uncounted(method: Method, region: Region, picked: Picked) -> tuple[Contribution, ...]:
    """Show what is known of a region that is not ranked: values that counted nothing."""
    nothing = Decimal(0)
    return tuple(
        Contribution(criterion.code, picked.get((region.code, criterion.code)), None, nothing, nothing)
        for criterion in method.criteria
    )


def _order(method: Method, pool: list[Region], picked: Picked) -> tuple[Standing, ...]:
    scored = _score(method, pool, picked)
    ties = {region.code: part(method, region, picked) for region in pool}
    ordered = sorted(pool, key=lambda region: (-scored[region.code][0], ties[region.code], region.code))
    standings = []
    for position, (before, region) in enumerate(zip((None, *ordered), ordered, strict=False), start=1):
        exact, contributions = scored[region.code]
        tie = None
        if before is not None and scored[before.code][0] == exact:
            tie = parted(method, before, ties[before.code], ties[region.code])
        standings.append(Standing(region, position, to_decimal(exact), exact, contributions, tie))
    return tuple(standings)


def _score(method: Method, pool: list[Region], picked: Picked) -> dict[str, tuple[Fraction, tuple[Contribution, ...]]]:
    """Per region code the exact score and what each criterion gave."""
    codes = [region.code for region in pool]
    columns = []
    for criterion in method.criteria:
        raw = {code: Fraction(picked[code, criterion.code].value) for code in codes if (code, criterion.code) in picked}
        columns.append((criterion, fill(method.missing, normalise(criterion, raw), codes)))
    scored = {}
    for code in codes:
        # The weights that count for this region: under every policy but `reweight` all of them, with sum 1.
        whole = sum(Fraction(criterion.weight) for criterion, column in columns if code in column)
        score = Fraction(0)
        contributions = []
        for criterion, column in columns:
            x = column.get(code)
            weight = Fraction(0) if x is None else Fraction(criterion.weight) / whole
            part = Fraction(0) if x is None else weight * x
            score += part
            contributions.append(
                Contribution(
                    criterion.code,
                    picked.get((code, criterion.code)),
                    None if x is None else to_decimal(x),
                    to_decimal(weight),
                    to_decimal(part),
                )
            )
        scored[code] = (score, tuple(contributions))
    return scored
