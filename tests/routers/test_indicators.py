"""Indicators say what a number means; values carry their source; no figure is invented."""

import csv
from decimal import Decimal
from typing import Any

import pytest

from app import reference
from tests.conftest import As
from tests.routers.factories import every_row, faults

OFFICIAL = ["fiscal_capacity_index", "government_performance_score", "green_city_index", "sustainable_city_index"]
INDICATOR: dict[str, Any] = {
    "code": "bus_lines",
    "name_en": "Bus lines",
    "name_id": "Jalur bus",
    "owner": "Ministry of Transportation",
    "unit": "lines",
    "direction": "higher",
    "levels": ["city"],
}
BANDS: dict[str, Any] = {
    "valid_from": "2026-01-01",
    "instrument": "PM 1/2026",
    "categories": [
        {"code": "few", "name_en": "Few", "name_id": "Sedikit"},
        {"code": "many", "name_en": "Many", "name_id": "Banyak", "lower": 10.5},
    ],
}


def statistics() -> list[dict[str, str]]:
    """Read the shipped statistics straight from their file."""
    with (reference.HERE / "statistics.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


async def test_the_official_indices_exist_and_have_no_invented_value(as_: As) -> None:
    public = as_("public")
    codes = [row["code"] for row in await every_row(public, "/v1/indicators")]
    assert set(OFFICIAL) < set(codes)
    for code in OFFICIAL:
        assert await every_row(public, f"/v1/indicators/{code}/values") == []


@pytest.mark.parametrize(
    ("code", "year", "quality"),
    [
        ("fiscal_capacity_proxy", 2023, "derived"),
        ("hdi", 2022, "official"),
        ("poverty_rate", 2022, "official"),
        ("sanitation_access", 2021, "official"),
    ],
)
async def test_the_values_are_those_of_the_file(as_: As, code: str, year: int, quality: str) -> None:
    rows = await every_row(as_("public"), f"/v1/indicators/{code}/values", limit=200)
    told = {row["region_code"]: float(row[f"{code}:{year}"]) for row in statistics() if row[f"{code}:{year}"]}
    assert {row["region_code"]: row["value"] for row in rows} == told
    assert {(row["indicator_code"], row["year"], row["quality"]) for row in rows} == {(code, year, quality)}
    assert all(row["source"] and row["unit"] for row in rows)
    assert len(rows) == len(told)


async def test_a_regions_values_are_listed_by_indicator(as_: As) -> None:
    (told,) = (row for row in statistics() if row["region_code"] == "32.73")
    rows = await every_row(as_("public"), "/v1/regions/32.73/indicators")
    assert {f"{row['indicator_code']}:{row['year']}": str(row["value"]) for row in rows} == {
        name: str(float(value)) for name, value in told.items() if name != "region_code"
    }
    some = await every_row(as_("public"), "/v1/regions/32.73/indicators", indicator_in="hdi,poverty_rate")
    assert {row["indicator_code"] for row in some} == {"hdi", "poverty_rate"}
    one = await every_row(as_("public"), "/v1/regions/32.73/indicators", indicator="hdi", year=2022)
    assert [row["value"] for row in one] == [float(told["hdi:2022"])]


async def test_values_are_sorted_as_numbers(as_: As) -> None:
    rows = await every_row(as_("public"), "/v1/indicators/fiscal_capacity_proxy/values", sort="-value", limit=200)
    told = [Decimal(row["fiscal_capacity_proxy:2023"]) for row in statistics() if row["fiscal_capacity_proxy:2023"]]
    assert [row["value"] for row in rows] == [float(value) for value in sorted(told, reverse=True)]


async def test_values_are_filtered_by_place_year_and_quality(as_: As) -> None:
    path, public = "/v1/indicators/hdi/values", as_("public")
    of_west_java = {row["region_code"] for row in await every_row(public, path, province="32")}
    assert of_west_java == {row["region_code"] for row in statistics() if row["region_code"].startswith("32.")}
    assert len(await every_row(public, path, kind="city", limit=200)) == 98
    assert await every_row(public, path, year_gte=2023) == await every_row(public, path, year_lt=2022) == []
    assert await every_row(public, path, quality="derived") == []
    assert len(await every_row(public, path, region="32.73", year=2022)) == 1


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/v1/indicators/hdi/values", "indicator=poverty_rate"),
        ("/v1/indicators/hdi/values", "indicator_in=hdi"),
        ("/v1/regions/32.73/indicators", "region=32.04"),
        ("/v1/regions/32.73/indicators", "province=33"),
    ],
)
async def test_what_the_path_says_is_no_filter_to_be_ignored(as_: As, path: str, parameter: str) -> None:
    assert faults(await as_("public").get(f"{path}?{parameter}")) == {
        (parameter.partition("=")[0], "unknown_parameter")
    }


async def test_indicators_are_found_by_name_in_both_languages(as_: As) -> None:
    for text in ("human development", "PEMBANGUNAN MANUSIA"):
        assert [row["code"] for row in await every_row(as_("public"), "/v1/indicators", q=text)] == ["hdi"]
    lower = await every_row(as_("public"), "/v1/indicators", direction="lower")
    assert [row["code"] for row in lower] == ["poverty_rate"]


async def test_bands_have_their_instrument_and_bounds(as_: As) -> None:
    score = (await as_("public").get("/v1/indicators/government_performance_score")).json()
    (bands,) = score["bands"]
    assert (bands["instrument"], bands["valid_from"], bands["valid_to"]) == ("Permendagri 18/2020", "2020-01-01", None)
    bounds = [category["lower"] for category in bands["categories"]]
    assert bounds == [None, 1.8001, 2.6001, 3.4001, 4.2001]


@pytest.mark.parametrize("path", ["/v1/indicators/nothing", "/v1/indicators/nothing/values", "/v1/indicators/HDI"])
async def test_an_unknown_indicator_is_not_found(as_: As, path: str) -> None:
    answer = await as_("public").get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_steward_makes_an_indicator(as_: As) -> None:
    body = INDICATOR | {"bands": [BANDS], "scale_min": 0, "scale_max": 99.5, "note_en": "Counted\nin May."}
    made = await as_("data_steward").post("/v1/indicators", json=body)
    assert made.status_code == 201
    read = await as_("public").get(made.headers["location"])
    assert read.content == made.content
    shown = read.json()
    # What was not sent is null.
    bands = BANDS | {"valid_to": None, "categories": [{"lower": None} | band for band in BANDS["categories"]]}
    assert {name: shown[name] for name in body} == body | {"bands": [bands]}
    assert shown["note_id"] is None


async def test_a_code_is_taken_once(as_: As) -> None:
    taken = await as_("data_steward").post("/v1/indicators", json=INDICATOR | {"code": "hdi"})
    assert (taken.status_code, taken.json()["code"]) == (409, "indicator_code_taken")


def bands(**changes: Any) -> dict[str, Any]:
    return {"bands": [BANDS, BANDS | changes]}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"code": "bus-lines"}, "/code", "invalid_format"),
        ({"code": "1st"}, "/code", "invalid_format"),
        ({"code": "Bus"}, "/code", "invalid_format"),
        ({"code": "a" * 65}, "/code", "too_long"),
        ({"direction": "up"}, "/direction", "invalid_choice"),
        ({"levels": []}, "/levels", "too_short"),
        ({"levels": ["village"]}, "/levels/0", "invalid_choice"),
        ({"scale_min": 5, "scale_max": 5}, "/scale_max", "out_of_range"),
        ({"scale_max": "9"}, "/scale_max", "wrong_type"),
        ({"scale_max": 1e16}, "/scale_max", "out_of_range"),
        ({"created_at": "2026-01-01T00:00:00Z"}, "/created_at", "unknown_field"),
        (bands(valid_to="2025-12-31"), "/bands/1", "out_of_range"),
        (bands(categories=[]), "/bands/1/categories", "too_short"),
        (bands(categories=[*BANDS["categories"], BANDS["categories"][0]]), "/bands/1", "invalid_order"),
        (bands(categories=BANDS["categories"][::-1]), "/bands/1", "invalid_order"),
        (bands(categories=[BANDS["categories"][1]] * 2), "/bands/1", "invalid_order"),
        (
            bands(categories=[*BANDS["categories"], BANDS["categories"][1] | {"code": "same_bound"}]),
            "/bands/1",
            "invalid_order",
        ),
    ],
)
async def test_nonsense_is_refused_with_its_place(as_: As, change: dict[str, Any], pointer: str, code: str) -> None:
    refused = await as_("data_steward").post("/v1/indicators", json=INDICATOR | change)
    assert faults(refused) == {(pointer, code)}


async def test_null_clears_what_may_be_missing(as_: As) -> None:
    steward = as_("data_steward")
    cleared = await steward.patch(
        "/v1/indicators/hdi",
        json={"scale_min": None, "scale_max": None, "note_en": None},
        headers={"If-Match": "*"},
    )
    assert cleared.status_code == 200
    shown = cleared.json()
    assert (shown["scale_min"], shown["scale_max"], shown["note_en"]) == (None, None, None)
    assert shown["note_id"]
    refused = await steward.patch("/v1/indicators/hdi", json={"unit": None}, headers={"If-Match": "*"})
    assert faults(refused) == {("/unit", "wrong_type")}


async def test_a_patch_is_judged_with_what_is_stored(as_: As) -> None:
    """The scale of the index ends at 100."""
    refused = await as_("data_steward").patch("/v1/indicators/hdi", json={"scale_min": 100}, headers={"If-Match": "*"})
    assert faults(refused) == {("/scale_max", "out_of_range")}
    renamed = await as_("data_steward").patch("/v1/indicators/hdi", json={"code": "x"}, headers={"If-Match": "*"})
    assert faults(renamed) == {("/code", "unknown_field")}
