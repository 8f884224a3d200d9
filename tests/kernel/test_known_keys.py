"""A key that was seen before costs no question of its own, and is trusted no longer than it holds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.kernel import auth
from app.kernel.auth import KnownKeys
from app.kernel.db import Database
from tests.conftest import As, client_for

OPEN, CLOSED = "/v1/regions/32.73", "/v1/api-keys"
INSTITUTIONS = "/v1/institutions"
NEW = {"name": "Universitas Baru", "kind": "university"}
NO_LONGER_GOOD = pytest.mark.parametrize(
    "assignment",
    ["revoked_at = now()", "expires_at = clock_timestamp() - interval '1 second'", "digest = sha256('another')"],
)


async def issue(as_: As, **fields: Any) -> dict[str, Any]:
    expires_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    issued = await as_("administrator").post(
        CLOSED, json={"name": "x", "role": "administrator", "expires_at": expires_at} | fields
    )
    assert issued.status_code == 201, issued.text
    key: dict[str, Any] = issued.json()
    return key


async def change(database: Database, key: dict[str, Any], assignment: str) -> None:
    """Change a key's row as another worker would: nothing in this process hears of it."""
    async with database.read() as connection:
        await connection.execute(f"UPDATE api_keys SET {assignment} WHERE id = $1", key["id"])  # noqa: S608 - the test's own


def holder_of(app: FastAPI, key: dict[str, Any]) -> httpx.AsyncClient:
    client = client_for(app, "public")
    client.headers["Authorization"] = f"Bearer {key['secret']}"
    return client


@NO_LONGER_GOOD
@pytest.mark.parametrize("path", [OPEN, CLOSED, "/v1/regions?limit=1", "/v1/regions.geojson"])
async def test_the_next_read_notices_that_a_key_is_no_good(
    app: FastAPI, as_: As, database: Database, assignment: str, path: str
) -> None:
    key = await issue(as_)
    async with holder_of(app, key) as holder:
        assert (await holder.get(path)).is_success
        assert (await holder.get(path)).is_success
        await change(database, key, assignment)
        for _ in range(2):
            assert (await holder.get(path)).status_code == 401
            assert (await holder.get(path.replace("32.73", "99"))).status_code == 401


async def test_the_next_read_notices_what_a_key_may_no_longer(app: FastAPI, as_: As, database: Database) -> None:
    key = await issue(as_)
    async with holder_of(app, key) as holder:
        assert (await holder.get(CLOSED)).is_success
        await change(database, key, "scopes = ARRAY['regions:read']")
        refused = await holder.get(CLOSED)
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "api_keys:manage")
        assert (await holder.get(OPEN)).is_success
        await change(database, key, "scopes = NULL")
        assert (await holder.get(CLOSED)).is_success


@NO_LONGER_GOOD
async def test_the_next_write_notices_that_a_key_is_no_good(
    app: FastAPI, as_: As, database: Database, assignment: str
) -> None:
    key = await issue(as_)
    async with holder_of(app, key) as holder:
        assert (await holder.post(INSTITUTIONS, json=NEW)).status_code == 201
        await change(database, key, assignment)
        for _ in range(2):
            assert (await holder.post(INSTITUTIONS, json=NEW | {"name": "Other"})).status_code == 401
    assert "Other" not in (await as_("officer").get(INSTITUTIONS)).text


async def test_the_next_write_notices_what_a_key_may_now(app: FastAPI, as_: As, database: Database) -> None:
    key = await issue(as_)
    async with holder_of(app, key) as holder:
        assert (await holder.post(INSTITUTIONS, json=NEW)).status_code == 201
        await change(database, key, "scopes = ARRAY['regions:read']")
        refused = await holder.post(INSTITUTIONS, json=NEW | {"name": "Other"})
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "institutions:write")
        await change(database, key, "scopes = NULL")
        assert (await holder.post(INSTITUTIONS, json=NEW | {"name": "Another"})).status_code == 201
    assert '"Other"' not in (await as_("officer").get(INSTITUTIONS)).text


async def test_a_write_of_a_known_key_holds_one_connection_and_waits_for_no_other(
    app: FastAPI, as_: As, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await issue(as_)
    async with holder_of(app, key) as holder:
        assert (await holder.post(INSTITUTIONS, json=NEW)).status_code == 201
        with monkeypatch.context() as patch:
            patch.setattr(database, "read", None)
            assert (await holder.post(INSTITUTIONS, json=NEW | {"name": "Second"})).status_code == 201
        await change(database, key, "name = 'changed'")
        monkeypatch.setattr(database, "read", None)
        assert (await holder.post(INSTITUTIONS, json=NEW | {"name": "Third"})).status_code == 201


async def test_the_next_read_sees_what_the_key_sees_now(app: FastAPI, as_: As, database: Database) -> None:
    draft = await as_("officer").post(
        "/v1/cohorts", json={"code": "draft", "year": 2030, "phase": 9, "title": "x", "quota": 1, "candidate_quota": 1}
    )
    assert draft.status_code == 201
    key = await issue(as_)
    async with holder_of(app, key) as holder:
        assert (await holder.get("/v1/cohorts/draft")).is_success
        await change(database, key, "role = 'mentor'")
        assert (await holder.get("/v1/cohorts/draft")).status_code == 404
        assert (await holder.get("/v1/cohorts?state=draft")).json()["items"] == []


async def test_what_is_remembered_is_bounded(app: FastAPI, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "_KEYS_REMEMBERED", 2)
    monkeypatch.setitem(app.state._state, "known_keys", known := KnownKeys())
    keys = [await issue(as_) for _ in range(5)]
    for key in keys:
        async with holder_of(app, key) as holder:
            assert (await holder.get(CLOSED)).is_success
        assert len(known._identities) <= 2
