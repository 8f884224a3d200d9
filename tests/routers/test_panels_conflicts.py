"""A conflict of interest bars whoever has one; only a second person's word on these very conflicts passes it over."""

import asyncio
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.domain.conflicts import Mentorship
from app.kernel.db import Database
from app.models.assessments import Assessment
from app.services import conflicts
from tests.conftest import EXPERT, As, client_for
from tests.routers.agreements import told
from tests.routers.factories import NOWHERE, every_row, faults, make_expert, make_institution, move
from tests.routers.mentoring import item, make_decided, put_cohort, record, seat_on_panel
from tests.routers.panels import (
    OWN_INSTITUTION,
    ask_override,
    assign,
    change_assessment,
    declare,
    make_assessing,
    make_assessment,
    make_experts,
    make_member,
    reviews_of,
)

ME = str(EXPERT)
OVERRIDES = "/v1/conflict-overrides"
DECLARATIONS = "/v1/conflict-declarations"


def mentored(monkeypatch: pytest.MonkeyPatch, region: str, *mentorships: Mentorship) -> None:
    """Have the register know these mentorships of one region."""

    async def known(_session: Any, codes: Iterable[str]) -> dict[str, tuple[Mentorship, ...]]:
        return {code: mentorships if code == region else () for code in codes}

    monkeypatch.setattr(conflicts, "mentorships_of", known)


def barred(refused: httpx.Response) -> list[str]:
    """Return the codes of the conflicts that a refusal lists."""
    assert told(refused, "conflict_of_interest") == set()
    listed = refused.json()["conflicts"]
    assert all(set(conflict) == {"code", "text_en", "text_id"} for conflict in listed)
    return [conflict["code"] for conflict in listed]


async def change_expert(officer: httpx.AsyncClient, expert: str, **changes: Any) -> None:
    answer = await officer.patch(f"/v1/experts/{expert}", json=changes, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


async def test_nobody_judges_the_home_region(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    home, other = [await make_assessment(officer, database, region) for region in ("32.73", "32.71")]
    await change_expert(officer, ME, home_region_code="32.73")
    assert barred(await assign(officer, home, ME)) == ["conflict_home_region"]
    await make_member(officer, other, ME)


async def test_nobody_judges_where_a_conflict_was_declared_in_whatever_cohort(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    await make_assessing(officer, "later")
    here, later = [await make_assessment(officer, database, cohort=cohort) for cohort in ("test", "later")]
    await declare(as_("assessor"), ME)
    for assessment in (here, later):
        assert barred(await assign(officer, assessment, ME)) == ["conflict_declared"]


async def test_nobody_judges_whom_they_or_their_institution_mentored(
    as_: As, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    assessment, free = [await make_assessment(officer, database, region) for region in ("32.73", "32.71")]
    (moved,) = await make_experts(officer, 1)
    by_me = Mentorship("2017", OWN_INSTITUTION, frozenset({ME, moved}))
    mentored(monkeypatch, "32.73", by_me, Mentorship("2018", OWN_INSTITUTION))
    refused = await assign(officer, assessment, ME)
    assert barred(refused) == ["conflict_mentor", "conflict_mentor_institution"]
    assert [conflict["text_en"] for conflict in refused.json()["conflicts"]] == [
        "The assessor was the region's mentor: 2017.",
        "The assessor's institution, Universitas Uji, provided the region's mentor: 2017, 2018.",
    ]
    # The person takes the conflict along to another institution; the colleague shares the institution's.
    assert barred(await assign(officer, assessment, moved)) == ["conflict_mentor"]
    colleague = await make_expert(officer, OWN_INSTITUTION, "Citra")
    assert barred(await assign(officer, assessment, colleague)) == ["conflict_mentor_institution"]
    await make_member(officer, free, ME)


async def test_every_conflict_is_listed_in_both_languages(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    await change_expert(officer, ME, home_region_code="32.73")
    await declare(officer, ME)
    refused = await assign(officer, assessment, ME)
    assert barred(refused) == ["conflict_declared", "conflict_home_region"]
    assert refused.json()["conflicts"][1] == {
        "code": "conflict_home_region",
        "text_en": "It is the assessor's own home region.",
        "text_id": "Daerah ini adalah daerah asal asesor.",
    }
    indonesian = await officer.post(
        f"/v1/assessments/{assessment}/panel-members", json={"expert_id": ME}, headers={"Accept-Language": "id"}
    )
    assert indonesian.json()["title"] == "Benturan kepentingan"


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


async def test_who_has_a_known_conflict_cannot_declare_to_have_none(as_: As, database: Database) -> None:
    officer, second, me = as_("officer"), as_("second_officer"), as_("assessor")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    path = await make_member(officer, assessment, ME)
    await declare(me, ME)
    assert barred(await move(me, path, "declared")) == ["conflict_declared"]
    assert await reviews_of(database, assessment) == []
    override = (await ask_override(officer, assessment, ME)).headers["location"]
    await move(second, override, "approved")
    declared = await move(me, path, "declared")
    assert (declared.json()["state"], declared.json()["override_id"]) == ("declared", override.rpartition("/")[2])


async def test_the_check_at_the_submission_is_the_same(as_: As, database: Database) -> None:
    """What reviews call again: nothing known, a new conflict, and an override that covers it."""
    officer, second = as_("officer"), as_("second_officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)

    async def check() -> Any:
        async with database.write() as session:
            record = await session.get_one(Assessment, UUID(assessment))
            return await conflicts.check(session, record, EXPERT)

    assert await check() is None
    await declare(officer, ME)
    with pytest.raises(conflicts.ConflictOfInterest) as refused:
        await check()
    assert [conflict["code"] for conflict in refused.value.members["conflicts"]] == ["conflict_declared"]
    override = (await ask_override(officer, assessment, ME)).headers["location"]
    await move(second, override, "approved")
    assert str(await check()) == override.rpartition("/")[2]


async def test_a_conflict_is_declared_by_the_expert_or_an_officer(as_: As) -> None:
    officer, me = as_("officer"), as_("assessor")
    declared = await declare(me, ME)
    assert (declared.status_code, declared.headers["etag"]) == (201, '"1"')
    assert (await me.get(declared.headers["location"])).json() == declared.json()
    assert (declared.json()["expert_name"], declared.json()["region_name"]) == ("Asesor Uji", "Kota Bandung")
    assert told(await declare(officer, ME), "conflict_already_declared") == set()
    other = await make_expert(officer)
    # Whether or not there is such an expert.
    for expert in (other, NOWHERE):
        refused = await declare(me, expert)
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "panels:write")
    assert (await declare(officer, other)).status_code == 201
    assert faults(await declare(officer, NOWHERE)) == {("/expert_id", "invalid_reference")}
    assert faults(await declare(officer, other, "99.99")) == {("/region_code", "invalid_reference")}
    rehearsed = await officer.post(
        f"{DECLARATIONS}?dry_run=true", json={"expert_id": other, "region_code": "32.71", "reason": "x"}
    )
    assert rehearsed.status_code == 201
    rows = await every_row(officer, DECLARATIONS, limit=1)
    assert [row["expert_id"] for row in rows] == [other, ME]


@pytest.mark.parametrize("person", ["region_editor", "mentor", "data_steward", "auditor"])
async def test_who_may_not_write_is_told_so(as_: As, database: Database, person: str) -> None:
    officer, client = as_("officer"), as_(person)
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    await declare(officer, ME)
    override = (await ask_override(officer, assessment, ME)).headers["location"]
    body, headers = {"to": "approved", "reason": "x"}, {"If-Match": "*"}
    for refused in (
        await assign(client, assessment, ME),
        await ask_override(client, assessment, ME),
        await client.post(f"{override}/transitions", json=body, headers=headers),
    ):
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "panels:write")
    assert (await declare(client, ME)).json()["required_permission"] == ["reviews:write", "panels:write"]


async def test_an_assessor_neither_assigns_nor_asks_nor_decides(as_: As, database: Database) -> None:
    officer, me = as_("officer"), as_("assessor")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    await make_member(officer, assessment, ME)
    await declare(officer, ME)
    override = (await ask_override(officer, assessment, ME)).headers["location"]
    for refused in (
        await assign(me, assessment, ME),
        await ask_override(me, assessment, ME),
        await move(me, override, "approved"),
    ):
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "panels:write")


async def test_lists_are_filtered(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_assessing(officer)
    await make_assessing(officer, "later")
    assessments = [await make_assessment(officer, database, region) for region in ("32.71", "32.73")]
    later = await make_assessment(officer, database, cohort="later")
    other = await make_expert(officer)
    for expert in (ME, other):
        for region in ("32.71", "32.73"):
            await declare(officer, expert, region)
    paths = [
        (await ask_override(officer, assessment, expert)).headers["location"]
        for assessment in (*assessments, later)
        for expert in (ME, other)
    ]
    await move(second, paths[0], "approved")
    await move(second, paths[1], "refused")
    for query, size in (
        ({}, 6),
        ({"state": "requested"}, 4),
        ({"state_in": "approved,refused"}, 2),
        ({"expert": ME}, 3),
        ({"assessment": later}, 2),
        ({"cohort": "later"}, 2),
        ({"region": "32.73"}, 4),
    ):
        page = (await officer.get(OVERRIDES, params=query | {"count": "true", "limit": 1})).json()
        assert page["total"] == size, query
    rows = await every_row(officer, OVERRIDES, limit=2)
    assert [f"{OVERRIDES}/{row['id']}" for row in rows] == paths[::-1]
    mine = await every_row(officer, f"/v1/assessments/{assessments[0]}/conflict-overrides", expert=ME)
    assert [row["state"] for row in mine] == ["approved"]
    assert (await officer.get(f"/v1/assessments/{NOWHERE}/conflict-overrides")).status_code == 404
    for query, size in (
        ({}, 4),
        ({"expert": ME}, 2),
        ({"region": "32.71"}, 2),
        ({"institution": OWN_INSTITUTION, "region": "32.71"}, 2),
        ({"institution": NOWHERE}, 0),
    ):
        page = (await officer.get(DECLARATIONS, params=query | {"count": "true", "limit": 1})).json()
        assert page["total"] == size, query
    for sort in ("region_code", "created_at"):
        rows = await every_row(officer, DECLARATIONS, sort=sort, limit=3)
        assert await every_row(officer, DECLARATIONS, sort=f"-{sort}", limit=3) == rows[::-1]


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
    assert (await second.post(url, json=body, headers={"If-Match": '"1"'})).headers["etag"] == '"2"'


async def test_who_mentored_a_region_in_any_cohort_is_known_even_when_it_ended(as_: As, database: Database) -> None:
    officer = as_("officer")
    (earlier,) = await make_decided(officer, database, cohort="earlier")
    roles = ["assessor", "mentor"]
    lead, helper = [
        await make_expert(officer, await make_institution(officer, name), name, roles=roles) for name in ("UI", "ITB")
    ]
    ui = (await officer.get(f"/v1/experts/{lead}")).json()["institution_id"]
    recorded = await record(officer, item(earlier, lead, institution_id=ui, facilitator_ids=[helper]), cohort="earlier")
    path = f"/v1/mentorships/{recorded.json()['items'][0]['mentorship_id']}"
    await make_assessing(officer)
    assessment, free = [await make_assessment(officer, database, region) for region in ("32.73", "32.71")]
    for _ in ("assigned", "ended"):
        refused = await assign(officer, assessment, lead)
        assert barred(refused) == ["conflict_mentor", "conflict_mentor_institution"]
        assert "The assessor's institution, UI, provided the region's mentor: earlier." in str(refused.json())
        assert barred(await assign(officer, assessment, helper)) == ["conflict_mentor"]
        await move(officer, path, "ended")
    colleague = await make_expert(officer, ui, "Citra")
    assert barred(await assign(officer, assessment, colleague)) == ["conflict_mentor_institution"]
    await make_member(officer, free, lead)


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
