"""How Alembic reaches the database: on the caller's connection, or on one of its own for the `alembic` command.

Hides what keeps a migration from taking the service down: every transaction of it has time limits of its own, which
end with the transaction, so that nothing stays behind in a pooled session.
"""

import asyncio

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, event

from app.config import load_settings
from app.kernel import queue
from app.kernel.engines import create_engine, owner_url
from app.kernel.migrations import turn
from app.models import metadata

# A revision that cannot have its table soon must give way, because requests queue up behind it. One that needs
# longer says so itself, with SET LOCAL.
LIMITS = ("SET LOCAL lock_timeout = '4s'", "SET LOCAL statement_timeout = '1min'")


def limit_transaction(connection: Connection) -> None:
    """Set the limits of a transaction that has just begun."""
    for statement in LIMITS:
        connection.exec_driver_sql(statement)


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Tell whether an object in the database is one of our models, not a month of the change log or pgqueuer's."""
    return not (kind == "table" and ((name or "").startswith("changes_") or name in queue.TABLES))


def run_on(connection: Connection) -> None:
    """Run the command's work, each revision in a transaction of its own."""
    event.listen(connection, "begin", limit_transaction)
    try:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_name=is_ours,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()  # ends the transaction that Alembic's own reading began where there was nothing to do
    finally:
        event.remove(connection, "begin", limit_transaction)


def run_as_sql() -> None:
    """Write the statements to the output instead of running them."""
    context.configure(dialect_name="postgresql", target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        for statement in LIMITS:
            context.execute(statement)
        context.run_migrations()


async def run_on_own_connection() -> None:
    """Connect to the database of the settings, as its owner, for the length of one command."""
    settings = load_settings()
    if settings.database_url is None:
        raise CommandError("Set SERATUS_DATABASE_URL to the PostgreSQL that this command shall work on.")
    engine = create_engine(owner_url(settings), pgbouncer=settings.pgbouncer, command_timeout=None)
    try:
        async with turn(engine), engine.connect() as connection:
            await connection.run_sync(run_on)
    finally:
        await engine.dispose()


given: Connection | None = context.config.attributes.get("connection")
if context.is_offline_mode():
    run_as_sql()
elif given is not None:
    run_on(given)
else:
    asyncio.run(run_on_own_connection())
