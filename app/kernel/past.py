"""The same statement, of another moment: the names of its tables stand for what the tables held then.

In PostgreSQL the name of a common table expression hides the table of that name. So a statement is moved to the moment
of a snapshot by putting before it, for each of its tables, the rows as the snapshot has them: those that were not
changed since, and those that were, from the `before` of the first change (kernel/tables.py). Whatever its conditions
are, nothing about the statement is known here, nor need be.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import DefaultClause, Select, Table, TextClause
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import visitors

from app.kernel.tables import changes, resource_of

# A change is written down before its transaction ends, so it may be older than a snapshot that does not have it; but
# not by more than a transaction can take. Bounds the months of the log that are looked through.
SLACK = "interval '1 day'"
_CHANGED, _CHANGED_ONLY = "changed_since", "changed_since_only"
_ERASED_AT = "erased_at"
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]  # so it is declared there
_RECORDED = "c.operation IN ('create', 'update', 'delete')"


def unseen(entry: str, snapshot: str, taken_at: str) -> str:
    """Return SQL: the entry of the log (an alias) is not in the snapshot. The last two are SQL for it and its time."""
    return (
        f"{entry}.at > {taken_at} - {SLACK} AND {entry}.xid >= pg_snapshot_xmin({snapshot}) "
        f"AND NOT pg_visible_in_snapshot({entry}.xid, {snapshot})"
    )


@lru_cache(maxsize=2_000)
def tables_of(statement: Select[tuple[object, ...]]) -> tuple[Table, ...]:
    """Return the tables a statement reads, within its conditions too."""
    found = {}
    for element in visitors.iterate(statement):
        if isinstance(element, Table):
            found[element.name] = element
    return tuple(found.values())


class Only(NamedTuple):
    """The rows of a table that alone matter: SQL for the array of their keys, as text."""

    table: Table
    keys: str


def as_of(
    snapshot: str,
    taken_at: str,
    tables: Sequence[Table],
    text: str,
    *,
    only: Only | None = None,
    shown: bool = True,
) -> str:
    """Return the statement `text` of a past moment; `snapshot` and `taken_at` are SQL for the moment.

    With `only`, what changed of that table is looked up by key: many changes of others cost nothing. What is `shown`
    to somebody has whoever was erased since as erased; what is only compared has all as it was.
    """
    kept = [table for table in tables if table is not changes]
    whole = [table for table in kept if only is None or table is not only.table]
    parts = [_changed(whole, snapshot, taken_at)] if whole else []
    if only is not None and only.table in kept:
        parts.append(_changed_of(only, snapshot, taken_at))
    for table in tables:
        if table is changes:
            parts.append(_log_then(snapshot, taken_at))
        else:
            parts.append(_then(table, _CHANGED if table in whole else _CHANGED_ONLY, shown=shown))
    return f"WITH {', '.join(parts)} {text}"


def _changed(tables: Iterable[Table], snapshot: str, taken_at: str) -> str:
    """Write what the rows were that changed since; the log is read once for all tables, which is what this costs."""
    resources = ", ".join(f"'{resource_of(table)}'" for table in tables)
    return (
        f"{_CHANGED} AS MATERIALIZED (SELECT DISTINCT ON (c.resource, c.key) c.resource, c.key, c.before "  # noqa: S608 - our own names
        f"FROM changes c WHERE c.resource IN ({resources}) AND {_RECORDED} "
        f"AND {unseen('c', snapshot, taken_at)} ORDER BY c.resource, c.key, c.seq)"
    )


def _changed_of(only: Only, snapshot: str, taken_at: str) -> str:
    """Write the same of some rows of one table, each found by its key."""
    resource = resource_of(only.table)
    return (
        f"{_CHANGED_ONLY} AS MATERIALIZED (SELECT '{resource}' AS resource, c.key, c.before "  # noqa: S608 - our own names
        f"FROM unnest({only.keys}) wanted CROSS JOIN LATERAL (SELECT c.key, c.before FROM changes c "
        f"WHERE c.resource = '{resource}' AND c.key = wanted AND {_RECORDED} "
        f"AND {unseen('c', snapshot, taken_at)} ORDER BY c.seq LIMIT 1) c)"
    )


def _log_then(snapshot: str, taken_at: str) -> str:
    """Write the log as it was; it only grows."""
    seen = f"c.at < {taken_at} + {SLACK} AND pg_visible_in_snapshot(c.xid, {snapshot})"
    return f"changes AS (SELECT * FROM changes c WHERE {seen})"  # noqa: S608 - our own words


def _then(table: Table, changed: str, *, shown: bool) -> str:
    (key,) = table.primary_key.columns
    name, resource = table.name, resource_of(table)
    columns = [column.name for column in table.columns]
    before, erased = "c.before", ""
    if shown and _ERASED_AT in table.columns:
        before = f"CASE WHEN e.{key.name} IS NULL THEN c.before ELSE to_jsonb(e) || {_hangs_on(table)} END"
        erased = f"LEFT JOIN {name} e ON e.{key.name}::text = c.key AND e.{_ERASED_AT} IS NOT NULL "
    return (
        f"{name} AS ("  # noqa: S608 - our own names
        f"SELECT {', '.join(f't.{column}' for column in columns)} FROM {name} t WHERE NOT EXISTS "
        f"(SELECT FROM {changed} c WHERE c.resource = '{resource}' AND c.key = t.{key.name}::text) "
        f"UNION ALL SELECT {', '.join(f'r.{column}' for column in columns)} "
        f"FROM {changed} c {erased}"
        f"CROSS JOIN LATERAL jsonb_populate_record(NULL::{name}, {_came_later(table)} || {before}) r "
        f"WHERE c.resource = '{resource}' AND c.before IS NOT NULL)"
    )


@lru_cache
def _came_later(table: Table) -> str:
    """Write what a row has in columns that came after it was written down: what the migration gave to all that were."""
    given = (
        f"'{column.name}', ({column.server_default.arg.text})::{column.type.compile(_POSTGRESQL)}"
        for column in table.columns
        if not column.nullable
        and isinstance(column.server_default, DefaultClause)
        and isinstance(column.server_default.arg, TextClause)
    )
    return f"jsonb_build_object({', '.join(given)})"


def _hangs_on(table: Table) -> str:
    """Write on which records a row `e` that was erased since hung then, as far as it still hangs on any.

    All else of it is shown as it is now; but it must be found among the records of its own time.
    """
    kept = (
        f"'{column.name}', CASE WHEN e.{column.name} IS NOT NULL THEN c.before -> '{column.name}' END"
        for column in table.columns
        if column.foreign_keys
    )
    return f"jsonb_strip_nulls(jsonb_build_object({', '.join(kept)}))"
