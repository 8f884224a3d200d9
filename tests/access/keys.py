"""API keys; and, for every permission, a key that has it alone and one that lacks it alone."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
from fastapi import FastAPI

from app.domain.permissions import Permission
from tests.access.records import tomorrow
from tests.access.requests import NOWHERE, Request, Requests
from tests.conftest import As, client_for

KeyClients = dict[tuple[str, str], httpx.AsyncClient]  # by "only" or "all but", and the permission


@dataclass(frozen=True)
class Keys:
    """A key."""

    key: str = NOWHERE

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        key = f"/v1/api-keys/{self.key}"
        return {
            "list_api_keys": Request("/v1/api-keys"),
            "create_api_key": Request(
                "/v1/api-keys",
                {"name": "University", "role": "auditor", "address_ranges": ["10.0.0.0/8"], "expires_at": tomorrow()},
            ),
            "get_api_key": Request(key),
            "get_api_key_last_use": Request(f"{key}/last-use"),
            "rotate_api_key": Request(f"{key}/rotations", {"overlap_hours": 48}),
            "revoke_api_key": Request(key),
        }


async def make(as_: As) -> Keys:
    """Make a key."""
    body = {"name": "x", "role": "auditor", "expires_at": tomorrow()}
    issued = await as_("administrator").post("/v1/api-keys", json=body)
    return Keys(issued.json()["id"])


@asynccontextmanager
async def clients_by_permission(app: FastAPI, as_: As) -> AsyncIterator[KeyClients]:
    """Give a client for every permission alone, and for all permissions but each."""
    async with AsyncExitStack() as stack:
        clients: KeyClients = {}
        for permission in Permission:
            for kind, scopes in (("only", {permission}), ("all but", {*Permission} - {permission})):
                body = {"name": kind, "role": "administrator", "scopes": sorted(scopes), "expires_at": tomorrow()}
                issued = await as_("administrator").post("/v1/api-keys", json=body)
                client = await stack.enter_async_context(client_for(app, "public"))
                client.headers["Authorization"] = f"Bearer {issued.json()['secret']}"
                clients[kind, permission] = client
        yield clients
