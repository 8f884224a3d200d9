"""A seat is given to an active assessor, once, until the reviews are revealed; what a panel lacks is told."""

from uuid import UUID

import pytest

from app.kernel.db import Database
from app.models.assessments import Assessment
from app.services import judging
from tests.conftest import As
from tests.routers.agreements import told
from tests.routers.factories import NOWHERE, every_row, faults, make_expert, make_institution, move, version_in
from tests.routers.panels import (
    ME,
    MEMBERS,
    OWN_INSTITUTION,
    assign,
    change_assessment,
    make_assessing,
    make_assessment,
    make_experts,
    make_member,
)


async def test_a_seat_is_given_and_shown(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    created = await assign(officer, assessment, ME)
    assert (created.status_code, version_in(created)) == (201, 1)
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
    known = await officer.get(created.headers["location"], headers={"If-None-Match": created.headers["etag"]})
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
