"""The database: one engine and the ways in.

`Database.read()` lends a bare driver connection in autocommit, for the projections; `Database.write()` opens the
one transaction of a write; `Database.snapshot()` lends a connection that sees one moment for as long as an export
takes. Hides pool settings, time-outs, PgBouncer, and the replacement of connections that died while they lay in the
pool.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import event
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool, PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from app.config import Settings
from app.kernel.embedded import SERVICE, EmbeddedPostgres

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection  # generic only in its stubs

Lend = Callable[[], AbstractAsyncContextManager[Connection]]

STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 5_000
# A transaction left open holds back the change feed, so the server ends it.
IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
POOL_SIZE = 15
# So many connections are kept at hand for reads: lending one by the pool takes about as long as a statement does.
READERS_KEPT = 10
# Per connection, by the driver and by SQLAlchemy's dialect; the service has more statements than the 100 that either
# would keep, and one that is not kept is planned again.
STATEMENTS_KEPT = 400
POOL_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 10.0
# A snapshot lasts as long as its client reads; so few at once, in one process, leave the pool to everyone else.
SNAPSHOTS_AT_ONCE = 4
SNAPSHOT_TIMEOUT_S = 900

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


def _plain(value: Any) -> int | float | str:
    """Give JSON what it lacks. A Decimal of up to 15 digits, which is all we take in, keeps every digit as a float."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | UUID):
        return str(value)
    raise TypeError(type(value).__name__)


to_json = partial(json.dumps, default=_plain, ensure_ascii=False, allow_nan=False)
from_json = partial(json.loads, parse_float=Decimal)


def create_engine(url: str, *, pgbouncer: bool = False, pool_size: int = POOL_SIZE) -> AsyncEngine:
    """Make the engine for `url` (a `postgresql+asyncpg://` address).

    Behind PgBouncer in transaction mode nothing may outlive a transaction: no prepared statements, no pool of our
    own; and of the session settings only those are sent that PgBouncer itself keeps track of.
    """
    # Parameters hold people's data and keys' digests; they stay out of error texts, and so out of the log.
    common: dict[str, Any] = {"json_serializer": to_json, "json_deserializer": from_json, "hide_parameters": True}
    tracked = {"timezone": "UTC", "application_name": "seratus"}
    if pgbouncer:
        # command_timeout bounds every statement from this side, where the server cannot be told.
        connect: dict[str, Any] = {
            "server_settings": tracked,
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": lambda: "",
            "command_timeout": STATEMENT_TIMEOUT_MS / 1000,
            "timeout": CONNECT_TIMEOUT_S,
        }
        return create_async_engine(url, poolclass=NullPool, connect_args=connect, **common)
    limits = {
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "lock_timeout": str(LOCK_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
    }
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        connect_args={
            "server_settings": tracked | limits,
            "timeout": CONNECT_TIMEOUT_S,
            "statement_cache_size": STATEMENTS_KEPT,
            "max_cacheable_statement_size": 0,  # no matter how long: the longest take most to plan
            "prepared_statement_cache_size": STATEMENTS_KEPT,
        },
        **common,
    )
    event.listen(engine.sync_engine, "checkout", _replace_dead_connection)
    return engine


def _replace_dead_connection(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    # The event loop has already seen the socket close, so no ping (a round trip for every request) is needed.
    if dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError


def create_sessions(bind: Any, **options: Any) -> async_sessionmaker[AsyncSession]:
    """Make the session factory; a closed session stays closed and never opens a transaction behind our back."""
    return async_sessionmaker(bind, expire_on_commit=False, close_resets_only=False, **options)


def database_url(settings: Settings) -> str:
    """Return the address of the database: the configured one, or that of the built-in one in the data folder."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return EmbeddedPostgres(settings.data_dir).url(role=SERVICE)


def owner_url(settings: Settings) -> str:
    """Return the address of the database for its owner, who migrates it."""
    if settings.owner_url is not None:
        return settings.owner_url.get_secret_value()
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return EmbeddedPostgres(settings.data_dir).url()


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
        self._snapshots = asyncio.Semaphore(SNAPSHOTS_AT_ONCE)
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
        try:
            async with asyncio.timeout(POOL_TIMEOUT_S):
                await self._snapshots.acquire()
        except TimeoutError as error:
            raise PoolTimeoutError from error
        try:
            raw = await self.engine.raw_connection()
            try:
                driver = driver_of(raw)
                await driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                await driver.execute(f"SET LOCAL statement_timeout = {SNAPSHOT_TIMEOUT_S * 1000}")
                yield driver
                await driver.execute("ROLLBACK")
            except BaseException:
                if raw.driver_connection is not None:
                    raw.driver_connection.terminate()
                raise
            finally:
                await greenlet_spawn(raw.close)
        finally:
            self._snapshots.release()

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
        """Close every pooled connection."""
        await self.engine.dispose()


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

    async def __aexit__(self, *_error: object) -> None:
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
