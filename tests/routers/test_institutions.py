"""Institutions are public, written by ministry staff, and have a name of their own."""

from typing import Any

import pytest

from tests.conftest import INSTITUTION, As
from tests.routers.factories import NOWHERE, every_row, faults, make_institution

BANDUNG = {"name": "Institut Teknologi Bandung", "region_code": "32.73", "website": "https://www.itb.ac.id/"}


async def test_a_new_institution_is_public_and_shows_what_was_sent(as_: As) -> None:
    body = BANDUNG | {"kind": "university"}
    made = await as_("officer").post("/v1/institutions", json=body)
    assert made.status_code == 201
    shown = await as_("public").get(made.headers["location"])
    assert (shown.content, shown.headers["etag"]) == (made.content, '"1"')
    assert {name: shown.json()[name] for name in body} == body


async def test_only_name_and_kind_are_needed(as_: As) -> None:
    made = await as_("administrator").post("/v1/institutions", json={"name": "Perbanas", "kind": "other"})
    assert (made.status_code, made.json()["region_code"], made.json()["website"]) == (201, None, None)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Badan Satu", "Institut Teknologi Bandung", "Universitas Uji", "Zeta 100%"]),
        ({"sort": "-name"}, ["Zeta 100%", "Universitas Uji", "Institut Teknologi Bandung", "Badan Satu"]),
        ({"kind": "agency"}, ["Badan Satu"]),
        ({"kind_in": "agency,company"}, ["Badan Satu", "Zeta 100%"]),
        ({"q": "TEKNO"}, ["Institut Teknologi Bandung"]),
        ({"q": "%"}, ["Zeta 100%"]),
        ({"region": "32.73"}, ["Institut Teknologi Bandung"]),
        ({"region": "32.73", "kind": "agency"}, []),
    ],
)
async def test_the_list_is_sorted_and_filtered(as_: As, query: dict[str, str], names: list[str]) -> None:
    officer = as_("officer")
    await make_institution(officer, **BANDUNG)
    await make_institution(officer, "Badan Satu", kind="agency")
    await make_institution(officer, "Zeta 100%", kind="company")
    rows = await every_row(as_("public"), "/v1/institutions", limit=1, **query)
    assert [row["name"] for row in rows] == names


@pytest.mark.parametrize("name", ["Universitas Uji", "UNIVERSITAS uji"])
async def test_a_name_is_taken_once_whatever_the_case(as_: As, name: str) -> None:
    officer = as_("officer")
    taken = await officer.post("/v1/institutions", json={"name": name, "kind": "other"})
    assert (taken.status_code, taken.json()["code"]) == (409, "institution_name_taken")
    path = f"/v1/institutions/{await make_institution(officer)}"
    renamed = await officer.patch(path, json={"name": name}, headers={"If-Match": "*"})
    assert (renamed.status_code, renamed.json()["code"]) == (409, "institution_name_taken")


async def test_an_institution_may_change_the_case_of_its_own_name(as_: As) -> None:
    path = f"/v1/institutions/{INSTITUTION}"
    changed = await as_("officer").patch(path, json={"name": "universitas uji"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["name"]) == (200, "universitas uji")


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"kind": "school"}, "/kind", "invalid_choice"),
        ({"name": " "}, "/name", "too_short"),
        ({"name": "x" * 201}, "/name", "too_long"),
        ({"website": "www.itb.ac.id"}, "/website", "invalid_format"),
        ({"website": "javascript:alert(1)"}, "/website", "invalid_format"),
        ({"region_code": "99.99"}, "/region_code", "invalid_reference"),
        ({"region_code": "3273"}, "/region_code", "invalid_format"),
        ({"id": NOWHERE}, "/id", "unknown_field"),
        ({"version": 7}, "/version", "unknown_field"),
    ],
)
async def test_nonsense_is_refused_with_its_place(as_: As, fields: dict[str, Any], pointer: str, code: str) -> None:
    officer = as_("officer")
    body = {"name": "Universitas Dua", "kind": "university"} | fields
    assert faults(await officer.post("/v1/institutions", json=body)) == {(pointer, code)}
    path = f"/v1/institutions/{INSTITUTION}"
    assert faults(await officer.patch(path, json=fields, headers={"If-Match": "*"})) == {(pointer, code)}


async def test_a_patch_changes_what_it_names_and_null_clears(as_: As) -> None:
    officer = as_("officer")
    path = f"/v1/institutions/{await make_institution(officer, **BANDUNG)}"
    before = (await officer.get(path)).json()
    cleared = await officer.patch(path, json={"website": None}, headers={"If-Match": '"1"'})
    after = cleared.json()
    assert {name for name in after if after[name] != before[name]} == {"website", "version", "updated_at"}
    stale = await officer.patch(path, json={"website": None}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')
    assert faults(await officer.patch(path, json={"name": None}, headers={"If-Match": "*"})) == {
        ("/name", "wrong_type")
    }


@pytest.mark.parametrize("id_", [NOWHERE, "1", "ITB"])
async def test_an_unknown_institution_is_not_found(as_: As, id_: str) -> None:
    officer = as_("officer")
    for answer in (
        await officer.get(f"/v1/institutions/{id_}"),
        await officer.patch(f"/v1/institutions/{id_}", json={}, headers={"If-Match": "*"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("person", ["region_editor", "assessor", "mentor", "data_steward", "auditor"])
async def test_only_officers_and_administrators_write(as_: As, person: str) -> None:
    client = as_(person)
    for answer in (
        await client.post("/v1/institutions", json={"name": "Universitas Dua", "kind": "university"}),
        await client.patch(f"/v1/institutions/{INSTITUTION}", json={"kind": "other"}, headers={"If-Match": "*"}),
    ):
        assert (answer.status_code, answer.json()["required_permission"]) == (403, "institutions:write")
