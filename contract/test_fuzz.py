"""Hostile requests to every operation, as several keys: never a 5xx, no leak, and a log that stays a log.

`make contract` sends some thousands; `make fuzz` sends them for FUZZ_SECONDS, by the seed FUZZ_SEED.
"""

import asyncio
import json
import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy.engine import make_url

from contract import records
from contract.conftest import KEY, REGION_KEY, serving
from contract.fuzz import Findings, Judge, exchange, faults_of_log, hostile_requests, received
from contract.hostile import Spoiler, operations
from contract.hostile_pieces import BOMB

DOCUMENT = json.loads((Path(__file__).parent.parent / "openapi.json").read_text("utf-8"))
SECONDS = int(os.environ.get("FUZZ_SECONDS", "0"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
REQUESTS = 10 * 245
# A run that was kept out, or that never got past the first door, proves nothing.
MET = {200, 201, 400, 401, 403, 404, 405, 409, 412, 413, 415, 422}


class Ground(NamedTuple):
    """A service with records, and what there is to ask it with."""

    url: str
    ids: Mapping[str, Sequence[str]]
    keys: Mapping[str, str | None]
    secrets: Sequence[str]
    log: Path
    greeted: int  # so long is the log before there is anything to tell


@pytest.fixture(scope="module")
def ground(folder: Path, database: str) -> Iterator[Ground]:
    """Run the service with records in every state, and make a key of every kind that is tried."""
    log = folder / "log"
    with serving(database, log) as url:
        greeted = log.stat().st_size
        ids = asyncio.run(records.put(database, REGION_KEY))
        keys = {"public": None, "region_editor": REGION_KEY, "administrator": KEY} | {
            role: issued(url, role, **bound)
            for role, bound in (("officer", {}), ("mentor", {"institution_id": ids["institutions"][0]}))
        }
        owner = make_url(os.environ["SERATUS_OWNER_URL"])
        passwords = {str(password) for password in (owner.password, make_url(database).password) if password}
        yield Ground(url, ids, keys, [*filter(None, keys.values()), *passwords, str(folder)], log, greeted)


def issued(url: str, role: str, **bound: str) -> str:
    expires_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"name": "fuzz", "role": role, "expires_at": expires_at, **bound}
    answer = httpx.post(f"{url}/v1/api-keys", json=body, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 201, answer.text
    secret: str = answer.json()["secret"]
    return secret


@pytest.mark.timeout(SECONDS + 300)
def test_no_request_breaks_the_service(ground: Ground) -> None:
    spoiler, judge, findings = Spoiler(SEED, ground.ids), Judge(DOCUMENT, ground.secrets), Findings()
    requests = hostile_requests(spoiler, [*operations(DOCUMENT)], ground.keys)
    until = time.monotonic() + SECONDS
    for request in takewhile(lambda _: time.monotonic() < until, requests) if SECONDS else islice(requests, REQUESTS):
        answer = exchange(ground.url, request)
        findings.note(request, answer, judge.faults(request, answer))
    print(findings)  # noqa: T201 - what `make fuzz` is run for
    assert not findings.faults, str(findings)
    assert findings.statuses.keys() >= MET
    assert not [*faults_of_log(ground.log, ground.secrets, ground.greeted)][:20]
    assert ground.log.stat().st_size > ground.greeted
    for role, key in ground.keys.items():
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        still = httpx.get(f"{ground.url}/v1/webhooks", headers=headers).status_code
        assert still == (401 if key is None else 200), f"{role} was locked out"


def test_compressed_body_is_refused_before_it_is_read(ground: Ground) -> None:
    address = urlsplit(ground.url)
    for operation in (each for each in operations(DOCUMENT) if each.body is not None):
        head = f"{operation.method} {operation.path.format_map(operation.in_path)} HTTP/1.1\r\nHost: a\r\n"
        head += f"Authorization: Bearer {KEY}\r\nContent-Type: {operation.media_type}\r\nIf-Match: *\r\n"
        head += f"Content-Encoding: gzip\r\nContent-Length: {len(BOMB)}\r\nConnection: close\r\n\r\n"
        with socket.create_connection((address.hostname or "", address.port or 80), timeout=60) as connection:
            connection.sendall(head.encode() + BOMB[:1_000])  # the rest never comes
            answer = received(connection, operation.method)
        assert answer is not None, operation
        assert (answer.status, answer.headers["accept-encoding"]) == (415, "identity"), (operation, answer)
