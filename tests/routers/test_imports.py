"""Imports: files of the ministries, taken in whole or not at all."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.kernel import bulk
from app.kernel.db import Database
from app.services import imports
from tests.conftest import As, client_for
from tests.routers.factories import make_candidacy, make_cohort, move

INDEX = {
    "code": "test_index",
    "name_en": "Test index",
    "name_id": "Indeks uji",
    "owner": "Test",
    "unit": "percent",
    "direction": "higher",
    "scale_min": -5,
    "scale_max": 2000,
    "levels": ["regency", "city"],
}
VALUES = {"dataset": "indicator-values", "indicator": "test_index", "source": "Test", "quality": "synthetic"}
FILE = "kode;tahun;nilai\n32.73;2023;3,48\n32.04;2023;1.234,5\n32.04;2022;-0,05\n"
REGION = (
    "code,name,kind,island_group,capital,latitude,longitude,population,population_year,area_km2,time_zone,own_budget\n"
)


@pytest.fixture
async def steward(as_: As) -> httpx.AsyncClient:
    """Give a data steward, with an indicator for regencies and cities."""
    created = await as_("data_steward").post("/v1/indicators", json=INDEX)
    assert created.status_code == 201, created.text
    return as_("data_steward")


async def send(
    client: httpx.AsyncClient, content: str | bytes, media_type: str = "text/csv", language: str = "en", **query: Any
) -> httpx.Response:
    headers = {"Content-Type": media_type, "Accept-Language": language}
    return await client.post("/v1/imports", params=VALUES | query, content=content, headers=headers)


async def send_to(client: httpx.AsyncClient, dataset: str, content: str, **query: Any) -> httpx.Response:
    headers = {"Content-Type": "text/csv"}
    return await client.post("/v1/imports", params={"dataset": dataset} | query, content=content, headers=headers)


def counts(answer: httpx.Response) -> tuple[int, int, int, int, int]:
    """Received, created, updated, unchanged, rejected."""
    report = answer.json().get("report", answer.json())
    return (report["received"], report["created"], report["updated"], report["unchanged"], report["rejected"])


def faults(answer: httpx.Response) -> dict[tuple[str, str | None], list[int]]:
    """Lines of rejected rows by code and field."""
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "import_rejected", answer.text
    found: dict[tuple[str, str | None], list[int]] = {}
    for group in answer.json()["report"]["groups"]:
        assert group["count"] == len(group["lines"])
        lines = found.setdefault((group["code"], group["field"]), [])
        lines[:] = sorted(lines + group["lines"])
    return found


async def stored(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    items = (await client.get("/v1/indicators/test_index/values")).json()["items"]
    return sorted(items, key=lambda item: (item["region_code"], item["year"]))


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


def table(separator: str, *rows: tuple[str, ...]) -> str:
    return "\r\n".join(separator.join(row) for row in rows)


WAYS = {
    "semicolons and a byte order mark": (
        "text/csv",
        "\ufeff" + table(";", ("kode", "tahun", "nilai"), *(tuple(line.split(";")) for line in FILE.splitlines()[1:])),
    ),
    "commas, thousands and a typographic minus": (
        "text/csv; charset=utf-8",
        table(
            ",",
            ("Kode Daerah", "Tahun", "Nilai (%)"),
            ("32.73", "2023", "3.48%"),
            ("32.04", "2023", '"1,234.5"'),
            ("32.04", "2022", "\N{MINUS SIGN}0.05"),
        ),
    ),
    "tabs and names": (
        "text/csv",
        table(
            "\t",
            ("No", "Kabupaten/Kota", "Tahun", "Nilai"),
            ("1", "Kota Bandung", "2023", "3,48"),
            ("2", "KAB BANDUNG", "2023", "1234,5"),
            ("3", "Kab. Bandung", "2022", "-0,05"),
        ),
    ),
    "kind, name and province": (
        "text/csv",
        table(
            ";",
            ("nama", "jenis", "provinsi", "tahun", "nilai"),
            ("Bandung", "Kota", "Jawa Barat", "2023", "3,48"),
            ("Bandung", "Kabupaten", "32", "2023", "1234,5"),
            ("Bandung", "Kab.", "JAWA BARAT", "2022", "-0,05"),
        ),
    ),
    "JSON": (
        "application/json",
        """[{"kode": "32.73", "year": 2023, "value": 3.48},
            {"kode": "32.04", "year": 2023, "value": 1234.50},
            {"region_code": "32.04", "tahun": "2022", "nilai": "-0,05"}]""",
    ),
    "NDJSON": (
        "application/x-ndjson",
        """{"kode": "32.73", "year": 2023, "value": 3.48}

        {"kode": "32.04", "year": 2023, "value": 1.2345e3}
        {"kode": "32.04", "year": 2022.0, "value": -0.05, "unit": null}""",
    ),
}


@pytest.mark.parametrize(("media_type", "content"), WAYS.values(), ids=WAYS)
async def test_every_way_to_write_it_means_the_same(steward: httpx.AsyncClient, media_type: str, content: str) -> None:
    await send(steward, FILE)
    answer = await send(steward, content, media_type)
    assert answer.status_code == 201, answer.text
    assert counts(answer) == (3, 0, 0, 3, 0)


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


async def test_what_is_wrong_with_rows_is_told_by_line_and_nothing_is_kept(steward: httpx.AsyncClient) -> None:
    rows = [
        "kode;nama;tahun;nilai;indikator;sumber;kualitas",
        "32.73;;2023;3,48;test_index;Test;official",
        "99.99;;2023;3,48;test_index;Test;official",
        "3273;;2023;3,48;test_index;Test;official",
        ";Bandung;2023;3,48;test_index;Test;official",
        ";Atlantis;2023;3,48;test_index;Test;official",
        ";;2023;3,48;test_index;Test;official",
        "32.73;Kota Bogor;2023;3,48;test_index;Test;official",
        "32;;2023;3,48;test_index;Test;official",
        "32.01;;1944;3,48;test_index;Test;official",
        "32.01;;2101;3,48;test_index;Test;official",
        "32.01;;2023,5;3,48;test_index;Test;official",
        "32.01;;2023;NaN;test_index;Test;official",
        "32.01;;2023;1e3;test_index;Test;official",
        "32.01;;2023;;test_index;Test;official",
        "32.01;;2023;0,1234567890123456;test_index;Test;official",
        "32.01;;2023;-5,01;test_index;Test;official",
        "32.01;;2023;2000,1;test_index;Test;official",
        "32.01;;2023;3,48;no_such;Test;official",
        "32.01;;2023;3,48;test_index;;official",
        "32.01;;2023;3,48;test_index;a\x00b;official",
        f"32.01;;2023;3,48;test_index;{'x' * 201};official",
        "32.01;;2023;3,48;test_index;Test;good",
        "32.01;;2023",
        "32.02;;2023;1;test_index;Test;official",
        "32.02;;2023;2;test_index;Test;resmi",
        "32.73;Bandung;2022;=1+1;test_index;Test;official",
        "32.73;Bandung;2021;4;test_index;=1+1;RESMI",
        "32.01;;1900;x;test_index;;official",
        "32.73;;2020;2000;test_index;Test;official",
        "32.73;;2019;-5;test_index;Test;official",
    ]
    answer = await send_to(steward, "indicator-values", "\n".join(rows))
    assert counts(answer) == (30, 4, 0, 0, 26)
    assert faults(answer) == {
        ("unknown_region_code", "region_code"): [3, 4],
        ("ambiguous_region", "region_name"): [5],
        ("unknown_region", "region_name"): [6],
        ("required", "region_code"): [7],
        ("contradictory_region", "region_name"): [8],
        ("wrong_level", "region_code"): [9],
        ("out_of_range", "year"): [10, 11, 29],
        ("wrong_type", "year"): [12],
        ("not_a_number", "value"): [13, 14, 27, 29],
        ("required", "value"): [15],
        ("too_precise", "value"): [16],
        ("outside_scale", "value"): [17, 18],
        ("unknown_indicator", "indicator_code"): [19],
        ("required", "source"): [20, 29],
        ("control_character", "source"): [21],
        ("too_long", "source"): [22],
        ("invalid_choice", "quality"): [23],
        ("wrong_cell_count", None): [24],
        ("repeated_row", None): [25, 26],
    }
    assert await stored(steward) == []
    assert (await steward.get("/v1/imports")).json()["items"] == []


async def test_numbers_of_json_are_held_to_the_same_bounds(steward: httpx.AsyncClient) -> None:
    numbers = [
        "NaN",
        "Infinity",
        "1e-400",
        "1e400",
        "0.30000000000000004",
        "true",
        "[]",
        "0e-999",
        "1.5000000000000000000",
    ]
    rows = [f'{{"kode":"32.73","year":{2000 + index},"value":{number}}}' for index, number in enumerate(numbers)]
    answer = await send(steward, "\n".join(rows), "application/x-ndjson")
    assert faults(answer) == {
        ("not_a_number", "value"): [1, 2, 6],
        ("out_of_range", "value"): [3, 4],
        ("too_precise", "value"): [5],
        ("required", "value"): [7],
    }
    assert counts(answer) == (9, 2, 0, 0, 7)


async def test_a_number_is_stored_by_its_value_not_its_spelling(steward: httpx.AsyncClient) -> None:
    spellings = {"0e-999": "0", "1.50000000000000000000": "1.5", "1e2": "100", "-0.0": "0", "66.90": "66.9"}
    for spelling, value in spellings.items():
        answer = await send(steward, f'[{{"kode":"32.73","year":2023,"value":{spelling}}}]', "application/json")
        assert answer.status_code == 201, answer.text
        assert f'"value":{value},' in (await steward.get("/v1/indicators/test_index/values")).text


async def test_a_code_that_lost_its_zero_is_no_code(steward: httpx.AsyncClient) -> None:
    rows = '[{"kode": 11.10, "year": 2023, "value": 1}, {"kode": 11.1, "year": 2023, "value": 1}]'
    assert faults(await send(steward, rows, "application/json")) == {("unknown_region_code", "region_code"): [2]}


async def test_a_bare_name_names_both_candidates_in_the_readers_language(steward: httpx.AsyncClient) -> None:
    for language, word in (("en", "Several"), ("id", "Beberapa")):
        answer = await send(steward, "nama;tahun;nilai\nBandung;2023;1\n", language=language)
        [group] = answer.json()["report"]["groups"]
        assert "32.04" in group["message"]
        assert "32.73" in group["message"]
        assert word in group["message"]
        assert answer.headers["content-language"] == language


async def test_a_report_lists_the_first_hundred_lines(steward: httpx.AsyncClient) -> None:
    answer = await send(steward, "kode;tahun;nilai\n" + "32.73;2023;x\n" * 150 + "32.04;2023;1\n" * 150)
    wrong, repeated = answer.json()["report"]["groups"]
    assert (wrong["count"], wrong["lines"]) == (150, list(range(2, 102)))
    assert (repeated["code"], repeated["count"], repeated["lines"]) == ("repeated_row", 150, list(range(152, 252)))


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


async def test_parameters_stand_for_columns_that_are_not_there(steward: httpx.AsyncClient) -> None:
    assert counts(await send(steward, "kode;nilai\n32.73;1\n", year=2020)) == (1, 1, 0, 0, 0)
    assert [value["year"] for value in await stored(steward)] == [2020]
    blank = await send(steward, "kode;nilai;tahun\n32.73;1;\n", year=2020)
    assert faults(blank) == {("required", "year"): [2]}
    misplaced = await send(steward, FILE, cohort="2018")
    assert misplaced.status_code == 422
    assert misplaced.json()["errors"][0]["parameter"] == "cohort"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("kode;tahun;nilai\n32.73;2023;1.234\n", "undecidable_decimal_style"),
        ("kode;tahun;nilai;rahasia\n32.73;2023;1;2\n", "unknown_column"),
        ("kode;tahun;nilai;kode wilayah\n32.73;2023;1;32.73\n", "duplicate_column"),
        ("kode;tahun;nilai\n", "no_rows"),
    ],
)
async def test_a_file_that_is_not_understood_is_refused_whole(
    steward: httpx.AsyncClient, content: str, code: str
) -> None:
    answer = await send(steward, content)
    assert answer.status_code == 422
    assert [error["code"] for error in answer.json()["errors"]] == [code]
    assert "rahasia" not in answer.text


async def test_the_decimal_sign_can_be_told(steward: httpx.AsyncClient) -> None:
    for sign, value in (("comma", 1234), ("point", 1.234)):
        answer = await send(steward, "kode;tahun;nilai\n32.73;2023;1.234\n", decimal=sign)
        assert answer.status_code == 201, answer.text
        assert [item["value"] for item in await stored(steward)] == [value]


async def test_where_two_decimal_signs_mix_the_few_are_rejected(steward: httpx.AsyncClient) -> None:
    answer = await send(steward, FILE + "32.01;2023;3.5\n")
    assert faults(answer) == {("other_decimal_style", "value"): [5]}
    answer = await send(steward, "kode;tahun;nilai\n32.73;2023;3.48\n32.04;2023;1.5\n32.01;2023;3,5\n")
    assert faults(answer) == {("other_decimal_style", "value"): [4]}


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


async def test_regions_are_corrected_column_by_column(as_: As) -> None:
    administrator = as_("administrator")
    before = (await administrator.get("/v1/regions/32.73")).json()
    answer = await send_to(
        administrator,
        "regions",
        "Kode;Penduduk (jiwa);Luas (km2);Nama Lain\n32.73;2.600.001;166,59;Paris van Java|Bandoeng\n",
    )
    assert answer.status_code == 201, answer.text
    assert counts(answer) == (1, 0, 1, 0, 0)
    after = (await administrator.get("/v1/regions/32.73")).json()
    assert after["aliases"] == ["Paris van Java", "Bandoeng"]
    told = {"population": 2_600_001, "area_km2": 166.59, "aliases": after["aliases"], "version": before["version"] + 1}
    assert after == before | told | {"updated_at": after["updated_at"]}


async def test_a_blank_cell_clears_what_may_be_absent_and_nothing_else(as_: As) -> None:
    administrator = as_("administrator")
    answer = await send_to(administrator, "regions", "kode;alias;nama\n32.73;Bandoeng;Kota Bandung\n")
    assert answer.status_code == 201, answer.text
    assert faults(await send_to(administrator, "regions", "kode;alias;nama\n32.73;;\n")) == {("required", "name"): [2]}
    answer = await send_to(administrator, "regions", "kode;alias;nama\n32.73;;Kota Bandung\n")
    assert answer.status_code == 201, answer.text
    assert (await administrator.get("/v1/regions/32.73")).json()["aliases"] == []


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


async def test_a_new_region_comes_after_its_province_and_gets_a_profile(as_: As) -> None:
    administrator = as_("administrator")
    province = "98,Provinsi Uji,Provinsi,Jawa,Uji,-6.5,107.1,100,2024,12.5,WIB,ya\n"
    regency = "98.01,Kabupaten Uji,kabupaten,JAWA,Uji,-6.5,107.1,100,2024,12.5,wib,tidak\n"
    early = await send_to(administrator, "regions", REGION + regency + province)
    assert faults(early) == {("unknown_province", "province_code"): [2]}
    answer = await send_to(administrator, "regions", REGION + province + regency)
    assert answer.status_code == 201, answer.text
    assert counts(answer) == (2, 2, 0, 0, 0)
    region = (await administrator.get("/v1/regions/98.01")).json()
    assert (region["province_code"], region["kind"], region["own_budget"]) == ("98", "regency", False)
    profile = (await administrator.get("/v1/regions/98.01/profile")).json()
    assert (profile["problems"], profile["potentials"]) == ([], [])


async def test_regions_that_contradict_themselves_are_rejected(as_: As) -> None:
    rows = [
        "98,X,kota,jawa,X,-6.5,107.1,100,2024,12.5,WIB,ya",
        "32.98,X,provinsi,jawa,X,-6.5,107.1,100,2024,12.5,WIB,ya",
        "32.97,X,kota,jawa,X,107.1,-6.5,100,2024,12.5,WIB,ya",
        "32.96,X,kota,nowhere,X,-6.5,107.1,1.5,2024,0,GMT,maybe",
        "32.95,,kota,jawa,X,-6.5,107.1,100,2024,12.5,WIB,ya",
        "32.94,X,kota,jawa,X,-6.5,107.1,100,2024,12.5,WIB,ya",
        "32.94,X,kota,jawa,X,-6.5,107.1,100,2024,12.5,WIB,ya",
        "3.2,X,kota,jawa,X,-6.5,107.1,100,2024,12.5,WIB,ya",
    ]
    answer = await send_to(as_("administrator"), "regions", REGION + "\n".join(rows))
    assert faults(answer) == {
        ("contradictory_kind", "kind"): [2, 3],
        ("out_of_range", "latitude"): [4],
        ("out_of_range", "longitude"): [4],
        ("wrong_type", "population"): [5],
        ("invalid_choice", "island_group"): [5],
        ("out_of_range", "area_km2"): [5],
        ("invalid_choice", "time_zone"): [5],
        ("wrong_type", "own_budget"): [5],
        ("required", "name"): [6],
        ("repeated_row", "code"): [7, 8],
        ("invalid_format", "code"): [9],
    }
    moved = "kode;provinsi;berlaku sejak;berlaku sampai\n32.73;Jawa Tengah;;\n32.04;Jawa Barat;2020-01-01;2019-01-01\n"
    assert faults(await send_to(as_("administrator"), "regions", moved)) == {
        ("contradictory_province", "province_code"): [2],
        ("out_of_range", "valid_to"): [3],
    }


async def test_candidacies_are_nominated_with_their_reason(as_: As) -> None:
    officer = as_("officer")
    cohort = await make_cohort(officer)
    standing = await make_candidacy(officer, cohort, "32.73")
    content = "kode;nama;alasan\n32.73;Kota Bandung;again\n32.04;;by index\n;Kota Bogor;by letter\n"
    answer = await send_to(officer, "candidacies", content, cohort=cohort)
    assert answer.status_code == 201, answer.text
    assert counts(answer) == (3, 2, 0, 1, 0)
    items = (await officer.get(f"/v1/cohorts/{cohort}/candidacies")).json()["items"]
    assert [(item["region_code"], item["state"]) for item in items] == [
        ("32.04", "nominated"),
        ("32.71", "nominated"),
        ("32.73", "nominated"),
    ]
    moves = [(await officer.get(f"/v1/candidacies/{item['id']}/transitions")).json()["history"] for item in items]
    assert [[step["reason"] for step in history] for history in moves] == [
        ["by index"],
        ["by letter"],
        ["self-nomination"],
    ]
    assert (await officer.get(standing)).json()["version"] == 1
    assert counts(await send_to(officer, "candidacies", content, cohort=cohort)) == (3, 0, 0, 3, 0)


async def test_nominations_that_cannot_be_are_rejected(as_: As) -> None:
    officer = as_("officer")
    cohort = await make_cohort(officer)
    await make_candidacy(officer, cohort, "32.73")
    await move(officer, f"/v1/cohorts/{cohort}", "assessing")
    draft = await make_cohort(officer, "draft", state="draft")
    rows = [
        f"{cohort};32.73",  # stands already, so there is nothing to nominate
        f"{cohort};32.04",
        f"{draft};32.04",
        f"{draft};32.01",
        f"{draft};32.01",
        "nowhere;32.01",
    ]
    answer = await send_to(officer, "candidacies", "\n".join(["tahap;kode", *rows]), reason="test")
    assert faults(answer) == {
        ("unknown_cohort", "cohort_code"): [7],
        ("repeated_row", None): [5, 6],
        ("cohort_not_ready", "cohort_code"): [3],
    }
    assert counts(answer) == (6, 1, 0, 1, 4)
    assert (await officer.get(f"/v1/cohorts/{draft}/candidacies")).json()["items"] == []
