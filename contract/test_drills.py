"""Drills: what the service stands on is taken away and given back while clients read and write.

The service is a `seratus serve` of two server processes, on a PostgreSQL of its own that it does not own. What clients
are told is that it went well, or 503 with `Retry-After`; only where a server process is killed does a connection break.
In the end every write is there once and whole, and nobody had to start the service anew.

That a killed background worker leaves its work to another is in tests/test_workers.py.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.kernel.embedded import SERVICE
from contract.conftest import running_postgres, serving
from contract.drills import Ground, full, small_disk
from tests.places import server_folder

pytestmark = pytest.mark.timeout(300)
TWO = {"WORKERS": "2", "WORKER": "true"}
_SEALED = "SELECT (SELECT sum(entries) FROM seals) = (SELECT count(*) FROM changes)"
_CUT = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = $1"


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with server_folder() as folder, small_disk(folder) as own_disk, running_postgres(folder) as postgres:
        log = folder / "log"
        with serving(postgres.url(role=SERVICE), log, **TWO) as url:
            yield Ground(postgres, log, url, folder if own_disk else None)


async def test_a_database_that_is_stopped_and_started(ground: Ground) -> None:
    async with ground.under_load("database stopped and started") as load:
        await ground.stop_database()
        await load.more("POST 503")
        await load.more("GET 503")
        await ground.start_database()
        await load.more("POST 201", 30)
        ground.crash_database()
        await load.more("POST 503")
        await ground.stop_database()
        await ground.start_database()
    assert not load.seen("broken")


async def test_connections_that_are_cut(ground: Ground) -> None:
    connection = await asyncpg.connect(ground.owner)
    cut = 0
    async with ground.under_load("connections cut") as load:
        while cut < 50 or not load.seen("503"):  # until one was at work
            cut += await connection.fetchval(_CUT, SERVICE)
            await load.more("POST 201", 5)
    await connection.close()
    assert not load.seen("broken")


async def test_server_processes_that_are_killed(ground: Ground) -> None:
    """The database goes away as well, so that a new one finds nothing to begin with."""
    async with ground.under_load("server processes killed") as load:
        expected = ground.kill_a_process()
        await ground.stop_database()
        await ground.begun(expected)
        await load.more("POST 503")
        await ground.start_database()
        while not load.seen("broken"):  # until one had clients
            await load.more("POST 201")
            await ground.begun(ground.kill_a_process())


async def test_a_log_that_is_full(ground: Ground) -> None:
    with serving(ground.postgres.url(role=SERVICE), Path("/dev/full")) as url:
        async with ground.under_load("log full", url) as load:
            await ground.stop_database()
            await load.more("POST 503")
            await ground.start_database()
    assert not load.seen("broken")


async def test_a_disk_that_is_full(ground: Ground) -> None:
    """That of the database and the log together. It takes a disk that may be filled, which root alone can make."""
    if ground.disk is None:
        pytest.skip("no disk of our own")
    await ground.begin_a_wal_segment()
    async with ground.under_load("disk full") as load:
        with full(ground.disk):
            await load.more("POST 503", 30)
            await load.more("GET 200", 30)
        await load.more("POST 201", 30)
    assert not load.seen("GET 503")
    assert not load.seen("broken")


async def test_in_the_end_the_whole_log_is_sealed(ground: Ground) -> None:
    """The background work went through all of it as well."""
    connection = await asyncpg.connect(ground.owner)
    async with asyncio.timeout(60):
        while not await connection.fetchval(_SEALED):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.2)
    await connection.close()
