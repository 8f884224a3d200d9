"""Clients for drills: they write and read without a pause, note every answer by its kind, and believe it.

A write is sent again under its own Idempotency-Key after a refusal that is for a while or a connection that broke,
until it is done; so at the end each of them must be there once, and in the database nothing else.
"""

import asyncio
import os
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from app.kernel.embedded import EmbeddedPostgres
from contract.conftest import KEY
from tests.places import postmaster

BOUND_S = 30.0  # for one answer; what takes longer hangs
RECOVERED_S = 90.0  # for whatever is waited for; a slow machine takes a part of that
WAL_SEGMENT = 16 << 20  # bytes
REST_S = 0.05
WRITERS, READERS = 6, 3
READS = ("/v1/regions/32.73", "/v1/institutions?limit=5&sort=-name", "/health/live")
_AS_ADMINISTRATOR = {"Authorization": f"Bearer {KEY}"}
_FOR_A_WHILE = {503: {"unavailable", "timeout"}, 409: {"idempotency_in_progress"}}
# Rows of each kind that writes leave behind, by the record's id: all of a write, or nothing of it.
_LEFT = {
    "records": "SELECT id::text FROM institutions",
    "log entries": "SELECT key FROM changes WHERE resource = 'institutions' AND operation = 'create'",
    "stored answers": "SELECT convert_from(body, 'UTF8')::jsonb ->> 'id' FROM idempotency_keys",
}


_WAL_USED = f"SELECT (pg_current_wal_lsn() - '0/0') % {WAL_SEGMENT}"


class Load:
    """What the clients do and what came of it: answers by kind, and the ids of what was written by name.

    They rest a little between requests, so that a process that begins beside them has the machine's ear.
    """

    def __init__(self, url: str, written: dict[str, str]) -> None:
        self.answers: Counter[str] = Counter()
        self.faults: list[str] = []  # what no client may ever be told
        self.written = written
        self._names = count(len(written))
        self._stop = asyncio.Event()
        limits = httpx.Limits(max_connections=None, keepalive_expiry=2)
        self._client = httpx.AsyncClient(base_url=url, headers=_AS_ADMINISTRATOR, timeout=BOUND_S, limits=limits)

    def seen(self, part: str) -> int:
        """Count the answers so far whose kind has `part` in it."""
        return sum(number for kind, number in self.answers.items() if part in kind)

    async def more(self, part: str, number: int = 10) -> None:
        """Wait until so many more answers of a kind have come."""
        target = self.seen(part) + number
        await until(lambda: self.seen(part) >= target or bool(self.faults), f"{part}: {dict(self.answers)}")
        assert not self.faults, self.faults

    async def run(self) -> None:
        """Have all clients at work until `end`."""
        async with self._client, asyncio.TaskGroup() as group:
            for _ in range(WRITERS):
                group.create_task(self._write_on())
            for number in range(READERS):
                group.create_task(self._read_on(READS[number % len(READS)]))

    def end(self) -> None:
        """Begin nothing new; what was begun is taken to its end."""
        self._stop.set()

    async def _write_on(self) -> None:
        while not self._stop.is_set():
            name, headers = f"Universitas {next(self._names)}", {"Idempotency-Key": uuid4().hex}
            body = {"name": name, "kind": "university"}
            while (answer := await self._ask("POST", "/v1/institutions", json=body, headers=headers)) is None:
                pass
            self.written[name] = answer.json()["id"]

    async def _read_on(self, path: str) -> None:
        while not self._stop.is_set():
            await self._ask("GET", path)

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response | None:
        """Send one request, and rest; return the answer when it is done, None when it is to be sent again."""
        answer = await self._answer_to(method, path, **more)
        await asyncio.sleep(REST_S)  # less than clients are told, so that a drill is soon over
        return answer

    async def _answer_to(self, method: str, path: str, **more: Any) -> httpx.Response | None:
        try:
            answer = await self._client.request(method, path, **more)
        except httpx.TimeoutException:
            self._count(f"{method} hangs", fault=f"{method} {path}: no answer in {BOUND_S} s")
            return None
        except httpx.TransportError as error:
            self._count(f"{method} broken ({type(error).__name__})")
            return None
        replayed = " replayed" if "idempotency-replayed" in answer.headers else ""
        if answer.is_success:
            self._count(f"{method} {answer.status_code}{replayed}")
            return answer
        is_problem = answer.headers["content-type"] == "application/problem+json"
        code = answer.json()["code"] if is_problem else "no problem document"
        patient = answer.status_code != 503 or answer.headers.get("retry-after", "").isdecimal()
        known = code in _FOR_A_WHILE.get(answer.status_code, set()) and patient
        fault = "" if known else f"{method} {path}: {answer.status_code} {answer.headers} {answer.text}"
        self._count(f"{method} {answer.status_code} {code}", fault=fault)
        return None

    def _count(self, kind: str, fault: str = "") -> None:
        self.answers[kind] += 1
        if fault:
            self.faults.append(fault)
            self._stop.set()


async def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds; fail after a while."""
    try:
        async with asyncio.timeout(RECOVERED_S):
            while not holds():  # noqa: ASYNC110 - what happens in other processes sets no event
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"it was waited for in vain: {what}") from None


@dataclass
class Ground:
    """Where drills take place: a service with its PostgreSQL and its log, and all that was ever written there."""

    postgres: EmbeddedPostgres
    log: Path
    url: str
    disk: Path | None  # the folder on a disk of its own, where there is one
    written: dict[str, str] = field(default_factory=dict)
    _killed: set[int] = field(default_factory=set)

    @property
    def owner(self) -> str:
        """Return the address of the database for its owner, as the driver alone takes it."""
        return self.postgres.url().replace("postgresql+asyncpg://", "postgresql://")

    @asynccontextmanager
    async def under_load(self, title: str, url: str | None = None) -> AsyncIterator[Load]:
        """Have clients at work for so long; then see that each write is there once and whole, and print the counts."""
        before, load = len(self.written), Load(url or self.url, self.written)
        task = asyncio.create_task(load.run())
        try:
            await load.more("POST 201")
            yield load
            await load.more("POST 201")
            await load.more("GET 200")
            load.end()
            async with asyncio.timeout(RECOVERED_S):
                await task
        finally:
            task.cancel()
            counts = ", ".join(f"{kind}: {number}" for kind, number in sorted(load.answers.items()))
            print(f"\n{title}: {counts}; writes: {len(self.written) - before}")  # noqa: T201 - what a drill is run for
            if load.faults:
                print("\n".join(line for line in self.log.read_text().splitlines() if '"error"' in line))  # noqa: T201 - why
        assert not load.faults, load.faults
        await self._check_whole()

    async def stop_database(self) -> None:
        """Stop the server; those at work are cut off."""
        await asyncio.to_thread(self.postgres.stop)

    async def start_database(self) -> None:
        """Start the server."""
        await asyncio.to_thread(self.postgres.start)

    def crash_database(self) -> None:
        """End the server as if it fell over: nothing is written down, and what follows is a recovery."""
        os.kill(postmaster(self.postgres), signal.SIGQUIT)

    def kill_a_process(self) -> int:
        """Kill the server process that is the oldest; return how many will have begun when another took its place."""
        begun = self._processes()
        oldest = next(process for process in begun if process not in self._killed)
        os.kill(oldest, signal.SIGKILL)
        self._killed.add(oldest)
        return len(begun) + 1

    async def begun(self, number: int) -> None:
        """Wait until so many server processes have begun, those included that are gone."""
        await until(lambda: len(self._processes()) >= number, "a new server process")

    async def begin_a_wal_segment(self) -> None:
        """Let the write-ahead log have room in its file: where it finds none, PostgreSQL itself gives up."""
        connection = await asyncpg.connect(self.owner)
        try:
            while await connection.fetchval(_WAL_USED) > WAL_SEGMENT // 2:
                await connection.execute("SELECT pg_logical_emit_message(false, 'drill', repeat('x', 1000000))")
        finally:
            await connection.close()

    def _processes(self) -> list[int]:
        """Return the server processes that were started so far, by what the log says."""
        parts = (line.partition("Started server process [") for line in self.log.read_text().splitlines())
        return [int(end.partition("]")[0]) for _, found, end in parts if found]

    async def _check_whole(self) -> None:
        """See that what the clients believe is what there is: no write lost, none twice, none in part."""
        believed = sorted(self.written.values())
        assert len(set(believed)) == len(believed)
        connection = await asyncpg.connect(self.owner)
        try:
            for kind, statement in _LEFT.items():
                assert sorted([row[0] for row in await connection.fetch(statement)]) == believed, kind
            named = {row[0]: row[1] for row in await connection.fetch("SELECT name, id::text FROM institutions")}
            assert named == self.written
        finally:
            await connection.close()


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Give a folder a disk of its own for so long, if we may; tell whether it has one."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=600m,mode=755", "tmpfs", str(folder)]
    own = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0  # noqa: S603 - literals
    try:
        yield own
    finally:
        if own:
            subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607 - as above


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Have no room left on the disk of a folder for so long."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 20))
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 12))
    try:
        yield
    finally:
        ballast.unlink()
