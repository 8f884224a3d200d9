"""Whoever races with a publication, one wins, it is whole, and the quota holds; to work out a run holds up nobody."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.domain import selection
from tests.beside import Held
from tests.conftest import client_for
from tests.routers.factories import METHOD, PAPUA, RUNS, every_row, make_candidacy, make_cohort, make_run, move
from tests.routers.selection_runs import CITIES, make_assessed, states
from tests.routers.worked_out import eligible, ranking


async def at_once(requests: Any) -> list[httpx.Response]:
    return list(await asyncio.gather(*requests))


def publish(client: httpx.AsyncClient, run: str) -> Any:
    body = {"to": "published", "reason": "race"}
    return client.post(f"{run}/transitions", json=body, headers={"If-Match": '"1"'})


@pytest.mark.commits
async def test_of_fifty_publications_at_once_one_wins_and_is_whole(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_cohort(one, quota=3, candidate_quota=7)
        mine = await make_run(one, "test")
        theirs = await make_run(other, "test", method=METHOD | {"equity": [PAPUA]})
        answers = await at_once(publish(client, run) for client, run in [(other, mine), (one, theirs)] * 25)
        (winner,) = (answer for answer in answers if answer.status_code == 200)
        assert {answer.status_code for answer in answers} == {200, 409, 412}
        assert {answer.json().get("code") for answer in answers if answer is not winner} == {
            "stage_already_published",
            "version_mismatch",
        }
        runs = await every_row(one, RUNS)
        assert [run["state"] for run in runs].count("published") == 1
        chosen = await every_row(one, f"/v1/selection-runs/{winner.json()['id']}/results", decision="in")
        assert await states(one) == {row["region_code"]: "invited" for row in chosen}
        assert len(chosen) == 7
        for row in await every_row(one, "/v1/cohorts/test/candidacies"):
            history = (await one.get(f"/v1/candidacies/{row['id']}/transitions")).json()["history"]
            assert [step["to"] for step in history] == ["nominated", "invited"]


@pytest.mark.commits
async def test_publications_and_invitations_at_once_never_pass_the_quota(committed: FastAPI) -> None:
    """Whoever comes first, the seats of the assessment are 7."""
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_cohort(one, quota=3, candidate_quota=7)
        last = [code for code, _ in ranking(eligible())[-10:]]
        paths = [await make_candidacy(one, "test", code) for code in last]
        run = await make_run(one, "test")
        invite = {"to": "invited", "reason": "race"}
        invitations = [one.post(f"{path}/transitions", json=invite, headers={"If-Match": '"1"'}) for path in paths]
        answers = await at_once([*invitations[:5], publish(other, run), *invitations[5:]])
        assert {answer.status_code for answer in answers} <= {200, 409}
        invited = [code for code, state in (await states(one)).items() if state == "invited"]
        assert len(invited) == 7
        published = answers[5].status_code == 200
        assert published is not bool(set(invited) & set(last))


@pytest.mark.commits
async def test_a_publication_and_withdrawals_at_once_agree(committed: FastAPI) -> None:
    """Either the run decides and the withdrawals are stale, or someone left first and the run is outdated."""
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        paths = await make_assessed(one, committed.state.database, CITIES)
        tags = [(await one.get(path)).headers["etag"] for path in paths]
        runs = [await make_run(one, "test", stage="final") for _ in range(3)]
        leave = {"to": "withdrawn", "reason": "race"}
        withdrawals = [
            one.post(f"{path}/transitions", json=leave, headers={"If-Match": tag})
            for path, tag in zip(paths, tags, strict=True)
        ]
        answers = await at_once([*withdrawals[:2], *(publish(other, run) for run in runs), *withdrawals[2:]])
        left = [answer for answer in answers if answer.status_code == 200 and answer.json()["state"] == "withdrawn"]
        published = [answer for answer in answers if answer.status_code == 200 and answer not in left]
        after = list((await states(one)).values())
        if published:
            assert (len(published), left) == (1, [])
            assert [after.count(state) for state in ("selected", "reserve", "not_selected")] == [2, 3, 0]
        else:
            assert len(left) == after.count("withdrawn") == 5
            codes = {answer.json().get("code") for answer in answers if answer not in left}
            assert codes == {"run_outdated"}
        recorded = [run["state"] for run in await every_row(one, RUNS)]
        assert recorded.count("published") == len(published)


@pytest.mark.commits
async def test_a_publication_and_a_lower_quota_at_once_agree(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_assessed(one, committed.state.database, CITIES)
        run = await make_run(one, "test", stage="final")
        lower = one.patch("/v1/cohorts/test", json={"quota": 1}, headers={"If-Match": "*"})
        answers = await at_once([publish(other, run), lower])
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"quota_exceeded"}
        quota = (await one.get("/v1/cohorts/test")).json()["quota"]
        assert list((await states(one)).values()).count("selected") == (2 if quota == 2 else 0)


@pytest.mark.commits
async def test_while_a_run_is_computed_others_are_answered(committed: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(selection.select)
    monkeypatch.setattr(selection, "select", held)
    async with client_for(committed, "officer") as officer:
        await make_assessed(officer, committed.state.database, CITIES)
        running = asyncio.create_task(officer.post(RUNS, json={"stage": "final", "method": METHOD}))
        await held.begun.wait()
        assert (await officer.get("/v1/regions/32.73")).status_code == 200
        renamed = await officer.patch("/v1/cohorts/test", json={"title": "Renamed"}, headers={"If-Match": "*"})
        assert renamed.status_code == 200
        held.let_go()
        assert (await running).status_code == 201


@pytest.mark.commits
async def test_a_run_whose_time_ended_while_it_was_computed_is_not_stored(
    committed: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(selection.select)
    monkeypatch.setattr(selection, "select", held)
    async with client_for(committed, "officer") as officer:
        await make_cohort(officer)
        running = asyncio.create_task(officer.post(RUNS, json={"stage": "shortlist", "method": METHOD}))
        await held.begun.wait()
        assert (await move(officer, "/v1/cohorts/test", "assessing")).status_code == 200
        held.let_go()
        refused = await running
        assert (refused.status_code, refused.json()["code"]) == (409, "cohort_not_ready")
        assert await every_row(officer, RUNS) == []
