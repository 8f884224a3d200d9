"""Whatever fails is answered as a problem, for HEAD too, and without a word of what went wrong inside."""

import re
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request
from structlog.testing import capture_logs

from app.kernel.problem import FieldError
from app.kernel.problem_docs import PROBLEM_SCHEMA
from app.kernel.problems import Forbidden, IllegalTransition, Invalid, NotFound, Unauthenticated, VersionMismatch
from tests.kernel.doors import WORDS, client_of, door, raw_request


def things() -> APIRouter:
    router = APIRouter(prefix="/things")
    raised: dict[str, Exception] = {
        "absent": NotFound(),
        "forbidden": Forbidden(required_permission="things:write"),
        "anonymous": Unauthenticated(),
        "moved": IllegalTransition(allowed=["open"]),
        "stale": VersionMismatch(headers={"ETag": '"7"'}),
        "many": Invalid(errors=[FieldError(pointer=f"/{n}", code="x", message=WORDS) for n in range(150)]),
        "bug": RuntimeError("password=hunter2 in /srv/secret.py"),
        "gone": ConnectionRefusedError("connect 10.1.2.3 failed"),
    }

    @router.get("/{name}")
    async def read(name: str) -> str:
        if name in raised:
            raise raised[name]
        return "a thing"

    return router


def more_things() -> APIRouter:
    router = APIRouter()

    @router.patch("/things/{name}")
    @router.delete("/things/{name}")
    async def write(name: str) -> str:
        return name

    return router


@pytest.fixture
def app() -> FastAPI:
    return door(things(), more_things())


# The answer


async def test_a_problem_has_the_shape_of_rfc_9457(app: FastAPI) -> None:
    async with client_of(app) as client:
        response = await client.get("/v1/things/absent")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["vary"] == "Accept, Accept-Language"
    assert response.json() == {
        "type": "/problems/not-found",
        "title": NotFound.title.en,
        "status": 404,
        "code": "not_found",
        "detail": NotFound.help.en,
        "instance": "/v1/things/absent",
    }
    assert set(PROBLEM_SCHEMA["required"]) <= response.json().keys() <= PROBLEM_SCHEMA["properties"].keys()


async def test_a_problem_carries_its_members_and_headers(app: FastAPI) -> None:
    async with client_of(app) as client:
        forbidden, moved, stale, anonymous = [
            await client.get(f"/v1/things/{name}") for name in ("forbidden", "moved", "stale", "anonymous")
        ]

    assert forbidden.json()["required_permission"] == "things:write"
    assert moved.json()["allowed"] == ["open"]
    assert stale.headers["etag"] == '"7"'
    assert anonymous.headers["www-authenticate"] == "Bearer"


async def test_at_most_a_hundred_errors_are_listed(app: FastAPI) -> None:
    async with client_of(app) as client:
        response = await client.get("/v1/things/many")

    assert len(response.json()["errors"]) == 100


async def test_the_request_id_is_named_when_there_is_one(app: FastAPI) -> None:
    @app.middleware("http")
    async def name(request: Request, call_next: Any) -> Any:
        request.state.request_id = "abc"
        return await call_next(request)

    async with client_of(app) as client:
        response = await client.get("/v1/things/absent")

    assert response.json()["request_id"] == "abc"


async def test_title_and_detail_come_in_the_language_asked_for(app: FastAPI) -> None:
    async with client_of(app) as client:
        response = await client.get("/v1/things/absent", headers={"Accept-Language": "id"})

    assert response.headers["content-language"] == "id"
    assert response.json()["title"] == NotFound.title.id
    assert response.json()["detail"] == NotFound.help.id


# Routing


@pytest.mark.parametrize("path", ["/nothing", "/v1/things/one/", "/v1/things/one%2Ftwo", "/problems/"])
async def test_an_unknown_path_is_a_problem(app: FastAPI, path: str) -> None:
    async with client_of(app) as client:
        response = await client.get(path)

    assert (response.status_code, response.json()["code"]) == (404, "unknown_route")


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "TRACE", "BREW"])
async def test_405_names_every_method_of_the_path(app: FastAPI, method: str) -> None:
    async with client_of(app) as client:
        response = await client.request(method, "/v1/things/one")

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response.headers["allow"] == "DELETE, GET, HEAD, PATCH"


@pytest.mark.parametrize(
    "target",
    [
        b"/v1/things/%ff",
        b"/v1/things/%ED%A0%80",
        b"/v1/things/%",
        b"/v1/things/%4",
        b"/v1/things/one?a=%ff",
        b"/v1/x?%zz",
    ],
)
async def test_what_is_no_percent_encoded_utf8_is_400(app: FastAPI, target: bytes) -> None:
    sent = await raw_request(app, "GET", target)

    assert sent[0]["status"] == 400
    assert b'"code":"malformed_request"' in sent[1]["body"]


async def test_raw_bytes_in_a_query_are_400(app: FastAPI) -> None:
    sent = await raw_request(app, "GET", "/v1/things/one?a=é".encode())

    assert sent[0]["status"] == 400


async def test_a_control_character_in_a_path_is_404(app: FastAPI) -> None:
    async with client_of(app) as client:
        response = await client.get("/v1/things/a%00b")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert response.json()["instance"] == "/v1/things/a%00b"


# HEAD


@pytest.mark.parametrize(
    "path", [b"/v1/things/one", b"/v1/things/absent", b"/nowhere", b"/v1/things/%ff", b"/problems"]
)
async def test_head_answers_as_get_without_the_body(app: FastAPI, path: bytes) -> None:
    get = await raw_request(app, "GET", path)
    head = await raw_request(app, "HEAD", path)

    assert (head[0]["status"], head[0]["headers"]) == (get[0]["status"], get[0]["headers"])
    assert b"content-length" in dict(head[0]["headers"])
    assert b"".join(message["body"] for message in head[1:]) == b""
    # A server that saw GET here would wait for the promised body.
    assert {message["method"] for message in head} == {"HEAD"}


async def test_head_where_get_is_not_answers_405() -> None:
    router = APIRouter()
    router.post("/orders")(lambda: None)
    async with client_of(door(router)) as client:
        response = await client.head("/v1/orders")

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


# Bugs and a database in trouble


async def test_a_bug_is_logged_in_full_and_answered_bare(app: FastAPI) -> None:
    async with client_of(app) as client:
        with capture_logs() as logs:
            response = await client.get("/v1/things/bug")

    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert not re.search("hunter2|secret|RuntimeError|Traceback", response.text)
    assert [(entry["log_level"], str(entry["exc_info"])) for entry in logs] == [
        ("error", "password=hunter2 in /srv/secret.py")
    ]


async def test_a_lost_database_is_503_and_says_when_to_come_back(app: FastAPI) -> None:
    async with client_of(app) as client:
        with capture_logs() as logs:
            response = await client.get("/v1/things/gone")

    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert "10.1.2.3" not in response.text
    assert logs[0]["log_level"] == "warning"
