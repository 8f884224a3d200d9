"""What a request leaves behind: its id, its log line, its numbers, its span; and what every answer bears."""

import asyncio
import errno
import io
import json
import logging
import re
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID

import httpx
import pytest
import structlog
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY, values
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kernel import failures, metrics, telemetry
from app.kernel.logs import configure_logging, redact

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


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://here.test") as client:
        yield client


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
    return [line for line in lines() if line["event"] == "request"]


# --- request ids


@pytest.mark.parametrize("given_id", ["01a20a2c-5630-72d4-a3f5-1586f63dce76", "x", "a" * 128, "gateway.7_b~c!"])
async def test_a_well_formed_request_id_is_kept(client: httpx.AsyncClient, given_id: str) -> None:
    answer = await client.get("/v1/things/1", headers={"X-Request-Id": given_id})
    assert answer.headers["x-request-id"] == given_id


@pytest.mark.parametrize(
    "given_id",
    [b"", b"two words", b"a" * 129, "aé".encode(), b'a"b', b"a\r\nset-cookie: b=c", b"a\n", b"a,b", KEY.encode()],
)
async def test_any_other_request_id_is_replaced(client: httpx.AsyncClient, given_id: bytes) -> None:
    answer = await client.get("/v1/things/1", headers={b"X-Request-Id": given_id})
    assert UUID(answer.headers["x-request-id"]).version == 7
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nowhere", 404),
        ("DELETE", "/v1/things", 405),
        ("GET", "/v1/boom", 500),
        ("GET", "/v1/things/1", 200),
    ],
)
async def test_every_answer_bears_the_id_and_problems_name_it(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path, headers={"X-Request-Id": "mine"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (status, "mine")
    assert answer.json().get("request_id", "mine") == "mine"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


# --- headers that protect the reader


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        ("GET", "/v1/things/1", {}, "no-cache"),
        ("GET", "/v1/things/1", {"Authorization": f"Bearer {KEY}"}, "private, no-cache"),
        ("POST", "/v1/things", {"Authorization": f"Bearer {KEY}"}, "no-store"),
        ("GET", "/v1/pages/own", {}, "no-store"),
    ],
)
async def test_who_may_keep_an_answer(
    client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], expected: str
) -> None:
    answer = await client.request(method, path, headers=headers)
    assert answer.headers.get_list("cache-control") == [expected]


async def test_who_came_by_https_is_told_to_stay_with_it(client: httpx.AsyncClient) -> None:
    plain, safe = [await client.get(f"{scheme}://test/v1/things/1") for scheme in ("http", "https")]
    assert "strict-transport-security" not in plain.headers
    assert safe.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_what_a_page_may_do_is_said_and_data_is_none(client: httpx.AsyncClient) -> None:
    page, own, data = [await client.get(f"/v1/{path}") for path in ("pages/a", "pages/own", "things/1")]
    assert page.headers["content-security-policy"].startswith("default-src 'self';")
    assert own.headers.get_list("content-security-policy") == ["sandbox"]
    assert data.headers.get_list("content-security-policy") == ["default-src 'none'; frame-ancestors 'none'"]


# --- log lines


async def test_a_request_is_one_line_without_anything_the_client_wrote(
    client: httpx.AsyncClient, lines: Lines, output: io.StringIO
) -> None:
    await client.get(
        "/v1/things/blue%0Abird?q=private",
        headers={"X-Request-Id": "mine", "Authorization": f"Bearer {KEY}", "User-Agent": "curious"},
    )
    (line,) = lines()
    assert line | {"duration_ms": 0, "timestamp": ""} == {
        "event": "request",
        "level": "info",
        "timestamp": "",
        "request_id": "mine",
        "method": "GET",
        "route": "/v1/things/{code}",
        "status": 200,
        "duration_ms": 0,
    }
    assert not re.search("private|bird|curious|srt_", output.getvalue())


async def test_the_line_tells_how_a_request_ended(client: httpx.AsyncClient, lines: Lines) -> None:
    await client.get("/v1/nowhere/at/all")
    await client.delete("/v1/things")
    await client.get("/v1/stream")
    with pytest.raises(asyncio.CancelledError):
        await client.get("/v1/silence")
    ended = [(line["route"], line["status"], line.get("aborted")) for line in requests_of(lines)]
    assert ended == [
        ("unmatched", 404, None),
        ("/v1/things", 405, None),
        ("/v1/stream", 200, True),
        ("/v1/silence", 499, True),
    ]


async def test_a_callers_trace_is_named_and_nonsense_is_not(client: httpx.AsyncClient, lines: Lines) -> None:
    for header in (f"00-{TRACE}-{PARENT}-01", f"00-{'0' * 32}-{PARENT}-01", "a\r\nb"):
        await client.get("/v1/things/1", headers={b"traceparent": header.encode()})
    assert [line.get("trace_id") for line in requests_of(lines)] == [TRACE, None, None]


texts = st.text(max_size=40)
secrets = st.sampled_from(
    [
        (KEY, KEY),
        ("Authorization: Bearer opaque.token-1", "opaque.token-1"),
        ("bearer  0paque", "0paque"),
        ("id_token_hint=eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", "eyJzdWIiOiJhIn0"),
        ("postgresql+asyncpg://seratus:p@ss:w/rd@db.test:5432/x", "p@ss:w/rd"),
        ('amqp://:qu"ote@db.test', 'qu"ote'),
    ]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(before=texts, secret=secrets, after=texts)
@example(before="BEARER", secret=("bearer  0paque", "0paque"), after="")
def test_nothing_that_is_logged_breaks_its_line_or_tells_a_secret(
    output: io.StringIO, before: str, secret: tuple[str, str], after: str
) -> None:
    text = f"{before} {secret[0]} {after}\r\nnext"
    output.seek(0)
    output.truncate()
    ours, theirs = structlog.get_logger(), logging.getLogger("uvicorn.error")
    ours.info(text, value=text, nested={"deep": [text]})
    theirs.info("%s", text)
    ours.error("failed", exc_info=ValueError(text))
    theirs.error("failed", exc_info=ValueError(text))
    written = output.getvalue()
    assert written.count("\n") == 4
    assert all(json.loads(line)["timestamp"] for line in written.split("\n")[:-1])
    assert secret[1] not in written
    assert json.dumps(secret[1])[1:-1] not in written


@pytest.mark.parametrize("text", ["insert_one", "https://db.test:5432/x", "the bearer", "a:b@c", "17:00 → done"])
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_libraries_speak_in_the_same_voice(lines: Lines) -> None:
    logging.getLogger("alembic.runtime.migration").info("Running upgrade")
    logging.getLogger("uvicorn.error").warning("careful", extra={"color_message": "\x1b[1mcareful"})
    logging.getLogger("uvicorn.access").info("GET /?q=private")
    logging.getLogger("httpx").info("HTTP Request: GET http://here.test/?q=private")
    logging.getLogger("sqlalchemy.engine").info("SELECT 1")
    told = [(line["event"], line["level"], line["logger"]) for line in lines()]
    assert told == [
        ("Running upgrade", "info", "alembic.runtime.migration"),
        ("careful", "warning", "uvicorn.error"),
    ]


async def test_what_is_logged_during_a_request_bears_its_id(client: httpx.AsyncClient, lines: Lines) -> None:
    await client.get("/v1/stream", headers={"X-Request-Id": "mine"})
    logging.getLogger("uvicorn.error").error("Exception in ASGI application")
    assert [line["request_id"] for line in lines()[-2:]] == ["mine", "mine"]


def test_a_person_reads_plain_lines(output: io.StringIO) -> None:
    configure_logging(json=False, stream=output)
    structlog.get_logger().info("ready", address=f"http://u:{KEY}@here.test")
    assert "ready" in output.getvalue()
    assert not output.getvalue().startswith("{")
    assert KEY not in output.getvalue()


# --- metrics


def count(method: str, route: str, status: str) -> float:
    labels = {"method": method, "route": route, "status": status}
    return REGISTRY.get_sample_value("http_requests_total", labels) or 0.0


async def test_requests_are_counted_by_what_was_asked_not_by_how(client: httpx.AsyncClient) -> None:
    before = [
        count("GET", "/v1/things/{code}", "200"),
        count("GET", "unmatched", "404"),
        count("other", "unmatched", "404"),
    ]
    for number in range(20):
        await client.get(f"/v1/things/{number}")
        await client.get(f"/nowhere/{number}")
        await client.request(f"METHOD{number}", "/nowhere")
    after = [
        count("GET", "/v1/things/{code}", "200"),
        count("GET", "unmatched", "404"),
        count("other", "unmatched", "404"),
    ]
    assert [new - old for new, old in zip(after, before, strict=True)] == [20, 20, 20]
    exposed = metrics.exposition().decode()
    assert not re.search(r"METHOD\d|/nowhere|things/\d", exposed)
    assert 'http_request_duration_seconds_count{method="GET",route="/v1/things/{code}"}' in exposed


async def test_nothing_stays_in_flight(client: httpx.AsyncClient) -> None:
    await client.get("/v1/stream")
    with pytest.raises(asyncio.CancelledError):
        await client.get("/v1/silence")
    assert REGISTRY.get_sample_value("http_requests_in_flight") == 0


WORKER = """
import os, signal
from app.kernel import metrics
metrics.observe("GET", "/v1/things/{code}", 200, 0.01)
metrics.in_flight.inc()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_workers_are_added_up_and_a_killed_one_is_not_in_flight(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")  # so that it is put back afterwards, and so is this
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").write_text("left over")
    metrics.share_between_workers(tmp_path / "metrics")
    for _ in range(2):
        subprocess.run([sys.executable, "-c", WORKER], check=False)  # noqa: S603 - our own code
    exposed = metrics.exposition().decode()
    assert 'http_requests_total{method="GET",route="/v1/things/{code}",status="200"} 2.0' in exposed
    assert "http_requests_in_flight 1.0" not in exposed
    assert "http_requests_in_flight 2.0" not in exposed


# --- spans


async def test_a_callers_span_is_the_parent_of_ours_and_the_query_stays_here(lines: Lines) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    async with client_of(make_app(telemetry={**telemetry.SPANS, "tracer_provider": provider})) as client:
        await client.get(f"/v1/things/{KEY}?q=private", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    (span,) = [span for span in exporter.get_finished_spans() if span.kind is trace.SpanKind.SERVER]
    context = span.get_span_context()
    assert span.parent is not None
    assert context is not None
    assert (span.name, trace.format_span_id(span.parent.span_id)) == ("GET /v1/things/{code}", PARENT)
    assert trace.format_trace_id(context.trace_id) == TRACE
    assert [line["trace_id"] for line in requests_of(lines)] == [TRACE]
    told = "".join(span.to_json() for span in exporter.get_finished_spans())
    assert "private" not in told
    assert KEY not in told


class Collector(BaseHTTPRequestHandler):
    """Takes spans in as an OTLP collector would, and keeps the paths that were posted to."""

    def do_POST(self) -> None:
        """Take one batch in."""
        self.rfile.read(int(self.headers["content-length"]))
        received: list[str] = self.server.received  # type: ignore[attr-defined]  # set below
        received.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


async def run_once(app: FastAPI) -> None:
    """Start the app, send one request, stop the app: as a server does."""
    stop, begun = asyncio.Event(), asyncio.Event()

    async def receive() -> dict[str, str]:
        if not begun.is_set():
            begun.set()
            return {"type": "lifespan.startup"}
        await stop.wait()
        return {"type": "lifespan.shutdown"}

    started = asyncio.Event()

    async def send(message: Any) -> None:
        if message["type"] == "lifespan.startup.complete":
            started.set()

    running = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send))
    await started.wait()
    async with client_of(app) as client:
        await client.get("/v1/things/1")
    stop.set()
    await running


async def test_spans_leave_when_an_endpoint_is_set_and_are_out_before_the_service_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    collector = HTTPServer(("127.0.0.1", 0), Collector)
    collector.received = []  # type: ignore[attr-defined]  # ours
    thread = threading.Thread(target=collector.serve_forever)
    thread.start()
    provider = TracerProvider(shutdown_on_exit=False)
    options = {"telemetry": {**telemetry.SPANS, "tracer_provider": provider}}
    try:
        await run_once(make_app(**options))
        silent = list(collector.received)  # type: ignore[attr-defined]  # ours
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.server_port}")
        await run_once(make_app(**options))
        assert (silent, collector.received) == ([], ["/v1/traces"])  # type: ignore[attr-defined]  # ours
    finally:
        provider.shutdown()
        collector.shutdown()
        thread.join()
        collector.server_close()


async def test_without_an_endpoint_nothing_is_recorded() -> None:
    app = make_app(telemetry=telemetry.SPANS)
    await run_once(app)
    assert not isinstance(trace.get_tracer_provider(), TracerProvider)


@pytest.mark.usefixtures("output")
async def test_a_log_that_cannot_be_written_fails_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            tried.append(text)
            raise OSError(errno.ENOSPC, "No space left on device")

        def flush(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    configure_logging(stream=Full())
    monkeypatch.setattr(telemetry, "log", structlog.get_logger())
    async with client_of(make_app()) as client:
        assert (await client.get("/v1/things/1")).status_code == 200
    logging.getLogger("uvicorn.error").warning("what a library has to say")
    assert "library" in tried[-1]
    assert any("/v1/things/{code}" in text for text in tried)
