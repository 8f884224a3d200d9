"""A key is given a new secret and stays the same key; the old secret works on for as long as was asked, and ends."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.domain.principals import SYSTEM
from app.kernel.auth import STILL_VALID
from app.kernel.credentials import digest_of
from app.kernel.db import Database
from app.kernel.writing import act_as
from app.services.api_keys import ensure_bootstrap
from tests.conftest import As, client_for, clients_of
from tests.routers.factories import faults

KEYS = "/v1/api-keys"
# One that is looked up, one that is remembered, one that goes into a snapshot, one that is open to all.
PATHS = (KEYS, KEYS, "/v1/exports/cohorts", "/v1/regions/32.73")


async def issue(administrator: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    expires_at = (datetime.now(UTC) + timedelta(days=30)).isoformat(timespec="seconds")
    body = {"name": "a machine", "role": "administrator", "expires_at": expires_at} | fields
    issued = await administrator.post(KEYS, json=body)
    assert issued.status_code == 201, issued.text
    key: dict[str, Any] = issued.json()
    return key


async def rotate(client: httpx.AsyncClient, key: dict[str, Any], match: str = "*", **body: Any) -> httpx.Response:
    return await client.post(f"{KEYS}/{key['id']}/rotations", json=body or None, headers={"If-Match": match})


async def rotated(client: httpx.AsyncClient, key: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = await rotate(client, key, **body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def statuses(app: FastAPI, key: dict[str, Any]) -> set[int]:
    """Use a secret at every door."""
    async with client_for(app, "public") as client:
        client.headers["Authorization"] = f"Bearer {key['secret']}"
        written = await client.post(f"{KEYS}?dry_run=true", json={"name": "x"})
        return {401 if written.status_code == 401 else 200} | {(await client.get(path)).status_code for path in PATHS}


async def end_overlap(database: Database, key: dict[str, Any]) -> None:
    async with database.read() as connection:
        await connection.execute("UPDATE api_keys SET previous_until = clock_timestamp() WHERE id = $1", key["id"])


async def until(database: Database, key: dict[str, Any]) -> datetime:
    async with database.read() as connection:
        moment: datetime = await connection.fetchval("SELECT previous_until FROM api_keys WHERE id = $1", key["id"])
    return moment


async def test_a_key_stays_the_same_with_a_new_secret(app: FastAPI, as_: As) -> None:
    administrator = as_("administrator")
    key = await issue(administrator, address_ranges=["127.0.0.0/8"], scopes=["api_keys:manage", "regions:read"])
    new = await rotated(administrator, key)
    assert new["secret"].startswith("srt_")
    assert new["secret"] != key["secret"]
    assert (new["hint"], new["version"]) == (new["secret"][-4:], 2)
    assert key["rotated_at"] is None
    assert datetime.fromisoformat(new["rotated_at"]) >= datetime.fromisoformat(key["created_at"])
    changed = {name for name in key if key[name] != new[name]}
    # So not when it expires, nor what it may do.
    assert changed == {"secret", "hint", "rotated_at", "updated_at", "version"}
    shown = (await administrator.get(f"{KEYS}/{key['id']}")).json()
    assert shown == {name: value for name, value in new.items() if name != "secret"}
    for secret in (key, new):
        async with client_for(app, "public") as client:
            client.headers["Authorization"] = f"Bearer {secret['secret']}"
            assert (await client.get(KEYS)).status_code == 200
            assert (await client.get("/v1/cohorts")).status_code == 403


async def test_both_secrets_work_until_the_overlap_ends(app: FastAPI, as_: As, database: Database) -> None:
    administrator = as_("administrator")
    key = await issue(administrator)
    assert await statuses(app, key) == {200}
    new = await rotated(administrator, key)
    for _ in range(2):
        assert [await statuses(app, one) for one in (key, new)] == [{200}, {200}]
    await end_overlap(database, key)
    for _ in range(2):
        assert [await statuses(app, one) for one in (key, new)] == [{401}, {200}]


@pytest.mark.parametrize(("body", "hours"), [({}, 24), ({"overlap_hours": 168}, 168), ({"overlap_hours": 1}, 1)])
async def test_the_overlap_is_as_long_as_was_asked(
    as_: As, database: Database, body: dict[str, int], hours: int
) -> None:
    administrator = as_("administrator")
    new = await rotated(administrator, await issue(administrator), **body)
    assert await until(database, new) - datetime.fromisoformat(new["rotated_at"]) == timedelta(hours=hours)


async def test_without_an_overlap_the_old_secret_ends_at_once(app: FastAPI, as_: As) -> None:
    administrator = as_("administrator")
    key = await issue(administrator)
    assert await statuses(app, key) == {200}
    new = await rotated(administrator, key, overlap_hours=0)
    assert [await statuses(app, one) for one in (key, new)] == [{401}, {200}]


async def test_the_next_rotation_ends_the_secret_before_the_last(app: FastAPI, as_: As) -> None:
    administrator = as_("administrator")
    first = await issue(administrator)
    second = await rotated(administrator, first, overlap_hours=168)
    assert await statuses(app, first) == {200}
    third = await rotated(administrator, first, overlap_hours=168)
    assert [await statuses(app, one) for one in (first, second, third)] == [{401}, {200}, {200}]


async def test_revoking_ends_both_secrets(app: FastAPI, as_: As) -> None:
    administrator = as_("administrator")
    key = await issue(administrator)
    new = await rotated(administrator, key)
    assert [await statuses(app, one) for one in (key, new)] == [{200}, {200}]
    await administrator.delete(f"{KEYS}/{key['id']}", headers={"If-Match": "*"})
    assert [await statuses(app, one) for one in (key, new)] == [{401}, {401}]


async def test_no_secret_outlives_the_key(app: FastAPI, as_: As, database: Database) -> None:
    administrator = as_("administrator")
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    key = await issue(administrator, expires_at=soon)
    new = await rotated(administrator, key, overlap_hours=168)
    assert new["expires_at"] == key["expires_at"]
    async with database.read() as connection:
        await connection.execute("UPDATE api_keys SET expires_at = clock_timestamp() WHERE id = $1", key["id"])
    assert [await statuses(app, one) for one in (key, new)] == [{401}, {401}]


async def test_a_key_that_has_ended_is_not_brought_back(as_: As, database: Database) -> None:
    administrator = as_("administrator")
    revoked, expired = await issue(administrator), await issue(administrator)
    await administrator.delete(f"{KEYS}/{revoked['id']}", headers={"If-Match": "*"})
    async with database.read() as connection:
        await connection.execute("UPDATE api_keys SET expires_at = clock_timestamp() WHERE id = $1", expired["id"])
    for key in (revoked, expired):
        answer = await rotate(administrator, key)
        assert (answer.status_code, answer.json()["code"]) == (409, "key_ended")


async def test_a_key_rotates_none_above_itself(app: FastAPI, as_: As) -> None:
    administrator = as_("administrator")
    above = await issue(administrator)
    narrow = await issue(administrator, scopes=["api_keys:manage", "regions:read"])
    within = await issue(administrator, scopes=["regions:read"])
    async with client_for(app, "public") as client:
        client.headers["Authorization"] = f"Bearer {narrow['secret']}"
        refused = await rotate(client, above)
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "api_keys:manage")
        assert (await rotate(client, within)).status_code == 200
        itself = await rotate(client, narrow)
        assert itself.status_code == 200
        assert (await client.get(KEYS)).status_code == 200  # with the old one
    assert await statuses(app, above) == {200}


async def test_a_secret_is_shown_once_and_nowhere_else(as_: As, database: Database) -> None:
    administrator = as_("administrator")
    key = await issue(administrator)
    headers = {"Idempotency-Key": "once", "If-Match": '"1"'}
    first = await administrator.post(f"{KEYS}/{key['id']}/rotations", headers=headers)
    again = await administrator.post(f"{KEYS}/{key['id']}/rotations", headers=headers)
    assert (first.status_code, again.status_code, again.json()["code"]) == (200, 409, "shown_once")
    assert again.headers["location"] == f"{KEYS}/{key['id']}"
    secrets = [key["secret"], first.json()["secret"]]
    async with database.read() as connection:
        logged = await connection.fetch("SELECT before::text, after::text FROM changes WHERE key = $1", key["id"])
        update = json.loads(logged[-1]["after"])
        assert len(logged) == 2  # made, and rotated once
        assert {"digest", "previous_digest", "previous_until"}.isdisjoint(update)
        assert update["rotated_at"] is not None
        for table in ("api_keys", "changes", "idempotency_keys", "api_key_digests"):
            rendered = await connection.fetchval(f"SELECT string_agg(t::text, '') FROM {table} t")  # noqa: S608 - names from here
            assert not [secret for secret in secrets if secret in rendered]
        for secret in secrets:
            held = "SELECT count(*) FROM changes WHERE concat(before, after) LIKE '%' || $1 || '%'"
            assert await connection.fetchval(held, digest_of(secret).hex()) == 0


async def test_a_rehearsal_changes_no_secret(app: FastAPI, as_: As) -> None:
    administrator = as_("administrator")
    key = await issue(administrator)
    dry = await administrator.post(f"{KEYS}/{key['id']}/rotations?dry_run=true", headers={"If-Match": "*"})
    assert dry.status_code == 200
    assert [await statuses(app, one) for one in (dry.json(), key)] == [{401}, {200}]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"overlap_hours": -1}, ("/overlap_hours", "out_of_range")),
        ({"overlap_hours": 169}, ("/overlap_hours", "out_of_range")),
        ({"overlap_hours": "24"}, ("/overlap_hours", "wrong_type")),
        ({"overlap_hours": None}, ("/overlap_hours", "wrong_type")),
        ({"expires_at": "2030-01-01T00:00:00Z"}, ("/expires_at", "unknown_field")),
    ],
)
async def test_nonsense_is_refused_with_its_place(as_: As, body: dict[str, Any], fault: tuple[str, str]) -> None:
    administrator = as_("administrator")
    assert faults(await rotate(administrator, await issue(administrator), **body)) == {fault}


async def test_a_body_is_read_when_there_is_one(as_: As) -> None:
    administrator = as_("administrator")
    path = f"{KEYS}/{(await issue(administrator))['id']}/rotations"
    for content, kind, status in ((b"{", "application/json", 400), (b"{}", "text/plain", 415), (b"{}", None, 415)):
        headers = {"If-Match": "*"} | ({} if kind is None else {"Content-Type": kind})
        assert (await administrator.post(path, content=content, headers=headers)).status_code == status
    empty = {"If-Match": "*", "Content-Type": "application/json"}
    assert (await administrator.post(path, content=b"", headers=empty)).status_code == 200


async def test_a_rotation_names_the_version_it_means(as_: As) -> None:
    administrator = as_("administrator")
    key = await issue(administrator)
    path = f"{KEYS}/{key['id']}/rotations"
    assert (await administrator.post(path)).status_code == 428
    assert (await rotate(administrator, key, '"1"')).status_code == 200
    stale = await rotate(administrator, key, '"1"')
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')
    absent = {"id": "01890000-0000-7000-8000-000000000000"}
    assert (await rotate(administrator, absent)).status_code == 404


@pytest.mark.commits
async def test_of_rotations_at_once_one_wins_while_the_key_is_in_use(committed: FastAPI) -> None:
    async with clients_of(committed) as as_:
        administrator = as_("administrator")
        key = await issue(administrator)
        reads = asyncio.gather(*(statuses(committed, key) for _ in range(2)))
        answers = await asyncio.gather(*(rotate(administrator, key, '"1"') for _ in range(4)))
        seen = await reads
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
        assert seen == [{200}] * 2  # whoever has the old secret notices nothing
        (new,) = (answer.json() for answer in answers if answer.is_success)
        both = await asyncio.gather(*(statuses(committed, one) for one in (key, new)))
        assert both == [{200}] * 2
        await end_overlap(committed.state.database, key)
        both = await asyncio.gather(*(statuses(committed, one) for one in (key, new)))
        assert both == [{401}, {200}]


async def test_no_secret_comes_back(as_: As, database: Database) -> None:
    """Not even the one that the settings fix for the first administrator, when the service starts again."""
    fixed = "srt_" + "f" * 43
    async with database.write() as session:
        await act_as(session, SYSTEM)
        assert await ensure_bootstrap(session, SYSTEM, fixed) == fixed
    administrator = as_("administrator")
    (made,) = [key for key in (await administrator.get(f"{KEYS}?limit=1")).json()["items"] if key["hint"] == fixed[-4:]]
    for _ in range(2):  # after the second, the key itself knows the first secret no more
        await rotated(administrator, made, overlap_hours=0)
        async with database.write() as session:
            assert await ensure_bootstrap(session, SYSTEM, fixed) is None


async def test_a_secret_is_found_by_an_index_whichever_it_is(database: Database) -> None:
    async with database.read() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_bitmapscan = off")
        statement = f"EXPLAIN SELECT {STILL_VALID.format(repr('x'))}"
        plan = "\n".join(row[0] for row in await connection.fetch(statement))
    assert "Index Scan using uq_api_keys_digest" in plan
    assert "Index Scan using uq_api_keys_previous_digest" in plan
    assert "Seq Scan" not in plan
