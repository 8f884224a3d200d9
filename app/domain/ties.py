"""Parting regions of equal score: by the method's tie-breakers in their order, at last by region code."""

from fractions import Fraction

from app.domain.facts import Picked, Region
from app.domain.methods import Method, TieBreaker
from app.domain.reasons import TIE_KEYS, Reason, Wording, reason

# What each tie-breaker orders by, smallest first; an unknown fact comes last.
Parts = tuple[tuple[bool, Fraction], ...]


def part(method: Method, region: Region, picked: Picked) -> Parts:
    """Return where the tie-breakers put a region, of which these values are known."""
    return tuple(_place(method, breaker, region, picked) for breaker in method.tie_breakers)


def parted(method: Method, before: Region, theirs: Parts, ours: Parts) -> Reason:
    """Tell by what a region of equal score stands `before` one: by the first tie-breaker in which they differ."""
    for breaker, their, our in zip(method.tie_breakers, theirs, ours, strict=True):
        if their != our:
            words = Wording(breaker.criterion, breaker.criterion) if breaker.criterion else TIE_KEYS[breaker.by]
            return reason("tied", words, other=before.name, by=breaker.criterion or breaker.by)
    return reason("tied", TIE_KEYS["region_code"], other=before.name, by="region_code")


def _place(method: Method, breaker: TieBreaker, region: Region, picked: Picked) -> tuple[bool, Fraction]:
    direction = breaker.direction or "higher"
    fact: Fraction | int | None
    if breaker.by == "criterion":
        criterion = next(criterion for criterion in method.criteria if criterion.code == breaker.criterion)
        value = picked.get((region.code, criterion.code))
        fact = None if value is None else Fraction(value.value)
        direction = breaker.direction or criterion.direction
    else:
        fact = region.population if breaker.by == "population" else len(region.earlier_cohorts)
    if fact is None:
        return (True, Fraction(0))
    return (False, -Fraction(fact) if direction == "higher" else Fraction(fact))
