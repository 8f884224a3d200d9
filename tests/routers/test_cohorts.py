"""A cohort is a draft nobody outside sees, then public; its rules are checked whole and frozen once decided by."""

from typing import Any

import httpx
import pytest

from app import reference
from app.domain.lifecycles import COHORT
from app.kernel.db import Database
from app.kernel.problems import Incomplete
from app.services.candidacies import lock_cohort
from app.services.cohorts import freeze_rules, rules_of
from tests.conftest import As
from tests.routers.factories import METHOD, every_row, faults, make_candidacy, make_cohort, make_rubric, move, unlike
from tests.routers.outcomes import publish

WINDOW = {"code": "assessment", "starts_on": "2026-03-01", "ends_on": "2026-03-03"}
ON_CITIES = {"scope": "kind", "bound": "at_least", "seats": 2, "group": "city"}
SHAKEN = {"draws": 10, "seed": 1, "spread": 0.1}


def method(**changes: Any) -> dict[str, Any]:
    return METHOD | changes


async def change(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    return await client.patch("/v1/cohorts/test", json=changes, headers={"If-Match": "*"})


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


FIRST, *REST = METHOD["criteria"]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"criteria": []}, "/criteria", "no_criteria"),
        ({"criteria": REST}, "/criteria", "weights_sum"),
        ({"criteria": [FIRST | {"weight": 0}, *REST]}, "/criteria/0/weight", "weight_range"),
        ({"criteria": [FIRST | {"indicator": "luck"}, *REST]}, "/criteria/0/indicator", "unknown_indicator"),
        ({"criteria": [FIRST | {"direction": "up"}, *REST]}, "/criteria/0/direction", "invalid_choice"),
        ({"criteria": [FIRST | {"bands": [{"lower": None, "score": 1}]}, *REST]}, "/criteria/0/bands", "bands_unused"),
        ({"eligibility": {"kinds": []}}, "/eligibility/kinds", "no_kinds"),
        ({"missing": "guess"}, "/missing", "invalid_choice"),
        ({"tie_breakers": [{"by": "criterion"}]}, "/tie_breakers/0/criterion", "tie_criterion"),
        ({"equity": [ON_CITIES | {"group": "papua"}]}, "/equity/0/group", "kind_not_eligible"),
        ({"equity": [ON_CITIES | {"scope": "island_group", "group": "java"}]}, "/equity/0/group", "unknown_group"),
        ({"sensitivity": SHAKEN | {"draws": 0}}, "/sensitivity/draws", "draws_range"),
        ({"reserves": -1}, "/reserves", "out_of_range"),
        ({"formula": "a+b"}, "/formula", "unknown_field"),
    ],
)
@pytest.mark.parametrize("stage", ["shortlist", "final"])
async def test_a_method_is_checked_whole(as_: As, stage: str, changes: dict[str, Any], pointer: str, code: str) -> None:
    officer = as_("officer")
    body = {"code": "test", "year": 2026, "phase": 4, "title": "Test", "quota": 5, "candidate_quota": 10}
    expected = {(f"/methods/{stage}{pointer}", code)}
    refused = await officer.post("/v1/cohorts", json=body | {"methods": {stage: method(**changes)}})
    assert faults(refused) == expected
    await make_cohort(officer, state="draft")
    assert faults(await change(officer, methods={stage: method(**changes)})) == expected


async def test_all_faults_of_a_method_are_told_at_once_in_the_readers_language(as_: As) -> None:
    body = {"code": "test", "year": 2026, "phase": 4, "title": "Test", "quota": 5, "candidate_quota": 10}
    faulty = method(criteria=[FIRST | {"indicator": "luck"}, *REST], equity=[ON_CITIES | {"seats": 0}])
    request = body | {"methods": {"shortlist": faulty}}
    english = await as_("officer").post("/v1/cohorts", json=request)
    assert faults(english) == {
        ("/methods/shortlist/criteria/0/indicator", "unknown_indicator"),
        ("/methods/shortlist/equity/0/seats", "seats_range"),
    }
    indonesian = await as_("officer").post("/v1/cohorts", json=request, headers={"Accept-Language": "id"})
    for one, other in zip(english.json()["errors"], indonesian.json()["errors"], strict=True):
        assert one["pointer"] == other["pointer"]
        assert one["message"] != other["message"]


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


async def test_a_patch_merges_into_the_methods(as_: As) -> None:
    """RFC 7396: objects are merged, lists replaced, null removes."""
    officer = as_("officer")
    both = {"shortlist": method(sensitivity=SHAKEN, equity=[ON_CITIES]), "final": method(reserves=2)}
    await make_cohort(officer, methods=both)
    before = (await officer.get("/v1/cohorts/test")).json()["methods"]
    patch = {
        "shortlist": {"reserves": 9, "equity": [], "eligibility": {"nominated_only": True}, "sensitivity": {"seed": 2}}
    }
    after = (await change(officer, methods=patch)).json()["methods"]
    assert after["final"] == before["final"]
    assert after["shortlist"] == before["shortlist"] | {
        "reserves": 9,
        "equity": [],
        "eligibility": before["shortlist"]["eligibility"] | {"nominated_only": True},
        "sensitivity": SHAKEN | {"seed": 2},
    }
    cleared = await change(officer, methods={"shortlist": {"sensitivity": None}, "final": None})
    assert cleared.json()["methods"] == {"shortlist": after["shortlist"] | {"sensitivity": None}, "final": None}
    assert cleared.json()["version"] == 4  # made, opened, and one for each patch


async def test_a_historic_cohort_has_no_assessment_rules_since_none_were_kept(as_: As) -> None:
    shown = (await as_("public").get("/v1/cohorts/2018")).json()
    assert (shown["rubric"], shown["assessment_rules"], shown["rules_frozen_at"]) == (None, None, None)
    patched = await as_("officer").patch(
        "/v1/cohorts/2018", json={"assessment_rules": {"quorum": 4}}, headers={"If-Match": "*"}
    )
    assert patched.json()["assessment_rules"] == {"quorum": 4, "different_institutions": True, "spread_limit": 1}


async def test_a_patch_merges_into_rubric_and_assessment_rules(as_: As) -> None:
    officer = as_("officer")
    for _ in range(2):
        await make_rubric(officer)
    await make_cohort(officer, rubric={"code": "readiness", "edition": 1}, assessment_rules={"quorum": 3})
    before = (await officer.get("/v1/cohorts/test")).json()
    assert before["rubric"] == {"code": "readiness", "edition": 1}
    assert before["assessment_rules"] == {"quorum": 3, "different_institutions": True, "spread_limit": 1}
    after = (await change(officer, rubric={"edition": 2}, assessment_rules={"spread_limit": 0})).json()
    assert after["rubric"] == {"code": "readiness", "edition": 2}
    assert after["assessment_rules"] == before["assessment_rules"] | {"spread_limit": 0}
    assert (await change(officer, rubric=None)).json()["rubric"] is None


async def test_a_patch_merges_into_the_mentoring_rules(as_: As) -> None:
    officer = as_("officer")
    assert (await as_("public").get("/v1/cohorts/2018")).json()["mentoring_rules"] is None
    await make_cohort(officer)
    usual = {"most_per_mentor": None, "weights": {"load": 100, "misfit": 50, "distance": 1}}
    assert (await officer.get("/v1/cohorts/test")).json()["mentoring_rules"] == usual
    changes = {"most_per_mentor": 3, "weights": {"distance": 2}}
    after = (await change(officer, mentoring_rules=changes)).json()["mentoring_rules"]
    assert after == {"most_per_mentor": 3, "weights": {"load": 100, "misfit": 50, "distance": 2}}
    unbound = (await change(officer, mentoring_rules={"most_per_mentor": None})).json()["mentoring_rules"]
    assert unbound == after | {"most_per_mentor": None}


async def test_rubric_and_assessment_rules_stay_once_they_are_used(as_: As, database: Database) -> None:
    officer = as_("officer")
    for _ in range(2):
        await make_rubric(officer)
    await make_cohort(officer, rubric={"code": "readiness", "edition": 1})
    await make_cohort(officer, "other", rubric={"code": "readiness", "edition": 1})
    async with database.write() as session:
        frozen = await freeze_rules(session, await lock_cohort(session, "test"))
        assert (frozen.edition, frozen.frozen_at is None) == (1, False)
    stored = (await officer.get("/v1/cohorts/test")).json()
    assert stored["rules_frozen_at"] is not None
    for changes in ({"rubric": {"edition": 2}}, {"rubric": None}, {"assessment_rules": {"quorum": 9}}):
        refused = await change(officer, **changes)
        assert (refused.status_code, refused.json()["code"]) == (409, "assessment_rules_frozen")
    assert (await officer.get("/v1/cohorts/test")).json() == stored
    # What is the same already is no change, and everything else may still change.
    kept = await change(officer, title="Other", rubric={"edition": 1}, assessment_rules={"quorum": 2})
    assert (kept.status_code, kept.json()["title"]) == (200, "Other")
    # A cohort that has not begun may still turn from a rubric that another one uses.
    elsewhere = await officer.patch("/v1/cohorts/other", json={"rubric": {"edition": 2}}, headers={"If-Match": "*"})
    assert elsewhere.json()["rubric"] == {"code": "readiness", "edition": 2}


async def test_rules_frozen_twice_are_frozen_once(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_rubric(officer)
    await make_cohort(officer, rubric={"code": "readiness", "edition": 1})
    times = []
    for _ in range(2):
        async with database.write() as session:
            await freeze_rules(session, await lock_cohort(session, "test"))
        times.append((await officer.get("/v1/cohorts/test")).json()["rules_frozen_at"])
    assert times[0] == times[1]


async def test_a_cohort_without_a_rubric_cannot_begin(as_: As, database: Database) -> None:
    await make_cohort(as_("officer"))
    async with database.write() as session:
        with pytest.raises(Incomplete) as refused:
            await freeze_rules(session, await lock_cohort(session, "test"))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/rubric", "required")]


async def test_a_historic_cohort_goes_by_the_default_rules(as_: As, database: Database) -> None:
    async with database.write() as session:
        rules = rules_of(await lock_cohort(session, "2018"))
    assert rules.model_dump() == {"quorum": 2, "different_institutions": True, "spread_limit": 1}
    assert (await as_("public").get("/v1/cohorts/2018")).json()["version"] == 1


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


async def test_a_cohort_walks_its_states_and_each_step_is_told(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer, state="draft")
    await publish(database, {})
    way = COHORT.path("closed")
    for number, state in enumerate(way[1:], start=2):
        moved = await move(officer, "/v1/cohorts/test", state, reason=f"to {state}")
        assert (moved.json()["state"], moved.json()["version"]) == (state, number)
    told = (await as_("assessor").get("/v1/cohorts/test/transitions")).json()
    assert (told["state"], told["allowed"]) == ("closed", [])
    steps = [(step["from"], step["to"]) for step in told["history"]]
    assert steps == list(zip([None, *way], way, strict=False))
    assert [step["reason"] for step in told["history"][1:]] == [f"to {state}" for state in way[1:]]
    keys = await every_row(as_("administrator"), "/v1/api-keys", role="officer")
    (officer_id,) = (f"key:{key['id']}" for key in keys if key["name"] == "officer")
    assert {step["actor"] for step in told["history"]} == {officer_id}


async def test_the_history_of_a_historic_cohort_says_what_was_not_kept(as_: As) -> None:
    told = (await as_("assessor").get("/v1/cohorts/2018/transitions")).json()
    (step,) = told["history"]
    assert (step["from"], step["to"], step["actor"]) == (None, "closed", "system")
    assert "not kept" in step["reason"]


@pytest.mark.parametrize("state", COHORT.states)
async def test_an_illegal_step_names_the_legal_ones(as_: As, database: Database, state: str) -> None:
    officer, path = as_("officer"), "/v1/cohorts/test"
    await make_cohort(officer, state="draft")
    await publish(database, {})
    for step in COHORT.path(state)[1:]:
        await move(officer, path, step)
    before = (await officer.get(path)).content
    for to in {*COHORT.states, "deleted"} - {*COHORT.allowed(state)}:
        refused = await move(officer, path, to)
        assert refused.status_code == 409
        problem = refused.json()
        assert (problem["code"], problem["state"]) == ("illegal_transition", state)
        assert problem["allowed"] == list(COHORT.allowed(state))
    assert (await officer.get(path)).content == before


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"to": "open"}, "/reason", "required"),
        ({"to": "open", "reason": " "}, "/reason", "too_short"),
        ({"to": "OPEN", "reason": "x"}, "/to", "invalid_format"),
        ({"to": "open", "reason": "x", "actor": "key:1"}, "/actor", "unknown_field"),
        ({"to": "open", "reason": "x", "at": "2020-01-01T00:00:00Z"}, "/at", "unknown_field"),
    ],
)
async def test_a_step_has_a_reason_and_nothing_forged(as_: As, body: dict[str, str], pointer: str, code: str) -> None:
    officer = as_("officer")
    await make_cohort(officer, state="draft")
    refused = await officer.post("/v1/cohorts/test/transitions", json=body, headers={"If-Match": "*"})
    assert faults(refused) == {(pointer, code)}
