"""Commands that want a registry: where there is none they say so in one line, and make nothing."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.engine import make_url

from app import worker
from app.config import Settings
from app.kernel import embedded_host
from app.kernel.embedded import EmbeddedPostgres
from tests.conftest import cloned_database
from tests.databases import as_owner, empty_database
from tests.places import server_folder
from tests.test_cli import Command, check_one_line, seratus

__all__ = ["seratus"]  # a fixture
of_each = pytest.mark.parametrize("command", [("worker",), ("audit", "verify")], ids=" ".join)


@pytest.fixture(scope="module")
async def empty() -> AsyncIterator[str]:
    """Give the address of a database without any table."""
    async with empty_database() as engine:
        yield engine.url.render_as_string(hide_password=False)


@pytest.fixture(scope="module", autouse=True)
def system_folder() -> Iterator[None]:
    """Stand in for /var/lib/seratus, for root: removed at the end, whatever was made in it."""
    with server_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded_host, "SYSTEM_FOLDER", folder)
        yield


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the data folder of a built-in PostgreSQL that was started, and never migrated."""
    data = tmp_path_factory.mktemp("started")
    with EmbeddedPostgres(data, durable=False):
        return data


@of_each
def test_none_is_made_where_there_is_none(seratus: Command, tmp_path: Path, command: tuple[str, ...]) -> None:
    data = tmp_path / "data"
    told = f"no registry in {data}", "`seratus serve`", "SERATUS_DATA_DIR", "SERATUS_DATABASE_URL"
    check_one_line(seratus(*command, DATA_DIR=str(data)), *told)
    assert not list(tmp_path.iterdir())


@of_each
def test_one_that_is_lost_is_not_called_none(seratus: Command, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "postgres").symlink_to(tmp_path / "lost")
    check_one_line(seratus(*command, DATA_DIR=str(tmp_path)), f"restore {tmp_path}/lost")


@of_each
def test_what_is_not_migrated_is_told(seratus: Command, empty: str, started: Path, command: tuple[str, ...]) -> None:
    for where in ({"DATABASE_URL": empty}, {"DATA_DIR": str(started)}):
        check_one_line(seratus(*command, **where), "the database is not migrated", "`seratus migrate`")


def test_a_worker_waits_for_a_database_that_is_away(
    seratus: Command, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    async def work(settings: Settings) -> None:
        begun.append(settings)

    begun: list[Settings] = []
    monkeypatch.setattr(worker, "run_until_told", work)
    assert seratus("worker", DATABASE_URL=f"postgresql://a:b@127.0.0.1:{unused_tcp_port}/c").code == 0
    assert len(begun) == 1


def test_a_database_that_does_not_answer_is_told(seratus: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.kernel.engines.CONNECT_TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes connections, and nobody reads from them
        address = f"postgresql://a:b@127.0.0.1:{silent.getsockname()[1]}/c"
        for command in (("migrate",), ("serve",), ("audit", "verify")):
            check_one_line(seratus(*command, DATABASE_URL=address, PORT="0"), "cannot be used: it does not answer")


async def test_an_owner_of_another_database_is_told(seratus: Command, empty: str) -> None:
    owner = make_url(os.environ["TEST_DATABASE_OWNER"])
    async with cloned_database(f"served_{uuid4().hex}") as served:
        ended = await asyncio.to_thread(seratus, "migrate", DATABASE_URL=served, OWNER_URL=empty)
        check_one_line(ended, "SERATUS_OWNER_URL", "another database than SERATUS_DATABASE_URL")
        same = owner.set(database=make_url(served).database).render_as_string(hide_password=False)
        ended = await asyncio.to_thread(seratus, "migrate", DATABASE_URL=served, OWNER_URL=same)
        assert (ended.code, ended.out) == (0, "0 revisions applied, 0 reference rows added\n")
    async with as_owner(empty) as connection:
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
