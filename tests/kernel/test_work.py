"""The walk of a write: committed before it answers, refused when stale, repeated safely, rehearsed without a trace."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import InvalidRequestError

from app.kernel.db import Database
from tests.conftest import EXPERT, INSTITUTION, As, client_for
from tests.databases import as_owner
from tests.routers.factories import make_cohort

COHORT: dict[str, Any] = {"code": "walk", "year": 2026, "phase": 4, "title": "Walk", "quota": 1, "candidate_quota": 2}


async def test_an_answer_is_what_a_read_then_shows(as_: As) -> None:
    officer = as_("officer")
    created = await officer.post("/v1/cohorts", json=COHORT)
    assert created.status_code == 201
    read = await officer.get(created.headers["location"])
    assert read.content == created.content
    assert read.headers["etag"] == created.headers["etag"] == '"1"'
    changed = await officer.patch(created.headers["location"], json={"title": "Other"}, headers={"If-Match": '"1"'})
    assert changed.json()["version"] == 2
    assert changed.headers["etag"] == '"2"'
    assert (await officer.get("/v1/cohorts/walk")).content == changed.content


@pytest.mark.parametrize(
    ("if_match", "status"),
    [(None, 428), ('"1"', 200), ('"2"', 412), ('W/"1"', 412), ("*", 200), ('"0", "1"', 200), ("1", 412), ("", 412)],
)
async def test_a_change_names_the_version_it_means(as_: As, if_match: str | None, status: int) -> None:
    officer = as_("officer")
    await officer.post("/v1/cohorts", json=COHORT)
    headers = {} if if_match is None else {"If-Match": if_match}
    answer = await officer.patch("/v1/cohorts/walk", json={"title": "Other"}, headers=headers)
    assert answer.status_code == status, answer.text
    if status == 412:
        assert answer.headers["etag"] == '"1"'
    assert ((await officer.get("/v1/cohorts/walk")).json()["title"] == "Other") is (status == 200)


@pytest.mark.parametrize(
    ("known", "status"), [('"1"', 304), ('W/"1"', 304), ("*", 304), ('"2"', 200), ('"0", "1"', 304)]
)
async def test_a_client_that_has_it_is_told_so(as_: As, known: str, status: int) -> None:
    answer = await as_("public").get("/v1/regions/32.73", headers={"If-None-Match": known})
    assert answer.status_code == status
    assert answer.headers["etag"] == '"1"'
    assert (answer.content == b"") is (status == 304)


async def test_a_client_is_told_what_others_changed_in_a_record(as_: As) -> None:
    """The expert shows the name of the institution, whose change is none of the expert's own."""
    officer, path = as_("officer"), f"/v1/experts/{EXPERT}"
    before = await officer.get(path)
    known = {"If-None-Match": before.headers["etag"]}
    assert (await officer.get(path, headers=known)).status_code == 304
    await officer.patch(f"/v1/institutions/{INSTITUTION}", json={"name": "Other"}, headers={"If-Match": "*"})
    after = await officer.get(path, headers=known)
    assert (after.status_code, after.json()["institution_name"]) == (200, "Other")
    assert after.headers["etag"] != before.headers["etag"]
    # A change means the expert's own version, whatever the institution was called when that was learnt.
    tags = {before.headers["etag"]: 200, '"2"': 200, after.headers["etag"]: 412}
    for name, (tag, status) in zip("ABC", tags.items(), strict=True):
        changed = await officer.patch(path, json={"name": name}, headers={"If-Match": tag})
        assert changed.status_code == status, tag


async def test_a_dry_run_answers_the_same_and_keeps_nothing(as_: As) -> None:
    officer = as_("officer")
    dry = await officer.post("/v1/cohorts?dry_run=true", json=COHORT)
    assert dry.status_code == 201
    assert (await officer.get("/v1/cohorts/walk")).status_code == 404
    real = await officer.post("/v1/cohorts", json=COHORT)
    for answer in (dry.json(), real.json()):
        assert answer.pop("created_at")
        assert answer.pop("updated_at")
        assert answer["title"] == "Walk"
    assert dry.json().keys() == real.json().keys()


async def test_the_same_request_happens_once(as_: As) -> None:
    officer = as_("officer")
    headers = {"Idempotency-Key": "once"}
    first = await officer.post("/v1/cohorts", json=COHORT, headers=headers)
    again = await officer.post("/v1/cohorts", json=COHORT, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.content == first.content
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]


async def test_a_key_belongs_to_one_request_and_one_client(as_: As) -> None:
    headers = {"Idempotency-Key": "once"}
    await as_("officer").post("/v1/cohorts", json=COHORT, headers=headers)
    other = await as_("officer").post("/v1/cohorts", json=COHORT | {"code": "other"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    theirs = await as_("second_officer").post("/v1/cohorts", json=COHORT | {"code": "theirs"}, headers=headers)
    assert theirs.status_code == 201


async def test_a_refusal_stores_nothing(as_: As) -> None:
    officer = as_("officer")
    headers = {"Idempotency-Key": "later"}
    bad = await officer.post("/v1/cohorts", json=COHORT | {"quota": 0}, headers=headers)
    assert bad.status_code == 422
    good = await officer.post("/v1/cohorts", json=COHORT, headers=headers)
    assert good.status_code == 201
    dry = await officer.post(
        "/v1/cohorts?dry_run=true", json=COHORT | {"code": "dry"}, headers={"Idempotency-Key": "dry"}
    )
    assert dry.status_code == 201
    real = await officer.post(
        "/v1/cohorts?dry_run=true", json=COHORT | {"code": "dry"}, headers={"Idempotency-Key": "dry"}
    )
    assert "idempotency-replayed" not in real.headers


async def test_rights_are_checked_again_before_a_replay(as_: As, database: Database) -> None:
    headers = {"Idempotency-Key": "rights"}
    await as_("officer").post("/v1/cohorts", json=COHORT, headers=headers)
    async with database.read() as connection:
        await connection.execute("UPDATE api_keys SET role = 'auditor' WHERE name = 'officer'")
    refused = await as_("officer").post("/v1/cohorts", json=COHORT, headers=headers)
    assert (refused.status_code, refused.json()["required_permission"]) == (403, "cohorts:write")


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tin", "\u00e9"])
async def test_a_key_is_printable_and_short(as_: As, key: str) -> None:
    for path in ("/v1/cohorts", "/v1/cohorts?dry_run=true"):
        answer = await as_("officer").post(path, json=COHORT, headers={b"Idempotency-Key": key.encode()})
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "Idempotency-Key")


@pytest.mark.commits
async def test_of_fifty_equal_requests_one_happens(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer:
        headers = {"Idempotency-Key": "fifty"}
        answers = await gather(officer.post("/v1/cohorts", json=COHORT, headers=headers) for _ in range(50))
        fresh = [a for a in answers if a.status_code == 201 and "idempotency-replayed" not in a.headers]
        assert len(fresh) == 1
        replayed = [a for a in answers if "idempotency-replayed" in a.headers]
        assert all(a.content == fresh[0].content for a in replayed)
        others = [a for a in answers if a not in fresh and a not in replayed]
        assert {a.json()["code"] for a in others} <= {"idempotency_in_progress"}


@pytest.mark.commits
async def test_of_fifty_changes_to_one_version_one_wins(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer:
        await make_cohort(officer, "race", state="draft")
        changes = (
            officer.patch("/v1/cohorts/race", json={"title": f"Title {i}"}, headers={"If-Match": '"1"'})
            for i in range(50)
        )
        answers = await gather(changes)
        assert sorted(answer.status_code for answer in answers) == [200] + [412] * 49
        (winner,) = (answer for answer in answers if answer.status_code == 200)
        assert (await officer.get("/v1/cohorts/race")).content == winner.content


@pytest.mark.commits
async def test_a_commit_that_fails_is_not_answered_as_a_success(committed: FastAPI) -> None:
    """A deferred constraint speaks up at commit only: the client must hear of it."""
    database: Database = committed.state.database
    async with as_owner(database.engine.url) as owner:
        await owner.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'late' USING ERRCODE = '23505', CONSTRAINT = 'pk_cohorts'; END $$"
        )
        await owner.execute(
            "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON cohorts DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    async with client_for(committed, "officer") as officer:
        answer = await officer.post("/v1/cohorts", json=COHORT)
        assert (answer.status_code, answer.json()["code"]) == (409, "cohort_code_taken")
        dry = await officer.post("/v1/cohorts?dry_run=true", json=COHORT)
        assert (dry.status_code, dry.json()["code"]) == (409, "cohort_code_taken")
        assert (await officer.get("/v1/cohorts/walk")).status_code == 404


AT_ONCE = "TRIGGER fail BEFORE INSERT ON cohorts"
AT_COMMIT = "CONSTRAINT TRIGGER fail AFTER INSERT ON cohorts DEFERRABLE INITIALLY DEFERRED"
at_once_and_at_commit = pytest.mark.parametrize("trigger", [AT_ONCE, AT_COMMIT], ids=["at once", "at commit"])


async def make_inserts_fail(database: Database, trigger: str, sqlstate: str, times: int) -> None:
    """Let the next inserts of a cohort fail as the server would fail them; a sequence does not roll back."""
    async with as_owner(database.engine.url) as owner:
        await owner.execute("CREATE SEQUENCE tries")
        await owner.execute("GRANT USAGE ON SEQUENCE tries TO PUBLIC")
        await owner.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'failed' USING ERRCODE = '{sqlstate}'; END IF; "
            "RETURN NEW; END $$"
        )
        await owner.execute(f"CREATE {trigger} FOR EACH ROW EXECUTE FUNCTION fail()")


@pytest.mark.commits
@pytest.mark.parametrize("sqlstate", ["40P01", "40001"])
@pytest.mark.parametrize(("failures", "status"), [(2, 201), (3, 503)])
@at_once_and_at_commit
async def test_what_the_database_asks_to_repeat_is_tried_thrice(
    committed: FastAPI, trigger: str, sqlstate: str, failures: int, status: int
) -> None:
    await make_inserts_fail(committed.state.database, trigger, sqlstate, failures)
    async with client_for(committed, "officer") as officer:
        answer = await officer.post("/v1/cohorts", json=COHORT)
        assert answer.status_code == status, answer.text
        assert ("retry-after" in answer.headers) is (status == 503)
        assert (await officer.get("/v1/cohorts/walk")).status_code == (200 if status == 201 else 404)


@pytest.mark.commits
@pytest.mark.parametrize(
    ("sqlstate", "code"),
    [
        ("57014", "timeout"),
        ("55P03", "timeout"),
        ("53300", "unavailable"),
        ("57P01", "unavailable"),
        ("08006", "unavailable"),
    ],
)
@at_once_and_at_commit
async def test_a_struggling_database_is_a_503_and_the_pool_is_healthy_after(
    committed: FastAPI, trigger: str, sqlstate: str, code: str
) -> None:
    await make_inserts_fail(committed.state.database, trigger, sqlstate, 1)
    async with client_for(committed, "officer") as officer:
        answer = await officer.post("/v1/cohorts", json=COHORT)
        assert (answer.status_code, answer.json()["code"]) == (503, code)
        assert int(answer.headers["retry-after"]) > 0
        assert (await officer.post("/v1/cohorts", json=COHORT)).status_code == 201


async def cut_every_connection(database: Database) -> None:
    """Let the server end every connection of the pool, and wait until this side has seen it."""
    async with database.read() as connection:
        pooled = connection
    address = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    other = await asyncpg.connect(address)
    await other.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    await other.close()
    while not pooled.is_closed():  # noqa: ASYNC110 - the driver has no event for it
        await asyncio.sleep(0)


@pytest.mark.commits
async def test_after_the_server_cut_every_connection_the_next_request_is_served(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer:
        assert (await officer.get("/v1/regions/32.73")).status_code == 200
        await cut_every_connection(committed.state.database)
        assert (await officer.get("/v1/regions/32.73")).status_code == 200
        assert (await officer.post("/v1/cohorts", json=COHORT)).status_code == 201


@pytest.mark.commits
async def test_a_finished_session_opens_no_transaction_behind_our_back(committed: FastAPI) -> None:
    async with committed.state.database.write() as session:
        await session.execute(text("SELECT 1"))
    with pytest.raises(InvalidRequestError):
        await session.execute(text("SELECT 1"))


async def gather(requests: Any) -> list[httpx.Response]:
    """Send requests at the same time."""
    pending: list[Awaitable[httpx.Response]] = list(requests)
    return list(await asyncio.gather(*pending))
