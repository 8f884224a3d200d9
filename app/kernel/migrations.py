"""Migrations from inside the service: bring a database to the newest revision, and tell how it stands to this version.

Hides Alembic (where its scripts lie, and that it is synchronous code beneath an async connection) and how several
migrators take turns.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.kernel.tables import metadata

PROJECT_FILE = Path(__file__).resolve().parents[2] / "pyproject.toml"
# Any number will do, so long as nothing else takes an advisory lock by it.
_LOCK = 7_361_002_017
_ASK_AGAIN_S = 0.2
_COLUMNS = text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")

_log = logging.getLogger(__name__)


class UnknownRevisionError(Exception):
    """The database is at a revision that this version does not know, and lacks what this version works with."""

    def __init__(self, revision: str, lacking: Sequence[str]) -> None:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        super().__init__(
            f"The database is at revision {revision}, which this version of Seratus does not know, and lacks columns "
            f"that it works with ({lacking[0]}{more}). Start the version that made it, or restore a backup from before."
        )


def alembic_config(connection: Connection | None = None) -> Config:
    """Return what Alembic's own commands take; they then work on `connection`, which must not be in a transaction."""
    return Config(toml_file=PROJECT_FILE, attributes={"connection": connection})


@cache
def shipped() -> tuple[str, ...]:
    """Return the revisions that ship with this version, oldest first. Two heads are an error.

    All are read at once: on a disk where a newer version is being installed, those of one version are wanted.
    """
    scripts = ScriptDirectory.from_config(alembic_config())
    scripts.get_current_head()  # raises for two
    return tuple(script.revision for script in scripts.walk_revisions())[::-1]


def head() -> str | None:
    """Return the newest revision that ships with this version; None while there is none."""
    return shipped()[-1] if shipped() else None


async def current(connection: AsyncConnection) -> str | None:
    """Return the revision of the database; None when it has never been migrated."""
    return await connection.run_sync(_current)


async def at_head(connection: AsyncConnection) -> bool:
    """Tell whether the database is exactly at the newest revision."""
    return await current(connection) == head()


async def newer(connection: AsyncConnection) -> str | None:
    """Return the revision of a database that a newer version migrated, and this one can work with; else None.

    A revision does not tell whose it is, so what the database holds decides: revisions add before they take away, so
    what this version works with is all there. Raises `UnknownRevisionError` where it is not.
    """
    return await connection.run_sync(_newer)


async def upgrade(connection: AsyncConnection) -> list[str]:
    """Bring the database to the newest revision, each revision in a transaction of its own.

    Returns the revisions that were run, oldest first. Several callers at once take turns and all succeed. A database
    from a newer version is left as it is; raises `UnknownRevisionError` for one that this version cannot work with.
    `connection` must not be in a transaction: it is committed here.
    """
    if connection.in_transaction():
        raise RuntimeError("upgrade() commits, so it needs a connection that is not in a transaction")
    async with turn(connection.engine):
        return await connection.run_sync(_upgrade)


@asynccontextmanager
async def turn(engine: AsyncEngine) -> AsyncIterator[None]:
    """Be the only migrator of this database meanwhile; wait for another to finish.

    A transaction on a connection of its own keeps the place: a lock of the session would get lost behind PgBouncer, and
    one of the migrating transaction would be gone after the first revision. CREATE INDEX CONCURRENTLY waits for all
    that looked at the database before it began, so nobody here keeps a snapshot: whoever waits asks again in a new
    transaction, and whoever holds the place gives its snapshot up.
    """
    async with engine.connect() as keeper:
        while not await keeper.scalar(text(f"SELECT pg_try_advisory_xact_lock({_LOCK})")):
            await keeper.rollback()
            _log.info("another process is migrating the database; waiting for it")
            await asyncio.sleep(_ASK_AGAIN_S)
        # The snapshot goes with the next statement, which must be one that takes none.
        await keeper.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield


@contextmanager
def _reading(connection: Connection) -> Iterator[None]:
    """End the transaction that reading begins, where there was none."""
    began_it = not connection.in_transaction()
    yield
    if began_it:
        connection.rollback()


def _current(connection: Connection) -> str | None:
    with _reading(connection):
        return MigrationContext.configure(connection).get_current_revision()


def _newer(connection: Connection) -> str | None:
    found = _current(connection)
    if found is None or found in shipped():
        return None
    with _reading(connection):
        there = {tuple(row) for row in connection.execute(_COLUMNS)}
    wanted = [(table.name, column.name) for table in metadata.tables.values() for column in table.columns]
    if lacking := [f"{table}.{column}" for table, column in wanted if (table, column) not in there]:
        raise UnknownRevisionError(found, lacking)
    return found


def _upgrade(connection: Connection) -> list[str]:
    if _newer(connection) is not None:
        return []
    found, known = _current(connection), list(shipped())
    command.upgrade(alembic_config(connection), "head")
    return known if found is None else known[known.index(found) + 1 :]
