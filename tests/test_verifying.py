"""The audit verified from a terminal: one line for what is sound, one and an exit code for what is not."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.kernel import seals
from app.kernel.db import Database
from app.kernel.engines import create_engine
from tests.conftest import cloned_database
from tests.databases import as_owner
from tests.test_cli import Command, check_one_line, seratus

__all__ = ["seratus"]  # a fixture


@pytest.fixture
async def unsealed() -> AsyncIterator[str]:
    async with cloned_database(f"verifying_{uuid.uuid4().hex}") as url:
        yield url


@pytest.fixture
async def sealed(unsealed: str) -> str:
    """Give a database in which at least what the template has is sealed."""
    database = Database(create_engine(unsealed))
    assert await seals.seal_all(database) > seals.BATCH
    await database.close()
    return unsealed


def execute(url: str, *statements: str) -> None:
    """Do something behind the back of the service, as the owner can."""

    async def run() -> None:
        async with as_owner(url) as owner:
            for statement in statements:
                await owner.execute(statement)

    asyncio.run(run())


def test_what_is_sound_is_said_in_one_line(sealed: str, seratus: Command) -> None:
    ended = seratus("audit", "verify", DATABASE_URL=sealed)
    assert (ended.code, ended.out.count("\n")) == (0, 1), ended.err
    assert "entries are as they were sealed" in ended.out
    assert "the last with the digest" in ended.out


def test_a_digest_that_was_known_is_looked_for(sealed: str, seratus: Command) -> None:
    before = seratus("audit", "verify", DATABASE_URL=sealed).out.split()[-1]
    assert seratus("audit", "verify", "--known", before, DATABASE_URL=sealed).code == 0
    assert seratus("audit", "verify", "--known", f" {before.upper()} ", DATABASE_URL=sealed).code == 0
    for slip in (before[1:], "", "zz", f"{before}0", before.replace(before[0], "g")):
        ended = seratus("audit", "verify", "--known", slip, DATABASE_URL=sealed)
        check_one_line(ended, repr(slip), "is no digest")
        assert ended.code == 2
    unknown = "0" * 64
    told = f"no seal has the digest {unknown}"
    check_one_line(seratus("audit", "verify", "--known", unknown, DATABASE_URL=sealed), told)


def test_before_anything_is_sealed_it_says_so(unsealed: str, seratus: Command) -> None:
    ended = seratus("audit", "verify", DATABASE_URL=unsealed)
    assert (ended.code, ended.out.partition(";")[0]) == (0, "nothing is sealed yet")


@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        (
            "UPDATE changes SET actor = 'sql:nobody' WHERE seq = 2",
            ["entry 2, regions", "was changed after it was sealed (seal 1)"],
        ),
        ("DELETE FROM changes WHERE seq = 2", ["entry 2 was taken out after it was sealed (seal 1)"]),
        ("DELETE FROM seals WHERE number = 2", ["seal 2 is gone, or is not what it was"]),
    ],
)
def test_the_first_thing_that_is_not_as_it_was_is_named(
    sealed: str, seratus: Command, tampering: str, told: list[str]
) -> None:
    loosened = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in ("changes", "seals")]
    execute(sealed, *loosened, tampering)
    ended = seratus("audit", "verify", DATABASE_URL=sealed)
    check_one_line(ended, "the audit is broken: ", *told)
    assert ended.code == 1


def test_what_keeps_it_from_looking_is_told(unsealed: str, seratus: Command, tmp_path: Path) -> None:
    execute(unsealed, "DROP TABLE seals")
    check_one_line(seratus("audit", "verify", DATABASE_URL=unsealed), "the database cannot be used", "seals")
    (tmp_path / "data").write_text("no folder")
    check_one_line(seratus("audit", "verify", DATA_DIR=str(tmp_path / "data")), "data")
