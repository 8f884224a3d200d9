"""An assessment is opened once for each who is invited, and seen by those it concerns alone, at every door."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import EXPERT, As
from tests.routers.agreements import put_into, told
from tests.routers.assessments import (
    LIST,
    WEST,
    admit,
    make_assessing,
    open_assessment,
    open_assessments,
    put,
    seat,
    speaking_for,
)
from tests.routers.factories import NOWHERE, every_row, faults, make_candidacy, make_cohort, make_expert, move, refusal


async def test_everyone_who_is_invited_gets_one_and_rubric_and_rules_stay(as_: As, database: Database) -> None:
    officer = as_("officer")
    ids = await make_assessing(officer, regions=("33.74", WEST, "32.71"))
    await put_into(database, ids[0], "nominated")
    opened = await officer.post(LIST, json={"reason": "letter 5"})
    assert opened.status_code == 200
    report = opened.json()
    assert (report["cohort_code"], report["opened"]) == ("test", 2)
    assert [(item["region_code"], item["region_name"], item["candidacy_id"]) for item in report["items"]] == [
        ("32.71", "Kota Bogor", ids[2]),
        (WEST, "Kota Bandung", ids[1]),
    ]
    rows = await every_row(officer, LIST)
    assert [row["id"] for row in rows] == [item["assessment_id"] for item in report["items"]]
    shown = rows[1]
    assert (shown["state"], shown["answers"], shown["priorities"]) == ("open", {}, [])
    assert (shown["rubric"], shown["version"]) == ({"code": "readiness-test", "edition": 1}, 1)
    empty = ("submitted_at", "late_admission", "revealed_at", "finalised_at")
    assert {name: shown[name] for name in empty} == dict.fromkeys(empty)
    history = (await officer.get(f"/v1/assessments/{shown['id']}/transitions")).json()
    assert (history["state"], history["allowed"]) == ("open", ["submitted"])
    assert [(step["from"], step["to"], step["reason"]) for step in history["history"]] == [(None, "open", "letter 5")]
    cohort = (await officer.get("/v1/cohorts/test")).json()
    assert cohort["rules_frozen_at"]
    assert (await officer.get("/v1/rubrics/readiness-test")).json()["frozen_at"]
    changed = await officer.patch("/v1/cohorts/test", json={"rubric": None}, headers={"If-Match": "*"})
    assert refusal(changed) == (409, "assessment_rules_frozen")
    assert (await officer.post(LIST, json={})).json()["opened"] == 0
    await put_into(database, ids[0], "invited")
    assert [item["candidacy_id"] for item in (await officer.post(LIST, json={})).json()["items"]] == [ids[0]]


async def test_those_named_are_opened_and_every_fault_points_at_one(as_: As, database: Database) -> None:
    officer = as_("officer")
    first, second, third = await make_assessing(officer, regions=("32.71", "32.72", WEST))
    (foreign,) = await make_assessing(officer, "other")

    async def name(*ids: str) -> httpx.Response:
        return await officer.post(LIST, json={"candidacy_ids": ids})

    assert [item["candidacy_id"] for item in (await name(second)).json()["items"]] == [second]
    assert faults(await name(first, foreign, NOWHERE, first)) == {
        ("/candidacy_ids/1", "invalid_reference"),
        ("/candidacy_ids/2", "invalid_reference"),
        ("/candidacy_ids/3", "duplicate"),
    }
    assert told(await name(first, second), "assessment_exists") == {("/candidacy_ids/1", "assessment_exists")}
    await put_into(database, third, "withdrawn")
    left = await name(first, third)
    assert told(left, "candidacy_not_ready") == {("/candidacy_ids/1", "candidacy_not_ready")}
    assert (left.json()["state"], left.json()["expected"]) == ("withdrawn", ["invited"])
    assert len(await every_row(officer, LIST)) == 1  # all or none
    assert (await name(first.upper())).json()["opened"] == 1


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"candidacy_ids": []}, "/candidacy_ids", "too_short"),
        ({"candidacy_ids": ["x"]}, "/candidacy_ids/0", "invalid_format"),
        ({"candidacy_ids": [NOWHERE] * 601}, "/candidacy_ids", "too_long"),
        ({"reason": " "}, "/reason", "too_short"),
        ({"state": "final"}, "/state", "unknown_field"),
        ({"rubric": "x"}, "/rubric", "unknown_field"),
    ],
)
async def test_nonsense_opens_nothing(as_: As, body: dict[str, Any], pointer: str, code: str) -> None:
    await make_assessing(as_("officer"))
    assert faults(await as_("officer").post(LIST, json=body)) == {(pointer, code)}


async def test_it_begins_with_the_cohort_and_needs_a_rubric(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    early = await officer.post(LIST, json={})
    assert refusal(early) == (409, "cohort_not_ready")
    assert (early.json()["state"], early.json()["expected"]) == ("open", ["assessing"])
    candidacy = (await make_candidacy(officer, "test")).rpartition("/")[2]
    assert (await move(officer, "/v1/cohorts/test", "assessing")).status_code == 200
    assert (await officer.post(LIST, json={})).json()["opened"] == 0  # nobody is invited
    await put_into(database, candidacy, "invited")
    assert told(await officer.post(LIST, json={}), "incomplete") == {("/rubric", "required")}
    assert (await officer.get("/v1/cohorts/test")).json()["rules_frozen_at"] is None
    assert (await officer.post("/v1/cohorts/nowhere/assessments", json={})).status_code == 404


async def test_a_rehearsal_keeps_nothing_and_what_is_sent_twice_happens_once(as_: As) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    assert (await officer.post(f"{LIST}?dry_run=true", json={})).json()["opened"] == 1
    assert await every_row(officer, LIST) == []
    headers = {"Idempotency-Key": "open them"}
    opened, again = [await officer.post(LIST, json={}, headers=headers) for _ in range(2)]
    assert (again.content, again.headers["idempotency-replayed"]) == (opened.content, "true")
    assert opened.json()["opened"] == 1


async def test_an_assessment_is_seen_by_those_it_concerns_at_every_door(
    as_: As, database: Database, app: FastAPI
) -> None:
    officer = as_("officer")
    own, other = await open_assessments(officer, regions=(WEST, "32.71"))
    await seat(database, other, EXPERT)
    everyone = {own, other}
    sees = {"officer": everyone, "administrator": everyone, "auditor": everyone}
    sees |= {"region_editor": {own}, "assessor": {other}}
    async with (
        speaking_for(app, as_("administrator"), "region_editor", region_code="32.04") as neighbour,
        speaking_for(app, as_("administrator"), "assessor", expert_id=await make_expert(officer)) as stranger,
    ):
        people = {person: (as_(person), seen) for person, seen in sees.items()}
        people |= {"neighbour": (neighbour, set()), "stranger": (stranger, set())}
        for person, (client, seen) in people.items():
            for url in (LIST, "/v1/assessments?cohort=test&count=true", f"{LIST}?state=open&count=true"):
                page = (await client.get(url)).json()
                assert {f"/v1/assessments/{row['id']}" for row in page["items"]} == seen, (person, url)
                assert page.get("total", len(seen)) == len(seen), (person, url)
            for path in everyone:
                status = 200 if path in seen else 404
                assert (await client.get(path)).status_code == status, (person, path)
                assert (await client.get(f"{path}/transitions")).status_code == status, (person, path)
    for person in ("mentor", "data_steward"):
        assert refusal(await as_(person).get(own)) == (403, "forbidden")
        assert refusal(await as_(person).get(f"{own}/transitions")) == (404, "not_found")
    assert (await as_("public").get(LIST)).status_code == 401
    async with database.read() as connection:
        await connection.execute("UPDATE panel_members SET state = 'recused'")
    assert (await as_("assessor").get(LIST)).json()["items"] == []
    assert (await as_("assessor").get(other)).status_code == 404


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({}, {WEST, "32.71", "33.74", "51.03"}),
        ({"q": "bandung"}, {WEST}),
        ({"region": "51.03"}, {"51.03"}),
        ({"province": "32"}, {WEST, "32.71"}),
        ({"island_group": "bali-nusa-tenggara"}, {"51.03"}),
        ({"state": "submitted"}, {WEST}),
        ({"state_in": "submitted,final"}, {WEST, "32.71"}),
        ({"submitted": "true"}, {WEST, "32.71"}),
        ({"submitted": "false"}, {"33.74", "51.03"}),
        ({"late": "true"}, {"33.74"}),
        ({"late": "false", "province": "32"}, {WEST, "32.71"}),
        ({"candidacy": NOWHERE}, set()),
    ],
)
async def test_a_filter_chooses_what_it_says(
    as_: As, database: Database, query: dict[str, str], codes: set[str]
) -> None:
    officer = as_("officer")
    paths = await open_assessments(officer, regions=(WEST, "32.71", "33.74", "51.03"))
    await put(database, paths[0], "submitted")
    await put(database, paths[1], "final")
    await admit(officer, paths[2], "2099-01-01T00:00:00Z")
    rows = await every_row(officer, LIST, **query)
    assert {row["region_code"] for row in rows} == codes
    everywhere = await every_row(officer, "/v1/assessments", cohort="test", sort="region_code", **query)
    assert everywhere == rows
    assert (await officer.get("/v1/assessments", params={"cohort": "2018"} | query)).json()["items"] == []


async def test_a_list_is_walked_in_each_order(as_: As) -> None:
    officer = as_("officer")
    await open_assessments(officer, regions=(WEST, "32.71", "33.74"))
    for sort in ("region_code", "created_at", "updated_at"):
        rows = await every_row(officer, LIST, sort=sort, limit=1)
        assert [row[sort] for row in rows] == sorted(row[sort] for row in rows)
        assert await every_row(officer, LIST, sort=f"-{sort}", limit=2) == rows[::-1]
    assert faults(await officer.get(f"{LIST}?cohort=2018")) == {("cohort", "unknown_parameter")}


async def test_the_database_itself_keeps_the_rules(as_: As, database: Database) -> None:
    """Whatever writes, plain SQL too."""
    path = await open_assessment(as_("officer"))
    row = f"WHERE id = '{path.rpartition('/')[2]}'"
    wrongs = {
        "state = 'submitted'": "ck_assessments_submitted_at",
        "state = 'lost'": "ck_assessments_state",
        "late_until = now()": "ck_assessments_late",
        "state = 'moderation', submitted_at = now()": "ck_assessments_revealed_at",
        "state = 'final', submitted_at = now(), revealed_at = now()": "ck_assessments_finalised_at",
    }
    for wrong, constraint in wrongs.items():
        async with database.read() as connection:
            with pytest.raises(Exception, match=constraint):
                async with connection.transaction():
                    await connection.execute(f"UPDATE assessments SET {wrong} {row}")  # noqa: S608 - our own words
