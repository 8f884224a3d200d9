"""Sends hostile requests to a running service, and judges what comes back and what it wrote into its log."""

import json
import re
import select
import socket
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import jsonschema_rs

from app.domain.permissions import GRANTS, Role
from contract.hostile import Hostile, Operation, Spoiler
from contract.hostile_pieces import PLANTED

PIECE = 1 << 16
PATIENCE_S = 60
MAY = 0.8
PROBLEM = "application/problem+json"
# What tells a stranger how the service is made.
_INNARDS = re.compile(
    r"Traceback|File \\?\"/|\.py\b|site-packages|object at 0x|<class |SQLSTATE|postgres(?:ql)?(?:\+\w+)?:"
    r"|\b(?:sqlalchemy|asyncpg|pydantic|starlette|fastapi|uvicorn|structlog|httptools)\b"
    r"|\bapp\.(?:domain|kernel|models|projections|reference|routers|schemas|services)\b"
    r"|\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b.+\b(?:FROM|VALUES|SET|WHERE)\b",
    re.DOTALL,
)


class Answer(NamedTuple):
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """Return the bare media type."""
        return self.headers.get("content-type", "").split(";")[0]


class Findings:
    """What was wrong, each kind at each operation once, and how much was tried."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.faults: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    def note(self, request: Hostile, answer: Answer | None, faults: Iterable[str]) -> None:
        """Count a request and what was wrong with its answer."""
        self.statuses[answer.status if answer is not None else 0] += 1
        for fault in faults:
            name = f"{request.operation.method} {request.operation.path}: {fault}"
            self.faults[name] += 1
            self.examples.setdefault(name, f"{request.head[:600]!r} {request.body[:600]!r}\n  -> {str(answer)[:1_000]}")

    def __str__(self) -> str:
        """Lay out the counts, and an example of every fault."""
        counts = ", ".join(f"{status or 'cut'}: {count}" for status, count in sorted(self.statuses.items()))
        lines = [f"{self.statuses.total()} requests ({counts}), {self.faults.total()} faults"]
        return "\n".join(lines + [f"{count} x {name}\n  {self.examples[name]}" for name, count in self.faults.items()])


def exchange(url: str, request: Hostile, piece: int = PIECE) -> Answer | None:
    """Send a request and return the answer, also one that comes before all is sent; None when there is none."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname or "", address.port or 80), timeout=PATIENCE_S) as connection:
        wire = memoryview(request.head + request.body)
        try:
            for start in range(0, len(wire), piece):
                if select.select([connection], [], [], 0)[0]:
                    break
                connection.sendall(wire[start : start + piece])
        except ConnectionError:
            pass  # it may have answered before it hung up
        return received(connection, request.method)


def received(connection: socket.socket, method: str) -> Answer | None:
    """Read an answer; None when the connection ends before it does."""
    answer = HTTPResponse(connection, method=method)
    try:
        answer.begin()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    except (ConnectionError, TimeoutError, HTTPException):
        return None


class Judge:
    """Knows what no answer may hold: `secrets` nowhere, and the service's innards in no refusal."""

    def __init__(self, document: Mapping[str, Any], secrets: Sequence[str]) -> None:
        problem = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
        self.problem = jsonschema_rs.Draft202012Validator(problem)
        self.secrets = secrets

    def faults(self, request: Hostile, answer: Answer | None) -> Iterator[str]:
        """Say what is wrong with an answer."""
        if answer is None:
            # Who sends more than is taken may be hung up on before it has read why.
            if len(request.body) <= PIECE:
                yield "no answer"
            return
        text = answer.body.decode("utf-8", "replace")
        if answer.status >= 500:
            yield f"status {answer.status}"
        if any(secret in text or secret in str(answer.headers) for secret in self.secrets):
            yield "a secret"
        if {"x-evil", "set-cookie"} & answer.headers.keys():
            yield "a header of the client's"
        if answer.status >= 400:
            if found := _INNARDS.search(text):
                yield f"innards: {found[0][:60]}"
            yield from self._unexplained(request, answer)

    def _unexplained(self, request: Hostile, answer: Answer) -> Iterator[str]:
        """Say why a refusal is no problem document; who asks for a page is given one, and HEAD says nothing."""
        if answer.media_type == "text/html" and b"text/html" in request.head:
            return
        if answer.media_type != PROBLEM:
            yield f"{answer.status} as {answer.media_type or 'nothing'}"
        elif answer.body or request.method != "HEAD":
            try:
                said = json.loads(answer.body)
                self.problem.validate(said)
            except (ValueError, jsonschema_rs.ValidationError) as error:
                yield f"no problem document: {str(error)[:100]}"
            else:
                if said["status"] != answer.status:
                    yield "another status in the document"


def faults_of_log(file: Path, secrets: Sequence[str], start: int = 0) -> Iterator[str]:
    """Say what is wrong with a log from there on: a line that is no JSON object, an error, a secret."""
    with file.open(encoding="utf-8") as lines:
        lines.seek(start)
        for line in lines:
            try:
                said = json.loads(line)
            except ValueError:
                said = None
            if not isinstance(said, dict) or "event" not in said:
                yield f"no line of a log: {line[:200]}"
            elif said.get("level") in {"error", "critical"} or "Traceback" in line:
                yield f"an error: {line[:2_000]}"
            if any(secret in line for secret in (*secrets, PLANTED)):
                yield f"a secret: {line[:200]}"


def hostile_requests(
    spoiler: Spoiler, operations: Sequence[Operation], keys: Mapping[str, str | None]
) -> Iterator[Hostile]:
    """Give requests without end: of every operation as often as of any other, in a new order each time.

    `keys` are by role. Most requests are made by one that may: the others do not get far.
    """
    while True:
        for operation in spoiler.chance.sample(operations, len(operations)):
            able = [role for role in keys if not GRANTS[Role(role)].isdisjoint(operation.permissions)]
            role = spoiler.chance.choice(able if able and spoiler.chance.random() < MAY else [*keys])
            yield spoiler.request(operation, keys[role])
