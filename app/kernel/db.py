"""The database: the ways in.

`Database.read()` lends a bare driver connection in autocommit, for the projections; `Database.write()` opens the
one transaction of a write; `Database.snapshot()` lends a connection that sees one moment, and `Database.export()` one
for as long as somebody reads from it. Hides the few connections that readers keep from the pool, and how the log's
cursors come by their secret.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog
from sqlalchemy import event
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.pool import NullPool, PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from app.kernel.engines import GRACE_S, POOL_TIMEOUT_S, create_sessions

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection  # generic only in its stubs

Lend = Callable[[], AbstractAsyncContextManager[Connection]]

# So many connections are kept at hand for reads: lending one by the pool takes about as long as a statement does.
READERS_KEPT = 10
# An export lasts as long as its client reads; so few at once, in one process, leave the pool to everyone else.
EXPORTS_AT_ONCE = 4
SNAPSHOT_TIMEOUT_S = 900
CLOSE_TIMEOUT_S = 5.0

# What a database raises that is away or too busy, through whichever layer.
DATABASE_ERRORS = (
    OSError,
    SQLAlchemyError,
    AsyncAdapt_asyncpg_dbapi.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
log = structlog.get_logger()


class Database:
    """The engine with its ways in."""

    def __init__(self, engine: AsyncEngine, secret: bytes = b"") -> None:
        self.engine = engine
        self.sessions = create_sessions(engine)
        # The same for every process that shares the database (see `load_secret`).
        self._secret = secret
        # They stay lent by the pool, so its size bounds readers and writers together. PgBouncer keeps its own.
        self._readers: list[PoolProxiedConnection] = []
        self._readers_kept = 0 if isinstance(engine.pool, NullPool) else READERS_KEPT
        self._exports = asyncio.Semaphore(EXPORTS_AT_ONCE)
        event.listen(engine.sync_engine, "engine_disposed", self._drop_readers)

    @property
    def secret(self) -> bytes:
        """Signs cursors. Raises `DisconnectionError` while it is not known because the database is away."""
        if not self._secret:
            raise DisconnectionError("the secret of the cursors is not read yet")
        return self._secret

    def read(self) -> AbstractAsyncContextManager[Connection]:
        """Lend a driver connection in autocommit: `async with database.read() as connection`."""
        return _Lent(self)

    async def _take_back(self, raw: PoolProxiedConnection, driver: Connection) -> None:
        if driver.is_in_transaction():  # nobody may inherit what was left open
            await greenlet_spawn(raw.invalidate)
        elif len(self._readers) < self._readers_kept:
            self._readers.append(raw)
        else:
            await greenlet_spawn(raw.close)

    async def _reader(self) -> PoolProxiedConnection:
        while self._readers:
            raw = self._readers.pop()
            if raw.driver_connection is not None and not raw.driver_connection.is_closed():
                return raw
            await greenlet_spawn(raw.invalidate)
        return await self.engine.raw_connection()

    def _drop_readers(self, _engine: object) -> None:
        while self._readers:
            self._readers.pop().invalidate()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open the transaction of one write: commits on return, rolls back when an exception passes."""
        async with self.sessions.begin() as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """Lend a driver connection whose statements all see the same moment, and which writes nothing.

        When an exception passes, the connection is closed at once, whatever it is in the middle of.
        """
        raw = await self.engine.raw_connection()
        try:
            driver = driver_of(raw)
            await driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            await driver.execute(f"SET LOCAL statement_timeout = {SNAPSHOT_TIMEOUT_S * 1000}")
            with _waiting(driver, SNAPSHOT_TIMEOUT_S + GRACE_S):
                yield driver
            await driver.execute("ROLLBACK")
        except BaseException:
            if raw.driver_connection is not None:
                raw.driver_connection.terminate()
            raise
        finally:
            await greenlet_spawn(raw.close)

    @asynccontextmanager
    async def export(self) -> AsyncIterator[Connection]:
        """Lend a snapshot for as long as a client takes to read from it; only so many at once."""
        try:
            async with asyncio.timeout(POOL_TIMEOUT_S):
                await self._exports.acquire()
        except TimeoutError as error:
            raise PoolTimeoutError from error
        try:
            async with self.snapshot() as connection:
                yield connection
        finally:
            self._exports.release()

    async def load_secret(self) -> None:
        """Read the cursor secret that the first migration made."""
        async with self.read() as connection:
            value = await connection.fetchval("SELECT value FROM service_secrets WHERE name = 'cursor'")
        self._secret = str(value).encode()

    @asynccontextmanager
    async def knowing_the_secret(self, pause_s: float = 1.0) -> AsyncIterator[None]:
        """Have the cursor secret for so long; when the database is away, from when it is back.

        A server process that is replaced just then must begin all the same: one that cannot is taken for a broken app,
        and the service would end.
        """
        task = asyncio.create_task(self._learn_secret(tried := asyncio.Event(), pause_s))
        try:
            await tried.wait()
            yield
        finally:
            task.cancel()

    async def _learn_secret(self, tried: asyncio.Event, pause_s: float) -> None:
        while True:
            try:
                await self.load_secret()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next time may go well
                log.warning("secret_waits", error=type(error).__name__)
            else:
                return
            finally:
                tried.set()
            await asyncio.sleep(pause_s)

    async def close(self) -> None:
        """Close every pooled connection; one on which the server is silent must not keep the process."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.engine.dispose()
        except TimeoutError:
            log.warning("database_silent")


class _Lent(AbstractAsyncContextManager[Connection]):
    """One loan of a reader's connection. A class, because every read passes here and a generator costs more."""

    __slots__ = ("database", "driver", "raw")
    raw: PoolProxiedConnection
    driver: Connection

    def __init__(self, database: Database) -> None:
        self.database = database

    async def __aenter__(self) -> Connection:
        self.raw = await self.database._reader()  # noqa: SLF001 - the other half of the same
        self.driver = driver_of(self.raw)
        return self.driver

    async def __aexit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is not None and issubclass(kind, TimeoutError):  # it is silent, and would be to whoever is next
            await greenlet_spawn(self.raw.invalidate)
        else:
            await self.database._take_back(self.raw, self.driver)  # noqa: SLF001 - as above


async def driver_connection(session: AsyncSession) -> Connection:
    """Return the driver connection on which this session's transaction runs."""
    return driver_of(await (await session.connection()).get_raw_connection())


def driver_of(raw: PoolProxiedConnection) -> Connection:
    """Return the driver connection beneath SQLAlchemy's; outside a transaction each of its statements commits."""
    connection: Connection | None = raw.driver_connection
    if connection is None:  # the pool lends no closed connection
        raise DisconnectionError
    return connection


@contextmanager
def _waiting(connection: Any, seconds: float) -> Iterator[None]:
    """Wait so long for each statement meanwhile; the driver has no way to it but a parameter of every call."""
    usual = connection._config  # noqa: SLF001 - as told
    connection._config = usual._replace(command_timeout=seconds)  # noqa: SLF001 - as told
    try:
        yield
    finally:
        connection._config = usual  # noqa: SLF001 - as told
