"""The service works as a role that owns nothing: it adds to the log, and neither changes nor removes what is there."""

import uuid

import pytest
from asyncpg import InsufficientPrivilegeError

from app.config import Settings
from app.kernel.db import Database
from app.services.setup import prepare
from tests.conftest import cloned_database
from tests.databases import as_owner


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE changes SET actor = 'nobody'",
        "DELETE FROM changes",
        "UPDATE changes_rest SET actor = 'nobody'",
        "INSERT INTO changes_rest SELECT * FROM changes LIMIT 1",
        "DELETE FROM changes_rest",
        "TRUNCATE changes",
        "DROP TABLE changes",
        "ALTER TABLE regions DISABLE TRIGGER ALL",
        "ALTER TABLE regions DROP COLUMN name",
        "CREATE TABLE mine (x int)",
        "CREATE OR REPLACE FUNCTION log_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "UPDATE change_log SET whole_since = now()",
        "DELETE FROM alembic_version",
        "SET session_replication_role = replica",
        "SET ROLE seratus",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "CREATE ROLE helper",
    ],
)
async def test_the_service_may_not(database: Database, statement: str) -> None:
    async with database.read() as connection:
        with pytest.raises(InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_it_owns_nothing(database: Database) -> None:
    async with database.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM changes") > 0
        owned = await connection.fetch(
            "SELECT oid::regclass::text FROM pg_class WHERE relowner = current_user::regrole "
            "UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE proowner = current_user::regrole"
        )
    assert owned == []


@pytest.mark.commits
async def test_every_month_of_the_log_is_reached_through_the_log_only(database: Database) -> None:
    async with as_owner(database.engine.url) as owner:
        open_to = await owner.fetch(
            "SELECT name FROM change_log_parts WHERE has_table_privilege($1, name, 'SELECT, INSERT, UPDATE, DELETE')",
            database.engine.url.username,
        )
        assert await owner.fetchval("SELECT count(*) FROM change_log_parts") > 3
    assert open_to == []


@pytest.mark.commits
async def test_it_starts_without_the_owner_on_a_database_that_was_migrated() -> None:
    """Though a month is missing, for which it could make no room."""
    async with cloned_database(f"roles_{uuid.uuid4().hex}") as url:
        async with as_owner(url) as owner:
            part = await owner.fetchval("SELECT name FROM change_log_parts ORDER BY ends DESC LIMIT 1")
            await owner.execute(f'DROP TABLE "{part}"')
        setup = await prepare(Settings(database_url=url))
        async with as_owner(url) as owner:
            assert await owner.fetchval("SELECT to_regclass($1)", part) is None
    assert (setup.revisions, setup.loaded, setup.first_key) == ([], 0, None)
