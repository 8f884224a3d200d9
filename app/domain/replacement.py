"""Who takes a seat that fell free: the next reserve by rank with whom the equity rules are kept as far as they can be.

After the choice a rule may be past keeping: the last region of a group has left, and none in reserve is of it. An empty
seat would not keep it either, so it bars nobody. Of all ways to fill the open seats from the reserves that pass no
upper bound, those are good that lack least of the lower bounds, and of them those that fill most seats. A reserve fits
when it is in a good one: an early offer uses up no seat that a rule needs for another region.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from app.domain.equity import bounds_of, describe
from app.domain.equity_flow import Bounds, Pool, per_group
from app.domain.facts import Region
from app.domain.methods import EquityRule
from app.domain.ranking import Ranking, Standing
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
    declined. Raises ValueError for a region that comes twice.
    """
    held, waiting = tuple(seated), tuple(sorted(reserves, key=lambda reserve: reserve.rank))
    codes = [region.code for region in held] + [reserve.region.code for reserve in waiting]
    if len(set(codes)) < len(codes) or open_seats < 1:
        raise ValueError("a region comes twice, or no seat is open")
    vacancy = _Vacancy(held, waiting, rules, reach, open_seats)
    passed: list[PassedOver] = []
    for reserve in waiting:
        if vacancy.fits(reserve, vacancy.every):
            unkept = describe([rules[i] for i in vacancy.unkept(reserve)])
            why = reason("offered_short" if unkept.en else "offered", unkept, rank=reserve.rank)
            return Offer(reserve.region.code, reserve.rank, why, tuple(passed))
        against = vacancy.against(reserve)
        why = reason("passed_over", describe([rules[i] for i in against]), rank=reserve.rank, rules=against)
        passed.append(PassedOver(reserve.region.code, reserve.rank, against, why))
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


class _Vacancy:
    """The ways to fill the open seats; `indices` are the rules in force."""

    def __init__(
        self,
        held: Sequence[Region],
        waiting: Sequence[Reserve],
        rules: Sequence[EquityRule],
        reach: Sequence[Sequence[str]],
        open_seats: int,
    ) -> None:
        self._held, self._waiting, self._rules, self._reach = held, waiting, rules, reach
        self._seats = min(open_seats, len(waiting))
        self._good: dict[tuple[int, ...], tuple[int, int]] = {}
        self.every = tuple(range(len(rules)))

    def fits(self, reserve: Reserve, indices: tuple[int, ...]) -> bool:
        """Tell whether some good way to fill the seats has the reserve in it."""
        lack, seats = self._best(indices)
        return seats > 0 and self._lack(indices, seats, reserve) == lack

    def against(self, reserve: Reserve) -> tuple[int, ...]:
        """Name the rules that keep a reserve out: by themselves, or else by being there, or else all together."""
        alone = [i for i in self.every if not self.fits(reserve, (i,))]
        needed = alone or [i for i in self.every if self.fits(reserve, (*self.every[:i], *self.every[i + 1 :]))]
        return tuple(needed) or self.every

    def unkept(self, reserve: Reserve) -> tuple[int, ...]:
        """Name the rules of which not all are kept any more when a reserve that fits is seated."""
        lack, seats = self._best(self.every)
        alone = {i: self._lack((i,), seats, reserve) or 0 for i in self.every}
        # Where these do not account for it, those that the reserve does not meet have to give way to each other too.
        others = sum(alone.values()) < lack
        return tuple(i for i in self.every if alone[i] or (others and self._lack((i,), 1, reserve)))

    def _best(self, indices: tuple[int, ...]) -> tuple[int, int]:
        """Find how little the lower bounds lack at best, and how many seats are filled then at most."""
        if indices not in self._good:
            lacks = [(self._lack(indices, seats), seats) for seats in range(self._seats, -1, -1)]
            self._good[indices] = min(
                ((lack, seats) for lack, seats in lacks if lack is not None), key=lambda way: way[0]
            )
        return self._good[indices]

    def _lack(self, indices: tuple[int, ...], seats: int, first: Reserve | None = None) -> int | None:
        """Count what lower bounds lack at best with so many seats filled, one of them by `first`; None if none can."""
        bounds = bounds_of((self._rules[i], self._reach[i]) for i in indices)
        before, taken = per_group(self._held), per_group([*self._held, *([first.region] if first else [])])
        left: Bounds = {}
        for group, (lower, most) in bounds.items():
            # A region may have come to a group since the choice: a bound that is passed already bars only those of it.
            upper = None if most is None else max(most, before[group])
            if upper is not None and taken[group] > upper:
                return None
            left[group] = (max(0, lower - taken[group]), None if upper is None else upper - taken[group])
        others = [reserve.region for reserve in self._waiting if reserve is not first]
        # Any of them will do, so all score the same.
        standings = tuple(Standing(region, n, Decimal(0), Fraction(0), ()) for n, region in enumerate(others, start=1))
        pool = Pool(Ranking(standings, (), ()), seats - (first is not None))
        filled = pool.fill(left)
        return None if filled is None else pool.short(filled, left)
