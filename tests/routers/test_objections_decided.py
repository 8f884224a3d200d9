"""An objection is decided by somebody who had no part in the assessment, once; upheld, it reopens what it names."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.kernel.writing import act_as, new_id
from app.models.moderations import Moderation
from tests.conftest import As, client_for
from tests.routers.agreements import told
from tests.routers.factories import faults, move, version_in
from tests.routers.objections import FACTS, PROCEDURE, below, decide, filed
from tests.routers.outcomes import make_told


async def test_an_upheld_objection_reopens_exactly_the_questions_it_names(as_: As, database: Database) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    ids = await make_told(officer, database)
    others = {region: (await officer.get(f"/v1/assessments/{one}")).json() for region, one in ids.items()}
    path = await filed(editor, ids["32.73"])
    upheld = await decide(officer, path, "upheld")
    assert upheld.status_code == 200, upheld.text
    objection = upheld.json()
    assert (objection["state"], objection["decision"], objection["reopens"]) == (
        "upheld", "The minutes say so.", ["rules"],
    )  # fmt: skip
    assert objection["decided_by"].startswith("key:")
    assessment = (await officer.get(f"/v1/assessments/{ids['32.73']}")).json()
    assert (assessment["state"], assessment["reopened"], assessment["finalised_at"]) == ("moderation", ["rules"], None)
    assert assessment["revealed_at"] == others["32.73"]["revealed_at"]
    last = (await officer.get(f"/v1/assessments/{ids['32.73']}/transitions")).json()["history"][-1]
    assert (last["to"], last["reason"], last["actor"]) == (
        "moderation", "The minutes say so.", objection["decided_by"],
    )  # fmt: skip
    for region in ids.keys() - {"32.73"}:
        assert (await officer.get(f"/v1/assessments/{ids[region]}")).json() == others[region]
    # What is being decided anew cannot be objected to.
    assert told(await editor.post(below(ids["32.73"]), json=PROCEDURE), "assessment_not_final") == set()


@pytest.mark.parametrize(
    ("said", "reopens", "expected"),
    [
        (FACTS, ["vision", "drive"], ["vision", "drive"]),
        (PROCEDURE, None, []),
        (PROCEDURE, ["vision"], ["vision"]),
        (PROCEDURE | {"questions": ["drive"]}, None, ["drive"]),
        (PROCEDURE | {"questions": ["drive"]}, [], []),
    ],
)
async def test_the_decision_may_name_other_questions_or_on_procedure_none(
    as_: As, database: Database, said: dict[str, Any], reopens: list[str] | None, expected: list[str]
) -> None:
    officer = as_("officer")
    own = (await make_told(officer, database))["32.73"]
    path = (await as_("region_editor").post(below(own), json=said)).headers["location"]
    upheld = await decide(officer, path, "upheld", **({} if reopens is None else {"reopens": reopens}))
    assert (upheld.status_code, upheld.json()["reopens"]) == (200, expected)
    assessment = (await officer.get(f"/v1/assessments/{own}")).json()
    assert (assessment["state"], assessment["reopened"]) == ("moderation" if expected else "final", expected)
    assert (assessment["finalised_at"] is None) is bool(expected)


async def test_what_cannot_be_reopened_is_refused(as_: As, database: Database) -> None:
    officer = as_("officer")
    own = (await make_told(officer, database))["32.73"]
    path = await filed(as_("region_editor"), own, questions=[])
    for to, reopens, pointer, code in (
        ("upheld", ["rules", "weather"], "/reopens/1", "unknown_question"),
        ("upheld", ["rules", "rules"], "/reopens", "duplicate"),
        ("upheld", [], "/reopens", "required"),
        ("upheld", None, "/reopens", "required"),
        ("dismissed", ["rules"], "/reopens", "not_allowed"),
        ("dismissed", [], "/reopens", "not_allowed"),
    ):
        refused = await decide(officer, path, to, **({} if reopens is None else {"reopens": reopens}))
        assert faults(refused) == {(pointer, code)}
    assert (await officer.get(path)).json()["state"] == "filed"
    assert (await officer.get(f"/v1/assessments/{own}")).json()["state"] == "final"


@pytest.mark.parametrize("to", ["dismissed", "withdrawn"])
async def test_nothing_is_reopened_otherwise(as_: As, database: Database, to: str) -> None:
    officer, editor = as_("officer"), as_("region_editor")
    own = (await make_told(officer, database))["32.73"]
    before = (await officer.get(f"/v1/assessments/{own}")).json()
    moved = await decide(editor if to == "withdrawn" else officer, path := await filed(editor, own), to)
    assert (moved.status_code, moved.json()["state"], moved.json()["reopens"]) == (200, to, [])
    decided = to == "dismissed"
    assert (moved.json()["decision"] is not None, moved.json()["decided_by"] is not None) == (decided, decided)
    assert (await officer.get(f"/v1/assessments/{own}")).json() == before
    for again in ("upheld", "dismissed", "withdrawn", "filed"):
        refused = await decide(editor if again == "withdrawn" else officer, path, again)
        assert told(refused, "illegal_transition") == set()
        assert (refused.json()["state"], refused.json()["allowed"]) == (to, [])


async def test_the_region_does_not_decide_and_the_ministry_does_not_withdraw(as_: As, database: Database) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    own = (await make_told(officer, database))["32.73"]
    path = await filed(editor, own)
    for client, to, permission in (
        (editor, "upheld", "objections:decide"),
        (editor, "dismissed", "objections:decide"),
        (officer, "withdrawn", "objections:write"),
        (as_("administrator"), "withdrawn", "objections:write"),
    ):
        refused = await decide(client, path, to)
        assert (refused.status_code, refused.json()["required_permission"]) == (403, permission)
    refused = await as_("administrator").post(below(own), json=PROCEDURE)
    assert (refused.status_code, refused.json()["required_permission"]) == (403, "objections:write")
    assert "own office" in refused.json()["detail"]
    assert (await officer.get(path)).json()["state"] == "filed"


async def test_who_moderated_the_assessment_does_not_decide(as_: As, database: Database) -> None:
    officer, second, editor = as_("officer"), as_("second_officer"), as_("region_editor")
    own = (await make_told(officer, database))["32.73"]
    # Who the officer is, is told by whatever the officer decided.
    first = await decide(officer, await filed(editor, own), "dismissed")
    async with database.write() as session:
        await act_as(session, SYSTEM)
        decisions = {"rules": {"level": 2, "reason": "x"}}
        session.add(
            Moderation(
                id=new_id(),
                assessment_id=own,
                round=1,
                decisions=decisions,
                minutes="x",
                moderated_by=first.json()["decided_by"],
            )
        )
    path = await filed(editor, own)
    for to in ("upheld", "dismissed"):
        assert told(await decide(officer, path, to), "decider_involved") == set()
    assert (await officer.get(path)).json()["state"] == "filed"
    assert (await decide(second, path, "upheld")).status_code == 200


async def test_a_stale_decision_is_refused(as_: As, database: Database) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    path = await filed(editor, (await make_told(officer, database))["32.73"])
    body = {"to": "dismissed", "reason": "x"}
    stale = await officer.post(f"{path}/transitions", json=body, headers={"If-Match": '"9"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"1"')
    assert (await officer.post(f"{path}/transitions", json=body)).status_code == 428
    assert version_in(await move(officer, path, "dismissed")) == 2


@pytest.mark.commits
async def test_of_decisions_at_once_one_wins_and_nothing_is_half_done(committed: FastAPI) -> None:
    async with (
        client_for(committed, "officer") as officer,
        client_for(committed, "second_officer") as second,
        client_for(committed, "region_editor") as editor,
    ):
        own = (await make_told(officer, committed.state.database))["32.73"]
        path = await filed(editor, own)
        asked = [(officer, "upheld"), (second, "dismissed"), (editor, "withdrawn")] * 5
        answers = await asyncio.gather(*(decide(client, path, to) for client, to in asked))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 14
        (won,) = (to for (_, to), answer in zip(asked, answers, strict=True) if answer.status_code == 200)
        for answer in answers:
            if answer.status_code == 409:
                assert (answer.json()["code"], answer.json()["state"]) == ("illegal_transition", won)
        objection = (await officer.get(path)).json()
        assert objection["state"] == won
        assessment = (await officer.get(f"/v1/assessments/{own}")).json()
        assert assessment["state"] == ("moderation" if won == "upheld" else "final")
        steps = (await officer.get(f"{path}/transitions")).json()["history"]
        assert [step["to"] for step in steps] == ["filed", won]
