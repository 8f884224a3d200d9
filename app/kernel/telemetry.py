"""What every request leaves behind, and what every answer bears: one layer around everything else.

A request gets an id, a log line and its place in the metrics; an answer gets that id and the headers that protect
whoever reads it. Spans are FastAPI's own (`SPANS`); they leave the process only when `OTEL_EXPORTER_OTLP_ENDPOINT` is
set. Neither query strings, headers nor bodies are recorded anywhere.
"""

import os
import re
from time import perf_counter
from typing import Any

import structlog
import uuid_utils
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kernel import metrics
from app.kernel.logs import HIDDEN, redact

# Give this to `FastAPI(telemetry=…)`. Numbers and logs have their own ways out.
SPANS: TelemetryConfig = {"auto_configure": True, "metrics": False, "logs": False}
UNMATCHED = "unmatched"
CLIENT_LEFT = 499  # nginx's number for a request whose client went away before an answer began

_ANSWER = "seratus.answer"
# A token (RFC 9110, section 5.6.2), so nothing that could break a header or a log line; and never one of our keys.
_REQUEST_ID = re.compile(rb"(?!.*srt_)[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_W3C = TraceContextTextMapPropagator()
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
# Who reached us by https shall never try without it (RFC 6797); one year, in seconds.
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
# What is no page is not to be shown as one, nor within one.
_DATA_POLICY = b"default-src 'none'; frame-ancestors 'none'"
# Everything comes from here and no script stands in a page; the icons of Swagger UI are data: URLs in its styles.
_PAGE_POLICY = (
    b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Wrap everything the app does, its last-resort error answer included. Call it after the routes are added."""
    if "service.name=" not in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", ""):
        os.environ.setdefault("OTEL_SERVICE_NAME", "seratus")
    build = app.build_middleware_stack

    def wrapped() -> ASGIApp:
        return Telemetry(build(), templates(app))

    # The router's own scope may be a copy that is gone by the time the answer is out, so it is read from next to it.
    app.user_middleware.append(Middleware(_NoteEndpoint))
    # add_middleware() would put us inside the layer that answers 500.
    app.build_middleware_stack = wrapped  # type: ignore[method-assign]  # Starlette has no hook for an outermost layer


def templates(app: FastAPI) -> dict[Any, str]:
    """Return the path template (`/v1/regions/{code}`) of every endpoint; of a mount, by the app mounted there."""
    contexts = iter_route_contexts(app.routes)
    return {context.endpoint or getattr(context, "app", None): context.path_format or UNMATCHED for context in contexts}


class Telemetry:
    """ASGI middleware, outermost. Puts `request_id` in the request's state."""

    def __init__(self, app: ASGIApp, templates: dict[Any, str]) -> None:
        self.app = app
        self.templates = templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through and record it when it is over, however it ends."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = perf_counter()
        method: str = scope["method"]
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        scheme = scope.get("scheme", "http")
        scope[_ANSWER] = answer = _Answer(send, request_id, _cache_control(method, headers), scheme)
        # Not unbound at the end: an exception is logged by the server, after us, in the same task.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        trace_id = _trace(scope, headers)
        metrics.in_flight.inc()
        try:
            await self.app(scope, receive, answer)
        finally:
            seconds = perf_counter() - start
            route = self.templates.get(answer.endpoint, UNMATCHED)
            metrics.in_flight.dec()
            metrics.observe(method, route, answer.status, seconds)
            more: dict[str, Any] = {} if trace_id is None else {"trace_id": trace_id}
            if not answer.complete:
                more["aborted"] = True
            duration_ms = round(seconds * 1000, 2)
            log.info("request", method=method, route=route, status=answer.status, duration_ms=duration_ms, **more)


class _Answer:
    """The way out: adds our headers, and remembers what became of the answer."""

    __slots__ = ("cache_control", "complete", "endpoint", "request_id", "scheme", "send", "status")

    def __init__(self, send: Send, request_id: str, cache_control: bytes, scheme: str) -> None:
        self.send = send
        self.request_id = request_id
        self.cache_control = cache_control
        self.scheme = scheme
        self.endpoint: Any = None
        self.status = CLIENT_LEFT
        self.complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._complete(message["headers"])
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            self.complete = True
        await self.send(message)

    def _complete(self, given: Any) -> list[tuple[bytes, bytes]]:
        headers = [*given, *_ALWAYS, (b"x-request-id", self.request_id.encode())]
        names = dict(headers)
        if b"cache-control" not in names:
            headers.append((b"cache-control", self.cache_control))
        if b"content-security-policy" not in names:
            is_page = names.get(b"content-type", b"").startswith(b"text/html")
            headers.append((b"content-security-policy", _PAGE_POLICY if is_page else _DATA_POLICY))
        if self.scheme == "https":
            headers.append(_HTTPS_ONLY)
        return headers


class _NoteEndpoint:
    """ASGI middleware, innermost: tells the answer which endpoint the router chose."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        finally:
            if (answer := scope.get(_ANSWER)) is not None:
                answer.endpoint = scope.get("endpoint")


def _request_id(headers: dict[bytes, bytes]) -> str:
    given = headers.get(b"x-request-id")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode("ascii")
    return str(uuid_utils.uuid7())


def _cache_control(method: str, headers: dict[bytes, bytes]) -> bytes:
    """Keep answers where an ETag can revalidate them, what a key was needed for in that reader's own cache only."""
    if method not in {"GET", "HEAD"}:
        return b"no-store"
    return b"private, no-cache" if b"authorization" in headers else b"no-cache"


def _trace(scope: Scope, headers: dict[bytes, bytes]) -> str | None:
    """Return the trace that this request belongs to, also when only the caller records it; keep our span discreet."""
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attribute("url.path", redact(scope["path"]))
        if scope["query_string"]:
            span.set_attribute("url.query", HIDDEN)
    elif (parent := headers.get(b"traceparent")) is not None:
        span = trace.get_current_span(_W3C.extract({"traceparent": parent.decode("latin-1")}))
    context = span.get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None
