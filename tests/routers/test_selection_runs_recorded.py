"""A run is recorded by its own method or the cohort's, in its time; what cannot be carried out is refused."""

from typing import Any

import pytest

from app import reference
from app.kernel.db import Database
from tests.conftest import As
from tests.routers.agreements import put_into
from tests.routers.factories import METHOD, PAPUA, RUNS, every_row, faults, make_candidacy, make_cohort, make_run, move
from tests.routers.selection_runs import CITIES, make_assessed
from tests.routers.worked_out import ranking


async def test_a_run_uses_the_cohorts_method_unless_it_brings_its_own(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessed(officer, database, CITIES, methods={"shortlist": METHOD, "final": METHOD | {"reserves": 3}})
    for body, reserves in (({}, 3), ({"method": METHOD}, 5)):
        run = await officer.post(RUNS, json={"stage": "final"} | body)
        assert run.json()["reserves"] == run.json()["method"]["reserves"] == reserves


async def test_a_stage_without_a_method_is_told_where_to_put_one(as_: As) -> None:
    await make_cohort(as_("officer"))
    assert faults(await as_("officer").post(RUNS, json={"stage": "shortlist"})) == {("/method", "required")}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {
                "equity": [
                    {"scope": "kind", "bound": "at_least", "seats": 6, "group": "city"},
                    {"scope": "province", "bound": "at_most", "seats": 9},
                    {"scope": "kind", "bound": "at_least", "seats": 5, "group": "regency"},
                ]
            },
            {("/method/equity/0", "conflicting_rules"), ("/method/equity/2", "conflicting_rules")},
        ),
        (
            {"equity": [PAPUA, {"scope": "kind", "bound": "at_least", "seats": 11, "group": "city"}]},
            {("/method/equity/1", "impossible_rule")},
        ),
        (
            {"criteria": [METHOD["criteria"][0] | {"indicator": "green_city_index"}, *METHOD["criteria"][1:]]},
            {("/method/criteria/0/indicator", "no_values")},
        ),
        ({"criteria": METHOD["criteria"][1:]}, {("/method/criteria", "weights_sum")}),
        ({"missing": None}, {("/method/missing", "invalid_choice")}),
    ],
)
async def test_what_cannot_be_carried_out_is_refused_with_its_place(
    as_: As, change: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    await make_cohort(as_("officer"))
    refused = await as_("officer").post(RUNS, json={"stage": "shortlist", "method": METHOD | change})
    assert faults(refused) == expected
    assert await every_row(as_("officer"), RUNS) == []


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"stage": "third"}, "/stage", "invalid_choice"),
        ({}, "/stage", "required"),
        ({"stage": "shortlist", "state": "published"}, "/state", "unknown_field"),
        ({"stage": "shortlist", "seats": 600}, "/seats", "unknown_field"),
        ({"stage": "shortlist", "recorded_by": "key:1"}, "/recorded_by", "unknown_field"),
    ],
)
async def test_a_run_is_asked_for_plainly(as_: As, body: dict[str, Any], pointer: str, code: str) -> None:
    await make_cohort(as_("officer"))
    assert faults(await as_("officer").post(RUNS, json=body)) == {(pointer, code)}


@pytest.mark.parametrize(
    ("state", "stage", "expected"),
    [
        ("draft", "shortlist", "open"),
        ("assessing", "shortlist", "open"),
        ("open", "final", "assessing"),
        ("decided", "final", "assessing"),
    ],
)
async def test_a_stage_has_its_time(as_: As, database: Database, state: str, stage: str, expected: str) -> None:
    await make_cohort(as_("officer"))
    async with database.read() as connection:
        await connection.execute("UPDATE cohorts SET state = $1 WHERE code = 'test'", state)
    refused = await as_("officer").post(RUNS, json={"stage": stage, "method": METHOD})
    assert (refused.status_code, refused.json()["code"]) == (409, "cohort_not_ready")
    assert (refused.json()["state"], refused.json()["expected"]) == (state, [expected])


async def test_a_final_run_needs_somebody_assessed(as_: As, database: Database) -> None:
    await make_assessed(as_("officer"), database, [])
    refused = await as_("officer").post(RUNS, json={"stage": "final", "method": METHOD})
    assert (refused.status_code, refused.json()["code"]) == (409, "incomplete")


async def test_after_the_final_choice_nobody_is_left_to_choose_from(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessed(officer, database, CITIES)
    run = await officer.post(RUNS, json={"stage": "final", "method": METHOD})
    published = await move(as_("second_officer"), f"/v1/selection-runs/{run.json()['id']}", "published")
    assert published.status_code == 200, published.text
    refused = await officer.post(RUNS, json={"stage": "final", "method": METHOD})
    assert (refused.status_code, refused.json()["code"]) == (409, "stage_already_published")


async def test_the_newest_value_is_not_one_of_a_year_that_lies_ahead(as_: As) -> None:
    """A value of 2042, of a cohort of 2026: only a method that names the year looks at it."""
    officer, content = as_("officer"), "kode;tahun;nilai\n32.73;2042;100\n"
    await make_cohort(officer)
    before = await make_run(officer, "test")
    query = {"dataset": "indicator-values", "indicator": "hdi", "source": "Test", "quality": "synthetic"}
    sent = await as_("data_steward").post(
        "/v1/imports", params=query, content=content, headers={"Content-Type": "text/csv"}
    )
    assert sent.status_code == 201, sent.text
    after = await make_run(officer, "test")
    assert (await officer.get(before)).json()["inputs_sha256"] == (await officer.get(after)).json()["inputs_sha256"]
    fiscal, hdi, poverty = METHOD["criteria"]
    # That another indicator is asked for with such a year opens it for that one only.
    elsewhere = await make_run(
        officer, "test", method=METHOD | {"criteria": [fiscal, hdi, poverty | {"latest_up_to": 2050}]}
    )
    (row,) = await every_row(officer, f"{elsewhere}/results", region="32.73")
    assert {part["criterion"]: part["raw"] for part in row["criteria"]}["hdi"] < 100
    method = METHOD | {"criteria": [fiscal, hdi | {"latest_up_to": 2050}, poverty]}
    named = await make_run(officer, "test", method=method)
    (row,) = await every_row(officer, f"{named}/results", region="32.73")
    assert {part["criterion"]: part["raw"] for part in row["criteria"]}["hdi"] == 100


async def test_who_took_part_before_is_left_out_when_the_method_says_so(as_: As) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    method = METHOD | {"eligibility": METHOD["eligibility"] | {"exclude_earlier_cohorts": True}}
    run = await make_run(officer, "test", method=method)
    rows = await every_row(officer, f"{run}/results", reason="earlier_cohort", limit=200)
    assert {row["region_code"] for row in rows} == {fact.region_code for fact in reference.participants()}
    (depok,) = (row for row in rows if row["region_code"] == "32.76")
    assert "2018, 2019" in depok["reason_en"]


async def test_an_earlier_phase_of_the_same_year_is_an_earlier_cohort(as_: As, database: Database) -> None:
    officer = as_("officer")
    for code, phase in (("first", 4), ("test", 5), ("later", 6)):
        await make_cohort(officer, code, phase=phase)
    for code, region in (("first", CITIES[0]), ("later", CITIES[1])):
        path = await make_candidacy(officer, code, region)
        await put_into(database, path.rpartition("/")[2], "selected")
    method = METHOD | {"eligibility": METHOD["eligibility"] | {"exclude_earlier_cohorts": True}}
    run = await make_run(officer, "test", method=method)
    rows = await every_row(officer, f"{run}/results", reason="earlier_cohort", limit=200)
    left_out = {row["region_code"]: row["reason_en"] for row in rows}
    assert "first" in left_out[CITIES[0]]
    assert "later" not in left_out.get(CITIES[1], "")


async def test_only_nominated_regions_are_ranked_when_the_method_says_so(as_: As) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    for code in CITIES:
        await make_candidacy(officer, "test", code)
    method = METHOD | {"eligibility": METHOD["eligibility"] | {"nominated_only": True}}
    run = await make_run(officer, "test", method=method)
    rows = await every_row(officer, f"{run}/results", limit=200)
    assert [row["region_code"] for row in rows if row["rank"]] == [code for code, _ in ranking(CITIES)]
    assert len(rows) == 552
