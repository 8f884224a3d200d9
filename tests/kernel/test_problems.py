"""Every failure is a problem: in shape, in two languages, with a page, and without a word of what went wrong inside."""

import re
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from fastapi import APIRouter, FastAPI, Request
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from structlog.testing import capture_logs

import app.kernel.problems as tree
from app.kernel.constraints import constraint_problem
from app.kernel.failures import database_problem
from app.kernel.messages import Text, language_of
from app.kernel.problem import FieldError, Problem
from app.kernel.problem_docs import PROBLEM_SCHEMA, problems
from app.kernel.problem_pages import problem_pages
from app.kernel.problems import (
    Conflict,
    Forbidden,
    IllegalTransition,
    Invalid,
    NotFound,
    TimedOut,
    Unauthenticated,
    Unavailable,
    VersionMismatch,
)
from tests.kernel.doors import client_of, door, raw_request

KERNEL_PROBLEMS = [kind for kind in Problem.known.values() if kind.__module__ == tree.__name__]
WORDS = Text(en="A test.", id="Uji.")


class SeatTaken(Conflict):
    """A problem as a model would add it."""

    code = "test_seat_taken"
    title = WORDS
    help = WORDS


@pytest.fixture(scope="module", autouse=True)
def forget_test_problems() -> Iterator[None]:
    """Leave no problem behind that the service does not have."""
    yield
    del Problem.known[SeatTaken.code]


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


# The tree


def test_every_kernel_problem_is_drawn_in_the_docstring_with_its_status() -> None:
    drawn = dict(re.findall(r"─ (\w+) +(\d{3})", tree.__doc__ or ""))

    assert drawn == {kind.__name__: str(kind.status) for kind in KERNEL_PROBLEMS if kind is not Problem}


def test_a_code_is_defined_once() -> None:
    with pytest.raises(TypeError, match="needs a code"):
        type("Again", (Conflict,), {"code": "not_found"})
    with pytest.raises(TypeError, match="needs a code"):
        type("Nameless", (Conflict,), {})


@pytest.mark.parametrize("kind", KERNEL_PROBLEMS, ids=lambda kind: kind.code)
def test_every_problem_speaks_two_languages(kind: type[Problem]) -> None:
    assert re.fullmatch("[a-z_]+", kind.code)
    for text in (kind.title, kind.help):
        assert text.en
        assert text.id
        assert text.en != text.id


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


def test_headers_given_are_added_to_those_of_the_kind() -> None:
    assert Unavailable(headers={"X-Why": "drain"}).headers == {"Retry-After": "5", "X-Why": "drain"}
    assert "X-Why" not in Unavailable().headers


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


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("id", "id"),
        ("id-ID,id;q=0.9,en-US;q=0.8", "id"),
        ("in", "id"),
        ("en;q=0.5, ID;q=0.7", "id"),
        ("de, fr;q=0.9, id;q=0.1", "id"),
        ("id;q=0, en;q=0.1", "en"),
        ("id;q=0", "en"),
        ("*", "en"),
        ("id;q=2, id;q=x, id;level=1, ;;,=", "en"),
        ("," * 100_000 + "id", "en"),
    ],
)
def test_the_language_follows_the_header(header: str | None, language: str) -> None:
    assert language_of(header) == language


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


def postgres_error(state: str, constraint: str | None = None) -> asyncpg.PostgresError:
    fields = {"C": state, "M": "secret value", "S": "ERROR"} | ({"n": constraint} if constraint else {})
    error: asyncpg.PostgresError = asyncpg.PostgresError.new(fields)
    return error


def through_sqlalchemy(error: Exception) -> DBAPIError:
    translated = Exception("translated")
    translated.__cause__ = error
    return DBAPIError("SELECT 1", {}, translated)


def while_connecting(error: Exception | None) -> Exception:
    """Wrap an error as SQLAlchemy does where it makes a connection of its own accord."""
    adapted: Exception = AsyncAdapt_asyncpg_dbapi.Error("adapted")  # type: ignore[no-untyped-call]  # SQLAlchemy's
    adapted.__cause__ = error
    return adapted


@pytest.mark.parametrize(
    "wrap",
    [lambda error: error, through_sqlalchemy, while_connecting],
    ids=["driver", "sqlalchemy", "connecting"],
)
@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("57014", TimedOut),
        ("55P03", TimedOut),
        ("25P03", TimedOut),
        ("40P01", Unavailable),
        ("40001", Unavailable),
        ("53300", Unavailable),
        ("57P01", Unavailable),
        ("57P03", Unavailable),
        ("55000", Unavailable),
        ("3D000", Unavailable),
        ("28P01", Unavailable),
        ("08004", Unavailable),
        ("08006", Unavailable),
        ("08003", Unavailable),
        ("22021", Invalid),
        ("22P05", Invalid),
        ("42601", None),
        ("22003", None),
        ("23505", None),
        ("23502", None),
    ],
)
def test_sqlstates_have_a_meaning_or_are_bugs(wrap: Any, state: str, kind: type[Problem] | None) -> None:
    problem = database_problem(wrap(postgres_error(state)))

    assert type(problem) is (kind or type(None))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(), Unavailable),
        (OSError("Multiple exceptions: connect call failed"), Unavailable),
        (TimeoutError(), TimedOut),
        (PoolTimeoutError("QueuePool limit"), Unavailable),
        (StaleDataError(), VersionMismatch),
        (asyncpg.InterfaceError("connection is closed"), Unavailable),
        (through_sqlalchemy(asyncpg.InterfaceError("connection is closed")), Unavailable),
        (
            asyncpg.InterfaceError("cannot call Transaction.rollback(): the underlying connection is closed"),
            Unavailable,
        ),
        (asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"), Unavailable),
        (asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"), Unavailable),
        (while_connecting(ConnectionResetError("unexpected connection_lost() call")), Unavailable),
        (while_connecting(None), None),
        (asyncpg.InternalClientError("missing codec information"), None),
        (asyncpg.InterfaceError("another operation is in progress"), None),
        (asyncpg.DataError("value out of int64 range"), None),
        (ValueError("bug"), None),
    ],
)
def test_other_failures_of_the_database(error: Exception, kind: type[Problem] | None) -> None:
    assert type(database_problem(error)) is (kind or type(None))


@pytest.mark.parametrize("state", ["23505", "23503", "23514", "23P01"])
def test_a_violated_constraint_means_what_its_model_says(state: str) -> None:
    fault = FieldError(pointer="/region_code", code="invalid_reference", message=WORDS)
    constraint_problem("test_uq_seat", SeatTaken)
    constraint_problem("test_fk_region", fault)

    seat = database_problem(through_sqlalchemy(postgres_error(state, "test_uq_seat")))
    region = database_problem(postgres_error(state, "test_fk_region"))

    assert type(seat) is SeatTaken
    assert isinstance(region, Invalid)
    assert list(region.errors) == [fault]
    assert database_problem(postgres_error(state, "test_unheard_of")) is None


def test_a_constraint_has_one_meaning() -> None:
    constraint_problem("test_uq_twice", SeatTaken)
    constraint_problem("test_uq_twice", SeatTaken)

    with pytest.raises(TypeError, match="already"):
        constraint_problem("test_uq_twice", NotFound)


# Documentation


def test_problems_of_one_status_share_a_documented_response() -> None:
    documented = problems(SeatTaken, NotFound, IllegalTransition)

    assert documented.keys() == {404, 409}
    assert documented[409]["content"].keys() == {"application/problem+json"}
    content = documented[409]["content"]["application/problem+json"]
    assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert content["examples"].keys() == {"illegal_transition", "test_seat_taken"}
    assert "illegal_transition" in documented[409]["description"]
    assert "test_seat_taken" in documented[409]["description"]


@pytest.mark.parametrize("kind", KERNEL_PROBLEMS, ids=lambda kind: kind.code)
@pytest.mark.parametrize("accept", ["text/html,*/*", "*/*"])
async def test_every_type_leads_to_a_page_in_both_languages(kind: type[Problem], accept: str) -> None:
    async with client_of(door()) as client:
        response = await client.get(kind.path(), headers={"Accept": accept})

    assert response.status_code == 200
    assert response.headers["content-type"].split(";")[0] == ("text/html" if "html" in accept else "text/plain")
    assert kind.code in response.text
    assert "lang=" in response.text or "html" not in accept
    for language in (kind.help.en, kind.help.id):
        assert language.split("`")[0].split("'")[0] in response.text


async def test_the_page_of_no_problem_is_a_problem() -> None:
    async with client_of(door()) as client:
        every, none = await client.get("/problems"), await client.get("/problems/no-such-thing")

    assert all(kind.code in every.text for kind in KERNEL_PROBLEMS)
    assert (none.status_code, none.json()["code"]) == (404, "not_found")


def test_the_pages_are_not_part_of_the_contract() -> None:
    app = FastAPI()
    app.include_router(problem_pages)

    assert app.openapi()["paths"] == {}
