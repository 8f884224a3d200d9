"""The connections that are kept at hand for reads: few, clean, alive, and gone with the engine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DisconnectionError

from app.kernel.db import READERS_KEPT, Database
from app.kernel.engines import POOL_SIZE, create_engine
from tests.databases import empty_database


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    async with empty_database() as engine:
        yield Database(engine)


async def backend(database: Database) -> int:
    async with database.read() as connection:
        return int(await connection.fetchval("SELECT pg_backend_pid()"))


async def connected(database: Database) -> int:
    """Count the connections to the database, looking from elsewhere."""
    watcher = create_engine(database.engine.url.render_as_string(hide_password=False))
    try:
        async with watcher.connect() as connection:
            statement = "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
            return int((await connection.execute(text(statement))).scalar_one())
    finally:
        await watcher.dispose()


async def test_reads_that_follow_each_other_share_one_connection(database: Database) -> None:
    assert len({await backend(database) for _ in range(3)}) == 1
    assert await connected(database) == 1


async def test_a_statement_is_planned_once_however_long_it_is(database: Database) -> None:
    longest = f"SELECT 1 -- {'x' * 100_000}"
    async with database.read() as connection:
        await connection.fetchval(longest)
        assert await connection.fetchval("SELECT count(*) FROM pg_prepared_statements WHERE statement = $1", longest)


async def test_readers_leave_the_pool_room_for_writers(database: Database) -> None:
    async with AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(database.read()) for _ in range(POOL_SIZE)]
        assert len({id(reader) for reader in readers}) == POOL_SIZE
    async with AsyncExitStack() as stack:
        for _ in range(POOL_SIZE - READERS_KEPT):
            session = await stack.enter_async_context(database.write())
            await session.execute(text("SELECT 1"))
    assert await connected(database) <= POOL_SIZE


async def test_a_connection_that_died_is_replaced(database: Database) -> None:
    first = await backend(database)
    async with database.write() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
    assert await backend(database) != first


async def test_a_transaction_left_open_is_not_handed_on(database: Database) -> None:
    async with database.read() as connection:
        await connection.execute("BEGIN")
    async with database.read() as connection:
        assert not connection.is_in_transaction()


async def test_none_is_left_when_the_engine_is_disposed_of(database: Database) -> None:
    await backend(database)
    await database.close()
    assert await connected(database) == 0
    assert await backend(database)


async def test_a_process_begins_without_the_database_and_learns_the_secret_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = asyncio.Semaphore(0)
    back = asyncio.Event()
    load = database.load_secret

    async def load_secret() -> None:
        tries.release()
        if not back.is_set():
            raise OSError("away")
        await load()

    monkeypatch.setattr(database, "load_secret", load_secret)
    async with database.write() as session:
        await session.execute(text("CREATE TABLE service_secrets AS SELECT 'cursor' AS name, 'known' AS value"))
    async with asyncio.timeout(60), database.knowing_the_secret(pause_s=0):
        with pytest.raises(DisconnectionError):
            assert database.secret
        for _ in range(3):
            await tries.acquire()
        back.set()
        await tries.acquire()
        while True:
            try:
                assert database.secret == b"known"
                break
            except DisconnectionError:
                await asyncio.sleep(0)


async def test_the_secret_is_there_from_the_start_where_the_database_is(database: Database) -> None:
    async with database.write() as session:
        await session.execute(text("CREATE TABLE service_secrets AS SELECT 'cursor' AS name, 'known' AS value"))
    async with database.knowing_the_secret():
        assert database.secret == b"known"
