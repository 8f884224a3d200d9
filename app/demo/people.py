"""Who takes part in the rehearsal: a key for each, issued by the administrator and revoked when all is over."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from rich.progress import Progress

from app.client import Client
from app.demo.method import Scale

ItemT = TypeVar("ItemT")
DoneT = TypeVar("DoneT")
REASON = "rehearsal: seratus demo"
_KEY_LIFE = timedelta(hours=1)
# Quick wins begin in June and take a year at most.
_YEAR_IS_OVER = 7
# As many as keep one server busy.
_AT_ONCE = 6


class Stage:
    """Where the rehearsal takes place: hands out clients to those who take part, and shows how far things are.

    `year` is the year of the ceremony: the last one after which quick wins have had their year.
    """

    def __init__(self, administrator: Client, bar: Progress, scale: Scale) -> None:
        self.administrator = administrator
        self.scale = scale
        self.citizen = administrator.with_key("")
        self.now = datetime.now(UTC)
        self.year = self.now.year - (1 if self.now.month >= _YEAR_IS_OVER else 2)
        self._offices: dict[str, Client] = {}
        self._bar = bar
        self._keys: list[str] = []
        self._clients: list[Client] = [self.citizen]

    def enter(self, name: str, role: str, **speaks_for: str) -> Client:
        """Issue a key and return the client of who holds it."""
        expires_at = (self.now + _KEY_LIFE).isoformat()
        asked = {"name": f"demo: {name}", "role": role, "expires_at": expires_at, **speaks_for}
        key = self.administrator.post("/v1/api-keys", asked)
        self._keys.append(f"/v1/api-keys/{key['id']}")
        client = self.administrator.with_key(key["secret"])
        self._clients.append(client)
        return client

    def office(self, region_code: str) -> Client:
        """Return the client of a region's own office, with a key from its first call on."""
        if region_code not in self._offices:
            self._offices[region_code] = self.enter(
                f"office of {region_code}", "region_editor", region_code=region_code
            )
        return self._offices[region_code]

    def step(self, doing: str) -> None:
        """Say what is being done."""
        self._bar.add_task(doing, total=None)

    def each(self, doing: str, items: Iterable[ItemT], do: Callable[[ItemT], DoneT]) -> list[DoneT]:
        """Do the same for every item, several at once; return what came of each, in the order of the items."""
        todo: Sequence[ItemT] = list(items)
        task = self._bar.add_task(doing, total=len(todo))
        done = []
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for one in pool.map(do, todo):
                done.append(one)
                self._bar.advance(task)
        return done

    def leave(self) -> None:
        """Revoke every key."""
        try:
            self.each("revoking the keys", self._keys, self.administrator.delete)
        finally:
            for client in self._clients:
                client.__exit__(None, None, None)


@contextmanager
def stage(administrator: Client, bar: Progress, scale: Scale) -> Iterator[Stage]:
    """Set the stage for so long; its keys are revoked however it ends."""
    set_up = Stage(administrator, bar, scale)
    try:
        yield set_up
    finally:
        set_up.leave()
