"""Bodies: read with a cap and as one type alone, answered in the reader's language without an echo, and described."""

import gzip
import json
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request

from app.kernel import bodies
from app.kernel.bodies import Schema, accepts, body_schemas, json_body
from tests.kernel.bodies import MethodBody, MethodPatch
from tests.kernel.doors import client_of, door, raw_request

CAP = 2_000


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
