"""Too much at once is refused at once, and nobody lets answers pile up; exports: routers/test_exports_cut_short.py."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.types import Message

from app.kernel import limits
from app.kernel.auth import KnownKeys
from app.kernel.places import OPEN_AT_ONCE
from tests.conftest import clients_of
from tests.kernel.doors import raw_scope
from tests.kernel.test_limits import REGION, coming_from


@pytest.mark.commits
async def test_too_much_at_once_is_refused_at_once(committed: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AT_ONCE", 5)
    arrived, go = asyncio.Semaphore(0), asyncio.Event()
    recall = KnownKeys.recall

    async def held(*arguments: Any) -> Any:
        arrived.release()
        await go.wait()
        return await recall(*arguments)

    monkeypatch.setattr(KnownKeys, "recall", held)
    async with clients_of(committed) as as_:
        public = as_("public")
        waiting = [asyncio.create_task(public.get("/v1/regions")) for _ in range(5)]
        for _ in range(5):
            await arrived.acquire()
        refused = await public.get("/v1/regions")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert refused.headers["retry-after"]
        go.set()
        assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}
        assert (await public.get("/v1/regions")).status_code == 200
        assert committed.state.limits.places.at_work == 0


@asynccontextmanager
async def untaken(app: FastAPI, path: str, address: str) -> AsyncIterator[None]:
    """Ask for something, and do not take the answer once it has begun."""
    begun, taken = asyncio.Event(), asyncio.Event()

    async def send(message: Message) -> None:
        begun.set()
        assert message["type"] != "http.response.start" or message["status"] == 200
        await taken.wait()

    async def receive() -> Message:
        await taken.wait()
        return {"type": "http.disconnect"}

    asking = asyncio.create_task(app(raw_scope("GET", path.encode(), address=address), receive, send))
    await begun.wait()
    try:
        yield
    finally:
        taken.set()
        await asking


async def test_who_is_slow_to_take_keeps_nobody_else_waiting(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AT_ONCE", 1)
    monkeypatch.setitem(OPEN_AT_ONCE, "reads", 2)
    async with AsyncExitStack() as stack, coming_from(app, "192.0.2.1") as slow, coming_from(app, "192.0.2.2") as other:
        for _ in range(2):
            await stack.enter_async_context(untaken(app, REGION, "192.0.2.1"))
        assert (await other.get(REGION)).status_code == 200
        refused = await slow.get(REGION)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    async with coming_from(app, "192.0.2.1") as client:
        assert (await client.get(REGION)).status_code == 200


async def test_all_together_leave_so_many_answers_untaken(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ALL_OPEN", 2)
    async with AsyncExitStack() as stack, coming_from(app, "192.0.2.3") as other:
        for address in ("192.0.2.1", "192.0.2.2"):
            await stack.enter_async_context(untaken(app, REGION, address))
        assert (await other.get(REGION)).status_code == 503
    async with coming_from(app, "192.0.2.3") as other:
        assert (await other.get(REGION)).status_code == 200
