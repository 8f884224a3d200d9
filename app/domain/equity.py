"""Geographic equity (*pemerataan*): who gets the seats under the rules, who moved because of which rule, at what cost.

All seats are filled; when fewer regions are ranked than there are seats, all ranked regions are to be seated. Of the
sets that obey every rule the one with the highest total score wins. Of several with the same total the one whose ranks
are better wins: compare from rank 1 down, and where they first differ, the set that has the region wins. So there is
always exactly one answer. `equity_flow` finds it, `equity_conflicts` says which rules leave none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

from app.domain.equity_conflicts import smallest_conflict
from app.domain.equity_flow import Bounds, Pool
from app.domain.exact import to_decimal
from app.domain.methods import EquityRule, MethodRefused
from app.domain.ranking import Ranking
from app.domain.reasons import Problem, Wording, reason, rule_words


@dataclass(frozen=True, slots=True)
class GroupSeats:
    """Seats of one group by merit alone and under the rules."""

    group: str
    merit: int
    chosen: int


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """What rule number `index` (from 0) did.

    `binding`: some group stands exactly at the bound. `cost`: how much more total score the best set would have if this
    rule alone were dropped, 0 or more. The costs of single rules need not add up to the whole cost: of two rules that
    ask for the same region, either can be dropped for nothing.
    """

    index: int
    rule: EquityRule
    binding: bool
    cost: Decimal
    groups: tuple[GroupSeats, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A region that equity brought in or took out, and the indices of the rules that did it.

    Those are the rules without which, dropped one at a time, the region would not have moved. Where no single one is
    needed because several ask for the same: the rules that would move it alone, or else every binding rule.
    """

    region: str
    direction: Literal["in", "out"]
    rules: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Seating:
    """Who is seated, as region codes: `merit` by rank alone, `chosen` under the rules; `moves` are in order of rank."""

    merit: frozenset[str]
    chosen: frozenset[str]
    moves: tuple[Move, ...]
    effects: tuple[RuleEffect, ...]
    merit_total: Decimal
    total: Decimal
    cost: Decimal


def seat(ranking: Ranking, rules: Sequence[EquityRule], seats: int) -> Seating:
    """Give out the seats under the rules; of the group that one names there may be no region.

    Raises MethodRefused naming the smallest set of rules that cannot hold together, ValueError when a province lies in
    two island groups.
    """
    pool = Pool(ranking, seats)
    reach = [pool.groups(rule.scope) if rule.group is None else (rule.group,) for rule in rules]

    @cache
    def best(held: tuple[int, ...]) -> frozenset[str]:
        """Find the best set when only the rules `held` are in force; what all rules allow, fewer rules allow too."""
        chosen = pool.choose(bounds_of([(rules[i], reach[i]) for i in held]))
        if chosen is None:
            raise MethodRefused(_conflict(pool, rules, reach))
        return chosen

    every = tuple(range(len(rules)))
    merit, chosen = best(()), best(every)
    before, after = pool.count(merit), pool.count(chosen)
    binding = [i for i, rule in enumerate(rules) if any(after[rule.scope, group] == rule.seats for group in reach[i])]
    # A rule that does not bind can be dropped without changing the best set.
    without = {i: best(every[:i] + every[i + 1 :]) if i in binding else chosen for i in every}

    def causes(code: str) -> tuple[int, ...]:
        needed = [i for i in binding if (code in without[i]) == (code in merit)]
        return tuple(needed or [i for i in binding if (code in best((i,))) == (code in chosen)] or binding)

    moved = [code for code in pool.codes if (code in merit) != (code in chosen)]
    return Seating(
        merit=merit,
        chosen=chosen,
        moves=tuple(Move(code, "in" if code in chosen else "out", causes(code)) for code in moved),
        effects=tuple(
            RuleEffect(
                index=i,
                rule=rule,
                binding=i in binding,
                cost=to_decimal(pool.total(without[i]) - pool.total(chosen)),
                groups=tuple(GroupSeats(g, before[rule.scope, g], after[rule.scope, g]) for g in reach[i]),
            )
            for i, rule in enumerate(rules)
        ),
        merit_total=to_decimal(pool.total(merit)),
        total=to_decimal(pool.total(chosen)),
        cost=to_decimal(pool.total(merit) - pool.total(chosen)),
    )


def describe(rules: Sequence[EquityRule]) -> Wording:
    """Put the rules in words, in both languages."""
    words = [rule_words(rule.bound, rule.seats, rule.scope, rule.group) for rule in rules]
    return Wording("; ".join(word.en for word in words), "; ".join(word.id for word in words))


def bounds_of(rules: Iterable[tuple[EquityRule, Sequence[str]]]) -> Bounds:
    """Find the tightest bounds per group from rules and their groups; a group without a rule is absent."""
    bounds: Bounds = {}
    for rule, groups in rules:
        for group in groups:
            lower, upper = bounds.get((rule.scope, group), (0, None))
            if rule.bound == "at_least":
                lower = max(lower, rule.seats)
            else:
                upper = rule.seats if upper is None else min(upper, rule.seats)
            bounds[rule.scope, group] = (lower, upper)
    return bounds


def _conflict(pool: Pool, rules: Sequence[EquityRule], reach: Sequence[Sequence[str]]) -> tuple[Problem, ...]:
    # A rule that asks for regions of a group of which there are none is a conflict by itself, and of no network.
    there = {*pool.islands, *pool.islands.values()}
    empty = [
        i for i, r in enumerate(rules) if r.bound == "at_least" and r.scope != "kind" and r.group not in {None, *there}
    ]
    guilty = tuple(empty[:1]) or smallest_conflict(rules, reach, pool.islands, pool.sizes, pool.seats)
    code = "conflicting_rules" if len(guilty) > 1 else "impossible_rule"
    facts = {"ranked": len(pool.codes), "seats": pool.seats, "count": len(guilty)}
    return tuple(Problem(f"/equity/{i}", reason(code, describe([rules[i]]), **facts)) for i in guilty)
