"""Exports: whole, in the form asked for, filtered as the list is, and safe to open in a spreadsheet."""

import csv
import io
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.permissions import INSIDERS, Role
from app.kernel import exports
from app.kernel.db import Database
from app.kernel.export_statements import count_statement
from app.kernel.projection import Reader
from app.projections.changes import CHANGES
from app.services.datasets import DATASETS
from tests.conftest import As, document
from tests.routers.exports import REGIONS, table_of
from tests.routers.factories import make_institution

NASTY = "x' OR '1'='1"


# --- what there is


async def test_datasets_are_named_to_those_who_may_read_them(as_: As) -> None:
    items: list[dict[str, Any]] = []
    judged = {"assessments", "scorecards", "result-letters", "objections", "changes"}
    mentored = {"workshops", "sessions", "plan-versions", "plan-comments", "plan-reviews"}
    for person, hidden in (("public", {*judged, *mentored, "experts"}), ("mentor", judged), ("officer", set())):
        items = (await as_(person).get("/v1/exports")).json()["items"]
        assert {item["name"] for item in items} == DATASETS.keys() - hidden, person
        for item in items:
            assert (await as_(person).get(item["path"])).status_code == 200
            assert item["formats"] == ["ndjson", "json", "csv"]
    (runs,) = (item for item in items if item["name"] == "selection-results")
    assert {"name": "q", "description": "part of the region's name"} in runs["filters"]


async def test_a_narrow_key_is_told_of_what_it_may(as_: As) -> None:
    expires = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"name": "x", "role": "officer", "scopes": ["exports:read", "regions:read"], "expires_at": expires}
    issued = await as_("administrator").post("/v1/api-keys", json=body)
    headers = {"Authorization": f"Bearer {issued.json()['secret']}"}
    items = (await as_("public").get("/v1/exports", headers=headers)).json()["items"]
    assert [item["name"] for item in items] == ["regions"]


async def test_the_log_is_for_insiders_by_its_own_rule(database: Database) -> None:
    """Also if a dataset of it were opened to others."""
    async with database.read() as connection:
        for role in Role:
            counting = count_statement(CHANGES, Reader(role, role in INSIDERS), ())
            seen = await connection.fetchval(counting.text, *counting.arguments({}))
            assert (seen > 0) is (role in INSIDERS), role


def test_every_filter_of_a_dataset_is_applied() -> None:
    for name, dataset in DATASETS.items():
        assert set(dataset.filters) <= dataset.projection.filters.keys(), name
        documented = document()["paths"][f"/v1/exports/{name}"]["get"]["parameters"]
        assert {parameter["name"] for parameter in documented} == dataset.query.model_fields.keys()


async def test_another_name_is_no_dataset(as_: As) -> None:
    answer = await as_("public").get("/v1/exports/api-keys")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_route")


# --- its form


async def test_the_format_is_asked_for_or_negotiated(as_: As) -> None:
    public = as_("public")
    asked = [
        ({}, "*/*", "application/x-ndjson"),
        ({}, "text/html, */*;q=0.8", "application/x-ndjson"),
        ({}, "application/json", "application/json"),
        ({}, "application/json;q=0.5, text/csv;q=0.9", "text/csv; charset=utf-8"),
        ({}, "text/csv;q=0, application/json;q=x", "application/x-ndjson"),
        ({"format": "csv"}, "application/json", "text/csv; charset=utf-8"),
    ]
    for query, accept, expected in asked:
        answer = await public.get(REGIONS, params=query | {"province": "31"}, headers={"Accept": accept})
        assert answer.headers["content-type"] == expected, accept
        assert answer.headers["vary"] == "Accept, Accept-Encoding"
        name = {"text/csv": "csv", "application/json": "json"}.get(expected.partition(";")[0], "ndjson")
        assert answer.headers["content-disposition"] == f'attachment; filename="regions.{name}"'


async def test_no_rows_are_an_answer_too(as_: As) -> None:
    query = {"q": "nowhere", "count": "true"}
    for form, body in (("ndjson", ""), ("json", "[\n]\n"), ("csv", "code,name\n")):
        answer = await as_("public").get(REGIONS, params=query | {"format": form, "fields": "name,code"})
        assert (answer.text, answer.headers["row-count"]) == (body, "0")


async def test_it_is_packed_only_when_that_is_accepted(as_: As) -> None:
    public = as_("public")
    plain = await public.get(REGIONS, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    async with public.stream("GET", REGIONS, headers={"Accept-Encoding": "br, gzip;q=0.5"}) as packed:
        assert packed.headers["content-encoding"] == "gzip"
        raw = b"".join([piece async for piece in packed.aiter_raw()])
    assert zlib.decompress(raw, 31) == plain.content
    assert len(raw) * 3 < len(plain.content)
    refused = await public.get(REGIONS, headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


async def test_who_asks_for_the_head_gets_no_rows(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "rows_statement", None)  # so nothing is even read
    answer = await as_("public").head(REGIONS, params={"count": "true"})
    assert (answer.status_code, answer.content, answer.headers["row-count"]) == (200, b"", "552")


async def test_a_spreadsheet_computes_nothing_of_it(as_: As) -> None:
    dangerous = ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", '=HYPERLINK("http://x.test","a, b")']
    harmless = ["a=1", "1-2", "'quoted'", 'with "quotes", and commas']
    for name in (*dangerous, *harmless):
        await make_institution(as_("officer"), name)
    names = [row["name"] for row in await table_of(as_("public"), "/v1/exports/institutions")]
    assert set(names) >= {f"'{name}" for name in dangerous} | set(harmless)
    assert not set(names) & set(dangerous)
    # Numbers are no text: they stay.
    (bandung,) = (row for row in await table_of(as_("public"), REGIONS) if row["code"] == "32.73")
    assert float(bandung["latitude"]) < -6
    # Elsewhere nothing is changed.
    rows = (await as_("public").get("/v1/exports/institutions?format=json")).json()
    assert {row["name"] for row in rows} >= {*dangerous, *harmless}


async def test_excel_is_told_that_it_is_utf_8_when_asked(as_: As) -> None:
    path = f"{REGIONS}?format=csv&fields=code"
    assert (await as_("public").get(f"{path}&bom=true")).content.startswith(b"\xef\xbb\xbfcode\n11\n")
    assert (await as_("public").get(path)).content.startswith(b"code\n11\n")


async def test_no_text_is_changed_on_its_way(as_: As) -> None:
    name = 'back\\slash \\n "quote" $1 % _ \U0001f3d9 \u2019'
    await make_institution(as_("officer"), name)
    for form in ("json", "csv"):
        answer = await as_("public").get("/v1/exports/institutions", params={"format": form, "q": name})
        rows = answer.json() if form == "json" else list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["name"] for row in rows] == [name]


# --- its filters


@pytest.mark.parametrize(
    "query",
    [
        {"q": "bandung"},
        {"q": NASTY},
        {"q": "100%"},
        {"q": "\\"},
        {"q": "$1"},
        {"kind_in": "city,province", "island_group": "jawa"},
        {"own_budget": "false"},
        {"population_gte": "1000000", "population_lt": "99999999999999999"},
        {"province": "32", "q": "'; DROP TABLE regions; --"},
    ],
)
async def test_filters_are_those_of_the_list(as_: As, query: dict[str, str]) -> None:
    listed = await as_("public").get("/v1/regions", params=query | {"limit": "200"})
    exported = await as_("public").get(REGIONS, params=query | {"format": "json"})
    assert exported.json() == listed.json()["items"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=1", "unknown_parameter"),
        ("sort=code", "unknown_parameter"),
        ("fields=secret", "invalid_choice"),
        ("format=xlsx", "invalid_choice"),
        ("kind=village", "invalid_choice"),
        ("province=32&province=31", "duplicate_parameter"),
    ],
)
async def test_what_makes_no_sense_is_refused_before_anything_is_sent(as_: As, query: str, code: str) -> None:
    answer = await as_("public").get(f"{REGIONS}?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
