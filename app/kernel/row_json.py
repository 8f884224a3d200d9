"""Rows from JSON: one array of objects, or (NDJSON) one object to a line.

Hides what JSON leaves open: a key twice, NaN, numbers that no double can hold, and values that no cell could.
"""

import io
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import count
from typing import Any

from app.kernel.messages import Text
from app.kernel.rows import SAYS_NOTHING, Cell, Fault, Fields, MalformedFile, Row

LINE_BYTES_MAX = 1 << 20  # of one NDJSON object
_BOM = b"\xef\xbb\xbf"
_BLANKS = re.compile(r"[ \t\r\n]*")
_BAD_JSON = Text(
    en="Line {line} is not what is expected: a JSON array of objects, or (NDJSON) one object to a line, no key twice.",
    id="Baris {line} tidak sesuai: satu larik objek JSON, atau (NDJSON) satu objek per baris, tanpa kunci ganda.",
)
_UNKNOWN_MEMBER = Text(
    en="The object has a member that is not known. Remove it, or name it one of: {names}.",
    id="Objek memuat anggota yang tidak dikenal. Hapus, atau beri salah satu nama: {names}.",
)
_SAME_MEMBER = Text(
    en="The object has this twice, under two names.", id="Objek memuat isian ini dua kali, dengan dua nama."
)
_NOT_PLAIN = Text(en="Must be text, a number or a list of texts.", id="Harus berupa teks, angka, atau daftar teks.")


def array_rows(content: bytes, fields: Fields) -> Iterator[Row]:
    """Yield the objects of one JSON array as rows, numbered from 1."""
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


def ndjson_rows(content: bytes, fields: Fields) -> Iterator[Row]:
    """Yield the objects of the lines as rows; blank lines are none."""
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
            return json.dumps(value) if value else ""  # as a table has it
    return None
