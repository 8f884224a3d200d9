"""Bodies: read with a cap, strict JSON, errors that point into the client's own document, patches that know absence."""

import gzip
import json
from decimal import Decimal as PlainDecimal
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import Field, JsonValue

from app.kernel import bodies
from app.kernel.bodies import Patch, Schema, accepts, body_schemas, json_body
from app.kernel.problems import Invalid, MalformedJson
from app.kernel.strict_json import MAX_DEPTH, MAX_VALUES, decode
from app.kernel.types import Decimal, Int32, LongText, ShortText
from tests.kernel.doors import client_of, door, raw_request

CAP = 2_000


class AtLeast(Schema):
    """One kind of rule."""

    rule: Literal["at_least"]
    seats: Int32


class AtMost(Schema):
    """Another kind of rule."""

    rule: Literal["at_most"]
    seats: Int32


class Criterion(Schema):
    """A part of a method."""

    code: ShortText
    weight: Decimal


class MethodBody(Schema):
    """A body with everything that makes pointers hard."""

    title: ShortText
    note: LongText | None = None
    open: bool = False
    draws: Int32 = 100
    share: Decimal = PlainDecimal("0.1")
    criteria: Annotated[tuple[Criterion, ...], Field(max_length=5)] = ()
    rules: tuple[Annotated[AtLeast | AtMost, Field(discriminator="rule")], ...] = ()
    either: Int32 | list[Int32] | None = None
    names: dict[str, ShortText] | None = None


class MethodPatch(Patch):
    """What may change."""

    title: ShortText
    note: LongText | None
    draws: Annotated[Int32, Field(ge=1)]
    open: bool = False
    criteria: list[Criterion]


class Anything(Schema):
    """Whatever JSON there is."""

    value: JsonValue


def methods() -> APIRouter:
    router = APIRouter()

    @router.post("/methods")
    async def create(
        request: Request, body: Annotated[MethodBody, Depends(json_body(MethodBody, max_bytes=CAP))]
    ) -> Any:
        assert request.state.body
        return body.model_dump(mode="json")

    @router.patch("/methods")
    async def update(patch: Annotated[MethodPatch, Depends(json_body(MethodPatch))]) -> Any:
        return patch.model_dump(include=patch.model_fields_set, mode="json")

    @router.delete("/methods")
    async def delete() -> None:
        return None

    return router


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return door(methods())


@pytest.fixture
def no_other_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the models of these tests and those of the service apart."""
    monkeypatch.setattr(bodies, "BODY_MODELS", {})


def faults_of(model: type[Schema], raw: str | bytes) -> list[tuple[str | None, str]]:
    with pytest.raises(Invalid) as caught:
        decode(model, raw.encode() if isinstance(raw, str) else raw)
    return [(error.pointer, error.code) for error in caught.value.errors]


# From the wire


async def test_a_good_body_arrives(app: FastAPI) -> None:
    body = {"title": "Kota cerdas 100%", "draws": 66.0, "criteria": [{"code": "a", "weight": 0.1}], "open": True}
    async with client_of(app) as client:
        response = await client.post("/v1/methods", json=body)

    assert response.status_code == 200
    assert response.json()["draws"] == 66
    assert response.json()["criteria"] == [{"code": "a", "weight": 0.1}]
    assert response.json()["share"] == 0.1


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON ;charset="UTF-8"',
        "application/json;profile=x",
    ],
)
async def test_content_types_taken(app: FastAPI, content_type: str) -> None:
    async with client_of(app) as client:
        response = await client.post("/v1/methods", content=b'{"title":"x"}', headers={"Content-Type": content_type})

    assert response.status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/vnd.x+json",
        "application/merge-patch+json",
        "application/json; charset=utf-16",
        "application/json, text/plain",
        "multipart/form-data; boundary=x",
    ],
)
async def test_content_types_refused(app: FastAPI, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    async with client_of(app) as client:
        response = await client.post("/v1/methods", content=b'{"title":"x"}', headers=headers)

    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
    assert response.headers["accept"] == "application/json"
    assert "application/json" in response.json()["detail"]


@pytest.mark.parametrize("content_type", ["application/json", "application/merge-patch+json"])
async def test_a_patch_is_taken_as_either_type(app: FastAPI, content_type: str) -> None:
    async with client_of(app) as client:
        response = await client.patch("/v1/methods", content=b'{"note":null}', headers={"Content-Type": content_type})

    assert response.json() == {"note": None}


@pytest.mark.parametrize("coding", ["gzip", "deflate, gzip", "br", "x"])
async def test_a_compressed_body_is_refused_with_the_reason(app: FastAPI, coding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    async with client_of(app) as client:
        response = await client.post("/v1/methods", content=gzip.compress(b'{"title":"x"}'), headers=headers)

    assert response.status_code == 415
    assert "Content-Encoding" in response.json()["detail"]
    assert response.headers["accept-encoding"] == "identity"


async def test_a_body_announced_too_long_is_not_read(app: FastAPI) -> None:
    length = (b"content-length", str(CAP + 1).encode())
    sent = await raw_request(app, "POST", b"/v1/methods", headers=[length])  # reading would fail: nothing is there

    assert sent[0]["status"] == 413
    assert json.loads(sent[1]["body"])["max_bytes"] == CAP


async def test_reading_stops_where_the_cap_is_passed(app: FastAPI) -> None:
    half = {"type": "http.request", "body": b" " * (CAP // 2), "more_body": True}
    sent = await raw_request(app, "POST", b"/v1/methods", half, half, half)  # a fourth would fail: there is none

    assert sent[0]["status"] == 413


async def test_a_body_of_exactly_the_cap_is_read(app: FastAPI) -> None:
    body = b'{"title":"x"}'.ljust(CAP)
    async with client_of(app) as client:
        response = await client.post("/v1/methods", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code == 200


async def test_a_sender_who_hangs_up_is_no_bug(app: FastAPI) -> None:
    sent = await raw_request(app, "POST", b"/v1/methods", {"type": "http.disconnect"})

    assert sent[0]["status"] == 400


async def test_a_body_nobody_asked_for_is_ignored(app: FastAPI) -> None:
    async with client_of(app) as client:
        response = await client.request("DELETE", "/v1/methods", content=b"\xff not json")

    assert response.status_code == 200


# JSON


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


# Pointers


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


@pytest.mark.parametrize("secret", ["hunter2-", "hunter2\\u0000", "hunter2\\ud800", "hunter2" * 60])
async def test_values_are_never_echoed(app: FastAPI, secret: str) -> None:
    raw = f'{{"title":["{secret}"],"open":"{secret}","criteria":[{{"code":"{secret}","weight":"{secret}"}}]}}'
    async with client_of(app) as client:
        response = await client.post("/v1/methods", content=raw, headers={"Content-Type": "application/json"})

    assert response.status_code == 422
    assert "hunter2" not in response.text


async def test_messages_come_in_indonesian(app: FastAPI) -> None:
    async with client_of(app) as client:
        response = await client.post("/v1/methods", json={"title": "x" * 201}, headers={"Accept-Language": "id"})

    assert response.json()["errors"] == [
        {"pointer": "/title", "code": "too_long", "message": "Paling banyak 200 karakter."}
    ]


async def test_a_key_that_utf8_cannot_hold_is_answered_in_utf8(app: FastAPI) -> None:
    raw = rb'{"title":"x","names":{"\ud800":{"a":"\udfff"}}}'
    async with client_of(app) as client:
        response = await client.post("/v1/methods", content=raw, headers={"Content-Type": "application/json"})

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/names"


# Patches


def test_a_patch_tells_absent_from_null() -> None:
    patch = decode(MethodPatch, b'{"note":null,"draws":3}')

    assert patch.changes() == {"note": None, "draws": 3}
    assert decode(MethodPatch, b"{}").changes() == {}


def test_null_clears_only_what_can_be_empty() -> None:
    assert faults_of(MethodPatch, '{"title":null,"draws":null,"note":null}') == [
        ("/title", "wrong_type"),
        ("/draws", "wrong_type"),
    ]


def test_a_patch_is_applied_to_a_record() -> None:
    record = SimpleNamespace(title="old", note="old", open=True, criteria=[])
    decode(MethodPatch, b'{"note":null,"criteria":[{"code":"a","weight":0.5}]}').apply(record)

    assert (record.title, record.note, record.open) == ("old", None, True)
    assert record.criteria == [{"code": "a", "weight": PlainDecimal("0.5")}]


def test_a_patch_is_as_strict_as_any_schema() -> None:
    assert faults_of(MethodPatch, '{"id":1,"draws":0,"criteria":[{"code":"a"}]}') == [
        ("/draws", "out_of_range"),
        ("/criteria/0/weight", "required"),
        ("/id", "unknown_field"),
    ]


# The contract


@pytest.mark.usefixtures("no_other_bodies")
def test_bodies_are_described() -> None:
    body = accepts(MethodBody)["requestBody"]
    patch = accepts(MethodPatch)["requestBody"]
    schemas = body_schemas()

    assert body["content"].keys() == {"application/json"}
    assert patch["content"].keys() == {"application/json", "application/merge-patch+json"}
    assert body["required"] is True
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/MethodBody"}
    assert {"MethodBody", "MethodPatch", "Criterion", "AtLeast", "AtMost"} <= schemas.keys()
    assert schemas["MethodBody"]["required"] == ["title"]
    assert schemas["MethodBody"]["additionalProperties"] is False
    share = schemas["MethodBody"]["properties"]["share"]
    assert (share["type"], share["default"], share["maximum"]) == ("number", 0.1, 1e15)
    assert "#/components/schemas/Criterion" in json.dumps(schemas["MethodBody"])


@pytest.mark.usefixtures("no_other_bodies")
def test_fields_of_a_patch_are_described_as_optional_but_not_as_nullable() -> None:
    accepts(MethodPatch)
    schema = body_schemas()["MethodPatch"]

    assert "required" not in schema
    assert schema["properties"]["title"]["type"] == "string"
    assert "default" not in schema["properties"]["title"]
    assert schema["properties"]["draws"]["minimum"] == 1
    assert {"type": "null"} in schema["properties"]["note"]["anyOf"]


@pytest.mark.usefixtures("no_other_bodies")
def test_two_models_of_one_name_are_refused() -> None:
    accepts(MethodBody)
    with pytest.raises(TypeError, match="MethodBody"):
        accepts(type("MethodBody", (Schema,), {"__module__": __name__}))
