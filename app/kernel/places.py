"""How much one process does at once, and how much of it for one client.

Beyond `AT_ONCE` requests a further one is refused at once: one that waits for a connection until its time is up helps
nobody, and holds up the next. A request is at work until its answer begins: how long the other side takes over it is no
work. So that nobody lets answers pile up, a client may have only so many open that it has not taken (`OPEN_AT_ONCE`),
and all of them together so many (`ALL_OPEN`).
An export is at work for as long as it is taken; those without a key together leave a place to whoever has one.
"""

from collections.abc import Mapping

from app.kernel.db import EXPORTS_AT_ONCE

AT_ONCE = 300
ALL_OPEN = 1_000
OPEN_AT_ONCE = {"reads": 100, "writes": 100, "exports": 2}
EXPORTS_WITHOUT_KEY = EXPORTS_AT_ONCE - 1
_EVERYONE = ""


class Work:
    """One request while it is at work; `ends` once its answer begins, or it is over."""

    def __init__(self, places: "Places") -> None:
        self._places: Places | None = places
        places.at_work += 1

    def ends(self) -> None:
        """Give the place back; done once."""
        if self._places is not None:
            self._places.at_work -= 1
            self._places = None


class Places:
    """What is at work in this process, and what each client has open."""

    def __init__(self) -> None:
        self.at_work = 0
        self.open = 0
        self.held: dict[tuple[str, str], int] = {}  # of each kind by each client, where there are any

    def opened(self, kind: str, client: str, *, has_key: bool) -> "Opened":
        """Return an open request of a client; entered, it tells whether there was a place for it."""
        wanted = {(kind, client): OPEN_AT_ONCE[kind]}
        if kind == "exports" and not has_key:
            wanted[kind, _EVERYONE] = EXPORTS_WITHOUT_KEY
        return Opened(self, wanted)


class Opened:
    """An open request, for as long as it is entered. A class, because every one passes here and a generator costs more.

    `wanted` are the places that it takes, each with how many there are.
    """

    __slots__ = ("_places", "_wanted")

    def __init__(self, places: Places, wanted: Mapping[tuple[str, str], int]) -> None:
        self._places = places
        self._wanted = wanted

    def __enter__(self) -> bool:
        """Take the places; tell whether all of them were there."""
        self._places.open += 1
        held, fits = self._places.held, True
        for place, most in self._wanted.items():
            held[place] = taken = held.get(place, 0) + 1
            fits = fits and taken <= most
        return fits

    def __exit__(self, *_error: object) -> None:
        """Give them back."""
        self._places.open -= 1
        held = self._places.held
        for place in self._wanted:
            held[place] -= 1
            if not held[place]:
                del held[place]
