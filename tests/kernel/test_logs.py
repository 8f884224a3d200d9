"""The log: a line for each request and each word of a library, whole, and without a secret."""

import asyncio
import errno
import io
import json
import logging
import re

import httpx
import pytest
import structlog
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.kernel import telemetry
from app.kernel.logs import configure_logging, redact
from tests.kernel.doors import client_of
from tests.kernel.observed import KEY, PARENT, TRACE, Lines, client, lines, make_app, output, requests_of

__all__ = ["client", "lines", "output"]  # fixtures


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
