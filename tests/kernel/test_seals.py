"""Seals: what was committed is in them once and in order, and whatever is done to it later is named.

They reach up to the oldest transaction of the whole server, so these tests have one of their own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.kernel import seals
from app.kernel.db import Connection, Database
from app.kernel.embedded import SERVICE, EmbeddedPostgres
from app.kernel.engines import create_engine
from app.kernel.outbound import Outbound
from app.services.audit import Broken, Verification, verify
from app.worker import Worker
from tests.conftest import TEMPLATE, client_for, fill_template
from tests.databases import as_owner
from tests.places import server_folder
from tests.routers.factories import make_expert, make_institution
from tests.sweeps import for_each

pytestmark = pytest.mark.commits
INSERT = text("INSERT INTO institutions (id, name, kind) VALUES (gen_random_uuid(), :name, 'other')")
FORGE = """
INSERT INTO changes (seq, xid, resource, key, operation)
SELECT -1, xid, 'institutions', 'X', 'delete' FROM changes WHERE seq = $1
"""


@pytest.fixture(scope="module", autouse=True)
async def sealed_before() -> AsyncIterator[int]:
    """Let every database of these tests be on a server where nothing else happens, and begin with a log that is sealed.

    Yields how many entries that were; to seal them for each test would take most of its time.
    """
    with (
        server_folder() as folder,
        EmbeddedPostgres(folder / "data", durable=False) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        service, owner = server.url(TEMPLATE, SERVICE), server.url(TEMPLATE)
        patch.setenv("TEST_DATABASE_SERVICE", service)
        patch.setenv("TEST_DATABASE_OWNER", owner)
        await fill_template(service, owner)
        template = Database(create_engine(service))
        sealed = await seals.seal_all(template)
        await template.close()
        yield sealed


@pytest.fixture
def database(committed: FastAPI) -> Database:
    database: Database = committed.state.database
    return database


async def add(database: Database, *names: str) -> None:
    """Write an entry for each name."""
    async with database.write() as session:
        for name in names:
            await session.execute(INSERT, {"name": name})


async def verified(database: Database, last: int | None = None) -> Verification:
    async with database.read() as connection:
        return await verify(connection, last)


async def entries(database: Database) -> list[Any]:
    """Return the entries of the institutions that tests made, the first first."""
    async with database.read() as connection:
        return await connection.fetch(
            "SELECT seq, key, at FROM changes WHERE resource = 'institutions' AND actor LIKE 'sql:%' ORDER BY xid, seq"
        )


@asynccontextmanager
async def behind_the_back(database: Database) -> AsyncIterator[Connection]:
    """Lend a connection of the owner, who may take the triggers away."""
    async with as_owner(database.engine.url) as connection:
        for table in ("changes", "seals"):
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield connection
        for table in ("changes", "seals"):
            await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


async def test_every_entry_is_sealed_once_in_a_chain(database: Database, sealed_before: int) -> None:
    assert sealed_before > seals.BATCH  # the reference data alone is that much
    await add(database, "A")
    assert await seals.seal_all(database) == 1
    assert await seals.seal_all(database) == 0
    async with database.read() as connection:
        rows = await connection.fetch("SELECT number, entries, seqs FROM seals ORDER BY number")
        log = [row["seq"] for row in await connection.fetch("SELECT seq FROM changes ORDER BY xid, seq")]
        end = await seals.last_link(connection)
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    assert [seq for row in rows for seq in row["seqs"]] == log
    assert all(row["entries"] == len(row["seqs"]) for row in rows)
    found = await verified(database)
    assert (found.verified_entries, found.seals, found.unsealed) == (len(log), len(rows), 0)
    assert (found.first_seal, found.last_seal, found.digest) == (1, len(rows), end.digest.hex())
    assert (found.first_broken, found.whole_since) == (None, None)
    bounded = await verified(database, last=2)
    assert (bounded.first_seal, bounded.seals, bounded.digest) == (len(rows) - 1, 2, found.digest)


async def test_an_erasure_leaves_the_chain_whole(committed: FastAPI, database: Database) -> None:
    """What was sealed of the person before stays as it was, and what the erasure wrote is sealed behind it."""
    async with client_for(committed, "administrator") as administrator:
        expert = await make_expert(administrator)
        assert await seals.seal_all(database) > 0
        before = await verified(database)
        assert before.unsealed == 0
        assert (await administrator.post(f"/v1/experts/{expert}/erasure")).status_code == 200
    written = await seals.seal_all(database)
    assert written > 0
    after = await verified(database)
    assert after.verified_entries == before.verified_entries + written
    assert (after.first_broken, after.unsealed) == (None, 0)


async def test_who_commits_late_is_sealed_later_and_keeps_no_one_waiting(database: Database) -> None:
    async with database.write() as late:
        await late.execute(INSERT, {"name": "late"})
        await add(database, "early")
        await seals.seal_all(database)
        assert (await verified(database)).unsealed == 1  # the early one: it may not come before the late one
    assert await seals.seal_all(database) == 2
    found = await verified(database)
    assert (found.unsealed, found.first_broken) == (0, None)


async def test_several_workers_make_one_chain(database: Database) -> None:
    async with behind_the_back(database) as connection:
        await connection.execute("DELETE FROM seals")
    await asyncio.gather(*(seals.seal_all(database) for _ in range(4)))
    await add(database, "A", "B", "C")
    sealed = await asyncio.gather(*(seals.seal_all(database) for _ in range(4)))
    assert sorted(sealed) == [0, 0, 0, 3]
    async with database.read() as connection:
        total = await connection.fetchval("SELECT count(*) FROM changes")
    found = await verified(database)
    assert (found.verified_entries, found.first_broken) == (total, None)


async def verified_after(database: Database, tampering: str, *arguments: object) -> Verification:
    """Verify what the owner sees who tampers with it, and who then takes that back."""
    async with behind_the_back(database) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(tampering, *arguments)
        found = await verify(connection)
        await transaction.rollback()
    return found


# What is done to the second entry, and which fault is found in which; none of them is one that was added.
TAMPERINGS = {
    'UPDATE changes SET after = after || \'{"name": "X"}\' WHERE seq = $1': ("changed", 1),
    "UPDATE changes SET actor = 'key:nobody' WHERE seq = $1": ("changed", 1),
    "UPDATE changes SET address = '203.0.113.7' WHERE seq = $1": ("changed", 1),
    "UPDATE changes SET at = at - interval '1 second' WHERE seq = $1": ("changed", 1),
    "UPDATE changes SET before = 'null' WHERE seq = $1": ("changed", 1),
    "DELETE FROM changes WHERE seq = $1": ("missing", 1),
    FORGE: ("added", None),
}


@pytest.fixture
async def made(database: Database) -> list[Any]:
    """Give three entries of one transaction, which are sealed with one of another."""
    await add(database, "A", "B", "C")
    await add(database, "D")
    await seals.seal_all(database)
    return await entries(database)


@for_each(TAMPERINGS)
async def test_what_is_done_behind_the_back_of_the_service_is_named(
    database: Database, made: list[Any], name: str
) -> None:
    what, place = TAMPERINGS[name]
    sound = await verified(database)
    assert sound.first_broken is None
    found = await verified_after(database, name, made[1]["seq"])
    broken = found.first_broken
    assert broken is not None
    assert (broken.what, broken.seal) == (what, sound.last_seal)
    assert broken.seq == (-1 if place is None else made[place]["seq"])
    if what == "changed":
        assert (broken.resource, broken.key) == ("institutions", made[1]["key"])
    if what == "missing":
        assert (broken.at, broken.resource, broken.key) == (None, None, None)
    assert found.seals == sound.seals - 1


async def test_the_first_of_several_is_named(database: Database) -> None:
    for name in "ABC":
        await add(database, name)
        await seals.seal_all(database)
    first, second, third = await entries(database)
    async with behind_the_back(database) as connection:
        await connection.execute("DELETE FROM changes WHERE seq = $1", third["seq"])
        await connection.execute("UPDATE changes SET key = 'X' WHERE seq = $1", second["seq"])
    found = await verified(database)
    assert found.first_broken is not None
    assert (found.first_broken.seq, found.first_broken.what) == (second["seq"], "changed")
    assert found.first_broken.seq != first["seq"]


@for_each(
    [
        "DELETE FROM seals WHERE number = 2",
        "UPDATE seals SET digests = digests || digests WHERE number = 2",
        "UPDATE seals SET until_seq = until_seq + 1 WHERE number = 2",
        "UPDATE seals SET seqs[1] = 0 WHERE number = 2",
        "UPDATE seals SET at = at - interval '1 day' WHERE number = 2",
        "UPDATE seals SET digest = sha256(digest) WHERE number = 2",
    ]
)
async def test_a_seal_cannot_be_mended_either(database: Database, name: str) -> None:
    found = await verified_after(database, name)
    assert found.first_broken == Broken("seal", 2)
    assert (found.seals, found.last_seal) == (1, 1)


async def test_a_chain_that_was_made_anew_has_another_digest(database: Database) -> None:
    await add(database, "A")
    await seals.seal_all(database)
    before = await verified(database)
    async with behind_the_back(database) as connection:
        await connection.execute("UPDATE changes SET key = 'X' WHERE actor LIKE 'sql:%'")
        await connection.execute("DELETE FROM seals")
    await seals.seal_all(database)
    after = await verified(database)
    assert after.first_broken is None
    assert after.digest != before.digest


@for_each(
    [
        "UPDATE changes SET actor = 'nobody'",
        "DELETE FROM changes",
        "TRUNCATE changes",
        "UPDATE seals SET digest = ''",
        "DELETE FROM seals",
        "TRUNCATE seals",
    ]
)
async def test_nobody_rewrites_the_log_or_its_seals(database: Database, name: str) -> None:
    async with as_owner(database.engine.url) as owner, database.read() as service:
        with pytest.raises(asyncpg.RaiseError, match="never changed and never taken out"):
            await owner.execute(name)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(name)


async def test_what_is_kept_no_longer_is_not_missed(database: Database) -> None:
    """Months leave whole; the chain is verified from the first seal of which all is there."""
    await add(database, "A")
    await seals.seal_all(database)
    whole = await verified(database)
    async with behind_the_back(database) as connection:
        # As time would have it: what lies in the first partition ended long ago, and the last entry came after it.
        await connection.execute(
            "UPDATE change_log SET whole_since = (SELECT at FROM changes ORDER BY seq DESC LIMIT 1)"
        )
        await connection.execute("DELETE FROM changes WHERE at < (SELECT whole_since FROM change_log)")
    found = await verified(database)
    assert (found.first_broken, found.verified_entries) == (None, 1)
    assert (found.first_seal, found.seals, found.digest) == (whole.last_seal, 1, whole.digest)
    assert found.whole_since is not None
    async with behind_the_back(database) as connection:
        await connection.execute("UPDATE seals SET earliest = earliest - interval '1 day' WHERE number = 1")
    assert (await verified(database)).first_broken == Broken("seal", 1)


async def test_what_waited_for_its_month_moves_there_and_stays_what_it_is(database: Database) -> None:
    await add(database, "A")
    async with behind_the_back(database) as connection:
        await connection.execute("UPDATE changes SET at = now() + interval '6 months' WHERE actor LIKE 'sql:%'")
    await seals.seal_all(database)
    async with as_owner(database.engine.url) as owner:
        assert await owner.fetchval("SELECT count(*) FROM changes_rest") == 1
        # Three months ahead is how far it looks, so let it begin from where the entry is.
        source = await owner.fetchval("SELECT pg_get_functiondef('keep_changes'::regproc)")
        await owner.execute(source.replace("3 months", "7 months"))
        await owner.execute("CALL keep_changes('400 days')")
        assert await owner.fetchval("SELECT count(*) FROM changes_rest") == 0
    assert (await verified(database)).first_broken is None


async def test_a_write_through_the_service_tells_from_where(committed: FastAPI, database: Database) -> None:
    async with client_for(committed, "officer") as officer:
        id_ = await make_institution(officer, "A")
    async with database.read() as connection:
        address = await connection.fetchval("SELECT host(address) FROM changes WHERE key = $1", id_)
        own = await connection.fetchval("SELECT count(*) FROM changes WHERE actor = 'system' AND address IS NOT NULL")
    assert (address, own) == ("127.0.0.1", 0)


async def test_auditors_are_told_through_the_service(committed: FastAPI, database: Database) -> None:
    await add(database, "A")
    await seals.seal_all(database)
    async with client_for(committed, "auditor") as auditor:
        sound = (await auditor.get("/v1/audit-verification?seals=2")).json()
        (made,) = await entries(database)
        async with behind_the_back(database) as connection:
            await connection.execute("UPDATE changes SET operation = 'touch' WHERE seq = $1", made["seq"])
        broken = (await auditor.get("/v1/audit-verification")).json()
    assert (sound["seals"], sound["unsealed"], sound["first_broken"]) == (2, 0, None)
    assert broken["first_broken"] == {
        "what": "changed",
        "seal": sound["last_seal"],
        "seq": made["seq"],
        "at": made["at"].isoformat().replace("+00:00", "Z"),
        "resource": "institutions",
        "key": made["key"],
    }
    assert broken["last_seal"] == sound["last_seal"] - 1


async def test_a_worker_seals_as_long_as_it_works(database: Database) -> None:
    stop = asyncio.Event()

    class Once(Worker):
        async def seal(self) -> None:
            await super().seal()
            stop.set()

    await Once(database, Outbound(), listens=False).run(stop)
    found = await verified(database)
    assert (found.unsealed, found.first_broken) == (0, None)
    assert found.verified_entries > 0
