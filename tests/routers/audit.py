"""The audit for tests: what the auditor is told, and by what the log names a person."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from tests.conftest import As, clients_of

AUDIT = "/v1/audit"


@pytest.fixture
async def committing(committed: FastAPI) -> AsyncIterator[As]:
    async with clients_of(committed) as client_of:
        yield client_of


async def told(as_: As, **asked: Any) -> list[dict[str, Any]]:
    """Return what the auditor is told, the latest first."""
    answer = await as_("auditor").get(AUDIT, params=asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def key_id(as_: As, person: str) -> str:
    """Return by what the log names a person."""
    keys = (await as_("administrator").get("/v1/api-keys?limit=200")).json()["items"]
    return next(f"key:{key['id']}" for key in keys if key["name"] == person)
