"""The panels of a cohort are filled at once: nobody with a conflict, loads even, what stays open is reported."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import As, client_for
from tests.ground import laid
from tests.routers.agreements import put_into
from tests.routers.factories import NOWHERE, every_row, faults, make_expert, move
from tests.routers.panels import (
    FILL,
    ME,
    MEMBERS,
    OWN_INSTITUTION,
    ask_override,
    assign,
    change_assessment,
    declare,
    make_assessing,
    make_assessment,
    make_experts,
    make_member,
)

REGIONS = ("32.71", "32.72", "32.73", "32.74", "32.75", "32.76")


@laid
async def make_many(officer: httpx.AsyncClient, database: Database, count: int = 6, **rules: Any) -> list[str]:
    """Make the cohort `test` with an assessment of each of REGIONS, and return their ids."""
    await make_assessing(officer, **rules)
    return [await make_assessment(officer, database, region) for region in REGIONS[:count]]


async def fill(officer: httpx.AsyncClient, *, dry_run: bool = False, **body: Any) -> dict[str, Any]:
    answer = await officer.post(
        f"{FILL}?dry_run=true" if dry_run else FILL, json={"seed": 1} | body
    )  # a rehearsal and the real run take the same body
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


def taken(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(seat["assessment_id"], seat["expert_id"]) for seat in report["seats"]}


async def test_every_panel_is_filled_evenly_and_reported_with_names(as_: As, database: Database) -> None:
    officer = as_("officer")
    assessments = await make_many(officer, database, quorum=2)
    experts = [ME, *await make_experts(officer, 3)]
    report = await fill(officer)
    assert (report["cohort_code"], report["seed"], report["shortages"]) == ("test", 1, [])
    assert Counter(seat["assessment_id"] for seat in report["seats"]) == dict.fromkeys(assessments, 2)
    assert Counter(seat["expert_id"] for seat in report["seats"]) == dict.fromkeys(experts, 3)
    balance = report["balance"]
    assert (balance["least"], balance["most"], balance["mean"]) == (3, 3, 3)
    assert [(load["expert_name"], load["before"], load["after"], load["barred"]) for load in balance["loads"]] == [
        (name, 0, 3, 0) for name in ("Asesor 00", "Asesor 01", "Asesor 02", "Asesor Uji")
    ]
    # The seats are there, with their history, and the report says of them what every other door says.
    rows = {(row["assessment_id"], row["expert_id"]): row for row in await every_row(officer, MEMBERS)}
    assert rows.keys() == taken(report)
    for seat in report["seats"]:
        row = rows[seat["assessment_id"], seat["expert_id"]]
        assert {name: row[name] for name in seat} == seat
        assert (row["state"], row["override_id"]) == ("assigned", None)
    assert [seat["region_code"] for seat in report["seats"]] == sorted(2 * REGIONS)
    last = next(iter(rows.values()))
    (step,) = (await officer.get(f"/v1/panel-members/{last['id']}/transitions")).json()["history"]
    assert (step["from"], step["to"], step["reason"]) == (None, "assigned", "drawn with seed 1")
    # There is nothing left to fill.
    again = await fill(officer)
    assert (again["seats"], again["shortages"], again["balance"]["mean"]) == ([], [], 3)


async def test_a_rehearsal_says_what_the_same_seed_will_do_and_keeps_nothing(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_many(officer, database, quorum=3)
    await make_experts(officer, 8)
    rehearsed = await fill(officer, dry_run=True, seed=7)
    assert await every_row(officer, MEMBERS) == []
    assert taken(await fill(officer, dry_run=True, seed=8)) != taken(rehearsed)
    assert await fill(officer, seed=7) == rehearsed
    assert len(await every_row(officer, MEMBERS)) == 18


async def test_a_conflict_of_interest_keeps_off_the_panel_and_an_override_changes_nothing_here(
    as_: As, database: Database
) -> None:
    officer, second = as_("officer"), as_("second_officer")
    first, other = await make_many(officer, database, 2, quorum=1)
    home = await make_expert(officer, name="Citra", home_region_code="32.71")
    await declare(officer, ME, "32.71")
    asked = await ask_override(officer, first, home)
    await move(second, asked.headers["location"], "approved")
    report = await fill(officer)
    assert {assessment for assessment, _ in taken(report)} == {other}
    (short,) = report["shortages"]
    assert (short["assessment_id"], short["region_name"], short["missing"]) == (first, "Kota Bogor", 1)
    assert short["reason"]["code"] == "too_few_institutions"
    assert short["reason"]["text_en"].startswith("Institutions still needed: 1; with an assessor free of conflict: 0.")
    assert short["reason"]["text_id"].startswith("Lembaga yang masih diperlukan: 1;")
    assert [(one["expert_name"], [why["code"] for why in one["conflicts"]]) for one in short["barred"]] == [
        ("Asesor Uji", ["conflict_declared"]),
        ("Citra", ["conflict_home_region"]),
    ]
    # By hand, one by one, the override counts, and the seat stays at the next filling.
    await make_member(officer, first, home)
    assert (await fill(officer))["shortages"] == []


async def test_different_institutions_where_the_cohort_wants_them(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_many(officer, database, 1, quorum=2)
    colleague = await make_expert(officer, OWN_INSTITUTION, "Citra")
    report = await fill(officer, dry_run=True)
    assert [row["missing"] for row in report["shortages"]] == [1]
    assert len(report["seats"]) == 1
    await make_assessing(officer, "free", quorum=2, different_institutions=False)
    await make_assessment(officer, database, cohort="free")
    free = (await officer.post("/v1/cohorts/free/panels", json={"seed": 1})).json()
    assert ({expert for _, expert in taken(free)}, free["shortages"]) == ({ME, colleague}, [])


async def test_no_one_gets_more_than_the_limit_and_who_is_full_is_named(as_: As, database: Database) -> None:
    officer = as_("officer")
    assessments = await make_many(officer, database, 5, quorum=1)
    await make_experts(officer, 1)
    await change_assessment(database, assessments[0], "in_review")
    await make_member(officer, assessments[0], ME)  # counts, although that panel is not filled
    report = await fill(officer, max_load=2)
    loads = {load["expert_name"]: (load["before"], load["after"]) for load in report["balance"]["loads"]}
    assert loads == {"Asesor Uji": (1, 2), "Asesor 00": (0, 2)}
    (short,) = report["shortages"]
    assert short["reason"]["code"] == "assessors_full"
    assert "Asesor 00, Asesor Uji" in short["reason"]["text_en"]
    assert "Asesor 00, Asesor Uji" in short["reason"]["text_id"]
    assert (await fill(officer, max_load=3))["shortages"] == []


async def test_only_those_named_are_assigned_and_who_sits_already_stays(as_: As, database: Database) -> None:
    officer = as_("officer")
    first, *_ = await make_many(officer, database, 3, quorum=2)
    one, two, three = await make_experts(officer, 3)
    await make_member(officer, first, three)
    report = await fill(officer, expert_ids=[one, two])
    assert {expert for _, expert in taken(report)} == {one, two}
    assert len(report["seats"]) == 5
    loads = {load["expert_id"]: (load["before"], load["after"]) for load in report["balance"]["loads"]}
    assert loads.keys() == {one, two, three}
    assert loads[three] == (1, 1)
    assert sorted(after for _, after in (loads[one], loads[two])) == [2, 3]


async def test_who_is_named_must_be_an_active_assessor(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_many(officer, database, 1)
    mentor = await make_expert(officer, roles=["mentor"])
    gone = await make_expert(officer, active=False)
    named = await officer.post(FILL, json={"seed": 1, "expert_ids": [ME, mentor, NOWHERE, gone]})
    assert faults(named) == {
        ("/expert_ids/1", "not_assessor"),
        ("/expert_ids/2", "invalid_reference"),
        ("/expert_ids/3", "not_assessor"),
    }
    report = await fill(officer)  # of whom nobody is named, only assessors are taken
    assert {load["expert_id"] for load in report["balance"]["loads"]} == {ME}


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/seed", "required"),
        ({"seed": -1}, "/seed", "out_of_range"),
        ({"seed": 1.5}, "/seed", "wrong_type"),
        ({"seed": 1, "max_load": 0}, "/max_load", "out_of_range"),
        ({"seed": 1, "expert_ids": []}, "/expert_ids", "too_short"),
        ({"seed": 1, "expert_ids": ["x"]}, "/expert_ids/0", "invalid_format"),
        ({"seed": 1, "quorum": 1}, "/quorum", "unknown_field"),
    ],
)
async def test_nonsense_is_refused_with_its_place(as_: As, body: dict[str, Any], pointer: str, code: str) -> None:
    await make_assessing(as_("officer"))
    assert faults(await as_("officer").post(FILL, json=body)) == {(pointer, code)}


async def test_panels_that_have_begun_and_regions_that_left_are_not_filled(as_: As, database: Database) -> None:
    officer = as_("officer")
    assessments = await make_many(officer, database, quorum=1)
    for assessment, state in zip(assessments[1:5], ("submitted", "in_review", "moderation", "final"), strict=True):
        await change_assessment(database, assessment, state)
    left = next(row for row in await every_row(officer, "/v1/cohorts/test/candidacies", region=REGIONS[5]))
    await put_into(database, left["id"], "withdrawn")
    report = await fill(officer)
    assert {assessment for assessment, _ in taken(report)} == set(assessments[:2])


async def test_who_stepped_aside_is_not_drawn_again_and_the_seat_is_filled(as_: As, database: Database) -> None:
    officer = as_("officer")
    (assessment,) = await make_many(officer, database, 1, quorum=1)
    await move(officer, await make_member(officer, assessment, ME), "recused")
    (other,) = await make_experts(officer, 1)
    for seed in range(10):
        assert taken(await fill(officer, dry_run=True, seed=seed)) == {(assessment, other)}


async def test_a_cohort_without_assessments_or_assessors_has_nothing_to_fill(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    report = await fill(officer)
    assert (report["seats"], report["shortages"]) == ([], [])
    await make_assessment(officer, database)
    async with database.read() as connection:
        await connection.execute("UPDATE experts SET active = false")
    report = await fill(officer)
    assert (report["balance"], len(report["shortages"])) == ({"least": 0, "most": 0, "mean": 0, "loads": []}, 1)
    assert (await officer.post("/v1/cohorts/none/panels", json={"seed": 1})).status_code == 404


@pytest.mark.commits
async def test_of_fillings_at_once_and_assignments_between_no_panel_is_overfilled(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        assessments = await make_many(one, committed.state.database, quorum=2)
        experts = [ME, *await make_experts(one, 5)]
        fillings = (
            client.post(FILL, json={"seed": seed}) for client, seed in zip([one, other] * 4, range(8), strict=True)
        )
        by_hand = (assign(one, assessment, expert) for assessment, expert in zip(assessments, experts, strict=True))
        answers = await asyncio.gather(*fillings, *by_hand)
        assert {answer.status_code for answer in answers[:8]} == {200}
        assert {answer.status_code for answer in answers[8:]} <= {201, 409}
        rows = await every_row(one, MEMBERS)
        assert len({(row["assessment_id"], row["expert_id"]) for row in rows}) == len(rows)
        added = sum(answer.status_code == 201 for answer in answers[8:])
        assert 12 <= len(rows) <= 12 + added
        assert sum(len(answer.json()["seats"]) for answer in answers[:8]) + added == len(rows)
