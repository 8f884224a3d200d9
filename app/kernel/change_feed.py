"""What changed for one reader between two moments: the change log as a feed.

A moment is a snapshot of the database (`pg_snapshot`: which transactions had committed), so nothing that commits late
is missed, and nothing is told twice. The feed leads from the reader's moment to now, in pages; each record that changed
on the way is told once, at its last change, as it is at the end of the way. Records come in the order in which their
transactions began to write, and those of one transaction in the order of writing.

What the reader sees is decided by the projection that every door uses, asked twice: of the moment where the way begins
and of the moment where it ends (kernel/past.py). Seen at both it is an update, seen only now a creation, seen no more a
deletion, whatever the cause; and what is seen at neither is not there for this reader.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import String, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.domain.principals import Principal
from app.kernel.db import Connection
from app.kernel.past import SLACK, Only, as_of, tables_of, unseen
from app.kernel.problems import ExpiredCursor
from app.kernel.projection import Projection, Reader, reader_of
from app.kernel.rendering import render
from app.kernel.statements import Statement, rendered

Operation = Literal["create", "update", "delete"]
_SHAPES_KEPT = 500
_KEYS = "changed_keys"
# What a statement tells of its own moment, as columns of a row.
MOMENT = "pg_current_snapshot()::text, clock_timestamp()"


class Moment(NamedTuple):
    """A snapshot in the form of `pg_snapshot`, `xmin:xmax:running`, and when it was taken."""

    snapshot: str
    at: datetime


class Position(NamedTuple):
    """Where a reader stands: at `since`; or on the way from there to `until`, past the entry (`xid`, `seq`)."""

    since: Moment
    until: Moment | None = None
    xid: str = "0"
    seq: int = 0

    def text(self) -> str:
        """Write it down."""
        parts = [self.since.snapshot, self.since.at.isoformat()]
        if self.until is not None:
            parts += [self.until.snapshot, self.until.at.isoformat(), self.xid, str(self.seq)]
        return " ".join(parts)

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Read what `text()` wrote."""
        snapshot, at, *way = text.split(" ")
        since = Moment(snapshot, datetime.fromisoformat(at))
        if not way:
            return cls(since)
        return cls(since, Moment(way[0], datetime.fromisoformat(way[1])), way[2], int(way[3]))


class Change(NamedTuple):
    """What became of one record. `record` is its JSON; None when the reader sees it no more."""

    resource: str
    key: str
    operation: Operation
    at: datetime
    record: bytes | None


class Delta(NamedTuple):
    """A page of changes, where it ends, and whether there are more already."""

    changes: list[Change]
    position: Position
    more: bool


async def position_now(connection: Connection) -> Position:
    """Return the position from which all that commits from now on is told."""
    ((snapshot, at),) = await connection.fetch(f"SELECT {MOMENT}")
    return Position(Moment(snapshot, at))


async def changes_after(
    connection: Connection,
    projections: Sequence[Projection],
    principal: Principal,
    position: Position,
    limit: int,
    filters: Mapping[str, Any],
) -> Delta:
    """Return the next page of what changed for this reader among the records of `projections` that match `filters`.

    A record that matched and does no more is told like one that is seen no more. Raises `ExpiredCursor` when part of
    the log since the position is gone.
    """
    since = position.since
    ((snapshot, at, whole),) = await connection.fetch(_NOW_AND_WHETHER_WHOLE, since.at)
    if not whole:
        raise ExpiredCursor
    until = position.until or Moment(snapshot, at)
    followed = {projection.name: projection for projection in projections}
    entries = await connection.fetch(
        _ENTRIES, *since, until.snapshot, position.xid, position.seq, [*followed], limit + 1
    )
    page, more = entries[:limit], len(entries) > limit
    told: dict[tuple[str, str], tuple[str, Operation, bytes | None]] = {}
    for name in {entry["resource"] for entry in page}:
        reader, bound = reader_of(principal)
        statement = _compared(followed[name], reader, tuple(sorted(filters)))
        keys = [entry["key"] for entry in page if entry["resource"] == name]
        arguments = statement.arguments({**bound, **filters, _KEYS: keys})
        for key, shown, operation, record in await connection.fetch(statement.text, *arguments, *since, *until):
            told[name, key] = shown, operation, None if record is None else bytes(record)
    changes = []
    for name, key, at in (tuple(entry)[:3] for entry in page):
        if (name, key) in told:
            shown, operation, record = told[name, key]
            changes.append(Change(name, shown, operation, at, record))
    ends = Position(since, until, page[-1]["xid"], page[-1]["seq"]) if more else Position(until)
    return Delta(changes, ends, more)


@lru_cache(maxsize=_SHAPES_KEPT)
def _compared(projection: Projection, reader: Reader, names: tuple[str, ...]) -> Statement:
    """Statement of those records, by their keys, that differ between two moments.

    Its rows: (key, its name to clients, operation, JSON). After its own parameters come the two moments.
    """
    keys = cast(bindparam(_KEYS, type_=ARRAY(String)), ARRAY(projection.key.type))
    shown = projection.key if projection.told_as is None else projection.told_as
    columns = [column.label(name) for name, column in projection.columns.items()]
    inner = (
        select(cast(projection.key, String).label("_key"), cast(shown, String).label("_shown"), *columns)
        .select_from(projection.source)
        .where(*projection.where(reader, names), projection.key == func.any(keys))
    )
    statement = rendered(inner)
    json = render(tuple(projection.columns))
    text = f"SELECT r._key AS key, r._shown AS shown, {json} AS json FROM ({statement.text}) r"  # noqa: S608 - our own names
    place = len(statement.names)
    # No statement reads the table of its own records twice (tests/kernel/test_touches.py).
    only = Only(projection.key.table, f"${statement.names.index(_KEYS) + 1}::text[]")
    begin, end = (
        as_of(f"${n}::text::pg_snapshot", f"${n + 1}::timestamptz", tables_of(inner), text, only=only, shown=shown)
        for n, shown in ((place + 1, False), (place + 3, True))
    )
    compared = (
        "SELECT key, coalesce(a.shown, b.shown), "  # noqa: S608 - our own names
        "CASE WHEN a.json IS NULL THEN 'delete' WHEN b.json IS NULL THEN 'create' ELSE 'update' END, "
        f"convert_to(a.json, 'UTF8') FROM ({begin}) b FULL JOIN ({end}) a USING (key) "
        "WHERE a.json IS DISTINCT FROM b.json"
    )
    return Statement(compared, statement.names, statement.constants, statement.patterns)


def _on_the_way(entry: str) -> str:
    """Return SQL: the entry, of a record, is not in the snapshot $1, which was taken at $2, but in the snapshot $3."""
    end = "$3::text::pg_snapshot"
    return (
        f"{entry}.operation NOT IN ('refuse', 'export') "
        f"AND {unseen(entry, '$1::text::pg_snapshot', '$2::timestamptz')} "
        f"AND {entry}.xid < pg_snapshot_xmax({end}) AND pg_visible_in_snapshot({entry}.xid, {end})"
    )


_NOW_AND_WHETHER_WHOLE = f"SELECT {MOMENT}, whole_since < $1::timestamptz - {SLACK} FROM change_log"  # noqa: S608 - our own words
# OFFSET keeps the planner from a join: whether an entry is the last of its record is looked up, until the page is full.
_ENTRIES = f"""
SELECT c.resource, c.key, c.at, c.xid::text AS xid, c.seq
FROM changes c
WHERE {_on_the_way("c")} AND (c.xid, c.seq) > ($4::text::xid8, $5::bigint) AND c.resource = ANY($6::text[])
  AND NOT EXISTS (
    SELECT FROM changes later
    WHERE later.resource = c.resource AND later.key = c.key AND later.seq > c.seq AND {_on_the_way("later")}
    OFFSET 0
  )
ORDER BY c.xid, c.seq LIMIT $7
"""  # noqa: S608 - our own words
