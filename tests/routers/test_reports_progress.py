"""How far an assessment is: who owes a review, how complete panels agree, and not a word of incomplete ones."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.kernel.writing import act_as, new_id
from app.models.assessments import Assessment
from app.models.moderations import Moderation
from tests.conftest import EXPERT, As
from tests.routers.assessments import open_assessments
from tests.routers.factories import move
from tests.routers.outcomes import LEVELS, QUESTIONS, make_assessed, seat, second_expert
from tests.routers.reports import PROGRESS, alpha, told


async def test_progress_tells_who_owes_and_how_complete_panels_agree(as_: As, database: Database) -> None:
    """The first panel is complete and contested in one question, the second has one review, the third none."""
    officer = as_("officer")
    regions = ("32.71", "32.72", "32.73", "32.74")
    paths = await open_assessments(officer, regions=regions)
    ids = [UUID(path.rpartition("/")[2]) for path in paths]
    other = await second_expert(officer)
    await seat(database, ids[0], {EXPERT: (4, 2, 0), other: (3, 2, 3)})
    await seat(database, ids[1], {EXPERT: (0, 4, 1), other: None})
    await seat(database, ids[2], {EXPERT: None, other: None}, state="assigned")
    async with database.write() as session:
        await act_as(session, SYSTEM)
        now = datetime.now(UTC)
        for assessment in await session.scalars(select(Assessment).where(Assessment.id.in_(ids[:3]))):
            assessment.state, assessment.submitted_at = "in_review", now
            if assessment.id == ids[0]:
                assessment.state, assessment.revealed_at, assessment.reopened = "moderation", now, ["vision"]
    found = await told(officer, PROGRESS)
    assert found["cohort_code"] == "test"
    assert [(row["state"], row["count"]) for row in found["assessments"]] == [
        ("open", 1), ("submitted", 0), ("in_review", 2), ("moderation", 1), ("final", 0),
    ]  # fmt: skip
    assert [
        (row["region_code"], row["expert_name"], row["institution_name"], row["state"]) for row in found["owed"]
    ] == [
        ("32.72", "Budi", "Universitas Dua", "declared"),
        ("32.73", "Asesor Uji", "Universitas Uji", "assigned"),
        ("32.73", "Budi", "Universitas Dua", "assigned"),
    ]
    assert {row["assessment_id"] for row in found["owed"]} == {str(ids[1]), str(ids[2])}
    assert {row["assessment_state"] for row in found["owed"]} == {"in_review"}
    assert (found["quorum"], found["short"]) == (2, [])
    assert [row["since"] for row in found["owed"]] == sorted(row["since"] for row in found["owed"])
    (panel,) = found["complete"]
    assert (panel["assessment_id"], panel["region_code"], panel["region_name"]) == (str(ids[0]), "32.71", "Kota Bogor")
    assert (panel["reviews"], panel["contested"], panel["undecided"], panel["reopened"]) == (
        2, ["rules"], ["rules"], ["vision"],
    )  # fmt: skip
    agreed = alpha([(4, 3), (2, 2), (0, 3)])
    assert panel["agreement"]["alpha"] == found["agreement"]["alpha"] == pytest.approx(agreed)
    assert (found["agreement"]["units"], found["agreement"]["values"]) == (3, 6)
    for person in ("auditor", "administrator"):
        assert await told(as_(person), PROGRESS) == found
    for person in ("public", "region_editor", "assessor", "mentor", "data_steward"):
        refused = await as_(person).get(PROGRESS)
        assert refused.status_code == (401 if person == "public" else 403)

    async with database.write() as session:
        await act_as(session, SYSTEM)
        decisions = {"rules": {"level": 2, "reason": "x"}}
        session.add(
            Moderation(
                id=new_id(), assessment_id=ids[0], round=1, decisions=decisions, minutes="x", moderated_by="key:1"
            )
        )
    (panel,) = (await told(officer, PROGRESS))["complete"]
    assert (panel["contested"], panel["undecided"]) == (["rules"], [])


async def test_progress_tells_which_panels_have_too_few_members(as_: As, database: Database) -> None:
    """Of five regions two have enough, one has not locked its form yet, and one has no panel at all."""
    officer = as_("officer")
    rules = {"quorum": 2, "different_institutions": True, "spread_limit": 1}
    regions = ("32.71", "32.72", "32.73", "32.74", "32.75")
    paths = await open_assessments(officer, regions=regions, assessment_rules=rules)
    ids = [UUID(path.rpartition("/")[2]) for path in paths]
    other = await second_expert(officer)
    await seat(database, ids[0], {EXPERT: None, other: None}, state="assigned")
    await seat(database, ids[1], {EXPERT: (1, 1, 1), other: (1, 1, 1)})
    await seat(database, ids[2], {EXPERT: (1, 1, 1)})
    await seat(database, ids[2], {other: None}, state="recused")
    async with database.write() as session:
        await act_as(session, SYSTEM)
        for assessment in await session.scalars(select(Assessment).where(Assessment.id.in_(ids[:4]))):
            assessment.state = "submitted" if assessment.id == ids[3] else "in_review"
            assessment.submitted_at = datetime.now(UTC)
    found = await told(officer, PROGRESS)
    assert [(row["region_code"], row["assessment_state"], row["members"]) for row in found["short"]] == [
        ("32.73", "in_review", 1), ("32.74", "submitted", 0),
    ]  # fmt: skip
    assert {row["assessment_id"] for row in found["short"]} == {str(ids[2]), str(ids[3])}


async def test_progress_asks_nothing_for_a_region_that_left(as_: As, database: Database) -> None:
    officer = as_("officer")
    stays, leaves = await open_assessments(officer, regions=("32.71", "32.72"))
    for path in (stays, leaves):
        await seat(database, UUID(path.rpartition("/")[2]), {EXPERT: None}, state="assigned")
    left = (await officer.get(leaves)).json()["candidacy_id"]
    assert (await move(officer, f"/v1/candidacies/{left}", "withdrawn")).status_code == 200
    found = await told(officer, PROGRESS)
    assert [row["region_code"] for row in found["owed"]] == ["32.71"]
    assert sum(row["count"] for row in found["assessments"]) == 1
    async with database.write() as session:
        await act_as(session, SYSTEM)
        finished = await session.get_one(Assessment, UUID(leaves.rpartition("/")[2]))
        finished.state, finished.submitted_at, finished.revealed_at = "final", datetime.now(UTC), datetime.now(UTC)
        finished.finalised_at = datetime.now(UTC)
    assert sum(row["count"] for row in (await told(officer, PROGRESS))["assessments"]) == 2


async def test_what_an_incomplete_panel_gave_changes_nothing_in_the_progress(as_: As, database: Database) -> None:
    """The same to the last byte, whatever levels are in while one is still owed, or owed again."""
    officer = as_("officer")
    (path,) = await open_assessments(officer)
    own, other = UUID(path.rpartition("/")[2]), await second_expert(officer)
    await seat(database, own, {EXPERT: (0, 4, 1), other: None})
    before = (await officer.get(PROGRESS)).content
    async with database.read() as connection:
        for levels in ('{"vision": 4, "drive": 0, "rules": 4}', '{"vision": 2}'):
            await connection.execute("UPDATE reviews SET levels = $1", levels)
            assert (await officer.get(PROGRESS)).content == before
        # Revealed before, and then a seat is open again: an earlier review is not to be told apart from the new one.
        await connection.execute("UPDATE assessments SET revealed_at = now(), submitted_at = now()")
        assert (await told(officer, PROGRESS))["complete"] == []
        assert (await told(officer, PROGRESS))["agreement"]["reason"]["code"] == "no_pairs"


async def test_the_limit_is_the_cohorts(as_: As, database: Database) -> None:
    officer = as_("officer")
    rules = {"quorum": 2, "different_institutions": True, "spread_limit": 0}
    ids = await make_assessed(officer, database, assessment_rules=rules)
    found = {row["region_code"]: row for row in (await told(officer, PROGRESS))["complete"]}
    expected = {
        region: sorted(code for code, (low, high) in zip(QUESTIONS, levels, strict=True) if low != high)
        for region, levels in LEVELS.items()
    }
    assert {region: row["contested"] for region, row in found.items()} == expected
    assert found.keys() == ids.keys()
    for region, levels in LEVELS.items():
        assert found[region]["agreement"]["alpha"] == pytest.approx(alpha(levels))
