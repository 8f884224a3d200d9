"""The fairest way to fill panels, exactly: seats are units that flow through a small network.

    panel -> slot (panel, group) -> assessor

A slot takes one assessor. Its group is the assessor's institution where a panel needs different ones, else the assessor
alone. Each seat is filled along the path to the least loaded assessor that can be reached, where a path may pass on
seats given before. The k-th seat of an assessor costs k, so this is the successive shortest path method on a network
with convex costs (Ahuja, Magnanti, Orlin, Network Flows, 1993, ch. 9.7 and 14.5): the sum of the squared loads is the
least possible. The loads that a network can carry form an M-convex set, and on such a set the least sum of squares is
also the choice whose largest load is smallest, then the second largest, and so on (A. Frank, K. Murota, Decreasing
minimization on M-convex sets: background and structures, Mathematical Programming 195, 2022).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

Slots = Mapping[str, Mapping[str, Sequence[str]]]  # per panel and group, the assessors who may take the slot
Lot = Callable[[str, str], str]  # by panel and assessor; the smallest goes first among equals


class _Node(NamedTuple):
    kind: str  # panel, slot or assessor
    name: str
    group: str


class Board:
    """The panels while they are being filled. `seats`: who sits in which slot; `loads`: seats per assessor."""

    def __init__(self, slots: Slots, loads: Mapping[str, int], limits: Mapping[str, int | None], lot: Lot) -> None:
        self._slots = slots
        self._limits = limits
        self._lot = lot
        self._held: dict[str, list[str]] = {assessor: [] for assessor in loads}
        self.loads = dict(loads)
        self.seats: dict[tuple[str, str], str] = {}

    def fill(self, panel: str) -> bool:
        """Give the panel one more assessor; False when there is none, which later seats cannot change."""
        came = self._reach(panel)
        ends = [node for node in came if self._has_room(node)]
        if not ends:
            return False
        end = min(ends, key=lambda node: (self.loads[node.name], self._lot(panel, node.name)))
        self.loads[end.name] += 1
        self._pass_on(end, came)
        return True

    def in_the_way(self, panel: str) -> tuple[str, ...]:
        """Name the assessors who could make room for one more seat of the panel if they had any."""
        return tuple(sorted(node.name for node in self._reach(panel) if node.kind == "assessor"))

    def _has_room(self, node: _Node) -> bool:
        return node.kind == "assessor" and self._may_take(node.name)

    def _may_take(self, assessor: str) -> bool:
        limit = self._limits[assessor]
        return limit is None or self.loads[assessor] < limit

    def _reach(self, panel: str) -> dict[_Node, _Node | None]:
        """Find what the panel can reach, each with the node before it, breadth first until nothing can be better."""
        least = min((load for assessor, load in self.loads.items() if self._may_take(assessor)), default=0)
        came: dict[_Node, _Node | None] = {_Node("panel", panel, ""): None}
        ring = list(came)
        while ring and not any(self._has_room(node) and self.loads[node.name] == least for node in ring):
            further: list[_Node] = []
            for node in ring:
                for after in self._next(node):
                    if after not in came:
                        came[after] = node
                        further.append(after)
            ring = further
        return came

    def _next(self, node: _Node) -> Iterator[_Node]:
        if node.kind == "panel":
            for group in self._slots[node.name]:
                if (node.name, group) not in self.seats:
                    yield _Node("slot", node.name, group)
        elif node.kind == "slot":
            for assessor in self._slots[node.name][node.group]:
                yield _Node("assessor", assessor, node.group)
            if (node.name, node.group) in self.seats:
                yield _Node("panel", node.name, "")
        else:
            for panel in self._held[node.name]:
                yield _Node("slot", panel, node.group)

    def _pass_on(self, end: _Node, came: Mapping[_Node, _Node | None]) -> None:
        """Carry out the path that ends here: from slot to assessor a seat is given, from assessor to slot given up."""
        path = [end]
        while (before := came[path[-1]]) is not None:
            path.append(before)
        path.reverse()
        moves = list(pairwise(path))
        for giver, slot in moves:
            if giver.kind == "assessor":
                self._held[giver.name].remove(slot.name)
                del self.seats[slot.name, slot.group]
        for slot, taker in moves:
            if taker.kind == "assessor":
                self._held[taker.name].append(slot.name)
                self.seats[slot.name, slot.group] = taker.name
