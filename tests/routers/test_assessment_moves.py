"""A form is submitted whole, once, and in time by the region's own clock; officers return it or let reviews begin."""

from datetime import datetime

import pytest
from fastapi import FastAPI

from app.domain.lifecycles import ASSESSMENT
from app.kernel.db import Database
from tests.conftest import EXPERT, As
from tests.routers.agreements import put_into, state_of, told
from tests.routers.assessments import (
    ANSWERS,
    EAST,
    WEST,
    admit,
    fill,
    make_submitted,
    open_assessment,
    open_assessments,
    put,
    seat,
    speaking_for,
    submit,
    window,
)
from tests.routers.factories import faults, make_expert, make_institution, move, refusal


async def test_a_form_is_submitted_whole_and_once(as_: As) -> None:
    officer, editor = as_("officer"), as_("region_editor")
    path = await open_assessment(officer)
    candidacy = (await officer.get(path)).json()["candidacy_id"]
    assert told(await move(editor, path, "submitted"), "incomplete") == {
        (f"/answers/{code}/{field}", f"{field}_missing") for code in ANSWERS for field in ("level", "text")
    } | {("/answers/rules/evidence", "evidence_missing")}
    await fill(editor, path, answers=ANSWERS | {"rules": ANSWERS["rules"] | {"evidence": []}})
    assert told(await move(editor, path, "submitted"), "incomplete") == {
        ("/answers/rules/evidence", "evidence_missing")
    }
    assert await state_of(officer, candidacy) == "invited"
    await fill(editor, path, answers={"rules": {"level": 0}})  # whoever claims nothing has nothing to prove
    submitted = await move(editor, path, "submitted", reason="done")
    shown = submitted.json()
    assert (submitted.status_code, shown["state"], bool(shown["submitted_at"])) == (200, "submitted", True)
    assert await state_of(officer, candidacy) == "form_submitted"
    again = await move(editor, path, "submitted")
    assert refusal(again) == (409, "illegal_transition")
    assert (again.json()["state"], again.json()["allowed"]) == ("submitted", ["in_review", "open"])
    # Others than those who see the form read what becomes of the candidacy.
    said = {path: ("open", "submitted", "done")}
    said[f"/v1/candidacies/{candidacy}"] = ("invited", "form_submitted", "its form was submitted")
    for record, step in said.items():
        last = (await officer.get(f"{record}/transitions")).json()["history"][-1]
        assert (last["from"], last["to"], last["reason"]) == step


async def test_a_region_that_left_or_a_cohort_that_went_on_takes_no_form(as_: As, database: Database) -> None:
    officer, editor = as_("officer"), as_("region_editor")
    path = await open_assessment(officer)
    candidacy = (await officer.get(path)).json()["candidacy_id"]
    await fill(editor, path)
    await put_into(database, candidacy, "withdrawn")
    left = await move(editor, path, "submitted")
    assert refusal(left) == (409, "candidacy_not_ready")
    assert (left.json()["state"], left.json()["expected"]) == ("withdrawn", ["invited"])
    await put_into(database, candidacy, "invited")
    await submit(editor, path)
    async with database.read() as connection:
        await connection.execute("UPDATE cohorts SET state = 'decided' WHERE code = 'test'")
    for to in ("open", "in_review"):
        assert refusal(await move(officer, path, to)) == (409, "cohort_not_ready")


DAYS = {"code": "assessment", "starts_on": "2026-03-05", "ends_on": "2026-03-07"}
AHEAD = "Too early: assessment opens on 2026-03-05 at 00:00"
OVER = "Too late: assessment closed at the end of 2026-03-07"


@pytest.mark.parametrize(
    ("moment", "west", "east"),
    [
        ("2026-03-04T14:59:59Z", "window_ahead", "window_ahead"),
        ("2026-03-04T15:00:00Z", "window_ahead", None),  # midnight in Jayapura
        ("2026-03-04T17:00:00Z", None, None),  # midnight in Bandung
        ("2026-03-07T14:59:59Z", None, None),
        ("2026-03-07T15:00:00Z", None, "window_over"),
        ("2026-03-07T16:59:59Z", None, "window_over"),
        ("2026-03-07T17:00:00Z", "window_over", "window_over"),
    ],
)
async def test_the_window_opens_and_closes_by_the_regions_own_clock(
    as_: As, app: FastAPI, monkeypatch: pytest.MonkeyPatch, moment: str, west: str | None, east: str | None
) -> None:
    officer = as_("officer")
    paths = await open_assessments(officer, regions=(WEST, EAST), calendar=[DAYS])
    monkeypatch.setattr("app.services.calendars.now", lambda: datetime.fromisoformat(moment))
    async with speaking_for(app, as_("administrator"), "region_editor", region_code=EAST) as jayapura:
        for editor, path, why, zone in (
            (as_("region_editor"), paths[0], west, "WIB"),
            (jayapura, paths[1], east, "WIT"),
        ):
            assert (await fill(editor, path)).status_code == 200  # a form may be prepared at any time
            answer = await move(editor, path, "submitted")
            if why is None:
                assert datetime.fromisoformat(answer.json()["submitted_at"]) == datetime.fromisoformat(moment)
                continue
            assert refusal(answer) == (409, "outside_window")
            assert answer.json()["reason"] == why
            assert answer.json()["detail"].startswith(AHEAD if why == "window_ahead" else OVER)
            assert zone in answer.json()["detail"]
            assert (await officer.get(path)).json()["state"] == "open"


async def test_a_calendar_without_the_window_takes_no_form_and_says_so_in_both_languages(as_: As) -> None:
    path = await open_assessment(as_("officer"), calendar=[window("memorandum")])
    await fill(as_("region_editor"), path)
    refused = await move(as_("region_editor"), path, "submitted")
    assert (refusal(refused), refused.json()["reason"]) == ((409, "outside_window"), "window_missing")
    as_("region_editor").headers["Accept-Language"] = "id"
    assert "Kalender tahap" in (await move(as_("region_editor"), path, "submitted")).json()["detail"]


async def test_a_late_form_comes_by_an_officers_decision_until_the_moment_it_names(
    as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, editor = as_("officer"), as_("region_editor")
    path = await open_assessment(officer, calendar=[DAYS])
    await fill(editor, path)

    def clock(moment: str) -> None:
        monkeypatch.setattr("app.services.calendars.now", lambda: datetime.fromisoformat(moment))

    clock("2026-03-10T00:00:00Z")
    assert refusal(await move(editor, path, "submitted")) == (409, "outside_window")
    assert refusal(await admit(editor, path, "2026-03-11T00:00:00Z")) == (403, "forbidden")
    assert faults(await admit(officer, path, "2026-03-10T00:00:00Z")) == {("/until", "out_of_range")}
    assert faults(await admit(officer, path, "2026-03-11")) == {("/until", "invalid_format")}
    admitted = await admit(officer, path, "2026-03-11T07:00:00+07:00")
    actor = (await officer.get(f"{path}/transitions")).json()["history"][0]["actor"]
    assert admitted.json()["late_admission"] == {
        "until": "2026-03-11T00:00:00+00:00",
        "reason": "letter 7",
        "admitted_by": actor,
    }
    clock("2026-03-11T00:00:01Z")
    assert refusal(await move(editor, path, "submitted")) == (409, "outside_window")
    assert (await admit(officer, path, "2026-03-12T00:00:00Z")).status_code == 200  # a new decision
    clock("2026-03-12T00:00:00Z")
    assert (await move(editor, path, "submitted")).json()["state"] == "submitted"


async def test_a_form_is_returned_with_a_reason_and_comes_again(as_: As) -> None:
    officer, editor = as_("officer"), as_("region_editor")
    path = await make_submitted(officer, editor)
    candidacy = (await officer.get(path)).json()["candidacy_id"]
    assert refusal(await move(editor, path, "open")) == (403, "forbidden")
    bare = await officer.post(f"{path}/transitions", json={"to": "open"}, headers={"If-Match": "*"})
    assert faults(bare) == {("/reason", "required")}
    returned = await move(officer, path, "open", reason="the link is dead")
    assert (returned.json()["state"], returned.json()["submitted_at"]) == ("open", None)
    assert returned.json()["answers"] == ANSWERS
    assert await state_of(officer, candidacy) == "invited"
    assert (await fill(editor, path, answers={"vision": {"text": "Better."}})).status_code == 200
    assert (await move(editor, path, "submitted", reason="mended")).status_code == 200
    history = (await editor.get(f"{path}/transitions")).json()["history"]
    assert [(step["from"], step["to"], step["reason"]) for step in history] == [
        (None, "open", "opened"),
        ("open", "submitted", "test"),
        ("submitted", "open", "the link is dead"),
        ("open", "submitted", "mended"),
    ]
    assert len({step["actor"] for step in history}) == 2
    steps = (await officer.get(f"/v1/candidacies/{candidacy}/transitions")).json()["history"]
    assert [step["to"] for step in steps[2:]] == ["form_submitted", "invited", "form_submitted"]


async def test_a_review_begins_when_the_panel_is_whole(as_: As, database: Database) -> None:
    officer, editor = as_("officer"), as_("region_editor")
    path = await make_submitted(officer, editor)
    assert told(await move(officer, path, "in_review"), "incomplete") == {("/panel", "quorum_short")}
    colleague = await make_expert(officer, name="Budi")
    await seat(database, path, EXPERT)
    await seat(database, path, colleague, "declared")
    assert told(await move(officer, path, "in_review"), "incomplete") == {("/panel", "same_institution")}
    async with database.read() as connection:
        await connection.execute("UPDATE panel_members SET state = 'recused' WHERE expert_id = $1", colleague)
    assert told(await move(officer, path, "in_review"), "incomplete") == {("/panel", "quorum_short")}
    await seat(database, path, await make_expert(officer, await make_institution(officer)))
    begun = await move(officer, path, "in_review")
    assert (begun.status_code, begun.json()["state"]) == (200, "in_review")
    assert await state_of(officer, begun.json()["candidacy_id"]) == "form_submitted"
    assert refusal(await move(officer, path, "open")) == (409, "illegal_transition")


@pytest.mark.parametrize("state", ASSESSMENT.states)
async def test_an_assessment_moves_as_the_lifecycle_says_and_no_other_way(
    as_: As, database: Database, state: str
) -> None:
    path = await open_assessment(as_("officer"))
    await put(database, path, state)
    before = await as_("officer").get(path)
    for to in [*ASSESSMENT.states, "deleted"]:
        mover = as_("region_editor" if to == "submitted" else "officer")
        if to in ASSESSMENT.allowed(state):
            continue
        refused = await move(mover, path, to)
        assert refusal(refused) == (409, "illegal_transition"), to
        assert refused.json()["state"] == state
        assert to not in refused.json()["allowed"]
    assert (await as_("officer").get(path)).content == before.content
