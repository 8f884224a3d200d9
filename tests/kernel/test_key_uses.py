"""The last use of a key is known, and costs neither the request nor the key's record anything."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.config import Settings
from app.kernel.auth import KnownKeys
from app.kernel.db import Database
from app.kernel.key_uses import KeyUses, written_down
from app.main import create_app
from tests.conftest import As, client_for, secret_of
from tests.routers.factories import every_row

KEYS = "/v1/api-keys"


async def officers_key(as_: As) -> dict[str, Any]:
    rows = await every_row(as_("administrator"), KEYS, role="officer")
    return next(row for row in rows if row["name"] == "officer")


async def last_use(app: FastAPI, as_: As, key: dict[str, Any]) -> Any:
    """Return what is answered once all that was noted has been written down."""
    await app.state.known_keys.uses.write_down(app.state.database)
    answer = await as_("administrator").get(f"{KEYS}/{key['id']}/last-use")
    assert answer.status_code == 200
    return answer.json()


async def forgotten(database: Database) -> None:
    async with database.read() as connection:
        await connection.execute("DELETE FROM api_key_uses")


async def test_a_read_and_a_write_are_uses(app: FastAPI, as_: As, database: Database) -> None:
    officer, key = as_("officer"), await officers_key(as_)
    assert await last_use(app, as_, key) == {"last_used_at": None}
    absent = "/v1/cohorts/absent"
    for method, path, status in (
        ("GET", "/v1/cohorts", 200),  # looked up
        ("GET", "/v1/cohorts", 200),  # remembered
        ("GET", absent, 404),
        ("GET", KEYS, 403),
        ("GET", "/v1/exports/cohorts", 200),
        ("POST", f"{absent}/transitions", 428),
    ):
        assert (await officer.request(method, path)).status_code == status
        used = await last_use(app, as_, key)
        assert used["last_used_at"] is not None, (method, path)
        await forgotten(database)
        assert await last_use(app, as_, key) == {"last_used_at": None}


async def test_a_key_that_is_no_good_is_not_used(app: FastAPI, as_: As, database: Database) -> None:
    officer, key = as_("officer"), await officers_key(as_)
    assert (await officer.get("/v1/cohorts")).is_success
    await last_use(app, as_, key)
    await forgotten(database)
    async with database.read() as connection:
        await connection.execute("UPDATE api_keys SET revoked_at = now() WHERE id = $1", key["id"])
    for path in ("/v1/cohorts", "/v1/cohorts"):
        assert (await officer.get(path)).status_code == 401
    assert await last_use(app, as_, key) == {"last_used_at": None}


async def test_a_use_leaves_the_record_and_the_log_as_they_are(app: FastAPI, as_: As, database: Database) -> None:
    administrator, key = as_("administrator"), await officers_key(as_)
    shown = await administrator.get(f"{KEYS}/{key['id']}")
    async with database.read() as connection:
        logged = await connection.fetchval("SELECT count(*) FROM changes")
    await as_("officer").get("/v1/cohorts")
    first = await last_use(app, as_, key)
    await as_("officer").get("/v1/cohorts")
    assert (await last_use(app, as_, key))["last_used_at"] > first["last_used_at"]
    again = await administrator.get(f"{KEYS}/{key['id']}")
    assert (again.content, again.headers["etag"]) == (shown.content, shown.headers["etag"])
    known = {"If-None-Match": shown.headers["etag"]}
    assert (await administrator.get(f"{KEYS}/{key['id']}", headers=known)).status_code == 304
    async with database.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM changes") == logged


async def test_of_two_processes_the_later_use_stays(as_: As, database: Database) -> None:
    key = UUID((await officers_key(as_))["id"])
    earlier, later = KeyUses(), KeyUses()
    earlier.note(key)
    later.note(key)
    expected = later._noted[key]
    await later.write_down(database)
    await earlier.write_down(database)
    async with database.read() as connection:
        assert await connection.fetchval("SELECT last_used_at FROM api_key_uses WHERE api_key_id = $1", key) == expected


async def test_a_request_writes_nothing_of_it(app: FastAPI, as_: As, database: Database) -> None:
    for _ in range(3):
        assert (await as_("officer").get("/v1/cohorts")).is_success
    async with database.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM api_key_uses") == 0
    assert len(app.state.known_keys.uses._noted) == 1


async def test_of_a_key_that_is_gone_nothing_is_written(database: Database) -> None:
    uses = KeyUses()
    uses.note(UUID(int=7))
    await uses.write_down(database)
    async with database.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM api_key_uses") == 0


class Away:
    """A database that is away until it is told otherwise."""

    def __init__(self, database: Database) -> None:
        self.database: Database | None = None
        self.there = database
        self.tries = asyncio.Semaphore(0)

    def read(self) -> Any:
        """Lend a connection, if there is one."""
        self.tries.release()
        if self.database is None:
            raise OSError("away")
        return self.database.read()


async def test_what_could_not_be_written_is_written_later(as_: As, database: Database) -> None:
    key, uses, away = UUID((await officers_key(as_))["id"]), KeyUses(), Away(database)
    uses.note(key)
    async with asyncio.timeout(60), written_down(uses, away, pause_s=0):  # type: ignore[arg-type]  # all that is asked of a database here
        await away.tries.acquire()
        await away.tries.acquire()  # it goes on after a failure
        async with database.read() as connection:
            assert await connection.fetchval("SELECT count(*) FROM api_key_uses") == 0
        away.database = away.there
    async with database.read() as connection:
        assert await connection.fetchval("SELECT api_key_id FROM api_key_uses") == key


@pytest.mark.commits
async def test_a_service_that_stops_writes_down_what_it_noted(committed: FastAPI) -> None:
    url = committed.state.database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(database_url=url))
    async with app.router.lifespan_context(app), client_for(app, "officer") as officer:
        assert (await officer.get("/v1/cohorts")).is_success
    async with committed.state.database.read() as connection:
        assert await connection.fetchval("SELECT name FROM api_key_uses JOIN api_keys ON id = api_key_id") == "officer"


@pytest.mark.commits
async def test_a_key_revoked_in_one_process_is_refused_by_the_next_request_in_another(committed: FastAPI) -> None:
    """And so is a secret whose time is over; nothing but the database tells the other."""
    url = committed.state.database.engine.url.render_as_string(hide_password=False)
    other = create_app(Settings(database_url=url))
    async with (
        other.router.lifespan_context(other),
        client_for(committed, "administrator") as administrator,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(other),
            base_url=str(administrator.base_url),
            headers={"Authorization": f"Bearer {secret_of('auditor')}"},
        ) as auditor,
    ):
        (key,) = (await administrator.get(f"{KEYS}?role=auditor")).json()["items"]
        for path in ("/v1/cohorts", "/v1/exports/cohorts", KEYS):
            assert (await auditor.get(path)).status_code in {200, 403}
        rotated = await administrator.post(
            f"{KEYS}/{key['id']}/rotations", json={"overlap_hours": 0}, headers={"If-Match": "*"}
        )
        assert rotated.status_code == 200
        assert (await auditor.get("/v1/cohorts")).status_code == 401
        auditor.headers["Authorization"] = f"Bearer {rotated.json()['secret']}"
        assert (await auditor.get("/v1/cohorts")).status_code == 200
        assert (await administrator.delete(f"{KEYS}/{key['id']}", headers={"If-Match": "*"})).status_code == 200
        for path in ("/v1/cohorts", "/v1/exports/cohorts", KEYS):
            assert (await auditor.get(path)).status_code == 401
    assert isinstance(other.state.known_keys, KnownKeys)
