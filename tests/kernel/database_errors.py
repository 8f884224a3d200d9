"""Errors of PostgreSQL for tests, as the driver raises them and as SQLAlchemy hands them on."""

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError


def postgres_error(state: str, constraint: str | None = None) -> asyncpg.PostgresError:
    """Make an error of this SQLSTATE, that of a constraint if one is named."""
    fields = {"C": state, "M": "secret value", "S": "ERROR"} | ({"n": constraint} if constraint else {})
    error: asyncpg.PostgresError = asyncpg.PostgresError.new(fields)
    return error


def through_sqlalchemy(error: Exception) -> DBAPIError:
    """Wrap an error as SQLAlchemy does where it runs a statement."""
    translated = Exception("translated")
    translated.__cause__ = error
    return DBAPIError("SELECT 1", {}, translated)


def while_connecting(error: Exception | None) -> Exception:
    """Wrap an error as SQLAlchemy does where it makes a connection of its own accord."""
    adapted: Exception = AsyncAdapt_asyncpg_dbapi.Error("adapted")  # type: ignore[no-untyped-call]  # SQLAlchemy's
    adapted.__cause__ = error
    return adapted
