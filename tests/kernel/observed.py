"""A small application whose requests are observed: a client of it, and where its log goes for so long."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kernel import failures, telemetry
from app.kernel.logs import configure_logging
from tests.kernel.doors import client_of

KEY = "srt_Qm9_-aVeryLongSecretThatNobodyMayEverSee0"
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
Lines = Callable[[], list[dict[str, Any]]]


class CopyingMiddleware:
    """Hands on copies of the scope, as whatever repeats a request must."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on with a copy."""
        await self.app(dict(scope), receive, send)


def make_app(**options: Any) -> FastAPI:
    """Make an app that answers, breaks off, fails and says nothing."""
    app = FastAPI(docs_url=None, redoc_url=None, **options)

    @app.get("/v1/things/{code}")
    async def get_thing(code: str) -> dict[str, str]:
        return {"code": code}

    @app.post("/v1/things")
    async def make_thing() -> dict[str, str]:
        return {}

    @app.get("/v1/pages/{kind}")
    async def get_page(kind: str) -> Response:
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": "sandbox"} if kind == "own" else {}
        return HTMLResponse("<p>", headers=headers)

    @app.get("/v1/boom")
    async def explode() -> None:
        raise RuntimeError(f"first line\nsecond line {KEY}")

    @app.get("/v1/stream")
    async def stream() -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            yield b"first"
            raise RuntimeError("the source broke")

        return StreamingResponse(chunks())

    @app.get("/v1/silence")
    async def say_nothing() -> None:
        raise asyncio.CancelledError

    failures.install(app)
    app.add_middleware(CopyingMiddleware)
    telemetry.install(app)
    return app


@pytest.fixture
async def client(output: io.StringIO) -> AsyncIterator[httpx.AsyncClient]:
    assert not output.getvalue()
    async with client_of(make_app()) as client:
        yield client


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Where the log goes during one test; afterwards logging is as it was."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    configure_logging(stream=stream)
    # A logger keeps the configuration under which it was first used.
    monkeypatch.setattr(telemetry, "log", structlog.get_logger())
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def lines(output: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in output.getvalue().splitlines()]


def requests_of(lines: Lines) -> list[dict[str, Any]]:
    """Return the log lines that tell of a request."""
    return [line for line in lines() if line["event"] == "request"]
