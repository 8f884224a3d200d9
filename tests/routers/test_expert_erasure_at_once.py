"""An erasure among others who write at the same moment, and a search for the person everywhere afterwards."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI, Response

from app.kernel.db import Database
from app.kernel.idempotency import Retry
from app.models.experts import ERASED
from tests.conftest import As, clients_of
from tests.databases import as_owner
from tests.receivers import answer
from tests.routers.factories import every_row, version_in
from tests.routers.panels import make_assessing, make_assessment
from tests.routers.test_api_keys import KEYS, get
from tests.routers.test_expert_erasure import ANY, EMAIL, NAME, PHONE, SECTOR, erase, key_for, make_person
from tests.routers.webhooks import closed_network, hooked

pytestmark = pytest.mark.commits
TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
AND NOT relispartition AND relname <> 'changes' ORDER BY 1
"""
EVENTS = "SELECT id, webhook_id, type, resource, record_key, payload FROM webhook_deliveries"
COMES_LATE = """
INSERT INTO webhook_deliveries (id, webhook_id, type, resource, record_key, payload) VALUES ($1, $2, $3, $4, $5, $6)
"""
# The bytes of a `bytea` are written in hexadecimals.
HOLDS = """
SELECT EXISTS (SELECT FROM {} t, unnest($1::text[]) said WHERE position(said IN to_jsonb(t)::text) > 0
OR position(encode(convert_to(said, 'UTF8'), 'hex') IN to_jsonb(t)::text) > 0)
"""


@pytest.fixture
async def as_(committed: FastAPI) -> AsyncIterator[As]:
    async with clients_of(committed) as client_of:
        yield client_of


@pytest.fixture
def database(committed: FastAPI) -> Database:
    database: Database = committed.state.database
    return database


async def holding(database: Database, *said: str) -> set[str]:
    """Return the tables, whatever is in them, that hold any of these words; the log of changes aside."""
    async with as_owner(database.engine.url) as owner:
        tables = [row["relname"] for row in await owner.fetch(TABLES)]
        assert {"experts", "idempotency_keys", "webhook_deliveries", "jobs", "seals"} <= {*tables}
        return {name for name in tables if await owner.fetchval(HOLDS.format(f'"{name}"'), list(said))}


async def use(as_: As, database: Database, path: str) -> None:
    """Do with an expert what is done with one, each thing with a key for retries."""
    officer, administrator, id_ = as_("officer"), as_("administrator"), path.rpartition("/")[2]
    await make_assessing(officer, "assessed")
    assessment = await make_assessment(officer, database, cohort="assessed")
    key = await administrator.post(KEYS, json=key_for(path), headers={"Idempotency-Key": "issue"})
    conflict = {"expert_id": id_, "region_code": "32.73", "reason": "family"}
    steps: tuple[tuple[httpx.AsyncClient, str, str, dict[str, Any]], ...] = (
        (officer, "PATCH", path, {"name": NAME, "sectors": [SECTOR, "lain"]}),
        (officer, "POST", f"/v1/assessments/{assessment}/panel-members", {"expert_id": id_}),
        (officer, "POST", "/v1/conflict-declarations", conflict),
        (
            officer,
            "POST",
            f"/v1/assessments/{assessment}/conflict-overrides",
            {"expert_id": id_, "reason": "nobody else"},
        ),
        (administrator, "DELETE", f"{KEYS}/{key.json()['id']}", {}),
    )
    for number, (client, method, what, body) in enumerate(steps):
        done = await client.request(method, what, json=body or None, headers=ANY | {"Idempotency-Key": str(number)})
        assert done.is_success, done.text
        assert NAME in done.text


async def test_the_person_is_nowhere_but_in_the_log(as_: As, committed: FastAPI, database: Database) -> None:
    officer = as_("officer")
    async with (
        closed_network(committed) as work,
        hooked(officer, answer(500), answer(200), events=["experts.*"]) as (receiver, _),
    ):
        path = await make_person(officer)
        await use(as_, database, path)
        await work.round()  # which fails, so an event waits that bears the name
        told = ("experts", "expert_contacts", "api_keys", "idempotency_keys", "webhook_deliveries")
        assert await holding(database, NAME, EMAIL, PHONE, SECTOR) == {*told}
        async with database.read() as connection:
            (late,) = await connection.fetch(EVENTS)
        await erase(as_("administrator"), path, **{"Idempotency-Key": "erase"})
        assert await holding(database, NAME, EMAIL, PHONE, SECTOR) == set()
        # What the worker was making at that moment comes afterwards, and goes when it tidies up.
        await work.round()
        async with database.read() as connection:
            await connection.execute(COMES_LATE, *late)
        assert await holding(database, NAME) == {"webhook_deliveries"}
        await work.worker.tidy()
        assert await holding(database, NAME) == set()
        await work.later()
        first, *others = receiver.received
        assert first.event["data"]["record"]["name"] == NAME
        assert [request.event["data"]["record"]["name"] for request in others] == [ERASED]
        assert others[0].event["data"]["record"]["erased_at"] is not None
        assert await every_row(officer, "/v1/experts", q="siti") == []


async def test_nobody_who_writes_meanwhile_brings_anything_back(as_: As, database: Database) -> None:
    """Whoever comes first is overwritten, and whoever comes later is refused."""
    officer, administrator = as_("officer"), as_("administrator")
    for number in range(8):
        made = await officer.post("/v1/experts", json={**_person(number)})
        path = made.headers["location"]

        async def rename(path: str = path, number: int = number) -> httpx.Response:
            return await officer.patch(path, json=_named(number), headers=ANY | {"Idempotency-Key": f"name {number}"})

        async def reach(path: str = path, number: int = number) -> httpx.Response:
            headers = ANY | {"Idempotency-Key": f"reach {number}"}
            return await officer.patch(f"{path}/contact", json={"email": EMAIL}, headers=headers)

        async def open_door(path: str = path) -> httpx.Response:
            return await administrator.post(KEYS, json=key_for(path))

        writes = [rename(), reach(), open_door()]
        place = number % 4
        erasure = administrator.post(f"{path}/erasure", headers={"Idempotency-Key": f"erase {number}"})
        answers = await asyncio.gather(*writes[:place], erasure, *writes[place:])
        erased = answers.pop(place)
        assert erased.status_code == 200, erased.text
        renamed, reached, opened = answers
        assert {renamed.status_code, reached.status_code} <= {200, 409}
        assert opened.status_code in {201, 422}
        assert (await officer.get(path)).content == erased.content
        for key in await every_row(administrator, KEYS, expert=path.rpartition("/")[2]):
            assert (key["name"], key["revoked_at"] is not None) == (ERASED, True)
        assert await holding(database, NAME, EMAIL) == set()


def _person(number: int) -> dict[str, Any]:
    return {"institution_id": "019aa000-0000-7000-8000-000000000001", "roles": ["assessor"], **_named(number)}


def _named(number: int) -> dict[str, str]:
    return {"name": f"{NAME} {number}"}


async def test_erasures_at_once_all_answer_the_same(as_: As, database: Database) -> None:
    """Though each with a key for retries waits for the others to have given their answers."""
    path = await make_person(as_("officer"))
    asks = [erase(as_("administrator"), path, **{"Idempotency-Key": str(number)}) for number in range(3)]
    async with database.write() as session:
        await Retry("key:someone", "slow", b"0" * 32).begin(session)
        waiting = asyncio.gather(*asks)
        await _until_waiting(database, len(asks))
    first, *others = await waiting
    assert {answer.content for answer in others} == {first.content}
    assert (first.json()["name"], version_in(first)) == (ERASED, 2)


async def test_a_change_that_waited_for_the_erasure_is_refused(as_: As, committed: FastAPI, database: Database) -> None:
    """And a key that waited is not issued: each sees what the erasure did, not what was before it."""
    path = await make_person(as_("officer"))
    async with as_owner(database.engine.url) as held, held.transaction():
        id_ = UUID(path.rpartition("/")[2])
        await held.execute("SELECT FROM experts WHERE id = $1 FOR UPDATE", id_)
        await held.execute("SELECT FROM expert_contacts WHERE expert_id = $1 FOR UPDATE", id_)
        waiting = asyncio.gather(
            as_("officer").patch(path, json={"name": NAME}, headers=ANY),
            as_("officer").patch(f"{path}/contact", json={"email": EMAIL}, headers=ANY),
            as_("administrator").post(KEYS, json=key_for(path)),
        )
        await _until_waiting(database, 3)
        await held.execute(
            "UPDATE experts SET name = $2, active = false, sectors = '{}', dimensions = '{}', trained_on = NULL, "
            "home_region_code = NULL, erased_at = now() WHERE id = $1",
            id_,
            ERASED,
        )
    assert [answer.status_code for answer in await waiting] == [409, 409, 422]
    assert (await get(committed, None, path)).status_code == 401


async def test_an_answer_that_is_being_made_is_waited_for(as_: As, database: Database) -> None:
    """It may say the name, which it read before; when it is stored, it is withdrawn with the others."""
    path = await make_person(as_("officer"))
    id_ = path.rpartition("/")[2]
    async with database.write() as session:
        retry = Retry("key:someone", "slow", b"0" * 32)
        await retry.begin(session)
        erasure = asyncio.create_task(erase(as_("administrator"), path))
        await _until_waiting(database, 1)
        # Others who want a kept answer wait too, and go on when the erasure is done.
        other = asyncio.create_task(as_("officer").post("/v1/experts", headers={"Idempotency-Key": "x"}, json={}))
        assert not erasure.done()
        await retry.store(session, Response(f'{{"expert_id":"{id_}","expert_name":"{NAME}"}}'))
    assert (await erasure).json()["name"] == ERASED
    assert (await other).status_code == 422
    assert await holding(database, NAME) == set()


async def _until_waiting(database: Database, count: int) -> None:
    """Return when so many of the database's connections wait for a lock."""
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(4), as_owner(database.engine.url) as owner:
        while await owner.fetchval(waits) < count:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.02)
