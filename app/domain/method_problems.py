"""Every reason to refuse a selection method, with the place and what to do about it.

Which shape a document must have is settled before it comes here (and that its decimals are finite); this page judges
whether it makes sense.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from app.domain.exact import plain, to_decimal
from app.domain.methods import Criterion, Known, Method, Scope
from app.domain.reasons import Problem, problem

WEIGHT_PLACES = 12
MOST_DRAWS = 20_000
MOST_SEED = 2**63 - 1
MOST_SPREAD = Decimal("0.5")
LEAST_SPREAD = Decimal("0.000001")  # less shakes nothing, and far less draws what is no number


def problems(method: Method, known: Known) -> tuple[Problem, ...]:
    """Every fault of the method, in document order; empty when it can be used."""
    return (
        *_eligibility(method),
        *_criteria(method, known),
        *_tie_breakers(method),
        *_equity(method, known),
        *_sensitivity(method),
    )


def _eligibility(method: Method) -> Iterator[Problem]:
    kinds = method.eligibility.kinds
    if not kinds:
        yield problem("/eligibility/kinds", "no_kinds")
    for index, kind in enumerate(kinds):
        if kind in kinds[:index]:
            yield problem(f"/eligibility/kinds/{index}", "duplicate_kind", kind=kind)
        if kind == "province":
            yield problem(f"/eligibility/kinds/{index}", "provinces_stand_not")


def _criteria(method: Method, known: Known) -> Iterator[Problem]:
    if not method.criteria:
        yield problem("/criteria", "no_criteria")
        return
    sound = True
    codes: dict[str, str] = {}
    sources: dict[tuple[object, ...], str] = {}
    for index, criterion in enumerate(method.criteria):
        at = f"/criteria/{index}"
        if (other := codes.setdefault(criterion.code, at)) != at:
            yield problem(f"{at}/code", "duplicate_criterion", other=other)
        if (criterion.indicator is None) == (criterion.assessment is None):
            named = "indicator" if criterion.indicator is None else "assessment"
            yield problem(f"{at}/{named}", "one_measure")
        else:
            source = (criterion.measure, criterion.year, criterion.latest_up_to)
            if (other := sources.setdefault(source, at)) != at:
                yield problem(f"{at}/{criterion.measure[0]}", "duplicate_criterion", other=other)
            yield from _measure(criterion, known, at)
        if not weight_is_sound(criterion.weight):
            sound = False
            yield problem(f"{at}/weight", "weight_range", places=WEIGHT_PLACES)
        if criterion.normalisation == "none" and criterion.direction == "lower":
            yield problem(f"{at}/direction", "direction_needs_scale")
        yield from _bands(criterion, f"{at}/bands")
    # As fractions: a decimal context could round the sum to 1.
    if sound and (total := sum((Fraction(criterion.weight) for criterion in method.criteria), Fraction(0))) != 1:
        yield problem("/criteria", "weights_sum", sum=plain(to_decimal(total)))


def _measure(criterion: Criterion, known: Known, at: str) -> Iterator[Problem]:
    """Judge what a criterion is measured by, and of which year."""
    years = {"year": criterion.year, "latest_up_to": criterion.latest_up_to}
    if criterion.assessment is None:
        if criterion.indicator not in known.indicators:
            yield problem(f"{at}/indicator", "unknown_indicator")
        if None not in years.values():
            yield problem(f"{at}/latest_up_to", "two_years")
        return
    if not known.assessments:
        yield problem(f"{at}/assessment", "not_assessed_yet")
    elif criterion.assessment not in known.assessments:
        yield problem(f"{at}/assessment", "unknown_assessment", known=tuple(sorted(known.assessments)))
    for name, year in years.items():
        if year is not None:
            yield problem(f"{at}/{name}", "assessment_has_no_year")


def weight_is_sound(weight: Decimal) -> bool:
    """Tell whether a weight is above 0, at most 1 and short enough for weights to sum to exactly 1."""
    exponent = weight.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -WEIGHT_PLACES and 0 < weight <= 1


def _bands(criterion: Criterion, at: str) -> Iterator[Problem]:
    bands = criterion.bands
    if criterion.normalisation != "bands":
        if bands:
            yield problem(at, "bands_unused")
        return
    if len(bands) < 2:  # noqa: PLR2004 - one band tells nobody apart
        yield problem(at, "bands_required")
    for index, band in enumerate(bands):
        if (band.lower is None) != (index == 0):
            yield problem(f"{at}/{index}/lower", "band_bound")
        if not 0 <= band.score <= 1:
            yield problem(f"{at}/{index}/score", "band_score_range")
    for index, (below, band) in enumerate(pairwise(bands), start=1):
        if below.lower is not None and band.lower is not None and not below.lower < band.lower:
            yield problem(f"{at}/{index}/lower", "bands_order")
        worse = band.score < below.score if criterion.direction == "higher" else band.score > below.score
        if worse:
            yield problem(f"{at}/{index}/score", "band_direction")


def _tie_breakers(method: Method) -> Iterator[Problem]:
    codes = {criterion.code for criterion in method.criteria}
    seen = set()
    for index, breaker in enumerate(method.tie_breakers):
        at = f"/tie_breakers/{index}"
        if (breaker.by == "criterion") != (breaker.criterion is not None):
            yield problem(f"{at}/criterion", "tie_criterion")
        elif breaker.criterion is not None and breaker.criterion not in codes:
            yield problem(f"{at}/criterion", "unknown_criterion")
        elif (breaker.by, breaker.criterion) in seen:
            yield problem(at, "duplicate_tie_breaker")
        seen.add((breaker.by, breaker.criterion))


def _equity(method: Method, known: Known) -> Iterator[Problem]:
    groups: dict[Scope, Collection[str]] = {
        "island_group": known.island_groups,
        "province": known.provinces,
        "kind": method.eligibility.kinds,
    }
    seen = set()
    for index, rule in enumerate(method.equity):
        at = f"/equity/{index}"
        if rule.seats < (1 if rule.bound == "at_least" else 0):
            yield problem(f"{at}/seats", "seats_range")
        if rule.group is not None and rule.group not in groups[rule.scope]:
            yield problem(f"{at}/group", "kind_not_eligible" if rule.scope == "kind" else "unknown_group")
        if (rule.scope, rule.group, rule.bound) in seen:
            yield problem(at, "duplicate_rule")
        seen.add((rule.scope, rule.group, rule.bound))


def _sensitivity(method: Method) -> Iterator[Problem]:
    if (plan := method.sensitivity) is None:
        return
    if not 1 <= plan.draws <= MOST_DRAWS:
        yield problem("/sensitivity/draws", "draws_range", most=MOST_DRAWS)
    if not 0 <= plan.seed <= MOST_SEED:
        yield problem("/sensitivity/seed", "seed_range", most=MOST_SEED)
    if plan.spread != 0 and not LEAST_SPREAD <= plan.spread <= MOST_SPREAD:
        yield problem("/sensitivity/spread", "spread_range", least=plain(LEAST_SPREAD), most=plain(MOST_SPREAD))
