"""What a request leaves behind in other hands: its id, what every answer bears, its span."""

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.kernel import telemetry
from tests.kernel.doors import client_of
from tests.kernel.observed import KEY, PARENT, TRACE, Lines, client, lines, make_app, output, requests_of

__all__ = ["client", "lines", "output"]  # fixtures

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
    thread = threading.Thread(target=collector.serve_forever, kwargs={"poll_interval": 0.01})
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
