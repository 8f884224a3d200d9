"""The engine: how the database is reached, and how JSON is written for it and read back.

Hides pool settings, time-outs and PgBouncer.
"""

import json
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

from app.config import Settings
from app.kernel.embedded import SERVICE, EmbeddedPostgres

STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 5_000
# A transaction left open holds back the change feed, so the server ends it.
IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
POOL_SIZE = 15
# Per connection, by the driver and by SQLAlchemy's dialect; the service has more statements than the 100 that either
# would keep, and one that is not kept is planned again.
STATEMENTS_KEPT = 400
POOL_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 10.0
# The server ends what takes too long; that it still answers is not certain, so it has a little longer and no more.
GRACE_S = 5.0
COMMAND_TIMEOUT_S = STATEMENT_TIMEOUT_MS / 1000 + GRACE_S


def _plain(value: Any) -> int | float | str:
    """Give JSON what it lacks. A Decimal of up to 15 digits, which is all we take in, keeps every digit as a float."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | UUID):
        return str(value)
    raise TypeError(type(value).__name__)


to_json = partial(json.dumps, default=_plain, ensure_ascii=False, allow_nan=False)
from_json = partial(json.loads, parse_float=Decimal)


def create_engine(
    url: str,
    *,
    pgbouncer: bool = False,
    pool_size: int = POOL_SIZE,
    command_timeout: float | None = COMMAND_TIMEOUT_S,
) -> AsyncEngine:
    """Make the engine for `url` (a `postgresql+asyncpg://` address).

    A statement that has no answer after `command_timeout` seconds raises `TimeoutError`; with None it is waited for.
    Behind PgBouncer in transaction mode nothing may outlive a transaction: no prepared statements, no pool of our
    own; and of the session settings only those are sent that PgBouncer itself keeps track of.
    """
    # Parameters hold people's data and keys' digests; they stay out of error texts, and so out of the log.
    common: dict[str, Any] = {"json_serializer": to_json, "json_deserializer": from_json, "hide_parameters": True}
    waits = {"timeout": CONNECT_TIMEOUT_S, "command_timeout": command_timeout}
    tracked = {"timezone": "UTC", "application_name": "seratus"}
    if pgbouncer:
        connect: dict[str, Any] = waits | {
            "server_settings": tracked,
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": lambda: "",
        }
        return create_async_engine(url, poolclass=NullPool, connect_args=connect, **common)
    limits = {
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "lock_timeout": str(LOCK_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
    }
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        connect_args=waits
        | {
            "server_settings": tracked | limits,
            "statement_cache_size": STATEMENTS_KEPT,
            "max_cacheable_statement_size": 0,  # no matter how long: the longest take most to plan
            "prepared_statement_cache_size": STATEMENTS_KEPT,
        },
        **common,
    )
    event.listen(engine.sync_engine, "checkout", _replace_dead_connection)
    return engine


def _replace_dead_connection(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    # The event loop has already seen the socket close, so no ping (a round trip for every request) is needed.
    if dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError


def create_sessions(bind: Any, **options: Any) -> async_sessionmaker[AsyncSession]:
    """Make the session factory; a closed session stays closed and never opens a transaction behind our back."""
    return async_sessionmaker(bind, expire_on_commit=False, close_resets_only=False, **options)


def database_url(settings: Settings) -> str:
    """Return the address of the database: the configured one, or that of the built-in one in the data folder."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return EmbeddedPostgres(settings.data_dir).url(role=SERVICE)


def owner_url(settings: Settings) -> str:
    """Return the address of the database for its owner, who migrates it."""
    if settings.owner_url is not None:
        return settings.owner_url.get_secret_value()
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return EmbeddedPostgres(settings.data_dir).url()
