"""One projection, every door: a resource's public shape is one SELECT, and PostgreSQL renders its JSON.

A `Projection` names the columns of the read schema, the filters and sorts a list may use, and who sees which
rows. `one`, `page` and `every` turn it into bytes. Hides how statements are built: once per query shape (which
filters, sort, fields, kind of reader), compiled to text, kept, and run on the driver. Each answers a single row: is
the reader's key still what it was, and the JSON, whole, as bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    FromClause,
    Integer,
    String,
    Uuid,
    bindparam,
    cast,
    select,
    true,
    tuple_,
)
from sqlalchemy.sql import visitors

from app.domain.permissions import Principal, Role
from app.kernel.auth import Identity
from app.kernel.db import Connection
from app.kernel.filters import Condition, Filter
from app.kernel.listing import ListQuery, scope_of, sign, verify
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Invalid
from app.kernel.statements import GuardedStatement, Statement, guarded, rendered

_SHAPES_KEPT = 2_000


def everyone(_reader: "Reader") -> Condition:
    """Visibility of what is published by its nature: everyone sees every row."""
    return true()


class RecordRead(BaseModel):
    """What every record shows beside its own fields. `version` is also its ETag, or the beginning of it."""

    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


class Reader(NamedTuple):
    """The kind of reader: with the values bound below, all that a visibility condition may depend on."""

    role: Role
    insider: bool


# Whom the reader speaks for, bound per request: region, expert, institution; null where it speaks for none.
READER_REGION: BindParameter[str | None] = bindparam("reader_region", type_=String)
READER_EXPERT: BindParameter[UUID | None] = bindparam("reader_expert", type_=Uuid)
READER_INSTITUTION: BindParameter[UUID | None] = bindparam("reader_institution", type_=Uuid)


@dataclass(frozen=True, eq=False)
class Projection:
    """A resource's public shape.

    `columns` bear the field names of `schema`. `key` identifies a row and breaks ties; it is named `key_name` in
    paths. Every sort is an indexed column that is never null. `visible` decides who sees which rows, at every door.
    `told_as` names a row to clients where the key is not shown. `early` decides who sees a row that is not published
    yet, where others see it later.
    """

    name: str
    schema: type[BaseModel]
    source: FromClause
    columns: Mapping[str, ColumnElement[Any]]
    key: ColumnElement[Any]
    sorts: Mapping[str, ColumnElement[Any]]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    visible: Callable[[Reader], Condition] = everyone
    told_as: ColumnElement[Any] | None = None
    early: Callable[[Reader], Condition] | None = None

    def __post_init__(self) -> None:
        if self.columns.keys() != self.schema.model_fields.keys():
            raise TypeError(f"{self.name}: columns {set(self.columns)} are not the fields of {self.schema.__name__}")

    @cached_property
    def unpublished(self) -> "Projection":
        """Return the same for the eyes of those alone who see a row before it is published."""
        return self if self.early is None else replace(self, visible=self.early)

    @cached_property
    def leans(self) -> bool:
        """Tell whether a record shows what other tables hold, which may change while its own version does not."""
        shown = (element for column in self.columns.values() for element in visitors.iterate(column))
        return any(isinstance(element, Column) and element.table is not self.key.table for element in shown)

    def where(self, reader: Reader, names: Sequence[str]) -> list[Condition]:
        """Conditions of the named filters, under this reader's visibility; values are bound by filter name."""
        return [self.visible(reader), *(self.filters[name](name) for name in names)]


def columns_of(
    schema: type[BaseModel], source: FromClause, **others: ColumnElement[Any]
) -> dict[str, ColumnElement[Any]]:
    """Return a column for each of the schema's fields: from `others` by name, else from `source`; bookkeeping last."""
    names = sorted(schema.model_fields, key=list(RecordRead.model_fields).__contains__)
    return {name: others[name] if name in others else source.c[name] for name in names}


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


def reader_of(principal: Principal) -> tuple[Reader, dict[str, Any]]:
    """Return the kind of reader a principal is, and the values its visibility conditions bind."""
    bound = {
        READER_REGION.key: principal.region,
        READER_EXPERT.key: principal.expert,
        READER_INSTITUTION.key: principal.institution,
    }
    return Reader(principal.role, principal.insider), bound


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
