"""Every region of a decided cohort is told its result once, under a number, with its strengths and weaknesses."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.kernel.writing import act_as
from app.models.assessments import Assessment
from tests.conftest import As, client_for
from tests.routers.agreements import told
from tests.routers.assessments import speaking_for
from tests.routers.factories import every_row, faults, make_cohort
from tests.routers.outcomes import (
    DECISIONS,
    ISSUE,
    LETTERS,
    LEVELS,
    make_assessed,
    make_told,
    publish,
    scorecard,
)


async def letters(reader: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    """Return the letters of the cohort by region."""
    return {row["region_code"]: row for row in await every_row(reader, LETTERS)}


async def test_every_decided_candidacy_gets_its_letter_in_the_order_of_the_regions(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessed(officer, database)
    run = await publish(database)
    answer = await officer.post(LETTERS, json=ISSUE | {"first": 7})
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["cohort_code"], report["run_id"], report["date"]) == ("test", str(run), "2027-03-01")
    assert report["issued"] == 4
    ranks = {"32.71": 1, "32.73": 2, "32.74": 3, "32.72": 4}
    assert [(row["region_code"], row["number"], row["decision"], row["rank"]) for row in report["items"]] == [
        (region, f"B-{number}/KOMINFO/2027", DECISIONS[region], ranks[region])
        for number, region in enumerate(sorted(LEVELS), start=7)
    ]
    stored = await letters(officer)
    for row in report["items"]:
        letter = stored[row["region_code"]]
        assert {name: letter[name] for name in row.keys() - {"result_letter_id"}} == {
            name: row[name] for name in row.keys() - {"result_letter_id"}
        }
        assert (letter["id"], letter["run_id"], letter["date"]) == (row["result_letter_id"], str(run), "2027-03-01")
        assert (letter["year"], letter["reason"], letter["version"]) == (2027, "Decree 7/2027", 1)


async def test_the_median_is_of_those_among_whom_the_choice_was_made(as_: As, database: Database) -> None:
    """32.72 left before it; the others have 2.625, 3.25, 2 and 3.5, 1.5, 2.5."""
    await make_assessed(as_("officer"), database)
    await publish(database)
    async with database.read() as connection:
        await connection.execute("DELETE FROM selection_results WHERE region_code = '32.72'")
        await connection.execute("UPDATE candidacies SET state = 'withdrawn' WHERE region_code = '32.72'")
    assert (await as_("officer").post(LETTERS, json=ISSUE)).status_code == 200
    stored = await letters(as_("officer"))
    assert sorted(stored) == ["32.71", "32.73", "32.74"]
    assert [part["median"] for part in stored["32.73"]["comparison"]] == [2.625, 2.5]


async def test_strengths_and_weaknesses_are_against_the_median_of_the_cohort(as_: As, database: Database) -> None:
    """The medians of 2.625, 1.125, 3.25, 2 and of 3.5, 2, 1.5, 2.5 are 2.3125 and 2.25."""
    await make_told(as_("officer"), database)
    stored = await letters(as_("officer"))
    assert stored["32.73"]["comparison"] == [
        {
            "criterion": "leadership_vision",
            "score": 3.25,
            "median": 2.3125,
            "difference": 0.9375,
            "side": "strength",
            "text_en": "Above the cohort's median: 3.25 against 2.31.",
            "text_id": "Di atas median tahap: 3,25 terhadap 2,31.",
        },
        {
            "criterion": "regulation",
            "score": 1.5,
            "median": 2.25,
            "difference": -0.75,
            "side": "weakness",
            "text_en": "Below the cohort's median: 1.50 against 2.25.",
            "text_id": "Di bawah median tahap: 1,50 terhadap 2,25.",
        },
    ]
    sides = {region: [part["side"] for part in letter["comparison"]] for region, letter in stored.items()}
    assert sides["32.71"] == ["strength", "strength"]
    assert sides["32.72"] == ["weakness", "weakness"]
    assert sides["32.74"] == ["weakness", "strength"]


async def test_the_newest_scorecard_counts_and_one_without_has_no_comparison(as_: As, database: Database) -> None:
    """With 32.71 corrected to 1 in its first criterion the median is (1.125 + 2) / 2; 32.74 has no scorecard."""
    officer = as_("officer")
    ids = await make_assessed(officer, database, unscored="32.74")
    async with database.write() as session:
        await act_as(session, SYSTEM)
        assessment = await session.get_one(Assessment, ids["32.71"])
        criteria = [
            {"criterion": "leadership_vision", "weight": 0.7, "score": 1, "contribution": 0.7},
            {"criterion": "regulation", "weight": 0.3, "score": 2, "contribution": 0.6},
        ]
        corrected = scorecard(assessment, "32.71", edition=2, criteria=criteria)
        session.add(corrected)
    await publish(database)
    await officer.post(LETTERS, json=ISSUE)
    stored = await letters(officer)
    assert stored["32.71"]["scorecard_id"] == str(corrected.id)
    # 1, 1.125, 3.25 and 2, 2, 1.5
    assert [part["median"] for part in stored["32.71"]["comparison"]] == [1.125, 2]
    assert [part["side"] for part in stored["32.71"]["comparison"]] == ["weakness", "at_median"]
    assert (stored["32.74"]["scorecard_id"], stored["32.74"]["comparison"]) == (None, [])


async def test_a_letter_says_what_was_decided_whatever_came_after(as_: As, database: Database) -> None:
    """A region that withdrew after the decision is told of it, and a reserve that moved up was a reserve."""
    officer = as_("officer")
    await make_assessed(officer, database)
    await publish(database)
    async with database.read() as connection:
        for region, state in (("32.71", "withdrawn"), ("32.74", "selected")):
            await connection.execute("UPDATE candidacies SET state = $1 WHERE region_code = $2", state, region)
    await officer.post(LETTERS, json=ISSUE)
    assert {region: letter["decision"] for region, letter in (await letters(officer)).items()} == DECISIONS


async def test_there_is_nothing_to_tell_before_a_final_run_is_published(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessed(officer, database)
    assert told(await officer.post(LETTERS, json=ISSUE), "results_not_published") == set()
    await publish(database, state="recorded")
    assert told(await officer.post(LETTERS, json=ISSUE), "results_not_published") == set()
    assert (await officer.post("/v1/cohorts/none/result-letters", json=ISSUE)).status_code == 404


async def test_letters_are_issued_once(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_told(officer, database)
    before = await letters(officer)
    assert told(await officer.post(LETTERS, json=ISSUE), "result_letter_exists") == set()
    other = ISSUE | {"first": 100, "date": "2028-01-01"}
    assert told(await officer.post(LETTERS, json=other), "result_letter_exists") == set()
    assert await letters(officer) == before


async def test_all_letters_are_issued_or_none(as_: As, database: Database) -> None:
    """The number of the last one is taken in its year, by a letter of another cohort."""
    officer = as_("officer")
    await make_assessed(officer, database)
    run = await publish(database)
    async with database.read() as connection:
        foreign = "(SELECT id FROM candidacies WHERE cohort_code = '2018' LIMIT 1)"
        await connection.execute(
            "INSERT INTO result_letters (id, candidacy_id, number, year, date, run_id, decision, comparison, reason) "  # noqa: S608 - our own words
            f"VALUES (gen_random_uuid(), {foreign}, 'B-4/KOMINFO/2027', 2027, '2027-01-04', $1, 'in', '[]', 'x')",
            run,
        )
    assert told(await officer.post(LETTERS, json=ISSUE), "result_letter_number_taken") == set()
    assert await letters(officer) == {}
    assert (await officer.post(LETTERS, json=ISSUE | {"date": "2028-03-01"})).json()["issued"] == 4


async def test_a_rehearsal_answers_the_same_and_keeps_nothing(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessed(officer, database)
    await publish(database)
    rehearsed = (await officer.post(f"{LETTERS}?dry_run=true", json=ISSUE)).json()
    assert await letters(officer) == {}
    headers = {"Idempotency-Key": "letters"}
    real = await officer.post(LETTERS, json=ISSUE, headers=headers)
    again = await officer.post(LETTERS, json=ISSUE, headers=headers)
    assert (again.content, again.headers["idempotency-replayed"]) == (real.content, "true")

    def without_ids(report: dict[str, Any]) -> dict[str, Any]:
        return report | {"items": [row | {"result_letter_id": None} for row in report["items"]]}

    assert without_ids(rehearsed) == without_ids(real.json())


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"number_pattern": "B-1/2027"}, "/number_pattern", "invalid_format"),
        ({"number_pattern": " {n}"}, "/number_pattern", "invalid_format"),
        ({"number_pattern": "{n} "}, "/number_pattern", "invalid_format"),
        ({"number_pattern": "{n}\u0000"}, "/number_pattern", "control_character"),
        ({"number_pattern": "{n}" + "x" * 88}, "/number_pattern", "too_long"),
        ({"first": 0}, "/first", "out_of_range"),
        ({"first": 1_000_001}, "/first", "out_of_range"),
        ({"date": "2027-02-30"}, "/date", "invalid_format"),
        ({"reason": ""}, "/reason", "too_short"),
        ({"year": 2027}, "/year", "unknown_field"),
    ],
)
async def test_nonsense_is_refused_with_its_place(as_: As, change: dict[str, Any], pointer: str, code: str) -> None:
    await make_cohort(as_("officer"))
    assert (pointer, code) in faults(await as_("officer").post(LETTERS, json=ISSUE | change))


@pytest.mark.parametrize("pattern", ["{n}", "a{n}", "{n}b", "a {n} b {n}", "{x}{n}"])
async def test_a_pattern_is_what_has_a_place_for_the_number(as_: As, database: Database, pattern: str) -> None:
    officer = as_("officer")
    await make_assessed(officer, database)
    await publish(database)
    report = (await officer.post(LETTERS, json=ISSUE | {"number_pattern": pattern})).json()
    assert [row["number"] for row in report["items"]] == [pattern.replace("{n}", str(n)) for n in (1, 2, 3, 4)]


async def test_a_region_reads_its_own_letter_alone(as_: As, app: FastAPI, database: Database) -> None:
    await make_told(as_("officer"), database)
    everything = await letters(as_("officer"))
    for person in ("auditor", "administrator", "second_officer"):
        assert await letters(as_(person)) == everything
    own, others = everything["32.73"], [row for region, row in everything.items() if region != "32.73"]
    editor = as_("region_editor")
    assert await letters(editor) == {"32.73": own}
    assert await every_row(editor, "/v1/result-letters") == [own]
    assert (await editor.get(f"/v1/result-letters/{own['id']}")).json() == own
    assert (await editor.get("/v1/result-letters?region=32.71&count=true")).json()["total"] == 0
    for row in others:
        assert (await editor.get(f"/v1/result-letters/{row['id']}")).status_code == 404
    for person in ("public", "assessor", "mentor", "data_steward"):
        for path in (LETTERS, "/v1/result-letters", f"/v1/result-letters/{own['id']}"):
            assert (await as_(person).get(path)).status_code == (401 if person == "public" else 403)
    async with speaking_for(app, as_("administrator"), "region_editor", region_code="32.71") as neighbour:
        assert list(await letters(neighbour)) == ["32.71"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"cohort": "test"}, ["32.71", "32.72", "32.73", "32.74"]),
        ({"cohort": "2018"}, []),
        ({"region": "32.74"}, ["32.74"]),
        ({"province": "32", "decision": "in"}, ["32.71", "32.73"]),
        ({"decision_in": "reserve,out", "sort": "-region_code"}, ["32.74", "32.72"]),
        ({"q": "B-2/"}, ["32.72"]),
        ({"year": 2028}, []),
        ({"sort": "-created_at"}, ["32.74", "32.73", "32.72", "32.71"]),
    ],
)
async def test_the_list_filters(as_: As, database: Database, query: dict[str, Any], expected: list[str]) -> None:
    await make_told(as_("officer"), database)
    assert [row["region_code"] for row in await every_row(as_("officer"), "/v1/result-letters", **query)] == expected


@pytest.mark.commits
async def test_of_letters_issued_at_once_each_goes_out_once(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_assessed(one, committed.state.database)
        await publish(committed.state.database)
        bodies = [ISSUE | {"first": first} for first in range(1, 201, 10)]
        answers = await asyncio.gather(
            *(client.post(LETTERS, json=body) for client, body in zip([one, other] * 10, bodies, strict=True))
        )
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
        assert {a.json()["code"] for a in answers if a.status_code == 409} == {"result_letter_exists"}
        assert len(await letters(one)) == 4
