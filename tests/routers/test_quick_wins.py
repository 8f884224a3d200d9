"""A region proposes quick wins, benefit first, and changes them until they are approved; no nonsense is taken."""

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.kernel.writing import act_as, new_id
from app.models.initiatives import Initiative
from app.models.master_plans import MasterPlan
from app.models.plan_templates import PlanTemplate
from tests.conftest import As
from tests.ground import laid
from tests.routers.agreements import put_into, told
from tests.routers.factories import NOWHERE, every_row, faults, version_in
from tests.routers.mentored import candidacy, make_mentored
from tests.routers.quick_wins import WHOLE, bring, in_july, propose, step

__all__ = ["candidacy", "in_july"]  # fixtures

EMPTY = {"unit": None, "baseline": None, "target": None}


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
    assert (version_in(changed), changed.json()["title"]) == (2, WHOLE["title"])
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
