"""The service as a process: how it starts, what it says, how it ends, and that it survives the worst end.

A start takes seconds, so each of these tests walks through several things that happen to one service.
"""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from app.client import Client, ClientError
from app.demo import own_server
from app.kernel import embedded_host
from app.kernel.embedded import EmbeddedPostgres
from app.worker import GREETING
from tests.conftest import cloned_database, secret_of
from tests.databases import as_owner
from tests.leaks import check_logs
from tests.places import postmaster, server_folder
from tests.services import PATIENCE_S, in_a_process

COHORT = {"code": "kept", "year": 2026, "phase": 4, "title": "Kept", "quota": 5, "candidate_quota": 10}


@pytest.fixture(scope="module")
def system_folder() -> Iterator[Path]:
    with server_folder() as folder:
        yield folder


@pytest.fixture
async def cloned() -> AsyncIterator[str]:
    async with cloned_database(f"served_{uuid.uuid4().hex}") as url:
        yield url


@pytest.fixture
def database(tmp_path: Path, system_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedPostgres]:
    """Give the built-in PostgreSQL that a service of this test uses; end the one that a failed test left behind."""
    monkeypatch.setattr(embedded_host, "SYSTEM_FOLDER", system_folder)
    database = EmbeddedPostgres(tmp_path / "a folder", durable=False)
    yield database
    if database._answers():
        database.start()
        database.stop()
    check_logs(*database.home.glob("server.log*"))


def reached(address: str) -> bool:
    """Tell whether anything listens there."""
    url = urlsplit(address)
    with socket.socket() as client:
        return client.connect_ex((str(url.hostname), url.port or 0)) == 0


class Taking(BaseHTTPRequestHandler):
    """Takes whatever it is sent."""

    def do_POST(self) -> None:
        """Answer without a word."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()


def check_log(lines: list[str]) -> None:
    """See that all lines are JSON, and that none tells what only its library cares about."""
    for line in lines:
        assert "alembic" not in json.loads(line).get("logger", "")


@contextmanager
def slow_request(address: str, key: str, body: object) -> Iterator[Callable[[], bytes]]:
    """Begin a POST, up to where the service waits for its body; yield what sends that and returns the status line."""
    url, raw = urlsplit(address), json.dumps(body).encode()
    head = (
        f"POST /v1/cohorts HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {key}\r\nExpect: 100-continue\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    with socket.create_connection((str(url.hostname), url.port or 0), timeout=30) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")

        def finish() -> bytes:
            connection.sendall(raw)
            return connection.recv(1000).partition(b"\r\n")[0]

        yield finish


def test_starts_survives_a_kill_and_stops_after_the_last_answer(
    tmp_path: Path, system_folder: Path, database: EmbeddedPostgres
) -> None:
    data = str(tmp_path / "a folder")
    with in_a_process(system_folder, DATA_DIR=data) as first:
        address = first.address
        key = first.line("administrator key").rpartition(" ")[2]
        assert first.line("its data lies in").endswith(f" {database.home}")
        first.line(GREETING)
        with Client(address, key) as client:
            assert client.get("/health/ready")["status"] == "ready"
            client.post("/v1/cohorts", COHORT)
        assert first.end(signal.SIGKILL) == -signal.SIGKILL
        check_log(first.lines[3:])
    with in_a_process(system_folder, DATA_DIR=data, WORKER="false") as second:
        with Client(second.address, key) as client:
            assert client.get("/v1/cohorts/kept")["title"] == "Kept"
            os.kill(postmaster(database), signal.SIGKILL)
            second.line("the built-in PostgreSQL runs again")
            assert client.get("/v1/cohorts/kept")["title"] == "Kept"
        with in_a_process(system_folder, does="worker", DATA_DIR=data) as beside:
            beside.line(GREETING)
            assert beside.end(signal.SIGTERM) == 0
        assert database._answers()
        with slow_request(second.address, key, COHORT | {"code": "late"}) as finish:
            second.process.send_signal(signal.SIGTERM)
            second.line("Shutting down")
            while reached(second.address):  # it says so first and closes its address then; a hang ends by time-out
                pass
            assert finish() == b"HTTP/1.1 201 Created"
        assert second.end(signal.SIGTERM) == 0
        assert "administrator key" not in "\n".join(second.lines)
        assert GREETING not in "\n".join(second.lines)
        check_log(second.lines[2:])
    assert not database._answers()


def test_several_workers_share_the_address_and_end_with_their_commander(system_folder: Path, cloned: str) -> None:
    as_administrator = {"Authorization": f"Bearer {secret_of('administrator')}"}
    with (
        HTTPServer(("127.0.0.1", 0), Taking) as receiver,
        in_a_process(system_folder, DATABASE_URL=cloned, WORKERS="2", WEBHOOKS_PRIVATE="true") as service,
    ):
        address = service.address
        service.line("its data lies in the database of SERATUS_DATABASE_URL")
        service.line("the database was restored here or copied")
        keys = f"{address}/v1/api-keys"
        answers = [httpx.get(keys, headers=as_administrator, timeout=PATIENCE_S) for _ in range(5)]
        assert {answer.status_code for answer in answers} == {200}
        # The numbers of both together: five requests, whoever answered them.
        told = httpx.get(f"{address}/metrics").text.splitlines()
        counts = [line.split()[-1] for line in told if line.startswith("http_requests_total") and "api-keys" in line]
        assert sum(float(count) for count in counts) == len(answers)
        # Beside them one sends what is due, and counts into the same numbers.
        hook = {"url": f"http://127.0.0.1:{receiver.server_port}/?token=quiet", "events": ["*"]}
        made = httpx.post(f"{address}/v1/webhooks", json=hook, headers=as_administrator, timeout=PATIENCE_S)
        httpx.post(f"{address}{made.headers['location']}/pings", headers=as_administrator, timeout=PATIENCE_S)
        receiver.handle_request()
        told = json.loads(service.line("webhook_delivery"))
        assert (told["result"], told["status_code"], told["host"]) == ("delivered", 204, "127.0.0.1")
        assert 'webhook_deliveries_total{result="delivered"} 1.0' in httpx.get(f"{address}/metrics").text
        assert not {"quiet", made.json()["secret"]} & set(re.findall(r"[\w+/=]+", "\n".join(service.lines)))
        assert service.end(signal.SIGKILL) == -signal.SIGKILL
        assert not reached(address)
        check_log(service.lines[3:])


async def test_it_ends_when_it_is_told_though_the_database_is_silent(system_folder: Path, cloned: str) -> None:
    """With a connection that wrote, one that read, and the use of a key to be written down."""
    hurried = "from app.kernel import db, key_uses; db.CLOSE_TIMEOUT_S = key_uses.WRITE_S = 0.2"
    processes = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    stopped: list[int] = []
    async with as_owner(cloned) as owner:
        with in_a_process(system_folder, first=hurried, DATABASE_URL=cloned, WORKER="false") as service:
            with Client(service.address, secret_of("administrator")) as client:
                await asyncio.to_thread(client.post, "/v1/cohorts", COHORT)
                await asyncio.to_thread(client.get, "/v1/cohorts/kept")
            try:
                for row in await owner.fetch(processes):
                    stopped.append(row["pid"])
                    os.kill(row["pid"], signal.SIGSTOP)
                assert await asyncio.to_thread(service.end, signal.SIGTERM) == 0
            finally:
                for process in stopped:
                    os.kill(process, signal.SIGCONT)
            assert any("database_silent" in line for line in service.lines)
            check_log(service.lines[3:])


def test_a_worker_by_itself_ends_when_it_is_told(system_folder: Path, cloned: str) -> None:
    with in_a_process(system_folder, does="worker", DATABASE_URL=cloned) as worker:
        worker.line(GREETING)
        assert worker.end(signal.SIGTERM) == 0
        check_log(worker.lines)
        assert "worker_ends" in worker.lines[-1]


def test_it_ends_when_it_is_told_also_where_python_drops_what_is_raised() -> None:
    told = """
import itertools, os, signal, weakref
from app.kernel.ending import end_when_told
end_when_told()
class Thing: pass
thing = Thing()
reference = weakref.ref(thing, lambda _: [os.kill(os.getpid(), signal.SIGTERM), *range(1000)])
try:
    del thing
    print("dropped", flush=True)
    for _ in itertools.count(): pass
finally:
    print("undone")
"""
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", told], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "dropped\nundone\n", "")


def test_the_demo_says_why_its_own_service_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = "import sys; sys.exit('a line before\\nseratus: no room')"
    monkeypatch.setattr(own_server, "COMMAND", (sys.executable, "-c", refusal))
    with (
        pytest.raises(ClientError, match=r"^the demo's own service did not start: no room$"),
        own_server.own_server(),
    ):
        pytest.fail("it did not start")
