"""The best set of regions under bounds on seats, exactly: seats are units that flow through a small network.

    source -> island group -> province -> kind -> sink

A rule bounds the flow of one edge. The edge from a province to a kind yields the scores of its regions, best first, so
what each further unit adds never rises, and `flow` fills the seats one by one, always the best of their number.

Nothing is rounded, so no difference between two sets is too small to count. Scores become whole numbers over their
common denominator; below their last digit stand the ranks as powers of two, which part sets of equal total; and above
any possible sum of scores stands a bonus for every unit that an `at_least` asks for, so those are met if they can be.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from fractions import Fraction
from math import lcm

from app.domain.facts import Region
from app.domain.flow import Edge, Network
from app.domain.methods import Scope
from app.domain.ranking import Ranking

Group = tuple[Scope, str]
Bounds = dict[Group, tuple[int, int | None]]  # at least, at most
SCOPES: tuple[Scope, ...] = ("island_group", "province", "kind")

# The two ends of the network; no group has an empty code.
SOURCE: Group = ("island_group", "")
SINK: Group = ("kind", "")


def per_group(regions: Iterable[Region]) -> Counter[Group]:
    """Count regions per group, in every scope."""
    return Counter((scope, region.group(scope)) for region in regions for scope in SCOPES)


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
        return per_group(standing.region for standing in self._standings if standing.region.code in codes)

    def total(self, codes: Collection[str]) -> Fraction:
        """Sum the exact scores of a set."""
        return sum((self._exact[code] for code in codes), Fraction(0))

    def choose(self, bounds: Bounds) -> frozenset[str] | None:
        """Find the best set, as region codes; None when no set obeys the bounds."""
        chosen = self.fill(bounds)
        return None if chosen is None or self.short(chosen, bounds) else chosen

    def short(self, codes: Collection[str], bounds: Bounds) -> int:
        """Count the seats that a set lacks of its groups' lower bounds."""
        taken = self.count(codes)
        return sum(max(0, lower - taken[group]) for group, (lower, _) in bounds.items())

    def fill(self, bounds: Bounds) -> frozenset[str] | None:
        """Find the best of the sets that lack least of the lower bounds; None when the upper ones leave no set."""
        bonus = self.seats * (max(self._worth, default=0) - min(self._worth, default=0)) + 1

        def bounded(group: Group, tail: Group, head: Group) -> Edge:
            lower, upper = bounds.get(group, (0, None))
            capacity = self._members[group] if upper is None else min(upper, self._members[group])
            wanted = min(lower, capacity)
            return Edge(tail, head, [bonus] * wanted + [0] * (capacity - wanted))

        cells: dict[tuple[Group, Group], list[int]] = {}
        for place, standing in enumerate(self._standings):
            region = standing.region
            cells.setdefault((("province", region.province), ("kind", region.kind)), []).append(place)
        filled = {ends: Edge(*ends, [self._worth[place] for place in places]) for ends, places in cells.items()}
        edges = list(filled.values())
        for group in self._members:
            scope, code = group
            if scope == "island_group":
                edges.append(bounded(group, SOURCE, group))
            elif scope == "province":
                edges.append(bounded(group, ("island_group", self.islands[code]), group))
            else:
                edges.append(bounded(group, group, SINK))
        network = Network(edges)
        if not all(network.push(SOURCE, SINK) for _ in range(self.seats)):
            return None
        return frozenset(
            self._standings[place].region.code
            for ends, places in cells.items()
            for place in places[: filled[ends].flow]
        )
