"""Seats that are given, declared and taken away at the same moment: one is first, what comes too late is told so."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update

from app.kernel.db import Database
from app.models.assessments import Assessment
from app.services import panels as service
from tests.conftest import client_for
from tests.routers.agreements import told
from tests.routers.factories import every_row, move
from tests.routers.panels import ME, MEMBERS, assign, make_assessing, make_assessment, make_member, reviews_of


@pytest.mark.commits
async def test_of_many_at_once_who_give_the_same_seat_one_wins(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_assessing(one)
        assessment = await make_assessment(one, committed.state.database)
        answers = await asyncio.gather(*(assign(client, assessment, ME) for client in [one, other] * 25))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49
        assert {told(a, "already_on_panel") == set() for a in answers if a.status_code == 409} == {True}
        assert len(await every_row(one, MEMBERS)) == 1


@pytest.mark.commits
async def test_who_is_assigned_while_the_reviews_are_being_revealed_comes_too_late(committed: FastAPI) -> None:
    """What decides is how the panel stands when the other writer is done, not when the request came in."""
    database: Database = committed.state.database
    async with client_for(committed, "officer") as officer:
        await make_assessing(officer)
        assessment = await make_assessment(officer, database, state="in_review")
        async with database.write() as revealing:
            await revealing.execute(
                update(Assessment).where(Assessment.id == UUID(assessment)).values(revealed_at=func.now())
            )
            late = asyncio.create_task(assign(officer, assessment, ME))
            await asyncio.sleep(0.3)
            assert not late.done()
        assert told(await late, "panel_closed") == set()


@pytest.mark.commits
@pytest.mark.parametrize("leaving", ["recused", "deleted"])
async def test_who_leaves_while_the_review_is_about_to_begin_leaves_a_panel_under_review(
    committed: FastAPI, monkeypatch: pytest.MonkeyPatch, leaving: str
) -> None:
    called = []

    async def note(_session: Any, assessment: Assessment) -> None:
        called.append(assessment.state)

    monkeypatch.setattr(service, "settle", note)
    database: Database = committed.state.database
    async with client_for(committed, "officer") as officer:
        await make_assessing(officer)
        assessment = await make_assessment(officer, database, state="submitted")
        path = await make_member(officer, assessment, ME)
        async with database.write() as beginning:
            row = (await beginning.scalars(select(Assessment).with_for_update())).one()
            if leaving == "recused":
                left = asyncio.create_task(move(officer, path, "recused"))
            else:
                left = asyncio.create_task(officer.delete(path, headers={"If-Match": "*"}))
            await asyncio.sleep(0.3)
            assert not left.done()
            row.state = "in_review"
        assert (await left).status_code == 200
        assert called == ["in_review"]


@pytest.mark.commits
async def test_a_seat_declared_and_taken_away_at_once_is_one_or_the_other(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer, client_for(committed, "assessor") as me:
        await make_assessing(officer)
        assessment = await make_assessment(officer, committed.state.database)
        for _ in range(5):
            path = await make_member(officer, assessment, ME)
            body, known = {"to": "declared", "reason": "race"}, {"If-Match": '"1"'}
            declared, gone = await asyncio.gather(
                me.post(f"{path}/transitions", json=body, headers=known), officer.delete(path, headers=known)
            )
            reviews = await reviews_of(committed.state.database, assessment)
            if declared.status_code == 200:
                assert (gone.status_code, reviews) == (412, [(ME, "draft")])
                await officer.delete(path, headers={"If-Match": "*"})
            else:
                assert (declared.status_code, gone.status_code, reviews) == (404, 200, [])
