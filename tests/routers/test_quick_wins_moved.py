"""A quick win is approved, run, completed or called off, each by whom it belongs to, and of steps at once one wins."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.kernel.db import Database
from app.models.mentorships import Mentorship
from tests.conftest import As, client_for
from tests.routers.agreements import told
from tests.routers.assessments import EVIDENCE, speaking_for
from tests.routers.factories import faults, make_institution, move, version_in
from tests.routers.mentored import candidacy, make_mentored
from tests.routers.quick_wins import WHOLE, bring, in_july, propose, step

__all__ = ["candidacy", "in_july"]  # fixtures


async def test_it_is_run_and_completed_with_a_value_and_evidence(as_: As, candidacy: str) -> None:
    editor = as_("region_editor")
    path = await propose(editor, candidacy)
    await bring(as_, path, "running")
    assert told(await step(editor, path, "completed", value=None, evidence=[]), "incomplete") == {
        ("/value", "value_missing"),
        ("/evidence", "proof_missing"),
    }
    done = await step(editor, path, "completed", closed_on="2026-06-30")
    assert done.status_code == 200, done.text
    assert (done.json()["closed_on"], done.json()["measured_value"], done.json()["evidence"]) == (
        "2026-06-30", 28.5, [EVIDENCE],
    )  # fmt: skip
    history = (await editor.get(f"{path}/transitions")).json()
    assert history["allowed"] == []
    assert [(one["to"], one["effective_on"]) for one in history["history"]] == [
        ("proposed", None),
        ("approved", None),
        ("running", None),
        ("completed", "2026-06-30"),
    ]


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"closed_on": "2026-05-31"}, "/closed_on", "day_before_start"),
        ({"closed_on": "2026-07-02"}, "/closed_on", "day_ahead"),
        ({"value": "28"}, "/value", "wrong_type"),
        ({"evidence": [{"url": "ftp://x", "title": "x"}]}, "/evidence/0/url", "invalid_format"),
        ({"measured_value": 1}, "/measured_value", "unknown_field"),
    ],
)
async def test_a_completion_that_makes_no_sense_is_refused(
    as_: As, candidacy: str, fields: dict[str, Any], pointer: str, code: str
) -> None:
    path = await propose(as_("region_editor"), candidacy)
    await bring(as_, path, "running")
    assert faults(await step(as_("region_editor"), path, "completed", **fields)) == {(pointer, code)}


async def test_only_a_completion_says_what_came_out(as_: As, candidacy: str) -> None:
    path = await propose(as_("region_editor"), candidacy)
    said = {"closed_on": "2026-06-30", "value": 1, "evidence": [EVIDENCE]}
    refused = await step(as_("mentor"), path, "approved", **said)
    assert faults(refused) == {(f"/{name}", "not_allowed") for name in said}


@pytest.mark.parametrize("state", ["approved", "running"])
@pytest.mark.parametrize("person", ["region_editor", "officer", "administrator"])
async def test_region_and_ministry_may_call_it_off(as_: As, candidacy: str, state: str, person: str) -> None:
    path = await propose(as_("region_editor"), candidacy)
    await bring(as_, path, state)
    dropped = (await step(as_(person), path, "cancelled")).json()
    assert (dropped["state"], dropped["closed_on"], dropped["measured_value"]) == ("cancelled", "2026-07-01", None)
    assert (await as_("public").get(path)).json() == dropped


@pytest.mark.parametrize(
    ("state", "to"),
    [
        ("proposed", "running"),
        ("proposed", "completed"),
        ("approved", "completed"),
        ("running", "approved"),
        ("completed", "cancelled"),
        ("cancelled", "running"),
        ("running", "nowhere"),
    ],
)
async def test_a_step_that_is_none_is_refused(as_: As, candidacy: str, state: str, to: str) -> None:
    path = await propose(as_("region_editor"), candidacy)
    await bring(as_, path, state)
    refused = await step(as_("mentor" if to == "approved" else "region_editor"), path, to)
    assert told(refused, "illegal_transition") == set()
    assert (refused.json()["state"], (await as_("region_editor").get(path)).json()["state"]) == (state, state)


async def test_everyone_does_only_what_is_theirs(as_: As, app: FastAPI, database: Database, candidacy: str) -> None:
    """The region proposes, runs and completes; who mentors it, or an officer, approves. Nobody does the other's."""
    editor, officer, administrator = as_("region_editor"), as_("officer"), as_("administrator")
    university = await make_institution(officer)
    body = WHOLE | {"candidacy_id": candidacy}
    write, approve = "quick_wins:write", "quick_wins:approve"

    async def refusals(path: str, steps: list[tuple[Any, str, str]]) -> None:
        for client, to, permission in steps:
            refused = await step(client, path, to)
            assert refused.status_code == 403, (to, refused.text)
            assert refused.json()["required_permission"] == permission, to

    async with (
        speaking_for(app, administrator, "region_editor", region_code="32.71") as neighbour,
        speaking_for(app, administrator, "mentor", institution_id=university) as stranger,
        speaking_for(app, administrator, "mentor") as unbound,
    ):
        path = await propose(editor, candidacy)
        patch = {"title": "X"}
        # Unseen by strangers while it is proposed.
        for client in (neighbour, stranger, unbound):
            assert (await client.get(path)).status_code == 404
            assert (await step(client, path, "cancelled")).status_code == 404
        assert (await neighbour.patch(path, json=patch, headers={"If-Match": "*"})).status_code == 404
        for client in (neighbour, administrator):
            refused = await client.post("/v1/quick-wins", json=body)
            assert (refused.status_code, refused.json()["required_permission"]) == (403, write)
        refused = await administrator.patch(path, json=patch, headers={"If-Match": "*"})
        assert (refused.status_code, refused.json()["required_permission"]) == (403, write)
        await refusals(path, [(editor, "approved", approve), (as_("mentor"), "cancelled", write)])
        assert (await step(officer, path, "approved")).status_code == 200
        # Seen by all once it is approved, and still not theirs.
        others = [(client, "running", write) for client in (neighbour, stranger, as_("mentor"), officer, administrator)]
        await refusals(path, others)
        await refusals(path, [(neighbour, "cancelled", write), (stranger, "cancelled", write)])
        assert (await step(editor, path, "running")).status_code == 200
        await refusals(path, [(client, "completed", write) for client in (neighbour, as_("mentor"), officer)])
        second = await propose(editor, candidacy)
        async with database.write() as session:
            (await session.scalars(select(Mentorship).filter_by(candidacy_id=candidacy))).one().state = "ended"
        # A mentorship that ended opens nothing any more, not even to read.
        assert (await step(as_("mentor"), second, "approved")).status_code == 404
        assert (await step(officer, second, "approved")).status_code == 200
        await refusals(second, [(client, "approved", approve) for client in (stranger, unbound, as_("mentor"))])


async def test_a_stale_step_is_refused(as_: As, candidacy: str) -> None:
    path = await propose(as_("region_editor"), candidacy)
    body = {"to": "approved", "reason": "x"}
    stale = await as_("mentor").post(f"{path}/transitions", json=body, headers={"If-Match": '"9"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"1"')
    assert (await as_("mentor").post(f"{path}/transitions", json=body)).status_code == 428
    assert version_in(await move(as_("mentor"), path, "approved")) == 2


@pytest.mark.commits
async def test_of_steps_at_once_one_wins(committed: FastAPI) -> None:
    async with (
        client_for(committed, "officer") as officer,
        client_for(committed, "mentor") as mentor,
        client_for(committed, "region_editor") as editor,
    ):
        mentored = await make_mentored(officer, committed.state.database)
        path = await propose(editor, mentored.candidacy)
        asked = [(mentor, "approved"), (editor, "cancelled"), (officer, "approved")] * 5
        tag = {"If-Match": '"1"'}
        answers = await asyncio.gather(
            *(
                client.post(f"{path}/transitions", json={"to": to, "reason": "race"}, headers=tag)
                for client, to in asked
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200] + [412] * 14
        (won,) = (to for (_, to), answer in zip(asked, answers, strict=True) if answer.status_code == 200)
        assert (await officer.get(path)).json()["state"] == won
        assert len((await officer.get(f"{path}/transitions")).json()["history"]) == 2
