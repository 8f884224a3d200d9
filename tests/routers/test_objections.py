"""A region objects to its assessment, in time and once at a time; somebody who had no part in it decides."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.domain.permissions import SYSTEM
from app.kernel.db import Database
from app.kernel.writing import act_as, new_id
from app.models.moderations import Moderation
from app.services import calendars
from tests.conftest import As, client_for
from tests.routers.agreements import told
from tests.routers.assessments import EVIDENCE, speaking_for, window
from tests.routers.factories import NOWHERE, every_row, faults, move
from tests.routers.outcomes import ISSUE, LETTERS, make_assessed, make_told, publish

PROCEDURE = {"ground": "procedure", "statement": "The panel met without the third member."}
FACTS = {"ground": "facts", "statement": "The regulation is in force.", "questions": ["rules"], "evidence": [EVIDENCE]}


def below(assessment: UUID) -> str:
    """Return the path of the objections to an assessment."""
    return f"/v1/assessments/{assessment}/objections"


async def filed(editor: httpx.AsyncClient, assessment: UUID, **fields: Any) -> str:
    """File an objection on facts and return its path."""
    answer = await editor.post(below(assessment), json=FACTS | fields)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def decide(client: httpx.AsyncClient, path: str, to: str, **fields: Any) -> httpx.Response:
    """Ask for a step, whatever the version."""
    body = {"to": to, "reason": "The minutes say so."} | fields
    return await client.post(f"{path}/transitions", json=body, headers={"If-Match": "*"})


async def test_a_region_files_an_objection_and_reads_it(as_: As, database: Database) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    own = (await make_told(officer, database))["32.73"]
    answer = await editor.post(below(own), json=FACTS)
    assert answer.status_code == 201, answer.text
    objection = answer.json()
    assert {name: objection[name] for name in FACTS} == FACTS
    assert (objection["assessment_id"], objection["cohort_code"], objection["region_code"]) == (
        str(own), "test", "32.73",
    )  # fmt: skip
    assert (objection["state"], objection["decision"], objection["decided_by"], objection["reopens"]) == (
        "filed", None, None, [],
    )  # fmt: skip
    for reader in (editor, officer, as_("auditor")):
        assert (await reader.get(answer.headers["location"])).json() == objection
        assert await every_row(reader, below(own)) == await every_row(reader, "/v1/objections") == [objection]
    told_of = (await editor.get(f"{answer.headers['location']}/transitions")).json()
    assert (told_of["state"], told_of["allowed"]) == ("filed", ["upheld", "dismissed", "withdrawn"])
    assert [(step["from"], step["to"]) for step in told_of["history"]] == [(None, "filed")]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"ground": "taste"}, "/ground", "invalid_choice"),
        ({"statement": " "}, "/statement", "too_short"),
        ({"questions": ["rules", "weather"]}, "/questions/1", "unknown_question"),
        ({"questions": ["rules", "rules"]}, "/questions", "duplicate"),
        ({"questions": None}, "/questions", "wrong_type"),
        ({"evidence": [{"url": "ftp://x", "title": "x"}]}, "/evidence/0/url", "invalid_format"),
        ({"evidence": [EVIDENCE] * 21}, "/evidence", "too_long"),
        ({"state": "upheld"}, "/state", "unknown_field"),
        ({"reopens": ["rules"]}, "/reopens", "unknown_field"),
    ],
)
async def test_nonsense_is_refused_with_its_place(
    as_: As, database: Database, change: dict[str, Any], pointer: str, code: str
) -> None:
    own = (await make_told(as_("officer"), database))["32.73"]
    assert (pointer, code) in faults(await as_("region_editor").post(below(own), json=FACTS | change))
    assert await every_row(as_("officer"), "/v1/objections") == []


async def test_an_objection_comes_after_the_letter(as_: As, database: Database) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    own = (await make_assessed(officer, database))["32.73"]
    await publish(database)
    assert told(await editor.post(below(own), json=PROCEDURE), "no_result_letter") == set()
    assert (await officer.post(LETTERS, json=ISSUE)).status_code == 200
    assert (await editor.post(below(own), json=PROCEDURE)).status_code == 201


@pytest.mark.parametrize(
    ("zone", "moment", "reason"),
    [
        ("Asia/Jakarta", "2027-03-09T16:59:59+00:00", "window_ahead"),
        ("Asia/Jakarta", "2027-03-09T17:00:00+00:00", None),
        ("Asia/Jakarta", "2027-03-12T16:59:59+00:00", None),
        ("Asia/Jakarta", "2027-03-12T17:00:00+00:00", "window_over"),
        ("Asia/Makassar", "2027-03-09T15:59:59+00:00", "window_ahead"),
        ("Asia/Makassar", "2027-03-12T15:59:59+00:00", None),
        ("Asia/Makassar", "2027-03-12T16:00:00+00:00", "window_over"),
        ("Asia/Jayapura", "2027-03-09T15:00:00+00:00", None),
        ("Asia/Jayapura", "2027-03-12T14:59:59+00:00", None),
        ("Asia/Jayapura", "2027-03-12T15:00:00+00:00", "window_over"),
    ],
)
async def test_the_window_opens_and_closes_by_the_clock_of_the_region(
    as_: As, database: Database, monkeypatch: pytest.MonkeyPatch, zone: str, moment: str, reason: str | None
) -> None:
    """From 10 to 12 March: two hours earlier in Jayapura than in Jakarta."""
    days = {"code": "objection", "starts_on": "2027-03-10", "ends_on": "2027-03-12"}
    own = (await make_told(as_("officer"), database, calendar=[window("assessment"), days]))["32.73"]
    async with database.read() as connection:
        await connection.execute("UPDATE regions SET time_zone = $1 WHERE code = '32.73'", zone)
    monkeypatch.setattr(calendars, "now", lambda: datetime.fromisoformat(moment))
    answer = await as_("region_editor").post(below(own), json=PROCEDURE, headers={"Accept-Language": "id"})
    if reason is None:
        assert answer.status_code == 201, answer.text
    else:
        assert told(answer, "outside_window") == set()
        problem = answer.json()
        assert problem["reason"] == reason
        assert ("Terlalu awal" if reason == "window_ahead" else "Terlambat") in problem["detail"]


async def test_without_a_window_nobody_objects(as_: As, database: Database) -> None:
    own = (await make_told(as_("officer"), database, calendar=[window("assessment")]))["32.73"]
    refused = await as_("region_editor").post(below(own), json=PROCEDURE)
    assert told(refused, "outside_window") == set()
    assert refused.json()["reason"] == "window_missing"


async def test_one_objection_waits_at_a_time(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    own = (await make_told(as_("officer"), database))["32.73"]
    first = await filed(editor, own)
    assert told(await editor.post(below(own), json=PROCEDURE), "objection_pending") == set()
    assert (await decide(editor, first, "withdrawn")).status_code == 200
    second = await filed(editor, own, **PROCEDURE)
    assert (await decide(as_("officer"), second, "dismissed")).status_code == 200
    await filed(editor, own)
    assert [row["state"] for row in await every_row(editor, below(own))] == ["filed", "dismissed", "withdrawn"]


async def test_an_upheld_objection_reopens_exactly_the_questions_it_names(as_: As, database: Database) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    ids = await make_told(officer, database)
    others = {region: (await officer.get(f"/v1/assessments/{one}")).json() for region, one in ids.items()}
    path = await filed(editor, ids["32.73"])
    upheld = await decide(officer, path, "upheld")
    assert upheld.status_code == 200, upheld.text
    objection = upheld.json()
    assert (objection["state"], objection["decision"], objection["reopens"]) == (
        "upheld", "The minutes say so.", ["rules"],
    )  # fmt: skip
    assert objection["decided_by"].startswith("key:")
    assessment = (await officer.get(f"/v1/assessments/{ids['32.73']}")).json()
    assert (assessment["state"], assessment["reopened"], assessment["finalised_at"]) == ("moderation", ["rules"], None)
    assert assessment["revealed_at"] == others["32.73"]["revealed_at"]
    last = (await officer.get(f"/v1/assessments/{ids['32.73']}/transitions")).json()["history"][-1]
    assert (last["to"], last["reason"], last["actor"]) == (
        "moderation", "The minutes say so.", objection["decided_by"],
    )  # fmt: skip
    for region in ids.keys() - {"32.73"}:
        assert (await officer.get(f"/v1/assessments/{ids[region]}")).json() == others[region]
    # What is being decided anew cannot be objected to.
    assert told(await editor.post(below(ids["32.73"]), json=PROCEDURE), "assessment_not_final") == set()


@pytest.mark.parametrize(
    ("said", "reopens", "expected"),
    [
        (FACTS, ["vision", "drive"], ["vision", "drive"]),
        (PROCEDURE, None, []),
        (PROCEDURE, ["vision"], ["vision"]),
        (PROCEDURE | {"questions": ["drive"]}, None, ["drive"]),
        (PROCEDURE | {"questions": ["drive"]}, [], []),
    ],
)
async def test_the_decision_may_name_other_questions_or_on_procedure_none(
    as_: As, database: Database, said: dict[str, Any], reopens: list[str] | None, expected: list[str]
) -> None:
    officer = as_("officer")
    own = (await make_told(officer, database))["32.73"]
    path = (await as_("region_editor").post(below(own), json=said)).headers["location"]
    upheld = await decide(officer, path, "upheld", **({} if reopens is None else {"reopens": reopens}))
    assert (upheld.status_code, upheld.json()["reopens"]) == (200, expected)
    assessment = (await officer.get(f"/v1/assessments/{own}")).json()
    assert (assessment["state"], assessment["reopened"]) == ("moderation" if expected else "final", expected)
    assert (assessment["finalised_at"] is None) is bool(expected)


async def test_what_cannot_be_reopened_is_refused(as_: As, database: Database) -> None:
    officer = as_("officer")
    own = (await make_told(officer, database))["32.73"]
    path = await filed(as_("region_editor"), own, questions=[])
    for to, reopens, pointer, code in (
        ("upheld", ["rules", "weather"], "/reopens/1", "unknown_question"),
        ("upheld", ["rules", "rules"], "/reopens", "duplicate"),
        ("upheld", [], "/reopens", "required"),
        ("upheld", None, "/reopens", "required"),
        ("dismissed", ["rules"], "/reopens", "not_allowed"),
        ("dismissed", [], "/reopens", "not_allowed"),
    ):
        refused = await decide(officer, path, to, **({} if reopens is None else {"reopens": reopens}))
        assert faults(refused) == {(pointer, code)}
    assert (await officer.get(path)).json()["state"] == "filed"
    assert (await officer.get(f"/v1/assessments/{own}")).json()["state"] == "final"


@pytest.mark.parametrize("to", ["dismissed", "withdrawn"])
async def test_nothing_is_reopened_otherwise(as_: As, database: Database, to: str) -> None:
    officer, editor = as_("officer"), as_("region_editor")
    own = (await make_told(officer, database))["32.73"]
    before = (await officer.get(f"/v1/assessments/{own}")).json()
    moved = await decide(editor if to == "withdrawn" else officer, path := await filed(editor, own), to)
    assert (moved.status_code, moved.json()["state"], moved.json()["reopens"]) == (200, to, [])
    decided = to == "dismissed"
    assert (moved.json()["decision"] is not None, moved.json()["decided_by"] is not None) == (decided, decided)
    assert (await officer.get(f"/v1/assessments/{own}")).json() == before
    for again in ("upheld", "dismissed", "withdrawn", "filed"):
        refused = await decide(editor if again == "withdrawn" else officer, path, again)
        assert told(refused, "illegal_transition") == set()
        assert (refused.json()["state"], refused.json()["allowed"]) == (to, [])


async def test_the_region_does_not_decide_and_the_ministry_does_not_withdraw(as_: As, database: Database) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    own = (await make_told(officer, database))["32.73"]
    path = await filed(editor, own)
    for client, to, permission in (
        (editor, "upheld", "objections:decide"),
        (editor, "dismissed", "objections:decide"),
        (officer, "withdrawn", "objections:write"),
        (as_("administrator"), "withdrawn", "objections:write"),
    ):
        refused = await decide(client, path, to)
        assert (refused.status_code, refused.json()["required_permission"]) == (403, permission)
    refused = await as_("administrator").post(below(own), json=PROCEDURE)
    assert (refused.status_code, refused.json()["required_permission"]) == (403, "objections:write")
    assert "own office" in refused.json()["detail"]
    assert (await officer.get(path)).json()["state"] == "filed"


async def test_who_moderated_the_assessment_does_not_decide(as_: As, database: Database) -> None:
    officer, second, editor = as_("officer"), as_("second_officer"), as_("region_editor")
    own = (await make_told(officer, database))["32.73"]
    # Who the officer is, is told by whatever the officer decided.
    first = await decide(officer, await filed(editor, own), "dismissed")
    async with database.write() as session:
        await act_as(session, SYSTEM)
        decisions = {"rules": {"level": 2, "reason": "x"}}
        session.add(
            Moderation(
                id=new_id(),
                assessment_id=own,
                round=1,
                decisions=decisions,
                minutes="x",
                moderated_by=first.json()["decided_by"],
            )
        )
    path = await filed(editor, own)
    for to in ("upheld", "dismissed"):
        assert told(await decide(officer, path, to), "decider_involved") == set()
    assert (await officer.get(path)).json()["state"] == "filed"
    assert (await decide(second, path, "upheld")).status_code == 200


async def test_an_objection_is_the_regions_and_the_ministrys_business(
    as_: As, app: FastAPI, database: Database
) -> None:
    officer, editor = as_("officer"), as_("region_editor")
    ids = await make_told(officer, database)
    path = await filed(editor, ids["32.73"])
    for person in ("public", "assessor", "mentor", "data_steward"):
        for url in (path, "/v1/objections", below(ids["32.73"])):
            assert (await as_(person).get(url)).status_code == (401 if person == "public" else 403)
        history = await as_(person).get(f"{path}/transitions")
        assert history.status_code == (401 if person == "public" else 404)
        refused = await as_(person).post(below(ids["32.73"]), json=PROCEDURE)
        assert refused.status_code == (401 if person == "public" else 403)
    async with speaking_for(app, as_("administrator"), "region_editor", region_code="32.71") as neighbour:
        assert await every_row(neighbour, "/v1/objections") == []
        absent = await neighbour.get(f"/v1/objections/{NOWHERE}")
        assert absent.status_code == 404
        for url in (path, f"{path}/transitions", below(ids["32.73"])):
            assert (await neighbour.get(url)).status_code == 404
        assert (await neighbour.post(below(ids["32.73"]), json=PROCEDURE)).status_code == 404
        assert (await decide(neighbour, path, "withdrawn")).status_code == 404
        await filed(neighbour, ids["32.71"])
    assert len(await every_row(officer, "/v1/objections")) == 2
    assert len(await every_row(editor, "/v1/objections")) == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["facts", "procedure"]),
        ({"sort": "created_at"}, ["procedure", "facts"]),
        ({"state": "filed"}, ["facts"]),
        ({"state_in": "dismissed,upheld"}, ["procedure"]),
        ({"ground": "procedure"}, ["procedure"]),
        ({"cohort": "test", "region": "32.73", "province": "32"}, ["facts", "procedure"]),
        ({"cohort": "2018"}, []),
        ({"assessment": NOWHERE}, []),
        ({"sort": "-updated_at"}, ["facts", "procedure"]),
    ],
)
async def test_the_list_filters(as_: As, database: Database, query: dict[str, Any], expected: list[str]) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    own = (await make_told(officer, database))["32.73"]
    await decide(officer, await filed(editor, own, **PROCEDURE), "dismissed")
    await filed(editor, own)
    assert [row["ground"] for row in await every_row(officer, "/v1/objections", **query)] == expected


async def test_a_stale_decision_is_refused(as_: As, database: Database) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    path = await filed(editor, (await make_told(officer, database))["32.73"])
    body = {"to": "dismissed", "reason": "x"}
    stale = await officer.post(f"{path}/transitions", json=body, headers={"If-Match": '"9"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"1"')
    assert (await officer.post(f"{path}/transitions", json=body)).status_code == 428
    assert (await move(officer, path, "dismissed")).headers["etag"] == '"2"'


@pytest.mark.commits
async def test_of_fifty_filings_at_once_one_waits(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer, client_for(committed, "region_editor") as editor:
        own = (await make_told(officer, committed.state.database))["32.73"]
        answers = await asyncio.gather(*(editor.post(below(own), json=FACTS) for _ in range(50)))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49
        assert {a.json()["code"] for a in answers if a.status_code == 409} == {"objection_pending"}
        assert len(await every_row(officer, below(own))) == 1


@pytest.mark.commits
async def test_of_decisions_at_once_one_wins_and_nothing_is_half_done(committed: FastAPI) -> None:
    async with (
        client_for(committed, "officer") as officer,
        client_for(committed, "second_officer") as second,
        client_for(committed, "region_editor") as editor,
    ):
        own = (await make_told(officer, committed.state.database))["32.73"]
        path = await filed(editor, own)
        asked = [(officer, "upheld"), (second, "dismissed"), (editor, "withdrawn")] * 5
        answers = await asyncio.gather(*(decide(client, path, to) for client, to in asked))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 14
        (won,) = (to for (_, to), answer in zip(asked, answers, strict=True) if answer.status_code == 200)
        for answer in answers:
            if answer.status_code == 409:
                assert (answer.json()["code"], answer.json()["state"]) == ("illegal_transition", won)
        objection = (await officer.get(path)).json()
        assert objection["state"] == won
        assessment = (await officer.get(f"/v1/assessments/{own}")).json()
        assert assessment["state"] == ("moderation" if won == "upheld" else "final")
        steps = (await officer.get(f"{path}/transitions")).json()["history"]
        assert [step["to"] for step in steps] == ["filed", won]
