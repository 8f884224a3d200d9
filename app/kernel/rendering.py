"""A projection as JSON: `one`, `page` and `every` have PostgreSQL render its rows.

Hides how statements are built: once per query shape (which filters, sort, fields, kind of reader), compiled to text,
kept, and run on the driver. Each answers a single row: is the reader's key still what it was, and the JSON, whole, as
bytes.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Integer, String, bindparam, cast, select, tuple_

from app.kernel.auth import Identity
from app.kernel.db import Connection
from app.kernel.listing import ListQuery, scope_of, sign, verify
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Invalid
from app.kernel.projection import Projection, Reader, reader_of
from app.kernel.statements import GuardedStatement, Statement, guarded, rendered

_SHAPES_KEPT = 2_000


def render(names: Sequence[str]) -> str:
    """Return SQL that turns the row `r`, narrowed to `names`, into JSON text."""
    return f"(SELECT row_to_json(t) FROM (SELECT {', '.join(f'r.{name}' for name in names)}) t)::text"  # noqa: S608 - our own names


@lru_cache(maxsize=_SHAPES_KEPT)
def _one(projection: Projection, reader: Reader, names: tuple[str, ...], last_by: str | None) -> GuardedStatement:
    """Statement of one record: (JSON, version), both null when there is none."""
    columns = [column.label(name) for name, column in projection.columns.items()]
    inner = select(*columns).select_from(projection.source).where(*projection.where(reader, names))
    if last_by is not None:
        inner = inner.order_by(projection.sorts[last_by].desc()).limit(1)
    json = render(tuple(projection.columns))
    return guarded(
        rendered(inner), f"convert_to({json}, 'UTF8'), r.version FROM (SELECT) o LEFT JOIN ({{inner}}) r ON true"
    )


@lru_cache(maxsize=_SHAPES_KEPT)
def _count(projection: Projection, reader: Reader, names: tuple[str, ...]) -> GuardedStatement:
    inner = select(projection.key).select_from(projection.source).where(*projection.where(reader, names))
    return guarded(rendered(inner), "count(*) FROM ({inner}) r")


@lru_cache(maxsize=_SHAPES_KEPT)
def _rows(projection: Projection, reader: Reader, names: tuple[str, ...], order: str, *, after: bool) -> Statement:
    """Statement of the rows of one page, and one row more, with all their columns.

    Compiled apart from the page, because that takes long for a long statement, and the fields asked for are anybody's.
    """
    sort, key = projection.sorts[order.removeprefix("-")], projection.key
    columns = [column.label(name) for name, column in projection.columns.items()]
    inner = (
        select(*columns, cast(sort, String).label("_sort"), cast(key, String).label("_key"))
        .select_from(projection.source)
        .where(*projection.where(reader, names))
        .limit(bindparam("page_limit", type_=Integer))
    )
    position = tuple_(
        cast(bindparam("after_value", type_=String), sort.type), cast(bindparam("after_key", type_=String), key.type)
    )
    if order.startswith("-"):
        inner = inner.order_by(sort.desc(), key.desc())
        beyond = tuple_(sort, key) < position
    else:
        inner = inner.order_by(sort, key)
        beyond = tuple_(sort, key) > position
    return rendered(inner.where(beyond) if after else inner)


@lru_cache(maxsize=_SHAPES_KEPT)
def _page(
    projection: Projection, reader: Reader, names: tuple[str, ...], fields: tuple[str, ...], order: str, *, after: bool
) -> GuardedStatement:
    """Statement of one page, of the rows beyond `after_value, after_key`: (JSON, sort value and key of its last row).

    It asks for one row more than a page holds; sort value and key, both as text, are null unless there is that row.
    """
    return guarded(
        _rows(projection, reader, names, order, after=after),
        "convert_to(coalesce(string_agg(json, ',' ORDER BY n) FILTER (WHERE n < {page_limit}), ''), 'UTF8'), "  # noqa: S608 - our own names
        "max(sort) FILTER (WHERE n = {page_limit} - 1 AND more), max(key) FILTER (WHERE n = {page_limit} - 1 AND more) "
        f"FROM (SELECT {render(fields)} AS json, r._sort AS sort, r._key AS key, row_number() OVER () AS n, "
        "count(*) OVER () = {page_limit} AS more FROM ({inner}) r) rows",
    )


class Record(NamedTuple):
    """One rendered row; `leans` says whether it may differ while its version is the same."""

    body: bytes
    version: int
    leans: bool = False

    def with_member(self, name: str, value: bytes) -> "Record":
        """Return the record with one more member, whose value is JSON already."""
        return self._replace(body=b'%s,"%s":%s}' % (self.body[:-1], name.encode(), value))


async def one(
    connection: Connection, projection: Projection, identity: Identity, *, last_by: str | None = None, **key: Any
) -> Record | None:
    """Fetch the visible row that `key` (filters by name) identifies, rendered; None when there is none.

    With `last_by` (a sort), it is the last of all the rows that match. Raises `KeyChanged`, as all of these do.
    """
    reader, bound = reader_of(identity.principal)
    statement = _one(projection, reader, tuple(sorted(key)), last_by)
    _, body, version = await statement.run(connection, identity, bound | key)
    return None if version is None else Record(bytes(body), version, projection.leans)


async def is_seen(connection: Connection, projection: Projection, identity: Identity, **key: Any) -> bool:
    """Tell whether the reader sees the row that `key` identifies, without rendering it."""
    reader, bound = reader_of(identity.principal)
    _, count = await _count(projection, reader, tuple(sorted(key))).run(connection, identity, bound | key)
    return bool(count)


@lru_cache(maxsize=_SHAPES_KEPT)
def _every(projection: Projection, reader: Reader, names: tuple[str, ...], order: str) -> GuardedStatement:
    columns = [column.label(name) for name, column in projection.columns.items()]
    inner = (
        select(*columns)
        .select_from(projection.source)
        .where(*projection.where(reader, names))
        .order_by(projection.sorts[order], projection.key)
    )
    json = render(tuple(projection.columns))
    return guarded(
        rendered(inner),
        "convert_to(concat('[', string_agg(json, ',' ORDER BY n), ']'), 'UTF8') "  # noqa: S608 - our own names
        f"FROM (SELECT {json} AS json, row_number() OVER () AS n FROM ({{inner}}) r) rows",
    )


async def every(
    connection: Connection, projection: Projection, identity: Identity, order: str, **filters: Any
) -> bytes:
    """Fetch all rows that match as one JSON array: for sets that are small by nature, such as a run's results."""
    reader, bound = reader_of(identity.principal)
    statement = _every(projection, reader, tuple(sorted(filters)), order)
    _, body = await statement.run(connection, identity, bound | filters)
    return bytes(body)


class RenderedPage(NamedTuple):
    """A rendered page and the cursor of the next one."""

    body: bytes
    next_cursor: str | None


async def page(
    connection: Connection, projection: Projection, identity: Identity, query: ListQuery, secret: bytes, **fixed: Any
) -> RenderedPage:
    """Fetch one page of a list; `fixed` are filters that the path sets. One round trip, two with `count=true`."""
    filters = query.filters() | fixed
    names = tuple(sorted(filters))
    reader, bound = reader_of(identity.principal)
    values = bound | filters | {"page_limit": query.limit + 1}
    scope = scope_of(projection.name, query.order, filters, ":".join(map(str, (reader.role, *bound.values()))))
    if query.cursor is not None:
        values["after_value"], values["after_key"] = verify(secret, scope, query.cursor)
    statement = _page(
        projection, reader, names, chosen(projection, query.fields), query.order, after=query.cursor is not None
    )
    _, items, *position = await statement.run(connection, identity, values)
    total = b""
    if query.count:
        _, counted = await _count(projection, reader, names).run(connection, identity, bound | filters)
        total = b',"total":%d' % counted
    value, key = position
    following = None if key is None else sign(secret, scope, (value, key))
    quoted = b"null" if following is None else b'"%s"' % following.encode()
    return RenderedPage(b'{"items":[%s],"next_cursor":%s%s}' % (items, quoted, total), following)


def chosen(projection: Projection, wanted: str | None) -> tuple[str, ...]:
    """Return the fields asked for in the projection's own order; raise `Invalid` for a name it does not have."""
    if wanted is None:
        return tuple(projection.columns)
    names = set(wanted.split(","))
    if not names <= projection.columns.keys():
        message = Text(en="Unknown field. Fields are: {fields}.", id="Kolom tidak dikenal. Kolom yang ada: {fields}.")
        known = message.format(fields=", ".join(projection.columns))
        raise Invalid(errors=[FieldError(parameter="fields", code="invalid_choice", message=known)])
    return tuple(name for name in projection.columns if name in names)
