"""A region's first plan needs what its last workshop closed with: what was called off since is asked for again."""

import httpx
import pytest

from app.kernel.db import Database
from tests.conftest import As
from tests.routers.agreements import told
from tests.routers.factories import every_row, move
from tests.routers.mentoring import item, make_mentor, put_cohort, record
from tests.routers.plans import make_planning, make_whole_plan, step
from tests.routers.reviewed import review, state, submit
from tests.routers.workshops import commit, promise
from tests.routers.workshops import step as step_commitment

LOST = {
    ("/workshops/4/outputs/signed_commitments", "agency_commitment_missing"),
    ("/workshops/4/outputs/signed_commitments", "head_commitment_missing"),
    ("/workshops/4/outputs/final_quick_wins", "candidates_missing"),
}


async def call_off(editor: httpx.AsyncClient, candidacy: str) -> None:
    """Have the region cancel its quick wins and void its commitments."""
    for path, to in (("commitments", "void"), ("quick-wins", "cancelled")):
        for row in await every_row(editor, f"/v1/candidacies/{candidacy}/{path}"):
            if row["state"] != to:
                moved = await step_commitment(editor, f"/v1/{path}/{row['id']}", to)
                assert moved.status_code == 200, moved.text


async def promise_anew(editor: httpx.AsyncClient, database: Database, candidacy: str) -> None:
    """Bring the region's quick wins and commitments back."""
    await promise(database, candidacy, "running")
    for signatory in ({}, {"signatory": "agency", "agency": "Bappeda"}):
        signed = await step_commitment(editor, await commit(editor, candidacy, **signatory), "signed")
        assert signed.status_code == 200, signed.text


@pytest.mark.parametrize("side", ["mentor", "officer"])
async def test_what_was_called_off_since_keeps_a_plan_from_each_step(as_: As, database: Database, side: str) -> None:
    editor = as_("region_editor")
    mentored = await make_planning(as_, database)
    plan = await make_whole_plan(editor, mentored.candidacy)
    await call_off(editor, mentored.candidacy)
    assert told(await step(editor, plan, "submitted"), "incomplete") == LOST
    assert await state(as_("officer"), plan) == ("draft", "mentoring")
    await promise_anew(editor, database, mentored.candidacy)
    await submit(editor, plan)
    if side == "officer":
        assert (await review(as_("mentor"), plan)).status_code == 201
    await call_off(editor, mentored.candidacy)
    assert told(await review(as_(side), plan), "incomplete") == LOST
    assert await state(as_("officer"), plan) == ("submitted", "plan_submitted")
    await promise_anew(editor, database, mentored.candidacy)
    assert (await review(as_(side), plan)).status_code == 201


async def test_a_plan_is_returned_whatever_was_called_off(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    mentored = await make_planning(as_, database)
    plan = await make_whole_plan(editor, mentored.candidacy)
    await submit(editor, plan)
    await call_off(editor, mentored.candidacy)
    assert (await review(as_("officer"), plan, "returned")).status_code == 201
    assert await state(as_("officer"), plan) == ("returned", "mentoring")


async def test_it_is_asked_for_without_mentors_too(as_: As, database: Database) -> None:
    """The ministry's word suffices once the mentors are gone; what the region brought to the last workshop does not."""
    editor, officer = as_("region_editor"), as_("officer")
    mentored = await make_planning(as_, database)
    plan = await make_whole_plan(editor, mentored.candidacy)
    await submit(editor, plan)
    await call_off(editor, mentored.candidacy)
    assert (await move(officer, f"/v1/mentorships/{mentored.mentorship}", "ended")).status_code == 200
    assert told(await review(officer, plan), "incomplete") == LOST
    await promise_anew(editor, database, mentored.candidacy)
    assert (await review(officer, plan)).status_code == 201


async def test_what_was_held_counts_when_the_mentors_change(as_: As, database: Database) -> None:
    """A university leaves while the plan is read; another takes over, and nobody holds the workshops again."""
    editor, officer = as_("region_editor"), as_("officer")
    mentored = await make_planning(as_, database)
    await put_cohort(database, "mentoring")
    plan = await make_whole_plan(editor, mentored.candidacy)
    await submit(editor, plan)
    assert (await move(officer, f"/v1/mentorships/{mentored.mentorship}", "ended")).status_code == 200
    waiting = (await officer.get("/v1/cohorts/test/mentorship-proposal")).json()
    assert [row["candidacy_id"] for row in waiting["items"] + waiting["unassigned"]] == [mentored.candidacy]
    recorded = await record(officer, item(mentored.candidacy, await make_mentor(officer)))
    assert recorded.status_code == 200, recorded.text
    successor = f"/v1/mentorships/{recorded.json()['items'][0]['mentorship_id']}"
    assert (await move(officer, successor, "active")).status_code == 200
    assert (await review(officer, plan, "returned")).status_code == 201
    await submit(editor, plan)
    assert (await move(officer, successor, "completed")).status_code == 200
