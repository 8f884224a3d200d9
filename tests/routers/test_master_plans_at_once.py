"""Two who write at the same moment: nothing is lost, and one plan is in force."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from app.kernel import rendering
from app.projections.initiatives import INITIATIVES
from tests.conftest import As, client_for
from tests.routers.factories import every_row
from tests.routers.mentored import make_mentored
from tests.routers.plans import NEW, PLANS, REGULATION, accept, enact, make_plan, make_planning, make_whole_plan, step


def people_of(app: FastAPI) -> As:
    return lambda person: client_for(app, person)


@pytest.mark.commits
async def test_two_editors_of_one_plan_lose_nothing(committed: FastAPI) -> None:
    database = committed.state.database
    async with client_for(committed, "region_editor") as editor:
        candidacy = (await make_planning(people_of(committed), database)).candidacy
        begun = await asyncio.gather(*(editor.post(PLANS, json=NEW | {"candidacy_id": candidacy}) for _ in range(2)))
        assert sorted(answer.status_code for answer in begun) == [201, 409]
        plan = next(answer.headers["location"] for answer in begun if answer.status_code == 201)
        first = {"If-Match": (await editor.get(plan)).headers["etag"]}
        texts = [{"parts": {"gap": f"Editor {number}"}, "vision": f"Of {number}"} for number in range(10)]
        answers = await asyncio.gather(*(editor.patch(plan, json=text, headers=first) for text in texts))
        (winner,) = (answer for answer in answers if answer.status_code == 200)
        lost = [answer for answer in answers if answer is not winner]
        assert {(a.status_code, a.json()["code"], a.headers["etag"]) for a in lost} == {
            (412, "version_mismatch", '"2"')
        }
        assert (await editor.get(plan)).content == winner.content
        # Initiatives come side by side, and each makes the plan another: who read it before is told.
        stale = {"If-Match": winner.headers["etag"]}
        added = await asyncio.gather(
            *(editor.post(f"{plan}/initiatives", json={"title": str(number)}) for number in range(10))
        )
        assert [answer.status_code for answer in added] == [201] * 10
        assert {row["title"] for row in await every_row(editor, f"{plan}/initiatives")} == set(map(str, range(10)))
        assert (await editor.get(plan)).json()["version"] == 12
        late = await editor.patch(plan, json={"last_year": 2032}, headers=stale)
        assert (late.status_code, late.headers["etag"]) == (412, '"12"')


@pytest.mark.commits
async def test_how_complete_a_plan_is_is_told_of_one_moment(
    committed: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An initiative is added after the plan was read, and before its initiatives are."""
    async with client_for(committed, "region_editor") as editor:
        candidacy = (await make_planning(people_of(committed), committed.state.database)).candidacy
        plan = await make_plan(editor, candidacy)
        before = (await editor.get(f"{plan}/completeness")).json()
        whole = rendering.every

        async def late(*asked: Any, **filters: Any) -> bytes:
            if asked[1] is INITIATIVES:
                assert (await editor.post(f"{plan}/initiatives", json={"title": "Late"})).status_code == 201
            return await whole(*asked, **filters)

        monkeypatch.setattr(rendering, "every", late)
        assert (await editor.get(f"{plan}/completeness")).json() == before
        monkeypatch.undo()
        after = (await editor.get(f"{plan}/completeness")).json()
        assert after["plan_version"] == before["plan_version"] + 1
        assert after["aimless"] != before["aimless"]


@pytest.mark.commits
async def test_of_two_plans_enacted_at_once_one_is_in_force(committed: FastAPI) -> None:
    """The candidacies of two cohorts, so that no lock is common to both: the database decides."""
    database = committed.state.database
    async with client_for(committed, "region_editor") as editor, client_for(committed, "officer") as officer:
        first = (await make_planning(people_of(committed), database)).candidacy
        template = {"code": "books", "edition": 1}
        others = [await make_mentored(officer, database, cohort=cohort) for cohort in ("second", "third", "fourth")]
        candidacies = [first, *(other.candidacy for other in others)]
        plans = [await make_whole_plan(editor, one, template=template) for one in candidacies]
        for plan in plans:
            await accept(database, plan)
        answers = await asyncio.gather(*(enact(editor, plan, number=str(place)) for place, plan in enumerate(plans)))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        assert {a.json()["code"] for a in answers if a.status_code == 409} == {"plan_in_force"}
        (in_force,) = await every_row(officer, PLANS, state="enacted")
        (enacted,) = (row for row in await every_row(officer, "/v1/candidacies") if row["state"] == "enacted")
        assert in_force["candidacy_id"] == enacted["id"]
        # Two of the others would take its place: one does, and the database refuses the other.
        waiting = [plan for plan in plans if not plan.endswith(in_force["id"])][:2]
        answers = await asyncio.gather(
            *(
                step(editor, plan, "enacted", regulation=REGULATION | {"number": f"2{n}"}, revises_id=in_force["id"])
                for n, plan in enumerate(waiting)
            )
        )
        assert sorted(answer.status_code for answer in answers) in ([200, 409], [200, 422])
        assert len(await every_row(officer, PLANS, state="enacted")) == 1
        assert [row["id"] for row in await every_row(officer, PLANS, state="superseded")] == [in_force["id"]]
