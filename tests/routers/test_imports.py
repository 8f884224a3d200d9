"""Imports: a file of a ministry is taken in whole or not at all, by those who may, and once."""

import asyncio
import json

import httpx
import pytest
from fastapi import FastAPI

from app.kernel import bulk
from app.kernel.db import Database
from app.services import imports
from tests.conftest import As, client_for
from tests.routers.factories import faults
from tests.routers.imports import FILE, INDEX, VALUES, counts, send, send_to, steward, stored

__all__ = ["steward"]  # a fixture


async def test_a_file_becomes_values_with_its_import(steward: httpx.AsyncClient) -> None:
    answer = await send(steward, FILE, instrument="Decree 1")
    assert answer.status_code == 201, answer.text
    assert counts(answer) == (3, 3, 0, 0, 0)
    assert (await steward.get(answer.headers["location"])).content == answer.content
    values = await stored(steward)
    assert [(value["region_code"], value["year"], value["value"]) for value in values] == [
        ("32.04", 2022, -0.05),
        ("32.04", 2023, 1234.5),
        ("32.73", 2023, 3.48),
    ]
    facts = {"unit": "percent", "source": "Test", "instrument": "Decree 1", "quality": "synthetic", "category": None}
    for value in values:
        assert {name: value[name] for name in facts} == facts
        assert value["import_id"] == answer.json()["id"]
        assert value["version"] == 1
    listed = (await steward.get("/v1/imports", params={"dataset": "indicator-values"})).json()["items"]
    assert [item["id"] for item in listed] == [answer.json()["id"]]


async def test_the_same_file_again_changes_nothing(steward: httpx.AsyncClient, database: Database) -> None:
    await send(steward, FILE)
    before = await stored(steward)
    changed = "SELECT count(*) FROM changes WHERE resource = 'indicator-values'"
    async with database.read() as connection:
        seen = await connection.fetchval(changed)
    again = await send(steward, FILE)
    assert again.status_code == 201
    assert counts(again) == (3, 0, 0, 3, 0)
    assert await stored(steward) == before
    async with database.read() as connection:
        assert await connection.fetchval(changed) == seen


async def test_only_a_value_that_differs_gets_a_new_version(steward: httpx.AsyncClient) -> None:
    first = (await send(steward, FILE)).json()["id"]
    second = await send(steward, FILE.replace("3,48", "3,49") + "32.01;2022;7\n")
    assert counts(second) == (4, 1, 1, 2, 0)
    found = {(value["region_code"], value["year"]): value for value in await stored(steward)}
    assert (found["32.73", 2023]["version"], found["32.73", 2023]["import_id"]) == (2, second.json()["id"])
    assert (found["32.04", 2023]["version"], found["32.04", 2023]["import_id"]) == (1, first)
    assert (found["32.01", 2022]["version"], found["32.01", 2022]["import_id"]) == (1, second.json()["id"])


@pytest.mark.parametrize("content", [FILE, FILE + "32.73;2023;3,5\n99;2023;1\n"])
async def test_a_dry_run_reports_the_same_and_keeps_nothing(steward: httpx.AsyncClient, content: str) -> None:
    rehearsed = await send(steward, content, dry_run="true")
    assert await stored(steward) == []
    assert (await steward.get("/v1/imports")).json()["items"] == []
    done = await send(steward, content)
    assert rehearsed.status_code == done.status_code
    assert counts(rehearsed) == counts(done)
    assert rehearsed.json().get("report") == done.json().get("report")


async def test_many_batches_are_one_import(steward: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "BATCH", 2)
    monkeypatch.setattr(bulk, "ROWS_WRITTEN", 3)
    rows = [f"32.73;{year};{year / 1000}" for year in range(1990, 2001)]
    assert counts(await send(steward, "\n".join(["kode;tahun;nilai", *rows]))) == (11, 11, 0, 0, 0)
    rows[3:6] = ["32.73;x;1", "32.73;y;1", "32.73;z;1"]  # a batch may be rejected whole
    assert counts(await send(steward, "\n".join(["kode;tahun;nilai", *rows]))) == (11, 0, 0, 8, 3)
    assert len(await stored(steward)) == 11


@pytest.mark.parametrize(
    ("content", "place", "code"),
    [
        ("kode;tahun;nilai\n32.73;2023;1.234\n", "decimal", "undecidable_decimal_style"),
        ("kode;tahun;nilai;rahasia\n32.73;2023;1;2\n", "/0/3", "unknown_column"),
        ("kode;tahun;nilai;kode wilayah\n32.73;2023;1;32.73\n", "/0/3", "duplicate_column"),
        ("kode;tahun;nilai\n", "", "no_rows"),
    ],
)
async def test_a_file_that_is_not_understood_is_refused_whole(
    steward: httpx.AsyncClient, content: str, place: str, code: str
) -> None:
    answer = await send(steward, content)
    assert faults(answer) == {(place, code)}
    assert "rahasia" not in answer.text


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (b"kode;tahun;nilai\n32.73;2023;\xff\n", "text/csv", 400, "malformed_file"),
        (b"{", "application/json", 400, "malformed_file"),
        (b"", "text/csv", 400, "malformed_file"),
        (b"a", "text/plain", 415, "unsupported_media_type"),
        (b"a", "text/csv; charset=latin-1", 415, "unsupported_media_type"),
        (b" " * (32 << 20) + b" ", "text/csv", 413, "payload_too_large"),
    ],
)
async def test_a_body_that_is_no_such_file_is_refused(
    steward: httpx.AsyncClient, content: bytes, media_type: str, status: int, code: str
) -> None:
    answer = await send(steward, content, media_type)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("person", "dataset", "missing"),
    [
        ("data_steward", "indicator-values", None),
        ("data_steward", "regions", "regions:write"),
        ("data_steward", "candidacies", "candidacies:write"),
        ("officer", "indicator-values", None),
        ("officer", "regions", "regions:write"),
        ("officer", "candidacies", None),
        ("administrator", "regions", None),
        ("auditor", "indicator-values", "imports:write"),
        ("region_editor", "indicator-values", "imports:write"),
    ],
)
async def test_who_may_import_what(as_: As, person: str, dataset: str, missing: str | None) -> None:
    answer = await send_to(as_(person), dataset, "")
    if missing is None:
        assert answer.json()["code"] == "malformed_file"  # past the gate, with an empty file
    else:
        assert answer.status_code == 403
        assert answer.json()["required_permission"] == missing
    assert (await send_to(as_("public"), dataset, "")).status_code == 401


async def test_a_retry_is_one_import(steward: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "once"}
    first, second = [await steward.post("/v1/imports", params=VALUES, content=FILE, headers=headers) for _ in range(2)]
    assert second.headers["idempotency-replayed"] == "true"
    assert second.content == first.content
    assert len((await steward.get("/v1/imports")).json()["items"]) == 1


@pytest.mark.commits
async def test_two_imports_of_one_file_at_once_make_one_set_of_values(committed: FastAPI) -> None:
    async with client_for(committed, "administrator") as client:
        await client.post("/v1/indicators", json=INDEX)
        lines = [f"32.73;{year};1" for year in range(1950, 2050)]
        content = "\n".join(["kode;tahun;nilai", *lines])
        backwards = "\n".join(["kode;tahun;nilai", *reversed(lines)])
        answers = await asyncio.gather(*(send(client, file) for file in (content, backwards, content)))
        assert [answer.status_code for answer in answers] == [201, 201, 201]
        values = (await client.get("/v1/indicators/test_index/values", params={"limit": 200})).json()["items"]
        assert len(values) == 100
        assert {value["version"] for value in values} == {1}


async def test_what_the_service_exports_it_takes_back_unchanged(as_: As) -> None:
    administrator = as_("administrator")
    regions = (await administrator.get("/v1/regions", params={"limit": 200})).json()["items"]
    values = (await administrator.get("/v1/indicators/hdi/values", params={"limit": 200})).json()["items"]
    headers = {"Content-Type": "application/json"}
    for dataset, records in (("regions", regions), ("indicator-values", values)):
        answer = await administrator.post(
            "/v1/imports", params={"dataset": dataset}, content=json.dumps(records), headers=headers
        )
        assert answer.status_code == 201, answer.text
        assert counts(answer) == (200, 0, 0, 200, 0)
