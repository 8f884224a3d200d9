"""A plan on its way: submitted whole behind four workshops, enacted by a regulation of the region, revised in force."""

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.kernel.writing import act_as, new_id
from app.models.master_plans import PlanVersion
from app.models.memoranda import Memorandum
from app.services import calendars, master_plans
from tests.conftest import As
from tests.routers.agreements import put_into, state_of, told
from tests.routers.factories import faults, move
from tests.routers.mentored import make_mentored
from tests.routers.plans import (
    INITIATIVE,
    PLANS,
    REGULATION,
    accept,
    add_initiative,
    enact,
    make_plan,
    make_planning,
    make_whole_plan,
    step,
    write,
)


async def versions(database: Database, plan: str) -> list[PlanVersion]:
    async with database.write() as session:
        of_plan = select(PlanVersion).filter_by(plan_id=UUID(plan.rpartition("/")[2])).order_by(PlanVersion.number)
        return list(await session.scalars(of_plan))


async def test_a_submitted_plan_is_frozen_as_a_version_and_its_candidacy_follows(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    candidacy = (await make_planning(as_, database)).candidacy
    plan = await make_whole_plan(editor, candidacy)
    submitted = await step(editor, plan, "submitted")
    assert submitted.status_code == 200, submitted.text
    assert (submitted.json()["state"], submitted.json()["submitted_at"] is None) == ("submitted", False)
    assert await state_of(editor, candidacy) == "plan_submitted"
    (version,) = await versions(database, plan)
    assert (version.number, version.reason) == (1, "test")
    assert hashlib.sha256(version.content.encode()).hexdigest() == version.content_sha256
    content = json.loads(version.content)
    assert content["horizon"] == {"first_year": 2027, "last_year": 2031}
    assert {name: content["initiatives"][0][name] for name in INITIATIVE} == INITIATIVE
    assert version.content == json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    again = await step(editor, plan, "submitted")
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")


async def test_a_plan_is_submitted_whole_and_behind_its_workshops(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    mentored = await make_planning(as_, database, closed=2)
    plan = await make_plan(editor, mentored.candidacy)
    await editor.post(f"{plan}/initiatives", json={"title": "Bus"})
    refused = await step(editor, plan, "submitted")
    assert told(refused, "incomplete") == {
        ("/workshops/3", "workshop_open"),
        ("/workshops/4", "workshop_open"),
        ("/initiatives/0/benefit", "benefit_missing"),
        ("/initiatives/0/beneficiaries", "beneficiaries_missing"),
        ("/initiatives/0/measure/unit", "unit_missing"),
        ("/initiatives/0/measure/baseline", "baseline_missing"),
        ("/initiatives/0/measure/target", "target_missing"),
        ("/initiatives/0/measure/year", "measure_year_missing"),
        ("/initiatives/0/dimension", "dimension_missing"),
        ("/initiatives/0/owner_agency", "owner_agency_missing"),
        ("/initiatives/0/first_year", "first_year_missing"),
        ("/initiatives/0/last_year", "last_year_missing"),
        ("/parts/gap", "part_missing"),
        ("/parts/swot", "part_missing"),
        ("/vision", "part_missing"),
        ("/objectives", "part_missing"),
        ("/initiatives", "part_initiatives"),
        ("/initiatives", "part_budget"),
    }
    async with database.read() as connection:
        await connection.execute("UPDATE mentorships SET state = 'ended'")
    alone = await step(editor, plan, "submitted")
    assert ("/workshops", "not_mentored") in told(alone, "incomplete")
    assert not await versions(database, plan)
    assert await state_of(editor, mentored.candidacy) == "mentoring"


async def test_nobody_moves_a_plan_out_of_turn(as_: As, database: Database) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    candidacy = (await make_planning(as_, database)).candidacy
    plan = await make_whole_plan(editor, candidacy)
    for person in ("officer", "administrator"):
        refused = await step(as_(person), plan, "submitted")
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "master_plans:write")
    assert (await step(as_("mentor"), plan, "submitted")).status_code == 403
    assert (await step(editor, plan, "deleted")).json()["allowed"] == ["submitted"]
    early = await enact(editor, plan)
    assert (early.status_code, early.json()["allowed"]) == (409, ["submitted"])
    assert faults(await step(editor, plan, "submitted", regulation=None, revises_id=candidacy)) == {
        ("/revises_id", "not_allowed")
    }
    await step(editor, plan, "submitted")
    for to in ("returned", "accepted"):
        told(await step(editor, plan, to), "moved_by_plan_review")
    by_hand = await move(officer, f"/v1/candidacies/{candidacy}", "plan_accepted")
    assert (by_hand.status_code, by_hand.json()["code"]) == (409, "moved_by_plan")
    await put_into(database, candidacy, "mentoring")
    by_hand = await move(officer, f"/v1/candidacies/{candidacy}", "plan_submitted")
    assert (by_hand.status_code, by_hand.json()["code"]) == (409, "moved_by_plan")


async def test_a_returned_plan_is_mended_and_submitted_as_the_next_version(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    candidacy = (await make_planning(as_, database)).candidacy
    plan = await make_whole_plan(editor, candidacy)
    await step(editor, plan, "submitted")
    async with database.write() as session:
        locked = await master_plans.lock(session, UUID(plan.rpartition("/")[2]))
        await master_plans.step(session, locked, "returned", "chapter 2", "test")
    assert await state_of(editor, candidacy) == "mentoring"
    assert (await write(editor, plan, vision="Everyone arrives on time.")).status_code == 200
    assert (await step(editor, plan, "submitted")).status_code == 200
    first, second = await versions(database, plan)
    assert (first.number, second.number) == (1, 2)
    assert json.loads(second.content)["vision"] == "Everyone arrives on time."
    async with database.write() as session:
        locked = await master_plans.lock(session, UUID(plan.rpartition("/")[2]))
        await master_plans.step(session, locked, "accepted", "sound", "test")
    assert await state_of(editor, candidacy) == "plan_accepted"
    assert (await as_("public").get(plan)).json()["state"] == "accepted"


NONSENSE: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "regent_regulation"}, "/regulation/kind", "regulation_kind"),
    ({"year": 2025}, "/regulation/year", "regulation_year"),
    ({"date": "2026-05-09"}, "/regulation/date", "regulation_ahead"),
    ({"number": ""}, "/regulation/number", "too_short"),
    ({"document": {"url": "x", "title": "x"}}, "/regulation/document/url", "invalid_format"),
]


async def test_a_plan_is_enacted_by_a_regulation_of_the_region(
    as_: As, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = as_("region_editor")
    candidacy = (await make_planning(as_, database)).candidacy
    plan = await make_whole_plan(editor, candidacy)
    await accept(database, plan)
    assert told(await step(editor, plan, "enacted"), "incomplete") == {("/regulation", "required")}
    # 8 May is over in Jakarta in a minute, and has been for two hours in Jayapura.
    monkeypatch.setattr(calendars, "now", lambda: datetime(2026, 5, 8, 16, 59, tzinfo=UTC))
    for fields, pointer, code in NONSENSE:
        assert faults(await enact(editor, plan, **fields)) == {(pointer, code)}, fields
    document = {"url": "https://example.id/12.pdf", "title": "Perwali 12/2026", "sha256": None}
    enacted = await enact(editor, plan, document=document)
    assert enacted.status_code == 200, enacted.text
    assert enacted.json()["regulation"] == {
        "kind": "mayor_regulation",
        "number": "12",
        "year": 2026,
        "date": "2026-05-08",
        "document": document,
    }
    assert await state_of(editor, candidacy) == "enacted"
    history = (await editor.get(f"/v1/candidacies/{candidacy}/transitions")).json()["history"]
    assert (history[-1]["to"], history[-1]["effective_on"]) == ("enacted", "2026-05-08")
    told(await step(editor, plan, "superseded"), "moved_by_revision")
    other = await as_("public").post(f"{plan}/transitions", json={"to": "superseded", "reason": "x"})
    assert other.status_code == 401


async def test_no_regulation_is_older_than_the_memorandum(as_: As, database: Database) -> None:
    """One that is void tells nothing."""
    editor = as_("region_editor")
    candidacy = (await make_planning(as_, database)).candidacy
    plan = await make_whole_plan(editor, candidacy)
    await accept(database, plan)
    async with database.write() as session:
        await act_as(session, SYSTEM)
        for number, day, state in (("1", date(2026, 5, 10), "void"), ("2", date(2026, 5, 9), "signed")):
            session.add(
                Memorandum(
                    id=new_id(),
                    candidacy_id=UUID(candidacy),
                    number=number,
                    year=2026,
                    date=day,
                    place="Jakarta",
                    state=state,
                    published_at=datetime.now(UTC),
                )
            )
    assert faults(await enact(editor, plan, date="2026-05-08")) == {
        ("/regulation/date", "regulation_before_memorandum")
    }
    assert (await enact(editor, plan, date="2026-05-09")).status_code == 200


async def test_an_officer_enacts_too_and_another_region_does_not(as_: As, database: Database) -> None:
    candidacy = (await make_planning(as_, database)).candidacy
    plan = await make_whole_plan(as_("region_editor"), candidacy)
    await accept(database, plan)
    body = {"name": "x", "role": "region_editor", "region_code": "32.04", "expires_at": "2027-01-01T00:00:00Z"}
    issued = (await as_("administrator").post("/v1/api-keys", json=body)).json()["secret"]
    headers = {"If-Match": "*", "Authorization": f"Bearer {issued}"}
    asked = {"to": "enacted", "reason": "x"}
    foreign = await as_("public").post(f"{plan}/transitions", json=asked, headers=headers)
    assert (foreign.status_code, foreign.json()["required_permission"]) == (403, "master_plans:enact")
    assert (await enact(as_("officer"), plan)).json()["state"] == "enacted"


async def test_a_revision_starts_as_a_copy_and_takes_the_place_of_what_it_revises(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    candidacy = (await make_planning(as_, database)).candidacy
    plan = await make_whole_plan(editor, candidacy)
    late = await add_initiative(editor, plan, title="Later", first_year=2031, last_year=2031, budget=[])
    await write(editor, late, measure={"year": 2031})
    await accept(database, plan)
    await enact(editor, plan)
    in_force = (await editor.get(plan)).json()
    alone = await editor.post(
        PLANS, json={"candidacy_id": candidacy, "title": "X", "first_year": 2030, "last_year": 2034}
    )
    assert told(alone, "plan_in_force") == set()
    revision = await make_plan(
        editor, candidacy, first_year=2030, last_year=2034, revises_id=in_force["id"], objectives=["Heal"]
    )
    copy = (await editor.get(revision)).json()
    assert (copy["vision"], copy["objectives"], copy["parts"]) == (in_force["vision"], ["Heal"], in_force["parts"])
    bus, later = (await editor.get(f"{revision}/initiatives")).json()["items"]
    assert (bus["benefit"], bus["measure"]["year"], bus["first_year"], bus["budget"]) == (
        INITIATIVE["benefit"],
        None,
        None,
        [],
    )
    assert bus["technology"] is None  # the target's year is over, so the benefit is to be told first
    assert (later["first_year"], later["technology"]) == (2031, INITIATIVE["technology"])
    again = {"measure": {"year": 2032}, "first_year": 2030, "last_year": 2032}
    money = [{"year": 2031, "source": "apbd", "amount": 5}]
    for initiative in (bus, later):
        assert (await write(editor, f"/v1/initiatives/{initiative['id']}", budget=money, **again)).is_success
    # Neither workshops nor the state of the candidacy, which has been through all of this.
    submitted = await step(editor, revision, "submitted")
    assert submitted.status_code == 200, submitted.text
    await accept(database, revision)
    taken = await enact(editor, revision)
    assert told(taken, "regulation_taken") == set()
    earlier = await enact(editor, revision, number="13", year=2024, date="2024-12-31")
    assert faults(earlier) == {("/regulation/date", "regulation_before")}
    told(await enact(editor, revision, number="12 "), "regulation_taken")  # a blank makes no other number
    enacted = await enact(editor, revision, number="13")
    assert enacted.status_code == 200, enacted.text
    assert (await editor.get(plan)).json()["state"] == "superseded"
    assert await state_of(editor, candidacy) == "enacted"
    history = (await editor.get(f"{plan}/transitions")).json()
    assert (history["history"][-1]["to"], history["allowed"]) == ("superseded", [])
    assert history["history"][-1]["effective_on"] == enacted.json()["regulation"]["date"]


async def test_a_plan_of_a_later_cohort_takes_the_place_of_one_that_came_into_force_meanwhile(
    as_: As, database: Database
) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    first = (await make_planning(as_, database)).candidacy
    second = (await make_mentored(officer, database, cohort="later", closed=4)).candidacy
    template = {"code": "books", "edition": 1}
    plans = [await make_whole_plan(editor, one, template=template) for one in (first, second)]
    for plan in plans:
        await accept(database, plan)
    assert (await enact(editor, plans[0])).status_code == 200
    assert told(await enact(editor, plans[1], number="13"), "plan_in_force") == set()
    foreign = await step(editor, plans[1], "enacted", regulation=REGULATION, revises_id=first)
    assert faults(foreign) == {("/revises_id", "invalid_reference")}
    named = plans[0].rpartition("/")[2]
    enacted = await step(editor, plans[1], "enacted", regulation=REGULATION | {"number": "13"}, revises_id=named)
    assert (enacted.status_code, enacted.json()["revises_id"]) == (200, named), enacted.text
    assert (await editor.get(plans[0])).json()["state"] == "superseded"
    # It is the first plan of that candidacy, which therefore moves with it.
    assert await state_of(editor, second) == "enacted"
