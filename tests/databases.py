"""Databases for tests about migrations, which start from nothing."""

import os
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
from alembic import command
from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kernel import migrations
from app.kernel.engines import create_engine


def alembic(name: str, *arguments: str) -> Callable[[Connection], None]:
    """Return the command of Alembic for `run_sync`."""
    run = getattr(command, name)
    return lambda connection: run(migrations.alembic_config(connection), *arguments)


@asynccontextmanager
async def empty_database() -> AsyncIterator[AsyncEngine]:
    """Make a database without any table on the run's server; yield its engine, then drop it."""
    server = make_url(os.environ["TEST_DATABASE_OWNER"])
    name = f"empty_{uuid.uuid4().hex}"
    plain = server.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    admin = await asyncpg.connect(plain)
    try:
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        engine = create_engine(server.set(database=name).render_as_string(hide_password=False))
        try:
            yield engine
        finally:
            await engine.dispose()
            await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close()


def owners_address(url: URL | str) -> str:
    """Return where PostgreSQL's own programs find a database of the service, as its owner."""
    owner = make_url(os.environ["TEST_DATABASE_OWNER"]).set(drivername="postgresql", database=make_url(url).database)
    return owner.render_as_string(hide_password=False)


@asynccontextmanager
async def as_owner(url: URL | str) -> AsyncIterator[asyncpg.Connection]:
    """Connect as the owner to a database of the service: for what the service itself may not do."""
    connection = await asyncpg.connect(owners_address(url))
    try:
        yield connection
    finally:
        await connection.close()
