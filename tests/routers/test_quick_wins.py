"""A region proposes quick wins, benefit first; its mentors approve them; it runs and completes them."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.domain.permissions import SYSTEM
from app.kernel.db import Database
from app.kernel.writing import act_as, new_id
from app.models.initiatives import Initiative
from app.models.master_plans import MasterPlan
from app.models.mentorships import Mentorship
from app.models.plan_templates import PlanTemplate
from tests.conftest import As, client_for
from tests.ground import laid
from tests.routers.agreements import put_into, told
from tests.routers.assessments import EVIDENCE, speaking_for
from tests.routers.factories import NOWHERE, every_row, faults, make_candidacy, make_cohort, make_institution, move
from tests.routers.mentored import make_mentored
from tests.routers.quick_wins import WHOLE, at, bring, propose, step

NOON = "2026-07-01T05:00:00+00:00"
EMPTY = {"unit": None, "baseline": None, "target": None}


@pytest.fixture(autouse=True)
def _in_july(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)


@pytest.fixture
async def candidacy(as_: As, database: Database) -> str:
    """Return a candidacy of the region editor's region, mentored by the mentor's institution."""
    return (await make_mentored(as_("officer"), database)).candidacy


async def test_a_region_proposes_a_quick_win_and_those_concerned_read_it(as_: As, candidacy: str) -> None:
    editor = as_("region_editor")
    created = await editor.post("/v1/quick-wins", json=WHOLE | {"candidacy_id": candidacy})
    assert created.status_code == 201, created.text
    path, quick_win = created.headers["location"], created.json()
    assert {name: quick_win[name] for name in WHOLE} == WHOLE
    assert (quick_win["candidacy_id"], quick_win["cohort_code"], quick_win["region_code"]) == (
        candidacy, "test", "32.73",
    )  # fmt: skip
    assert (quick_win["state"], quick_win["published_at"], quick_win["closed_on"], quick_win["measured_value"]) == (
        "proposed", None, None, None,
    )  # fmt: skip
    for person in ("region_editor", "mentor", "officer", "auditor"):
        assert (await as_(person).get(path)).json() == quick_win
        for url in ("/v1/quick-wins", f"/v1/candidacies/{candidacy}/quick-wins"):
            assert await every_row(as_(person), url) == [quick_win]
    told_of = (await editor.get(f"{path}/transitions")).json()
    assert (told_of["state"], told_of["allowed"]) == ("proposed", ["approved", "cancelled"])
    assert [(move["from"], move["to"]) for move in told_of["history"]] == [(None, "proposed")]


async def test_what_the_benefit_lacks_may_follow(as_: As, candidacy: str) -> None:
    editor = as_("region_editor")
    least = {name: WHOLE[name] for name in ("title", "dimension", "starts_on", "ends_on")}
    created = await editor.post("/v1/quick-wins", json=least | {"candidacy_id": candidacy})
    assert created.status_code == 201, created.text
    path = created.headers["location"]
    assert created.json()["measure"] == EMPTY
    assert told(await step(as_("mentor"), path, "approved"), "incomplete") == {
        ("/benefit", "benefit_missing"),
        ("/beneficiaries", "beneficiaries_missing"),
        ("/measure/unit", "unit_missing"),
        ("/measure/baseline", "baseline_missing"),
        ("/measure/target", "target_missing"),
    }
    early = {"technology": "An app"}
    assert faults(await editor.patch(path, json=early, headers={"If-Match": "*"})) == {
        ("/technology", "technology_too_early")
    }
    whole = {name: WHOLE[name] for name in ("benefit", "beneficiaries", "measure")}
    assert (await editor.patch(path, json=whole | early, headers={"If-Match": "*"})).json()["technology"] == "An app"
    assert (await step(as_("mentor"), path, "approved")).status_code == 200


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"title": " "}, "/title", "too_short"),
        ({"dimension": "sport"}, "/dimension", "unknown_dimension"),
        ({"dimension": None}, "/dimension", "wrong_type"),
        ({"sub_dimension": "tourism"}, "/sub_dimension", "unknown_sub_dimension"),
        ({"benefit": None}, "/technology", "technology_too_early"),
        ({"beneficiaries": None}, "/technology", "technology_too_early"),
        ({"measure": WHOLE["measure"] | {"baseline": None}}, "/technology", "technology_too_early"),
        ({"measure": WHOLE["measure"] | {"target": 120}}, "/measure/target", "target_equals_baseline"),
        ({"measure": WHOLE["measure"] | {"target": "30"}}, "/measure/target", "wrong_type"),
        ({"measure": WHOLE["measure"] | {"year": 2027}}, "/measure/year", "unknown_field"),
        ({"ends_on": "2026-05-31"}, "/ends_on", "ends_before_start"),
        ({"ends_on": "2027-06-02"}, "/ends_on", "too_long"),
        ({"starts_on": "2024-02-29", "ends_on": "2025-03-01"}, "/ends_on", "too_long"),
        ({"starts_on": "2026-02-29"}, "/starts_on", "invalid_format"),
        ({"budget": -1}, "/budget", "out_of_range"),
        ({"budget": 10**15 + 1}, "/budget", "out_of_range"),
        ({"budget": 0.5}, "/budget", "wrong_type"),
        ({"state": "approved"}, "/state", "unknown_field"),
        ({"initiative_id": NOWHERE}, "/initiative_id", "invalid_reference"),
        ({"candidacy_id": NOWHERE}, "/candidacy_id", "invalid_reference"),
    ],
)
async def test_nonsense_is_refused_with_its_place(
    as_: As, candidacy: str, change: dict[str, Any], pointer: str, code: str
) -> None:
    editor = as_("region_editor")
    body = WHOLE | {"candidacy_id": candidacy} | change
    assert (pointer, code) in faults(await editor.post("/v1/quick-wins", json=body))
    assert await every_row(editor, "/v1/quick-wins") == []
    if "candidacy_id" not in change:
        path = await propose(editor, candidacy)
        assert (pointer, code) in faults(await editor.patch(path, json=change, headers={"If-Match": "*"}))
        assert (await editor.get(path)).json()["version"] == 1


@pytest.mark.parametrize(
    ("starts", "ends"),
    [("2026-06-01", "2027-06-01"), ("2024-02-29", "2025-02-28"), ("2026-12-31", "2027-12-31")],
)
async def test_twelve_calendar_months_are_the_most(as_: As, candidacy: str, starts: str, ends: str) -> None:
    await propose(as_("region_editor"), candidacy, starts_on=starts, ends_on=ends)


async def test_a_refusal_speaks_both_languages(as_: As, candidacy: str) -> None:
    body = WHOLE | {"candidacy_id": candidacy, "ends_on": "2027-06-02"}
    refused = await as_("region_editor").post("/v1/quick-wins", json=body, headers={"Accept-Language": "id"})
    (error,) = refused.json()["errors"]
    assert error["message"] == (
        "Shorter queues: program pintas berlangsung paling lama 12 bulan. "
        "Yang ini harus berakhir paling lambat 2027-06-01."
    )


async def test_a_change_is_merged_and_what_was_approved_stays(as_: As, candidacy: str) -> None:
    editor = as_("region_editor")
    path = await propose(editor, candidacy)
    changed = await editor.patch(path, json={"measure": {"target": 20.5}}, headers={"If-Match": '"1"'})
    assert changed.json()["measure"] == WHOLE["measure"] | {"target": 20.5}
    assert (changed.headers["etag"], changed.json()["title"]) == ('"2"', WHOLE["title"])
    bare = {"measure": None, "technology": None, "sub_dimension": None, "budget": None, "dimension": "living"}
    emptied = (await editor.patch(path, json=bare, headers={"If-Match": '"2"'})).json()
    assert {name: emptied[name] for name in bare} == bare | {"measure": EMPTY}
    stale = await editor.patch(path, json={"title": "X"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"3"')
    assert (await editor.patch(path, json={"title": "X"})).status_code == 428
    await editor.patch(path, json={"measure": WHOLE["measure"]}, headers={"If-Match": "*"})
    for state in ("approved", "running", "completed"):
        assert (await step(as_("mentor" if state == "approved" else "region_editor"), path, state)).status_code == 200
        refused = await editor.patch(path, json={"title": "X"}, headers={"If-Match": "*"})
        assert told(refused, "quick_win_frozen") == set()
        assert refused.json()["state"] == state


@pytest.mark.parametrize("state", ["selected", "mou_signed", "withdrawn"])
async def test_only_a_mentored_region_has_quick_wins(as_: As, database: Database, candidacy: str, state: str) -> None:
    editor = as_("region_editor")
    path = await propose(editor, candidacy)
    await put_into(database, candidacy, state)
    body = WHOLE | {"candidacy_id": candidacy}
    assert told(await editor.post("/v1/quick-wins", json=body), "candidacy_not_ready") == {
        ("/candidacy_id", "candidacy_not_ready")
    }
    for refused in (
        await editor.patch(path, json={"title": "X"}, headers={"If-Match": "*"}),
        await step(as_("mentor"), path, "approved"),
    ):
        assert told(refused, "candidacy_not_ready") == set()
        assert refused.json()["state"] == state
    # What is over can still be called off.
    assert (await step(editor, path, "cancelled")).status_code == 200


@pytest.mark.parametrize("state", ["plan_submitted", "plan_accepted", "enacted", "implementing"])
async def test_quick_wins_go_on_while_the_plan_does(as_: As, database: Database, candidacy: str, state: str) -> None:
    await put_into(database, candidacy, state)
    await bring(as_, await propose(as_("region_editor"), candidacy), "completed")


@laid
async def make_initiative(database: Database, candidacy: str, region: str) -> str:
    """Put a plan with one initiative there, past all rules, and return the initiative's id."""
    async with database.write() as session:
        await act_as(session, SYSTEM)
        if await session.scalar(select(PlanTemplate.id).filter_by(code="x")) is None:
            names = {"name_en": "X", "name_id": "X"}
            session.add(PlanTemplate(id=new_id(), code="x", edition=1, books=[], **names))
            await session.flush()
        plan = MasterPlan(
            id=new_id(),
            candidacy_id=candidacy,
            region_code=region,
            title="X",
            first_year=2027,
            last_year=2031,
            template_code="x",
            template_edition=1,
        )
        session.add(plan)
        await session.flush()
        initiative = Initiative(id=new_id(), plan_id=plan.id, title="X")
        session.add(initiative)
    return str(initiative.id)


async def test_a_quick_win_may_be_the_first_fruit_of_an_initiative_of_its_own_plan(
    as_: As, database: Database, candidacy: str
) -> None:
    editor = as_("region_editor")
    other = await make_mentored(as_("officer"), database, "32.71")
    own = await make_initiative(database, candidacy, "32.73")
    foreign = await make_initiative(database, other.candidacy, "32.71")
    path = await propose(editor, candidacy, initiative_id=own)
    assert [row["id"] for row in await every_row(editor, "/v1/quick-wins", initiative=own)] == [path.rpartition("/")[2]]
    refused = await editor.patch(path, json={"initiative_id": foreign}, headers={"If-Match": "*"})
    assert faults(refused) == {("/initiative_id", "invalid_reference")}
    cleared = await editor.patch(path, json={"initiative_id": None}, headers={"If-Match": "*"})
    assert cleared.json()["initiative_id"] is None


async def test_from_its_approval_everyone_reads_it(as_: As, candidacy: str) -> None:
    path = await propose(as_("region_editor"), candidacy)
    for person in ("public", "assessor", "data_steward"):
        assert (await as_(person).get(path)).status_code == 404
        assert (await as_(person).get(f"{path}/standing")).status_code == 404
        assert (await as_(person).get(f"{path}/progress-reports")).status_code == 404
        assert await every_row(as_(person), "/v1/quick-wins") == []
    approved = await step(as_("mentor"), path, "approved")
    assert (approved.json()["state"], approved.json()["published_at"]) == ("approved", "2026-07-01T05:00:00+00:00")
    for person in ("public", "assessor", "data_steward"):
        assert (await as_(person).get(path)).json() == approved.json()
        assert await every_row(as_(person), "/v1/quick-wins") == [approved.json()]
    assert (await as_("public").get(f"{path}/transitions")).status_code == 401


async def test_what_was_dropped_before_its_approval_stays_among_those_concerned(as_: As, candidacy: str) -> None:
    path = await propose(as_("region_editor"), candidacy)
    dropped = await step(as_("region_editor"), path, "cancelled")
    assert (dropped.json()["published_at"], dropped.json()["closed_on"]) == (None, None)
    assert (await as_("public").get(path)).status_code == 404
    assert (await as_("mentor").get(path)).json() == dropped.json()


async def test_it_is_run_and_completed_with_a_value_and_evidence(as_: As, candidacy: str) -> None:
    editor = as_("region_editor")
    path = await propose(editor, candidacy)
    await bring(as_, path, "running")
    assert told(await step(editor, path, "completed", value=None, evidence=[]), "incomplete") == {
        ("/value", "value_missing"),
        ("/evidence", "proof_missing"),
    }
    done = await step(editor, path, "completed", closed_on="2026-06-30")
    assert done.status_code == 200, done.text
    assert (done.json()["closed_on"], done.json()["measured_value"], done.json()["evidence"]) == (
        "2026-06-30", 28.5, [EVIDENCE],
    )  # fmt: skip
    history = (await editor.get(f"{path}/transitions")).json()
    assert history["allowed"] == []
    assert [(one["to"], one["effective_on"]) for one in history["history"]] == [
        ("proposed", None),
        ("approved", None),
        ("running", None),
        ("completed", "2026-06-30"),
    ]


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"closed_on": "2026-05-31"}, "/closed_on", "day_before_start"),
        ({"closed_on": "2026-07-02"}, "/closed_on", "day_ahead"),
        ({"value": "28"}, "/value", "wrong_type"),
        ({"evidence": [{"url": "ftp://x", "title": "x"}]}, "/evidence/0/url", "invalid_format"),
        ({"measured_value": 1}, "/measured_value", "unknown_field"),
    ],
)
async def test_a_completion_that_makes_no_sense_is_refused(
    as_: As, candidacy: str, fields: dict[str, Any], pointer: str, code: str
) -> None:
    path = await propose(as_("region_editor"), candidacy)
    await bring(as_, path, "running")
    assert faults(await step(as_("region_editor"), path, "completed", **fields)) == {(pointer, code)}


async def test_only_a_completion_says_what_came_out(as_: As, candidacy: str) -> None:
    path = await propose(as_("region_editor"), candidacy)
    said = {"closed_on": "2026-06-30", "value": 1, "evidence": [EVIDENCE]}
    refused = await step(as_("mentor"), path, "approved", **said)
    assert faults(refused) == {(f"/{name}", "not_allowed") for name in said}


@pytest.mark.parametrize("state", ["approved", "running"])
@pytest.mark.parametrize("person", ["region_editor", "officer", "administrator"])
async def test_region_and_ministry_may_call_it_off(as_: As, candidacy: str, state: str, person: str) -> None:
    path = await propose(as_("region_editor"), candidacy)
    await bring(as_, path, state)
    dropped = (await step(as_(person), path, "cancelled")).json()
    assert (dropped["state"], dropped["closed_on"], dropped["measured_value"]) == ("cancelled", "2026-07-01", None)
    assert (await as_("public").get(path)).json() == dropped


@pytest.mark.parametrize(
    ("state", "to"),
    [
        ("proposed", "running"),
        ("proposed", "completed"),
        ("approved", "completed"),
        ("running", "approved"),
        ("completed", "cancelled"),
        ("cancelled", "running"),
        ("running", "nowhere"),
    ],
)
async def test_a_step_that_is_none_is_refused(as_: As, candidacy: str, state: str, to: str) -> None:
    path = await propose(as_("region_editor"), candidacy)
    await bring(as_, path, state)
    refused = await step(as_("mentor" if to == "approved" else "region_editor"), path, to)
    assert told(refused, "illegal_transition") == set()
    assert (refused.json()["state"], (await as_("region_editor").get(path)).json()["state"]) == (state, state)


async def test_everyone_does_only_what_is_theirs(as_: As, app: FastAPI, database: Database, candidacy: str) -> None:
    """The region proposes, runs and completes; who mentors it, or an officer, approves. Nobody does the other's."""
    editor, officer, administrator = as_("region_editor"), as_("officer"), as_("administrator")
    university = await make_institution(officer)
    body = WHOLE | {"candidacy_id": candidacy}
    write, approve = "quick_wins:write", "quick_wins:approve"

    async def refusals(path: str, steps: list[tuple[Any, str, str]]) -> None:
        for client, to, permission in steps:
            refused = await step(client, path, to)
            assert refused.status_code == 403, (to, refused.text)
            assert refused.json()["required_permission"] == permission, to

    async with (
        speaking_for(app, administrator, "region_editor", region_code="32.71") as neighbour,
        speaking_for(app, administrator, "mentor", institution_id=university) as stranger,
        speaking_for(app, administrator, "mentor") as unbound,
    ):
        path = await propose(editor, candidacy)
        patch = {"title": "X"}
        # Unseen by strangers while it is proposed.
        for client in (neighbour, stranger, unbound):
            assert (await client.get(path)).status_code == 404
            assert (await step(client, path, "cancelled")).status_code == 404
        assert (await neighbour.patch(path, json=patch, headers={"If-Match": "*"})).status_code == 404
        for client in (neighbour, administrator):
            refused = await client.post("/v1/quick-wins", json=body)
            assert (refused.status_code, refused.json()["required_permission"]) == (403, write)
        refused = await administrator.patch(path, json=patch, headers={"If-Match": "*"})
        assert (refused.status_code, refused.json()["required_permission"]) == (403, write)
        await refusals(path, [(editor, "approved", approve), (as_("mentor"), "cancelled", write)])
        assert (await step(officer, path, "approved")).status_code == 200
        # Seen by all once it is approved, and still not theirs.
        others = [(client, "running", write) for client in (neighbour, stranger, as_("mentor"), officer, administrator)]
        await refusals(path, others)
        await refusals(path, [(neighbour, "cancelled", write), (stranger, "cancelled", write)])
        assert (await step(editor, path, "running")).status_code == 200
        await refusals(path, [(client, "completed", write) for client in (neighbour, as_("mentor"), officer)])
        second = await propose(editor, candidacy)
        async with database.write() as session:
            (await session.scalars(select(Mentorship).filter_by(candidacy_id=candidacy))).one().state = "ended"
        # A mentorship that ended opens nothing any more, not even to read.
        assert (await step(as_("mentor"), second, "approved")).status_code == 404
        assert (await step(officer, second, "approved")).status_code == 200
        await refusals(second, [(client, "approved", approve) for client in (stranger, unbound, as_("mentor"))])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "BCA"),
        ({"sort": "created_at"}, "ACB"),
        ({"sort": "ends_on"}, "BAC"),
        ({"sort": "-updated_at"}, "ABC"),
        ({"q": "queue"}, "A"),
        ({"state": "proposed"}, "BC"),
        ({"state_in": "approved,running"}, "A"),
        ({"published": "true"}, "A"),
        ({"published": "false"}, "BC"),
        ({"dimension": "living"}, "C"),
        ({"sub_dimension": "service"}, "BA"),
        ({"ends_on_gte": "2027-05-31"}, "CA"),
        ({"ends_on_lt": "2027-05-31"}, "B"),
        ({"starts_on_gte": "2026-06-02"}, "B"),
        ({"starts_on_lt": "2026-06-02"}, "CA"),
        ({"cohort": "test", "region": "32.73", "province": "32"}, "CA"),
        ({"province": "31"}, ""),
        ({"cohort": "2018"}, ""),
        ({"candidacy": NOWHERE}, ""),
        ({"initiative": NOWHERE}, ""),
    ],
)
async def test_the_list_filters(
    as_: As, app: FastAPI, database: Database, candidacy: str, query: dict[str, Any], expected: str
) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    paths = {"A": await propose(editor, candidacy)}
    paths["C"] = await propose(
        editor, candidacy, title="C", dimension="living", sub_dimension=None, ends_on="2027-06-01"
    )
    other = await make_mentored(officer, database, "32.71")
    async with speaking_for(app, as_("administrator"), "region_editor", region_code="32.71") as neighbour:
        days = {"starts_on": "2026-06-02", "ends_on": "2026-07-01"}
        paths["B"] = await propose(neighbour, other.candidacy, title="B", **days)
    await step(officer, paths["A"], "approved")
    if query.get("sort") == "-updated_at":
        await step(officer, paths["B"], "approved")
        await step(editor, paths["A"], "running")
    letters = {path.rpartition("/")[2]: letter for letter, path in paths.items()}
    found = [letters[row["id"]] for row in await every_row(officer, "/v1/quick-wins", **query)]
    assert "".join(found) == expected


async def test_a_candidacy_lists_its_own(as_: As, database: Database, candidacy: str) -> None:
    await propose(as_("region_editor"), candidacy)
    other = await make_mentored(as_("officer"), database, "32.71")
    for one, count in ((candidacy, 1), (other.candidacy, 0)):
        assert len(await every_row(as_("officer"), f"/v1/candidacies/{one}/quick-wins")) == count
    assert (await as_("public").get(f"/v1/candidacies/{NOWHERE}/quick-wins")).status_code == 404


async def test_the_candidacy_of_a_draft_cohort_is_not_there(as_: As) -> None:
    await make_cohort(as_("officer"), "hidden", state="draft")
    hidden = (await make_candidacy(as_("officer"), "hidden", "32.73")).rpartition("/")[2]
    refused = await as_("region_editor").post("/v1/quick-wins", json=WHOLE | {"candidacy_id": hidden})
    assert faults(refused) == {("/candidacy_id", "invalid_reference")}


async def test_a_stale_step_is_refused(as_: As, candidacy: str) -> None:
    path = await propose(as_("region_editor"), candidacy)
    body = {"to": "approved", "reason": "x"}
    stale = await as_("mentor").post(f"{path}/transitions", json=body, headers={"If-Match": '"9"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"1"')
    assert (await as_("mentor").post(f"{path}/transitions", json=body)).status_code == 428
    assert (await move(as_("mentor"), path, "approved")).headers["etag"] == '"2"'


@pytest.mark.commits
async def test_of_steps_at_once_one_wins(committed: FastAPI) -> None:
    async with (
        client_for(committed, "officer") as officer,
        client_for(committed, "mentor") as mentor,
        client_for(committed, "region_editor") as editor,
    ):
        mentored = await make_mentored(officer, committed.state.database)
        path = await propose(editor, mentored.candidacy)
        asked = [(mentor, "approved"), (editor, "cancelled"), (officer, "approved")] * 5
        tag = {"If-Match": '"1"'}
        answers = await asyncio.gather(
            *(
                client.post(f"{path}/transitions", json={"to": to, "reason": "race"}, headers=tag)
                for client, to in asked
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200] + [412] * 14
        (won,) = (to for (_, to), answer in zip(asked, answers, strict=True) if answer.status_code == 200)
        assert (await officer.get(path)).json()["state"] == won
        assert len((await officer.get(f"{path}/transitions")).json()["history"]) == 2
