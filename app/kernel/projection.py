"""One projection, every door: a resource's public shape is one SELECT, and PostgreSQL renders its JSON.

A `Projection` names the columns of the read schema, the filters and sorts a list may use, and who sees which
rows. `one` and `page` turn it into bytes. Hides how statements are built: once per query shape (which filters,
sort, fields, kind of reader), compiled to text, kept, and run on the driver with no object made per row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    Uuid,
    bindparam,
    cast,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from app.domain.permissions import Principal, Role
from app.kernel.db import Connection
from app.kernel.filters import Condition, Filter, Pattern
from app.kernel.listing import ListQuery, scope_of, sign, verify
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Invalid
from app.kernel.queries import like_escape

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped
_SHAPES_KEPT = 2_000


def everyone(_reader: "Reader") -> Condition:
    """Visibility of what is published by its nature: everyone sees every row."""
    return true()


class RecordRead(BaseModel):
    """What every record shows beside its own fields. `version` is also its ETag."""

    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


class Reader(NamedTuple):
    """The kind of reader: with `READER_REGION` and `READER_EXPERT`, all that a visibility condition may depend on."""

    role: Role
    insider: bool


# The region and the expert that the reader speaks for, bound per request; null for whoever speaks for none.
READER_REGION: BindParameter[str | None] = bindparam("reader_region", type_=String)
READER_EXPERT: BindParameter[UUID | None] = bindparam("reader_expert", type_=Uuid)


@dataclass(frozen=True, eq=False)
class Projection:
    """A resource's public shape.

    `columns` bear the field names of `schema`. `key` identifies a row and breaks ties; it is named `key_name` in
    paths. Every sort is an indexed column that is never null. `visible` decides who sees which rows, at every door.
    """

    name: str
    schema: type[BaseModel]
    source: FromClause
    columns: Mapping[str, ColumnElement[Any]]
    key: ColumnElement[Any]
    sorts: Mapping[str, ColumnElement[Any]]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    visible: Callable[[Reader], Condition] = everyone

    def __post_init__(self) -> None:
        if self.columns.keys() != self.schema.model_fields.keys():
            raise TypeError(f"{self.name}: columns {set(self.columns)} are not the fields of {self.schema.__name__}")

    def where(self, reader: Reader, names: Sequence[str]) -> list[Condition]:
        """Conditions of the named filters, under this reader's visibility; values are bound by filter name."""
        return [self.visible(reader), *(self.filters[name](name) for name in names)]


def columns_of(
    schema: type[BaseModel], source: FromClause, **others: ColumnElement[Any]
) -> dict[str, ColumnElement[Any]]:
    """Return a column for each of the schema's fields: from `others` by name, else from `source`; bookkeeping last."""
    names = sorted(schema.model_fields, key=list(RecordRead.model_fields).__contains__)
    return {name: others[name] if name in others else source.c[name] for name in names}


class _Statement(NamedTuple):
    """SQL text with the parameters it wants, in order. Constants of its conditions come filled in."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]
    patterns: frozenset[str]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        known = {**self.constants, **values}
        return [like_escape(known[name]) if name in self.patterns else known[name] for name in self.names]


def _compile(inner: Select[Any], outer: str) -> _Statement:
    """Compile `inner` and put its text where `outer` says `{}`."""
    compiled = inner.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    binds: Mapping[str, BindParameter[Any]] = compiled.binds
    names = tuple(compiled.positiontup or ())
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    patterns = frozenset(name for name in names if name in binds and isinstance(binds[name].type, Pattern))
    return _Statement(outer.format(compiled.string), names, constants, patterns)


def _render(names: Sequence[str]) -> str:
    """Return SQL that turns the row `r`, narrowed to `names`, into JSON text."""
    return f"(SELECT row_to_json(t) FROM (SELECT {', '.join(f'r.{name}' for name in names)}) t)::text"  # noqa: S608 - our own names


@lru_cache(maxsize=_SHAPES_KEPT)
def _one(projection: Projection, reader: Reader, names: tuple[str, ...], last_by: str | None) -> _Statement:
    columns = [column.label(name) for name, column in projection.columns.items()]
    inner = select(*columns).select_from(projection.source).where(*projection.where(reader, names))
    if last_by is not None:
        inner = inner.order_by(projection.sorts[last_by].desc()).limit(1)
    return _compile(inner, f"SELECT {_render(tuple(projection.columns))}, r.version FROM ({{}}) r")  # noqa: S608 - our own names


@lru_cache(maxsize=_SHAPES_KEPT)
def _count(projection: Projection, reader: Reader, names: tuple[str, ...]) -> _Statement:
    inner = select(projection.key).select_from(projection.source).where(*projection.where(reader, names))
    return _compile(inner, "SELECT count(*) FROM ({}) r")


@lru_cache(maxsize=_SHAPES_KEPT)
def _page(
    projection: Projection, reader: Reader, names: tuple[str, ...], fields: tuple[str, ...], order: str, *, after: bool
) -> _Statement:
    """Statement of one page: rows of (JSON, sort value as text, key as text) beyond `after_value, after_key`."""
    sort, key = projection.sorts[order.removeprefix("-")], projection.key
    columns = [projection.columns[name].label(name) for name in fields]
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
    if after:
        inner = inner.where(beyond)
    return _compile(inner, f"SELECT {_render(fields)}, r._sort, r._key FROM ({{}}) r")  # noqa: S608 - our own names


def reader_of(principal: Principal) -> tuple[Reader, dict[str, Any]]:
    """Return the kind of reader a principal is, and the values its visibility conditions bind."""
    return Reader(principal.role, principal.insider), {
        "reader_region": principal.region,
        "reader_expert": principal.expert,
    }


class Record(NamedTuple):
    """One rendered row."""

    body: bytes
    version: int

    def with_member(self, name: str, value: bytes) -> "Record":
        """Return the record with one more member, whose value is JSON already."""
        return self._replace(body=b'%s,"%s":%s}' % (self.body[:-1], name.encode(), value))


async def one(
    connection: Connection, projection: Projection, principal: Principal, *, last_by: str | None = None, **key: Any
) -> Record | None:
    """Fetch the visible row that `key` (filters by name) identifies, rendered; None when there is none.

    With `last_by` (a sort), it is the last of all the rows that match.
    """
    reader, bound = reader_of(principal)
    statement = _one(projection, reader, tuple(sorted(key)), last_by)
    row = await connection.fetchrow(statement.text, *statement.arguments(bound | key))
    return None if row is None else Record(row[0].encode(), row[1])


@lru_cache(maxsize=_SHAPES_KEPT)
def _every(projection: Projection, reader: Reader, names: tuple[str, ...], order: str) -> _Statement:
    columns = [column.label(name) for name, column in projection.columns.items()]
    inner = (
        select(*columns)
        .select_from(projection.source)
        .where(*projection.where(reader, names))
        .order_by(projection.sorts[order], projection.key)
    )
    return _compile(inner, f"SELECT {_render(tuple(projection.columns))} FROM ({{}}) r")  # noqa: S608 - our own names


async def every(
    connection: Connection, projection: Projection, principal: Principal, order: str, **filters: Any
) -> bytes:
    """Fetch all rows that match as one JSON array: for sets that are small by nature, such as a run's results."""
    reader, bound = reader_of(principal)
    statement = _every(projection, reader, tuple(sorted(filters)), order)
    rows = await connection.fetch(statement.text, *statement.arguments(bound | filters))
    return f"[{','.join([row[0] for row in rows])}]".encode()


class RenderedPage(NamedTuple):
    """A rendered page and the cursor of the next one."""

    body: bytes
    next_cursor: str | None


async def page(
    connection: Connection, projection: Projection, principal: Principal, query: ListQuery, secret: bytes, **fixed: Any
) -> RenderedPage:
    """Fetch one page of a list; `fixed` are filters that the path sets. One round trip, two with `count=true`."""
    filters = query.filters() | fixed
    names = tuple(sorted(filters))
    reader, bound = reader_of(principal)
    scope = scope_of(projection.name, query.order, filters, f"{principal.role}:{principal.region}:{principal.expert}")
    values = bound | filters | {"page_limit": query.limit + 1}
    if query.cursor is not None:
        values["after_value"], values["after_key"] = verify(secret, scope, query.cursor)
    statement = _page(
        projection, reader, names, _fields(projection, query.fields), query.order, after=query.cursor is not None
    )
    rows = await connection.fetch(statement.text, *statement.arguments(values))
    following = None
    if len(rows) > query.limit:
        rows.pop()
        following = sign(secret, scope, (rows[-1][1], rows[-1][2]))
    total = ""
    if query.count:
        counting = _count(projection, reader, names)
        total = f',"total":{await connection.fetchval(counting.text, *counting.arguments(bound | filters))}'
    items = ",".join([row[0] for row in rows])
    quoted = "null" if following is None else f'"{following}"'
    return RenderedPage(f'{{"items":[{items}],"next_cursor":{quoted}{total}}}'.encode(), following)


def _fields(projection: Projection, wanted: str | None) -> tuple[str, ...]:
    """Return the fields asked for in the projection's own order; raise `Invalid` for a name it does not have."""
    if wanted is None:
        return tuple(projection.columns)
    names = set(wanted.split(","))
    if not names <= projection.columns.keys():
        message = Text(en="Unknown field. Fields are: {fields}.", id="Kolom tidak dikenal. Kolom yang ada: {fields}.")
        error = FieldError(
            parameter="fields", code="invalid_choice", message=message.format(fields=", ".join(projection.columns))
        )
        raise Invalid(errors=[error])
    return tuple(name for name in projection.columns if name in names)
