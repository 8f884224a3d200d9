"""Statements compiled to text for the driver, with their parameters in order.

Hides SQLAlchemy's compiler: which name a parameter has, which constants its conditions bring, which values are
patterns whose wildcards must mean themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Select, select, true
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from app.kernel.auth import STILL_VALID, Identity, KeyChanged
from app.kernel.db import Connection
from app.kernel.filters import Pattern
from app.kernel.queries import like_escape

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped
_KEY = "reader_key"  # the digest of the key by which it is read


@dataclass(frozen=True)
class Statement:
    """SQL text with the parameters it wants, in order. Constants of its conditions come filled in."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]
    patterns: frozenset[str]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the values in the order of the parameters."""
        known = {**self.constants, **values}
        return [like_escape(known[name]) if name in self.patterns else known[name] for name in self.names]


class GuardedStatement(Statement):
    """A statement of one row, whose first column is the version of the reader's key as it is now."""

    async def run(self, connection: Connection, identity: Identity, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the one row; raise `KeyChanged` when its first column is not the version of the identity's key."""
        row = await connection.fetchrow(self.text, *self.arguments({**values, _KEY: identity.digest}))
        if row is None or row[0] != identity.version:
            raise KeyChanged
        return tuple(row)


def rendered(inner: Select[Any]) -> Statement:
    """Compile a statement as it is."""
    compiled = inner.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    binds: Mapping[str, BindParameter[Any]] = compiled.binds
    names = tuple(compiled.positiontup or ())
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    patterns = frozenset(name for name in names if isinstance(binds[name].type, Pattern))
    return Statement(compiled.string, names, constants, patterns)


def guarded(statement: Statement, outer: str) -> GuardedStatement:
    """Put a statement into `outer`, a selection of one row, and let the version of the reader's key come first.

    `outer` names `{inner}` and, where it needs them again, parameters of it.
    """
    names = (*statement.names, _KEY)
    places = {name: f"${place}" for place, name in enumerate(names, start=1)}
    text = f"SELECT {STILL_VALID.format(places[_KEY])}, {outer.format(inner=statement.text, **places)}"
    return GuardedStatement(text, names, statement.constants, statement.patterns)


# Of no rows: only whether the reader's key is still what it was.
WHO = guarded(rendered(select(true().label("one"))), "r.one FROM ({inner}) r")
