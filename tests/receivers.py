"""Receivers of webhooks on loopback: real sockets that keep what they were sent, and answer as they are told."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

# A throwaway identity for `hook.test`, valid until 2126; nobody else trusts it.
_CERTIFICATE = (
    "MIIBlTCCATugAwIBAgIUAkcm/2YQAi7yopJWH38I5NYWo0gwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJaG9vay50ZXN0MCAXDTI2MTEyNjEw"
    "MzcyNVoYDzIxMjYxMTAyMTAzNzI1WjAUMRIwEAYDVQQDDAlob29rLnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARo3kArAwPrMMbZ"
    "Eh91vDeaz5iaTld5SYb8jaHDMeK3bG5fldJFV2uzh6aCkgPnrJUpuDLkW9oi/yfX75LyPjGUo2kwZzAdBgNVHQ4EFgQUPyOURT4DGqks+qkF"
    "oWHf4DLa6vcwHwYDVR0jBBgwFoAUPyOURT4DGqks+qkFoWHf4DLa6vcwFAYDVR0RBA0wC4IJaG9vay50ZXN0MA8GA1UdEwEB/wQFMAMBAf8w"
    "CgYIKoZIzj0EAwIDSAAwRQIhAIpiOzzBxTs2B1O5xVUGWK4dJA6nF4rEwkcCAWGimAt9AiAQzJubWmr+i2uHTcPNI3/I1fprEtnKwUKR49D0"
    "z/XC2A=="
)
_KEY = (
    "MHcCAQEEINu7AbXvxFjekDSzZky7yIIEkX/kEX18IPJSvqubIjRcoAoGCCqGSM49AwEHoUQDQgAEaN5AKwMD6zDG2RIfdbw3ms+Ymk5XeUmG"
    "/I2hwzHit2xuX5XSRVdrs4emgpID56yVKbgy5FvaIv8n1++S8j4xlA=="
)
NAME = "hook.test"


class Received(NamedTuple):
    """One request: its headers by lower-case name, and its body."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """Read the body."""
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def type(self) -> str:
        """Return the type of the event."""
        return str(self.event["type"])


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    """Return an answer as it goes over the wire."""
    lines = [f"HTTP/1.1 {status} Told", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class Receiver:
    """One that listens; `answers` are given in turn, the last one again and again. None is to say nothing."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers) or [answer(200)]
        self.received: list[Received] = []
        self.names: list[str | None] = []  # by which TLS was asked for us
        self.cut = asyncio.Event()  # somebody left before all was said
        self.begun: asyncio.Queue[Received] = asyncio.Queue()
        self.port = 0
        self.scheme = "http"

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"{self.scheme}://127.0.0.1:{self.port}/hook?token=quiet"

    @property
    def types(self) -> list[str]:
        """Return the types of the events it was sent, in their order."""
        return [request.type for request in self.received]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request and answer it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
        request = Received(headers, await reader.readexactly(int(headers["content-length"])))
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.received.append(request)
        self.begun.put_nowait(request)
        if said is None:
            await reader.read()  # until the other side leaves
            self.cut.set()
        else:
            writer.write(said)
            await writer.drain()


class Endless(Receiver):
    """One that answers with as many bytes as are taken, up to a gigabyte."""

    def __init__(self) -> None:
        super().__init__(None)
        self.sent = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request, and answer until the other side leaves."""
        await reader.readuntil(b"\r\n\r\n")
        piece = b"x" * (1 << 16)
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            while self.sent < 1_000_000_000:
                writer.write(piece)
                await writer.drain()
                self.sent += len(piece)
        except ConnectionError:
            self.cut.set()


@asynccontextmanager
async def listening(receiver: Receiver, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Let a receiver listen for so long; whoever leaves too early is let go."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(EOFError, ConnectionError):
                await receiver.serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    receiver.scheme = "http" if tls is None else "https"
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()


def identity(folder: Path, asked: Callable[[str | None], None]) -> tuple[ssl.SSLContext, Path]:
    """Return the TLS of a receiver that is `hook.test`, and the file by which that is believed."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    kind = "EC PRIVATE " + "KEY"
    certificate.write_text(ssl.DER_cert_to_PEM_cert(base64.b64decode(_CERTIFICATE)))
    key.write_text(f"-----BEGIN {kind}-----\n{_KEY}\n-----END {kind}-----\n")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.sni_callback = lambda _object, name, _context: asked(name)
    return context, certificate
