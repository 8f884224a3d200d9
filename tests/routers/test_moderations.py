"""What assessors see too differently is decided once, whole, with its reasons, before an assessment is final."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI

from app.domain.lifecycles import ASSESSMENT
from app.kernel.db import Database
from tests.conftest import As, client_for
from tests.ground import laid
from tests.routers.agreements import told
from tests.routers.factories import every_row, faults, move
from tests.routers.reviews import (
    FAR,
    FIRST,
    LEVELS,
    SECOND,
    THIRD,
    Panel,
    change_assessment,
    finish,
    make_panel,
    submit,
)

# LEVELS against FAR: three apart on `vision` and on `rules`.
BOTH: dict[str, Any] = {
    "decisions": {
        "vision": {"level": 2, "reason": "The vision is written, and nobody follows it yet."},
        "rules": {"level": None, "reason": "Both readings of the decree are right."},
    },
    "minutes": "Both assessors met and read the documents together.",
}


@laid
async def make_contested(as_: As, database: Database, **fields: Any) -> Panel:
    """Make an assessment whose assessors are too far apart."""
    panel = await make_panel(as_("officer"), database, **fields)
    for person, levels in zip(panel.reviews, (LEVELS, FAR), strict=True):
        assert (await submit(as_(person), panel.reviews[person], levels)).status_code == 200
    return panel


async def test_too_wide_a_spread_moves_the_assessment_to_moderation(as_: As, database: Database) -> None:
    panel = await make_contested(as_, database)
    officer = as_("officer")
    assessment = (await officer.get(panel.assessment)).json()
    assert (assessment["state"], assessment["reopened"]) == ("moderation", [])
    assert assessment["revealed_at"]
    (step,) = (await officer.get(f"{panel.assessment}/transitions")).json()["history"]
    assert (step["from"], step["to"]) == ("in_review", "moderation")
    assert (step["reason"], step["actor"]) == ("the assessors differ", "system")


@pytest.mark.parametrize(("limit", "state"), [(2, "moderation"), (3, "in_review")])
async def test_the_limit_is_the_cohorts(as_: As, database: Database, limit: int, state: str) -> None:
    panel = await make_contested(as_, database, assessment_rules={"spread_limit": limit})
    assert (await as_("officer").get(panel.assessment)).json()["state"] == state


async def test_a_moderation_is_kept_and_shown_to_ministry_and_panel(as_: As, database: Database) -> None:
    panel = await make_contested(as_, database)
    await make_panel(as_("officer"), database, (THIRD,), cohort="other")
    created = await as_("officer").post(f"{panel.assessment}/moderations", json=BOTH)
    assert created.status_code == 201, created.text
    shown = created.json()
    assert (shown["decisions"], shown["minutes"], shown["round"]) == (BOTH["decisions"], BOTH["minutes"], 1)
    assert shown["moderated_by"].startswith("key:")
    path = created.headers["location"]
    for person in ("officer", "administrator", "auditor", FIRST, SECOND):
        assert (await as_(person).get(path)).content == created.content
        assert await every_row(as_(person), f"{panel.assessment}/moderations") == [shown]
    hidden = await as_(THIRD).get(path)
    assert hidden.status_code == 404
    assert (await as_(THIRD).get(f"{panel.assessment}/moderations")).status_code == 404
    for person in ("region_editor", "mentor", "data_steward"):
        assert (await as_(person).get(path)).json()["required_permission"] == "moderations:read"
    assert (await as_(FIRST).post(f"{panel.assessment}/moderations", json=BOTH)).status_code == 403


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ({}, {("/decisions/vision", "decision_missing"), ("/decisions/rules", "decision_missing")}),
        ({"rules": {"level": 1, "reason": "So."}}, {("/decisions/vision", "decision_missing")}),
        (
            BOTH["decisions"] | {"drive": {"level": 1, "reason": "So."}, "wealth": {"level": 1, "reason": "So."}},
            {("/decisions/drive", "nothing_to_moderate"), ("/decisions/wealth", "unknown_question")},
        ),
        (
            BOTH["decisions"] | {"vision": {"level": 5, "reason": " "}, "rules": {"reason": "So."}},
            {
                ("/decisions/vision/level", "out_of_range"),
                ("/decisions/vision/reason", "too_short"),
                ("/decisions/rules/level", "required"),
            },
        ),
    ],
)
async def test_all_that_awaits_moderation_is_decided_at_once_and_nothing_else(
    as_: As, database: Database, decisions: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    panel = await make_contested(as_, database)
    refused = await as_("officer").post(f"{panel.assessment}/moderations", json=BOTH | {"decisions": decisions})
    assert faults(refused) == expected
    assert await every_row(as_("officer"), f"{panel.assessment}/moderations") == []


@pytest.mark.parametrize("state", sorted({*ASSESSMENT.states} - {"moderation"}))
async def test_there_is_nothing_to_moderate_outside_moderation(as_: As, database: Database, state: str) -> None:
    panel = await make_contested(as_, database)
    await change_assessment(database, panel, state=state, finalised_at=datetime.now(UTC))
    refused = await as_("officer").post(f"{panel.assessment}/moderations", json=BOTH)
    assert told(refused, "nothing_to_moderate") == set()
    assert refused.json()["state"] == state


async def test_a_round_is_recorded_once(as_: As, database: Database) -> None:
    panel = await make_contested(as_, database)
    officer, headers = as_("officer"), {"Idempotency-Key": "round"}
    first = await officer.post(f"{panel.assessment}/moderations", json=BOTH, headers=headers)
    again = await officer.post(f"{panel.assessment}/moderations", json=BOTH, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    for body in (BOTH, BOTH | {"decisions": {}}):
        second = await as_("second_officer").post(f"{panel.assessment}/moderations", json=body)
        assert told(second, "moderation_exists") == set()


async def test_an_assessment_is_final_when_all_is_in_and_decided(as_: As, database: Database) -> None:
    officer = as_("officer")
    panel = await make_panel(officer, database)
    await submit(as_(FIRST), panel.reviews[FIRST], LEVELS)
    # Not a word of what the first review says.
    assert told(await move(officer, panel.assessment, "final"), "incomplete") == {("/reviews", "review_missing")}
    await submit(as_(SECOND), panel.reviews[SECOND], FAR)
    assert told(await move(officer, panel.assessment, "final"), "incomplete") == {
        ("/questions/vision", "decision_missing"),
        ("/questions/rules", "decision_missing"),
    }
    await officer.post(f"{panel.assessment}/moderations", json=BOTH)
    await finish(officer, panel, reason="agreed at the table")
    assessment = (await officer.get(panel.assessment)).json()
    assert assessment["state"] == "final"
    assert assessment["finalised_at"]
    last = (await officer.get(f"{panel.assessment}/transitions")).json()["history"][-1]
    assert (last["from"], last["to"], last["reason"]) == ("moderation", "final", "agreed at the table")
    assert (await officer.get(f"/v1/candidacies/{panel.candidacy}")).json()["state"] == "assessed"
    told(await move(officer, panel.assessment, "final"), "illegal_transition")


async def test_what_was_reopened_is_decided_anew_and_nothing_else(as_: As, database: Database) -> None:
    panel = await make_contested(as_, database)
    officer, moderations = as_("officer"), f"{panel.assessment}/moderations"
    await officer.post(moderations, json=BOTH)
    first = await officer.get(await finish(officer, panel))
    async with database.read() as connection:
        await connection.execute("UPDATE candidacies SET state = 'selected' WHERE id = $1", panel.candidacy)
    await change_assessment(database, panel, state="moderation", reopened=["drive", "vision"])
    assert told(await move(officer, panel.assessment, "final"), "incomplete") == {
        ("/questions/vision", "decision_missing"),
        ("/questions/drive", "decision_missing"),
    }
    anew = {code: {"level": 4, "reason": "The new decree was in force."} for code in ("vision", "drive")}
    settled = await officer.post(moderations, json=BOTH | {"decisions": anew | {"rules": anew["vision"]}})
    assert faults(settled) == {("/decisions/rules", "nothing_to_moderate")}
    second = await officer.post(moderations, json=BOTH | {"decisions": anew})
    assert (second.status_code, second.json()["round"]) == (201, 2)
    corrected = (await officer.get(await finish(officer, panel, reason="objection upheld"))).json()
    assert (corrected["edition"], corrected["reason"]) == (2, "objection upheld")
    assert {row["question"]: row["score"] for row in corrected["questions"]} == {"vision": 4, "drive": 4, "rules": 2.5}
    assert (await officer.get(f"/v1/scorecards/{first.json()['id']}")).content == first.content
    assessment = (await officer.get(panel.assessment)).json()
    assert (assessment["state"], assessment["reopened"]) == ("final", [])
    # Whoever was chosen by then stays chosen.
    assert (await officer.get(f"/v1/candidacies/{panel.candidacy}")).json()["state"] == "selected"
    assert [row["edition"] for row in await every_row(officer, f"{panel.assessment}/scorecards")] == [1, 2]
    assert [row["round"] for row in await every_row(officer, moderations, sort="-round")] == [2, 1]


@pytest.mark.commits
async def test_of_two_moderators_one_decides(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        database: Database = committed.state.database
        panel = await make_panel(one, database)
        for person, levels in ((FIRST, LEVELS), (SECOND, FAR)):
            async with client_for(committed, person) as author:
                await submit(author, panel.reviews[person], levels)
        answers = await asyncio.gather(
            *(client.post(f"{panel.assessment}/moderations", json=BOTH) for client in (one, other))
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        (refused,) = (answer for answer in answers if answer.status_code == 409)
        assert told(refused, "moderation_exists") == set()
        assert len(await every_row(one, f"{panel.assessment}/moderations")) == 1
