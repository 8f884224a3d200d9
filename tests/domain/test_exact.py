"""Numbers are spelled in one way, and exactly."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.exact import plain


@pytest.mark.parametrize(
    ("number", "spelling"),
    [("1.50", "1.5"), ("15E-1", "1.5"), ("-0.0", "0"), ("1E+3", "1000"), ("100", "100"), ("-0.10", "-0.1")],
)
def test_a_decimal_has_one_spelling(number: str, spelling: str) -> None:
    assert plain(Decimal(number)) == plain(Fraction(number)) == spelling


@pytest.mark.parametrize(("number", "spelling"), [("1/3", "1/3"), ("-7/6", "-7/6"), ("4/2", "2"), ("1/8", "0.125")])
def test_what_has_no_decimal_stays_a_fraction(number: str, spelling: str) -> None:
    assert plain(Fraction(number)) == spelling


@given(st.fractions())
def test_nothing_is_lost(number: Fraction) -> None:
    assert Fraction(plain(number)) == number
