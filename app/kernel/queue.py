"""Work that waits in PostgreSQL for whoever is free: put there in the transaction that makes it, done at least once.

Hides pgqueuer: the names of its tables (a migration makes them, a test holds them against what it expects), that it
runs on connections of our pool, each lent for one statement, so that it outlives any of them, and that it listens on
one of its own, or where that cannot be, behind PgBouncer, only looks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Self

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.models import Job
from pgqueuer.ports.driver import Driver, NotifyCallback
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from app.kernel.db import Connection, Database

# All are given, so that no variable of the environment has a say. What has been done is not worth a crash-safe table.
NAMES = DBSettings(
    prefix="",
    db_schema=None,
    channel=Channel("seratus_jobs"),
    function="jobs_changed",
    trigger="jobs_changed",
    queue_status_type="job_status",
    queue_table="jobs",
    queue_table_log="job_log",
    statistics_table="job_statistics",
    schedules_table="job_schedules",
    durability=Durability.balanced,
    widen_id=True,
)
# What a migration makes and no model of ours describes.
TABLES = frozenset({NAMES.queue_table, NAMES.queue_table_log, NAMES.statistics_table, NAMES.schedules_table})
# So many at once in one process; each waits for a network most of its time.
AT_ONCE = 40
BATCH = 10
_FORGET = f"DELETE FROM {NAMES.queue_table_log} WHERE created < clock_timestamp() - interval '1 day'"  # noqa: S608 - our own name

Work = Callable[[bytes], Awaitable[None]]


def queries_on(driver: Driver) -> Queries:
    """Return the statements of the queue under our names, run by `driver`."""
    return Queries(driver, QueryBuilderEnvironment(NAMES), QueryQueueBuilder(NAMES), QuerySchedulerBuilder(NAMES))


async def enqueue(connection: Connection, kind: str, jobs: Sequence[bytes]) -> None:
    """Put jobs into the queue, in the connection's own transaction; one that still waits or runs is not put again."""
    if jobs:
        keys = [f"{kind}:{job.decode()}" for job in jobs]
        kinds, urgency = [kind] * len(jobs), [0] * len(jobs)
        queries = queries_on(AsyncpgDriver(connection))
        await queries.enqueue(kinds, list(jobs), urgency, dedupe_key=list(keys), on_conflict="skip")


async def work(
    database: Database, kind: str, job: Work, stop: asyncio.Event, *, listens: bool, look: timedelta, lost: timedelta
) -> None:
    """Do the jobs of one kind until `stop`, then end those at work and return; raises when the database is gone.

    It looks for jobs at least every `look`. One whose worker gave no sign of life for as long as `lost` is done anew.
    """
    manager = _manager(database, kind, job, listens=listens)
    manager.shutdown = stop
    await _run(manager, look, lost, QueueExecutionMode.continuous)


async def work_off(database: Database, kind: str, job: Work, *, lost: timedelta) -> None:
    """Do the jobs of one kind that can be done now, and those that come of them; then return."""
    await _run(_manager(database, kind, job, listens=False), timedelta(), lost, QueueExecutionMode.drain)


async def forget(connection: Connection) -> None:
    """Delete from the queue's log what was done over a day ago."""
    await connection.execute(_FORGET)


def _manager(database: Database, kind: str, job: Work, *, listens: bool) -> QueueManager:
    manager = QueueManager(queries_on(_Driver(database, listens=listens)), NAMES.channel)

    @manager.entrypoint(kind)
    async def do(taken: Job) -> None:
        await job(taken.payload or b"")

    return manager


async def _run(manager: QueueManager, look: timedelta, lost: timedelta, mode: QueueExecutionMode) -> None:
    await manager.run(
        dequeue_timeout=look,
        batch_size=BATCH,
        mode=mode,
        max_concurrent_tasks=AT_ONCE,
        heartbeat_timeout=lost,
        log_aggregation_interval=timedelta(),  # nobody reads its statistics
    )


class _Driver(Driver):
    """What pgqueuer asks of a database, on ours."""

    def __init__(self, database: Database, *, listens: bool) -> None:
        self._database = database
        self._listens = listens
        self._listener: PoolProxiedConnection | None = None
        self._callbacks: list[NotifyCallback] = []
        self._shutdown = asyncio.Event()
        self._tasks = TaskManager()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        async with self._database.read() as connection:
            return [dict(row) for row in await connection.fetch(query, *args)]

    async def execute(self, query: str, *args: object) -> str:
        async with self._database.read() as connection:
            return str(await connection.execute(query, *args))

    async def notify(self, channel: str, payload: str) -> None:
        if self._listens:
            await self.execute("SELECT pg_notify($1, $2)", channel, payload)
            return
        for callback in self._callbacks:  # so that it finds itself in good health
            callback(payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        self._callbacks.append(callback)
        if self._listens:
            self._listener = await self._database.engine.raw_connection()
            await self._on(self._listener).add_listener(channel, _relay(callback))

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        return self._tasks

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._listener is not None:
            # Listening is a state of the session, which nobody may inherit.
            await greenlet_spawn(self._listener.invalidate)

    @staticmethod
    def _on(raw: PoolProxiedConnection) -> Any:
        return raw.driver_connection


def _relay(callback: NotifyCallback) -> Callable[..., None]:
    def relay(_connection: object, _process: int, _channel: str, payload: object) -> None:
        callback(str(payload))

    return relay
