"""A conflict of interest that comes to light after a review: its author steps aside, or an override covers it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.models.assessments import Assessment
from app.services import conflicts
from tests.conftest import As
from tests.routers.agreements import told
from tests.routers.factories import every_row, make_cohort, make_run, move
from tests.routers.objections import decide, filed
from tests.routers.panels import ask_override, assign, declare
from tests.routers.reviews import (
    FAR,
    FIRST,
    LEVELS,
    SECOND,
    THIRD,
    Panel,
    finish,
    join,
    make_assessor,
    make_panel,
    send_letter,
    submit,
)


async def expert_of(officer: httpx.AsyncClient, panel: Panel, person: str) -> str:
    expert: str = (await officer.get(panel.seats[person])).json()["expert_id"]
    return expert


async def judge(as_: As, panel: Panel, **levels: Any) -> None:
    for person, given in levels.items():
        assert (await submit(as_(person), panel.reviews[person], given)).status_code == 200


async def short_of(officer: httpx.AsyncClient, panel: Panel) -> list[dict[str, Any]]:
    progress = (await officer.get(f"/v1/cohorts/{panel.cohort}/assessment-progress")).json()
    short: list[dict[str, Any]] = progress["short"]
    return short


@pytest.mark.parametrize("theirs", [LEVELS, FAR])
async def test_who_judged_steps_aside_and_another_judges_without_knowing_what_was_given(
    as_: As, database: Database, theirs: dict[str, int]
) -> None:
    """Whether the reviews agreed or went to moderation."""
    officer = as_("officer")
    panel = await make_panel(officer, database)
    await judge(as_, panel, **{FIRST: LEVELS, SECOND: theirs})
    assert (await officer.get(panel.assessment)).json()["revealed_at"] is not None
    expert = await expert_of(officer, panel, FIRST)
    await declare(officer, expert)
    if theirs is LEVELS:
        refused = await move(officer, panel.assessment, "final")
        assert told(refused, "incomplete") == {(f"/panel/{expert}", "conflict_declared")}

    left = await move(officer, panel.seats[FIRST], "recused", "a brother works there")
    assert (left.status_code, left.json()["state"]) == (200, "recused")
    before = (await officer.get(panel.assessment)).json()
    assert (before["state"], before["revealed_at"]) == ("in_review", None)
    assert told(await move(officer, panel.assessment, "final"), "incomplete") == {("/panel", "quorum_short")}
    assert [(row["assessment_id"], row["members"]) for row in await short_of(officer, panel)] == [(str(panel.id), 1)]
    history = (await officer.get(f"{panel.assessment}/transitions")).json()["history"]
    moves = [(step["from"], step["to"], step["actor"] == SYSTEM.id) for step in history]
    assert moves[-2:] == [("in_review", "moderation", True), ("moderation", "in_review", True)] or theirs is LEVELS
    panel = await join(database, panel, THIRD)
    assert await short_of(officer, panel) == []
    for reader in (THIRD, "auditor"):
        assert [row["state"] for row in await every_row(as_(reader), "/v1/reviews")] in ([], ["draft"])

    await judge(as_, panel, **{THIRD: theirs})
    assert len(await every_row(as_("auditor"), "/v1/reviews")) == 3
    assert (await move(officer, panel.assessment, "final")).status_code == 200
    (card,) = await every_row(as_("auditor"), f"{panel.assessment}/scorecards")
    # What the two who stayed gave alike, and nothing of what the first gave.
    assert {row["question"]: row["mean"] for row in card["questions"]} == theirs


async def test_with_enough_of_the_panel_left_nobody_has_to_judge_anew(as_: As, database: Database) -> None:
    officer = as_("officer")
    panel = await make_panel(officer, database, (FIRST, SECOND, THIRD))
    await judge(as_, panel, **{FIRST: FAR, SECOND: LEVELS, THIRD: LEVELS})
    assert (await officer.get(panel.assessment)).json()["state"] == "moderation"
    assert (await move(as_(FIRST), panel.seats[FIRST], "recused")).status_code == 200
    assert (await officer.get(panel.assessment)).json()["revealed_at"] is not None
    # Those who stayed agree, so nothing is left to be moderated.
    assert (await move(officer, panel.assessment, "final")).status_code == 200
    refused = await move(as_(SECOND), panel.seats[SECOND], "recused")
    assert told(refused, "illegal_transition") == set()
    assert refused.json()["detail"].startswith("The assessment is final")


async def test_a_second_person_may_let_a_review_stand(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    panel = await make_panel(officer, database)
    await judge(as_, panel, **{FIRST: LEVELS, SECOND: LEVELS})
    expert = await expert_of(officer, panel, SECOND)
    await declare(as_(SECOND), expert)
    asked = await ask_override(officer, str(panel.id), expert)
    assert asked.status_code == 201, asked.text
    assert (await move(officer, panel.assessment, "final")).status_code == 409
    assert (await move(second, asked.headers["location"], "approved")).status_code == 200
    assert (await move(officer, panel.assessment, "final")).status_code == 200


async def test_a_conflict_with_another_region_is_none_with_this(as_: As, database: Database) -> None:
    officer = as_("officer")
    panel = await make_panel(officer, database)
    await judge(as_, panel, **{FIRST: LEVELS, SECOND: LEVELS})
    assert (await declare(officer, await expert_of(officer, panel, FIRST), "32.71")).status_code == 201
    assert (await move(officer, panel.assessment, "final")).status_code == 200


async def test_a_panel_that_fell_short_takes_a_member_by_the_open_door(as_: As, database: Database) -> None:
    officer = as_("officer")
    panel = await make_panel(officer, database)
    await judge(as_, panel, **{FIRST: LEVELS, SECOND: LEVELS})
    stranger = str(await make_assessor(database, THIRD))
    assert told(await assign(officer, str(panel.id), stranger), "panel_closed") == set()
    await move(officer, panel.seats[FIRST], "recused")
    assert (await assign(officer, str(panel.id), stranger)).status_code == 201


VISION, RULES = {"vision": {"level": 1, "reason": "As read."}}, {"rules": {"level": 1, "reason": "As read."}}
APART = LEVELS | {"vision": 0}


@pytest.mark.parametrize("third", [LEVELS, LEVELS | {"rules": 0}])
async def test_what_was_moderated_with_a_review_that_counts_no_more_is_void(
    as_: As, database: Database, third: dict[str, int]
) -> None:
    """And whoever judges instead can be moderated, where the new panel is apart."""
    officer = as_("officer")
    panel = await make_panel(officer, database)
    await judge(as_, panel, **{FIRST: APART, SECOND: LEVELS})
    assert (await moderate(officer, panel, VISION)).status_code == 201
    await move(officer, panel.seats[FIRST], "recused")
    panel = await join(database, panel, THIRD)
    await judge(as_, panel, **{THIRD: third})
    if third != LEVELS:
        assert (await moderate(officer, panel, RULES)).status_code == 201
    assert (await move(officer, panel.assessment, "final")).status_code == 200
    (card,) = await every_row(as_("auditor"), f"{panel.assessment}/scorecards")
    scores = {row["question"]: row["score"] for row in card["questions"]}
    assert (scores["vision"], scores["rules"]) == (3, 4 if third == LEVELS else 1)
    rounds = await every_row(as_("auditor"), f"{panel.assessment}/moderations")
    assert [list(row["decisions"]) for row in rounds] == ([] if third == LEVELS else [["rules"]])


async def test_it_is_void_where_enough_are_left_too(as_: As, database: Database) -> None:
    officer = as_("officer")
    panel = await make_panel(officer, database, (FIRST, SECOND, THIRD))
    await judge(as_, panel, **{FIRST: APART, SECOND: LEVELS, THIRD: LEVELS})
    assert (await moderate(officer, panel, VISION)).status_code == 201
    await move(officer, panel.seats[FIRST], "recused")
    assert (await move(officer, panel.assessment, "final")).status_code == 200
    (card,) = await every_row(as_("auditor"), f"{panel.assessment}/scorecards")
    assert {row["question"]: row["score"] for row in card["questions"]} == LEVELS


async def test_a_question_that_was_reopened_goes_to_moderation_by_the_new_panel(as_: As, database: Database) -> None:
    officer = as_("officer")
    panel = await object_to(as_, database, (FIRST, SECOND))
    await move(officer, panel.seats[FIRST], "recused")
    panel = await join(database, panel, THIRD)
    await judge(as_, panel, **{THIRD: LEVELS})
    assert (await officer.get(panel.assessment)).json()["state"] == "moderation"
    assert (await moderate(officer, panel, RULES)).status_code == 201
    assert (await move(officer, panel.assessment, "final")).status_code == 200


async def test_who_judged_and_stepped_aside_mentors_by_an_override_only(as_: As, database: Database) -> None:
    """The choice was made on the edition in which that review is."""
    panel = await object_to(as_, database, (FIRST, SECOND, THIRD))
    expert = UUID(await expert_of(as_("officer"), panel, FIRST))
    assert (await move(as_(FIRST), panel.seats[FIRST], "recused")).status_code == 200
    async with database.write() as session:
        assessment = await session.get_one(Assessment, panel.id)
        found = await conflicts.find(session, assessment, expert, "mentor")
    assert [conflict["code"] for conflict in found] == ["conflict_assessor"]


async def moderate(officer: httpx.AsyncClient, panel: Panel, decisions: dict[str, Any]) -> httpx.Response:
    body = {"decisions": decisions, "minutes": "All read it again."}
    return await officer.post(f"{panel.assessment}/moderations", json=body)


async def object_to(as_: As, database: Database, people: Sequence[str]) -> Panel:
    """Make an assessment that was final, and of which an upheld objection reopened a question."""
    officer = as_("officer")
    always = [{"code": "objection", "starts_on": "2000-01-01", "ends_on": "2099-12-31"}]
    panel = await make_panel(officer, database, people, calendar=always)
    await judge(as_, panel, **dict.fromkeys(people, LEVELS))
    card = await finish(officer, panel)
    await make_cohort(officer)
    await send_letter(database, panel, (await make_run(officer, "test")).rpartition("/")[2], card)
    path = await filed(as_("region_editor"), panel.id)
    upheld = await decide(as_("second_officer"), path, "upheld", reopens=["rules"])
    assert upheld.status_code == 200, upheld.text
    return panel
