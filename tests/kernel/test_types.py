"""Single values: what each type takes and refuses, in a body and, where it is used there, in a query."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated, Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError, create_model

from app.kernel.bodies import Schema
from app.kernel.messages import explain
from app.kernel.types import (
    Code,
    Date,
    Decimal,
    Instant,
    Int32,
    Int64,
    LongText,
    Number,
    RegionCode,
    Rupiah,
    Score,
    ShortText,
    Url,
    Uuid,
    Year,
)

ID = "0190a6b2-5c1e-7abc-8def-0123456789ab"


def holding(kind: Any) -> Any:
    """Make a schema with one field."""
    return create_model("One", __base__=Schema, value=(kind, ...))


def read(kind: Any, raw: str) -> Any:
    """Read one value of a body from its JSON."""
    return holding(kind).model_validate_json(f'{{"value":{raw}}}').value


def refused(kind: Any, raw: str) -> str:
    """Return the code with which a value is refused."""
    with pytest.raises(ValidationError) as caught:
        read(kind, raw)
    (error,) = caught.value.errors()
    return explain(error)[0]


def described(kind: Any) -> Any:
    return holding(kind).model_json_schema()["properties"]["value"]


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (ShortText, '"Kota Bandung"', "Kota Bandung"),
        (ShortText, '"  spaced  "', "  spaced  "),
        (ShortText, '"😀"', "😀"),
        (ShortText, json.dumps("é" * 200), "é" * 200),
        (LongText, r'"a\tb\r\nc"', "a\tb\r\nc"),
        (LongText, json.dumps("x" * 5000), "x" * 5000),
        (Code, '"fiscal_capacity_index"', "fiscal_capacity_index"),
        (Code, '"national-priorities"', "national-priorities"),
        (Code, '"2018"', "2018"),
        (RegionCode, '"32"', "32"),
        (RegionCode, '"32.73"', "32.73"),
        (Int32, "-2147483648", -(2**31)),
        (Int64, "9223372036854775807", 2**63 - 1),
        (Rupiah, "1000000000000000", 10**15),
        (Year, "1945", 1945),
        (Date, '"2018-05-15"', date(2018, 5, 15)),
        (Date, '"2020-02-29"', date(2020, 2, 29)),
        (Instant, '"2018-05-15T09:00:00+07:00"', datetime(2018, 5, 15, 2, tzinfo=UTC)),
        (Instant, '"2018-05-15T09:00:00.123456Z"', datetime(2018, 5, 15, 9, 0, 0, 123456, tzinfo=UTC)),
        (Instant, '"1900-01-01T00:00:00+23:59"', datetime(1899, 12, 31, 0, 1, tzinfo=UTC)),
        (Uuid, f'"{ID}"', UUID(ID)),
        (Uuid, f'"{ID.upper()}"', UUID(ID)),
        (Url, '"https://jdih.example.go.id:8443/a/b?c=d%20e#f"', "https://jdih.example.go.id:8443/a/b?c=d%20e#f"),
        (Url, '"http://x"', "http://x"),
    ],
)
def test_taken(kind: Any, raw: str, value: Any) -> None:
    assert read(kind, raw) == value


@pytest.mark.parametrize(
    ("kind", "raw", "code"),
    [
        (ShortText, '""', "too_short"),
        (ShortText, '"   "', "too_short"),
        (ShortText, r'"\u00a0"', "too_short"),
        (ShortText, json.dumps("x" * 201), "too_long"),
        (ShortText, r'"\u0000"', "control_character"),
        (ShortText, r'"a\nb"', "control_character"),
        (ShortText, r'"a\u007f"', "control_character"),
        (ShortText, r'"a\u0085b"', "control_character"),
        (ShortText, "1", "wrong_type"),
        (LongText, r'"\n\t"', "too_short"),
        (LongText, r'"a\u0000"', "control_character"),
        (LongText, r'"a\u001b[31m"', "control_character"),
        (LongText, json.dumps("x" * 5001), "too_long"),
        (Code, '"Fiscal"', "invalid_format"),
        (Code, '"a--b"', "invalid_format"),
        (Code, '"a\\n"', "control_character"),
        (Code, '"é"', "invalid_format"),
        (Code, json.dumps("x" * 65), "too_long"),
        (RegionCode, '"3"', "invalid_format"),
        (RegionCode, '"32.7"', "invalid_format"),
        (RegionCode, '"32x73"', "invalid_format"),
        (RegionCode, r'"\u0663\u0662"', "invalid_format"),
        (RegionCode, '"32.73 "', "too_long"),
        (RegionCode, "32.73", "wrong_type"),
        (Int32, "2147483648", "out_of_range"),
        (Int64, "9223372036854775808", "out_of_range"),
        (Rupiah, "-1", "out_of_range"),
        (Rupiah, "1000000000000001", "out_of_range"),
        (Year, "1944", "out_of_range"),
        (Year, '"2018"', "wrong_type"),
        (Decimal, '"0.1"', "wrong_type"),
        (Decimal, "true", "wrong_type"),
        (Decimal, "null", "wrong_type"),
        (Decimal, "[]", "wrong_type"),
        (Decimal, "1000000000000001", "out_of_range"),
        (Score, "-0.5", "out_of_range"),
        (Date, '"2018-5-15"', "invalid_format"),
        (Date, '"2019-02-29"', "invalid_format"),
        (Date, '"20180515"', "invalid_format"),
        (Date, '"2018-W20-2"', "invalid_format"),
        (Date, '"2018-05-15T00:00:00Z"', "invalid_format"),
        (Date, '"2018-05-15\\n"', "invalid_format"),
        (Date, r'"\u0662018-05-15"', "invalid_format"),
        (Date, '"1526342400"', "invalid_format"),
        (Date, "1526342400", "wrong_type"),
        (Date, '"0001-01-01"', "out_of_range"),
        (Date, '"9999-12-31"', "out_of_range"),
        (Instant, '"2020-01-01T00:00:00"', "invalid_format"),
        (Instant, '"2020-01-01 00:00:00Z"', "invalid_format"),
        (Instant, '"2020-01-01t00:00:00z"', "invalid_format"),
        (Instant, '"2020-01-01T00:00Z"', "invalid_format"),
        (Instant, '"2020-01-01T24:00:00Z"', "invalid_format"),
        (Instant, '"2020-01-01T00:00:60Z"', "invalid_format"),
        (Instant, '"2020-01-01T00:00:00+24:00"', "invalid_format"),
        (Instant, '"2020-01-01"', "invalid_format"),
        (Instant, '"1577836800"', "invalid_format"),
        (Instant, "1577836800", "wrong_type"),
        (Instant, '"0001-01-01T00:00:00+23:00"', "out_of_range"),
        (Instant, '"9999-12-31T23:59:59-23:00"', "out_of_range"),
        (Uuid, f'"urn:uuid:{ID}"', "invalid_format"),
        (Uuid, f'"{{{ID}}}"', "invalid_format"),
        (Uuid, f'"{ID.replace("-", "")}"', "invalid_format"),
        (Uuid, f'"{ID}\\n"', "invalid_format"),
        (Uuid, "1", "wrong_type"),
        (Url, '"ftp://x/y"', "invalid_format"),
        (Url, '"javascript:alert(1)"', "invalid_format"),
        (Url, '"https://user:password@x/y"', "invalid_format"),
        (Url, '"https://x\\\\@evil.example"', "invalid_format"),
        (Url, '"https://x@evil.example"', "invalid_format"),
        (Url, '"https:///path"', "invalid_format"),
        (Url, '"//x/y"', "invalid_format"),
        (Url, '"https://x/a b"', "invalid_format"),
        (Url, '"https://x/<script>"', "invalid_format"),
        (Url, r'"https://x/a\r\nSet-Cookie:"', "control_character"),
        (Url, json.dumps("https://x/" + "a" * 2000), "too_long"),
    ],
)
def test_refused(kind: Any, raw: str, code: str) -> None:
    assert refused(kind, raw) == code


DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
OFFSETS = st.integers(-24 * 60 + 1, 24 * 60 - 1).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(day=DAYS, time=st.times(), zone=OFFSETS)
@settings(max_examples=60)
def test_every_instant_of_the_span_is_taken_and_told_in_utc(day: date, time: time, zone: timezone) -> None:
    instant = datetime.combine(day, time, zone)

    taken = read(Instant, f'"{instant.isoformat()}"')

    assert taken == instant
    assert taken.tzinfo is UTC


@given(value=DAYS)
@settings(max_examples=30)
def test_every_date_of_the_span_is_taken(value: date) -> None:
    assert read(Date, f'"{value}"') == value


@given(text=st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=200))
@settings(max_examples=60)
def test_every_storable_line_that_is_not_blank_is_taken(text: str) -> None:
    if text.strip():
        assert read(ShortText, json.dumps(text)) == text
        assert read(LongText, json.dumps(text)) == text
    else:
        assert refused(ShortText, json.dumps(text)) == "too_short"


def test_bounds_stand_in_the_contract() -> None:
    assert described(ShortText).keys() >= {"minLength", "maxLength", "pattern"}
    assert described(Int32) == {"title": "Value", "type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}
    assert described(Score) == {"title": "Value", "type": "number", "minimum": 0.0, "maximum": 100.0}
    assert described(Number) == {"title": "Value", "type": "number"}
    assert described(Date)["format"] == "date"
    assert described(Instant)["format"] == "date-time"
    assert described(Uuid)["format"] == "uuid"


def test_bounds_of_text_and_integers_can_be_narrowed() -> None:
    slug = Annotated[ShortText, Field(max_length=5, pattern="^[a-z]+$")]
    seats = Annotated[Int32, Field(ge=1, le=600)]

    assert (refused(slug, '"a b"'), refused(slug, '"abcdef"'), read(slug, '"abc"')) == (
        "invalid_format",
        "too_long",
        "abc",
    )
    assert (refused(seats, "0"), read(seats, "600")) == ("out_of_range", 600)
    assert (described(slug)["pattern"], described(slug)["maxLength"]) == ("^[a-z]+$", 5)
    assert (described(seats)["minimum"], described(seats)["maximum"]) == (1, 600)


def test_decimals_are_numbers_on_their_way_out() -> None:
    assert holding(Decimal).model_validate_json('{"value":0.1}').model_dump_json() == '{"value":0.1}'
