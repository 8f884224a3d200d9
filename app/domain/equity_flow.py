"""The best set of regions under bounds on seats, exactly: seats are units that flow through a small network.

    source -> island group -> province -> kind -> sink

A rule bounds the flow of one edge. The edge from a province to a kind yields the scores of its regions, best first, so
what each further unit adds never rises. Filling the seats one by one, each along the path that adds most (which may
take a unit back from an edge), keeps the flow the best of its size: the successive shortest path method, exact on a
network whose gains never rise (Ahuja, Magnanti, Orlin, Network Flows, 1993, ch. 9.7 and 14.5).

Nothing is rounded, so no difference between two sets is too small to count. Scores become whole numbers over their
common denominator; below their last digit stand the ranks as powers of two, which part sets of equal total; and above
any possible sum of scores stands a bonus for every unit that an `at_least` asks for, so those are met if they can be.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from app.domain.methods import Scope
from app.domain.ranking import Ranking

Group = tuple[Scope, str]
Bounds = dict[Group, tuple[int, int | None]]  # at least, at most
SCOPES: tuple[Scope, ...] = ("island_group", "province", "kind")


@dataclass(slots=True)
class _Edge:
    """`gains`: what each further unit adds, never rising; the first `flow` units are taken."""

    tail: Group
    head: Group
    gains: list[int]
    flow: int = 0


# The two ends of the network; no group has an empty code.
SOURCE: Group = ("island_group", "")
SINK: Group = ("kind", "")


class Pool:
    """The ranked regions and the seats to give them, ready to be solved under one set of bounds after another.

    `codes` are the ranked regions by rank, `seats` at most as many. `islands` is the island group of every province,
    `sizes` the number of ranked regions per (province, kind).
    """

    def __init__(self, ranking: Ranking, seats: int) -> None:
        self._standings = ranking.standings
        self.seats = min(seats, len(self._standings))
        ranked = [standing.region for standing in self._standings]
        self._eligible = ranked + [other.region for other in ranking.unranked if other.eligible]
        self.islands: dict[str, str] = {}
        for region in ranked + [other.region for other in ranking.unranked]:
            if self.islands.setdefault(region.province, region.island_group) != region.island_group:
                raise ValueError(f"province {region.province} lies in two island groups")
        self.sizes: Counter[tuple[str, str]] = Counter((region.province, region.kind) for region in ranked)
        self.codes = [region.code for region in ranked]
        self._members = self.count(self.codes)
        self._exact = {standing.region.code: standing.exact for standing in self._standings}
        scale, size = lcm(*(exact.denominator for exact in self._exact.values())), len(ranked)
        self._worth = [(int(s.exact * scale) << size) + (1 << size - s.rank) for s in self._standings]

    def groups(self, scope: Scope) -> tuple[str, ...]:
        """List the groups of a scope that have an eligible region."""
        return tuple(sorted({region.group(scope) for region in self._eligible}))

    def count(self, codes: Collection[str]) -> Counter[Group]:
        """Count the regions of a set per group, in every scope."""
        regions = [standing.region for standing in self._standings if standing.region.code in codes]
        return Counter((scope, region.group(scope)) for region in regions for scope in SCOPES)

    def total(self, codes: Collection[str]) -> Fraction:
        """Sum the exact scores of a set."""
        return sum((self._exact[code] for code in codes), Fraction(0))

    def choose(self, bounds: Bounds) -> frozenset[str] | None:
        """Find the best set, as region codes; None when no set obeys the bounds."""
        bonus = self.seats * (max(self._worth, default=0) - min(self._worth, default=0)) + 1

        def bounded(group: Group, tail: Group, head: Group) -> _Edge:
            lower, upper = bounds.get(group, (0, None))
            capacity = self._members[group] if upper is None else min(upper, self._members[group])
            wanted = min(lower, capacity)
            return _Edge(tail, head, [bonus] * wanted + [0] * (capacity - wanted))

        cells: dict[tuple[Group, Group], list[int]] = {}
        for place, standing in enumerate(self._standings):
            region = standing.region
            cells.setdefault((("province", region.province), ("kind", region.kind)), []).append(place)
        filled = {ends: _Edge(*ends, [self._worth[place] for place in places]) for ends, places in cells.items()}
        edges = list(filled.values())
        for group in self._members:
            scope, code = group
            if scope == "island_group":
                edges.append(bounded(group, SOURCE, group))
            elif scope == "province":
                edges.append(bounded(group, ("island_group", self.islands[code]), group))
            else:
                edges.append(bounded(group, group, SINK))
        if not all(_push(edges) for _ in range(self.seats)):
            return None
        chosen = frozenset(
            self._standings[place].region.code
            for ends, places in cells.items()
            for place in places[: filled[ends].flow]
        )
        taken = self.count(chosen)
        return chosen if all(taken[group] >= lower for group, (lower, _) in bounds.items()) else None


def _push(edges: Sequence[_Edge]) -> bool:
    """Send one more unit from source to sink on the path that adds most (Bellman-Ford); False when there is no path."""
    best: dict[Group, int] = {SOURCE: 0}
    came: dict[Group, tuple[_Edge, int]] = {}
    settled = False
    while not settled:
        settled = True
        for edge in edges:
            if edge.flow < len(edge.gains) and edge.tail in best:
                gain = best[edge.tail] + edge.gains[edge.flow]
                if edge.head not in best or gain > best[edge.head]:
                    best[edge.head], came[edge.head], settled = gain, (edge, 1), False
            if edge.flow > 0 and edge.head in best:
                gain = best[edge.head] - edge.gains[edge.flow - 1]
                if edge.tail not in best or gain > best[edge.tail]:
                    best[edge.tail], came[edge.tail], settled = gain, (edge, -1), False
    if SINK not in best:
        return False
    node = SINK
    while node != SOURCE:
        edge, unit = came[node]
        edge.flow += unit
        node = edge.tail if unit == 1 else edge.head
    return True
