"""Background work, as `seratus worker` or beside `serve`: seal the log, take webhooks forward, send what is due.

Any number of workers share the work: what each does it has first taken in the database, and what a dead one left is
taken over. Whatever ends a round, such as a database that is away, the next begins a second later.
"""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from types import FrameType
from typing import NamedTuple

import structlog

from app.config import Settings
from app.kernel import idempotency, queue, seals
from app.kernel.db import DATABASE_ERRORS, Database
from app.kernel.engines import create_engine, database_url
from app.kernel.logs import configure_logging
from app.kernel.outbound import Outbound
from app.services import expert_erasure, webhook_feed, webhook_sending

# What it says when it is at work; programs wait for this line.
GREETING = "worker_begins"

log = structlog.get_logger()


class Pace(NamedTuple):
    """How often a worker looks around, when a silent one is taken for dead, and for how long a try is its own."""

    look: timedelta = timedelta(seconds=1)
    seal: timedelta = timedelta(seconds=10)
    tidy: timedelta = timedelta(minutes=10)
    lost: timedelta = timedelta(seconds=30)
    lease: timedelta = webhook_sending.LEASE


class Worker:
    """One worker on a database."""

    def __init__(self, database: Database, outbound: Outbound, pace: Pace = Pace(), *, listens: bool = True) -> None:  # noqa: B008 - it is frozen
        self.database = database
        self.pace = pace
        self.listens = listens
        self._send = partial(webhook_sending.deliver, database, outbound, lease=pace.lease)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then end what was begun and return."""
        log.info(GREETING)
        await asyncio.gather(
            self._again_and_again(self.look, stop, self.pace.look),
            self._again_and_again(self.tidy, stop, self.pace.tidy),
            self._again_and_again(self.seal, stop, self.pace.seal),
            self._again_and_again(partial(self._work, stop), stop, self.pace.look),
        )
        log.info("worker_ends")

    async def look(self) -> None:
        """Take every webhook forward, and put into the queue whose time has come."""
        await webhook_feed.advance_all(self.database)
        async with self.database.read() as connection:
            await webhook_sending.enqueue_due(connection)

    async def seal(self) -> None:
        """Seal what was committed since the last time."""
        await seals.seal_all(self.database)

    async def tidy(self) -> None:
        """Delete what is kept no longer."""
        async with self.database.read() as connection:
            await webhook_sending.forget(connection)
            await queue.forget(connection)
        async with self.database.write() as session:
            await idempotency.sweep(session)
            await expert_erasure.forget_events(session)

    async def work_off(self) -> None:
        """Send what is due now, and what may go when that has been sent."""
        await queue.work_off(self.database, webhook_sending.KIND, self._send, lost=self.pace.lost)

    async def _work(self, stop: asyncio.Event) -> None:
        pace = self.pace
        await queue.work(
            self.database,
            webhook_sending.KIND,
            self._send,
            stop,
            listens=self.listens,
            look=pace.look,
            lost=pace.lost,
        )

    async def _again_and_again(
        self, step: Callable[[], Awaitable[None]], stop: asyncio.Event, pause: timedelta
    ) -> None:
        while not stop.is_set():
            try:
                await step()
            except DATABASE_ERRORS as error:
                log.warning("worker_waits", error=type(error).__name__)
            except Exception:
                log.exception("worker_stumbled")  # the next round may go well
            try:
                async with asyncio.timeout(pause.total_seconds()):
                    await stop.wait()
            except TimeoutError:
                pass


async def run(settings: Settings, stop: asyncio.Event, pace: Pace = Pace()) -> None:  # noqa: B008 - it is frozen
    """Work on the database of the settings until `stop`."""
    configure_logging()
    async with _database(settings) as database:
        outbound = Outbound(private=settings.webhooks_private)
        await Worker(database, outbound, pace, listens=not settings.pgbouncer).run(stop)


async def run_until_told(settings: Settings, pace: Pace = Pace()) -> None:  # noqa: B008 - it is frozen
    """Work until SIGTERM or SIGINT; in the main thread only."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end(_signal: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop.set)

    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, end)
    await run(settings, stop, pace)


@contextmanager
def beside(settings: Settings) -> Iterator[None]:
    """Have a worker in a thread of this process for so long, unless the settings say no."""
    if not settings.worker:
        yield
        return
    stop, started, loops = asyncio.Event(), threading.Event(), []

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        started.set()
        await run(settings, stop)

    thread = threading.Thread(target=lambda: asyncio.run(main()), name="worker", daemon=True)
    thread.start()
    started.wait()
    try:
        yield
    finally:
        if thread.is_alive():
            loops[0].call_soon_threadsafe(stop.set)
        thread.join()


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(create_engine(database_url(settings), pgbouncer=settings.pgbouncer))
    try:
        yield database
    finally:
        await database.close()
