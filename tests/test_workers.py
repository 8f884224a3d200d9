"""Workers at work: several at once, one that is killed, a database that goes away; each a real one."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from fastapi import FastAPI
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from sqlalchemy.engine import URL

from app import worker as module
from app.kernel import queue
from app.kernel.db import Database
from app.kernel.engines import create_engine
from app.worker import Pace, Worker
from tests.conftest import As, clients_of
from tests.databases import as_owner
from tests.receivers import Receiver, answer, listening
from tests.routers.factories import make_institution
from tests.routers.webhooks import CLOSED, Work, closed_network, deliveries_of, hooked
from tests.services import plain_environment

pytestmark = pytest.mark.commits
QUICK = Pace(look=timedelta(seconds=0.02))
# For who takes over from the dead; on a busy machine it may take one who lives for dead.
IMPATIENT = QUICK._replace(lost=timedelta(seconds=1), lease=timedelta(seconds=1))
# A worker in a process of its own, with a short lease, so that what it leaves is soon another's. It says what it says
# among the test's own words, where it is searched for secrets.
PROCESS = """
import asyncio
from datetime import timedelta
from app.kernel.loading import unswept
with unswept():
    from app import worker
    from app.config import load_settings
pace = worker.Pace(timedelta(seconds=0.02), lost=timedelta(seconds=1), lease=timedelta(seconds=1))
asyncio.run(worker.run_until_told(load_settings(), pace))
"""


@pytest.fixture
async def as_(committed: FastAPI) -> AsyncIterator[As]:
    async with clients_of(committed) as client_of:
        yield client_of


@pytest.fixture
async def work(committed: FastAPI) -> AsyncIterator[Work]:
    async with closed_network(committed) as worker:
        yield worker


def address_of(database: Database) -> URL:
    return database.engine.url


@asynccontextmanager
async def running(database: Database, pace: Pace = QUICK) -> AsyncIterator[None]:
    """Have a worker of its own running for so long."""
    own, stop = Database(create_engine(address_of(database).render_as_string(hide_password=False))), asyncio.Event()
    task = asyncio.create_task(Worker(own, CLOSED, pace).run(stop))
    try:
        yield
    finally:
        stop.set()
        await task
        await own.close()


class Careful(Receiver):
    """One that notices when an event is tried twice at once; it answers when some more have come, or none does."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once: Counter[str] = Counter()
        self.most = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a request, and look who else is here before answering."""
        head = await reader.readuntil(b"\r\n\r\n")
        id_ = next(line for line in head.decode().split("\r\n") if line.startswith("webhook-id"))
        self.at_once[id_] += 1
        self.most = max(self.most, self.at_once[id_])
        for _ in range(20):
            await asyncio.sleep(0)
        self.at_once[id_] -= 1
        writer.write(answer(200))
        await writer.drain()
        self.begun.put_nowait((id_, b""))  # type: ignore[arg-type]  # the id is all that is looked at


async def test_several_workers_share_what_is_due_and_none_does_it_twice(as_: As, work: Work) -> None:
    officer, careful = as_("officer"), Careful()
    async with (
        asyncio.timeout(60),
        listening(careful),
        running(work.database),
        running(work.database),
        running(work.database),
    ):
        await officer.post("/v1/webhooks", json={"url": careful.url, "events": ["institutions.*"]})
        await asyncio.gather(*(make_institution(officer, f"Universitas {number}") for number in range(40)))
        told = Counter([(await careful.begun.get())[0] for _ in range(40)])
    assert (len(told), careful.most, careful.begun.empty()) == (40, 1, True)


async def test_what_a_killed_worker_held_is_taken_over(as_: As, work: Work) -> None:
    officer = as_("officer")
    url = address_of(work.database).set(drivername="postgresql").render_as_string(hide_password=False)
    settings = plain_environment() | {"SERATUS_DATABASE_URL": url, "SERATUS_WEBHOOKS_PRIVATE": "true"}
    async with hooked(officer, None, answer(200)) as (receiver, made), asyncio.timeout(60):
        await officer.post(f"{made.path}/pings")
        killed = await asyncio.create_subprocess_exec(sys.executable, "-c", PROCESS, env=settings)
        first = await receiver.begun.get()
        killed.kill()
        await killed.wait()
        (held,) = await deliveries_of(officer, made.path)
        assert (held["state"], held["attempts"]) == ("pending", [])
        async with running(work.database, IMPATIENT):
            second = await receiver.begun.get()
    assert second.headers["webhook-id"] == first.headers["webhook-id"] == held["id"]
    (told,) = await deliveries_of(officer, made.path)
    assert (told["state"], len(told["attempts"])) == ("delivered", 1)


async def test_of_many_events_none_is_lost_with_a_worker_that_is_killed_among_two(as_: As, work: Work) -> None:
    officer = as_("officer")
    url = address_of(work.database).set(drivername="postgresql").render_as_string(hide_password=False)
    settings = plain_environment() | {"SERATUS_DATABASE_URL": url, "SERATUS_WEBHOOKS_PRIVATE": "true"}
    start = partial(asyncio.create_subprocess_exec, sys.executable, "-c", PROCESS, env=settings)
    async with hooked(officer, None, answer(200), events=["institutions.*"]) as (receiver, made), asyncio.timeout(100):
        first = await start()
        await make_institution(officer, "Universitas 0")
        held = (await receiver.begun.get()).headers["webhook-id"]  # it waits for an answer that does not come
        second = await start()
        try:
            await asyncio.gather(*(make_institution(officer, f"Universitas {number}") for number in range(1, 31)))
            for _ in range(5):
                await receiver.begun.get()
            first.kill()
            await first.wait()
            while {item["state"] for item in await deliveries_of(officer, made.path)} != {"delivered"}:  # noqa: ASYNC110 - elsewhere
                await asyncio.sleep(0.05)
        finally:
            second.terminate()
            await second.wait()
    told = Counter(request.headers["webhook-id"] for request in receiver.received)
    assert len(told) == 31
    assert told[held] == 2
    print(f"two workers, one killed: {len(told)} events, {told.total()} requests")  # noqa: T201 - what a drill tells


async def test_a_database_that_goes_away_and_comes_back_is_waited_for(
    as_: As, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, waits = as_("officer"), asyncio.Event()

    class Log:
        info = exception = staticmethod(lambda *_words, **_more: None)
        warning = staticmethod(lambda *_words, **_more: waits.set())

    monkeypatch.setattr(module, "log", Log)
    url = address_of(work.database)
    async with (
        as_owner(url.set(database="postgres")) as admin,
        hooked(officer) as (receiver, made),
        running(work.database),
        asyncio.timeout(60),
    ):
        await officer.post(f"{made.path}/pings")
        await receiver.begun.get()
        await admin.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false')
        async with work.database.read() as connection:  # of its own role it may end others, but not itself
            await connection.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "  # and wait for its end
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await waits.wait()
        await admin.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true')
        await make_institution(officer)
        while (await receiver.begun.get()).type != "institutions.created":
            pass  # the ping once more, if it was not yet written down that it had been sent


async def test_a_worker_is_told_of_work_and_ends_what_it_began(as_: As, work: Work) -> None:
    """It would not look by itself for an hour."""
    officer = as_("officer")
    slow = Pace(look=timedelta(hours=1))
    async with hooked(officer) as (receiver, made), asyncio.timeout(60):
        async with running(work.database, slow):
            for _ in range(3):
                await officer.post(f"{made.path}/pings")
                await work.worker.look()
                await receiver.begun.get()
        assert {item["state"] for item in await deliveries_of(officer, made.path)} == {"delivered"}


async def test_the_queue_is_as_its_library_expects_it(work: Work) -> None:
    async with work.database.read() as connection:
        plan = await queue.queries_on(AsyncpgDriver(connection)).plan_upgrade()
    assert (plan.statements, plan.notes) == ((), ())


async def test_a_job_is_queued_with_its_transaction_or_not_at_all_and_once(work: Work) -> None:
    done: list[bytes] = []

    async def do(job: bytes) -> None:
        done.append(job)

    kind, lost = uuid4().hex, timedelta(seconds=30)
    async with work.database.read() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await queue.enqueue(connection, kind, [b"lost"])
        await transaction.rollback()
        async with connection.transaction():
            await queue.enqueue(connection, kind, [b"one", b"two"])
            await queue.enqueue(connection, kind, [b"two", b"three"])
            await queue.enqueue(connection, kind, [])
    await queue.work_off(work.database, kind, do, lost=lost)
    assert sorted(done) == [b"one", b"three", b"two"]
    await queue.work_off(work.database, kind, do, lost=lost)
    assert len(done) == 3
