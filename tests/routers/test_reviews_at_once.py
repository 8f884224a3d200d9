"""Reviews that come in at the same moment: each once, and of a whole panel exactly one is the last."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from fastapi import FastAPI

from tests.conftest import client_for
from tests.routers.factories import every_row
from tests.routers.reviews import FAR, FIRST, LEVELS, SECOND, THIRD, make_panel, save, submit

PEOPLE = (FIRST, SECOND, THIRD, "fourth_assessor", "fifth_assessor")


@pytest.mark.commits
@pytest.mark.parametrize(("tag", "refusal"), [('"2"', (412, "version_mismatch")), ("*", (409, "illegal_transition"))])
async def test_of_fifty_submissions_of_one_review_one_wins(
    committed: FastAPI, tag: str, refusal: tuple[int, str]
) -> None:
    async with client_for(committed, "officer") as officer, client_for(committed, FIRST) as author:
        panel = await make_panel(officer, committed.state.database)
        path = panel.reviews[FIRST]
        await save(author, path, levels=LEVELS)
        body, headers = {"to": "submitted", "reason": "race"}, {"If-Match": tag}
        answers = await asyncio.gather(
            *(author.post(f"{path}/transitions", json=body, headers=headers) for _ in range(50))
        )
        (winner,) = (answer for answer in answers if answer.status_code == 200)
        assert [(a.status_code, a.json()["code"]) for a in answers if a is not winner] == [refusal] * 49
        assert (await author.get(path)).content == winner.content
        assert len((await author.get(f"{path}/transitions")).json()["history"]) == 1


@pytest.mark.commits
@pytest.mark.parametrize("size", [2, 5])
async def test_a_panel_that_submits_at_once_is_revealed_once(committed: FastAPI, size: int) -> None:
    """Several panels, so that the last comes from every side; contested ones are moved to moderation once."""
    async with AsyncExitStack() as stack:
        clients = {
            person: await stack.enter_async_context(client_for(committed, person))
            for person in ("officer", *PEOPLE[:size])
        }
        panels = [
            await make_panel(clients["officer"], committed.state.database, PEOPLE[:size], cohort=f"race-{number}")
            for number in range(4)
        ]
        for number, panel in enumerate(panels):
            for person, path in panel.reviews.items():
                apart = number % 2 and person == FIRST
                await save(clients[person], path, levels=FAR if apart else LEVELS)
        answers = await asyncio.gather(
            *(submit(clients[person], path) for panel in panels for person, path in panel.reviews.items())
        )
        assert [answer.status_code for answer in answers] == [200] * (4 * size)
        for number, panel in enumerate(panels):
            assessment = await clients["officer"].get(panel.assessment)
            assert assessment.json()["state"] == ("moderation" if number % 2 else "in_review")
            assert (assessment.json()["version"], bool(assessment.json()["revealed_at"])) == (2, True)
            history = (await clients["officer"].get(f"{panel.assessment}/transitions")).json()["history"]
            assert [step["to"] for step in history] == ["moderation"] * (number % 2)
            assert len(await every_row(clients["officer"], f"{panel.assessment}/reviews")) == size


@pytest.mark.commits
async def test_who_leaves_while_another_submits_leaves_a_panel_revealed_once(committed: FastAPI) -> None:
    async with AsyncExitStack() as stack:
        clients = {
            person: await stack.enter_async_context(client_for(committed, person))
            for person in ("officer", *PEOPLE[:3])
        }
        regions = ("32.71", "32.72", "32.73", "32.74", "32.75")
        panels = [
            await make_panel(
                clients["officer"], committed.state.database, PEOPLE[:3], cohort=f"race-{number}", region=region
            )
            for number, region in enumerate(regions)
        ]
        for panel in panels:
            await submit(clients[FIRST], panel.reviews[FIRST], LEVELS)
            await save(clients[SECOND], panel.reviews[SECOND], levels=FAR)
        leave = {"to": "recused", "reason": "family"}
        answers = await asyncio.gather(
            *(
                request
                for panel in panels
                for request in (
                    submit(clients[SECOND], panel.reviews[SECOND]),
                    clients[THIRD].post(f"{panel.seats[THIRD]}/transitions", json=leave, headers={"If-Match": "*"}),
                )
            )
        )
        assert [answer.status_code for answer in answers] == [200] * 10
        for panel in panels:
            history = (await clients["officer"].get(f"{panel.assessment}/transitions")).json()["history"]
            assert [(step["to"], step["reason"]) for step in history] == [("moderation", "the assessors differ")]
            assert len(await every_row(clients["officer"], f"{panel.assessment}/reviews")) == 2
