"""Comments and verdicts that come in at the same moment: none is passed over, and each side has one word."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from fastapi import FastAPI

from tests.conftest import client_for
from tests.routers.factories import every_row, refusal
from tests.routers.reviewed import comment, make_submitted_plan, review, settle, state

PEOPLE = ("officer", "second_officer", "region_editor", "mentor")
ROUNDS = 6


@pytest.mark.commits
async def test_no_plan_is_accepted_past_a_comment_that_came_at_the_same_moment(committed: FastAPI) -> None:
    async with AsyncExitStack() as stack:
        clients = {person: await stack.enter_async_context(client_for(committed, person)) for person in PEOPLE}
        plan = await make_submitted_plan(clients.__getitem__, committed.state.database)
        mentor, officer = clients["mentor"], clients["officer"]
        assert (await review(mentor, plan)).status_code == 201
        for _ in range(ROUNDS):
            made, accepted = await asyncio.gather(comment(clients["region_editor"], plan), review(officer, plan))
            if accepted.status_code == 201:
                assert refusal(made) == (409, "plan_not_discussed")
                assert await every_row(officer, f"{plan}/comments", state="open") == []
                return
            assert (refusal(accepted), made.status_code) == ((409, "incomplete"), 201)
            assert await state(officer, plan) == ("submitted", "plan_submitted")
            assert (await settle(officer, made.headers["location"])).is_success


@pytest.mark.commits
async def test_of_many_verdicts_of_one_side_one_counts(committed: FastAPI) -> None:
    async with AsyncExitStack() as stack:
        clients = {person: await stack.enter_async_context(client_for(committed, person)) for person in PEOPLE}
        plan = await make_submitted_plan(clients.__getitem__, committed.state.database)
        answers = await asyncio.gather(*(review(clients["mentor"], plan) for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"plan_already_reviewed"}
        officers = [clients["officer"], clients["second_officer"]]
        verdicts = await asyncio.gather(*(review(officers[n % 2], plan, "returned") for n in range(6)))
        assert sorted(answer.status_code for answer in verdicts) == [201] + [409] * 5
        assert await state(officers[0], plan) == ("returned", "mentoring")
        rows = await every_row(officers[0], f"{plan}/reviews")
        assert [(row["side"], row["verdict"]) for row in rows] == [("mentor", "accepted"), ("ministry", "returned")]
