"""The running service, with records in every state, for those who try it from outside."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.kernel import embedded_host
from app.kernel.embedded import SERVICE, EmbeddedPostgres
from contract import records
from tests.leaks import check_logs
from tests.places import server_folder

PROGRAMS = Path(sys.executable).parent
KEY = "srt_contract_" + "0" * 32
REGION_KEY = "srt_contract_region_" + "0" * 32
START_SECONDS = 60


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Lend a folder that PostgreSQL's own user, which root's server runs as, can reach."""
    with server_folder() as path:
        yield path


@contextmanager
def running_postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    """Have a PostgreSQL with an empty database for so long; services that are started find its owner's address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded_host, "SYSTEM_FOLDER", folder / "system")
        with EmbeddedPostgres(folder / "data", durable=False) as server:
            patch.setenv("SERATUS_OWNER_URL", server.url())
            yield server
        check_logs(*server.home.glob("server.log*"))  # now, because a drill's disk is soon gone


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL; give the address of its database for the service, which is empty and owned by another."""
    with running_postgres(folder) as server:
        yield server.url(role=SERVICE)


@contextmanager
def serving(database: str, log_file: Path, **settings: str) -> Iterator[str]:
    """Run `seratus serve` for so long; give its address. What it logs into a file must tell no secret."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    given = {"DATABASE_URL": database, "PORT": str(port), "BOOTSTRAP_KEY": KEY}
    given |= {"WORKER": "false"} | settings  # without a worker, because the webhooks made here lead nowhere
    # Those who try it out are one client, and in a hurry.
    given |= {f"{kind}_PER_MINUTE": "1000000" for kind in ("READS", "WRITES", "EXPORTS", "FAILURES")}
    environment = os.environ | {f"SERATUS_{name}": value for name, value in given.items()}
    with log_file.open("w+") as log:
        process = subprocess.Popen([PROGRAMS / "seratus", "serve"], env=environment, stdout=log, stderr=log)  # noqa: S603 - our own program
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(url, process)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
    check_logs(*filter(Path.is_file, [log_file]))


@pytest.fixture(scope="module")
def service(folder: Path, database: str) -> Iterator[str]:
    """Run `seratus serve` on a fresh database with records in every state; give its address."""
    with serving(database, folder / "log") as url:
        for kind, values in asyncio.run(records.put(database, REGION_KEY)).items():
            write_dictionary(folder / kind, values)
        yield url


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail("the service did not become ready")


def write_dictionary(file: Path, values: Iterable[str]) -> None:
    file.write_text("".join(f'"{value}"\n' for value in values))
