"""Exact numbers: decimals come in and go out, fractions stand between.

A third has no decimal, and a rounding in the 34th digit could break a tie by chance. So everything that is compared or
summed is a `Fraction` of the decimals given, and is rounded once, on its way out. Python's ambient decimal context is
never used: whatever another library sets there changes no result.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

OUTPUT = Context(prec=34, rounding=ROUND_HALF_EVEN)
# The last step of every figure that is kept and shown: twelve decimal places. Nothing is compared after it.
_PLACES = Decimal(1).scaleb(-12)
_LARGEST_TOTAL = Context(prec=40)


def to_decimal(number: Fraction) -> Decimal:
    """Round to the nearest decimal of 34 significant digits, the precision of IEEE 754 decimal128."""
    return OUTPUT.divide(Decimal(number.numerator), Decimal(number.denominator))


def shown(number: Decimal) -> Decimal:
    """Round a figure to its last place, halves to the even."""
    return number.quantize(_PLACES, context=_LARGEST_TOTAL)


def plain(number: Decimal | Fraction) -> str:
    """One spelling per value, without exponent or idle zeros: 1.50, 15E-1 and 3/2 are all "1.5"; a third is "1/3"."""
    if isinstance(number, Fraction):
        decimal = to_decimal(number)
        if decimal != number:
            return str(number)
        number = decimal
    digits = format(number, "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits
