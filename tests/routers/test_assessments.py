"""An assessment is opened for each who is invited; its region alone fills in the form, and submits it in time."""

import asyncio
from datetime import datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.domain.lifecycles import ASSESSMENT
from app.kernel.db import Database, to_json
from app.kernel.strict_json import decode
from app.schemas.assessments import AssessmentUpdate
from app.services.assessment_forms import _merged
from tests.conftest import EXPERT, As, client_for
from tests.routers.agreements import put_into, state_of, told
from tests.routers.assessments import (
    ANSWERS,
    EVIDENCE,
    LIST,
    fill,
    make_assessing,
    make_submitted,
    open_assessment,
    open_assessments,
    put,
    seat,
    speaking_for,
    submit,
    window,
)
from tests.routers.factories import (
    NOWHERE,
    every_row,
    faults,
    make_candidacy,
    make_cohort,
    make_expert,
    make_institution,
    move,
    refusal,
)

WEST, EAST = "32.73", "91.71"  # Bandung (WIB) and Jayapura (WIT), two hours ahead
BLANK: dict[str, Any] = {"level": None, "text": None, "evidence": []}


async def admit(officer: httpx.AsyncClient, path: str, until: str, **headers: str) -> httpx.Response:
    body = {"until": until, "reason": "letter 7"}
    return await officer.post(f"{path}/late-admission", json=body, headers={"If-Match": "*"} | headers)


# Opening.


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


# The form.


async def test_a_form_is_saved_as_often_as_liked_by_merge_patch(as_: As) -> None:
    editor = as_("region_editor")
    path = await open_assessment(as_("officer"))
    first = await fill(editor, path, answers={"vision": {"level": 3}})
    assert first.json()["answers"] == {"vision": BLANK | {"level": 3}}
    assert (first.headers["etag"], first.json()["version"]) == ('"2"', 2)
    await fill(editor, path, answers={"vision": {"text": "Because."}, "rules": {"evidence": [EVIDENCE]}})
    shown = (await fill(editor, path, priorities=["nawa-cita-3", "nawa-cita-1"])).json()
    assert shown["priorities"] == ["nawa-cita-3", "nawa-cita-1"]
    assert shown["answers"] == {
        "vision": {"level": 3, "text": "Because.", "evidence": []},
        "rules": BLANK | {"evidence": [EVIDENCE]},
    }
    bare = {"url": "https://a.id", "title": "A"}
    cleared = await fill(editor, path, answers={"vision": {"level": None}, "rules": {"evidence": [bare]}})
    assert cleared.json()["answers"] == {
        "vision": BLANK | {"text": "Because."},
        "rules": BLANK | {"evidence": [bare | {"sha256": None}]},
    }
    gone = await fill(editor, path, answers={"vision": None, "drive": None, "rules": {"evidence": None}}, priorities=[])
    assert (gone.json()["answers"], gone.json()["priorities"]) == ({"rules": BLANK}, [])
    for reader in ("officer", "auditor", "administrator"):
        assert (await as_(reader).get(path)).content == gone.content


NONSENSE: list[tuple[dict[str, Any], str, str]] = [
    ({"answers": {"luck": {"level": 1}}}, "/answers/luck", "unknown_question"),
    ({"answers": {"Not A Code": {"level": 1}}}, "/answers/Not A Code", "invalid_format"),
    ({"answers": {"x" * 65: None}}, f"/answers/{'x' * 65}", "too_long"),
    ({"answers": None}, "/answers", "wrong_type"),
    ({"answers": []}, "/answers", "wrong_type"),
    ({"answers": {"vision": 3}}, "/answers/vision", "wrong_type"),
    ({"answers": {"vision": {"level": 5}}}, "/answers/vision/level", "out_of_range"),
    ({"answers": {"vision": {"level": -1}}}, "/answers/vision/level", "out_of_range"),
    ({"answers": {"vision": {"level": 2.5}}}, "/answers/vision/level", "wrong_type"),
    ({"answers": {"vision": {"level": "3"}}}, "/answers/vision/level", "wrong_type"),
    ({"answers": {"vision": {"level": True}}}, "/answers/vision/level", "wrong_type"),
    ({"answers": {"vision": {"text": " "}}}, "/answers/vision/text", "too_short"),
    ({"answers": {"vision": {"text": "x" * 5001}}}, "/answers/vision/text", "too_long"),
    ({"answers": {"vision": {"text": "a\x00b"}}}, "/answers/vision/text", "control_character"),
    ({"answers": {"vision": {"score": 4}}}, "/answers/vision/score", "unknown_field"),
    ({"answers": {"vision": {"evidence": [EVIDENCE] * 21}}}, "/answers/vision/evidence", "too_long"),
    ({"answers": {"vision": {"evidence": [{"title": "x"}]}}}, "/answers/vision/evidence/0/url", "required"),
    (
        {"answers": {"vision": {"evidence": [EVIDENCE | {"url": "javascript:alert(1)"}]}}},
        "/answers/vision/evidence/0/url",
        "invalid_format",
    ),
    ({"priorities": ["nawa-cita-1", "nawa-cita-10"]}, "/priorities/1", "invalid_choice"),
    ({"priorities": ["nawa-cita-1", "nawa-cita-2", "nawa-cita-1"]}, "/priorities/2", "duplicate"),
    ({"priorities": None}, "/priorities", "wrong_type"),
    ({"state": "submitted"}, "/state", "unknown_field"),
    ({"late_admission": None}, "/late_admission", "unknown_field"),
    ({"submitted_at": "2026-01-01T00:00:00Z"}, "/submitted_at", "unknown_field"),
]


async def test_nonsense_is_refused_with_its_place_and_not_stored(as_: As) -> None:
    editor = as_("region_editor")
    path = await open_assessment(as_("officer"))
    before = await editor.get(path)
    for body, pointer, code in NONSENSE:
        refused = await fill(editor, path, **body)
        assert faults(refused) == {(pointer, code)}, body
    whole = await fill(editor, path, answers={"vision": {"level": 1}}, priorities=["luck"])
    assert faults(whole) == {("/priorities/0", "invalid_choice")}
    assert (await editor.get(path)).content == before.content


async def test_a_form_is_changed_under_its_version(as_: As) -> None:
    editor = as_("region_editor")
    path = await open_assessment(as_("officer"))
    assert (await editor.patch(path, json={"answers": ANSWERS})).status_code == 428
    stale = await editor.patch(path, json={"answers": ANSWERS}, headers={"If-Match": '"9"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"1"')
    merged = {"If-Match": '"1"', "Content-Type": "application/merge-patch+json"}
    assert (await editor.patch(path, content=to_json({"answers": ANSWERS}), headers=merged)).status_code == 200
    body = {"to": "submitted", "reason": "x"}
    assert (await editor.post(f"{path}/transitions", json=body)).status_code == 428
    assert (await editor.post(f"{path}/transitions", json=body, headers={"If-Match": '"1"'})).status_code == 412
    assert (await as_("officer").post(f"{path}/late-admission", json={})).status_code == 428
    assert (await admit(as_("officer"), path, "2099-01-01T00:00:00Z", **{"If-Match": '"1"'})).status_code == 412


codes = st.sampled_from(["a", "b", "c"])
members = {
    "level": st.none() | st.integers(0, 4),
    "text": st.none() | st.sampled_from(["x", "y"]),
    "evidence": st.none() | st.lists(st.just(EVIDENCE), max_size=2),
}
patches = st.dictionaries(codes, st.none() | st.fixed_dictionaries({}, optional=members))


@given(before=patches, patch=patches)
def test_a_patch_says_of_a_form_what_it_names_and_nothing_else(before: dict[str, Any], patch: dict[str, Any]) -> None:
    def merged(stored: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
        return _merged(stored, decode(AssessmentUpdate, to_json({"answers": changes}).encode()))

    stored = merged({}, before)
    after = merged(stored, patch)
    assert merged(after, patch) == after
    assert after.keys() == (stored.keys() | patch.keys()) - {code for code, answer in patch.items() if answer is None}
    for code, answer in after.items():
        assert answer.keys() == BLANK.keys()
        said = patch.get(code) or {}
        for name, value in answer.items():
            expected = said[name] if name in said else stored.get(code, BLANK)[name]
            assert value == (BLANK[name] if expected is None else expected)


async def test_only_the_region_itself_fills_in_and_submits(as_: As, app: FastAPI) -> None:
    officer, administrator = as_("officer"), as_("administrator")
    path = await open_assessment(officer)
    await fill(as_("region_editor"), path)
    for person in ("officer", "administrator"):
        for refused in (await fill(as_(person), path), await move(as_(person), path, "submitted")):
            assert (refused.status_code, refused.json()["required_permission"]) == (403, "assessments:write"), person
    async with speaking_for(app, administrator, "region_editor", region_code="32.04") as neighbour:
        assert (await fill(neighbour, path)).status_code == 404
        body = {"to": "submitted", "reason": "x"}
        assert (await neighbour.post(f"{path}/transitions", json=body, headers={"If-Match": "*"})).status_code == 404
    assert (await move(as_("region_editor"), path, "submitted")).json()["state"] == "submitted"


@pytest.mark.parametrize("state", ASSESSMENT.states)
async def test_a_form_that_is_not_open_is_closed(as_: As, database: Database, state: str) -> None:
    path = await open_assessment(as_("officer"))
    await put(database, path, state)
    before = await as_("officer").get(path)
    answers = [await fill(as_("region_editor"), path), await admit(as_("officer"), path, "2099-01-01T00:00:00Z")]
    if state == "open":
        assert [answer.status_code for answer in answers] == [200, 200]
        return
    for refused in answers:
        assert refusal(refused) == (409, "form_closed")
        assert refused.json()["state"] == state
    assert (await as_("officer").get(path)).content == before.content


# Submitting it.


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
    last = (await officer.get(f"/v1/candidacies/{candidacy}/transitions")).json()["history"][-1]
    assert (last["from"], last["to"], last["reason"]) == ("invited", "form_submitted", "done")


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


# What officers do.


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
        if to in ASSESSMENT.allowed(state) and to != "moderation":
            continue
        refused = await move(mover, path, to)
        assert refusal(refused) == (409, "illegal_transition"), to
        assert refused.json()["state"] == state
        assert to not in refused.json()["allowed"]
    assert (await as_("officer").get(path)).content == before.content


# Who sees it.


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


# Whatever happens at once.


async def at_once(*requests: Any) -> list[httpx.Response]:
    return list(await asyncio.gather(*requests))


@pytest.mark.commits
@pytest.mark.parametrize(("tag", "refused"), [('"2"', (412, "version_mismatch")), ("*", (409, "illegal_transition"))])
async def test_of_fifty_submissions_at_once_one_wins(committed: FastAPI, tag: str, refused: tuple[int, str]) -> None:
    async with client_for(committed, "officer") as officer, client_for(committed, "region_editor") as editor:
        path = await open_assessment(officer)
        await fill(editor, path)
        body = {"to": "submitted", "reason": "race"}
        answers = await at_once(
            *(editor.post(f"{path}/transitions", json=body, headers={"If-Match": tag}) for _ in range(50))
        )
        (winner,) = (answer for answer in answers if answer.status_code == 200)
        assert {refusal(answer) for answer in answers if answer is not winner} == {refused}
        for answer in answers:
            if answer.status_code == 409:
                assert (answer.json()["state"], answer.json()["allowed"]) == ("submitted", ["in_review", "open"])
            assert answer.headers.get("etag", '"3"') == '"3"'
        assert (await officer.get(path)).content == winner.content
        for record in (path, f"/v1/candidacies/{winner.json()['candidacy_id']}"):
            history = (await officer.get(f"{record}/transitions")).json()["history"]
            assert [step["to"] for step in history].count(history[-1]["to"]) == 1


@pytest.mark.commits
async def test_a_submission_against_a_withdrawal_and_a_change_leaves_nothing_half_done(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer, client_for(committed, "region_editor") as editor:
        path = await open_assessment(officer)
        await fill(editor, path)
        candidacy = (await officer.get(path)).json()["candidacy_id"]
        headers = {"If-Match": "*"}
        leaving = {"to": "withdrawn", "reason": "race"}
        submitted, left, *changed = await at_once(
            editor.post(f"{path}/transitions", json={"to": "submitted", "reason": "race"}, headers=headers),
            officer.post(f"/v1/candidacies/{candidacy}/transitions", json=leaving, headers=headers),
            *(fill(editor, path, answers={"vision": {"level": level}}) for level in range(4)),
        )
        assert left.status_code == 200
        assert await state_of(officer, candidacy) == "withdrawn"
        shown = (await officer.get(path)).json()
        if submitted.status_code == 200:
            assert (shown["state"], shown["answers"]) == ("submitted", submitted.json()["answers"])
        else:
            assert (shown["state"], refusal(submitted)) == ("open", (409, "candidacy_not_ready"))
        assert {answer.status_code for answer in changed} <= {200, 409}


@pytest.mark.commits
async def test_a_form_waits_for_the_cohort_and_finds_it_gone_on(committed: FastAPI) -> None:
    database: Database = committed.state.database
    async with client_for(committed, "officer") as officer, client_for(committed, "region_editor") as editor:
        path = await open_assessment(officer)
        await fill(editor, path)
        async with database.write() as session:
            await session.execute(text("UPDATE cohorts SET state = 'decided' WHERE code = 'test'"))
            late = asyncio.create_task(move(editor, path, "submitted"))
            await asyncio.sleep(0.3)
        assert refusal(await late) == (409, "cohort_not_ready")
        assert (await officer.get(path)).json()["state"] == "open"


@pytest.mark.commits
async def test_many_regions_submit_at_once_and_none_waits_in_a_circle(committed: FastAPI) -> None:
    regions = ("32.71", "32.72", WEST, "32.74", "32.75", "32.76")
    async with client_for(committed, "officer") as officer, client_for(committed, "administrator") as administrator:
        paths = await open_assessments(officer, regions=regions)

        async def hand_in(region: str, path: str) -> None:
            async with speaking_for(committed, administrator, "region_editor", region_code=region) as editor:
                await submit(editor, path)

        await asyncio.gather(*(hand_in(region, path) for region, path in zip(regions, paths, strict=True)))
        states = {row["state"] for row in await every_row(officer, "/v1/cohorts/test/candidacies")}
        assert states == {"form_submitted"}


@pytest.mark.commits
async def test_a_cohort_opened_at_once_has_one_assessment_each(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        ids = await make_assessing(one, regions=("32.71", "32.72", WEST))
        named = {"candidacy_ids": ids[:1]}
        answers = await at_once(
            *(client.post(LIST, json=body) for client, body in [(one, {}), (other, named), (other, {})] * 6)
        )
        opened = [item["candidacy_id"] for a in answers if a.is_success for item in a.json()["items"]]
        assert sorted(opened) == sorted(ids)
        assert {refusal(a) for a in answers if not a.is_success} <= {(409, "assessment_exists")}
        assert len(await every_row(one, LIST)) == 3


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
