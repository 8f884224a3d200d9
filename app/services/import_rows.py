"""What every import needs: rows read as the values of a schema, and the report of those that cannot be.

Hides the spellings of files: decimal commas, thousands, percent signs, lists, yes and no in two languages.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from app.domain.numerals import NumeralError, Style, parse
from app.domain.reasons import Reason
from app.kernel.bodies import Schema
from app.kernel.messages import WHOLE_NUMBER, Text, explain
from app.kernel.rows import Cell, Fault, Row

LINES_LISTED = 100
SIGNIFICANT_DIGITS = 15  # what a JSON number, a double, always keeps
SchemaT = TypeVar("SchemaT", bound=Schema)
Words = Mapping[str, Mapping[str, str]]
_REMEMBERED = 4_096
_MAGNITUDE = 30  # powers of ten that a number may be from 1: far beyond the schemas' bounds, and cheap to reckon with

# Columns that say nothing about the facts: running numbers, and the bookkeeping of a record that was exported.
SILENT = "no, nomor, no urut, nomor urut, id, import_id, created_at, updated_at, version"

_TRUTHS: Mapping[str, bool] = {"true": True, "ya": True, "yes": True, "false": False, "tidak": False, "no": False}
_PERCENT = re.compile(r"%|percent|persen", re.IGNORECASE)
_TEXTS = TypeAdapter(list[str])
_REQUIRED = Text(
    en="This is required. Fill it, send it as a query parameter if it is the same for all rows, or leave the row out.",
    id="Wajib diisi. Isilah, kirim sebagai parameter query bila sama untuk semua baris, atau hapus barisnya.",
)
_TOO_PRECISE = Text(
    en=f"At most {SIGNIFICANT_DIGITS} significant digits can be kept exactly. Round the number.",
    id=f"Paling banyak {SIGNIFICANT_DIGITS} angka penting dapat disimpan tepat. Bulatkan angkanya.",
)
_TOO_LARGE = Text(en="The number is too large or too small.", id="Angka terlalu besar atau terlalu kecil.")
_NO_LIST = Text(
    en='What begins with `[` must be a JSON array of texts, such as `["a", "b"]`. Correct it, or write `a|b`.',
    id='Isian yang diawali `[` harus berupa larik JSON berisi teks, seperti `["a", "b"]`. Perbaiki, atau tulis `a|b`.',
)


class RejectedRowError(Exception):
    """A row that cannot be taken in, with all that is wrong with it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults


def fault_of(reason: Reason, field: str) -> Fault:
    """Return a refusal of the domain as a fault of a field."""
    return Fault(reason.code, field, Text(en=reason.text_en, id=reason.text_id))


class Report:
    """Counts rows, and gathers the rejected ones by what is wrong with them."""

    def __init__(self) -> None:
        self.received = 0
        self.rejected = 0
        self._groups: dict[Fault, tuple[list[int], int]] = {}

    def reject(self, line: int, faults: Sequence[Fault]) -> None:
        """Note a row with these faults."""
        self.rejected += 1
        for fault in dict.fromkeys(faults):
            self._add(fault, [line], 1)

    def reject_many(self, fault: Fault, lines: Sequence[int], count: int) -> None:
        """Note `count` rows with the same fault; of their lines the first `LINES_LISTED` suffice."""
        if count:
            self.rejected += count
            self._add(fault, lines, count)

    def groups(self) -> list[dict[str, Any]]:
        """Return the groups as `RejectedRows`, their messages in both languages."""
        return [
            {"code": fault.code, "field": fault.field, "message": fault.message, "lines": lines, "count": count}
            for fault, (lines, count) in self._groups.items()
        ]

    def _add(self, fault: Fault, lines: Sequence[int], count: int) -> None:
        listed, counted = self._groups.get(fault, ([], 0))
        self._groups[fault] = [*listed, *lines][:LINES_LISTED], counted + count


class RowReader(Generic[SchemaT]):
    """Reads rows as a schema, cell by cell, by the types of its fields.

    `defaults` are cells for the fields that a row does not have; `words` are what files write for a choice, by field.
    """

    def __init__(self, schema: type[SchemaT], style: Style, defaults: Mapping[str, Cell], words: Words) -> None:
        self._schema = schema
        self._style = style
        self._defaults = defaults
        self._types = {name: info.annotation for name, info in schema.model_fields.items()}
        self._choices = {
            name: {choice.casefold(): choice for choice in get_args(kind)} | dict(words.get(name, {}))
            for name, kind in self._types.items()
            if get_origin(kind) is Literal
        }
        # Files say the same few things in most columns, row after row. Of text only: 11.1 and 11.10 are one number.
        self._read_text = lru_cache(_REMEMBERED)(self._read_cell)

    def cells(self, row: Row) -> dict[str, Cell]:
        """Return the cells of a row with those of the defaults; raise `RejectedRowError` for a row with faults."""
        if row.faults:
            raise RejectedRowError(*row.faults)
        return {**self._defaults, **row.cells}

    def read(self, cells: Mapping[str, Cell], stored: Mapping[str, Any] | None = None, *, unit: str = "") -> SchemaT:
        """Return the cells as the schema, completed with what is `stored` of the record; a blank cell is no value.

        Numbers may bear a percent sign when `unit` is a percentage. Raises `RejectedRowError`.
        """
        values = {name: value for name, value in (stored or {}).items() if name not in cells}
        faults: dict[str, Fault] = {}
        percent = _PERCENT.search(unit) is not None
        for field, cell in cells.items():
            if cell != "":
                try:
                    read = self._read_text if isinstance(cell, str) else self._read_cell
                    values[field] = read(field, cell, percent=percent)
                except RejectedRowError as error:
                    faults[field] = error.faults[0]
        try:
            found = self._schema.model_validate(values)
        except ValidationError as error:
            for item in error.errors(include_url=False):
                field = str(item["loc"][0])
                code, message = explain(item)
                faults.setdefault(field, Fault(code, field, _REQUIRED if code == "required" else message))
            raise RejectedRowError(*faults.values()) from None
        if faults:
            raise RejectedRowError(*faults.values())
        return found

    def _read_cell(self, field: str, cell: Cell, *, percent: bool) -> Any:
        kind = self._types[field]
        if kind is Decimal:
            return self._number(field, cell, percent=percent)
        if kind is int:
            number = self._number(field, cell, percent=False)
            if number != number.to_integral_value():
                raise RejectedRowError(Fault("wrong_type", field, WHOLE_NUMBER))
            return int(number)
        text = str(cell)
        if kind is bool:
            return _TRUTHS.get(text.casefold(), text)
        if get_origin(kind) is list:
            return _list(field, text)
        return self._choices.get(field, {}).get(text.casefold(), text)

    def _number(self, field: str, cell: Cell, *, percent: bool) -> Decimal:
        try:
            number = cell if isinstance(cell, Decimal) else parse(cell, self._style, percent=percent)
        except NumeralError as error:
            raise RejectedRowError(fault_of(error.reason, field)) from None
        if not number.is_finite():
            raise RejectedRowError(fault_of(NumeralError("not_a_number").reason, field))
        if number and abs(number.adjusted()) > _MAGNITUDE:
            raise RejectedRowError(Fault("out_of_range", field, _TOO_LARGE))
        if _significant_digits(number) > SIGNIFICANT_DIGITS:
            raise RejectedRowError(Fault("too_precise", field, _TOO_PRECISE))
        return number.normalize()  # exact, with so few digits; 66.90 and 66.9 are one value


def _list(field: str, text: str) -> list[str]:
    if not text.startswith("["):
        return [part for part in map(str.strip, text.split("|")) if part]
    try:
        return _TEXTS.validate_json(text)  # as exports write lists into a cell
    except ValidationError:
        raise RejectedRowError(Fault("invalid_format", field, _NO_LIST)) from None


def _significant_digits(number: Decimal) -> int:
    digits = number.as_tuple().digits
    # Zeros at the end of a number only say where its digits stand.
    return len(digits) if len(digits) <= SIGNIFICANT_DIGITS else len("".join(map(str, digits)).strip("0"))
