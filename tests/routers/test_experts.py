"""Experts are people: seen by those who work with them, written by ministry staff, never public."""

from typing import Any

import pytest

from tests.conftest import EXPERT, INSTITUTION, As
from tests.routers.factories import NOWHERE, every_row, faults, make_expert, make_institution, version_in

FULL = {
    "name": "Budi",
    "institution_id": str(INSTITUTION),
    "roles": ["mentor", "assessor"],
    "sectors": ["transport", "air bersih"],
    "dimensions": ["economy", "living"],
    "home_region_code": "32.73",
    "trained_on": "2026-01-31",
    "active": False,
}


async def test_a_new_expert_shows_what_was_sent_and_the_institution_by_name(as_: As) -> None:
    officer = as_("officer")
    made = await officer.post("/v1/experts", json=FULL)
    assert made.status_code == 201
    shown = await officer.get(made.headers["location"])
    assert (shown.content, version_in(shown)) == (made.content, 1)
    assert {name: shown.json()[name] for name in FULL} == FULL
    assert shown.json()["institution_name"] == "Universitas Uji"


async def test_what_is_left_out_is_empty_and_the_expert_active(as_: As) -> None:
    officer = as_("officer")
    shown = (await officer.get(f"/v1/experts/{await make_expert(officer)}")).json()
    assert (shown["sectors"], shown["dimensions"], shown["home_region_code"], shown["trained_on"]) == (
        [],
        [],
        None,
        None,
    )
    assert shown["active"] is True


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Asesor Uji", "Budi", "Citra"]),
        ({"sort": "-name"}, ["Citra", "Budi", "Asesor Uji"]),
        ({"q": "bUd"}, ["Budi"]),
        ({"role": "assessor"}, ["Asesor Uji", "Budi"]),
        ({"role": "facilitator"}, ["Citra"]),
        ({"dimension": "living"}, ["Budi"]),
        ({"home_region": "32.73"}, ["Budi"]),
        ({"active": "false"}, ["Budi"]),
        ({"active": "true", "role": "mentor"}, []),
        ({"institution": str(INSTITUTION)}, ["Asesor Uji", "Budi"]),
        ({"institution": NOWHERE}, []),
    ],
)
async def test_the_list_is_sorted_and_filtered(as_: As, query: dict[str, str], names: list[str]) -> None:
    officer = as_("officer")
    assert (await officer.post("/v1/experts", json=FULL)).status_code == 201
    await make_expert(officer, await make_institution(officer), "Citra", roles=["facilitator"])
    rows = await every_row(as_("auditor"), "/v1/experts", limit=1, **query)
    assert [row["name"] for row in rows] == names


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"institution_id": NOWHERE}, "/institution_id", "invalid_reference"),
        ({"institution_id": "ITB"}, "/institution_id", "invalid_format"),
        ({"institution_id": None}, "/institution_id", "wrong_type"),
        ({"home_region_code": "99.99"}, "/home_region_code", "invalid_reference"),
        ({"roles": []}, "/roles", "too_short"),
        ({"roles": ["judge"]}, "/roles/0", "invalid_choice"),
        ({"roles": ["mentor", "mentor"]}, "/roles", "duplicate"),
        ({"dimensions": ["economy", "luck"]}, "/dimensions/1", "invalid_choice"),
        ({"dimensions": ["economy", "economy"]}, "/dimensions", "duplicate"),
        ({"sectors": ["x"] * 2}, "/sectors", "duplicate"),
        ({"sectors": [f"{number}" for number in range(21)]}, "/sectors", "too_long"),
        ({"trained_on": "2026-02-30"}, "/trained_on", "invalid_format"),
        ({"active": "yes"}, "/active", "wrong_type"),
        ({"email": "budi@example.id"}, "/email", "unknown_field"),
        ({"institution_name": "ITB"}, "/institution_name", "unknown_field"),
    ],
)
async def test_nonsense_is_refused_with_its_place(as_: As, fields: dict[str, Any], pointer: str, code: str) -> None:
    officer = as_("officer")
    assert faults(await officer.post("/v1/experts", json=FULL | fields)) == {(pointer, code)}
    patched = await officer.patch(f"/v1/experts/{EXPERT}", json=fields, headers={"If-Match": "*"})
    assert faults(patched) == {(pointer, code)}


async def test_a_patch_changes_what_it_names_and_null_clears(as_: As) -> None:
    officer = as_("officer")
    path = (await officer.post("/v1/experts", json=FULL)).headers["location"]
    before = (await officer.get(path)).json()
    other = await make_institution(officer)
    changes = {"institution_id": other, "home_region_code": None, "dimensions": ["society"]}
    after = (await officer.patch(path, json=changes, headers={"If-Match": '"1"'})).json()
    assert {name: after[name] for name in changes} == changes
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {*changes, "institution_name", "version", "updated_at"}
    stale = await officer.patch(path, json=changes, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')


@pytest.mark.parametrize("person", ["public", "region_editor", "data_steward"])
async def test_names_are_not_for_everyone(as_: As, person: str) -> None:
    """A region must not look up who may judge it, nor the public."""
    client = as_(person)
    for path in ("/v1/experts", f"/v1/experts/{EXPERT}", f"/v1/experts/{NOWHERE}"):
        refused = await client.get(path)
        assert refused.status_code == (401 if person == "public" else 403)
        assert "Asesor" not in refused.text


@pytest.mark.parametrize("person", ["assessor", "mentor", "auditor"])
async def test_those_who_work_with_experts_read_and_do_not_write(as_: As, person: str) -> None:
    client = as_(person)
    assert (await client.get(f"/v1/experts/{EXPERT}")).json()["name"] == "Asesor Uji"
    for answer in (
        await client.post("/v1/experts", json=FULL),
        await client.patch(f"/v1/experts/{EXPERT}", json={"active": False}, headers={"If-Match": "*"}),
    ):
        assert (answer.status_code, answer.json()["required_permission"]) == (403, "experts:write")


@pytest.mark.parametrize("id_", [NOWHERE, "1", "ani"])
async def test_an_unknown_expert_is_not_found(as_: As, id_: str) -> None:
    answer = await as_("officer").get(f"/v1/experts/{id_}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
