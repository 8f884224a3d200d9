"""A cohort is a draft nobody outside sees, then public; a patch changes what it names, judged with what is stored."""

from typing import Any

import pytest

from app import reference
from tests.conftest import As
from tests.routers.cohorts import ON_CITIES, SHAKEN, change, method
from tests.routers.factories import every_row, faults, make_candidacy, make_cohort, move, unlike

WINDOW = {"code": "assessment", "starts_on": "2026-03-01", "ends_on": "2026-03-03"}


async def test_the_historic_cohorts_are_public_with_their_calendars_and_contradicting_figures(as_: As) -> None:
    rows = {row["code"]: row for row in await every_row(as_("public"), "/v1/cohorts")}
    assert list(rows) == ["2019", "2018", "2017"]  # newest first
    for fact in reference.cohorts():
        row = rows[fact.code]
        assert (row["state"], row["simulation"]) == ("closed", False)
        assert (row["quota"], row["candidate_quota"]) == (fact.quota, fact.candidate_quota)
        assert [(w["code"], w["starts_on"], w["ends_on"], w["source"]) for w in row["calendar"]] == [
            (w.code, w.starts_on.isoformat(), w.ends_on.isoformat(), w.source) for w in fact.calendar
        ]
        assert [(figure["code"], figure["value"]) for figure in row["published_figures"]] == [
            (figure.code, figure.value) for figure in fact.published_figures
        ]
    assessed = [figure["value"] for figure in rows["2018"]["published_figures"] if figure["code"] == "assessed"]
    assert assessed == [120, 165]


async def test_a_new_cohort_is_a_draft_and_shows_what_was_sent(as_: As) -> None:
    body = {
        "code": "2026",
        "year": 2026,
        "phase": 4,
        "title": "Tahap 4",
        "quota": 5,
        "candidate_quota": 9,
        "calendar": [WINDOW | {"time_zone": "Asia/Jayapura", "place": "Jayapura", "source": "https://example.id/x"}],
        "methods": {"shortlist": method(equity=[ON_CITIES], sensitivity=SHAKEN)},
        "published_figures": [{"code": "invited", "value": 9, "source": "a newspaper"}],
        "simulation": True,
    }
    made = await as_("officer").post("/v1/cohorts", json=body)
    assert (made.status_code, made.headers["location"]) == (201, "/v1/cohorts/2026")
    shown = made.json()
    assert shown["state"] == "draft"
    assert {name: shown[name] for name in body if name != "methods"} == {
        n: v for n, v in body.items() if n != "methods"
    }
    stored = shown["methods"]["shortlist"]
    assert stored["equity"] == [ON_CITIES]
    assert stored["sensitivity"] == SHAKEN
    assert [criterion["weight"] for criterion in stored["criteria"]] == [0.4, 0.35, 0.25]
    assert shown["methods"]["final"] is None


async def test_a_code_is_taken_once(as_: As) -> None:
    officer = as_("officer")
    body = {"code": "2018", "year": 2026, "phase": 4, "title": "Again", "quota": 1, "candidate_quota": 1}
    taken = await officer.post("/v1/cohorts", json=body)
    assert (taken.status_code, taken.json()["code"]) == (409, "cohort_code_taken")


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"quota": 0}, "/quota", "out_of_range"),
        ({"candidate_quota": 601}, "/candidate_quota", "out_of_range"),
        ({"quota": 11}, "/candidate_quota", "out_of_range"),
        ({"quota": "5"}, "/quota", "wrong_type"),
        ({"quota": True}, "/quota", "wrong_type"),
        ({"year": 1944}, "/year", "out_of_range"),
        ({"phase": 0}, "/phase", "out_of_range"),
        ({"code": "Tahap 4"}, "/code", "invalid_format"),
        ({"code": "a" * 41}, "/code", "too_long"),
        ({"title": ""}, "/title", "too_short"),
        ({"state": "open"}, "/state", "unknown_field"),
        ({"calendar": [WINDOW, WINDOW | {"ends_on": "2026-02-28"}]}, "/calendar/1/ends_on", "out_of_range"),
        ({"calendar": [WINDOW | {"ends_on": "2026-02-30"}]}, "/calendar/0/ends_on", "invalid_format"),
        ({"calendar": [WINDOW | {"time_zone": "Europe/Rome"}]}, "/calendar/0/time_zone", "invalid_choice"),
        ({"calendar": [WINDOW | {"source": "javascript:alert(1)"}]}, "/calendar/0/source", "invalid_format"),
        ({"calendar": [WINDOW] * 51}, "/calendar", "too_long"),
        ({"rubric": "readiness"}, "/rubric", "wrong_type"),
        ({"rubric": {"code": "readiness"}}, "/rubric/edition", "required"),
        ({"rubric": {"code": "readiness", "edition": 1}}, "/rubric", "invalid_reference"),
        ({"assessment_rules": None}, "/assessment_rules", "wrong_type"),
        ({"assessment_rules": {"quorum": 0}}, "/assessment_rules/quorum", "out_of_range"),
        ({"assessment_rules": {"spread_limit": 5}}, "/assessment_rules/spread_limit", "out_of_range"),
        ({"assessment_rules": {"spread_limit": -1}}, "/assessment_rules/spread_limit", "out_of_range"),
        ({"assessment_rules": {"jury": 3}}, "/assessment_rules/jury", "unknown_field"),
        ({"mentoring_rules": None}, "/mentoring_rules", "wrong_type"),
        ({"mentoring_rules": {"most_per_mentor": 0}}, "/mentoring_rules/most_per_mentor", "out_of_range"),
        ({"mentoring_rules": {"most_per_mentor": 51}}, "/mentoring_rules/most_per_mentor", "out_of_range"),
        ({"mentoring_rules": {"weights": {"load": -1}}}, "/mentoring_rules/weights/load", "out_of_range"),
        ({"mentoring_rules": {"weights": {"x": 1}}}, "/mentoring_rules/weights/x", "unknown_field"),
        ({"rules_frozen_at": None}, "/rules_frozen_at", "unknown_field"),
    ],
)
async def test_nonsense_is_refused_with_its_place(as_: As, fields: dict[str, Any], pointer: str, code: str) -> None:
    body = {"code": "test", "year": 2026, "phase": 4, "title": "Test", "quota": 5, "candidate_quota": 10}
    assert faults(await as_("officer").post("/v1/cohorts", json=body | fields)) == {(pointer, code)}


async def test_a_patch_changes_what_it_names(as_: As) -> None:
    officer = as_("officer")
    await make_cohort(officer, calendar=[WINDOW])
    before = (await officer.get("/v1/cohorts/test")).json()
    changed = await change(officer, title="Other", quota=10, calendar=[])
    assert changed.status_code == 200
    after = changed.json()
    assert {name for name in after if after[name] != before[name]} == {
        "title",
        "quota",
        "calendar",
        "version",
        "updated_at",
    }
    assert after["version"] == before["version"] + 1
    assert (await change(officer)).json()["version"] == after["version"]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"quota": 11}, "/candidate_quota", "out_of_range"),
        ({"candidate_quota": 4}, "/candidate_quota", "out_of_range"),
        ({"title": None}, "/title", "wrong_type"),
        ({"calendar": [WINDOW | {"ends_on": "2026-02-28"}]}, "/calendar/0/ends_on", "out_of_range"),
        ({"code": "other"}, "/code", "unknown_field"),
        ({"state": "open"}, "/state", "unknown_field"),
        ({"simulation": True}, "/simulation", "unknown_field"),
        ({"methods": None}, "/methods", "wrong_type"),
        ({"methods": {"shortlist": {"reserves": 1}}}, "/methods/shortlist/eligibility", "required"),
        ({"methods": {"third": method()}}, "/methods/third", "unknown_field"),
        ({"rubric": {"edition": 1}}, "/rubric/code", "required"),
        ({"rubric": {"code": "readiness"}}, "/rubric/edition", "required"),
        ({"rubric": {"code": "readiness", "edition": 1}}, "/rubric", "invalid_reference"),
        ({"assessment_rules": None}, "/assessment_rules", "wrong_type"),
        ({"assessment_rules": {"quorum": None}}, "/assessment_rules/quorum", "wrong_type"),
        ({"assessment_rules": {"quorum": 21}}, "/assessment_rules/quorum", "out_of_range"),
        ({"mentoring_rules": {"weights": None}}, "/mentoring_rules/weights", "wrong_type"),
        ({"mentoring_rules": {"weights": {"misfit": None}}}, "/mentoring_rules/weights/misfit", "wrong_type"),
    ],
)
async def test_a_patch_is_judged_with_what_is_stored(as_: As, changes: dict[str, Any], pointer: str, code: str) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    assert (pointer, code) in faults(await change(officer, **changes))


async def test_a_quota_is_not_lowered_below_the_seats_taken(as_: As) -> None:
    officer = as_("officer")
    await make_cohort(officer, quota=1, candidate_quota=2)
    for region in ("32.71", "32.72"):
        await move(officer, await make_candidacy(officer, "test", region), "invited")
    refused = await change(officer, candidate_quota=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
    assert (await officer.get("/v1/cohorts/test")).json()["candidate_quota"] == 2
    assert (await change(officer, candidate_quota=3)).status_code == 200


@pytest.mark.parametrize("person", ["public", "region_editor", "assessor", "mentor", "data_steward"])
async def test_a_draft_is_answered_exactly_as_an_absent_cohort(as_: As, person: str) -> None:
    officer, reader = as_("officer"), as_(person)
    await make_cohort(officer, "draft", state="draft")
    candidacy = await make_candidacy(officer, "draft")
    for path in ("", "/candidacies", "/selection-runs", "/transitions"):
        hidden, absent = [
            await reader.get(f"/v1/cohorts/{code}{path}", headers={"X-Request-Id": "same"})
            for code in ("draft", "never")
        ]
        assert hidden.status_code == (401 if (person, path) == ("public", "/transitions") else 404)
        assert hidden.text.replace("draft", "never") == absent.text
        assert not unlike(hidden.headers, absent.headers)
    assert (await reader.get(candidacy)).status_code == 404
    cohorts = await every_row(reader, "/v1/cohorts")
    assert [row["code"] for row in cohorts] == ["2019", "2018", "2017"]
    for query in ({"state": "draft"}, {"state_in": "draft,open"}, {"q": "Test"}, {"year": 2026}):
        page = (await reader.get("/v1/cohorts", params=query | {"count": "true"})).json()
        assert page == {"items": [], "next_cursor": None, "total": 0}
    for query in ({"cohort": "draft"}, {"state": "nominated"}):
        page = (await reader.get("/v1/candidacies", params=query | {"count": "true"})).json()
        assert page == {"items": [], "next_cursor": None, "total": 0}
    assert len(await every_row(reader, "/v1/candidacies", region="32.73")) == 1  # that of 2017


async def test_a_draft_shows_when_it_opens(as_: As) -> None:
    officer, public = as_("officer"), as_("public")
    await make_cohort(officer, "draft", state="draft")
    candidacy = await make_candidacy(officer, "draft")
    assert (await as_("auditor").get("/v1/cohorts/draft")).status_code == 200
    assert (await move(officer, "/v1/cohorts/draft", "open")).status_code == 200
    assert (await public.get("/v1/cohorts/draft")).json()["state"] == "open"
    assert (await public.get(candidacy)).status_code == 200
    assert [row["code"] for row in await every_row(public, "/v1/cohorts", q="test")] == ["draft"]
