"""A small application with the whole input door and no database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import APIRouter, Depends, FastAPI

from app.kernel.failures import install
from app.kernel.guard import Guard
from app.kernel.messages import Text
from app.kernel.problem_pages import problem_pages
from app.kernel.queries import check_query

WORDS = Text(en="A test.", id="Uji.")


def door(*routers: APIRouter, **options: Any) -> FastAPI:
    """Make an app that serves `routers` two levels deep, as the real one does."""
    app = FastAPI(dependencies=[Depends(check_query)], redirect_slashes=False, openapi_url=None)
    outer = APIRouter()
    for router in routers:
        outer.include_router(router)
    app.include_router(outer, prefix="/v1", **options)
    app.include_router(problem_pages)
    app.add_middleware(Guard)
    install(app)
    return app


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client that sees a 500 as a client would."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://door.test") as client:
        yield client


def raw_scope(
    method: str, target: bytes, headers: Sequence[tuple[bytes, bytes]] = (), address: str | None = None
) -> dict[str, Any]:
    """Return the scope of a request for this target, byte by byte as given."""
    path, _, query = target.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": httpx.URL(raw_path=b"/").copy_with(raw_path=path).path,
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(b"content-type", b"application/json"), *headers],
        "client": address and (address, 1),
        "server": ("door.test", 80),
    }


async def raw_request(
    app: FastAPI, method: str, target: bytes, *messages: dict[str, Any], headers: Sequence[tuple[bytes, bytes]] = ()
) -> list[dict[str, Any]]:
    """Send a request past every client library, byte by byte as given; return what the app sent.

    `scope["method"]` at the time of each message is added to it, as a server would look it up.
    """
    scope = raw_scope(method, target, headers)
    pending, sent = list(messages), []

    async def receive() -> Any:
        return pending.pop(0)

    async def send(message: Any) -> None:
        sent.append({**message, "method": scope["method"]})

    await app(scope, receive, send)
    return sent
