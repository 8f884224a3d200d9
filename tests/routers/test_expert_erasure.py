"""An erased expert is nobody: no name, no contact, no key, and nothing brings them back."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.kernel.db import Database
from app.models.experts import ERASED
from tests.conftest import EXPERT, INSTITUTION, As, client_for, clients_of
from tests.ground import laid
from tests.routers.factories import NOWHERE, every_row, faults, make_expert, make_institution
from tests.routers.mentored import make_mentored
from tests.routers.panels import make_assessing, make_assessment, make_member
from tests.routers.test_api_keys import KEYS, asked, get, issue

NAME, EMAIL, PHONE, SECTOR = "Siti Rahayu", "siti@universitas.example", "+62 811 9988 7766", "perahu layar"
PERSON = {
    "name": NAME, "institution_id": str(INSTITUTION), "roles": ["assessor", "mentor"], "sectors": [SECTOR],
    "dimensions": ["economy"], "home_region_code": "32.04", "trained_on": "2026-01-31",
}  # fmt: skip
GONE: dict[str, Any] = {
    "name": ERASED, "sectors": [], "dimensions": [], "home_region_code": None, "trained_on": None, "active": False,
}  # fmt: skip
ANY = {"If-Match": "*"}
ENTRIES = "SELECT count(*) FROM changes"


@laid
async def make_person(officer: httpx.AsyncClient) -> str:
    """Make an expert of whom all is known, and return the path."""
    made = await officer.post("/v1/experts", json=PERSON, headers={"Idempotency-Key": "make"})
    assert made.status_code == 201, made.text
    path = made.headers["location"]
    reached = {"email": EMAIL, "phone": PHONE}
    changed = await officer.patch(f"{path}/contact", json=reached, headers=ANY | {"Idempotency-Key": "reach"})
    assert changed.status_code == 200, changed.text
    return path


async def erase(administrator: httpx.AsyncClient, path: str, **headers: str) -> httpx.Response:
    """Erase an expert."""
    erased = await administrator.post(f"{path}/erasure", headers=headers)
    assert erased.status_code == 200, erased.text
    return erased


def key_for(path: str, **fields: Any) -> dict[str, Any]:
    """Return what asks for a key that acts for an expert and bears the name."""
    return asked(name=NAME, role="assessor", expert_id=path.rpartition("/")[2], **fields)


async def test_the_person_goes_and_what_rules_need_stays(as_: As) -> None:
    officer = as_("officer")
    path = await make_person(officer)
    before = (await officer.get(path)).json()
    assert before["erased_at"] is None
    erased = await erase(as_("administrator"), path)
    shown = await officer.get(path)
    assert (shown.content, shown.headers["etag"]) == (erased.content, erased.headers["etag"])
    after = shown.json()
    assert {name: after[name] for name in GONE} == GONE
    assert after["erased_at"] is not None
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {*GONE, "erased_at", "version", "updated_at"}
    contact = (await officer.get(f"{path}/contact")).json()
    assert (contact["expert_name"], contact["email"], contact["phone"]) == (ERASED, None, None)
    assert await every_row(officer, "/v1/experts", q="siti") == []


async def test_its_keys_end_at_the_next_request_and_lose_the_name(app: FastAPI, as_: As) -> None:
    administrator = as_("administrator")
    path = await make_person(as_("officer"))
    live, ended = [await issue(administrator, **key_for(path)) for _ in range(2)]
    other = await issue(administrator, **asked(name="another", role="assessor", expert_id=str(EXPERT)))
    revoked = (await administrator.delete(f"{KEYS}/{ended['id']}", headers=ANY)).json()["revoked_at"]
    assert (await get(app, f"Bearer {live['secret']}")).status_code == 200
    await erase(administrator, path)
    assert (await get(app, f"Bearer {live['secret']}")).status_code == 401
    keys = {key["id"]: key for key in await every_row(administrator, KEYS, expert=path.rpartition("/")[2])}
    assert {key["name"] for key in keys.values()} == {ERASED}
    assert keys[live["id"]]["revoked_at"] is not None
    assert keys[ended["id"]]["revoked_at"] == revoked
    assert (await get(app, f"Bearer {other['secret']}")).status_code == 200
    assert (await administrator.get(f"{KEYS}/{other['id']}")).json()["name"] == "another"


async def test_erasing_again_answers_the_same_and_changes_nothing(as_: As, database: Database) -> None:
    path = await make_person(as_("officer"))
    first = await erase(as_("administrator"), path)
    async with database.read() as connection:
        entries = await connection.fetchval(ENTRIES)
    again = await erase(as_("administrator"), path)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    async with database.read() as connection:
        assert await connection.fetchval(ENTRIES) == entries


@pytest.mark.parametrize(("language", "title"), [("en", "Expert erased"), ("id", "Pakar telah dihapus")])
async def test_nothing_is_written_of_it_any_more(as_: As, language: str, title: str) -> None:
    officer = as_("officer")
    path = await make_person(officer)
    erased = await erase(as_("administrator"), path)
    contact = (await officer.get(f"{path}/contact")).content
    headers = ANY | {"Accept-Language": language}
    for what, body in (
        (path, {"name": NAME}),
        (path, {"active": True}),
        (path, {"institution_id": str(INSTITUTION)}),
        (path, {"dimensions": ["luck"]}),
        (f"{path}/contact", {"email": EMAIL}),
        (f"{path}/contact", {"phone": None}),
    ):
        refused = await officer.patch(what, json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "expert_erased"), refused.text
        assert refused.json()["title"] == title
    assert (await officer.get(path)).content == erased.content
    assert (await officer.get(f"{path}/contact")).content == contact
    # Nor does anybody get a key to act for it.
    assert faults(await as_("administrator").post(KEYS, json=key_for(path))) == {("/expert_id", "invalid_reference")}


@pytest.mark.parametrize(
    "change",
    ["name = 'Siti'", "active = true", "sectors = '{x}'", "dimensions = '{x}'", "home_region_code = '32.73'",
     "trained_on = '2026-01-31'"],
)  # fmt: skip
async def test_the_database_keeps_it_bare_whoever_writes(as_: As, database: Database, change: str) -> None:
    path = await make_person(as_("officer"))
    statement = text(f"UPDATE experts SET {change} WHERE id = '{path.rpartition('/')[2]}'")  # noqa: S608 - our own words
    async with database.write() as session:
        await session.execute(statement)
        await session.rollback()
    await erase(as_("administrator"), path)
    with pytest.raises(IntegrityError, match="ck_experts_erased"):
        async with database.write() as session:
            await session.execute(statement)


async def test_a_rehearsal_answers_the_same_and_keeps_nothing(app: FastAPI, as_: As, database: Database) -> None:
    officer, administrator = as_("officer"), as_("administrator")
    path = await make_person(officer)
    secret = (await issue(administrator, **key_for(path)))["secret"]
    before = [(await officer.get(one)).content for one in (path, f"{path}/contact")]
    async with database.read() as connection:
        answers = await connection.fetch("SELECT key, status, body FROM idempotency_keys ORDER BY key")
    dry = await administrator.post(f"{path}/erasure?dry_run=true")
    assert (dry.status_code, dry.json()["name"]) == (200, ERASED)
    assert [(await officer.get(one)).content for one in (path, f"{path}/contact")] == before
    assert (await get(app, f"Bearer {secret}")).status_code == 200
    async with database.read() as connection:
        assert await connection.fetch("SELECT key, status, body FROM idempotency_keys ORDER BY key") == answers
    real = (await erase(administrator, path)).json()
    assert {name for name in real if real[name] != dry.json()[name]} <= {"erased_at", "updated_at"}


async def test_a_retry_of_the_erasure_is_answered_as_it_was(as_: As) -> None:
    path = await make_person(as_("officer"))
    first = await erase(as_("administrator"), path, **{"Idempotency-Key": "erase"})
    again = await erase(as_("administrator"), path, **{"Idempotency-Key": "erase"})
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


@pytest.mark.parametrize(("language", "title"), [("en", "answer withdrawn"), ("id", "jawabannya ditarik")])
async def test_a_retry_brings_back_no_answer_and_makes_nobody_anew(as_: As, language: str, title: str) -> None:
    officer = as_("officer")
    path = await make_person(officer)
    place = {"name": "Universitas Lain", "kind": "university"}
    made = await officer.post("/v1/institutions", json=place, headers={"Idempotency-Key": "place"})
    repeats = (
        ("POST", "/v1/experts", PERSON, {"Idempotency-Key": "make"}),
        ("PATCH", f"{path}/contact", {"email": EMAIL, "phone": PHONE}, ANY | {"Idempotency-Key": "reach"}),
    )
    for method, what, body, headers in repeats:
        replayed = await officer.request(method, what, json=body, headers=headers)
        assert (replayed.is_success, replayed.headers["idempotency-replayed"]) == (True, "true")
    await erase(as_("administrator"), path)
    for method, what, body, headers in repeats:
        refused = await officer.request(method, what, json=body, headers=headers | {"Accept-Language": language})
        assert (refused.status_code, refused.json()["code"]) == (410, "answer_withdrawn"), refused.text
        assert refused.json()["title"].endswith(title)
        assert refused.headers["idempotency-replayed"] == "true"
        assert (refused.headers["content-type"], "etag" in refused.headers) == ("application/problem+json", False)
        assert not re.search(f"Siti|siti|9988 ?7766|{SECTOR}", refused.text)
    refused = await officer.post("/v1/experts", json=PERSON, headers={"Idempotency-Key": "make"})
    assert refused.headers["location"] == path
    assert await every_row(officer, "/v1/experts", q="siti") == []
    # Of others nothing is withdrawn.
    again = await officer.post("/v1/institutions", json=place, headers={"Idempotency-Key": "place"})
    assert (again.status_code, again.content) == (201, made.content)


async def test_open_work_stays_under_the_identifier(as_: As, database: Database) -> None:
    officer = as_("officer")
    path = await make_person(officer)
    await make_assessing(officer, "assessed")
    seat = await make_member(officer, await make_assessment(officer, database, cohort="assessed"), path[-36:])
    mentored = await make_mentored(officer, database, cohort="mentored")
    states = [(await officer.get(one)).json()["state"] for one in (seat, f"/v1/mentorships/{mentored.mentorship}")]
    for one in (path, f"/v1/experts/{mentored.mentor}"):
        await erase(as_("administrator"), one)
    shown = (await officer.get(seat)).json()
    assert (shown["expert_id"], shown["expert_name"], shown["state"]) == (path[-36:], ERASED, states[0])
    led = (await officer.get(f"/v1/mentorships/{mentored.mentorship}")).json()
    assert (led["lead_mentor_id"], led["state"]) == (mentored.mentor, states[1])


async def test_nobody_is_erased_who_is_not_there_nor_by_who_may_not(app: FastAPI, as_: As) -> None:
    administrator = as_("administrator")
    path = await make_person(as_("officer"))
    assert (await administrator.post(f"/v1/experts/{NOWHERE}/erasure")).status_code == 404
    refused = await as_("officer").post(f"{path}/erasure")
    assert (refused.status_code, refused.json()["required_permission"]) == (403, "experts:erase")
    narrow = await issue(administrator, role="administrator", scopes=["experts:erase"])
    async with client_for(app, "public") as client:
        client.headers["Authorization"] = f"Bearer {narrow['secret']}"
        assert (await erase(client, path)).json()["name"] == ERASED


@pytest.mark.commits
async def test_no_earlier_moment_brings_the_name_back(committed: FastAPI) -> None:
    """Neither an export of it, nor the way on from a cursor that was left on the way; and whoever follows is told."""
    async with clients_of(committed) as as_:
        officer, administrator = as_("officer"), as_("administrator")
        begin = (await officer.get("/v1/exports/experts")).headers["change-cursor"]
        path = await make_person(officer)
        others = [await make_expert(officer, name=name) for name in ("Budi", "Citra")]
        moment = (await officer.get("/v1/exports/experts")).headers["change-cursor"]
        # Left on the way: the records that were changed last come last.
        await officer.patch(path, json={"roles": ["assessor"]}, headers={"If-Match": "*"})
        follow: dict[str, Any] = {"resource": "experts", "after": begin, "limit": 1}
        left = (await officer.get("/v1/changes", params=follow)).json()
        assert (left["more"], left["items"][0]["key"]) == (True, others[0])
        assert (await erase(administrator, path)).status_code == 200
        then = (await officer.get("/v1/exports/experts", params={"as_of": moment, "format": "json"})).json()
        assert {row["id"]: row["name"] for row in then}[path.rpartition("/")[2]] == ERASED
        assert {row["name"] for row in then} >= {"Budi", "Citra"}
        shown: list[Any] = []
        follow["after"] = left["next_cursor"]
        while len(shown) < 10 and (page := (await officer.get("/v1/changes", params=follow)).json())["items"]:
            shown += page["items"]
            follow["after"] = page["next_cursor"]
        told = {item["key"]: item["record"]["name"] for item in shown}
        assert told == {others[1]: "Citra", path.rpartition("/")[2]: ERASED}
        assert NAME not in str(shown)


@pytest.mark.commits
async def test_who_moved_before_the_erasure_is_found_where_they_were(committed: FastAPI) -> None:
    """Among the institutions of an earlier moment the newest is none."""
    async with clients_of(committed) as as_:
        officer, administrator = as_("officer"), as_("administrator")
        path = await make_person(officer)
        moment = (await officer.get("/v1/exports/experts")).headers["change-cursor"]
        newer = await make_institution(officer, "Universitas Baru")
        moved = await officer.patch(path, json={"institution_id": newer}, headers=ANY)
        assert moved.status_code == 200, moved.text
        await erase(administrator, path)
        then = (await officer.get("/v1/exports/experts", params={"as_of": moment, "format": "json"})).json()
        (person,) = (row for row in then if row["id"] == path.rpartition("/")[2])
        assert (person["name"], person["institution_id"], person["home_region_code"]) == (
            ERASED,
            str(INSTITUTION),
            None,
        )
