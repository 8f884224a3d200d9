"""Upgrading from inside the service, with revisions made for the test."""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.kernel import migrations
from app.kernel.engines import create_engine
from tests.conftest import ROOT, cloned_database
from tests.databases import empty_database, owners_address

Write = Callable[..., None]


@pytest.fixture
async def empty() -> AsyncIterator[AsyncEngine]:
    """Lend a database without any table."""
    async with empty_database() as engine:
        yield engine


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a revision of a project whose only revisions are the test's; give it the code of its upgrade."""
    project = tmp_path / "a path with 100% spaces"
    (project / "alembic" / "versions").mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", project)
    shutil.copy(ROOT / "alembic" / "env.py", project / "alembic")
    monkeypatch.setattr(migrations, "PROJECT_FILE", project / "pyproject.toml")
    monkeypatch.setattr(migrations, "shipped", migrations.shipped.__wrapped__)  # uncached

    def write_revision(name: str, upgrade: str, *, after: str | None = None) -> None:
        header = f"from alembic import op\n\nrevision = {name!r}\ndown_revision = {after!r}\n\ndef upgrade():\n"
        code = header + indent(dedent(upgrade), "    ") + "\n\ndef downgrade():\n    pass\n"
        (project / "alembic" / "versions" / f"{name}.py").write_text(code)

    return write_revision


async def tables(connection: AsyncConnection) -> set[str]:
    rows = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    return set(rows)


async def test_upgrade_runs_what_is_pending(empty: AsyncEngine, write: Write) -> None:
    write("first", "op.execute('CREATE TABLE wells ()')")
    async with empty.connect() as connection:
        assert await migrations.upgrade(connection) == ["first"]
        write("second", "op.execute('CREATE TABLE springs ()')", after="first")
        assert not await migrations.at_head(connection)
        assert await migrations.upgrade(connection) == ["second"]
        assert await migrations.upgrade(connection) == []
        assert await migrations.at_head(connection)
        assert not connection.in_transaction()
        assert await tables(connection) == {"wells", "springs", "alembic_version"}


@pytest.mark.usefixtures("write")
async def test_no_revision_at_all(empty: AsyncEngine) -> None:
    async with empty.connect() as connection:
        assert migrations.head() is None
        assert await migrations.upgrade(connection) == []
        assert await migrations.current(connection) is None


async def test_failure_keeps_what_came_before_and_nothing_of_itself(empty: AsyncEngine, write: Write) -> None:
    write("first", "op.execute('CREATE TABLE wells ()')")
    write("second", "op.execute('CREATE TABLE springs ()')\nop.execute('SELECT nonsense')", after="first")
    async with empty.connect() as connection:
        with pytest.raises(ProgrammingError):
            await migrations.upgrade(connection)
    async with empty.connect() as connection:
        assert await migrations.current(connection) == "first"
        assert await tables(connection) == {"wells", "alembic_version"}


async def test_migrators_take_turns(empty: AsyncEngine, write: Write) -> None:
    """Also around a statement that waits for everyone who looked at the database before it."""
    write("first", "op.execute('CREATE TABLE wells (depth int)')\nop.execute('SELECT pg_sleep(0.3)')")
    concurrently = """
        with op.get_context().autocommit_block():
            op.execute('CREATE INDEX CONCURRENTLY ON wells (depth)')
    """
    write("second", concurrently, after="first")

    async def migrate() -> list[str]:
        async with empty.connect() as connection:
            return await migrations.upgrade(connection)

    async with asyncio.timeout(30):
        done = await asyncio.gather(migrate(), migrate(), migrate())
    assert sorted(done) == [[], [], ["first", "second"]]


async def test_every_transaction_has_its_limits_and_leaves_none_behind(empty: AsyncEngine, write: Write) -> None:
    limits = "current_setting('lock_timeout'), current_setting('statement_timeout')"
    record = f'op.execute("INSERT INTO seen SELECT {limits}")'
    write("first", "op.execute('CREATE TABLE seen (lock text, statement text)')\n" + record)
    write("second", record, after="first")
    async with empty.connect() as connection:
        before = (await connection.execute(text(f"SELECT {limits}"))).one()
        await connection.rollback()
        await migrations.upgrade(connection)
        seen = (await connection.execute(text("SELECT lock, statement FROM seen"))).all()
        assert [tuple(row) for row in seen] == [("4s", "1min")] * 2
        assert (await connection.execute(text(f"SELECT {limits}"))).one() == before


@pytest.fixture
async def ahead() -> AsyncIterator[AsyncEngine]:
    """Lend a database as a newer version leaves it: at a revision of its own, with all there was and something more."""
    async with cloned_database(f"ahead_{uuid.uuid4().hex}") as url:
        engine = create_engine(owners_address(url).replace("postgresql:", "postgresql+asyncpg:"))
        try:
            async with engine.begin() as connection:
                await connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
                await connection.execute(text("ALTER TABLE regions ADD COLUMN later int"))
            yield engine
        finally:
            await engine.dispose()


async def test_database_of_a_newer_version_is_left_as_it_is(ahead: AsyncEngine) -> None:
    async with ahead.connect() as connection:
        assert await migrations.upgrade(connection) == []
        assert await migrations.newer(connection) == "later"
        assert not await migrations.at_head(connection)
        assert await migrations.current(connection) == "later"
        assert not connection.in_transaction()


async def test_an_unknown_revision_without_what_this_version_works_with_is_refused(ahead: AsyncEngine) -> None:
    """One that took away what we use, another program's, or what was mistyped: nothing tells which."""
    async with ahead.connect() as connection:
        await connection.execute(text("ALTER TABLE regions RENAME COLUMN name TO label"))
        await connection.commit()
        for ask in (migrations.newer, migrations.upgrade):
            with pytest.raises(
                migrations.UnknownRevisionError, match=r"revision later, .* works with \(regions.name\)"
            ):
                await ask(connection)
        await connection.rollback()
        await connection.execute(text("DROP TABLE api_keys CASCADE"))
        await connection.commit()
        with pytest.raises(migrations.UnknownRevisionError, match=r" and \d\d more\)"):
            await migrations.newer(connection)


async def test_database_of_this_or_an_older_version_is_not_of_a_newer_one(empty: AsyncEngine, write: Write) -> None:
    write("first", "op.execute('CREATE TABLE wells ()')")
    async with empty.connect() as connection:
        assert await migrations.newer(connection) is None
        await migrations.upgrade(connection)
        assert await migrations.newer(connection) is None
        write("second", "pass", after="first")
        assert await migrations.newer(connection) is None


@pytest.mark.usefixtures("write")
async def test_open_transaction_is_refused(empty: AsyncEngine) -> None:
    async with empty.connect() as connection:
        await connection.execute(text("SELECT 1"))
        with pytest.raises(RuntimeError, match="not in a transaction"):
            await migrations.upgrade(connection)
