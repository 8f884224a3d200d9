"""What fails in the database, or on the way there, has a meaning for the client or is a bug."""

from typing import Any

import asyncpg
import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from app.kernel.failures import database_problem
from app.kernel.problem import Problem
from app.kernel.problems import Invalid, TimedOut, Unavailable, VersionMismatch
from tests.kernel.database_errors import postgres_error, through_sqlalchemy, while_connecting


@pytest.mark.parametrize(
    "wrap",
    [lambda error: error, through_sqlalchemy, while_connecting],
    ids=["driver", "sqlalchemy", "connecting"],
)
@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("57014", TimedOut),
        ("55P03", TimedOut),
        ("25P03", TimedOut),
        ("40P01", Unavailable),
        ("40001", Unavailable),
        ("53300", Unavailable),
        ("57P01", Unavailable),
        ("57P03", Unavailable),
        ("55000", Unavailable),
        ("3D000", Unavailable),
        ("28P01", Unavailable),
        ("08004", Unavailable),
        ("08006", Unavailable),
        ("08003", Unavailable),
        ("22021", Invalid),
        ("22P05", Invalid),
        ("42601", None),
        ("22003", None),
        ("23505", None),
        ("23502", None),
    ],
)
def test_sqlstates_have_a_meaning_or_are_bugs(wrap: Any, state: str, kind: type[Problem] | None) -> None:
    problem = database_problem(wrap(postgres_error(state)))

    assert type(problem) is (kind or type(None))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(), Unavailable),
        (OSError("Multiple exceptions: connect call failed"), Unavailable),
        (TimeoutError(), TimedOut),
        (PoolTimeoutError("QueuePool limit"), Unavailable),
        (StaleDataError(), VersionMismatch),
        (asyncpg.InterfaceError("connection is closed"), Unavailable),
        (through_sqlalchemy(asyncpg.InterfaceError("connection is closed")), Unavailable),
        (
            asyncpg.InterfaceError("cannot call Transaction.rollback(): the underlying connection is closed"),
            Unavailable,
        ),
        (asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"), Unavailable),
        (asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"), Unavailable),
        (while_connecting(ConnectionResetError("unexpected connection_lost() call")), Unavailable),
        (while_connecting(None), None),
        (asyncpg.InternalClientError("missing codec information"), None),
        (asyncpg.InterfaceError("another operation is in progress"), None),
        (asyncpg.DataError("value out of int64 range"), None),
        (ValueError("bug"), None),
    ],
)
def test_other_failures_of_the_database(error: Exception, kind: type[Problem] | None) -> None:
    assert type(database_problem(error)) is (kind or type(None))
