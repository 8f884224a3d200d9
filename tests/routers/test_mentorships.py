"""Mentorships are recorded all or none, with their workshops, by the ministry alone, and changed until they end."""

import pytest

from app.kernel.db import Database
from tests.conftest import INSTITUTION, As
from tests.routers.agreements import put_into, state_of, told
from tests.routers.factories import NOWHERE, every_row, faults, make_expert, make_institution, move
from tests.routers.mentoring import (
    LIST,
    PERIOD,
    change,
    item,
    make_decided,
    make_mentor,
    make_mentorship,
    put_cohort,
    record,
)


async def workshops_of(database: Database, path: str) -> list[tuple[int, str, bool]]:
    """Return the workshops of a mentorship: (number, state, its first state is on record)."""
    async with database.read() as connection:
        rows = await connection.fetch(
            "SELECT number, state, EXISTS (SELECT FROM transitions WHERE resource = 'workshops' AND "
            "record_key = w.id::text) AS told FROM workshops w WHERE mentorship_id = $1 ORDER BY number",
            path.rpartition("/")[2],
        )
    return [tuple(row) for row in rows]


async def test_a_mentorship_is_recorded_with_its_workshops(as_: As, database: Database) -> None:
    officer = as_("officer")
    first, second = await make_decided(officer, database, "32.73", "32.71")
    mentor, helper = await make_mentor(officer), await make_expert(officer, name="Eko", roles=["facilitator"])
    made = await record(officer, item(first, mentor, facilitator_ids=[helper]), item(second, mentor))
    assert (made.status_code, made.json()["recorded"], made.json()["cohort_code"]) == (200, 2, "test")
    shown = made.json()["items"]
    assert [(row["candidacy_id"], row["region_name"], row["state"]) for row in shown] == [
        (first, "Kota Bandung", "assigned"),
        (second, "Kota Bogor", "assigned"),
    ]
    path = f"/v1/mentorships/{shown[0]['mentorship_id']}"
    public = (await as_("public").get(path)).json()
    assert {name: public[name] for name in PERIOD} == PERIOD
    assert (public["lead_mentor_id"], public["facilitator_ids"]) == (mentor, [helper])
    assert (public["cohort_code"], public["region_code"], public["institution_name"]) == (
        "test",
        "32.73",
        "Universitas Uji",
    )
    assert not any(name in str(public) for name in ("Dewi", "Eko"))
    assert await workshops_of(database, path) == [(number, "planned", True) for number in (1, 2, 3, 4)]
    history = (await officer.get(f"{path}/transitions")).json()
    assert [(step["to"], step["reason"]) for step in history["history"]] == [("assigned", "decree 9")]
    assert history["allowed"] == ["active", "ended"]
    assert await state_of(officer, first) == "mou_signed"  # until it is active


async def test_all_or_none_are_recorded_and_every_fault_points_at_its_item(as_: As, database: Database) -> None:
    officer = as_("officer")
    one, two, three = await make_decided(officer, database, "32.73", "32.71", "32.72")
    (elsewhere,) = await make_decided(officer, database, cohort="other")
    mentor, assessor = await make_mentor(officer), await make_expert(officer)
    retired = await make_mentor(officer, "Fajar", active=False)
    stranger = await make_mentor(officer, "Gita", institution=await make_institution(officer))
    refused = await record(
        officer, item(one, mentor), item(elsewhere, mentor), item(NOWHERE, mentor), item(one, mentor)
    )
    assert faults(refused) == {
        ("/items/1/candidacy_id", "invalid_reference"),
        ("/items/2/candidacy_id", "invalid_reference"),
        ("/items/3/candidacy_id", "duplicate"),
    }
    refused = await record(
        officer,
        item(one, NOWHERE, institution_id=NOWHERE, facilitator_ids=[NOWHERE]),
        item(two, stranger, facilitator_ids=[assessor, stranger], ends_on="2026-05-31"),
        item(three, retired, ends_on="2030-01-01"),
    )
    assert faults(refused) == {
        ("/items/0/institution_id", "invalid_reference"),
        ("/items/0/lead_mentor_id", "invalid_reference"),
        ("/items/0/facilitator_ids/0", "invalid_reference"),
        ("/items/1/lead_mentor_id", "other_institution"),
        ("/items/1/facilitator_ids/0", "not_facilitator"),
        ("/items/1/facilitator_ids/1", "leads_already"),
        ("/items/1/ends_on", "period_reversed"),
        ("/items/2/lead_mentor_id", "not_mentor"),
        ("/items/2/ends_on", "period_too_long"),
    }
    twice = await record(officer, item(one, mentor, facilitator_ids=[assessor, assessor]))
    assert faults(twice) == {("/items/0/facilitator_ids", "duplicate")}
    assert (await officer.get(LIST)).json()["items"] == []
    rehearsed = await officer.post(f"{LIST}?dry_run=true", json={"items": [item(one, mentor)], "reason": "x"})
    assert (rehearsed.status_code, rehearsed.json()["recorded"]) == (200, 1)
    assert (await officer.get(LIST)).json()["items"] == []


async def test_cohort_and_candidacy_must_be_ready(as_: As, database: Database) -> None:
    officer = as_("officer")
    one, two = await make_decided(officer, database, "32.73", "32.71")
    mentor = await make_mentor(officer)
    for state in ("open", "assessing", "closed"):
        await put_cohort(database, state)
        refused = await record(officer, item(one, mentor))
        assert told(refused, "cohort_not_ready") == set()
        assert refused.json()["expected"] == ["decided", "mentoring"]
    await put_cohort(database, "mentoring")
    await put_into(database, two, "selected")
    refused = await record(officer, item(one, mentor), item(two, mentor))
    assert told(refused, "candidacy_not_ready") == {("/items/1/candidacy_id", "candidacy_not_ready")}
    await make_mentorship(officer, one, mentor)
    assert told(await record(officer, item(one, mentor)), "mentorship_exists") == {
        ("/items/0/candidacy_id", "mentorship_exists")
    }


async def test_what_may_change_of_a_mentorship(as_: As, database: Database) -> None:
    officer = as_("officer")
    (candidacy,) = await make_decided(officer, database)
    path = await make_mentorship(officer, candidacy, await make_mentor(officer))
    other, helper = await make_mentor(officer, "Hadi"), await make_expert(officer, name="Eko", roles=["facilitator"])
    stale = await officer.patch(path, json={"ends_on": "2026-11-30"}, headers={"If-Match": '"9"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"1"')
    changes = {"lead_mentor_id": other, "facilitator_ids": [helper], "starts_on": "2026-07-01"}
    after = (await change(officer, path, **changes)).json()
    assert {name: after[name] for name in changes} == changes
    assert (after["ends_on"], after["version"]) == (PERIOD["ends_on"], 2)
    assert faults(await change(officer, path, institution_id=NOWHERE)) == {("/institution_id", "unknown_field")}
    assert faults(await change(officer, path, lead_mentor_id=helper, ends_on="2026-06-30")) == {
        ("/lead_mentor_id", "not_mentor"),
        ("/facilitator_ids/0", "leads_already"),
        ("/ends_on", "period_reversed"),
    }
    assert faults(await change(officer, path, facilitator_ids=[NOWHERE])) == {
        ("/facilitator_ids/0", "invalid_reference")
    }
    async with database.read() as connection:
        await connection.execute(
            "INSERT INTO workshop_sessions (id, workshop_id, date, mode, hours) "
            "SELECT gen_random_uuid(), id, '2026-08-10', 'online', 3 FROM workshops WHERE number = 1"
        )
    assert faults(await change(officer, path, starts_on="2026-08-11")) == {("/starts_on", "session_outside")}
    assert faults(await change(officer, path, ends_on="2026-08-09")) == {("/ends_on", "session_outside")}
    assert (await change(officer, path, starts_on="2026-08-10", ends_on="2026-08-10")).status_code == 200


async def test_lists_are_filtered_and_sorted(as_: As, database: Database) -> None:
    officer, public = as_("officer"), as_("public")
    one, two = await make_decided(officer, database, "32.73", "35.73")
    (three,) = await make_decided(officer, database, "32.71", cohort="other")
    mentor, helper = await make_mentor(officer), await make_mentor(officer, "Eko")
    await make_mentorship(officer, one, mentor, facilitator_ids=[helper])
    active = await make_mentorship(officer, two, helper, starts_on="2026-09-01")
    await move(officer, active, "active")
    assert (await record(officer, item(three, mentor, ends_on="2027-03-31"), cohort="other")).status_code == 200
    for query, regions in (
        ({}, {"32.71", "32.73", "35.73"}),
        ({"cohort": "test"}, {"32.73", "35.73"}),
        ({"region": "32.73"}, {"32.73"}),
        ({"province": "32"}, {"32.71", "32.73"}),
        ({"q": "malang"}, {"35.73"}),
        ({"state": "active"}, {"35.73"}),
        ({"state_in": "assigned,ended"}, {"32.71", "32.73"}),
        ({"candidacy": two}, {"35.73"}),
        ({"institution": str(INSTITUTION)}, {"32.71", "32.73", "35.73"}),
        ({"institution": NOWHERE}, set()),
        ({"mentor": helper}, {"32.73", "35.73"}),
        ({"starts_on_gte": "2026-09-01"}, {"35.73"}),
        ({"starts_on_lt": "2026-09-01"}, {"32.71", "32.73"}),
        ({"ends_on_gte": "2027-01-01"}, {"32.71"}),
        ({"ends_on_lt": "2027-01-01"}, {"32.73", "35.73"}),
    ):
        rows = (await public.get("/v1/mentorships", params=query)).json()["items"]
        assert {row["region_code"] for row in rows} == regions, query
    for sort in ("region_code", "created_at"):
        rows = await every_row(public, "/v1/mentorships", sort=sort, limit=1)
        assert await every_row(public, "/v1/mentorships", sort=f"-{sort}", limit=2) == rows[::-1]
    assert [row["region_code"] for row in await every_row(public, LIST)] == ["32.73", "35.73"]


@pytest.mark.parametrize("person", ["region_editor", "assessor", "mentor", "data_steward", "auditor"])
async def test_the_ministry_alone_decides_who_mentors(as_: As, database: Database, person: str) -> None:
    officer, client = as_("officer"), as_(person)
    (candidacy,) = await make_decided(officer, database)
    mentor = await make_mentor(officer)
    path = await make_mentorship(officer, candidacy, mentor)
    for refused in (
        await record(client, item(candidacy, mentor)),
        await change(client, path, ends_on="2026-11-30"),
        await move(client, path, "active"),
        await client.get("/v1/cohorts/test/mentorship-proposal"),
    ):
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "mentorships:write")
