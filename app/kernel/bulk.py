"""Many rows at once: staged by COPY, compared with what is stored, and only what differs is written.

Hides the staging table and the set-based SQL. A row that is the same already is not touched: no new version, no entry
in the change log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from app.kernel.db import Connection

ROWS_WRITTEN = 20_000  # by one statement


@dataclass(frozen=True, slots=True)
class Target:
    """The table to fill and what its columns are in doing so.

    `key` identifies a row, by a unique constraint; `compared` are the columns that tell whether it changed; `fresh` are
    written for a new row only, `stamped` for a new and a changed one.
    """

    table: str
    key: Sequence[str]
    compared: Sequence[str]
    fresh: Sequence[str] = ()
    stamped: Sequence[str] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a record, in order."""
        return (*self.key, *self.compared, *self.fresh, *self.stamped)


class Difference(NamedTuple):
    """How the staged rows differ from the stored ones, in rows."""

    created: int
    updated: int
    unchanged: int


class Stage:
    """Rows on their way into a table, within the transaction of `connection`: add, compare, write."""

    def __init__(self, connection: Connection, target: Target) -> None:
        self.connection = connection
        self.target = target
        self._staging = _staging(target)
        self._left = 0
        self._same_key = " AND ".join(f"t.{name} = s.{name}" for name in target.key)
        self._same = f"({_list('t', target.compared)}) IS NOT DISTINCT FROM ({_list('s', target.compared)})"

    @classmethod
    async def open(cls, connection: Connection, target: Target) -> Self:
        """Make the staging table, which is gone with the transaction; there is one at a time."""
        await connection.execute(
            f"CREATE TEMP TABLE {_staging(target)} ON COMMIT DROP AS "  # noqa: S608 - our own names
            f"SELECT 0 AS line, {', '.join(target.columns)} FROM {target.table} WITH NO DATA"
        )
        return cls(connection, target)

    async def add(self, records: Sequence[tuple[Any, ...]]) -> None:
        """Stage records: the line each comes from, then its values in the order of `Target.columns`."""
        columns = ("line", *self.target.columns)
        await self.connection.copy_records_to_table(self._staging, columns=columns, records=records)

    async def drop_repeated(self, listed: int) -> tuple[int, list[int]]:
        """Drop every row whose key is staged more than once; return how many, and the first `listed` of their lines."""
        key = ", ".join(self.target.key)
        row = await self.connection.fetchrow(
            f"WITH gone AS (DELETE FROM {self._staging} WHERE ({key}) IN "  # noqa: S608 - our own names
            f"(SELECT {key} FROM {self._staging} GROUP BY {key} HAVING count(*) > 1) RETURNING line) "
            "SELECT count(*), coalesce((array_agg(line ORDER BY line))[1:$1], '{}') FROM gone",
            listed,
        )
        return (0, []) if row is None else (row[0], row[1])

    async def compare(self) -> Difference:
        """Compare the staged rows with the stored ones; from here on only those that differ are staged."""
        await self.connection.execute(f"ANALYZE {self._staging}")
        unchanged = await self.connection.fetchval(
            f"WITH same AS (DELETE FROM {self._staging} s USING {self.target.table} t "  # noqa: S608 - our own names
            f"WHERE {self._same_key} AND {self._same} RETURNING 1) SELECT count(*) FROM same"
        )
        self._left = await self.connection.fetchval(f"SELECT count(*) FROM {self._staging}")  # noqa: S608 - our own names
        updated = await self.connection.fetchval(
            f"SELECT count(*) FROM {self._staging} s JOIN {self.target.table} t ON {self._same_key}"  # noqa: S608 - our own names
        )
        return Difference(self._left - updated, updated, unchanged)

    async def write(self) -> None:
        """Write what `compare` left, in the order of the file, so that a row may refer to one before it."""
        columns = ", ".join(self.target.columns)
        key = ", ".join(self.target.key)
        changed = ", ".join(f"{name} = excluded.{name}" for name in (*self.target.compared, *self.target.stamped))
        differs = f"({_list('t', self.target.compared)}) IS DISTINCT FROM ({_list('excluded', self.target.compared)})"
        # Some at a time: a statement has its time limit, and the change log takes one insert for each.
        for _ in range(0, self._left, ROWS_WRITTEN):
            await self.connection.execute(
                f"WITH part AS (DELETE FROM {self._staging} WHERE line IN "  # noqa: S608 - our own names
                f"(SELECT line FROM {self._staging} ORDER BY line LIMIT {ROWS_WRITTEN}) RETURNING {columns}) "
                f"INSERT INTO {self.target.table} AS t ({columns}) SELECT {columns} FROM part ORDER BY {key} "
                f"ON CONFLICT ({key}) DO UPDATE SET {changed} WHERE {differs}"
            )
        await self.connection.execute(f"DROP TABLE {self._staging}")


def _staging(target: Target) -> str:
    # The driver remembers the types of columns by the names of table and columns, so these must tell one from another.
    return f"staged_{target.table}"


def _list(table: str, names: Sequence[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)
