"""A database that comes back from a dump: its log goes on where it ended, and who held a cursor is told to reload.

Each server numbers its transactions itself, so that the log of another may be far ahead of it.
"""

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from fastapi import FastAPI
from sqlalchemy.engine import make_url

from app.config import Settings
from app.domain.principals import PUBLIC
from app.kernel import restored, seals
from app.kernel.change_cursors import position_in
from app.kernel.change_feed import changes_after, position_now
from app.kernel.db import Connection, Database
from app.kernel.embedded import SERVICE, EmbeddedPostgres
from app.kernel.embedded_host import find_host
from app.kernel.engines import create_engine
from app.projections.institutions import INSTITUTIONS
from app.services.audit import verify
from app.services.setup import prepare
from tests.conftest import client_for, on_database
from tests.databases import alembic, as_owner, owners_address
from tests.places import server_folder
from tests.routers.factories import make_institution

pytestmark = pytest.mark.commits
# More transactions than a server has counted that was just made.
AHEAD = 50_000
COUNT_ON = "DO $$ BEGIN FOR n IN 1..%d LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[EmbeddedPostgres]:
    """Give a server that was just made."""
    with server_folder() as folder, EmbeddedPostgres(folder / "data", durable=False) as server:
        yield server


def plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def run(program: str, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program, on the tests' databases
        [find_host().programs / program, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


async def restore(source: Database, elsewhere: EmbeddedPostgres, folder: Path) -> str:
    """Take a database to the other server by a dump, as its owner does; return its name there."""
    name, file = f"restored_{uuid.uuid4().hex}", folder / "dump"
    run("pg_dump", "--format=custom", f"--file={file}", owners_address(source.engine.url))
    admin = await asyncpg.connect(plain(elsewhere.url()))
    await admin.execute(f'CREATE DATABASE "{name}"')
    await admin.close()
    run("pg_restore", "--no-owner", f"--dbname={plain(elsewhere.url(name))}", str(file))
    return name


def settings_of(database: Database) -> Settings:
    """Return the settings for a database of the tests' own server."""
    address = database.engine.url
    return Settings(database_url=address.render_as_string(hide_password=False), owner_url=owners_address(address))


async def next_xid(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT pg_current_xact_id()::text"))


async def test_what_follows_on_a_server_that_counted_less_is_told_and_sealed(
    committed: FastAPI, elsewhere: EmbeddedPostgres, tmp_path: Path
) -> None:
    source: Database = committed.state.database
    async with client_for(committed, "administrator") as administrator, client_for(committed, "public") as public:
        async with as_owner(source.engine.url) as owner:
            await owner.execute(COUNT_ON % AHEAD)
        async with source.read() as connection:
            kept_inside = await position_now(connection)
        await make_institution(administrator, "Before the dump")
        await seals.seal_all(source)
        cursor = (await public.get("/v1/changes")).json()["next_cursor"]
        name = await restore(source, elsewhere, tmp_path)
        address = elsewhere.url(name, SERVICE)
        settings = Settings(database_url=address, owner_url=elsewhere.url(name))
        assert (await prepare(settings)).restored
        async with on_database(committed, address) as target:
            await make_institution(administrator, "After it")
            expired = await public.get("/v1/changes", params={"after": cursor})
            assert (expired.status_code, expired.json()["code"]) == (410, "expired_cursor")
            asked = await public.get("/v1/exports/institutions", params={"as_of": cursor})
            assert (asked.status_code, asked.json()["code"]) == (410, "expired_cursor")

            export = await public.get("/v1/exports/institutions")
            assert "Before the dump" in export.text
            await make_institution(administrator, "Later")
            page = (await public.get("/v1/changes", params={"after": export.headers["change-cursor"]})).json()
            assert [change["record"]["name"] for change in page["items"]] == ["Later"]

            # A webhook's position came along, so it goes on from there.
            async with target.read() as connection:
                told = await changes_after(connection, [INSTITUTIONS], PUBLIC, kept_inside, 50, {})
            assert [b"Before the dump" in (change.record or b"") for change in told.changes] == [True, False, False]

            await seals.seal_all(target)
            async with target.read() as connection:
                found = await verify(connection, None)
            assert (found.first_broken, found.unsealed) == (None, 0)
        assert not (await prepare(settings)).restored


# Each table that knows of transactions, with one that this server has not counted yet.
KNOWS = {
    "changes": "INSERT INTO changes (resource, key, operation, xid) VALUES ('x', 'x', 'refuse', '%d')",
    "seals": "INSERT INTO seals VALUES ((SELECT coalesce(max(number), 0) + 1 FROM seals), '%d', 0, 0, now(), "
    "'{}', '', '', now())",
    "a webhook": "INSERT INTO webhook_progress VALUES (gen_random_uuid(), '7:%d: 2026-11-27T12:34:56+00:00', now())",
    "a webhook on its way": "INSERT INTO webhook_progress VALUES (gen_random_uuid(), "
    "'7:8: 2026-11-27T12:34:56+00:00 7:%d:7 2026-11-27T12:34:56+00:00 7 1', now())",
}


@pytest.mark.parametrize("statement", KNOWS.values(), ids=KNOWS)
async def test_the_server_counts_on_to_where_the_database_ends(
    committed: FastAPI, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database: Database = committed.state.database
    async with as_owner(database.engine.url) as owner:
        assert not await restored.count_on(owner)
        await owner.execute("ALTER TABLE webhook_progress DROP CONSTRAINT fk_webhook_progress_webhook_id")
        end = await next_xid(owner) + 1_000
        await owner.execute(statement % end)
        monkeypatch.setattr(restored, "FURTHEST", 100)
        with pytest.raises(restored.FarBehindError, match="pg_resetwal"):
            await restored.count_on(owner)
        monkeypatch.undo()
        monkeypatch.setattr(restored, "_STEP", 300)
        assert await restored.count_on(owner)
        assert await next_xid(owner) >= end
        assert not await restored.count_on(owner)


async def test_a_copy_is_another_database(committed: FastAPI) -> None:
    """As these are of the template, which was made ready before."""
    database: Database = committed.state.database
    async with client_for(committed, "public") as public:
        cursor = (await public.get("/v1/changes")).json()["next_cursor"]
        assert (await prepare(settings_of(database))).restored
        assert (await public.get("/v1/changes", params={"after": cursor})).status_code == 410
        cursor = (await public.get("/v1/changes")).json()["next_cursor"]
        assert not (await prepare(settings_of(database))).restored
        assert (await public.get("/v1/changes", params={"after": cursor})).status_code == 200


@pytest.mark.parametrize(("ahead", "status"), [(0, 200), (1_000, 410)])
async def test_a_database_that_is_upgraded_is_where_it_was_unless_its_log_is_ahead(
    committed: FastAPI, ahead: int, status: int
) -> None:
    database: Database = committed.state.database
    async with client_for(committed, "public") as public, as_owner(database.engine.url) as owner:
        engine = create_engine(owners_address(database.engine.url).replace("postgresql:", "postgresql+asyncpg:", 1))
        async with engine.connect() as connection:
            await connection.run_sync(alembic("downgrade", "20261127l1"))  # to before starts were noted
        await engine.dispose()
        cursor = (await public.get("/v1/changes")).json()["next_cursor"]
        if ahead:
            await owner.execute(KNOWS["changes"] % (await next_xid(owner) + ahead))
        setup = await prepare(settings_of(database))
        assert (setup.revisions[0], setup.restored) == ("20261127r1", bool(ahead))
        assert await owner.fetchval("SELECT count(*) FROM service_starts") == 1
        assert (await public.get("/v1/changes", params={"after": cursor})).status_code == status


@pytest.mark.parametrize(("counted", "status"), [(0, 200), (-1, 410)])
async def test_a_cursor_of_what_was_lost_expires(committed: FastAPI, counted: int, status: int) -> None:
    """The files of a server may be put back: place and database are the same, but it has counted less than it had."""
    database: Database = committed.state.database
    async with client_for(committed, "public") as public, as_owner(database.engine.url) as owner:
        cursor = (await public.get("/v1/changes")).json()["next_cursor"]
        async with database.read() as connection:
            position = await position_in(connection, database.secret, PUBLIC, cursor)
        await owner.execute(
            "INSERT INTO service_starts (at, place, moved, next_xid) SELECT clock_timestamp(), place, false, "
            "(pg_snapshot_xmax($1::text::pg_snapshot)::text::bigint + $2)::text::xid8 FROM service_starts",
            position.since.snapshot,
            counted,
        )
        assert (await public.get("/v1/changes", params={"after": cursor})).status_code == status
        cursor = (await public.get("/v1/changes")).json()["next_cursor"]
        assert (await public.get("/v1/changes", params={"after": cursor})).status_code == 200
