"""Lists: cursors that cannot be bent, pages that neither repeat nor lose a row."""

import base64
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.listing import scope_of, sign, verify
from app.kernel.problems import InvalidCursor
from tests.conftest import As
from tests.routers.factories import make_institution

SECRET = b"secret"


@given(value=st.text(), key=st.text(), scope=st.text())
def test_a_cursor_comes_back_as_it_was_signed(value: str, key: str, scope: str) -> None:
    assert verify(SECRET, scope, sign(SECRET, scope, (value, key))) == (value, key)


@given(scope=st.text(max_size=5), other=st.text(max_size=5), bit=st.integers(0, 7), at=st.integers(0, 200))
def test_a_cursor_is_good_for_its_own_list_only(scope: str, other: str, bit: int, at: int) -> None:
    cursor = sign(SECRET, scope, ("value", "key"))
    if other != scope:
        with pytest.raises(InvalidCursor):
            verify(SECRET, other, cursor)
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=="))
    raw[at % len(raw)] ^= 1 << bit
    with pytest.raises(InvalidCursor):
        verify(SECRET, scope, base64.urlsafe_b64encode(raw).decode())


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "AAAA", "é", "A" * 1000])
def test_nonsense_is_no_cursor(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        verify(SECRET, "scope", cursor)


def test_the_scope_tells_filters_apart() -> None:
    assert scope_of("r", "code", {"a": "1"}, "x") != scope_of("r", "code", {"a": "2"}, "x")
    assert scope_of("r", "code", {"a": "1", "b": "2"}, "x") == scope_of("r", "code", {"b": "2", "a": "1"}, "x")


async def every(client: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """Follow `Link` headers to the end."""
    found = []
    response = await client.get(path, params=query)
    while True:
        found += response.json()["items"]
        if "next" not in response.links:
            assert response.json()["next_cursor"] is None
            return found
        response = await client.get(response.links["next"]["url"])


@pytest.mark.parametrize("sort", ["code", "-code", "name", "-name", "population", "-population"])
async def test_pages_neither_repeat_nor_lose_a_row(as_: As, sort: str) -> None:
    rows = await every(as_("public"), "/v1/regions", sort=sort, limit=97)
    assert len(rows) == 552
    column = sort.removeprefix("-")
    keys = [(row[column], row["code"]) for row in rows]
    assert len(set(keys)) == 552
    if column != "name":  # names are sorted by the database's own collation
        assert keys == sorted(keys, reverse=sort.startswith("-"))


async def test_the_cursor_of_the_longest_name_is_taken(as_: As) -> None:
    officer = as_("officer")
    names = [face * 200 for face in "\U0001f600\U0001f601\U0001f602"]
    for name in names:
        await make_institution(officer, name)
    rows = await every(officer, "/v1/institutions", sort="name", limit=1)
    assert [row["name"] for row in rows if row["name"][0] >= names[0][0]] == names


async def test_a_page_holds_what_its_filters_say(as_: As) -> None:
    public = as_("public")
    cities = await every(public, "/v1/regions", kind="city", province="32", limit=5)
    assert {(row["kind"], row["province_code"]) for row in cities} == {("city", "32")}
    both = (await public.get("/v1/regions", params={"q": "bandung"})).json()["items"]
    assert {"32.04", "32.73"} <= {row["code"] for row in both}
    either = await every(public, "/v1/regions", kind_in="city,province", limit=200)
    assert len(either) == 98 + 38
    large = await every(public, "/v1/regions", population_gte=5_000_000, population_lt=6_000_000)
    assert large
    assert all(5_000_000 <= row["population"] < 6_000_000 for row in large)


async def test_total_counts_what_matches(as_: As) -> None:
    page = (await as_("public").get("/v1/regions?kind=city&limit=1&count=true")).json()
    assert (len(page["items"]), page["total"]) == (1, 98)
    assert "total" not in (await as_("public").get("/v1/regions?limit=1")).json()


async def test_a_sparse_answer_has_the_fields_asked_for(as_: As) -> None:
    page = (await as_("public").get("/v1/regions?fields=name,code&limit=2")).json()
    assert [list(row) for row in page["items"]] == [["code", "name"]] * 2


@pytest.mark.parametrize("fields", ["digest", "", "code,,name", "code;name", "version) FROM api_keys --"])
async def test_unknown_fields_are_refused(as_: As, fields: str) -> None:
    refused = await as_("public").get("/v1/regions", params={"fields": fields})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["parameter"] == "fields"


@pytest.mark.parametrize(
    ("change", "status"),
    [({}, 200), ({"limit": "7"}, 200), ({"sort": "name"}, 400), ({"kind": "regency"}, 400), ({"count": "true"}, 200)],
)
async def test_a_cursor_belongs_to_its_filters_and_sort(as_: As, change: dict[str, str], status: int) -> None:
    query = {"kind": "city", "limit": "3"}
    cursor = (await as_("public").get("/v1/regions", params=query)).json()["next_cursor"]
    answer = await as_("public").get("/v1/regions", params=query | change | {"cursor": cursor})
    assert answer.status_code == status, answer.text


async def test_a_cursor_belongs_to_its_kind_of_reader(as_: As) -> None:
    cursor = (await as_("public").get("/v1/cohorts?limit=1")).json()["next_cursor"]
    assert (await as_("officer").get(f"/v1/cohorts?limit=1&cursor={cursor}")).status_code == 400


@pytest.mark.parametrize("pattern", ["%", "_", "\\", "kota%", "ban_ung"])
async def test_wildcards_in_a_search_mean_themselves(as_: As, pattern: str) -> None:
    found = await as_("public").get("/v1/regions", params={"q": pattern})
    assert found.json()["items"] == []


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.0", "+1", " 1", "1_0", "\u0661", "", "x"])
async def test_a_page_has_1_to_200_rows(as_: As, limit: str) -> None:
    refused = await as_("public").get("/v1/regions", params={"limit": limit})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["parameter"] == "limit"


@pytest.mark.parametrize("number", [-(2**63), -40_000, 40_000, 2**31, 2**63 - 1])
@pytest.mark.parametrize("parameter", ["year_gte", "year_lt"])
async def test_a_number_beyond_its_column_compares_like_any_other(as_: As, parameter: str, number: int) -> None:
    """Years are kept in two bytes; a filter may name any 64-bit number."""
    answer = await as_("public").get("/v1/indicators/hdi/values", params={parameter: number, "count": "true"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["total"] > 0) is ((number < 0) == (parameter == "year_gte"))
