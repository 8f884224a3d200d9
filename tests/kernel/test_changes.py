"""The change log: every write is in it, whoever wrote, with its author, and nothing that was not committed."""

import json
from typing import Any

import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from app.models import metadata
from tests.conftest import As, client_for
from tests.databases import as_owner
from tests.routers.factories import make_cohort, move

# Not resources: the log itself, the histories it need not repeat, stored answers, what belongs to a logged run, and the
# bookkeeping of starts, of the worker and of keys.
UNWATCHED = {
    "changes",
    "change_log",
    "seals",
    "service_starts",
    "transitions",
    "idempotency_keys",
    "service_secrets",
    "selection_inputs",
    "webhook_progress",
    "webhook_deliveries",
    "api_key_digests",
    "api_key_uses",
}


async def log_of(database: Database, resource: str) -> list[dict[str, Any]]:
    """Entries of a resource written in this transaction or test database, oldest first."""
    async with database.read() as connection:
        rows = await connection.fetch(
            "SELECT operation, key, actor, request_id, before::text, after::text FROM changes "
            "WHERE resource = $1 AND actor <> 'system' ORDER BY xid, seq",
            resource,
        )
    return [
        {
            **row,
            "before": json.loads(row["before"]) if row["before"] else None,
            "after": json.loads(row["after"]) if row["after"] else None,
        }
        for row in rows
    ]


async def test_every_resource_table_is_watched(database: Database) -> None:
    async with database.read() as connection:
        rows = await connection.fetch(
            "SELECT event_object_table AS name, count(DISTINCT trigger_name) AS triggers "
            "FROM information_schema.triggers "
            "WHERE trigger_name IN ('log_insert', 'log_update', 'log_delete', 'touch') GROUP BY 1"
        )
    watched = {row["name"] for row in rows if row["triggers"] == 4}
    assert watched == set(metadata.tables) - UNWATCHED


async def test_create_and_update_are_logged_with_author_request_and_both_sides(as_: As, database: Database) -> None:
    officer = as_("officer")
    created = await officer.post(
        "/v1/cohorts",
        json={"code": "log", "year": 2026, "phase": 4, "title": "Before", "quota": 1, "candidate_quota": 1},
        headers={"X-Request-Id": "request-1"},
    )
    headers = {"If-Match": created.headers["etag"], "X-Request-Id": "request-2"}
    await officer.patch("/v1/cohorts/log", json={"title": "After"}, headers=headers)
    first, second = await log_of(database, "cohorts")
    assert (first["operation"], first["key"], first["request_id"]) == ("create", "log", "request-1")
    assert first["before"] is None
    assert (second["operation"], second["request_id"]) == ("update", "request-2")
    assert second["before"]["title"] == "Before"
    assert second["after"]["title"] == "After"
    assert first["actor"] == second["actor"]
    assert first["actor"].startswith("key:")


async def test_plain_sql_is_logged_under_its_database_user(database: Database) -> None:
    async with database.read() as connection:
        await connection.execute("SELECT set_config('seratus.actor', '', true)")
        await connection.execute("UPDATE regions SET capital = 'Elsewhere' WHERE code LIKE '32.7_'")
        await connection.execute("DELETE FROM indicator_values WHERE region_code = '32.73'")
    updates = await log_of(database, "regions")
    assert [entry["operation"] for entry in updates] == ["update"] * 9
    assert {entry["actor"] for entry in updates} == {"sql:seratus_service"}
    assert all(entry["after"]["version"] == entry["before"]["version"] + 1 for entry in updates)
    deletes = await log_of(database, "indicator-values")
    assert {entry["operation"] for entry in deletes} == {"delete"}
    assert all(entry["after"] is None and entry["before"]["region_code"] == "32.73" for entry in deletes)


async def test_an_update_cannot_set_its_own_version_or_birthday(database: Database) -> None:
    async with database.read() as connection:
        before = await connection.fetchrow("SELECT version, created_at, updated_at FROM regions WHERE code = '32.73'")
        await connection.execute(
            "UPDATE regions SET version = 99, created_at = 'epoch', updated_at = 'epoch' WHERE code = '32.73'"
        )
        after = await connection.fetchrow("SELECT version, created_at, updated_at FROM regions WHERE code = '32.73'")
    assert before is not None
    assert after is not None
    assert after["version"] == before["version"] + 1
    assert after["created_at"] == before["created_at"]
    assert after["updated_at"] > before["updated_at"]


async def test_digests_of_keys_never_enter_the_log(as_: As, database: Database) -> None:
    body = {"name": "x", "role": "auditor", "expires_at": "2027-01-01T00:00:00Z"}
    issued = await as_("administrator").post("/v1/api-keys", json=body)
    assert issued.status_code == 201
    (entry,) = await log_of(database, "api-keys")
    assert "digest" not in entry["after"]
    assert issued.json()["secret"] not in json.dumps(entry)


@pytest.mark.commits
async def test_what_is_rolled_back_leaves_no_entry(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer:
        await make_cohort(officer, "kept", state="draft")
        body = {"code": "kept", "year": 2026, "phase": 4, "title": "Again", "quota": 1, "candidate_quota": 1}
        assert (await officer.post("/v1/cohorts", json=body)).status_code == 409
        dry = await officer.post("/v1/cohorts?dry_run=true", json=body | {"code": "dry"})
        assert dry.status_code == 201
    entries = await log_of(committed.state.database, "cohorts")
    assert [entry["key"] for entry in entries] == ["kept"]


@pytest.mark.commits
async def test_truncate_cannot_pass_by_the_log(committed: FastAPI) -> None:
    async with as_owner(committed.state.database.engine.url) as owner:
        with pytest.raises(Exception, match="pass by the change log"):
            await owner.execute("TRUNCATE selection_results")


@pytest.mark.commits
async def test_one_transaction_has_one_id_and_keeps_its_order(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer:
        await make_cohort(officer, "order", state="draft")
        await move(officer, "/v1/cohorts/order", "open")
    async with committed.state.database.read() as connection:
        rows = await connection.fetch("SELECT xid::text, seq FROM changes WHERE resource = 'cohorts' AND key = 'order'")
    assert len({row["xid"] for row in rows}) == 2
    assert [row["seq"] for row in rows] == sorted(row["seq"] for row in rows)


async def test_many_rows_are_changed_after_statements_that_change_none(database: Database) -> None:
    """The log's plan is made for as many rows as it saw first; kept, it must do for the rest (the limit is 30 s)."""
    async with database.read() as connection:
        for _ in range(10):
            await connection.execute("UPDATE indicator_values SET source = source WHERE false")
        changed = await connection.execute("UPDATE indicator_values SET source = source || '.'")
        entries = "SELECT count(*) FROM changes WHERE resource = 'indicator-values' AND operation = 'update'"
        count = await connection.fetchval(entries)
    assert count > 2_000
    assert changed == f"UPDATE {count}"
