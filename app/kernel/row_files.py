"""Files of rows: CSV as offices write it, JSON arrays and NDJSON, read one row at a time.

Hides encoding, byte order mark, separator and quoting, and where a row stands. What a cell means is the business of
whoever asked for the rows.
"""

import csv
import io
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import NamedTuple

from fastapi import Request

from app.kernel.bodies import check_media_type, read_body
from app.kernel.formats import CSV, JSON, NDJSON
from app.kernel.messages import Text
from app.kernel.problem import ERRORS_LISTED, FieldError
from app.kernel.problems import Invalid
from app.kernel.row_json import array_rows, ndjson_rows
from app.kernel.rows import SAYS_NOTHING, Fault, Fields, MalformedFile, Row

_DELIMITERS = (";", ",", "\t")

_NOT_UTF8 = Text(
    en="Line {line} is not UTF-8. Save the file as “CSV UTF-8” and send it again.",
    id="Baris {line} bukan UTF-8. Simpan berkas sebagai “CSV UTF-8” lalu kirim lagi.",
)
_BAD_CSV = Text(
    en="From line {line} on, quotation marks do not pair up, or a cell is too long. Quote cells as RFC 4180 says.",
    id="Mulai baris {line}, tanda kutip tidak berpasangan atau isi sel terlalu panjang. Kutip sel sesuai RFC 4180.",
)
_EMPTY = Text(
    en="The file is empty. Its first line names the columns; the rows follow.",
    id="Berkas kosong. Baris pertama memuat nama kolom, lalu diikuti baris data.",
)
_UNKNOWN_COLUMN = Text(
    en="The name of column {number}, counted from the left, is not known. Remove it, or use one of: {names}.",
    id="Nama kolom {number}, dihitung dari kiri, tidak dikenal. Hapus, atau beri salah satu nama: {names}.",
)
_SAME_COLUMN = Text(
    en="Columns {first} and {number} are both `{field}`. Remove one of them.",
    id="Kolom {first} dan {number} sama-sama `{field}`. Hapus salah satunya.",
)
_CELL_COUNT = Text(
    en="The row has not as many cells as there are columns.",
    id="Jumlah sel pada baris ini tidak sama dengan jumlah kolom.",
)


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
    readers = {CSV: _csv_rows, JSON: array_rows, NDJSON: ndjson_rows}
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
    """Return the field of each column; raise `Invalid` pointing at every column that is not understood."""
    while not header[-1]:
        header.pop()
    if errors := list(islice(_column_faults(header, fields), ERRORS_LISTED)):
        raise Invalid(errors=errors)
    return [fields.field(name) or SAYS_NOTHING for name in header]


def _column_faults(header: list[str], fields: Fields) -> Iterator[FieldError]:
    first: dict[str, int] = {}
    for number, name in enumerate(header, 1):
        field = fields.field(name)
        if field is None:
            code, message = "unknown_column", _UNKNOWN_COLUMN.format(number=number, names=", ".join(fields.names))
        elif field != SAYS_NOTHING and first.setdefault(field, number) != number:
            code, message = "duplicate_column", _SAME_COLUMN.format(first=first[field], number=number, field=field)
        else:
            continue
        # As in the same table in JSON, an array of its lines; the name is whatever was sent, and is not repeated.
        yield FieldError(pointer=f"/0/{number - 1}", code=code, message=message)
