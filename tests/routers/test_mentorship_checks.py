"""Who may mentor a region: nobody beyond the cohort's limit, and nobody who assessed it, at the same moment neither."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import As, client_for
from tests.routers.agreements import state_of, told
from tests.routers.factories import every_row, make_expert, move
from tests.routers.mentoring import (
    LIST,
    change,
    item,
    make_decided,
    make_mentor,
    make_mentorship,
    record,
    seat_on_panel,
)


async def test_a_mentor_leads_no_more_regions_than_the_cohort_allows(as_: As, database: Database) -> None:
    officer = as_("officer")
    regions = ("32.71", "32.72", "32.73", "32.74")
    ids = await make_decided(officer, database, *regions, mentoring_rules={"most_per_mentor": 2})
    busy, other = await make_mentor(officer), await make_mentor(officer, "Hadi")
    await make_mentorship(officer, ids[0], busy)
    # To facilitate is not to lead.
    free = await make_mentorship(officer, ids[1], other, facilitator_ids=[busy])
    refused = await record(officer, item(ids[2], busy), item(ids[3], busy))
    assert told(refused, "mentor_full") == {(f"/items/{n}/lead_mentor_id", "mentor_overloaded") for n in (0, 1)}
    assert refused.json()["errors"][0]["message"].startswith("The mentor would lead 3 mentorships")
    await make_mentorship(officer, ids[2], busy)
    assert told(await change(officer, free, lead_mentor_id=busy, facilitator_ids=[]), "mentor_full") == {
        ("/lead_mentor_id", "mentor_overloaded")
    }
    # Elsewhere the count is another one, and a limit that fell takes nothing away.
    (elsewhere,) = await make_decided(officer, database, cohort="other", mentoring_rules={"most_per_mentor": 1})
    assert (await record(officer, item(elsewhere, busy), cohort="other")).status_code == 200
    await change(officer, "/v1/cohorts/test", mentoring_rules={"most_per_mentor": 1})
    kept = (await officer.get(f"{LIST}?mentor={busy}&candidacy={ids[0]}")).json()["items"][0]
    assert (await change(officer, f"/v1/mentorships/{kept['id']}", ends_on="2026-11-30")).status_code == 200


async def test_whoever_assessed_a_region_does_not_mentor_it_in_that_cohort(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    one, two = await make_decided(officer, database, "32.73", "32.71")
    judge, helper, aside = [
        await make_expert(officer, name=name, roles=["assessor", "mentor"]) for name in ("Ani", "Budi", "Citra")
    ]
    assessment = await seat_on_panel(officer, database, one, judge, helper)
    await seat_on_panel(officer, database, two, aside, state="recused")
    refused = await record(officer, item(one, judge, facilitator_ids=[helper]), item(two, judge))
    assert told(refused, "conflict_of_interest") == {
        ("/items/0/lead_mentor_id", "conflict_assessor"),
        ("/items/0/facilitator_ids/0", "conflict_assessor"),
    }
    assert [conflict["code"] for conflict in refused.json()["conflicts"]] == ["conflict_assessor"]
    path = await make_mentorship(officer, two, aside, facilitator_ids=[judge])  # stepped aside; judged another region
    assert (await change(officer, path, lead_mentor_id=judge, facilitator_ids=[helper])).status_code == 200
    own = await make_mentorship(officer, one, aside)
    assert told(await change(officer, own, facilitator_ids=[judge]), "conflict_of_interest") == {
        ("/facilitator_ids/0", "conflict_assessor")
    }
    # Two officers may pass it over, for this duty and this expert.
    asking = {"expert_id": judge, "reason": "nobody else knows ports", "duty": "mentor"}
    asked = await officer.post(f"/v1/assessments/{assessment}/conflict-overrides", json=asking)
    assert (asked.status_code, asked.json()["duty"]) == (201, "mentor")
    override = asked.headers["location"]
    assert told(await change(officer, own, facilitator_ids=[judge]), "conflict_of_interest") != set()
    assert (await move(officer, override, "approved")).status_code == 403
    assert (await move(second, override, "approved")).status_code == 200
    changed = await change(officer, own, facilitator_ids=[judge])
    assert (changed.status_code, "override" in changed.text) == (200, False)
    assert await overrides_of(database, own) == [override.rpartition("/")[2]]
    assert told(await change(officer, own, facilitator_ids=[judge, helper]), "conflict_of_interest") == {
        ("/facilitator_ids/1", "conflict_assessor")
    }
    assert (await change(officer, own, facilitator_ids=[])).status_code == 200
    assert await overrides_of(database, own) == []
    await move(officer, own, "ended")
    again = await make_mentorship(officer, one, judge)
    assert await overrides_of(database, again) == [override.rpartition("/")[2]]


async def overrides_of(database: Database, path: str) -> list[str]:
    async with database.read() as connection:
        ids = await connection.fetchval("SELECT override_ids FROM mentorships WHERE id = $1", path.rpartition("/")[2])
    return [str(id_) for id_ in ids]


@pytest.mark.commits
async def test_of_many_at_once_none_passes_the_limit_and_no_region_gets_two(committed: FastAPI) -> None:
    database = committed.state.database
    async with AsyncExitStack() as stack:
        officer = await stack.enter_async_context(client_for(committed, "officer"))
        regions = ("32.71", "32.72", "32.73", "32.74", "32.75", "32.76")
        ids = await make_decided(officer, database, *regions, quota=10, mentoring_rules={"most_per_mentor": 2})
        busy, free = await make_mentor(officer), await make_mentor(officer, "Hadi")
        answers = await asyncio.gather(*(record(officer, item(one, busy)) for one in ids[:5] for _ in range(2)))
        assert sorted(answer.status_code for answer in answers) == [200, 200] + [409] * 8
        assert {answer.json()["code"] for answer in answers if answer.is_error} <= {"mentor_full", "mentorship_exists"}
        assert len(await every_row(officer, LIST, mentor=busy)) == 2
        answers = await asyncio.gather(*(record(officer, item(ids[5], free)) for _ in range(10)))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
        (row,) = await every_row(officer, LIST, candidacy=ids[5])
        # Begun and withdrawn at once, whichever comes first: a region that left is not mentored.
        path, body = f"/v1/mentorships/{row['id']}", {"reason": "race"}
        moved = await asyncio.gather(
            officer.post(f"{path}/transitions", json=body | {"to": "active"}, headers={"If-Match": "*"}),
            officer.post(
                f"/v1/candidacies/{ids[5]}/transitions", json=body | {"to": "withdrawn"}, headers={"If-Match": "*"}
            ),
        )
        assert {answer.status_code for answer in moved} <= {200, 409}
        assert (await officer.get(path)).json()["state"] == "ended"
        assert await state_of(officer, ids[5]) == "withdrawn"
