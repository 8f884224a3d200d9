"""Deadlocks and serialisation failures: the database asks to try again, so we do, before the client hears of it.

Hides that a request is run anew from its first byte. Nothing of a failed try has left the service, because a write
answers only after its commit.
"""

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

TRIES = 3
# Set in the request's state by whoever answers such a failure.
AGAIN = "try_again"


class Retries:
    """ASGI middleware: repeats a write that asked for it; the last try's answer goes out whatever it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request; run it again when the database asked for it."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        for attempt in range(1, TRIES + 1):
            state: dict[str, Any] = dict(scope.get("state") or {})
            gate = _Gate(send, state, last=attempt == TRIES)
            await self.app({**scope, "state": state}, receive, gate)
            if not gate.held:
                return
            receive = _replayed(state.get("body", b""))


class _Gate:
    """Lets an answer through, or holds it back when it asks for another try."""

    def __init__(self, send: Send, state: dict[str, Any], *, last: bool) -> None:
        self.send = send
        self.state = state
        self.last = last
        self.held = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.held = AGAIN in self.state and not self.last
        if not self.held:
            await self.send(message)


def _replayed(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
