"""A submitted plan takes the word of its mentors and of the ministry: either returns it, and both accept it."""

from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import As
from tests.routers.assessments import speaking_for
from tests.routers.factories import every_row, faults, refusal
from tests.routers.plans import add_initiative, enact, make_plan, make_planning, make_whole_plan, step, write
from tests.routers.reviewed import comment, make_submitted_plan, review, settle, state, submit

LIST = "/v1/plan-reviews"


def missing(refused: httpx.Response) -> list[tuple[str, str]]:
    """Return what a plan still lacks to be accepted: (pointer, code)."""
    assert refusal(refused) == (409, "incomplete"), refused.text
    return [(error["pointer"], error["code"]) for error in refused.json()["errors"]]


async def test_the_mentors_accept_first_and_then_the_ministry(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    officer = as_("officer")
    assert missing(await review(officer, plan)) == [("/verdict", "mentor_first")]
    given = await review(as_("mentor"), plan)
    assert given.status_code == 201
    shown = given.json()
    assert (shown["side"], shown["verdict"], shown["version_number"], shown["reason"]) == (
        "mentor",
        "accepted",
        1,
        "accepted in the test",
    )
    assert (shown["plan_id"], shown["cohort_code"], shown["region_code"]) == (plan.rpartition("/")[2], "test", "32.73")
    assert (await officer.get(given.headers["location"])).content == given.content
    assert await state(officer, plan) == ("submitted", "plan_submitted")
    assert (await as_("public").get(plan)).status_code == 404
    assert (await review(officer, plan)).status_code == 201
    assert await state(officer, plan) == ("accepted", "plan_accepted")
    assert (await as_("public").get(plan)).json()["accepted_at"] is not None
    history = (await officer.get(f"{plan}/transitions")).json()["history"]
    assert (history[-1]["to"], history[-1]["reason"]) == ("accepted", "accepted in the test")
    assert [row["side"] for row in await every_row(officer, f"{plan}/reviews", limit=1)] == ["mentor", "ministry"]


@pytest.mark.parametrize("person", ["mentor", "officer"])
async def test_either_returns_the_plan_and_a_new_version_is_reviewed_anew(
    as_: As, database: Database, person: str
) -> None:
    plan = await make_submitted_plan(as_, database)
    editor, officer = as_("region_editor"), as_("officer")
    if person == "officer":  # though the mentors have accepted it
        assert (await review(as_("mentor"), plan)).status_code == 201
    assert (await review(as_(person), plan, "returned")).status_code == 201
    assert await state(officer, plan) == ("returned", "mentoring")
    again = await review(as_("second_officer"), plan)
    assert (refusal(again), again.json()["allowed"]) == ((409, "illegal_transition"), ["submitted"])
    assert (await write(editor, plan, parts={"gap": "Fewer buses are late."})).is_success
    await submit(editor, plan)
    assert await state(officer, plan) == ("submitted", "plan_submitted")
    # What was said of the version before counts for nothing now.
    late = await review(as_("mentor"), plan, version=1)
    assert (refusal(late), late.json()["version_number"]) == ((409, "another_version"), 2)
    assert missing(await review(officer, plan, version=2)) == [("/verdict", "mentor_first")]
    for one in ("mentor", "officer"):
        assert (await review(as_(one), plan, version=2)).status_code == 201
    assert await state(officer, plan) == ("accepted", "plan_accepted")
    rows = await every_row(officer, f"{plan}/reviews", verdict="returned")
    assert [(row["side"], row["version_number"]) for row in rows] == [
        ("ministry" if person == "officer" else "mentor", 1)
    ]
    # Why it came back is for those who saw it then.
    way = ["draft", "submitted", "returned", "submitted", "accepted"]
    for reader, seen in {"region_editor": way, "mentor": way, "officer": way, "assessor": way[-1:]}.items():
        history = (await as_(reader).get(f"{plan}/transitions")).json()["history"]
        assert [moved["to"] for moved in history] == seen, reader


async def test_no_side_gives_two_verdicts_on_one_version(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    assert (await review(as_("mentor"), plan)).status_code == 201
    for verdict in ("accepted", "returned"):
        assert refusal(await review(as_("mentor"), plan, verdict)) == (409, "plan_already_reviewed")
    assert await state(as_("officer"), plan) == ("submitted", "plan_submitted")


async def test_nothing_is_accepted_while_a_comment_is_open(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    mentor, officer = as_("mentor"), as_("officer")
    asked = await comment(as_("region_editor"), plan, "/vision")
    mine = await comment(mentor, plan, "")
    refused = await review(mentor, plan)
    assert missing(refused) == [("/vision", "comment_open"), ("", "comment_open")]
    assert refused.json()["open_comments"] == [asked.json()["id"], mine.json()["id"]]
    for one in (asked, mine):
        assert (await settle(officer, one.headers["location"])).is_success
    assert (await review(mentor, plan)).status_code == 201
    assert (await settle(mentor, mine.headers["location"], "open")).is_success  # not satisfied after all
    indonesian = await officer.post(
        f"{plan}/reviews",
        json={"version_number": 1, "verdict": "accepted", "reason": "X"},
        headers={"Accept-Language": "id"},
    )
    assert indonesian.json()["errors"][0]["message"].startswith("Komentar pembimbing")
    # Open comments are no reason to keep a plan that is to be worked on.
    assert (await review(officer, plan, "returned")).status_code == 201


async def test_an_open_comment_is_pointed_at_where_its_initiative_stands_now(as_: As, database: Database) -> None:
    """Initiatives go, and those behind them move up."""
    editor, mentor = as_("region_editor"), as_("mentor")
    plan = await make_whole_plan(editor, (await make_planning(as_, database)).candidacy)
    later = await add_initiative(editor, plan, title="Second")
    first = (await every_row(editor, f"{plan}/initiatives"))[0]["id"]
    for anchor in ("/initiatives/0/measure", "/initiatives/1", "/vision"):
        assert (await comment(mentor, plan, anchor)).status_code == 201
    gone = await editor.delete(f"/v1/initiatives/{first}", headers={"If-Match": "*"})
    assert gone.status_code == 200, gone.text
    await submit(editor, plan)
    assert {pointer for pointer, _ in missing(await review(mentor, plan))} == {"", "/initiatives/0", "/vision"}
    assert [row["id"] for row in await every_row(editor, f"{plan}/initiatives")] == [later.rpartition("/")[2]]


async def test_a_verdict_that_makes_no_sense_is_refused(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    whole = {"version_number": 1, "verdict": "returned", "reason": "X"}
    wrong: list[tuple[str, Any, str]] = [
        ("verdict", "submitted", "invalid_choice"),
        ("reason", "", "too_short"),
        ("version_number", 0, "out_of_range"),
        ("version_number", None, "wrong_type"),
        ("side", "ministry", "unknown_field"),
    ]
    for field, value, code in wrong:
        refused = await as_("mentor").post(f"{plan}/reviews", json=whole | {field: value})
        assert faults(refused) == {(f"/{field}", code)}


async def test_a_plan_that_nobody_submitted_is_not_reviewed(as_: As, database: Database) -> None:
    plan = await make_plan(as_("region_editor"), (await make_planning(as_, database)).candidacy)
    for person in ("mentor", "officer"):
        refused = await review(as_(person), plan)
        assert (refusal(refused), refused.json()["allowed"]) == ((409, "illegal_transition"), ["submitted"])
    # And by no other door.
    for to in ("accepted", "returned"):
        assert (await step(as_("officer"), plan, to)).status_code == 403


async def test_who_reviews_and_who_reads_verdicts(app: FastAPI, as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    for person in ("region_editor", "assessor", "data_steward", "auditor"):
        refused = await review(as_(person), plan)
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "plan_reviews:write"), person
    assert (await review(as_("public"), plan)).status_code == 401
    elsewhere = await as_("officer").post("/v1/institutions", json={"name": "Universitas Lain", "kind": "university"})
    other = {"institution_id": elsewhere.json()["id"]}
    async with speaking_for(app, as_("administrator"), "mentor", **other) as stranger:
        assert (await review(stranger, plan)).status_code == 404
    path = (await review(as_("mentor"), plan)).headers["location"]
    for person in ("region_editor", "mentor", "auditor", "officer", "administrator"):
        assert (await as_(person).get(path)).status_code == 200, person
        assert len(await every_row(as_(person), LIST)) == 1, person
    for person, status in (("public", 401), ("assessor", 403), ("data_steward", 403)):
        for one in (path, LIST, f"{plan}/reviews"):
            assert (await as_(person).get(one)).status_code == status, (person, one)
    assert (await review(as_("officer"), plan)).status_code == 201
    async with speaking_for(app, as_("administrator"), "mentor", **other) as stranger:
        assert (await stranger.get(plan)).status_code == 200  # accepted, and so public
        assert (await stranger.get(path)).status_code == 404
        assert await every_row(stranger, LIST) == await every_row(stranger, f"{plan}/reviews") == []
        assert (await review(stranger, plan)).status_code == 403


async def test_a_mentorship_that_is_completed_still_counts_and_one_that_ended_does_not(
    as_: As, database: Database
) -> None:
    plan = await make_submitted_plan(as_, database)
    async with database.read() as connection:
        await connection.execute("UPDATE mentorships SET state = 'completed'")
    assert missing(await review(as_("officer"), plan)) == [("/verdict", "mentor_first")]
    async with database.read() as connection:
        await connection.execute("UPDATE mentorships SET state = 'ended'")
    assert (await review(as_("mentor"), plan)).status_code == 404
    assert (await review(as_("officer"), plan)).status_code == 201
    assert await state(as_("officer"), plan) == ("accepted", "plan_accepted")


async def test_a_revision_is_the_ministrys_alone_once_the_mentors_are_done(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    editor, officer = as_("region_editor"), as_("officer")
    for person in ("mentor", "officer"):
        assert (await review(as_(person), plan)).status_code == 201
    assert (await enact(editor, plan)).is_success
    async with database.read() as connection:
        await connection.execute("UPDATE mentorships SET state = 'completed'")
    candidacy = (await editor.get(plan)).json()["candidacy_id"]
    revision = await make_plan(editor, candidacy, revises_id=plan.rpartition("/")[2])
    await submit(editor, revision)
    assert (await review(officer, revision)).status_code == 201
    assert await state(officer, revision) == ("accepted", "enacted")


async def test_verdicts_are_found_across_plans(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    officer = as_("officer")
    for person in ("mentor", "officer"):
        assert (await review(as_(person), plan)).status_code == 201

    async def found(**query: Any) -> list[str]:
        return [row["side"] for row in await every_row(officer, LIST, **query)]

    assert await found(plan=plan.rpartition("/")[2], cohort="test", province="32") == ["mentor", "ministry"]
    assert await found(sort="-created_at") == ["ministry", "mentor"]
    assert await found(side="mentor", verdict="accepted", version_number=1) == ["mentor"]
    assert await found(side_in="mentor,ministry", region="32.73") == ["mentor", "ministry"]
    assert await found(verdict="returned") == await found(version_number=2) == await found(region="32.04") == []


async def test_the_database_changes_no_verdict(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    assert (await review(as_("mentor"), plan)).status_code == 201
    async with database.read() as connection:
        for statement in ("UPDATE plan_reviews SET verdict = 'returned'", "DELETE FROM plan_reviews"):
            with pytest.raises(asyncpg.RestrictViolationError, match="never changed"):
                async with connection.transaction():
                    await connection.execute(statement)


async def test_a_verdict_can_be_rehearsed(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    body = {"version_number": 1, "verdict": "returned", "reason": "X"}
    assert (await as_("mentor").post(f"{plan}/reviews?dry_run=true", json=body)).status_code == 201
    assert await state(as_("officer"), plan) == ("submitted", "plan_submitted")
