"""Filters of lists, by what they compare. Each takes the parameter's name, which is the filter's own."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Integer, String, bindparam, func, or_
from sqlalchemy.dialects.postgresql import ARRAY

Condition = ColumnElement[bool]
Filter = Callable[[str], Condition]


def _value(name: str, column: ColumnElement[Any]) -> BindParameter[Any]:
    # A number that the column could not hold compares as well as any other; bound as the column's own type it would
    # be refused by the driver.
    return bindparam(name, type_=BigInteger() if isinstance(column.type, Integer) else column.type)


def equals(column: ColumnElement[Any]) -> Filter:
    """`field=value`."""
    return lambda name: column == _value(name, column)


def one_of(column: ColumnElement[Any]) -> Filter:
    """`field_in=a,b`."""
    return lambda name: column == func.any(bindparam(name, type_=ARRAY(column.type)))


def at_least(column: ColumnElement[Any]) -> Filter:
    """`field_gte=value`."""
    return lambda name: column >= _value(name, column)


def below(column: ColumnElement[Any]) -> Filter:
    """`field_lt=value`."""
    return lambda name: column < _value(name, column)


def contains(*columns: ColumnElement[Any]) -> Filter:
    """`q=text`: any of the columns contains the text, whatever the case; an array matches by any element."""

    def condition(name: str) -> Condition:
        pattern = func.concat("%", bindparam(name, type_=Pattern), "%")
        texts = [func.array_to_string(column, "\n") if isinstance(column.type, ARRAY) else column for column in columns]
        return or_(*(text.ilike(pattern) for text in texts))

    return condition


class Pattern(String):
    """Text bound into LIKE, where its wildcards mean themselves."""

    inherit_cache = True
