"""The built-in PostgreSQL is started again when it ends by itself, and only then."""

import logging
import os
import queue
import signal
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.kernel import embedded_host, watched
from app.kernel.watched import WatchedPostgres
from tests.places import postmaster, server_folder

PATIENCE_S = 60


class Said(logging.Handler):
    """What is logged, as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.put(record.getMessage())

    def line(self, part: str) -> str:
        """Wait for the next line with `part` in it."""
        while part not in (line := self.lines.get(timeout=PATIENCE_S)):
            pass
        return line


@pytest.fixture
def said() -> Iterator[Said]:
    logger, handler = logging.getLogger("app.kernel.watched"), Said()
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WatchedPostgres]:
    with server_folder() as folder:
        monkeypatch.setattr(embedded_host, "SYSTEM_FOLDER", folder)
        monkeypatch.setattr(watched, "LOOK_S", 0.01)
        monkeypatch.setattr(watched, "PAUSE_S", 0.02)
        with WatchedPostgres(tmp_path, durable=False) as server:
            yield server


async def test_one_that_cannot_be_started_is_tried_again_until_it_can(server: WatchedPostgres, said: Said) -> None:
    address = server.url().replace("+asyncpg", "")
    connection = await asyncpg.connect(address)
    await connection.execute("CREATE TABLE committed AS SELECT 2018 AS year")
    settings = server.home / "data" / "postgresql.auto.conf"
    sound = settings.read_text()
    settings.write_text("shared_buffers = 'much'\n")
    os.kill(postmaster(server), signal.SIGKILL)
    for _ in range(2):
        assert "pg_ctl" in said.line("cannot be started")
    settings.write_text(sound)
    said.line("runs again")
    connection.terminate()
    connection = await asyncpg.connect(address)
    assert await connection.fetchval("SELECT year FROM committed") == 2018
    await connection.close()
    server.stop()
    assert not server._answers()
    assert said.lines.empty()
