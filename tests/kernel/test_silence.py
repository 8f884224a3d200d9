"""A database that is silent, with a server process of it stopped where it stands, keeps nobody for long."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from sqlalchemy import event, text

from app.kernel import db
from app.kernel.db import Database
from app.kernel.engines import create_engine
from app.kernel.failures import database_problem
from tests.databases import empty_database

Stop = Callable[[int], None]
LIMIT_S = 0.25
PATIENCE_S = 20.0  # for what has the limit above; without one it is for ever
_PID = "SELECT pg_backend_pid()"


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "CLOSE_TIMEOUT_S", LIMIT_S)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with empty_database() as engine:
        yield engine.url.render_as_string(hide_password=False)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(create_engine(url, command_timeout=LIMIT_S))
    yield database
    await database.close()


@pytest.fixture
def stop(url: str) -> Iterator[Stop]:
    """Give what has a server process of this database stand still until the end of the test."""
    assert url
    stopped: list[int] = []

    def stop(process: int) -> None:
        stopped.append(process)
        os.kill(process, signal.SIGSTOP)

    try:
        yield stop
    finally:
        for process in stopped:
            os.kill(process, signal.SIGCONT)


def check_told(error: BaseException) -> None:
    """See that a client is told to come again."""
    problem = database_problem(error)
    assert problem is not None
    assert (problem.status, "Retry-After" in problem.headers) == (503, True)


async def read(database: Database, stop: Stop) -> None:
    """Read something, and the server stops."""
    async with database.read() as connection:
        stop(await connection.fetchval(_PID))
        await connection.fetchval("SELECT 1")


async def write(database: Database, stop: Stop) -> None:
    """Begin a write, in the middle of which the server stops."""
    async with database.write() as session:
        stop(int((await session.execute(text(_PID))).scalar_one()))
        await session.execute(text("SELECT 1"))


async def test_a_read_is_given_up_and_the_next_has_another_connection(database: Database, stop: Stop) -> None:
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(TimeoutError) as given_up:
            await read(database, stop)
        check_told(given_up.value)
        async with database.read() as another:
            assert await another.fetchval("SELECT 1") == 1


async def test_a_write_is_given_up_and_waits_for_no_rollback(database: Database, stop: Stop) -> None:
    failed: list[BaseException] = []
    event.listen(database.engine.sync_engine, "handle_error", lambda told: failed.append(told.original_exception))
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(TimeoutError) as given_up:
            await write(database, stop)
    check_told(given_up.value)
    assert failed == [given_up.value]  # and no ROLLBACK after it


async def test_a_snapshot_may_take_longer(database: Database) -> None:
    async with database.snapshot() as connection:
        await connection.execute(f"SELECT pg_sleep({2 * LIMIT_S})")
        process = await connection.fetchval(_PID)
    async with database.read() as same:
        assert await same.fetchval(_PID) == process
        with pytest.raises(TimeoutError):
            await same.execute(f"SELECT pg_sleep({PATIENCE_S})")


async def test_the_end_waits_for_no_connection(url: str, stop: Stop) -> None:
    slow = Database(create_engine(url, command_timeout=None))
    async with slow.write() as one, slow.write() as other, slow.read() as reading:
        processes = [await session.scalar(text(_PID)) for session in (one, other)]
        processes.append(await reading.fetchval(_PID))
    for process in processes:
        stop(process)
    async with asyncio.timeout(PATIENCE_S):
        await slow.close()
