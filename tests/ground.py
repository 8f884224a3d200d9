"""The ground on which tests begin: one transaction to a module, where what many tests begin with is made once.

A test that begins with the same steps as one before it (a cohort, its regions, their assessments) finds them done:
after each step that is `laid` there is a savepoint, and the transaction goes back to it when the test first does
something of its own. Steps within steps are found likewise. Hides where the transaction stands, and how steps are told
apart.
"""

import io
import pickle
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.kernel.db import Connection, Database
from app.kernel.engines import create_sessions
from app.services import calendars

P = ParamSpec("P")
R = TypeVar("R")
_CLOCK = calendars.now


class Laid(NamedTuple):
    """A step that was made: what it was, the savepoints before and after it, and what it returned, pickled."""

    start: int
    step: bytes
    end: int
    returned: bytes


class Ground(Database):
    """The database of a module's tests: every session and every read shares the one transaction."""

    standing: "Ground | None" = None  # that of the test that runs

    def __init__(self, engine: AsyncEngine, outer: AsyncConnection, driver: Connection) -> None:
        super().__init__(engine, secret=b"for tests only")
        self.sessions = create_sessions(outer, join_transaction_mode="create_savepoint")
        self._outer = outer
        self._driver = driver
        self._laid: list[Laid] = []  # all are there, the later upon the earlier
        self._newest = 0
        # The savepoint whose state the test sees; None when it has done something that nobody else did.
        self._at: int | None = None

    @asynccontextmanager
    async def test(self) -> AsyncIterator[Database]:
        """Let one test begin where nothing is made yet."""
        self._at = 0
        Ground.standing = self
        yield self
        Ground.standing = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """Lend the one connection."""
        await self._leave()
        yield self._driver

    snapshot = read  # in the one transaction there is nobody else to write

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open a savepoint that stands for the transaction of one write."""
        await self._leave()
        # The names of savepoints begin anew, so that their statements are known, and not prepared each time.
        self._outer.sync_connection._Connection__savepoint_seq = 0  # type: ignore[union-attr]  # SQLAlchemy's own count
        async with super().write() as session:
            yield session

    async def set_savepoint(self, number: int) -> None:
        """Remember how things stand."""
        await self._driver.execute(f"SAVEPOINT ground_{number}")

    async def _leave(self) -> None:
        # Only now, because the next step might have been found done.
        if self._at is not None:
            await self._driver.execute(f"ROLLBACK TO SAVEPOINT ground_{self._at}")
            self._laid = [one for one in self._laid if one.end <= self._at]
            self._at = None

    async def lay(self, step: bytes, make: Callable[[], Awaitable[R]]) -> R:
        """Return what the step returned when it was made from here; make it, if it is not."""
        start = self._at
        if start is None:
            return await make()
        for one in self._laid:
            if (one.start, one.step) == (start, step):
                self._at = one.end
                return pickle.loads(one.returned)  # type: ignore[no-any-return]  # noqa: S301 - our own
        returned = await make()
        if self._at is None:
            self._newest += 1
            await self.set_savepoint(self._newest)
            self._at = self._newest
        self._laid.append(Laid(start, step, self._at, pickle.dumps(returned)))
        return returned


def laid(make: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Let a step be made once for all tests of a module that begin with it.

    Its arguments, the moment and the steps before must say all that it does; it returns plain values.
    """

    @wraps(make)
    async def found_or_made(*args: P.args, **kwargs: P.kwargs) -> R:
        ground = Ground.standing
        if ground is None:
            return await make(*args, **kwargs)
        moment = None if calendars.now is _CLOCK else calendars.now()
        step = _written((make.__module__, make.__qualname__, moment, args, kwargs))
        return await ground.lay(step, lambda: make(*args, **kwargs))

    return found_or_made


class _Pickler(pickle.Pickler):
    """Writes down values, and of what differs from test to test only what it stands for."""

    def persistent_id(self, value: Any) -> Any:
        """Name the database, the people, and a person by the key."""
        if isinstance(value, Database):
            assert value is Ground.standing, "a step of another database"
            return "database"
        if isinstance(value, httpx.AsyncClient):
            return value.headers.get("Authorization", "public")
        if getattr(value, "__name__", None) == "client_of":
            return "people"
        return None


def _written(value: object) -> bytes:
    file = io.BytesIO()
    _Pickler(file).dump(value)
    return file.getvalue()
