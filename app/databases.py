"""How a command comes to its database: `serve` and `migrate` may make it, the others want a registry that is there."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from asyncpg import PostgresError
from sqlalchemy.exc import DBAPIError

from app.commands import CommandError
from app.config import Settings
from app.kernel import migrations
from app.kernel.db import DATABASE_ERRORS
from app.kernel.embedded import EmbeddedInUseError, EmbeddedPostgres
from app.kernel.engines import create_engine, database_url
from app.kernel.watched import WatchedPostgres


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """Have the database running for so long, made on first use, and tell where its data lies."""
    if settings.database_url is not None:
        yield "the database of SERATUS_DATABASE_URL"
        return
    with WatchedPostgres(settings.data_dir) as server:
        yield str(server.home)


@contextmanager
def registry(settings: Settings) -> Iterator[None]:
    """Have the database of a registry running for so long; say in one line where there is none, and make nothing.

    A service that runs beside this command has the built-in one running already, and for as long as itself.
    """
    if settings.database_url is None and not EmbeddedPostgres(settings.data_dir).was_started():
        raise CommandError(
            f"no registry in {settings.data_dir.absolute()}: run this where `seratus serve` runs, "
            "or set SERATUS_DATA_DIR or SERATUS_DATABASE_URL"
        )
    with ExitStack() as stack:
        with suppress(EmbeddedInUseError):
            stack.enter_context(running(settings))
        if not asyncio.run(_is_migrated(settings)):
            raise CommandError("the database is not migrated: run `seratus migrate` first")
        yield


@contextmanager
def usable() -> Iterator[None]:
    """Say in one line why the database is of no use."""
    try:
        yield
    except (DBAPIError, PostgresError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = next(iter(str(cause).splitlines()), "it does not answer")  # a time-out has no words
        raise CommandError(f"the database cannot be used: {reason}") from error


async def _is_migrated(settings: Settings) -> bool:
    """Tell whether it ever was. One that is away is not judged: a worker waits for it, and others say so themselves."""
    engine = create_engine(database_url(settings), pgbouncer=settings.pgbouncer)
    try:
        async with engine.connect() as connection:
            return await migrations.current(connection) is not None
    except DATABASE_ERRORS:
        return True
    finally:
        await engine.dispose()
