"""Units that flow through a small network from source to sink, each along the path that adds most.

What each further unit on an edge adds never rises. A path may take a unit back from an edge, so every step keeps the
flow the best of its size: the successive shortest path method, exact on a network whose gains never rise (Ahuja,
Magnanti, Orlin, Network Flows, 1993, ch. 9.7 and 14.5). Gains are whole numbers; nothing is rounded.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Node = tuple[str, str]


@dataclass(slots=True, eq=False)
class Edge:
    """`gains`: what each further unit adds, never rising; the first `flow` units are taken."""

    tail: Node
    head: Node
    gains: Sequence[int]
    flow: int = 0


_Arc = tuple[Edge, int]  # an edge, forward (1) or back (-1)


class Network:
    """The edges by the nodes they leave. The network must be free of circles that gain, as one without circles is."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self._arcs: dict[Node, list[_Arc]] = {}
        for edge in edges:
            self._arcs.setdefault(edge.tail, []).append((edge, 1))
            self._arcs.setdefault(edge.head, []).append((edge, -1))

    def push(self, source: Node, sink: Node) -> bool:
        """Send one more unit on the path that adds most; False when there is no path."""
        came = self._best_paths(source)
        if sink not in came:
            return False
        node = sink
        while node != source:
            edge, unit = came[node]
            edge.flow += unit
            node = edge.tail if unit == 1 else edge.head
        return True

    def reachable(self, start: Node) -> frozenset[Node]:
        """Find what a further unit from `start` could reach."""
        return frozenset((start, *self._best_paths(start)))

    def _best_paths(self, source: Node) -> dict[Node, _Arc]:
        """Find the last arc of the best path to every node (Bellman-Ford, from a queue of the nodes that improved)."""
        best: dict[Node, int] = {source: 0}
        came: dict[Node, _Arc] = {}
        queue, queued = deque([source]), {source}
        while queue:
            node = queue.popleft()
            queued.discard(node)
            for edge, unit in self._arcs.get(node, ()):
                if unit == 1:
                    if edge.flow >= len(edge.gains):
                        continue
                    after, gain = edge.head, best[node] + edge.gains[edge.flow]
                else:
                    if edge.flow <= 0:
                        continue
                    after, gain = edge.tail, best[node] - edge.gains[edge.flow - 1]
                if after not in best or gain > best[after]:
                    best[after], came[after] = gain, (edge, unit)
                    if after not in queued:
                        queued.add(after)
                        queue.append(after)
        return came
