"""Bytes that are no HTTP are refused as everything else is. Over real connections."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from app.kernel.problem import MEDIA_TYPE
from app.kernel.wire import Wire
from tests.connections import Address, accepting
from tests.kernel.doors import door
from tests.operations import validator


@pytest.fixture
async def address() -> AsyncIterator[Address]:
    """Serve an app; give its address."""
    async with accepting(door(), http=Wire, ws="none") as address:
        yield address


async def answered(address: Address, sent: bytes) -> tuple[str, dict[str, str], bytes]:
    """Send bytes; return the status line, the headers and the body of what comes back."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(sent)
    async with asyncio.timeout(60):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    status, *headers = head.decode().split("\r\n")
    return status, dict(header.split(": ") for header in headers), body


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS on a plain port
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"NONE / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nX Bad: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_as_a_problem(address: Address, sent: bytes) -> None:
    status, headers, body = await answered(address, sent)
    assert status == "HTTP/1.1 400 Bad Request"
    assert (headers["content-type"], headers["content-length"]) == (MEDIA_TYPE, str(len(body)))
    problem = json.loads(body)
    validator({"$ref": "#/components/schemas/Problem"}).validate(problem)
    assert (problem["status"], problem["code"]) == (400, "malformed_request")


@pytest.mark.parametrize("protocol", ["websocket", "h2c"])
async def test_another_protocol_is_not_spoken(address: Address, protocol: str) -> None:
    asked = f"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: {protocol}\r\n\r\n"
    status, headers, body = await answered(address, asked.encode())
    assert (status, headers["content-type"]) == ("HTTP/1.1 404 Not Found", MEDIA_TYPE)
    assert json.loads(body)["status"] == 404
