"""Webhooks for tests: made through the API, told and sent by a worker that looks when the test says so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import httpx
from fastapi import FastAPI

from app.kernel.db import Database
from app.kernel.outbound import Outbound
from app.worker import Pace, Worker
from tests.receivers import Receiver, listening

HOOK = {"url": "https://hook.example.org/seratus", "events": ["*"]}
CLOSED = Outbound(private=True, total_s=5)


class Made(NamedTuple):
    """A webhook: its path, and the secret that was shown once."""

    path: str
    secret: str


async def make_webhook(client: httpx.AsyncClient, **fields: Any) -> Made:
    """Make a webhook."""
    created = await client.post("/v1/webhooks", json=HOOK | fields)
    assert created.status_code == 201, created.text
    return Made(created.headers["location"], created.json()["secret"])


async def deliveries_of(client: httpx.AsyncClient, path: str, **filters: Any) -> list[dict[str, Any]]:
    """Return what was and is to be sent to a webhook, the oldest first."""
    asked: dict[str, Any] = {"sort": "created_at", "limit": 200}
    answer = await client.get(f"{path}/deliveries", params=asked | filters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def step(client: httpx.AsyncClient, path: str, to: str) -> httpx.Response:
    """Ask for a state of a webhook, whatever the version."""
    return await client.post(f"{path}/transitions", json={"to": to, "reason": "test"}, headers={"If-Match": "*"})


class Work:
    """A worker that does a round when it is told."""

    def __init__(self, database: Database, outbound: Outbound = CLOSED) -> None:
        self.database = database
        self.worker = Worker(database, outbound, Pace(lost=timedelta(seconds=30)), listens=False)

    async def round(self) -> None:
        """Look around, and send all that is due."""
        await self.worker.look()
        await self.worker.work_off()

    async def later(self) -> None:
        """Let the time come for what waits for its next try, and do a round."""
        async with self.database.read() as connection:
            await connection.execute(
                "UPDATE webhook_deliveries SET next_attempt_at = clock_timestamp() WHERE state = 'pending'"
            )
        await self.round()


@asynccontextmanager
async def closed_network(app: FastAPI) -> AsyncIterator[Work]:
    """Let the app take targets on loopback for so long, and give a worker that sends there."""
    before, app.state.outbound = app.state.outbound, CLOSED
    try:
        yield Work(app.state.database)
    finally:
        app.state.outbound = before


@asynccontextmanager
async def hooked(
    client: httpx.AsyncClient, *answers: bytes | None, **fields: Any
) -> AsyncIterator[tuple[Receiver, Made]]:
    """Give a receiver that answers so, and the webhook of this client that leads to it."""
    async with listening(Receiver(*answers)) as receiver:
        yield receiver, await make_webhook(client, url=receiver.url, **fields)
