"""What a lifecycle is: states, the steps between them, and which of these somebody may ask for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

Step = tuple[str, str]


class IllegalTransitionError(Exception):
    """A step that the lifecycle does not know; carries the states that can be asked for."""

    def __init__(self, state: str, to: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"{state} -> {to}")
        self.state = state
        self.to = to
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """States and the moves between them; `elsewhere` lists those that nobody asks for, under what takes them."""

    initial: str
    moves: Mapping[str, tuple[str, ...]]
    unpublished: frozenset[str] = frozenset()
    elsewhere: Mapping[str, Collection[Step]] = field(default_factory=dict)

    @property
    def states(self) -> tuple[str, ...]:
        """Every state once, in the order a record meets them."""
        seen = dict.fromkeys([self.initial])
        for state, following in self.moves.items():
            seen |= dict.fromkeys([state, *following])
        return tuple(seen)

    def following(self, state: str) -> tuple[str, ...]:
        """States that may follow `state`, whatever leads there; empty at an end."""
        return self.moves.get(state, ())

    def taken_by(self, state: str, to: str) -> str | None:
        """Name what takes this step, when nobody takes it by asking for it."""
        return next((taker for taker, steps in self.elsewhere.items() if (state, to) in steps), None)

    def allowed(self, state: str) -> tuple[str, ...]:
        """States that can be asked for in `state`."""
        return tuple(to for to in self.following(state) if self.taken_by(state, to) is None)

    def advance(self, state: str, to: str) -> str:
        """Return `to` when the step is legal, whatever takes it; raise `IllegalTransitionError` otherwise."""
        if to not in self.following(state):
            raise IllegalTransitionError(state, to, self.allowed(state))
        return to

    def later(self, state: str) -> frozenset[str]:
        """States that steps lead to from `state`, one step or several."""
        reached = [*self.following(state)]
        for one in reached:
            reached.extend(to for to in self.following(one) if to not in reached)
        return frozenset(reached)

    def path(self, to: str) -> tuple[str, ...]:
        """Return the shortest way from `initial` to `to`, both included (ties: the order of the table)."""
        ways: list[tuple[str, ...]] = [(self.initial,)]
        reached = {self.initial}
        for way in ways:
            if way[-1] == to:
                return way
            for following in self.following(way[-1]):
                if following not in reached:
                    reached.add(following)
                    ways.append((*way, following))
        raise ValueError(to)
