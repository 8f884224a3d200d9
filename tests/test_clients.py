"""The tests' own client gives the app what httpx would give it, and gives the test what httpx would."""

from typing import Any, cast

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.clients import DirectClient

BASE_URL, HEADERS = "http://here.test", {"Authorization": "Bearer x"}


class Mirror:
    """An app that remembers what it was given; it fails where the path says so."""

    def __init__(self) -> None:
        self.given: list[Any] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with two headers of one name, in two parts."""
        body, more = b"", True
        while more:
            message: Message = await receive()
            body, more = body + message["body"], message["more_body"]
        self.given.append(({**scope, "headers": sorted(scope["headers"])}, body))
        assert scope["path"] != "/never"
        await send({"type": "http.response.start", "status": 201, "headers": [(b"x-a", b"1"), (b"x-a", b"2")]})
        await send({"type": "http.response.body", "body": b"[", "more_body": True})
        assert scope["path"] != "/half"
        await send({"type": "http.response.body", "body": b"]"})
        assert await receive() == {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("method", "url", "asked"),
    [
        ("GET", "/v1/regions/32.73", {}),
        ("get", "/v1/regions?limit=1&fields=code,name", {}),
        ("GET", "/v1/regions", {"params": {"q": "a b+c/ü&=,:*~'()[]", "limit": 3, "count": True, "kind": ["a", "b"]}}),
        ("GET", "/v1/regions", {"params": [("kind", "a"), ("kind", None)]}),
        ("GET", "/v1/regions", {"params": {}}),
        ("GET", "/v1/regions?limit=1", {"params": {"q": "a"}}),
        ("GET", "/v1/regions?limit=1", {"params": {}}),
        ("GET", "/v1/../regions/./%20a", {}),
        ("GET", "/", {}),
        ("GET", "http://there.test/v1/regions", {}),
        ("HEAD", "/v1/regions", {}),
        ("POST", "/v1/regions", {"json": {"ä": [1, None, 0.5]}, "headers": {"If-Match": "*", "authorization": "none"}}),
        ("PATCH", "/v1/regions", {"json": [], "headers": {"Content-Type": "application/merge-patch+json"}}),
        ("POST", "/v1/regions", {"json": False, "headers": {b"X-Raw": b"\xff"}}),
        ("POST", "/v1/regions", {"content": b"\xff", "json": None, "headers": {"Content-Type": "text/csv"}}),
        ("PUT", "/v1/regions", {"content": "ä"}),
        ("POST", "/v1/regions", {"content": b""}),
        ("POST", "/v1/regions", {"data": {"a": "b"}}),
        ("POST", "/v1/regions", {}),
        ("DELETE", "/v1/regions", {}),
        ("DELETE", "/v1/regions", {"json": {}}),
        ("GET", "/v1/regions", {"headers": httpx.Headers({"X-B": "c"}), "auth": ("a", "b")}),
        ("GET", "/never", {}),
        ("GET", "/half", {}),
    ],
)
async def test_it_asks_and_answers_as_httpx_does(method: str, url: str, asked: dict[str, Any]) -> None:
    app, answers = Mirror(), []
    transport = httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False)
    theirs = httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=HEADERS)
    for client in (theirs, DirectClient(app, base_url=BASE_URL, headers=HEADERS)):
        answer = await client.request(method, url, **asked)
        answers.append((answer.status_code, answer.headers.multi_items(), answer.content))
        await client.aclose()
    assert app.given[0] == app.given[1]
    assert answers[0] == answers[1]
