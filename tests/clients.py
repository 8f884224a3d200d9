"""Clients of the app in this process, which go through no network and need nothing of what a network needs.

The suite asks tens of thousands of times; of the half millisecond that an answer took, httpx alone took two fifths,
for cookies, redirects and addresses taken apart and put together again. A `DirectClient` gives the app what it would
have been given, and the tests httpx's own answer.
"""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from json import dumps
from typing import Any, cast

import httpx
from starlette.types import ASGIApp, Message

Headers = dict[bytes, bytes]
# What httpx would leave as it is: a path, and perhaps a query.
_PLAIN = re.compile(r"((?:/[\w~-][\w.~-]*)+)(?:\?([\w.,=&~-]+))?", re.ASCII)
_SAY_HOW_LONG = {"POST", "PUT", "PATCH"}  # also when they are empty
_SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "client": ("127.0.0.1", 123),
    "root_path": "",
}


class DirectClient(httpx.AsyncClient):
    """A client whose requests of the usual kind are calls of the app; whatever fails there is answered with a 500.

    What is unusual, and what is streamed, goes the way of every client of httpx.
    """

    def __init__(self, app: ASGIApp, *, base_url: str, headers: Mapping[str, str] | None = None) -> None:
        transport = httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False)
        super().__init__(transport=transport, base_url=base_url, headers=headers)
        self._app = app

    async def request(self, method: str, url: Any, **asked: Any) -> httpx.Response:
        """Send a request, and return its whole answer."""
        said = {name: one for name, one in asked.items() if one is not None and one is not httpx.USE_CLIENT_DEFAULT}
        params, headers = said.pop("params", None), said.pop("headers", {})
        target, body = _target(url, params), _body(said)
        if said or target is None or body is None or type(headers) is not dict:
            return await super().request(method, url, **asked)
        path, query = target
        scope = _SCOPE | {
            "method": method.upper(),
            "headers": [*self._headers_of(method.upper(), body, headers).items()],
            "scheme": self.base_url.scheme,
            "server": (self.base_url.host, self.base_url.port),
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
        }
        return await _Exchange(body[0]).through(self._app, scope)

    def _headers_of(self, method: str, body: "Body", given: Mapping[str, Any]) -> Headers:
        content, media_type = body
        headers = {b"host": self.base_url.netloc} | {name.lower(): value for name, value in self.headers.raw}
        if content or method in _SAY_HOW_LONG:
            headers[b"content-length"] = b"%d" % len(content)
        if media_type:
            headers[b"content-type"] = media_type
        return headers | {_raw(name).lower(): _raw(value) for name, value in given.items()}


Body = tuple[bytes, bytes]  # what is sent, and its media type


def _target(url: Any, params: Any) -> tuple[str, str] | None:
    """Return a path and a query of which nothing has to be encoded but the parameters; None for any other."""
    found = _PLAIN.fullmatch(url) if isinstance(url, str) else None
    if found is None or (params is not None and found[2]):
        return None
    return found[1], str(httpx.QueryParams(params)) if params else found[2] or ""


def _body(said: dict[str, Any]) -> Body | None:
    """Take the body from what is said and return it; None for one of the rarer kinds, which stays."""
    if "json" in said:
        text = dumps(said.pop("json"), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode(), b"application/json"
    content = said.pop("content", b"")
    if isinstance(content, str):
        return content.encode(), b""
    return (content, b"") if isinstance(content, bytes) else None


def _raw(said: str | bytes) -> bytes:
    return said if isinstance(said, bytes) else said.encode("ascii")


class _Exchange:
    """One request and its answer."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._over = asyncio.Event()
        self._status = 500
        self._headers: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []

    async def through(self, app: ASGIApp, scope: dict[str, Any]) -> httpx.Response:
        """Let the app answer; of an answer that it does not end because it fails, return what there is."""
        failed = True
        with suppress(Exception):
            await app(scope, self._receive, self._send)
            failed = False
        assert failed or self._over.is_set(), "it did not answer to the end"
        self._over.set()
        content = b"" if scope["method"] == "HEAD" else b"".join(self._parts)
        answer = httpx.Response(self._status, headers=self._headers, stream=httpx.ByteStream(content))
        answer.read()
        return answer

    async def _receive(self) -> Message:
        if self._body is None:
            await self._over.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            assert not self._headers, "it began to answer twice"
            self._status, self._headers = message["status"], message.get("headers", [])
        elif message["type"] == "http.response.body":
            assert not self._over.is_set(), "it went on after the end"
            self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                self._over.set()
