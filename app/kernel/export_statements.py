"""The statements of exports: the rows of a projection, or how many, at this moment or at an earlier one.

Hides their order and what a table's cell is. Rows come in the order of their keys as clients know them, so that the key
of one tells which are left.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Uuid, bindparam, select, true

from app.kernel import shapes
from app.kernel.auth import Identity
from app.kernel.change_feed import MOMENT, Moment
from app.kernel.db import Connection
from app.kernel.messages import Text
from app.kernel.past import as_of, tables_of
from app.kernel.problem import FieldError
from app.kernel.problems import Invalid
from app.kernel.projection import Projection, Reader
from app.kernel.statements import Statement, guarded, rendered
from app.kernel.types import parse_uuid

AFTER = "after_key"
_SHAPES_KEPT = 500
# What a spreadsheet would take for a formula, full-width signs included.
_FORMULA = r"E'^[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-]'"
_NUMBER = re.compile(r"[0-9]{1,18}")
_KEY_FORM = Text(
    en="Send the key of a row as the export shows it, such as its `id`.",
    id="Kirim kunci sebuah baris seperti yang ditampilkan ekspor, misalnya `id`-nya.",
)
_NOW = guarded(rendered(select(true().label("one"))), f"{MOMENT} FROM ({{inner}}) r")


async def moment_of(connection: Connection, identity: Identity) -> Moment:
    """Return the moment of the connection's snapshot; raise `KeyChanged` when the identity holds no more."""
    _, *now = await _NOW.run(connection, identity, {})
    return Moment(*now)


def key_after(projection: Projection, key: str) -> Any:
    """Read the key of a row as clients know it; raise `Invalid` for what is none."""
    kind = _order(projection).type
    if isinstance(kind, Uuid):
        read: Any = parse_uuid(key)
    elif isinstance(kind, BigInteger):
        read = int(key) if _NUMBER.fullmatch(key) else None
    else:
        read = key
    if read is None:
        raise Invalid(errors=[FieldError(parameter=AFTER, code="invalid_format", message=_KEY_FORM)])
    return read


@lru_cache(maxsize=_SHAPES_KEPT)
def count_statement(
    projection: Projection, reader: Reader, names: tuple[str, ...], *, past: bool = False, after: bool = False
) -> Statement:
    """Statement of the number of rows; it takes what `rows_statement` takes."""
    return _statement(_inner(projection, [projection.key], reader, names, after=after), "count(*)", past=past)


@lru_cache(maxsize=_SHAPES_KEPT)
def rows_statement(
    projection: Projection,
    reader: Reader,
    names: tuple[str, ...],
    fields: tuple[str, ...],
    *,
    table: bool,
    past: bool = False,
    after: bool = False,
) -> Statement:
    """Statement of the rows, in the order of their keys: each one JSON text, or for a table the text of each cell.

    With `past`, it takes a `Moment` and is of that one. With `after`, it takes a key as `AFTER`, and is of the rest.
    """
    columns = [projection.columns[name].label(name) for name in fields]
    inner = _inner(projection, columns, reader, names, after=after).order_by(_order(projection))
    kinds = {field.name: field for field in shapes.fields_of(projection.schema)}
    return _statement(inner, ", ".join(_cell(kinds[name]) for name in fields) if table else "row_to_json(r)", past=past)


def _order(projection: Projection) -> ColumnElement[Any]:
    """Return the key by which rows are ordered: the one that clients know."""
    return projection.key if projection.told_as is None else projection.told_as


def _inner(
    projection: Projection,
    columns: Sequence[ColumnElement[Any]],
    reader: Reader,
    names: tuple[str, ...],
    *,
    after: bool,
) -> Select[Any]:
    inner = select(*columns).select_from(projection.source).where(*projection.where(reader, names))
    order = _order(projection)
    return inner.where(order > bindparam(AFTER, type_=order.type)) if after else inner


def _statement(inner: Select[Any], shown: str, *, past: bool) -> Statement:
    statement = rendered(inner)
    text, names = f"SELECT {shown} FROM ({statement.text}) r", statement.names  # noqa: S608 - our own names
    if past:
        text = as_of(f"${len(names) + 1}::text::pg_snapshot", f"${len(names) + 2}::timestamptz", tables_of(inner), text)
        names += Moment._fields
    return Statement(text, names, statement.constants, statement.patterns)


def _cell(field: shapes.Field) -> str:
    """Return SQL for what a cell shows: what JSON shows, and no text that a spreadsheet would compute."""
    column = f"r.{field.name}"
    if field.nested:
        return f"to_json({column})::text"
    if field.kind == "datetime":
        return f"to_json({column}) #>> '{{}}'"
    if field.kind == "string":
        return f"CASE WHEN {column}::text ~ {_FORMULA} THEN '''' || {column} ELSE {column}::text END"
    return f"{column}::text"
