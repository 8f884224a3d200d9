"""A copy that is kept by following equals the tables, whoever writes meanwhile and however their transactions end.

The copy is kept by the very program that the guides give to data teams, over HTTP, against a service of two workers.
"""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.guides.keep_a_copy import follow, load
from app.kernel.db import Connection
from tests.conftest import cloned_database, secret_of
from tests.databases import as_owner
from tests.places import server_folder
from tests.services import in_a_process

OPERATIONS = 10_000
WRITERS = 4
# A transaction that is held open meanwhile commits, or does not, when so many operations of others are done.
LATE = 300
SEED = 20261126
DATASETS = ["cohorts", "candidacies", "mentorships", "quick-wins", "institutions", "indicators"]
# Three quick wins for each region of 2019, of which the tests' mentor mentors one in three.
FILL = """
INSERT INTO quick_wins (id, candidacy_id, title, dimension, starts_on, ends_on)
SELECT gen_random_uuid(), id, 'first', 'governance', '2026-06-01', '2027-05-31'
FROM candidacies, generate_series(1, 3) WHERE cohort_code = '2019';
INSERT INTO mentorships (id, candidacy_id, institution_id, lead_mentor_id, starts_on, ends_on, state)
SELECT gen_random_uuid(), c.id, e.institution_id, e.id, '2026-06-01', '2026-12-31', 'active'
FROM candidacies c, experts e WHERE c.cohort_code = '2019' AND c.region_code LIKE '%1';
INSERT INTO institutions (id, name, kind)
SELECT gen_random_uuid(), 'first ' || n, 'other' FROM generate_series(1, 50) n;

CREATE FUNCTION free_one(rows regclass, key text DEFAULT 'id') RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN  -- the key of a row that nobody else is at work on
    EXECUTE format('SELECT %I FROM %s ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED', key, rows) INTO found;
    RETURN found;
END $$
"""
# What the writers do, and how often: among it, what brings many other records into and out of sight.
WRITES = {
    "INSERT INTO institutions (id, name, kind) VALUES (gen_random_uuid(), md5(random()::text), 'other')": 16,
    "UPDATE institutions SET name = md5(random()::text) WHERE id = (SELECT free_one('institutions')::uuid)": 16,
    "DELETE FROM institutions i WHERE id = (SELECT free_one('institutions')::uuid) "
    "AND NOT EXISTS (SELECT FROM experts WHERE institution_id = i.id)": 14,
    "INSERT INTO quick_wins (id, candidacy_id, title, dimension, starts_on, ends_on) SELECT gen_random_uuid(), "
    "free_one('candidacies')::uuid, md5(random()::text), 'living', '2026-06-01', '2027-05-31'": 12,
    "UPDATE quick_wins SET title = md5(random()::text) WHERE id = (SELECT free_one('quick_wins')::uuid)": 14,
    "UPDATE quick_wins SET published_at = CASE WHEN published_at IS NULL THEN clock_timestamp() END "
    "WHERE id = (SELECT free_one('quick_wins')::uuid)": 14,
    "DELETE FROM quick_wins WHERE id = (SELECT free_one('quick_wins')::uuid)": 10,
    "UPDATE mentorships SET state = CASE state WHEN 'ended' THEN 'active' ELSE 'ended' END "
    "WHERE id = (SELECT free_one('mentorships')::uuid)": 2,
    "UPDATE cohorts SET state = CASE state WHEN 'draft' THEN 'closed' ELSE 'draft' END "
    "WHERE code = (SELECT free_one('cohorts', 'code'))": 1,
    "UPDATE regions SET name = name || '.' WHERE code = (SELECT free_one('regions', 'code'))": 1,
}


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """Connect to the database for so long."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


class Progress:
    """How much is done, for those who wait for it."""

    def __init__(self) -> None:
        self.done = 0
        self._moved = asyncio.Condition()

    async def add(self, count: int) -> None:
        """Count what was done."""
        async with self._moved:
            self.done += count
            self._moved.notify_all()

    async def reach(self, count: int) -> None:
        """Wait until so much is done, or all."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.done >= min(count, OPERATIONS))


async def write(url: str, chance: random.Random, progress: Progress, *, late: bool) -> None:
    """Write transactions of one to five operations; one in five is given up, and those of the late writer wait."""
    async with connected(url) as connection:
        while progress.done < OPERATIONS:
            transaction = connection.transaction()
            await transaction.start()
            statements = chance.choices([*WRITES], [*WRITES.values()], k=chance.randint(1, 5))
            try:
                for statement in statements:
                    await connection.execute(statement)
                if late:
                    await progress.reach(progress.done + LATE)
                await (transaction.rollback() if chance.random() < 1 / 5 else transaction.commit())
            except asyncpg.DeadlockDetectedError:
                await transaction.rollback()
            await progress.add(len(statements))


def keep(address: str, person: str, stop: asyncio.Event) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keep a copy until it is time to stop; return it, and one that was loaded anew."""
    headers = {} if person == "public" else {"Authorization": f"Bearer {secret_of(person)}"}
    with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        copy = load(client, DATASETS)
        while not stop.is_set():
            follow(client, copy)
        follow(client, copy)
        return copy["records"], load(client, DATASETS)["records"]


@pytest.fixture
def system_folder() -> Iterator[Path]:
    with server_folder() as folder:
        yield folder


async def test_a_copy_that_follows_equals_the_tables(system_folder: Path) -> None:
    chance, progress, stop = random.Random(SEED), Progress(), asyncio.Event()  # noqa: S311 - no secret
    async with cloned_database(f"sync_{uuid.uuid4().hex}") as url:
        plain = url.replace("postgresql+asyncpg", "postgresql")
        async with as_owner(url) as owner:
            await owner.execute(FILL)
        with in_a_process(system_folder, DATABASE_URL=plain, WORKERS="2", WORKER="false") as service:
            keepers = [
                asyncio.create_task(asyncio.to_thread(keep, service.address, person, stop))
                for person in ("public", "mentor", "administrator")
            ]
            seeds = [random.Random(chance.random()) for _ in range(WRITERS)]  # noqa: S311 - as above
            async with asyncio.TaskGroup() as writers:
                for number, own in enumerate(seeds):
                    writers.create_task(write(plain, own, progress, late=number == 0))
            stop.set()
            copies = await asyncio.gather(*keepers)
            for dataset in DATASETS:
                for kept, anew in copies:
                    assert kept[dataset] == anew[dataset], dataset
                assert any(kept[dataset] for kept, _ in copies), dataset
