"""A mentorship moves its region on, is completed with its four workshops, and ends with a reason or with its region."""

import pytest

from app.kernel.db import Database
from tests.conftest import As
from tests.routers.agreements import state_of, told
from tests.routers.factories import every_row, faults, move
from tests.routers.mentoring import (
    LIST,
    change,
    close_workshops,
    make_decided,
    make_mentor,
    make_mentorship,
    put_cohort,
)


async def test_a_region_is_mentored_from_then_on(as_: As, database: Database) -> None:
    officer = as_("officer")
    (candidacy,) = await make_decided(officer, database)
    path = await make_mentorship(officer, candidacy, await make_mentor(officer))
    by_hand = await move(officer, f"/v1/candidacies/{candidacy}", "mentoring")
    assert told(by_hand, "moved_by_mentorship") == set()
    await put_cohort(database, "closed")
    assert told(await move(officer, path, "active"), "cohort_not_ready") == set()
    await put_cohort(database, "decided")
    begun = await move(officer, path, "active", reason="kick-off")
    assert (begun.status_code, begun.json()["state"]) == (200, "active")
    assert await state_of(officer, candidacy) == "mentoring"
    history = (await officer.get(f"/v1/candidacies/{candidacy}/transitions")).json()["history"]
    assert (history[-1]["to"], history[-1]["reason"]) == ("mentoring", "kick-off")
    assert told(await move(officer, path, "active"), "illegal_transition") == set()


async def test_it_is_completed_once_its_four_workshops_are_closed(as_: As, database: Database) -> None:
    officer = as_("officer")
    (candidacy,) = await make_decided(officer, database)
    path = await make_mentorship(officer, candidacy, await make_mentor(officer))
    assert told(await move(officer, path, "completed"), "illegal_transition") == set()
    await move(officer, path, "active")
    await close_workshops(database, path, 1, 3)
    assert told(await move(officer, path, "completed"), "incomplete") == {
        ("/workshops/1", "workshop_not_closed"),
        ("/workshops/3", "workshop_not_closed"),
    }
    await close_workshops(database, path, 2, 4)
    assert (await move(officer, path, "completed")).json()["state"] == "completed"
    for late in (await change(officer, path, ends_on="2026-11-30"), await change(officer, path)):
        assert told(late, "mentorship_over") == set()


async def test_another_mentor_takes_over_when_one_ended(as_: As, database: Database) -> None:
    officer = as_("officer")
    (candidacy,) = await make_decided(officer, database, mentoring_rules={"most_per_mentor": 1})
    mentor = await make_mentor(officer)
    first = await make_mentorship(officer, candidacy, mentor)
    await move(officer, first, "active")
    silent = await officer.post(f"{first}/transitions", json={"to": "ended"}, headers={"If-Match": "*"})
    assert faults(silent) == {("/reason", "required")}
    assert (await move(officer, first, "ended", reason="she is ill")).json()["state"] == "ended"
    assert await state_of(officer, candidacy) == "mentoring"
    second = await make_mentorship(officer, candidacy, mentor)  # who ended counts no more
    assert (await move(officer, second, "active")).json()["state"] == "active"
    assert await state_of(officer, candidacy) == "mentoring"
    assert [row["state"] for row in await every_row(officer, LIST, sort="created_at")] == ["ended", "active"]
    assert told(await move(officer, first, "active"), "illegal_transition") == set()


@pytest.mark.parametrize("state", ["assigned", "active", "completed", "ended"])
async def test_the_mentorship_of_a_region_that_withdraws_ends_with_it(as_: As, database: Database, state: str) -> None:
    officer = as_("officer")
    (candidacy,) = await make_decided(officer, database)
    path = await make_mentorship(officer, candidacy, await make_mentor(officer))
    await close_workshops(database, path, 1, 2, 3, 4)
    for step in {"completed": ("active", "completed")}.get(state, (state,) * (state != "assigned")):
        await move(officer, path, step)
    left = await move(officer, f"/v1/candidacies/{candidacy}", "withdrawn", reason="the council declines")
    assert left.status_code == 200
    ended = (await officer.get(f"{path}/transitions")).json()
    if state in {"assigned", "active"}:
        assert (ended["state"], ended["history"][-1]["reason"]) == ("ended", "the council declines")
        assert told(await move(officer, path, "active"), "illegal_transition") == set()
    else:
        assert ended["state"] == state
