"""Assessments that are opened and submitted at the same moment: each once, and nothing is left half done."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.kernel.db import Database
from tests.conftest import client_for
from tests.routers.agreements import state_of
from tests.routers.assessments import (
    LIST,
    WEST,
    fill,
    make_assessing,
    open_assessment,
    open_assessments,
    speaking_for,
    submit,
)
from tests.routers.factories import every_row, move, refusal, version_in


async def at_once(*requests: Any) -> list[httpx.Response]:
    return list(await asyncio.gather(*requests))


@pytest.mark.commits
@pytest.mark.parametrize(("tag", "refused"), [('"2"', (412, "version_mismatch")), ("*", (409, "illegal_transition"))])
async def test_of_fifty_submissions_at_once_one_wins(committed: FastAPI, tag: str, refused: tuple[int, str]) -> None:
    async with client_for(committed, "officer") as officer, client_for(committed, "region_editor") as editor:
        path = await open_assessment(officer)
        await fill(editor, path)
        body = {"to": "submitted", "reason": "race"}
        answers = await at_once(
            *(editor.post(f"{path}/transitions", json=body, headers={"If-Match": tag}) for _ in range(50))
        )
        (winner,) = (answer for answer in answers if answer.status_code == 200)
        assert {refusal(answer) for answer in answers if answer is not winner} == {refused}
        for answer in answers:
            if answer.status_code == 409:
                assert (answer.json()["state"], answer.json()["allowed"]) == ("submitted", ["in_review", "open"])
            assert "etag" not in answer.headers or version_in(answer) == 3
        assert (await officer.get(path)).content == winner.content
        for record in (path, f"/v1/candidacies/{winner.json()['candidacy_id']}"):
            history = (await officer.get(f"{record}/transitions")).json()["history"]
            assert [step["to"] for step in history].count(history[-1]["to"]) == 1


@pytest.mark.commits
async def test_a_submission_against_a_withdrawal_and_a_change_leaves_nothing_half_done(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer, client_for(committed, "region_editor") as editor:
        path = await open_assessment(officer)
        await fill(editor, path)
        candidacy = (await officer.get(path)).json()["candidacy_id"]
        headers = {"If-Match": "*"}
        leaving = {"to": "withdrawn", "reason": "race"}
        submitted, left, *changed = await at_once(
            editor.post(f"{path}/transitions", json={"to": "submitted", "reason": "race"}, headers=headers),
            officer.post(f"/v1/candidacies/{candidacy}/transitions", json=leaving, headers=headers),
            *(fill(editor, path, answers={"vision": {"level": level}}) for level in range(4)),
        )
        assert left.status_code == 200
        assert await state_of(officer, candidacy) == "withdrawn"
        shown = (await officer.get(path)).json()
        if submitted.status_code == 200:
            assert (shown["state"], shown["answers"]) == ("submitted", submitted.json()["answers"])
        else:
            assert (shown["state"], refusal(submitted)) == ("open", (409, "candidacy_not_ready"))
        assert {answer.status_code for answer in changed} <= {200, 409}


@pytest.mark.commits
async def test_a_form_waits_for_the_cohort_and_finds_it_gone_on(committed: FastAPI) -> None:
    database: Database = committed.state.database
    async with client_for(committed, "officer") as officer, client_for(committed, "region_editor") as editor:
        path = await open_assessment(officer)
        await fill(editor, path)
        async with database.write() as session:
            await session.execute(text("UPDATE cohorts SET state = 'decided' WHERE code = 'test'"))
            late = asyncio.create_task(move(editor, path, "submitted"))
            await asyncio.sleep(0.3)
        assert refusal(await late) == (409, "cohort_not_ready")
        assert (await officer.get(path)).json()["state"] == "open"


@pytest.mark.commits
async def test_many_regions_submit_at_once_and_none_waits_in_a_circle(committed: FastAPI) -> None:
    regions = ("32.71", "32.72", WEST, "32.74", "32.75", "32.76")
    async with client_for(committed, "officer") as officer, client_for(committed, "administrator") as administrator:
        paths = await open_assessments(officer, regions=regions)

        async def hand_in(region: str, path: str) -> None:
            async with speaking_for(committed, administrator, "region_editor", region_code=region) as editor:
                await submit(editor, path)

        await asyncio.gather(*(hand_in(region, path) for region, path in zip(regions, paths, strict=True)))
        states = {row["state"] for row in await every_row(officer, "/v1/cohorts/test/candidacies")}
        assert states == {"form_submitted"}


@pytest.mark.commits
async def test_a_cohort_opened_at_once_has_one_assessment_each(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        ids = await make_assessing(one, regions=("32.71", "32.72", WEST))
        named = {"candidacy_ids": ids[:1]}
        answers = await at_once(
            *(client.post(LIST, json=body) for client, body in [(one, {}), (other, named), (other, {})] * 6)
        )
        opened = [item["candidacy_id"] for a in answers if a.is_success for item in a.json()["items"]]
        assert sorted(opened) == sorted(ids)
        assert {refusal(a) for a in answers if not a.is_success} <= {(409, "assessment_exists")}
        assert len(await every_row(one, LIST)) == 3
