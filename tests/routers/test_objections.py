"""A region objects to its assessment after the letter, by its own clock, once at a time, and out of sight of others."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from app.services import calendars
from tests.conftest import As, client_for
from tests.routers.agreements import told
from tests.routers.assessments import EVIDENCE, speaking_for, window
from tests.routers.factories import NOWHERE, every_row, faults
from tests.routers.objections import FACTS, PROCEDURE, below, decide, filed
from tests.routers.outcomes import ISSUE, LETTERS, make_assessed, make_told, publish


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


@pytest.mark.commits
async def test_of_fifty_filings_at_once_one_waits(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer, client_for(committed, "region_editor") as editor:
        own = (await make_told(officer, committed.state.database))["32.73"]
        answers = await asyncio.gather(*(editor.post(below(own), json=FACTS) for _ in range(50)))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49
        assert {a.json()["code"] for a in answers if a.status_code == 409} == {"objection_pending"}
        assert len(await every_row(officer, below(own))) == 1
