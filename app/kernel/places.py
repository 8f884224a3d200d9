"""How much one process does at once, and how much of it for one client.

Beyond `AT_ONCE` requests a further one is refused at once: one that waits for a connection until its time is up helps
nobody, and holds up the next. A request is at work until its answer begins: how long the other side takes over it is no
work. So that nobody lets answers pile up, a client may have only so many open that it has not taken (`OPEN_AT_ONCE`),
and all of them together so many (`ALL_OPEN`).
An export is at work for as long as it is taken; those without a key together leave a place to whoever has one.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

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
        self._open: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def opened(self, kind: str, client: str, *, has_key: bool) -> Iterator[bool]:
        """Count an open request of a client for so long; yield whether there was a place for it."""
        taken = {(kind, client): OPEN_AT_ONCE[kind]}
        if kind == "exports" and not has_key:
            taken[kind, _EVERYONE] = EXPORTS_WITHOUT_KEY
        self.open += 1
        self._open.update(taken.keys())
        try:
            yield all(self._open[place] <= most for place, most in taken.items())
        finally:
            self.open -= 1
            self._open.subtract(taken.keys())
            for place in taken:
                if not self._open[place]:
                    del self._open[place]
