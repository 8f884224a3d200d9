"""How to reach an expert: for the ministry, the expert's institution and the mentored region, and in no log."""

import httpx
import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import EXPERT, As
from tests.routers.assessments import speaking_for
from tests.routers.factories import NOWHERE, faults, make_expert, make_institution, move, version_in
from tests.routers.mentored import make_mentored
from tests.routers.mentoring import make_mentor

REACHED = {"email": "pembimbing@universitas.ac.id", "phone": "+62 812-3456-7890"}


async def change(client: httpx.AsyncClient, expert: str, **changes: object) -> httpx.Response:
    return await client.patch(f"/v1/experts/{expert}/contact", json=changes, headers={"If-Match": "*"})


async def seen(client: httpx.AsyncClient, expert: str) -> int:
    return (await client.get(f"/v1/experts/{expert}/contact")).status_code


async def test_an_expert_is_made_with_a_contact_to_be_filled_in(as_: As) -> None:
    officer = as_("officer")
    expert = await make_expert(officer)
    path = f"/v1/experts/{expert}/contact"
    shown = await officer.get(path)
    assert (shown.json()["expert_id"], shown.json()["expert_name"]) == (expert, "Ani")
    assert (shown.json()["email"], shown.json()["phone"], version_in(shown)) == (None, None, 1)
    after = await officer.patch(path, json=REACHED, headers={"If-Match": '"1"'})
    assert {name: after.json()[name] for name in REACHED} == REACHED
    stale = await officer.patch(path, json=REACHED, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')
    cleared = await change(officer, expert, phone=None)
    assert (cleared.json()["email"], cleared.json()["phone"]) == (REACHED["email"], None)
    # It is no part of the expert, whom more may read.
    assert REACHED["email"] not in (await as_("assessor").get(f"/v1/experts/{expert}")).text


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("email", "no address", "invalid_format"),
        ("email", "a@b", "invalid_format"),
        ("email", f"{'a' * 300}@b.id", "too_long"),
        ("phone", "call me", "invalid_format"),
        ("phone", "+" + "1" * 40, "too_long"),
        ("phone", 62812, "wrong_type"),
        ("fax", "1", "unknown_field"),
    ],
)
async def test_what_reaches_nobody_is_refused_and_not_repeated(as_: As, field: str, value: object, code: str) -> None:
    refused = await change(as_("officer"), str(EXPERT), **{field: value})
    assert faults(refused) == {(f"/{field}", code)}
    assert str(value) not in refused.json()["errors"][0]["message"]


async def test_who_may_know_and_who_may_not(as_: As, app: FastAPI, database: Database) -> None:
    officer, administrator = as_("officer"), as_("administrator")
    mentored = await make_mentored(officer, database)
    other = await make_institution(officer)
    stranger = await make_mentor(officer, "Gita", institution=other)
    for person in ("officer", "administrator", "auditor", "mentor", "region_editor"):
        assert await seen(as_(person), mentored.mentor) == 200, person
    for person, expected in (("assessor", 403), ("data_steward", 403), ("public", 401)):
        assert await seen(as_(person), mentored.mentor) == expected
    # Of another institution's expert neither knows anything: the answer is that of one who is not there.
    for person in ("mentor", "region_editor"):
        hidden, absent = [await as_(person).get(f"/v1/experts/{one}/contact") for one in (stranger, NOWHERE)]
        assert hidden.status_code == absent.status_code == 404
        assert hidden.json() | {"instance": "", "request_id": ""} == absent.json() | {"instance": "", "request_id": ""}
    async with (
        speaking_for(app, administrator, "mentor", institution_id=other) as foreign,
        speaking_for(app, administrator, "mentor") as unbound,
        speaking_for(app, administrator, "region_editor", region_code="32.04") as elsewhere,
    ):
        for client in (foreign, unbound, elsewhere):
            assert await seen(client, mentored.mentor) == 404
        assert (await change(foreign, mentored.mentor, phone=None)).status_code == 404
        assert (await change(foreign, stranger, **REACHED)).status_code == 200
    for person, expected in (("region_editor", 403), ("auditor", 403), ("mentor", 200), ("officer", 200)):
        assert (await change(as_(person), mentored.mentor, **REACHED)).status_code == expected, person


async def test_a_region_knows_it_for_as_long_as_it_is_mentored(as_: As, database: Database) -> None:
    officer, editor = as_("officer"), as_("region_editor")
    mentored = await make_mentored(officer, database)
    path = f"/v1/mentorships/{mentored.mentorship}"
    helper = await make_mentor(officer, "Eko")
    assert [await seen(editor, one) for one in (mentored.mentor, helper, str(EXPERT))] == [200, 404, 404]
    changed = await officer.patch(path, json={"facilitator_ids": [helper]}, headers={"If-Match": "*"})
    # The cohort is still open in this test, yet who mentors may change.
    assert changed.status_code == 200, changed.text
    assert await seen(editor, helper) == 200
    await move(officer, path, "ended")
    assert [await seen(editor, one) for one in (mentored.mentor, helper)] == [404, 404]


async def test_the_change_log_keeps_none_of_it(as_: As, database: Database) -> None:
    officer = as_("officer")
    expert = await make_expert(officer)
    await change(officer, expert, **REACHED)
    async with database.read() as connection:
        entries = await connection.fetch(
            "SELECT operation, before::text || after::text AS told, after::text AS after FROM changes "
            "WHERE resource = 'expert-contacts' AND key = $1 ORDER BY seq",
            expert,
        )
    assert [entry["operation"] for entry in entries] == ["create", "update"]
    for entry in entries:
        assert not any(value in f"{entry['told']}{entry['after']}" for value in ("universitas", "3456"))


async def test_no_log_line_and_no_span_tells_it(as_: As, capsys: pytest.CaptureFixture[str]) -> None:
    await change(as_("officer"), str(EXPERT), **REACHED)
    await change(as_("officer"), str(EXPERT), email="nobody at all")
    printed = capsys.readouterr()
    assert not any(value in printed.out + printed.err for value in ("universitas", "3456", "nobody"))
