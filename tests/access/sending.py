"""How the request of an operation is sent, by what the contract says of it."""

import httpx

from app.kernel.openapi import operations
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


async def send(client: httpx.AsyncClient, world: World, operation: str, person: str = "") -> httpx.Response:
    """Send the request of an operation; a write as a rehearsal."""
    own = f"{operation}/{person}"
    path, body, content = world.requests[own if own in world.requests else operation]
    method, headers = OPERATIONS[operation][1], {"X-Request-Id": "same"}
    if method == "get":
        return await client.get(path, headers=headers)
    path += ("&" if "?" in path else "?") + "dry_run=true"
    if operation in CHANGES:
        headers["If-Match"] = "*"
    if content is not None:
        headers["Content-Type"] = "text/csv"
    return await client.request(method, path, json=body, content=content, headers=headers)
