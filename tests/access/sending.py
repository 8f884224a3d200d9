"""How the request of an operation is sent, by what the contract says of it."""

import httpx

from app.kernel.openapi import operations
from tests.access.requests import Request
from tests.access.worlds import World
from tests.conftest import document

# Of every operation: its path, its method, and what the contract says of it.
OPERATIONS = {operation["operationId"]: (path, method, operation) for path, method, operation in operations(document())}
# The permission that an operation needs, or those of which it needs one.
NEEDED = {name: said["x-permission"] for name, (_, _, said) in OPERATIONS.items() if said.get("x-permission")}
# Changes of a record, which name its version.
CHANGES = {
    name
    for name, (_, _, said) in OPERATIONS.items()
    if "If-Match" in {parameter["name"] for parameter in said.get("parameters", [])}
}


def request_of(world: World, operation: str, person: str = "") -> Request:
    """Return the request of an operation, or that of this person where it differs."""
    own = f"{operation}/{person}"
    return world.requests[own if own in world.requests else operation]


async def send(client: httpx.AsyncClient, world: World, operation: str, person: str = "") -> httpx.Response:
    """Send the request of an operation; a write as a rehearsal."""
    return await send_request(client, operation, request_of(world, operation, person))


async def send_request(
    client: httpx.AsyncClient, operation: str, request: Request, *, accept: str = "*/*"
) -> httpx.Response:
    """Send this request of an operation; a write as a rehearsal."""
    method = OPERATIONS[operation][1]
    path, headers = request.path, {"X-Request-Id": "same", "Accept": accept}
    if method != "get":
        path = with_query(path, "dry_run=true")
    if operation in CHANGES:
        headers["If-Match"] = "*"
    if request.content is not None:
        headers["Content-Type"] = "text/csv"
    return await client.request(method, path, json=request.body, content=request.content, headers=headers)


def with_query(path: str, pair: str) -> str:
    """Return the path with one parameter more."""
    return f"{path}{'&' if '?' in path else '?'}{pair}"
