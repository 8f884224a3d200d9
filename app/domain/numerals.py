"""Numbers as Indonesian ministry files write them: `1.234.567,89`, `3,48`, and the plain `3.48` of other software.

A lone `1.234` is a thousand-odd in one style and one and a bit in the other, and no cell can tell which. So the style
is found once for a whole column (`detect_style`) or given by whoever sends the file, and then every cell is read in it
(`parse`). What cannot be decided is refused; nothing is guessed.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from app.domain.reasons import Reason, Wording

Style = Literal["comma", "point"]  # the decimal sign; the other of the two then divides thousands

MOST_DIGITS = 20  # on either side of the decimal sign; a rupiah amount has 16, a double printed in full 17
_LONGEST = 64  # characters of the longest text worth reading

# Digits are ASCII only: the digits of other scripts are no numerals here. Thousands are grouped throughout or not at
# all, and a grouped number does not start with 0.
_SHAPES: Mapping[Style, re.Pattern[str]] = {
    "comma": re.compile(r"([+-]?)([0-9]+|[1-9][0-9]{0,2}(?:[.][0-9]{3})+)(?:,([0-9]+))?"),
    "point": re.compile(r"([+-]?)([0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:[.]([0-9]+))?"),
}
_SIGNS: Mapping[Style, str] = {"comma": ",", "point": "."}
_MINUS = str.maketrans({"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-"})  # what word processors make of a hyphen
_SENTENCES: Mapping[str, Wording] = {
    "not_a_number": Wording(
        "This is not a number. Write digits with at most a sign, thousands separators and one decimal sign.",
        "Ini bukan angka. Tulis digit, paling banyak dengan tanda, pemisah ribuan, dan satu tanda desimal.",
    ),
    "other_decimal_style": Wording(
        "The column is read with decimal sign “{sign}”; this number is not written so. Use one style throughout.",
        "Kolom dibaca dengan tanda desimal “{sign}”; angka ini ditulis lain. Pakai satu gaya seluruhnya.",
    ),
    "percent_sign": Wording(
        "The unit is not percent. Remove the percent sign, or name a unit in percent.",
        "Satuannya bukan persen. Hapus tanda persen, atau sebutkan satuan dalam persen.",
    ),
    "too_many_digits": Wording(
        "The number has more than {most} digits before or after the decimal sign. Shorten it.",
        "Angka memiliki lebih dari {most} digit sebelum atau sesudah tanda desimal. Pendekkan.",
    ),
    "undecidable_decimal_style": Wording(
        "Nothing in the column tells whether {example} has decimals or thousands. Say how decimals are written: "
        "decimal=comma or decimal=point.",
        "Tidak ada petunjuk dalam kolom apakah {example} memuat desimal atau ribuan. Sebutkan penulisan desimalnya: "
        "decimal=comma atau decimal=point.",
    ),
    "mixed_decimal_styles": Wording(
        "{comma} is written with a decimal comma, {point} with a decimal point. Use one style throughout.",
        "{comma} ditulis dengan koma desimal, {point} dengan titik desimal. Pakai satu gaya seluruhnya.",
    ),
}


class NumeralError(ValueError):
    """A text that is no number, or a column whose style cannot be told; `reason` says it in both languages."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        sentence = _SENTENCES[code]
        self.reason = Reason(code, params, sentence.en.format(**params), sentence.id.format(**params))


def parse(text: str, style: Style, *, percent: bool = False) -> Decimal:
    """Read one number written in `style`, exactly.

    Outer spaces of every kind, a plus and a minus in any of its signs are understood; a percent sign only with
    `percent`, for a unit that is a percentage. Raises `NumeralError`: `not_a_number` (also for NaN, infinity, exponents
    and digits of other scripts), `other_decimal_style`, `percent_sign`, `too_many_digits`.
    """
    numeral = _bare(text)
    if numeral.endswith("%"):
        if not percent:
            raise NumeralError("percent_sign")
        numeral = numeral[:-1].rstrip()
    shape = _SHAPES[style].fullmatch(numeral)
    if shape is None:
        readable = any(other.fullmatch(numeral) for other in _SHAPES.values())
        raise NumeralError("other_decimal_style", sign=_SIGNS[style]) if readable else NumeralError("not_a_number")
    sign, whole, fraction = shape.groups(default="")
    digits = whole.replace(".", "").replace(",", "")
    if max(len(digits), len(fraction)) > MOST_DIGITS:
        raise NumeralError("too_many_digits", most=MOST_DIGITS)
    return Decimal(f"{sign}{digits}.{fraction}")


def detect_style(cells: Iterable[str]) -> Style:
    """Tell in which style a column is written; cells that are no number in either style tell nothing.

    A cell that only one style can read decides: `3,48` and `1.234.567` mean comma, `3.48` means point. A column
    without any separator is `point`, since both styles read it alike. Raises `NumeralError`:
    `undecidable_decimal_style` when all separators there are could be either (`1.234`), `mixed_decimal_styles` when
    cells contradict each other.
    """
    proofs: dict[str, str] = {}
    doubtful = ""
    for cell in cells:
        numeral = _bare(cell).removesuffix("%").rstrip()
        readers = [style for style, shape in _SHAPES.items() if shape.fullmatch(numeral)]
        if len(readers) == 1:
            proofs.setdefault(readers[0], numeral)
        elif readers and not doubtful and ("." in numeral or "," in numeral):
            doubtful = numeral
        if len(proofs) == len(_SHAPES):
            raise NumeralError("mixed_decimal_styles", **proofs)
    if doubtful and not proofs:
        raise NumeralError("undecidable_decimal_style", example=doubtful)
    return "comma" if "comma" in proofs else "point"


def _bare(text: str) -> str:
    """Strip spaces, also those that never break, and write every minus as a hyphen; a text too long becomes empty."""
    text = text.strip()
    return text.translate(_MINUS) if len(text) <= _LONGEST else ""
