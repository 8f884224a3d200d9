"""Slow clients are cut: who does not end a request, and who does not take an answer. Over real connections."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.kernel import bodies, patience
from app.kernel.bodies import read_body
from app.kernel.patience import Patience
from tests.connections import accepting
from tests.kernel.doors import door

LONG = 1 << 24
Connect = Callable[[], Any]


@pytest.fixture
def ended() -> "asyncio.Queue[Exception | None]":
    """Tell of each request how it ended: by which exception, None where by none."""
    return asyncio.Queue()


@pytest.fixture
async def connect(ended: "asyncio.Queue[Exception | None]") -> AsyncIterator[Connect]:
    """Serve an answer longer than any buffer, and what reads a body; give a way to connect that buffers little."""
    app: FastAPI = door()

    @app.get("/long")
    async def long() -> Response:
        return Response(b"x" * LONG)

    @app.get("/pieces")
    async def pieces() -> Response:
        return StreamingResponse(b"x" * (1 << 16) for _ in range(LONG >> 16))

    @app.post("/read")
    async def read(request: Request) -> Response:
        return Response(await read_body(request))

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            ended.put_nowait(error)
            raise
        ended.put_nowait(None)

    writers: list[asyncio.StreamWriter] = []
    async with accepting(watched, http=Patience) as address:

        async def connected() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            reader, writer = await asyncio.open_connection(*address, limit=1 << 12)
            writers.append(writer)
            return reader, writer

        yield connected
        for writer in writers:
            writer.close()


async def all_of(reader: asyncio.StreamReader) -> bytes:
    """Read until the other side ends the connection, whichever way."""
    read = b""
    try:
        async with asyncio.timeout(60):
            while piece := await reader.read(1 << 16):
                read += piece
    except ConnectionResetError:
        pass
    return read


@pytest.mark.parametrize("sent", [b"", b"GET /long HT", b"GET /long HTTP/1.1\r\nHost: x\r\n"])
async def test_a_head_that_does_not_end_is_not_waited_for(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(patience, "HEAD_S", 0.05)
    reader, writer = await connect()
    writer.write(sent)
    assert await all_of(reader) == b""


@pytest.mark.parametrize("sent", [b"POST /re", b"\r\n"])
async def test_nor_is_that_of_the_next_request(connect: Connect, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    reader, writer = await connect()
    writer.write(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok")
    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
    monkeypatch.setattr(patience, "HEAD_S", 0.05)
    writer.write(sent)
    assert await all_of(reader) == b""


async def test_a_body_that_does_not_end_is_answered_and_the_connection_closed(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_S", 0.05)
    monkeypatch.setattr(bodies, "BODY_BYTES_PER_S", bodies.MAX_BODY_BYTES * 100)
    reader, writer = await connect()
    writer.write(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{")
    answer = await all_of(reader)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"body_too_slow" in answer


@pytest.mark.parametrize("times", [1, 8])
@pytest.mark.parametrize("path", ["/long", "/pieces"])
async def test_who_does_not_take_an_answer_is_left(
    connect: Connect, ended: "asyncio.Queue[Exception | None]", monkeypatch: pytest.MonkeyPatch, path: str, times: int
) -> None:
    monkeypatch.setattr(patience, "TAKE_S", 0.05)
    left, lost = asyncio.Event(), Patience.connection_lost

    def noted(protocol: Patience, error: Exception | None) -> None:
        left.set()
        lost(protocol, error)

    monkeypatch.setattr(Patience, "connection_lost", noted)
    reader, writer = await connect()
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * times)
    await asyncio.wait_for(left.wait(), 60)
    assert len(await all_of(reader)) < LONG
    # It is no fault of ours, and nobody is to look for one.
    assert await asyncio.wait_for(ended.get(), 60) is None


async def test_who_takes_it_slowly_has_it_whole(connect: Connect) -> None:
    reader, writer = await connect()
    writer.write(b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert len(await all_of(reader)) > LONG


@pytest.mark.parametrize("then", ["close", "keep-alive"])
async def test_what_is_left_of_an_answer_is_not_waited_for_without_end(
    connect: Connect, ended: "asyncio.Queue[Exception | None]", monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    """Too little of it to hold anybody up, so the request is over; enough to keep a connection that is to be closed."""
    lost, made, was = asyncio.Event(), Patience.connection_made, Patience.connection_lost

    def connection_made(protocol: Patience, transport: asyncio.Transport) -> None:
        transport.set_write_buffer_limits(2 * LONG)
        protocol.timeout_keep_alive = 0
        made(protocol, transport)

    def connection_lost(protocol: Patience, error: Exception | None) -> None:
        lost.set()
        was(protocol, error)

    monkeypatch.setattr(patience, "TAKE_S", 0.05)
    monkeypatch.setattr(Patience, "connection_made", connection_made)
    monkeypatch.setattr(Patience, "connection_lost", connection_lost)
    reader, writer = await connect()
    writer.write(f"GET /long HTTP/1.1\r\nHost: x\r\nConnection: {then}\r\n\r\n".encode())
    assert await asyncio.wait_for(ended.get(), 60) is None
    await asyncio.wait_for(lost.wait(), 60)
    assert len(await all_of(reader)) < LONG
