"""A form is filled in by its region alone, as often as it likes, while it is open; nonsense is refused at its place."""

from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from app.domain.lifecycles import ASSESSMENT
from app.kernel.db import Database
from app.kernel.engines import to_json
from app.kernel.strict_json import decode
from app.schemas.assessments import AssessmentUpdate
from app.services.assessment_forms import _merged
from tests.conftest import As
from tests.routers.assessments import ANSWERS, EVIDENCE, admit, fill, open_assessment, put, speaking_for
from tests.routers.factories import faults, move, refusal, version_in

BLANK: dict[str, Any] = {"level": None, "text": None, "evidence": []}


async def test_a_form_is_saved_as_often_as_liked_by_merge_patch(as_: As) -> None:
    editor = as_("region_editor")
    path = await open_assessment(as_("officer"))
    first = await fill(editor, path, answers={"vision": {"level": 3}})
    assert first.json()["answers"] == {"vision": BLANK | {"level": 3}}
    assert version_in(first) == first.json()["version"] == 2
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
