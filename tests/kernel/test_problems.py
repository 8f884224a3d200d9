"""Problems: one code each, in two languages, with a page, documented by status; constraints mean what models say."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

import app.kernel.problems as tree
from app.kernel.constraints import constraint_problem
from app.kernel.failures import database_problem
from app.kernel.messages import language_of
from app.kernel.problem import FieldError, Problem
from app.kernel.problem_docs import problems
from app.kernel.problem_pages import problem_pages
from app.kernel.problems import Conflict, IllegalTransition, Invalid, NotFound, Unavailable
from tests.kernel.database_errors import postgres_error, through_sqlalchemy
from tests.kernel.doors import WORDS, client_of, door

KERNEL_PROBLEMS = [kind for kind in Problem.known.values() if kind.__module__ == tree.__name__]


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


def test_headers_given_are_added_to_those_of_the_kind() -> None:
    assert Unavailable(headers={"X-Why": "drain"}).headers == {"Retry-After": "5", "X-Why": "drain"}
    assert "X-Why" not in Unavailable().headers


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
