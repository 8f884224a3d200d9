"""A seat is given, declared free of conflict, given up or taken away; each step by whom it belongs to."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update

from app.kernel.db import Database
from app.models.assessments import Assessment
from app.services import judging
from app.services import panels as service
from tests.conftest import EXPERT, As, client_for
from tests.routers.agreements import told
from tests.routers.factories import NOWHERE, every_row, faults, make_expert, make_institution, move
from tests.routers.panels import (
    MEMBERS,
    OWN_INSTITUTION,
    assign,
    change_assessment,
    declare,
    key_of,
    make_assessing,
    make_assessment,
    make_experts,
    make_member,
    reviews_of,
    submit_review,
)

ME = str(EXPERT)  # whom the assessor's key speaks for


async def test_a_seat_is_given_and_shown(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    created = await assign(officer, assessment, ME)
    assert (created.status_code, created.headers["etag"]) == (201, '"1"')
    shown = await officer.get(created.headers["location"])
    assert shown.json() == created.json()
    assert {name: shown.json()[name] for name in shown.json() if name not in {"id", "created_at", "updated_at"}} == {
        "assessment_id": assessment,
        "cohort_code": "test",
        "region_code": "32.73",
        "region_name": "Kota Bandung",
        "expert_id": ME,
        "expert_name": "Asesor Uji",
        "institution_id": OWN_INSTITUTION,
        "institution_name": "Universitas Uji",
        "state": "assigned",
        "override_id": None,
        "version": 1,
    }
    known = await officer.get(created.headers["location"], headers={"If-None-Match": '"1"'})
    assert known.status_code == 304
    assert told(await assign(officer, assessment, ME), "already_on_panel") == set()


@pytest.mark.parametrize("state", ["open", "submitted", "in_review", "moderation", "final"])
async def test_a_panel_takes_members_until_its_reviews_are_revealed(as_: As, database: Database, state: str) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database, state=state)
    answer = await assign(officer, assessment, ME)
    if state in {"open", "submitted", "in_review"}:
        assert answer.status_code == 201
    else:
        assert told(answer, "panel_closed") == set()
        assert answer.json()["state"] == state


async def test_no_one_joins_a_panel_whose_reviews_are_revealed_though_it_is_in_review(
    as_: As, database: Database
) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database, state="in_review")
    async with database.read() as connection:
        await connection.execute("UPDATE assessments SET revealed_at = now() WHERE id = $1", assessment)
    assert told(await assign(officer, assessment, ME), "panel_closed") == set()


async def test_who_is_no_active_assessor_gets_no_seat(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    mentor = await make_expert(officer, roles=["mentor"])
    gone = await make_expert(officer, name="Budi", active=False)
    for expert, code in ((mentor, "not_assessor"), (gone, "not_assessor"), (NOWHERE, "invalid_reference")):
        assert faults(await assign(officer, assessment, expert)) == {("/expert_id", code)}
    assert (await assign(officer, NOWHERE, ME)).status_code == 404
    extra = await officer.post(
        f"/v1/assessments/{assessment}/panel-members", json={"expert_id": ME, "state": "declared"}
    )
    assert faults(extra) == {("/state", "unknown_field")}
    assert await every_row(officer, MEMBERS) == []


async def test_a_panel_that_has_begun_keeps_to_different_institutions(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer, quorum=2)
    assessment = await make_assessment(officer, database)
    colleague = await make_expert(officer, OWN_INSTITUTION, "Citra")
    await make_member(officer, assessment, ME)
    path = await make_member(officer, assessment, colleague)  # it is told what it lacks before it begins
    await officer.delete(path, headers={"If-Match": "*"})
    await change_assessment(database, assessment, "in_review")
    refused = await assign(officer, assessment, colleague)
    assert told(refused, "same_institution") == set()
    assert "Universitas Uji: Asesor Uji, Citra" in refused.json()["detail"]
    (other,) = await make_experts(officer, 1)
    await make_member(officer, assessment, other)
    await make_assessing(officer, "free", different_institutions=False)
    free = await make_assessment(officer, database, cohort="free", state="in_review")
    for expert in (ME, colleague):
        await make_member(officer, free, expert)


async def test_what_a_panel_lacks_counts_those_who_did_not_step_aside(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer, quorum=2)
    assessment = await make_assessment(officer, database)
    colleague = await make_expert(officer, OWN_INSTITUTION, "Citra")
    (other,) = await make_experts(officer, 1)

    async def lacking() -> list[tuple[str, str]]:
        async with database.write() as session:
            record = await session.get_one(Assessment, UUID(assessment))
            return [(lack.code, lack.text_en) for lack in await judging.lacking(session, record)]

    assert await lacking() == [("quorum_short", "The panel has 0 of at least 2 assessors. Assign 2 more.")]
    path = await make_member(officer, assessment, ME)
    await make_member(officer, assessment, colleague)
    assert await lacking() == [
        (
            "same_institution",
            "These assessors are from one institution, Universitas Uji: Asesor Uji, Citra. Keep one of them.",
        )
    ]
    await move(officer, path, "recused")
    assert [code for code, _ in await lacking()] == ["quorum_short"]
    await make_member(officer, assessment, other)
    assert await lacking() == []


async def test_the_expert_declares_to_have_no_conflict_and_the_review_opens(as_: As, database: Database) -> None:
    officer, me = as_("officer"), as_("assessor")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    path = await make_member(officer, assessment, ME)
    assert await reviews_of(database, assessment) == []
    for person in ("officer", "administrator"):
        refused = await move(as_(person), path, "declared")
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "reviews:write")
    declared = await move(me, path, "declared", "I know nobody there")
    assert (declared.status_code, declared.json()["state"]) == (200, "declared")
    assert declared.headers["etag"] == '"2"'
    assert await reviews_of(database, assessment) == [(ME, "draft")]
    history = (await me.get(f"{path}/transitions")).json()
    assert (history["state"], history["allowed"]) == ("declared", ["submitted", "recused"])
    assert [(step["from"], step["to"], step["reason"]) for step in history["history"]] == [
        (None, "assigned", "assigned"),
        ("assigned", "declared", "I know nobody there"),
    ]
    assert (await move(me, path, "declared")).json()["allowed"] == ["submitted", "recused"]


async def test_a_seat_follows_its_review_and_no_hand(as_: As, database: Database) -> None:
    officer, me = as_("officer"), as_("assessor")
    await make_assessing(officer)
    path = await make_member(officer, await make_assessment(officer, database), ME)
    assert told(await move(me, path, "submitted"), "illegal_transition") == set()
    await move(me, path, "declared")
    assert told(await move(me, path, "submitted"), "moved_by_review") == set()
    await submit_review(database, path)
    assert told(await move(me, path, "declared"), "moved_by_review") == set()
    assert told(await move(me, path, "recused"), "illegal_transition") == set()


@pytest.mark.parametrize("person", ["assessor", "officer", "administrator"])
@pytest.mark.parametrize("declared", [False, True])
async def test_who_steps_aside_leaves_a_declaration_and_no_review(
    as_: As, database: Database, person: str, *, declared: bool
) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    path = await make_member(officer, assessment, ME)
    if declared:
        await move(as_("assessor"), path, "declared")
    left = await move(as_(person), path, "recused", "my brother works there")
    assert (left.status_code, left.json()["state"]) == (200, "recused")
    assert await reviews_of(database, assessment) == []
    (declaration,) = await every_row(officer, "/v1/conflict-declarations")
    assert (declaration["expert_id"], declaration["region_code"], declaration["reason"]) == (
        ME,
        "32.73",
        "my brother works there",
    )
    history = (await officer.get(f"{path}/transitions")).json()
    assert (history["allowed"], history["history"][-1]["reason"]) == ([], "my brother works there")
    # There is no way back to the same panel.
    assert told(await assign(officer, assessment, ME), "already_on_panel") == set()


async def test_a_declaration_that_is_there_stays_as_it_was(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    path = await make_member(officer, await make_assessment(officer, database), ME)
    await declare(officer, ME)
    assert (await move(officer, path, "recused", "second reason")).status_code == 200
    assert [row["reason"] for row in await every_row(officer, "/v1/conflict-declarations")] == ["family"]


async def test_nobody_moves_the_seat_of_another(as_: As, database: Database) -> None:
    officer, administrator = as_("officer"), as_("administrator")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    (other,) = await make_experts(officer, 1)
    path, theirs = [await make_member(officer, assessment, expert) for expert in (ME, other)]
    headers = {"If-Match": "*"} | await key_of(administrator, other)
    body = {"to": "recused", "reason": "x"}
    for to, needed in (("declared", "reviews:write"), ("recused", "panels:write")):
        refused = await as_("public").post(f"{path}/transitions", json=body | {"to": to}, headers=headers)
        assert (refused.status_code, refused.json()["required_permission"]) == (403, needed)
    # An auditor reads; a stranger does not even see.
    auditor = await as_("auditor").post(f"{theirs}/transitions", json=body, headers={"If-Match": "*"})
    assert auditor.json()["required_permission"] == ["reviews:write", "panels:write"]
    stranger = {"If-Match": "*"} | await key_of(administrator, await make_expert(officer, name="Dewi"))
    assert (await as_("public").post(f"{path}/transitions", json=body, headers=stranger)).status_code == 404
    assert {row["state"] for row in await every_row(officer, MEMBERS)} == {"assigned"}


async def test_a_seat_given_by_mistake_is_taken_away_without_a_trace_in_other_records(
    as_: As, database: Database
) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    path = await make_member(officer, assessment, ME)
    assert (await officer.delete(path)).status_code == 428
    stale = await officer.delete(path, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"1"')
    rehearsed = await officer.delete(f"{path}?dry_run=true", headers={"If-Match": '"1"'})
    assert (await officer.get(path)).status_code == 200
    await move(as_("assessor"), path, "declared")
    before = await officer.get(path)
    gone = await officer.delete(path, headers={"If-Match": '"2"'})
    assert (gone.status_code, gone.content) == (200, before.content)
    assert rehearsed.json()["id"] == gone.json()["id"]
    for method in ("get", "delete"):
        assert (await officer.request(method, path, headers={"If-Match": "*"})).status_code == 404
    assert await reviews_of(database, assessment) == []
    assert await every_row(officer, "/v1/conflict-declarations") == []
    async with database.read() as connection:
        touched = await connection.fetch("SELECT resource, operation FROM changes WHERE operation = 'delete'")
    assert sorted(map(tuple, touched)) == [("panel-members", "delete"), ("reviews", "delete")]
    await make_member(officer, assessment, ME)  # it never was


async def test_a_seat_that_judged_or_was_given_up_stays(as_: As, database: Database) -> None:
    officer, me = as_("officer"), as_("assessor")
    await make_assessing(officer)
    first, second = [await make_assessment(officer, database, region) for region in ("32.73", "32.71")]
    judged, left = [await make_member(officer, assessment, ME) for assessment in (first, second)]
    await move(me, judged, "declared")
    await submit_review(database, judged)
    await move(me, left, "recused")
    for path, state in ((judged, "submitted"), (left, "recused")):
        refused = await officer.delete(path, headers={"If-Match": "*"})
        assert told(refused, "panel_member_kept") == set()
        assert refused.json()["state"] == state
    async with database.read() as connection:  # reopened: declared again, with a review that counted
        await connection.execute("UPDATE panel_members SET state = 'declared' WHERE id = $1", judged.rpartition("/")[2])
        await connection.execute("UPDATE reviews SET state = 'draft'")
    assert told(await officer.delete(judged, headers={"If-Match": "*"}), "panel_member_kept") == set()
    assert (await move(me, judged, "recused")).status_code == 200
    assert await reviews_of(database, first) == [(ME, "draft")]


async def test_a_transition_names_the_version_it_means(as_: As, database: Database) -> None:
    officer, me = as_("officer"), as_("assessor")
    await make_assessing(officer)
    path = await make_member(officer, await make_assessment(officer, database), ME)
    body = {"to": "declared", "reason": "none"}
    assert (await me.post(f"{path}/transitions", json=body)).status_code == 428
    stale = await me.post(f"{path}/transitions", json=body, headers={"If-Match": '"9"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"1"')


@pytest.mark.parametrize("leaving", ["recused", "deleted"])
@pytest.mark.parametrize("state", ["submitted", "in_review"])
async def test_reviews_are_told_who_leaves_a_panel_under_review(
    as_: As, database: Database, monkeypatch: pytest.MonkeyPatch, state: str, leaving: str
) -> None:
    called = []

    async def note(_session: Any, assessment: Assessment) -> None:
        if assessment.state == "in_review":  # else nothing is to be settled
            called.append(str(assessment.id))

    monkeypatch.setattr(service, "settle", note)
    officer = as_("officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database, state=state)
    path = await make_member(officer, assessment, ME)
    if leaving == "recused":
        left = await move(officer, path, "recused")
    else:
        left = await officer.delete(path, headers={"If-Match": "*"})
    assert left.status_code == 200
    assert called == ([assessment] if state == "in_review" else [])


async def test_lists_are_filtered_and_walked_in_each_order(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    await make_assessing(officer, "other")
    regions = ("32.71", "32.72", "32.73")
    assessments = [await make_assessment(officer, database, region) for region in regions]
    elsewhere = await make_assessment(officer, database, cohort="other")
    institution = await make_institution(officer, "ITB")
    expert = await make_expert(officer, institution, "Zaki")
    for assessment in (*assessments, elsewhere):
        await make_member(officer, assessment, ME)
    paths = [await make_member(officer, assessment, expert) for assessment in assessments]
    await move(officer, paths[0], "recused")
    for query, size in (
        ({}, 7),
        ({"cohort": "test"}, 6),
        ({"assessment": assessments[0]}, 2),
        ({"expert": ME}, 4),
        ({"institution": institution}, 3),
        ({"state": "recused"}, 1),
        ({"state_in": "assigned,declared"}, 6),
        ({"region": "32.73", "expert": ME}, 2),
        ({"cohort": "none"}, 0),
    ):
        page = (await officer.get("/v1/panel-members", params=query | {"count": "true", "limit": 1})).json()
        assert page["total"] == size, query
    for sort in ("region_code", "expert_name", "created_at"):
        rows = await every_row(officer, MEMBERS, sort=sort, limit=2)
        assert [row[sort] for row in rows] == sorted(row[sort] for row in rows)
        assert await every_row(officer, MEMBERS, sort=f"-{sort}", limit=2) == rows[::-1]
    panel = await every_row(officer, f"/v1/assessments/{assessments[0]}/panel-members", state="assigned")
    assert [row["expert_id"] for row in panel] == [ME]
    refused = await officer.get(f"/v1/assessments/{assessments[0]}/panel-members?cohort=test")
    assert faults(refused) == {("cohort", "unknown_parameter")}
    for absent in ("/v1/cohorts/none/panel-members", f"/v1/assessments/{NOWHERE}/panel-members"):
        assert (await officer.get(absent)).status_code == 404


async def test_a_seat_asked_for_twice_is_given_once(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    url = f"/v1/assessments/{await make_assessment(officer, database)}/panel-members"
    headers = {"Idempotency-Key": "seat"}
    first = await officer.post(url, json={"expert_id": ME}, headers=headers)
    again = await officer.post(url, json={"expert_id": ME}, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.commits
async def test_of_many_at_once_who_give_the_same_seat_one_wins(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_assessing(one)
        assessment = await make_assessment(one, committed.state.database)
        answers = await asyncio.gather(*(assign(client, assessment, ME) for client in [one, other] * 25))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49
        assert {told(a, "already_on_panel") == set() for a in answers if a.status_code == 409} == {True}
        assert len(await every_row(one, MEMBERS)) == 1


@pytest.mark.commits
async def test_who_is_assigned_while_the_reviews_are_being_revealed_comes_too_late(committed: FastAPI) -> None:
    """What decides is how the panel stands when the other writer is done, not when the request came in."""
    database: Database = committed.state.database
    async with client_for(committed, "officer") as officer:
        await make_assessing(officer)
        assessment = await make_assessment(officer, database, state="in_review")
        async with database.write() as revealing:
            await revealing.execute(
                update(Assessment).where(Assessment.id == UUID(assessment)).values(revealed_at=func.now())
            )
            late = asyncio.create_task(assign(officer, assessment, ME))
            await asyncio.sleep(0.3)
            assert not late.done()
        assert told(await late, "panel_closed") == set()


@pytest.mark.commits
@pytest.mark.parametrize("leaving", ["recused", "deleted"])
async def test_who_leaves_while_the_review_is_about_to_begin_leaves_a_panel_under_review(
    committed: FastAPI, monkeypatch: pytest.MonkeyPatch, leaving: str
) -> None:
    called = []

    async def note(_session: Any, assessment: Assessment) -> None:
        called.append(assessment.state)

    monkeypatch.setattr(service, "settle", note)
    database: Database = committed.state.database
    async with client_for(committed, "officer") as officer:
        await make_assessing(officer)
        assessment = await make_assessment(officer, database, state="submitted")
        path = await make_member(officer, assessment, ME)
        async with database.write() as beginning:
            row = (await beginning.scalars(select(Assessment).with_for_update())).one()
            if leaving == "recused":
                left = asyncio.create_task(move(officer, path, "recused"))
            else:
                left = asyncio.create_task(officer.delete(path, headers={"If-Match": "*"}))
            await asyncio.sleep(0.3)
            assert not left.done()
            row.state = "in_review"
        assert (await left).status_code == 200
        assert called == ["in_review"]


@pytest.mark.commits
async def test_a_seat_declared_and_taken_away_at_once_is_one_or_the_other(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer, client_for(committed, "assessor") as me:
        await make_assessing(officer)
        assessment = await make_assessment(officer, committed.state.database)
        for _ in range(5):
            path = await make_member(officer, assessment, ME)
            body, known = {"to": "declared", "reason": "race"}, {"If-Match": '"1"'}
            declared, gone = await asyncio.gather(
                me.post(f"{path}/transitions", json=body, headers=known), officer.delete(path, headers=known)
            )
            reviews = await reviews_of(committed.state.database, assessment)
            if declared.status_code == 200:
                assert (gone.status_code, reviews) == (412, [(ME, "draft")])
                await officer.delete(path, headers={"If-Match": "*"})
            else:
                assert (declared.status_code, gone.status_code, reviews) == (404, 200, [])
