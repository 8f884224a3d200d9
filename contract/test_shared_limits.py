"""Limits that several machines share, in a real Redis; and when that goes away, each counts for itself."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config import Settings
from app.kernel.limits import Limits


@pytest.fixture
def redis(tmp_path: Path) -> Iterator["tuple[str, subprocess.Popen[str]]"]:
    """Run Debian's Redis, which keeps nothing; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - with words from here
        assert process.stdout is not None
        assert any("Ready to accept connections" in line for line in process.stdout)
        yield f"redis://127.0.0.1:{port}", process
        process.kill()


async def test_machines_count_together(redis: "tuple[str, subprocess.Popen[str]]") -> None:
    url, process = redis
    settings = Settings(redis_url=url, reads_per_minute=3, failures_per_minute=3)
    one, other = Limits(settings), Limits(settings)
    assert [(await machine.take("reads", "key")).left for machine in (one, other, one, other)] == [2, 1, 0, -1]
    assert (await other.take("reads", "another key")).left == 2
    assert (await other.take("writes", "key")).left > 3
    await one.take("failures", "192.0.2.1")
    assert (await other.take("failures", "192.0.2.1", 0)).left == 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    # Each begins to count for itself.
    assert [(await machine.take("reads", "key")).left for machine in (one, other, one)] == [2, 2, 1]
    assert (await one.take("failures", "192.0.2.1", 0)).left == 3
    for machine in (one, other):
        await machine.counters.close()
