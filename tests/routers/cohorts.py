"""Cohorts for tests: a method as a test likes it, and the way to change the cohort `test`."""

from typing import Any

import httpx

from tests.routers.factories import METHOD

ON_CITIES = {"scope": "kind", "bound": "at_least", "seats": 2, "group": "city"}
SHAKEN = {"draws": 10, "seed": 1, "spread": 0.1}


def method(**changes: Any) -> dict[str, Any]:
    """Return METHOD with these changes."""
    return METHOD | changes


async def change(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    """Patch the cohort as it stands."""
    return await client.patch("/v1/cohorts/test", json=changes, headers={"If-Match": "*"})
