"""Workshops and commitments that several work on at the same moment: nothing is lost, and a gate is passed once."""

import asyncio

import pytest
from fastapi import FastAPI

from tests.conftest import client_for
from tests.routers.factories import every_row
from tests.routers.mentored import make_mentored
from tests.routers.workshops import LINK, SIGNED, at, begin, change, hold


@pytest.mark.commits
async def test_of_all_that_happens_at_once_nothing_is_lost(committed: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-06-30T05:00:00+00:00")
    async with client_for(committed, "officer") as officer, client_for(committed, "mentor") as mentor:
        mentored = await make_mentored(officer, committed.state.database)
        path = f"/v1/workshops/{mentored.workshops[0]}"
        await begin(mentor, path)
        outputs = ("readiness_analysis", "gap_analysis", "swot_analysis")
        added = asyncio.gather(*(change(mentor, path, outputs={code: LINK}) for code in outputs))
        await asyncio.gather(*(hold(mentor, path) for _ in range(5)))
        assert [answer.status_code for answer in await added] == [200] * 3
        assert (await mentor.get(path)).json()["outputs"].keys() == {*outputs}
        # Two who read the same version: one of them is told.
        stale = '"5"'
        answers = await asyncio.gather(
            *(
                mentor.patch(path, json={"outputs": {code: {"title": "New"}}}, headers={"If-Match": stale})
                for code in outputs[:2]
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412]
        closing = {"to": "closed", "reason": "race"}
        closed = await asyncio.gather(
            *(mentor.post(f"{path}/transitions", json=closing, headers={"If-Match": "*"}) for _ in range(20))
        )
        assert sorted(answer.status_code for answer in closed) == [200] + [409] * 19
        history = (await mentor.get(f"{path}/transitions")).json()["history"]
        assert [one["to"] for one in history] == ["open", "closed"]
        assert len(await every_row(mentor, f"{path}/sessions")) == 5

        office = f"/v1/candidacies/{mentored.candidacy}/commitments"
        drafted = await asyncio.gather(*(officer.post(office, json=SIGNED) for _ in range(10)))
        assert sorted(answer.status_code for answer in drafted) == [201] + [409] * 9
        assert {answer.json()["code"] for answer in drafted if answer.is_error} == {"commitment_exists"}
