"""Only a second person's word passes a conflict over: for one expert in one assessment, for these very conflicts."""

import asyncio

import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import As, client_for
from tests.routers.agreements import told
from tests.routers.factories import NOWHERE, every_row, faults, make_expert, move, version_in
from tests.routers.mentoring import make_decided, put_cohort, seat_on_panel
from tests.routers.panels import (
    ME,
    OVERRIDES,
    ask_override,
    assign,
    barred,
    change_assessment,
    change_expert,
    declare,
    make_assessing,
    make_assessment,
    make_member,
)


async def test_a_second_person_may_pass_a_conflict_over(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    await change_expert(officer, ME, home_region_code="32.73")
    asked = await ask_override(officer, assessment, ME)
    assert asked.status_code == 201, asked.text
    path = asked.headers["location"]
    shown = (await officer.get(path)).json()
    assert (shown["state"], shown["decided_by"], shown["reason"]) == ("requested", None, "nobody else knows ports")
    assert (shown["cohort_code"], shown["region_name"], shown["expert_name"]) == ("test", "Kota Bandung", "Asesor Uji")
    assert [conflict["code"] for conflict in shown["conflicts"]] == ["conflict_home_region"]
    # Asked for is not granted.
    assert barred(await assign(officer, assessment, ME)) == ["conflict_home_region"]
    for to in ("approved", "refused"):
        own = await move(officer, path, to)
        assert (own.status_code, own.json()["required_permission"]) == (403, "panels:write")
        assert own.json()["detail"].startswith("A second person decides")
    approved = await move(second, path, "approved", "we need the knowledge")
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert approved.json()["decided_by"] not in {None, approved.json()["requested_by"]}
    seat = await assign(officer, assessment, ME)
    assert (seat.status_code, seat.json()["override_id"]) == (201, path.rpartition("/")[2])
    history = (await officer.get(f"{path}/transitions")).json()
    assert [(step["to"], step["reason"]) for step in history["history"]] == [
        ("requested", "nobody else knows ports"),
        ("approved", "we need the knowledge"),
    ]
    assert told(await move(second, path, "refused"), "illegal_transition") == set()
    # The log tells who asked, who decided, and for which conflicts.
    async with database.read() as connection:
        log = await connection.fetch(
            "SELECT actor, after FROM changes "
            "WHERE resource = 'conflict-overrides' AND operation <> 'refuse' ORDER BY seq"
        )
    entries = [(entry["actor"], entry["after"]) for entry in log]
    assert [(actor, after["state"]) for actor, after in entries] == [
        (shown["requested_by"], "requested"),
        (approved.json()["decided_by"], "approved"),
    ]
    assert entries[1][1]["conflicts"] == shown["conflicts"]


async def test_an_override_covers_the_conflicts_it_names_and_no_new_one(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    await change_expert(officer, ME, home_region_code="32.73")
    first = (await ask_override(officer, assessment, ME)).headers["location"]
    await move(second, first, "approved")
    assert told(await ask_override(officer, assessment, ME), "conflict_override_exists") == set()
    await declare(as_("assessor"), ME)
    assert barred(await assign(officer, assessment, ME)) == ["conflict_declared", "conflict_home_region"]
    # What has become too little may be asked for anew; the old word does not count for it.
    wider = (await ask_override(second, assessment, ME)).headers["location"]
    assert barred(await assign(officer, assessment, ME)) == ["conflict_declared", "conflict_home_region"]
    await move(officer, wider, "approved")
    seat = await assign(officer, assessment, ME)
    assert seat.json()["override_id"] == wider.rpartition("/")[2]


async def test_an_override_is_for_one_expert_in_one_assessment(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_assessing(officer)
    await make_assessing(officer, "later")
    here, later = [await make_assessment(officer, database, cohort=cohort) for cohort in ("test", "later")]
    other = await make_expert(officer, home_region_code="32.73")
    await change_expert(officer, ME, home_region_code="32.73")
    await move(second, (await ask_override(officer, here, ME)).headers["location"], "approved")
    assert barred(await assign(officer, later, ME)) == ["conflict_home_region"]
    assert barred(await assign(officer, here, other)) == ["conflict_home_region"]
    await make_member(officer, here, ME)


async def test_what_was_refused_may_be_asked_for_again(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    await declare(officer, ME)
    asked = await ask_override(officer, assessment, ME)
    assert told(await ask_override(second, assessment, ME), "conflict_override_exists") == set()
    await move(second, asked.headers["location"], "refused")
    assert barred(await assign(officer, assessment, ME)) == ["conflict_declared"]
    assert (await ask_override(officer, assessment, ME)).status_code == 201


async def test_an_override_is_asked_for_only_where_it_can_help(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    assessment, other = [await make_assessment(officer, database, region) for region in ("32.73", "32.71")]
    assert told(await ask_override(officer, assessment, ME), "no_conflict") == set()
    mentor = await make_expert(officer, roles=["mentor"], home_region_code="32.73")
    assert faults(await ask_override(officer, assessment, mentor)) == {("/expert_id", "not_assessor")}
    assert faults(await ask_override(officer, assessment, NOWHERE)) == {("/expert_id", "invalid_reference")}
    assert (await ask_override(officer, NOWHERE, ME)).status_code == 404
    # Who stepped aside from a panel never comes back to it.
    await move(officer, await make_member(officer, assessment, ME), "recused")
    assert told(await ask_override(officer, assessment, ME), "already_on_panel") == set()
    await declare(officer, ME, "32.71")
    await change_assessment(database, other, "final")
    assert told(await ask_override(officer, other, ME), "panel_closed") == set()


async def test_a_decision_names_the_version_it_means(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    await declare(officer, ME)
    url = (await ask_override(officer, assessment, ME)).headers["location"] + "/transitions"
    body = {"to": "approved", "reason": "x"}
    assert (await second.post(url, json=body)).status_code == 428
    assert (await second.post(url, json=body, headers={"If-Match": '"2"'})).status_code == 412
    rehearsed = await second.post(f"{url}?dry_run=true", json=body, headers={"If-Match": '"1"'})
    assert rehearsed.json()["state"] == "approved"
    assert version_in(await second.post(url, json=body, headers={"If-Match": '"1"'})) == 2


async def test_an_override_to_mentor_is_another_than_one_to_judge(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    (candidacy,) = await make_decided(officer, database)
    judge = await make_expert(officer, roles=["assessor", "facilitator"], home_region_code="32.73")
    other = await make_expert(officer, name="Budi", roles=["mentor"])
    assessment = await seat_on_panel(officer, database, candidacy, judge, ME)
    to_judge = await ask_override(officer, assessment, judge)
    to_mentor = await ask_override(officer, assessment, judge, duty="mentor")
    found = [[conflict["code"] for conflict in asked.json()["conflicts"]] for asked in (to_judge, to_mentor)]
    assert found == [["conflict_home_region"], ["conflict_assessor"]]
    assert [asked.json()["duty"] for asked in (to_judge, to_mentor)] == ["judge", "mentor"]
    assert told(await ask_override(second, assessment, judge, duty="mentor"), "conflict_override_exists") == set()
    await move(second, to_mentor.headers["location"], "approved")
    assert told(await ask_override(officer, assessment, judge, duty="mentor"), "conflict_override_exists") == set()
    assert len((await officer.get(OVERRIDES, params={"duty": "mentor"})).json()["items"]) == 1
    assert faults(await ask_override(officer, assessment, judge, duty="cook")) == {("/duty", "invalid_choice")}
    # Where it cannot help.
    assert told(await ask_override(officer, assessment, other, duty="mentor"), "no_conflict") == set()
    assert faults(await ask_override(officer, assessment, ME, duty="mentor")) == {("/expert_id", "not_facilitator")}
    assert faults(await ask_override(officer, assessment, NOWHERE, duty="mentor")) == {
        ("/expert_id", "invalid_reference")
    }
    # The panel is closed by now, which matters to who is to judge; the cohort, to who is to mentor.
    await change_assessment(database, assessment, "final")
    assert told(await ask_override(second, assessment, judge), "panel_closed") == set()
    for state, code in (("mentoring", "conflict_override_exists"), ("closed", "cohort_not_ready")):
        await put_cohort(database, state)
        assert told(await ask_override(officer, assessment, judge, duty="mentor"), code) == set()


@pytest.mark.commits
async def test_of_many_decisions_and_requests_at_once_one_holds(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_assessing(one)
        assessment = await make_assessment(one, committed.state.database)
        await declare(one, ME)
        asked = await asyncio.gather(*(ask_override(one, assessment, ME) for _ in range(20)))
        assert sorted(answer.status_code for answer in asked) == [201] + [409] * 19
        (row,) = await every_row(one, OVERRIDES)
        url, headers = f"{OVERRIDES}/{row['id']}/transitions", {"If-Match": '"1"'}
        bodies = [{"to": to, "reason": "race"} for to in ("approved", "refused")] * 10
        decided = await asyncio.gather(*(other.post(url, json=body, headers=headers) for body in bodies))
        assert sorted(answer.status_code for answer in decided) == [200] + [412] * 19
        history = (await one.get(url)).json()
        assert len(history["history"]) == 2
