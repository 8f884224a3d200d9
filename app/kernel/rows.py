"""Rows of a file as the importing side sees them, whatever the file's format.

Hides that real files name one field in many ways. How bytes become rows is in `row_files`.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from app.kernel.messages import Text
from app.kernel.problem import Problem

Cell = str | Decimal
SAYS_NOTHING = ""
# Nobody knows a column of a longer name; and what is sent is not to be kept whatever its length.
_NAME_LENGTH_MAX = 200
_ASIDE = re.compile(r"\([^()]*\)")


class MalformedFile(Problem):
    """The file breaks off from what its media type promises; `line` says where."""

    code, status = "malformed_file", 400
    title = Text(en="Malformed file", id="Berkas cacat")
    help = Text(
        en="The file is not what its Content-Type says, from the line in `line` on. Correct it and send it again.",
        id="Berkas tidak sesuai dengan Content-Type-nya, mulai baris di `line`. Perbaiki lalu kirim lagi.",
    )


class Fault(NamedTuple):
    """What is wrong with a row, and at which field if at one."""

    code: str
    field: str | None
    message: Text


class Row(NamedTuple):
    """One row: the line it starts at (in a JSON array: its place, from 1) and its cells by field.

    A blank cell is empty text; a number of JSON is a Decimal, as exact as it was spelled. A row with faults is not to
    be read any further.
    """

    line: int
    cells: Mapping[str, Cell]
    faults: Sequence[Fault] = ()


class Fields:
    """The fields a file may have, and the other names that columns of real files give them.

    `names` maps each field to those names, separated by commas. Only letters and digits outside parentheses count, in
    any case: `Luas (km²)` is `luas`. Columns in `silent` are known to say nothing, such as a running number.
    """

    def __init__(self, names: Mapping[str, str], silent: str) -> None:
        self.names = names
        self._fields = {_plain(name): SAYS_NOTHING for name in silent.split(",")}
        for field, others in names.items():
            self._fields |= {_plain(name): field for name in (field, *others.split(","))}

    def field(self, name: str) -> str | None:
        """Return the field that a column of this name holds; None when nobody knows it."""
        return None if len(name) > _NAME_LENGTH_MAX else self._fields.get(_plain(name))


@lru_cache(maxsize=1000)
def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, _ASIDE.sub("", name.casefold())))
