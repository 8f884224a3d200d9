"""Strict JSON: malformed is what not all readers take alike, the rest is exactly as written; faults are pointed at."""

import json
from decimal import Decimal as PlainDecimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.kernel.problems import Invalid, MalformedJson
from app.kernel.strict_json import MAX_DEPTH, MAX_VALUES, decode
from tests.kernel.bodies import Anything, Criterion, MethodBody, faults_of


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"{",
        b'{"title":"x"} {}',
        b"{'title':'x'}",
        b'{"title":"x",}',
        b'\xef\xbb\xbf{"title":"x"}',
        '{"title":"x"}'.encode("utf-16"),
        b'{"title":"\xff"}',
        b'{"title":"\xed\xa0\x80"}',
        b'{"title":"a\nb"}',
        b'{"title":"x","title":"y"}',
        b'{"title":"x","names":{"a":"1","a":"1"}}',
        b'{"title":"x","\\u0074itle":"y"}',
        b'{"title":"x","share":NaN}',
        b'{"title":"x","share":-Infinity}',
        b'{"title":"x","share":1e999}',
        b'{"title":"x","share":1e-999}',
        b'{"title":"x","share":1e99999999999999999999}',
        b'{"title":"x","share":0.1000000000000000055511151231257827}',
        b'{"title":"x","share":' + b"1" * 5_000 + b"}",
        b'{"title":"x","share":01}',
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"[" * 200_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
    ids=lambda raw: ascii(raw[:40]),
)
def test_what_is_not_json_for_every_reader_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedJson):
        decode(MethodBody, raw)


def test_nesting_is_allowed_up_to_the_limit() -> None:
    deep = "[" * (MAX_DEPTH - 2) + "]" * (MAX_DEPTH - 2)

    for allowed in (f"[{deep}]", f"[{deep},{deep}]"):
        assert decode(Anything, f'{{"value":{allowed}}}'.encode()).value == json.loads(allowed)
    with pytest.raises(MalformedJson):
        decode(Anything, f'{{"value":[[{deep}]]}}'.encode())
    flat = "[],{}," * 100 + "0"
    assert decode(Anything, f'{{"value":[{flat}]}}'.encode()).value == json.loads(f"[{flat}]")


@pytest.mark.parametrize(
    "value",
    [[0] * MAX_VALUES, [[]] * MAX_VALUES, [[0, 0]] * (MAX_VALUES // 3 + 1), dict.fromkeys(map(str, range(MAX_VALUES)))],
    ids=["items", "empty", "nested", "members"],
)
def test_there_is_a_limit_to_how_much_is_in_a_body(value: Any) -> None:
    with pytest.raises(MalformedJson) as refused:
        decode(Anything, json.dumps({"value": value}).encode())
    assert str(MAX_VALUES) in refused.value.detail.en


def test_what_is_within_that_limit_is_read() -> None:
    for value in ([0] * (MAX_VALUES - 1), "a, b; [c] {d}, " * MAX_VALUES):
        assert decode(Anything, json.dumps({"value": value}).encode()).value == value
    with pytest.raises(Invalid):
        decode(Anything, json.dumps("," * MAX_VALUES * 2).encode())


def test_of_what_is_wrong_in_thousands_of_places_only_that_is_told() -> None:
    few, many = ({"title": "x"} | {f"unknown{number}": 0 for number in range(count)} for count in (1_000, 1_001))

    with pytest.raises(Invalid) as named:
        decode(MethodBody, json.dumps(few).encode())
    assert {error.pointer for error in named.value.errors} <= {f"/{name}" for name in few}
    with pytest.raises(Invalid) as told:
        decode(MethodBody, json.dumps(many).encode())
    assert [(error.pointer, error.code) for error in told.value.errors] == [("", "too_many_faults")]


JSON_NUMBERS = st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | JSON_NUMBERS | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=JSON_VALUES, ascii_only=st.booleans())
@example(value=[1e300, -0.0, 5e-324, {"": {"/": "~"}}], ascii_only=True)
@settings(max_examples=60)
def test_every_json_document_is_read_as_it_is(value: Any, *, ascii_only: bool) -> None:
    raw = json.dumps({"value": value}, ensure_ascii=ascii_only).encode()

    assert as_written(decode(Anything, raw).value) == as_written(value)


def as_written(value: Any) -> Any:
    """Make every number the decimal that its spelling says: 1e300 is 10**300, not the double next to it."""
    if isinstance(value, dict):
        return {key: as_written(child) for key, child in value.items()}
    if isinstance(value, list):
        return list(map(as_written, value))
    return PlainDecimal(repr(value)) if type(value) in {int, float} else value


@given(
    digits=st.integers(-(10**15) + 1, 10**15 - 1),
    places=st.integers(0, 15),
    spelling=st.sampled_from(["{:f}", "{:e}", "{}"]),
)
@settings(max_examples=60)
def test_a_decimal_is_exactly_what_was_written(digits: int, places: int, spelling: str) -> None:
    written = PlainDecimal(digits).scaleb(-places)

    read = decode(Criterion, f'{{"code":"a","weight":{spelling.format(written)}}}'.encode())

    assert read.weight == written
    assert json.loads(read.model_dump_json())["weight"] == float(written)


@pytest.mark.parametrize("spelling", ["66.0", "66", "6.6e1", "660E-1"])
def test_a_whole_number_is_an_integer_however_spelled(spelling: str) -> None:
    assert decode(MethodBody, f'{{"title":"x","draws":{spelling}}}'.encode()).draws == 66


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        ("[]", [("", "wrong_type")]),
        ("null", [("", "wrong_type")]),
        ("{}", [("/title", "required")]),
        ('{"title":1}', [("/title", "wrong_type")]),
        ('{"title":" "}', [("/title", "too_short")]),
        ('{"title":""}', [("/title", "too_short")]),
        ('{"title":"x","zz":1}', [("/zz", "unknown_field")]),
        ('{"title":"x","id":1,"version":2}', [("/id", "unknown_field"), ("/version", "unknown_field")]),
        ('{"title":"x","a/b~c":1}', [("/a~1b~0c", "unknown_field")]),
        (json.dumps({"title": "x" * 201}), [("/title", "too_long")]),
        (r'{"title":"a\u0000b"}', [("/title", "control_character")]),
        (r'{"title":"a\nb"}', [("/title", "control_character")]),
        (r'{"title":"x","note":"a\tb\r\nc\u0007"}', [("/note", "control_character")]),
        (r'{"title":"x","note":"\n\n"}', [("/note", "too_short")]),
        (r'{"title":"a\ud800"}', [("/title", "control_character")]),
        (r'{"title":"x","criteria":[{"code":"\udc00"}]}', [("/criteria/0/code", "control_character")]),
        (r'{"title":"x","names":{"\ud800":"y"}}', [("/names", "control_character")]),
        ('{"title":"x","open":"yes"}', [("/open", "wrong_type")]),
        ('{"title":"x","open":1}', [("/open", "wrong_type")]),
        ('{"title":"x","draws":"12"}', [("/draws", "wrong_type")]),
        ('{"title":"x","draws":true}', [("/draws", "wrong_type")]),
        ('{"title":"x","draws":66.5}', [("/draws", "wrong_type")]),
        ('{"title":"x","draws":null}', [("/draws", "wrong_type")]),
        ('{"title":"x","draws":10000000000000000000000}', [("/draws", "out_of_range")]),
        ('{"title":"x","draws":1e300}', [("/draws", "out_of_range")]),
        ('{"title":"x","share":"0.1"}', [("/share", "wrong_type")]),
        ('{"title":"x","share":true}', [("/share", "wrong_type")]),
        ('{"title":"x","share":1e30}', [("/share", "out_of_range")]),
        ('{"title":"x","criteria":{}}', [("/criteria", "wrong_type")]),
        (
            '{"title":"x","criteria":[{"code":"a","weight":1},{"code":"b"},{"code":"c","weight":"1"}]}',
            [("/criteria/1/weight", "required"), ("/criteria/2/weight", "wrong_type")],
        ),
        ('{"title":"x","rules":[{"rule":"at_least","seats":"1"}]}', [("/rules/0/seats", "wrong_type")]),
        ('{"title":"x","rules":[{"rule":"at_least"}]}', [("/rules/0/seats", "required")]),
        ('{"title":"x","rules":[{"rule":"exactly"}]}', [("/rules/0/rule", "invalid_choice")]),
        ('{"title":"x","rules":[{"seats":1}]}', [("/rules/0/rule", "required")]),
        ('{"title":"x","either":"y"}', [("/either", "wrong_type"), ("/either", "wrong_type")]),
        ('{"title":"x","names":{"a":1}}', [("/names/a", "wrong_type")]),
    ],
)
def test_faults_are_pointed_at(raw: str, faults: list[tuple[str, str]]) -> None:
    assert faults_of(MethodBody, raw) == faults
