"""A seat is declared free of conflict, given up or taken away; each step by whom it belongs to."""

from typing import Any

import pytest

from app.kernel.db import Database
from app.models.assessments import Assessment
from app.services import panels as service
from tests.conftest import As
from tests.routers.agreements import told
from tests.routers.factories import every_row, make_expert, move, version_in
from tests.routers.panels import (
    ME,
    MEMBERS,
    assign,
    declare,
    key_of,
    make_assessing,
    make_assessment,
    make_experts,
    make_member,
    reviews_of,
    submit_review,
)


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
    assert version_in(declared) == 2
    assert await reviews_of(database, assessment) == [(ME, "draft")]
    history = (await me.get(f"{path}/transitions")).json()
    assert (history["state"], history["allowed"]) == ("declared", ["recused"])
    assert [(step["from"], step["to"], step["reason"]) for step in history["history"]] == [
        (None, "assigned", "assigned"),
        ("assigned", "declared", "I know nobody there"),
    ]
    assert (await move(me, path, "declared")).json()["allowed"] == ["recused"]


async def test_a_seat_follows_its_review_and_no_hand(as_: As, database: Database) -> None:
    officer, me = as_("officer"), as_("assessor")
    await make_assessing(officer)
    path = await make_member(officer, await make_assessment(officer, database), ME)
    assert told(await move(me, path, "submitted"), "illegal_transition") == set()
    await move(me, path, "declared")
    assert told(await move(me, path, "submitted"), "moved_by_review") == set()
    await submit_review(database, path)
    assert told(await move(me, path, "declared"), "illegal_transition") == set()


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
    # The panel reads this as well, and is not told why.
    assert (history["allowed"], history["history"][-1]["reason"]) == ([], "a conflict of interest is on record")
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
