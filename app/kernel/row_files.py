"""Files of rows: CSV as offices write it, JSON arrays and NDJSON, read one row at a time.

Hides encoding, byte order mark, separator and quoting, and where a row stands. What a cell means is the business of
whoever asked for the rows.
"""

import csv
import io
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import count
from typing import Any, NamedTuple

from fastapi import Request

from app.kernel.bodies import check_media_type, read_body
from app.kernel.messages import Text
from app.kernel.problems import FieldError, Invalid
from app.kernel.rows import SAYS_NOTHING, Cell, Fault, Fields, MalformedFile, Row

CSV, JSON, NDJSON = "text/csv", "application/json", "application/x-ndjson"
LINE_BYTES_MAX = 1 << 20  # of one NDJSON object
_DELIMITERS = (";", ",", "\t")
_BOM = b"\xef\xbb\xbf"
_BLANKS = re.compile(r"[ \t\r\n]*")

_NOT_UTF8 = Text(
    en="Line {line} is not UTF-8. Save the file as “CSV UTF-8” and send it again.",
    id="Baris {line} bukan UTF-8. Simpan berkas sebagai “CSV UTF-8” lalu kirim lagi.",
)
_BAD_CSV = Text(
    en="From line {line} on, quotation marks do not pair up, or a cell is too long. Quote cells as RFC 4180 says.",
    id="Mulai baris {line}, tanda kutip tidak berpasangan atau isi sel terlalu panjang. Kutip sel sesuai RFC 4180.",
)
_BAD_JSON = Text(
    en="Line {line} is not what is expected: a JSON array of objects, or (NDJSON) one object to a line, no key twice.",
    id="Baris {line} tidak sesuai: satu larik objek JSON, atau (NDJSON) satu objek per baris, tanpa kunci ganda.",
)
_EMPTY = Text(
    en="The file is empty. Its first line names the columns; the rows follow.",
    id="Berkas kosong. Baris pertama memuat nama kolom, lalu diikuti baris data.",
)
_UNKNOWN_COLUMNS = Text(
    en="Columns whose names are not known, counted from the left: {numbers}. Remove them, or use one of: {names}.",
    id="Kolom ini tidak dikenal, dihitung dari kiri: {numbers}. Hapus, atau beri salah satu nama: {names}.",
)
_SAME_COLUMN = Text(
    en="Columns {first} and {number} are both `{field}`. Remove one of them.",
    id="Kolom {first} dan {number} sama-sama `{field}`. Hapus salah satunya.",
)
_CELL_COUNT = Text(
    en="The row has not as many cells as there are columns.",
    id="Jumlah sel pada baris ini tidak sama dengan jumlah kolom.",
)
_UNKNOWN_MEMBER = Text(
    en="The object has a member that is not known. Remove it, or name it one of: {names}.",
    id="Objek memuat anggota yang tidak dikenal. Hapus, atau beri salah satu nama: {names}.",
)
_SAME_MEMBER = Text(
    en="The object has this twice, under two names.", id="Objek memuat isian ini dua kali, dengan dua nama."
)
_NOT_PLAIN = Text(en="Must be text, a number or a list of texts.", id="Harus berupa teks, angka, atau daftar teks.")


class File(NamedTuple):
    """A file as it was sent."""

    media_type: str
    content: bytes


def file_body(max_bytes: int) -> Callable[[Request], Awaitable[File]]:
    """Make the dependency that reads the body as a file; raises `UnsupportedMediaType`, `PayloadTooLarge`."""

    async def body(request: Request) -> File:
        media_type = check_media_type(request, (CSV, JSON, NDJSON))
        return File(media_type, await read_body(request, max_bytes))

    return body


def rows(file: File, fields: Fields) -> Iterator[Row]:
    """Yield the rows of a file; blank lines are no rows.

    Raises `MalformedFile` where the file cannot be read on, and `Invalid` for a header that is not understood.
    """
    readers = {CSV: _csv_rows, JSON: _array_rows, NDJSON: _ndjson_rows}
    try:
        yield from readers[file.media_type](file.content, fields)
    except UnicodeDecodeError:
        line = _line_not_utf8(file.content)
        raise MalformedFile(_NOT_UTF8.format(line=line), line=line) from None


def _line_not_utf8(content: bytes) -> int:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return 1


def _csv_rows(content: bytes, fields: Fields) -> Iterator[Row]:
    # The separator is the one with which most of the header makes sense.
    delimiter = max(_DELIMITERS, key=lambda mark: _understood(content, mark, fields))
    records = _records(content, delimiter)
    _, header = next(records, (1, []))
    if not header:
        raise MalformedFile(_EMPTY, line=1)
    columns = _columns(header, fields)
    width = len(columns)
    for line, cells in records:
        # Spreadsheets pad a row with blank cells; any other length means a lost or stray separator.
        if len(cells) < width or any(cells[width:]):
            yield Row(line, {}, [Fault("wrong_cell_count", None, _CELL_COUNT)])
        else:
            yield Row(line, {field: cell for field, cell in zip(columns, cells, strict=False) if field})


def _understood(content: bytes, delimiter: str, fields: Fields) -> int:
    try:
        _, header = next(_records(content, delimiter), (1, []))
    except MalformedFile:
        return -1
    return sum(fields.field(name) is not None for name in header)


def _records(content: bytes, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not blank: the line each starts at, and its cells without blanks around them."""
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error:
            raise MalformedFile(_BAD_CSV.format(line=line), line=line) from None
        if record is None:
            return
        cells = [cell.strip() for cell in record]
        if any(cells):
            yield line, cells


def _columns(header: list[str], fields: Fields) -> list[str]:
    """Return the field of each column; raise `Invalid` naming every column that is not understood, by its place."""
    while not header[-1]:
        header.pop()
    columns: list[str] = []
    errors: list[FieldError] = []
    unknown: list[int] = []
    first: dict[str, int] = {}
    for number, name in enumerate(header, 1):
        field = fields.field(name)
        if field is None:
            unknown.append(number)
        elif field != SAYS_NOTHING and first.setdefault(field, number) != number:
            message = _SAME_COLUMN.format(first=first[field], number=number, field=field)
            errors.append(FieldError(code="duplicate_column", message=message))
        else:
            columns.append(field)
    if unknown:
        message = _UNKNOWN_COLUMNS.format(numbers=", ".join(map(str, unknown)), names=", ".join(fields.names))
        errors.append(FieldError(code="unknown_column", message=message))
    if errors:
        raise Invalid(errors=errors)
    return columns


def _array_rows(content: bytes, fields: Fields) -> Iterator[Row]:
    # Object by object: all of a large file as Python objects would be many times its size.
    text = content.decode("utf-8-sig")
    at = _past("[", text, _skip_blanks(text, 0))
    if not text.startswith("]", at):
        for number in count(1):
            try:
                found, at = _DECODER.raw_decode(text, at)
            except _NOT_JSON:
                raise _bad_json(text, at) from None
            if not isinstance(found, dict):
                raise _bad_json(text, at)
            yield _row(number, found, fields)
            at = _skip_blanks(text, at)
            if text.startswith("]", at):
                break
            at = _past(",", text, at)
    if _past("]", text, at) != len(text):
        raise _bad_json(text, at)


def _past(mark: str, text: str, at: int) -> int:
    """Step over a mark that must be here, and the blanks after it."""
    if not text.startswith(mark, at):
        raise _bad_json(text, at)
    return _skip_blanks(text, at + 1)


def _skip_blanks(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return at if blanks is None else blanks.end()


def _bad_json(text: str, at: int) -> MalformedFile:
    line = text.count("\n", 0, at) + 1
    return MalformedFile(_BAD_JSON.format(line=line), line=line)


def _ndjson_rows(content: bytes, fields: Fields) -> Iterator[Row]:
    stream = io.BytesIO(content.removeprefix(_BOM))
    for line, raw in enumerate(iter(lambda: stream.readline(LINE_BYTES_MAX), b""), 1):
        if raw.strip():
            try:
                found = _DECODER.decode(raw.decode().strip(" \t\r\n")) if len(raw) < LINE_BYTES_MAX else None
            except UnicodeDecodeError:
                raise
            except _NOT_JSON:
                found = None
            if not isinstance(found, dict):
                raise MalformedFile(_BAD_JSON.format(line=line), line=line)
            yield _row(line, found, fields)


class _SameKeyError(ValueError):
    """A key twice in one object: readers disagree about what it means (RFC 7493, section 2.3)."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _SameKeyError
    return members


def _number(spelling: str) -> Decimal:
    try:
        return Decimal(spelling)
    except InvalidOperation:  # NaN itself, or an exponent beyond all bounds
        return Decimal("NaN")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_number, parse_int=_number, parse_constant=lambda _name: Decimal("NaN")
)
_NOT_JSON = (ValueError, RecursionError)


def _row(number: int, members: Mapping[str, Any], fields: Fields) -> Row:
    cells: dict[str, Cell] = {}
    faults: list[Fault] = []
    for name, value in members.items():
        field = fields.field(name)
        if field is None:
            faults.append(Fault("unknown_field", None, _UNKNOWN_MEMBER.format(names=", ".join(fields.names))))
        elif field in cells:
            faults.append(Fault("duplicate_field", field, _SAME_MEMBER))
        elif field != SAYS_NOTHING:
            cell = _cell(value)
            cells[field] = "" if cell is None else cell
            if cell is None:
                faults.append(Fault("wrong_type", field, _NOT_PLAIN))
    return Row(number, cells, faults)


def _cell(value: Any) -> Cell | None:
    """Return a JSON value as a cell; None for what no cell of a table could hold."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value.strip()
        case Decimal():
            return value
        case list() if all(isinstance(item, str) for item in value):
            return "|".join(value)
    return None
