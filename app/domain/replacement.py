"""Who takes a seat that fell free: the next reserve by rank with whom the equity rules can still be kept.

A reserve fits when, once it is seated, the seats still open can be filled from the other reserves so that every rule
holds. With one open seat that means: every rule holds. With several it keeps an early offer from using up a seat that a
rule needs for another region.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from app.domain.equity import bounds_of, describe
from app.domain.equity_flow import SCOPES, Bounds, Pool
from app.domain.methods import EquityRule
from app.domain.ranking import Ranking, Region, Standing
from app.domain.reasons import Reason, reason


@dataclass(frozen=True, slots=True)
class Reserve:
    """A region in reserve, at its rank in the published run."""

    region: Region
    rank: int


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A reserve that does not fit, and the rules (by index) that stand against it."""

    region: str
    rank: int
    rules: tuple[int, ...]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Offer:
    """The region the seat is offered to, None when there is none; `reason` says why, `passed_over` is by rank."""

    region: str | None
    rank: int | None
    reason: Reason
    passed_over: tuple[PassedOver, ...]


def offer(
    seated: Iterable[Region],
    reserves: Iterable[Reserve],
    rules: Sequence[EquityRule],
    reach: Sequence[Sequence[str]],
    *,
    open_seats: int = 1,
) -> Offer:
    """Find who is offered the next of `open_seats` seats while `seated` hold the others.

    `reach`: the groups of each rule, as the published run had them (`RuleEffect.groups`). The caller leaves out who has
    declined, and a rule that was set aside by decision. Raises ValueError for a region that comes twice.
    """
    held, waiting = list(seated), sorted(reserves, key=lambda reserve: reserve.rank)
    codes = [region.code for region in held] + [reserve.region.code for reserve in waiting]
    if len(set(codes)) < len(codes) or open_seats < 1:
        raise ValueError("a region comes twice, or no seat is open")
    every = range(len(rules))

    def holds(reserve: Reserve, indices: Iterable[int]) -> bool:
        others = [other.region for other in waiting if other is not reserve]
        bounds = bounds_of((rules[i], reach[i]) for i in indices)
        return _can_hold([*held, reserve.region], others, bounds, open_seats - 1)

    passed: list[PassedOver] = []
    for reserve in waiting:
        if holds(reserve, every):
            return Offer(reserve.region.code, reserve.rank, reason("offered", rank=reserve.rank), tuple(passed))
        # The rules that fail by themselves; else those without which the others hold; else all of them together.
        alone = [i for i in every if not holds(reserve, [i])]
        against = alone or [i for i in every if holds(reserve, [j for j in every if j != i])] or list(every)
        why = reason("passed_over", describe([rules[i] for i in against]), rank=reserve.rank, rules=tuple(against))
        passed.append(PassedOver(reserve.region.code, reserve.rank, tuple(against), why))
    why = reason("none_fits", count=len(passed)) if passed else reason("no_reserves")
    return Offer(None, None, why, tuple(passed))


def no_seat(state: str, *, held: bool, decided: bool, taken: bool, open_seats: int) -> Reason | None:
    """Say why a candidacy in `state` has left no seat to be given to a reserve; None when it has.

    `held`: it withdrew from a seat; `decided`: the cohort's final choice is published; `taken`: another holds its seat;
    `open_seats`: how many the quota leaves for all who withdrew.
    """
    if state != "withdrawn":
        return reason("still_standing")
    if taken:
        return reason("seat_taken")
    if not held:
        return reason("no_seat_held")
    if not decided:
        return reason("undecided")
    return reason("quota_reached") if open_seats < 1 else None


def _can_hold(seated: Sequence[Region], others: Sequence[Region], bounds: Bounds, seats: int) -> bool:
    """Tell whether further `seats` can be filled from `others` (all of them where they are too few) within bounds."""
    taken = Counter((scope, region.group(scope)) for region in seated for scope in SCOPES)
    left: Bounds = {}
    for group, (lower, upper) in bounds.items():
        if upper is not None and taken[group] > upper:
            return False
        left[group] = (max(0, lower - taken[group]), None if upper is None else upper - taken[group])
    # Any choice will do, so all score the same.
    standings = tuple(Standing(region, n, Decimal(0), Fraction(0), ()) for n, region in enumerate(others, start=1))
    return Pool(Ranking(standings, (), ()), seats).choose(left) is not None
