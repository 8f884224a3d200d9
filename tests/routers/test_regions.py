"""Regions are those of the Home Ministry's decree, on a map too; a region's profile is written by its own office."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app import reference
from app.reference import RegionFact
from tests.conftest import As
from tests.routers.factories import every_row, faults

FACTS = {fact.code: fact for fact in reference.regions()}
ENTRY = {"title": "Floods", "description": "Every rainy season", "dimension": "environment"}
PROFILE = "/v1/regions/32.73/profile"  # the region of the tests' region editor


def shown(fact: RegionFact) -> dict[str, Any]:
    """Return a fact as the API spells it, without bookkeeping."""
    fields = {name: getattr(fact, name) for name in RegionFact.__slots__}
    numbers = {name: float(fields[name]) for name in ("latitude", "longitude", "area_km2")}
    days = {name: fields[name] and fields[name].isoformat() for name in ("valid_from", "valid_to")}
    return fields | numbers | days | {"aliases": list(fact.aliases)}


async def test_the_list_holds_every_region_of_the_decree(as_: As) -> None:
    rows = await every_row(as_("public"), "/v1/regions", limit=200)
    assert [row["code"] for row in rows] == sorted(FACTS)
    for row in rows:
        assert {"created_at", "updated_at", "version"} == row.keys() - shown(FACTS[row["code"]]).keys()
        assert {name: row[name] for name in RegionFact.__slots__} == shown(FACTS[row["code"]])


async def test_a_region_is_read_by_its_code(as_: As) -> None:
    bandung = (await as_("public").get("/v1/regions/32.73")).json()
    assert (bandung["name"], bandung["kind"], bandung["province_code"]) == ("Kota Bandung", "city", "32")
    assert (await as_("public").get("/v1/regions/32")).json()["province_code"] is None


@pytest.mark.parametrize("code", ["99", "32.99", "3273", "bandung", "32.73.01", "32%2E99", "32.73%20", "0" * 3000])
async def test_a_code_that_is_none_is_not_found(as_: As, code: str) -> None:
    for path in (f"/v1/regions/{code}", f"/v1/regions/{code}/profile", f"/v1/regions/{code}/indicators"):
        answer = await as_("public").get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


def named(text: str) -> Callable[[RegionFact], bool]:
    """Tell of a region whether its name or an alias has the text, in lower case."""
    return lambda fact: any(text in name.lower() for name in (fact.name, *fact.aliases))


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ({"q": "bandung"}, named("bandung")),
        ({"q": "SUMUT"}, named("sumut")),  # an alias
        ({"kind": "city"}, lambda fact: fact.kind == "city"),
        ({"kind_in": "city,province"}, lambda fact: fact.kind in {"city", "province"}),
        ({"province": "91"}, lambda fact: fact.province_code == "91"),
        ({"island_group": "maluku"}, lambda fact: fact.island_group == "maluku"),
        ({"own_budget": "false"}, lambda fact: not fact.own_budget),
        ({"population_gte": 1_000_000, "population_lt": 1_200_000}, lambda fact: 10**6 <= fact.population < 1_200_000),
        ({"kind": "city", "q": "ban"}, lambda fact: fact.kind == "city" and named("ban")(fact)),
    ],
)
@pytest.mark.parametrize("path", ["/v1/regions", "/v1/regions.geojson"])
async def test_a_filter_chooses_what_it_says(
    as_: As, query: dict[str, Any], chosen: Callable[[RegionFact], bool], path: str
) -> None:
    expected = {code for code, fact in FACTS.items() if chosen(fact)}
    assert expected
    if path.endswith("geojson"):
        features = (await as_("public").get(path, params=query)).json()["features"]
        assert {feature["id"] for feature in features} == expected
    else:
        rows = await every_row(as_("public"), path, limit=200, **query)
        assert {row["code"] for row in rows} == expected


async def test_only_jakartas_six_units_have_no_budget_of_their_own(as_: As) -> None:
    rows = await every_row(as_("public"), "/v1/regions", own_budget="false")
    assert {row["province_code"] for row in rows} == {"31"}
    assert len(rows) == 6


async def test_the_map_is_geojson(as_: As) -> None:
    """RFC 7946: positions are longitude, latitude; no `crs`; a feature's id is its own."""
    answer = await as_("public").get("/v1/regions.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    collection = answer.json()
    assert collection.keys() == {"type", "features"}
    assert collection["type"] == "FeatureCollection"
    assert [feature["id"] for feature in collection["features"]] == sorted(FACTS)
    for feature in collection["features"]:
        fact = FACTS[feature["id"]]
        assert feature == {
            "type": "Feature",
            "id": fact.code,
            "geometry": {"type": "Point", "coordinates": [float(fact.longitude), float(fact.latitude)]},
            "properties": {
                "name": fact.name,
                "kind": fact.kind,
                "province_code": fact.province_code,
                "island_group": fact.island_group,
                "population": fact.population,
            },
        }
        longitude, latitude = feature["geometry"]["coordinates"]
        assert 94 < longitude < 142
        assert -12 < latitude < 7


@pytest.mark.parametrize("parameter", ["limit=5", "cursor=x", "fields=id", "sort=code"])
async def test_the_map_is_not_paged(as_: As, parameter: str) -> None:
    refused = await as_("public").get(f"/v1/regions.geojson?{parameter}")
    assert faults(refused) == {(parameter.partition("=")[0], "unknown_parameter")}


async def correct(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    return await client.patch("/v1/regions/32.73", json=changes, headers={"If-Match": "*"})


async def test_a_correction_is_seen_and_found(as_: As) -> None:
    before = (await as_("public").get("/v1/regions/32.73")).json()
    corrected = await correct(as_("administrator"), capital="Coblong", aliases=["Paris van Java"])
    assert corrected.status_code == 200
    after = corrected.json()
    assert after["version"] == before["version"] + 1
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"capital", "aliases", "version", "updated_at"}
    found = await every_row(as_("public"), "/v1/regions", q="paris van")
    assert [row["code"] for row in found] == ["32.73"]


async def test_an_empty_patch_changes_nothing(as_: As) -> None:
    unchanged = await correct(as_("administrator"))
    assert (unchanged.status_code, unchanged.headers["etag"]) == (200, '"1"')


async def test_a_merge_patch_is_named_as_such(as_: As) -> None:
    headers = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
    patched = await as_("administrator").patch("/v1/regions/32.73", content=b'{"capital":"X"}', headers=headers)
    assert patched.json()["capital"] == "X"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("name", "Bandung", "unknown_field"),
        ("code", "32.74", "unknown_field"),
        ("version", 1, "unknown_field"),
        ("created_at", "2026-01-01T00:00:00Z", "unknown_field"),
        ("population", 1, "unknown_field"),
        ("capital", None, "wrong_type"),
        ("capital", " ", "too_short"),
        ("capital", "two\nlines", "control_character"),
        ("aliases", None, "wrong_type"),
        ("aliases", ["x"] * 51, "too_long"),
    ],
)
async def test_what_follows_the_official_files_is_not_corrected(as_: As, name: str, value: Any, code: str) -> None:
    assert faults(await correct(as_("administrator"), **{name: value})) == {(f"/{name}", code)}


async def write(client: httpx.AsyncClient, path: str = PROFILE, **lists: Any) -> httpx.Response:
    return await client.patch(path, json=lists, headers={"If-Match": "*"})


async def test_every_region_has_a_profile_which_is_empty_at_first(as_: As) -> None:
    profile = (await as_("public").get(PROFILE)).json()
    assert (profile["region_code"], profile["problems"], profile["potentials"]) == ("32.73", [], [])
    assert (await as_("public").get("/v1/regions/11.01/profile")).status_code == 200


async def test_a_region_writes_its_own_profile_and_everyone_reads_it(as_: As) -> None:
    written = await write(as_("region_editor"), problems=[ENTRY], potentials=[ENTRY | {"title": "Students"}])
    assert written.status_code == 200
    read = await as_("public").get(PROFILE)
    assert read.content == written.content
    (problem,) = read.json()["problems"]
    assert problem == ENTRY | {"id": problem["id"]}
    assert uuid.UUID(problem["id"]).version == 7


async def test_an_entry_sent_with_its_id_stays_the_same_entry(as_: As) -> None:
    editor = as_("region_editor")
    first, second = (await write(editor, problems=[ENTRY, ENTRY])).json()["problems"]
    third = ENTRY | {"title": "Traffic"}
    answer = await write(editor, problems=[third, second, first | {"title": "Floods in the south"}])
    new, *kept = answer.json()["problems"]
    assert kept == [second, first | {"title": "Floods in the south"}]
    assert new["id"] not in {first["id"], second["id"]}


async def test_a_list_that_is_not_sent_stays(as_: As) -> None:
    editor = as_("region_editor")
    before = (await write(editor, problems=[ENTRY], potentials=[ENTRY])).json()
    after = (await write(editor, problems=[])).json()
    assert (after["problems"], after["potentials"]) == ([], before["potentials"])


async def test_an_id_of_elsewhere_is_refused(as_: As) -> None:
    editor = as_("region_editor")
    potential = (await write(editor, potentials=[ENTRY])).json()["potentials"][0]
    theirs = (await write(as_("officer"), "/v1/regions/32.04/profile", problems=[ENTRY])).json()["problems"][0]
    for foreign in (potential, theirs, ENTRY | {"id": str(uuid.uuid4())}):
        refused = await write(editor, problems=[ENTRY, foreign])
        assert faults(refused) == {("/problems/1/id", "invalid_reference")}
    twice = await write(editor, potentials=[potential, potential])
    assert faults(twice) == {("/potentials/1/id", "invalid_reference")}


async def test_a_dimension_is_one_of_the_catalogue(as_: As) -> None:
    refused = await write(
        as_("region_editor"),
        problems=[ENTRY | {"dimension": "smartness"}],
        potentials=[ENTRY, ENTRY | {"dimension": "health"}],  # a sub-dimension is none
    )
    assert faults(refused) == {
        ("/problems/0/dimension", "invalid_choice"),
        ("/potentials/1/dimension", "invalid_choice"),
    }
    for dimension in ("governance", "branding", "economy", "living", "society", "environment"):
        assert (await write(as_("region_editor"), problems=[ENTRY | {"dimension": dimension}])).status_code == 200


@pytest.mark.parametrize(
    ("entry", "pointer", "code"),
    [
        ({"title": "x", "description": "y"}, "/problems/0/dimension", "required"),
        (ENTRY | {"title": ""}, "/problems/0/title", "too_short"),
        (ENTRY | {"score": 1}, "/problems/0/score", "unknown_field"),
        (ENTRY | {"id": "1"}, "/problems/0/id", "invalid_format"),
        (ENTRY | {"description": "nul\x00"}, "/problems/0/description", "control_character"),
    ],
)
async def test_an_entry_is_checked_whole(as_: As, entry: dict[str, Any], pointer: str, code: str) -> None:
    assert faults(await write(as_("region_editor"), problems=[entry])) == {(pointer, code)}


async def test_another_regions_profile_is_read_but_not_written(as_: As) -> None:
    editor, path = as_("region_editor"), "/v1/regions/32.04/profile"
    before = await editor.get(path)
    refused = await write(editor, path, problems=[ENTRY])
    assert (refused.status_code, refused.json()["required_permission"]) == (403, "profiles:write")
    assert "another region" in refused.json()["detail"]
    assert (await editor.get(path)).content == before.content
    absent = await write(editor, "/v1/regions/99.99/profile", problems=[ENTRY])
    assert (absent.status_code, absent.json()["code"]) == (404, "not_found")


async def test_the_ministry_may_write_for_a_region(as_: As) -> None:
    for person in ("officer", "administrator"):
        assert (await write(as_(person), problems=[ENTRY])).status_code == 200
