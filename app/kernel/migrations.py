"""Migrations from inside the service: bring a database to the newest revision, and tell whether it is there.

Hides Alembic (where its scripts lie, and that it is synchronous code beneath an async connection) and how several
migrators take turns.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

PROJECT_FILE = Path(__file__).resolve().parents[2] / "pyproject.toml"
# Any number will do, so long as nothing else takes an advisory lock by it.
_LOCK = 7_361_002_017
_ASK_AGAIN_S = 0.2

_log = logging.getLogger(__name__)


class UnknownRevisionError(Exception):
    """The database was migrated by a newer Seratus than this one."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database is at revision {revision}, which this version of Seratus does not know. "
            "Start the newer version that made it, or restore a backup from before."
        )


def alembic_config(connection: Connection | None = None) -> Config:
    """Return what Alembic's own commands take; they then work on `connection`, which must not be in a transaction."""
    return Config(toml_file=PROJECT_FILE, attributes={"connection": connection})


@cache
def head() -> str | None:
    """Return the newest revision that ships with this version; None while there is none. Two heads are an error."""
    return _scripts().get_current_head()


async def current(connection: AsyncConnection) -> str | None:
    """Return the revision of the database; None when it has never been migrated."""
    return await connection.run_sync(_current)


async def at_head(connection: AsyncConnection) -> bool:
    """Tell whether the database is exactly at the newest revision."""
    return await current(connection) == head()


async def upgrade(connection: AsyncConnection) -> list[str]:
    """Bring the database to the newest revision, each revision in a transaction of its own.

    Returns the revisions that were run, oldest first. Several callers at once take turns and all succeed. Raises
    `UnknownRevisionError` for a database from a newer version. `connection` must not be in a transaction: it is
    committed here.
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


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic_config())


def _current(connection: Connection) -> str | None:
    reading_began_it = not connection.in_transaction()
    revision = MigrationContext.configure(connection).get_current_revision()
    if reading_began_it:
        connection.rollback()
    return revision


def _upgrade(connection: Connection) -> list[str]:
    found = _current(connection)
    known = [script.revision for script in _scripts().walk_revisions()][::-1]
    if found is not None and found not in known:
        raise UnknownRevisionError(found)
    command.upgrade(alembic_config(connection), "head")
    return known if found is None else known[known.index(found) + 1 :]
