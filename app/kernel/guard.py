"""The outermost look at a request, before it is routed.

Refuses a path or query that is no percent-encoded UTF-8, where the framework would put replacement characters, and
answers HEAD wherever GET answers. Pure ASGI: an ordinary request pays for a handful of byte searches.
"""

import re
from urllib.parse import unquote_to_bytes

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kernel.failures import problem_response
from app.kernel.problem import Problem
from app.kernel.problems import MalformedRequest, NotFound

# Set in the request's state where nobody is told the body, so that a long one need not be made.
BODILESS = "bodiless"
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Guard:
    """ASGI middleware; belongs next to the router, inside everything that counts or logs."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] == "HEAD":
            await self._head(scope, receive, send)
        else:
            await self._guarded(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = _fault(scope)
        if problem is None:
            await self.app(scope, receive, send)
        else:
            await problem_response(Request(scope), problem)(scope, receive, send)

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_head(message: Message) -> None:
            # By now it is routed; the server must see HEAD again, or it would wait for the body it was promised.
            scope["method"] = "HEAD"
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        scope["method"] = "GET"
        scope.setdefault("state", {})[BODILESS] = True
        try:
            await self._guarded(scope, receive, send_head)
        finally:
            scope["method"] = "HEAD"


def _fault(scope: Scope) -> Problem | None:
    path, query = scope.get("raw_path") or b"", scope["query_string"]
    if b"%" not in path and b"%" not in query and query.isascii() and path.isascii():
        return None
    if _text(query) is None:
        return MalformedRequest()
    text = _text(path)
    if text is None:
        return MalformedRequest()
    return NotFound() if _CONTROL.search(text) else None


def _text(raw: bytes) -> str | None:
    """Decode percent-encoded UTF-8; None when it is not that."""
    if not raw.isascii() or _BAD_ESCAPE.search(raw):
        return None
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        return None
