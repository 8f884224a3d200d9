"""Query and path parameters: only what was declared, once, and in its plain spelling."""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi import Query as QueryParameter
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from app.kernel.queries import CommaList, Flag, Integer, Query, Search, check_query, like_escape, path_uuid
from app.kernel.types import Date, Instant, RegionCode, Uuid, Year
from tests.kernel.doors import client_of, door

ID = "0190a6b2-5c1e-7abc-8def-0123456789ab"


class Colour(StrEnum):
    """A choice."""

    RED = "red"
    BLUE = "blue"


class ThingQuery(Query):
    """One of everything."""

    limit: Annotated[Integer, Field(ge=1, le=200)] = 50
    size_gte: Integer | None = None
    year: Year | None = None
    open: Flag | None = None
    colour: Colour | None = None
    kind: Literal["a", "b"] | None = None
    kind_in: CommaList[Literal["a", "b"]] | None = None
    year_in: CommaList[Year] | None = None
    region: RegionCode | None = None
    since: Date | None = None
    at: Instant | None = None
    owner: Uuid | None = None
    q: Search | None = None


async def common(dry_run: Annotated[Flag, QueryParameter()] = False) -> bool:
    return dry_run


async def secret_switch(debug_switch: Annotated[str, QueryParameter(include_in_schema=False)] = "") -> str:
    return debug_switch


async def included(tenant: Annotated[str, QueryParameter()] = "none") -> str:
    return tenant


def things() -> APIRouter:
    router = APIRouter(prefix="/things")

    @router.get("")
    async def find(
        query: Annotated[ThingQuery, QueryParameter()],
        dry_run: Annotated[bool, Depends(common)],
        _switch: Annotated[str, Depends(secret_switch)],
    ) -> Any:
        return {"dry_run": dry_run, **query.model_dump(mode="json", exclude_unset=True)}

    @router.post("")
    async def create(dry_run: Annotated[bool, Depends(common)]) -> bool:
        return dry_run

    @router.get("/{thing}")
    async def one(thing: str) -> str:
        return str(path_uuid(thing))

    @router.get("/typed/{thing}")
    async def typed(thing: Uuid) -> UUID:
        return thing

    return router


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return door(things(), dependencies=[Depends(included)])


async def faults(app: FastAPI, query: str, path: str = "/v1/things") -> list[tuple[str, str]]:
    async with client_of(app) as client:
        response = await client.get(f"{path}?{query}")
    assert (response.status_code, response.json()["code"]) == (422, "validation_failed"), response.text
    return [(error["parameter"], error["code"]) for error in response.json()["errors"]]


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("", {}),
        ("limit=1", {"limit": 1}),
        ("size_gte=-9223372036854775808", {"size_gte": -(2**63)}),
        ("year=2018", {"year": 2018}),
        ("open=true", {"open": True}),
        ("open=false&dry_run=true", {"open": False, "dry_run": True}),
        ("colour=blue&kind=a", {"colour": "blue", "kind": "a"}),
        ("kind_in=a", {"kind_in": ["a"]}),
        ("kind_in=a,b", {"kind_in": ["a", "b"]}),
        ("year_in=2018,2019", {"year_in": [2018, 2019]}),
        ("region=32.73", {"region": "32.73"}),
        ("since=2018-05-15", {"since": "2018-05-15"}),
        ("at=2018-05-15T09:00:00%2B07:00", {"at": "2018-05-15T02:00:00Z"}),
        (f"owner={ID}", {"owner": ID}),
        ("q=Kota%20100%25%20%F0%9F%98%80", {"q": "Kota 100% 😀"}),
        ("tenant=x", {}),
        ("debug_switch=x", {}),
    ],
)
async def test_taken(app: FastAPI, query: str, read: dict[str, Any]) -> None:
    async with client_of(app) as client:
        response = await client.get(f"/v1/things?{query}")

    assert response.json() == {"dry_run": False, **read}


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        *((f"limit={value}", ("limit", "wrong_type")) for value in ("1.0", "%201", "1%20", "1_0", "+1", "%2B1", "1e2")),
        *((f"limit={value}", ("limit", "wrong_type")) for value in ("", "0x1", "01", "%EF%BC%91", "1%D9%A1", "true")),
        ("limit=0", ("limit", "out_of_range")),
        ("limit=201", ("limit", "out_of_range")),
        ("size_gte=9223372036854775808", ("size_gte", "out_of_range")),
        (f"size_gte={'9' * 5000}", ("size_gte", "out_of_range")),
        ("year=2018.0", ("year", "wrong_type")),
        *(
            (f"open={value}", ("open", "wrong_type"))
            for value in ("t", "on", "yes", "1", "True", "TRUE", "", "true%20")
        ),
        ("dry_run=1", ("dry_run", "wrong_type")),
        ("colour=green", ("colour", "invalid_choice")),
        ("colour=RED", ("colour", "invalid_choice")),
        ("kind=", ("kind", "invalid_choice")),
        ("kind_in=a,,b", ("kind_in", "invalid_choice")),
        ("kind_in=a,%20b", ("kind_in", "invalid_choice")),
        (f"kind_in={','.join('a' * 101)}", ("kind_in", "too_long")),
        ("kind_in=a&kind_in=b", ("kind_in", "duplicate_parameter")),
        ("year_in=2018,2_019", ("year_in", "wrong_type")),
        ("region=3273", ("region", "invalid_format")),
        ("since=2018-5-15", ("since", "invalid_format")),
        ("since=0", ("since", "invalid_format")),
        ("at=2018-05-15T09:00:00", ("at", "invalid_format")),
        ("at=2018-05-15T09:00:00+07:00", ("at", "invalid_format")),  # an unencoded plus is a space
        ("owner=urn:uuid:" + ID, ("owner", "invalid_format")),
        ("q=", ("q", "too_short")),
        (f"q={'x' * 101}", ("q", "too_long")),
        ("q=a%00b", ("q", "control_character")),
        ("q=a%0Ab", ("q", "control_character")),
        ("limit=1&limit=1", ("limit", "duplicate_parameter")),
        ("Limit=1", ("Limit", "unknown_parameter")),
        ("limit[]=1", ("limit[]", "unknown_parameter")),
        ("=1", ("", "unknown_parameter")),
        ("limit", ("limit", "wrong_type")),
    ],
)
async def test_refused(app: FastAPI, query: str, fault: tuple[str, str]) -> None:
    assert await faults(app, query) == [fault]


async def test_an_empty_list_is_refused(app: FastAPI) -> None:
    assert ("kind_in", "invalid_choice") in await faults(app, "kind_in=")


async def test_every_fault_is_told_at_once(app: FastAPI) -> None:
    assert await faults(app, "limt=1&open=1&q=%01&year=2018&year=2018") == [
        ("limt", "unknown_parameter"),
        ("open", "wrong_type"),
        ("q", "control_character"),
        ("year", "duplicate_parameter"),
    ]


async def test_an_unknown_parameter_gets_a_suggestion_from_what_is_public(app: FastAPI) -> None:
    async with client_of(app) as client:
        close = await client.get("/v1/things?colr=red")
        hidden = await client.get("/v1/things?debug_swich=1")
        far = await client.get("/v1/things?zzz=<script>")
        inherited = await client.get("/v1/things?tennant=1")

    assert "`colour`" in close.json()["errors"][0]["message"]
    assert "`tenant`" in inherited.json()["errors"][0]["message"]
    assert "debug_switch" not in hidden.text + far.text
    assert "kind_in" in far.json()["errors"][0]["message"]
    assert "<script>" not in far.text


async def test_each_operation_has_its_own_parameters(app: FastAPI) -> None:
    assert await faults(app, "limit=1", f"/v1/things/{ID}") == [("limit", "unknown_parameter")]
    async with client_of(app) as client:
        posted = await client.post("/v1/things?limit=1")
        dry = await client.post("/v1/things?dry_run=true")

    assert [error["code"] for error in posted.json()["errors"]] == ["unknown_parameter"]
    assert dry.json() is True


async def test_an_operation_without_parameters_says_so() -> None:
    app = door()
    async with client_of(app) as client:
        response = await client.get("/problems?x=1")

    assert response.json()["errors"] == [
        {"parameter": "x", "code": "unknown_parameter", "message": "This operation takes no query parameters."}
    ]


async def test_a_flood_of_unknown_parameters_is_cut_short(app: FastAPI) -> None:
    flood = "&".join(f"limi{n}{'x' * 200}=1" for n in range(200))

    told = await faults(app, flood)

    assert len(told) == 100
    assert all(len(parameter) <= 60 for parameter, _ in told)


async def test_a_route_added_later_is_known() -> None:
    late = FastAPI(dependencies=[Depends(check_query)])
    late.get("/first")(lambda a: a)
    async with client_of(late) as client:
        await client.get("/first?a=1")
        late.get("/second")(lambda b: b)
        response = await client.get("/second?b=1")

    assert response.json() == "1"


@pytest.mark.parametrize("path", ["/v1/things/", "/v1/things/typed/"])
@pytest.mark.parametrize(
    "identifier", ["x", "1", f"urn:uuid:{ID}", f"{{{ID}}}", ID.replace("-", ""), f"{ID}%0A", f"{ID}%20", "%00"]
)
async def test_a_malformed_id_answers_as_a_missing_one(app: FastAPI, path: str, identifier: str) -> None:
    async with client_of(app) as client:
        malformed, good = await client.get(path + identifier), await client.get(path + ID)

    assert (malformed.status_code, malformed.json()["code"]) == (404, "not_found")
    assert "errors" not in malformed.json()
    assert good.json() == ID


@given(text=st.text(st.sampled_from("%_\\ab"), max_size=8), other=st.text(st.sampled_from("%_\\ab"), max_size=8))
@settings(max_examples=80)
def test_an_escaped_text_matches_itself_only(text: str, other: str) -> None:
    # LIKE as the PostgreSQL manual (9.7.1) has it: `%` any run, `_` any one, a backslash takes the next as it is.
    tokens = re.findall(r"\\.|.", like_escape(text), flags=re.DOTALL)
    meaning = {"%": ".*", "_": "."}
    pattern = "".join(meaning.get(token) or re.escape(token[-1]) for token in tokens)

    assert bool(re.fullmatch(pattern, other, flags=re.DOTALL)) == (text == other)
    assert re.fullmatch(pattern, text, flags=re.DOTALL)
