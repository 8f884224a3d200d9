"""Sessions: the days on which a workshop was held, by the region's own calendar, with who came and what was read."""

from typing import Any

import pytest

from app.kernel.db import Database
from tests.conftest import As
from tests.routers.factories import every_row, faults
from tests.routers.mentored import Mentored, make_mentored
from tests.routers.workshops import HELD, LINK, at, begin, change, hold, step, update


@pytest.fixture(autouse=True)
def _late_in_june(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-06-30T05:00:00+00:00")


@pytest.fixture
async def mentored(as_: As, database: Database) -> Mentored:
    """Give a mentored region whose first workshop is open."""
    mentored = await make_mentored(as_("officer"), database)
    await begin(as_("mentor"), workshop_of(mentored))
    return mentored


def workshop_of(mentored: Mentored) -> str:
    return f"/v1/workshops/{mentored.workshops[0]}"


async def test_a_session_says_when_where_who_and_what(as_: As, mentored: Mentored) -> None:
    mentor, workshop = as_("mentor"), workshop_of(mentored)
    held = await mentor.post(f"{workshop}/sessions", json=HELD)
    assert held.status_code == 201, held.text
    shown = held.json()
    assert {name: shown[name] for name in HELD} == HELD
    assert (shown["workshop_id"], shown["workshop_number"]) == (mentored.workshops[0], 1)
    assert (shown["mentorship_id"], shown["candidacy_id"]) == (mentored.mentorship, mentored.candidacy)
    assert (shown["cohort_code"], shown["region_code"], shown["region_name"]) == ("test", "32.73", "Kota Bandung")
    least = {"date": "2026-06-11", "mode": "online", "hours": 0.25}
    second = await mentor.post(f"{workshop}/sessions", json=least)
    assert {name: second.json()[name] for name in HELD} == least | {
        "place": None,
        "attendance": [],
        "notes": None,
        "papers": [],
    }
    assert (await as_("region_editor").get(held.headers["location"])).json() == shown
    assert await every_row(as_("auditor"), f"{workshop}/sessions") == [shown, second.json()]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"date": "2026-05-31"}, {("/date", "session_outside")}),
        ({"date": "2026-06-01"}, set()),
        ({"date": "2026-07-01"}, {("/date", "session_ahead")}),
        ({"date": "2027-01-01"}, {("/date", "session_outside"), ("/date", "session_ahead")}),
        ({"date": "2026-06-31"}, {("/date", "invalid_format")}),
        ({"place": None}, {("/place", "place_missing")}),
        ({"mode": "online"}, {("/place", "place_online")}),
        ({"mode": "hybrid"}, {("/mode", "invalid_choice")}),
        ({"hours": 0}, {("/hours", "out_of_range")}),
        ({"hours": 24}, set()),
        ({"hours": 24.25}, {("/hours", "out_of_range")}),
        ({"hours": 7.1}, {("/hours", "out_of_range")}),
        ({"hours": "7"}, {("/hours", "wrong_type")}),
        (
            {"attendance": [{"agency": "A", "role": "r", "count": 1}, {"agency": "a", "role": "R", "count": 2}]},
            {("/attendance/1", "attendance_twice")},
        ),
        ({"attendance": [{"agency": "A", "role": "r", "count": 0}]}, {("/attendance/0/count", "out_of_range")}),
        (
            {"attendance": [{"agency": "A", "role": "r", "count": 1, "name": "Ani"}]},
            {("/attendance/0/name", "unknown_field")},
        ),
        ({"papers": [{"url": LINK["url"], "title": "X"}]}, {("/papers/0/sha256", "required")}),
        ({"papers": [LINK | {"sha256": None}]}, {("/papers/0/sha256", "wrong_type")}),
        ({"notes": "   "}, {("/notes", "too_short")}),
        ({"workshop_id": "x"}, {("/workshop_id", "unknown_field")}),
    ],
)
async def test_a_session_that_makes_no_sense_is_refused_at_its_place(
    as_: As, mentored: Mentored, change: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    answer = await as_("mentor").post(f"{workshop_of(mentored)}/sessions", json=HELD | change)
    if expected:
        assert faults(answer) == expected
    else:
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("region", "moment", "held"),
    [
        ("32.73", "2026-12-30T16:59:59+00:00", False),  # WIB: 23:59:59 of the 30th
        ("32.73", "2026-12-30T17:00:00+00:00", True),
        ("73.71", "2026-12-30T15:59:59+00:00", False),  # WITA
        ("73.71", "2026-12-30T16:00:00+00:00", True),
        ("91.71", "2026-12-30T14:59:59+00:00", False),  # WIT
        ("91.71", "2026-12-30T15:00:00+00:00", True),
    ],
)
async def test_the_day_is_that_of_the_region(
    as_: As, database: Database, monkeypatch: pytest.MonkeyPatch, region: str, moment: str, *, held: bool
) -> None:
    mentored = await make_mentored(as_("officer"), database, region)
    await begin(as_("mentor"), workshop_of(mentored))
    at(monkeypatch, moment)
    answer = await as_("mentor").post(f"{workshop_of(mentored)}/sessions", json=HELD | {"date": "2026-12-31"})
    assert answer.status_code == (201 if held else 422), answer.text
    if not held:
        assert "2026-12-30" in answer.json()["errors"][0]["message"]


async def test_a_session_is_corrected_while_its_workshop_is_open(as_: As, mentored: Mentored) -> None:
    mentor = as_("mentor")
    path = await hold(mentor, workshop_of(mentored))
    online = await change(mentor, path, mode="online", place=None, notes=None)
    assert (online.json()["mode"], online.json()["place"], online.json()["notes"]) == ("online", None, None)
    assert (await change(mentor, path, papers=[], hours=2)).json() == online.json() | {
        "papers": [],
        "hours": 2.0,
        "version": 3,
        "updated_at": (await mentor.get(path)).json()["updated_at"],
    }
    assert faults(await change(mentor, path, mode="on_site")) == {("/place", "place_missing")}
    assert faults(await change(mentor, path, date="2026-07-01")) == {("/date", "session_ahead")}
    assert faults(await change(mentor, path, date=None)) == {("/date", "wrong_type")}
    assert (await mentor.get(path)).json()["version"] == 3
    stale = await mentor.patch(path, json={"hours": 3}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"3"')


async def test_a_session_recorded_by_mistake_is_taken_away(as_: As, mentored: Mentored) -> None:
    mentor = as_("mentor")
    path = await hold(mentor, workshop_of(mentored))
    shown = (await mentor.get(path)).json()
    rehearsed = await mentor.delete(f"{path}?dry_run=true", headers={"If-Match": "*"})
    taken = await mentor.delete(path, headers={"If-Match": '"1"'})
    assert rehearsed.json() == taken.json() == shown
    assert (await mentor.get(path)).status_code == 404
    assert (await mentor.delete(path, headers={"If-Match": "*"})).status_code == 404
    assert await every_row(mentor, f"{workshop_of(mentored)}/sessions") == []


async def test_what_a_closed_workshop_had_stays(as_: As, database: Database, mentored: Mentored) -> None:
    mentor = as_("mentor")
    path = await hold(mentor, workshop_of(mentored))
    await update(database, "workshops", mentored.workshops[0], "state = 'closed'")
    for refused in (await change(mentor, path, hours=1), await mentor.delete(path, headers={"If-Match": "*"})):
        assert (refused.status_code, refused.json()["code"]) == (409, "workshop_not_open")


async def test_sessions_are_found_by_what_a_screen_asks(as_: As, database: Database, mentored: Mentored) -> None:
    mentor = as_("mentor")
    other = await make_mentored(as_("officer"), database, "33.74", cohort="next")
    await begin(mentor, workshop_of(other))
    await hold(mentor, workshop_of(mentored), date="2026-06-12")
    await hold(mentor, workshop_of(mentored), mode="online", place=None)
    await hold(mentor, workshop_of(other), date="2026-06-11")

    async def found(**query: object) -> list[str]:
        return [row["date"] for row in await every_row(mentor, "/v1/sessions", **query)]

    assert await found() == ["2026-06-12", "2026-06-11", "2026-06-10"]  # the last first
    assert await found(sort="region_code", fields="date") == ["2026-06-12", "2026-06-10", "2026-06-11"]
    assert await found(date_gte="2026-06-11", date_lt="2026-06-12") == ["2026-06-11"]
    assert await found(mode="online") == ["2026-06-10"]
    assert await found(cohort="next") == await found(region="33.74") == await found(province="33") == ["2026-06-11"]
    assert await found(candidacy=other.candidacy, mentorship=other.mentorship, number=1) == ["2026-06-11"]
    assert await found(workshop=mentored.workshops[0], sort="date") == ["2026-06-10", "2026-06-12"]
    assert await found(number=2) == []
    rows = await every_row(mentor, f"{workshop_of(mentored)}/sessions", mode="on_site")
    assert [row["date"] for row in rows] == ["2026-06-12"]


async def test_attendance_and_papers_are_in_the_log_like_everything(
    as_: As, database: Database, mentored: Mentored
) -> None:
    path = await hold(as_("mentor"), workshop_of(mentored))
    assert (await step(as_("mentor"), workshop_of(mentored), "closed")).status_code == 409
    async with database.read() as connection:
        logged = await connection.fetch("SELECT operation, key FROM changes WHERE resource = 'sessions'")
    assert [tuple(row) for row in logged] == [("create", path.rpartition("/")[2])]
