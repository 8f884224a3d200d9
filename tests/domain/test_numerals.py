"""Numbers of ministry files: read exactly in the column's style, refused where the style cannot be told."""

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.numerals import MOST_DIGITS, NumeralError, Style, detect_style, parse

STYLES: tuple[Style, ...] = get_args(Style)
NUMBERS = st.decimals(-(10**15), 10**15, places=4) | st.integers(-(10**15), 10**15).map(Decimal)


def written(number: Decimal, style: Style, *, grouped: bool) -> str:
    """Write a number by Python's own formatting, the two separators swapped for a decimal comma."""
    text = format(number, ",f" if grouped else "f")
    return text.translate(str.maketrans(",.", ".,")) if style == "comma" else text


@pytest.mark.parametrize(
    ("text", "style", "number"),
    [
        ("3,48", "comma", "3.48"),
        ("1.234.567", "comma", "1234567"),
        ("1.234.567,89", "comma", "1234567.89"),
        ("1.234", "comma", "1234"),
        ("1.234", "point", "1.234"),
        ("1,234", "point", "1234"),
        ("3.48", "point", "3.48"),
        ("1234", "comma", "1234"),
        ("0,5", "comma", "0.5"),
        ("0.125", "point", "0.125"),
        ("-12,5", "comma", "-12.5"),
        ("\N{MINUS SIGN}12,5", "comma", "-12.5"),
        ("\N{EN DASH}12,5", "comma", "-12.5"),
        ("+12,5", "comma", "12.5"),
        ("\N{NO-BREAK SPACE} 3,48\N{NARROW NO-BREAK SPACE}", "comma", "3.48"),
        ("007", "comma", "7"),
    ],
)
def test_a_numeral_is_read_in_its_style(text: str, style: Style, number: str) -> None:
    assert parse(text, style) == Decimal(number)


@given(NUMBERS, st.sampled_from(STYLES), st.booleans())
def test_what_is_written_in_a_style_is_read_back_exactly(number: Decimal, style: Style, grouped: bool) -> None:
    assert parse(written(number, style, grouped=grouped), style) == number


@given(st.lists(NUMBERS, max_size=8), st.sampled_from(STYLES), st.booleans())
def test_a_column_with_two_decimals_shows_its_style(numbers: list[Decimal], style: Style, grouped: bool) -> None:
    cells = [written(number, style, grouped=grouped) for number in [*numbers, Decimal("0.25")]]
    assert detect_style(cells) == style


@pytest.mark.parametrize(
    ("cells", "style"),
    [
        (["1.234", "3,5"], "comma"),
        (["1.234", "3.5"], "point"),
        (["1.234.567"], "comma"),
        (["1,234,567"], "point"),
        (["0.123"], "point"),
        (["1234,567"], "comma"),
        (["12,5 %", "1.234"], "comma"),
        (["12", "", "n/a", "1.2.3,"], "point"),
        ([], "point"),
    ],
)
def test_one_telling_cell_decides_a_column(cells: list[str], style: Style) -> None:
    assert detect_style(cells) == style


@pytest.mark.parametrize(
    ("cells", "code", "named"),
    [
        (["12", "1.234", "5.678"], "undecidable_decimal_style", "1.234"),
        (["1,234"], "undecidable_decimal_style", "1,234"),
        (["3,5", "3.5"], "mixed_decimal_styles", "3,5"),
        (["1.234.567", "1,234,567"], "mixed_decimal_styles", "1,234,567"),
    ],
)
def test_a_column_that_does_not_tell_is_refused_by_example(cells: list[str], code: str, named: str) -> None:
    with pytest.raises(NumeralError) as refused:
        detect_style(cells)
    assert refused.value.reason.code == code
    assert named in refused.value.reason.text_en
    assert named in refused.value.reason.text_id


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(".,"))
def test_a_lone_group_of_three_never_decides(head: int, tail: int, separator: str) -> None:
    with pytest.raises(NumeralError, match="undecidable_decimal_style"):
        detect_style([f"{head}{separator}{tail:03}"])


@pytest.mark.parametrize(
    ("text", "style", "code"),
    [
        ("", "comma", "not_a_number"),
        ("-", "comma", "not_a_number"),
        ("NaN", "point", "not_a_number"),
        ("inf", "point", "not_a_number"),
        ("1e5", "point", "not_a_number"),
        ("1_000", "point", "not_a_number"),
        ("١٢", "point", "not_a_number"),
        ("１２", "point", "not_a_number"),  # noqa: RUF001 - full-width digits are the point
        ("1 234", "comma", "not_a_number"),
        ("Rp 5", "comma", "not_a_number"),
        ("1.23.456", "comma", "not_a_number"),
        ("1.234,567.8", "comma", "not_a_number"),
        ("--5", "comma", "not_a_number"),
        ("5,", "comma", "not_a_number"),
        ("5\n6", "comma", "not_a_number"),
        ("1" * 10_000, "comma", "not_a_number"),
        ("3.48", "comma", "other_decimal_style"),
        ("0.123", "comma", "other_decimal_style"),
        ("3,48", "point", "other_decimal_style"),
        ("1.234.567", "point", "other_decimal_style"),
        ("12,5%", "comma", "percent_sign"),
        ("1" * (MOST_DIGITS + 1), "comma", "too_many_digits"),
        ("0," + "1" * (MOST_DIGITS + 1), "comma", "too_many_digits"),
    ],
)
def test_what_is_no_number_in_the_style_is_refused(text: str, style: Style, code: str) -> None:
    with pytest.raises(NumeralError) as refused:
        parse(text, style)
    assert refused.value.reason.code == code


def test_a_percent_sign_belongs_to_a_unit_in_percent() -> None:
    assert parse("12,5 %", "comma", percent=True) == Decimal("12.5")
    with pytest.raises(NumeralError, match="not_a_number"):
        parse("12,5%%", "comma", percent=True)


@given(st.text(max_size=80) | st.text("0123456789.,-+% ", max_size=80), st.sampled_from(STYLES), st.booleans())
def test_any_text_is_a_finite_number_or_refused(text: str, style: Style, percent: bool) -> None:
    try:
        assert parse(text, style, percent=percent).is_finite()
    except NumeralError as refused:
        assert refused.reason.text_en != refused.reason.text_id  # noqa: PT017 - either outcome is right
