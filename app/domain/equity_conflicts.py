"""Which equity rules cannot hold together: a smallest such set, found without trying all sets.

Seats are a circulation, source -> island group -> province -> kind -> sink -> source, where a rule bounds one edge and
the last edge carries exactly the number of seats. By Hoffman's theorem (A. J. Hoffman, Some recent applications of the
theory of linear inequalities to extremal combinatorial analysis, 1960) the bounds leave no circulation exactly when
some set of nodes must take in, by the lower bounds of its edges, more than the upper bounds let out. So a smallest
conflict is such an overfull cut that needs the fewest rules.

The network is a tree on one side and a handful of kinds on the other. For every side that source, sink and the kinds
can be on, a walk up the tree keeps the most overfull cut for 0, 1, 2, ... rules. A rule on every group of its scope
counts once however many edges it bounds; those (at most six: three scopes, two bounds) are tried in all combinations.
Once a conflict is found only smaller ones are looked for, so the tables, which are slow to join, get shorter.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import combinations, product, zip_longest

from app.domain.methods import Bound, EquityRule, Scope

# For 0, 1, 2, ... rules: by how much the best cut is overfull, and which rules (by index) it uses.
Table = list[tuple[int, tuple[int, ...]]]
NOTHING: Table = [(0, ())]
NEVER = -(10**9)


def smallest_conflict(
    rules: Sequence[EquityRule],
    reach: Sequence[Sequence[str]],
    islands: Mapping[str, str],
    sizes: Mapping[tuple[str, str], int],
    seats: int,
) -> tuple[int, ...]:
    """Name a smallest set of rules, by index, that cannot hold together; empty when all rules can.

    `reach`: the groups of each rule. `islands`: the island group of each province. `sizes`: how many regions can be
    seated per (province, kind). `seats`: how many must be; without rules they can. Of several smallest sets always the
    same one is named.
    """
    wide = [i for i, rule in enumerate(rules) if rule.group is None]
    kinds = sorted(
        {kind for _, kind in sizes} | {group for i, r in enumerate(rules) if r.scope == "kind" for group in reach[i]}
    )
    found: tuple[int, ...] = ()
    for count in range(len(wide) + 1):
        for held in combinations(wide, count):
            most = (len(found) - 1 if found else len(rules)) - count
            if most < 0:
                return found
            cuts = _Cuts(most, rules, reach, held, islands, sizes)
            for source, sink, *sides in product((False, True), repeat=2 + len(kinds)):
                table = cuts.table(source, sink, dict(zip(kinds, sides, strict=True)), seats)
                used = next((used for excess, used in table if excess > 0), None)
                if used is not None and (not found or count + len(used) < len(found)):
                    found = tuple(sorted({*held, *used}))
    return found


class _Cuts:
    """The fullest cuts while the rules `held` are in force and at most `most` on one group are added."""

    def __init__(
        self,
        most: int,
        rules: Sequence[EquityRule],
        reach: Sequence[Sequence[str]],
        held: Sequence[int],
        islands: Mapping[str, str],
        sizes: Mapping[tuple[str, str], int],
    ) -> None:
        self._most = most
        self._sizes = sizes
        self._provinces: dict[str, list[str]] = {}
        for province, island in sorted(islands.items()):
            self._provinces.setdefault(island, []).append(province)
        self._bounds: dict[tuple[Scope, Bound, str], Table] = {}
        for i in held:
            for group in reach[i]:
                self._bounds[rules[i].scope, rules[i].bound, group] = [(_excess(rules[i]), ())]
        for i, rule in enumerate(rules):
            if rule.group is not None:
                free = self._bounds.get((rule.scope, rule.bound, rule.group), _free(rule.bound))
                self._bounds[rule.scope, rule.bound, rule.group] = [*free, (_excess(rule), (i,))]

    def table(self, source: bool, sink: bool, sides: Mapping[str, bool], seats: int) -> Table:
        """Find the best cuts with source, sink and each kind on the side given (True: inside)."""
        parts: list[Table] = [[((source - sink) * seats, ())]]
        parts += [self._edge("kind", kind, tail=side, head=sink) for kind, side in sides.items()]
        parts += [
            _best(
                self._join(
                    self._edge("island_group", island, tail=source, head=inside), *self._below(provinces, sides, inside)
                )
                for inside in (False, True)
            )
            for island, provinces in self._provinces.items()
        ]
        return self._join(*parts)

    def _below(self, provinces: Iterable[str], sides: Mapping[str, bool], island: bool) -> list[Table]:
        return [
            _best(
                self._join(
                    self._edge("province", province, tail=island, head=inside), self._cells(province, sides, inside)
                )
                for inside in (False, True)
            )
            for province in provinces
        ]

    def _cells(self, province: str, sides: Mapping[str, bool], inside: bool) -> Table:
        """Weigh the edges from a province to its kinds: no lower bound, and no more than there are regions."""
        out = sum(self._sizes.get((province, kind), 0) for kind, side in sides.items() if inside and not side)
        return [(-out, ())]

    def _edge(self, scope: Scope, group: str, *, tail: bool, head: bool) -> Table:
        """Weigh one edge: entering it counts its lower bound, leaving it counts its upper bound against."""
        enter = self._bounds.get((scope, "at_least", group), _free("at_least"))
        leave = self._bounds.get((scope, "at_most", group), _free("at_most"))
        if tail != head:
            return enter if head else leave
        return _best([NOTHING, self._join(enter, leave)])  # the two bounds may contradict each other without their ends

    def _join(self, *tables: Table) -> Table:
        return reduce(self._join_two, tables, NOTHING)

    def _join_two(self, one: Table, two: Table) -> Table:
        """Put two parts together, with the best split of the rules between them."""
        return [
            max((_add(one[i], two[count - i]) for i in range(len(one)) if 0 <= count - i < len(two)), key=_by_excess)
            for count in range(min(len(one) + len(two) - 1, self._most + 1))
        ]


def _excess(rule: EquityRule) -> int:
    return rule.seats if rule.bound == "at_least" else -rule.seats


def _free(bound: Bound) -> Table:
    return [(0 if bound == "at_least" else NEVER, ())]


def _add(one: tuple[int, tuple[int, ...]], two: tuple[int, tuple[int, ...]]) -> tuple[int, tuple[int, ...]]:
    return (one[0] + two[0], one[1] + two[1])


def _by_excess(entry: tuple[int, tuple[int, ...]]) -> int:
    return entry[0]


def _best(tables: Iterable[Table]) -> Table:
    """Take, for each number of rules, whichever part is better."""
    return [max(entries, key=_by_excess) for entries in zip_longest(*tables, fillvalue=(NEVER, ()))]
