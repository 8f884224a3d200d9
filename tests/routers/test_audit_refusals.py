"""Refused attempts: who tried what from where, and no secret; of a flood some are told, the others counted."""

import json

import httpx
import pytest
from fastapi import FastAPI

from app.kernel import audit
from app.kernel.addresses import Address, address_of
from app.kernel.audit import PER_NETWORK, PER_PROCESS, Refusals
from app.kernel.db import Database
from tests.conftest import BASE_URL, As, secret_of
from tests.routers.audit import committing, key_id, told
from tests.routers.webhooks import make_webhook

__all__ = ["committing"]  # a fixture

WRONG = "srt_" + "wrong_" * 8
NO_COHORT = {"code": "X"}


async def test_a_refused_attempt_is_told_with_who_tried_what_from_where(as_: As) -> None:
    refused = await as_("mentor").post("/v1/cohorts?dry_run=true", json=NO_COHORT, headers={"X-Request-Id": "tried"})
    assert refused.status_code == 403
    (entry,) = await told(as_, operation="refuse")
    assert entry | {"seq": 0, "at": ""} == {
        "seq": 0,
        "at": "",
        "operation": "refuse",
        "resource": "cohorts",
        "key": "/v1/cohorts",
        "actor": await key_id(as_, "mentor"),
        "address": "127.0.0.1",
        "request_id": "tried",
        "before": None,
        "after": {"status": 403, "code": "forbidden", "method": "POST", "required_permission": "cohorts:write"},
        "withheld": False,
    }


async def test_a_read_that_is_refused_is_told_too_whether_or_not_the_key_was_known(as_: As) -> None:
    await as_("mentor").get("/v1/regions/32.73")
    assert (await as_("mentor").get("/v1/api-keys")).status_code == 403
    (entry,) = await told(as_, operation="refuse")
    assert (entry["key"], entry["actor"]) == ("/v1/api-keys", await key_id(as_, "mentor"))


async def test_a_key_that_is_no_good_is_an_attempt_and_none_is_not(as_: As, app: FastAPI) -> None:
    assert (await as_("public").get("/v1/api-keys")).status_code == 401
    transport = httpx.ASGITransport(app, client=("2001:db8::7", 1))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as stranger:
        for credentials in (f"Bearer {WRONG}", "Basic d3Jvbmc6d3Jvbmc="):
            answer = await stranger.get("/v1/experts?q=secret", headers={"Authorization": credentials})
            assert answer.status_code == 401
    entries = await told(as_, operation="refuse")
    assert [(entry["actor"], entry["address"], entry["after"]["status"]) for entry in entries] == [
        ("unknown", "2001:db8::7", 401)
    ] * 2
    assert {entry["key"] for entry in entries} == {"/v1/experts"}


async def test_no_secret_is_written(as_: As, database: Database) -> None:
    wrong = {"Authorization": f"Bearer {WRONG}", "Cookie": f"a={WRONG}"}
    await as_("public").post("/v1/cohorts", json={"secret": WRONG}, headers=wrong)
    await as_("public").get(f"/v1/experts?q={WRONG}", headers=wrong)
    await as_("mentor").get(f"/v1/api-keys/{WRONG}")
    await as_("mentor").get(f"/v1/api-keys/{'x' * 1000}")
    body = {"name": "x", "role": "auditor", "expires_at": "2027-01-01T00:00:00Z"}
    issued = (await as_("administrator").post("/v1/api-keys", json=body)).json()
    await make_webhook(as_("officer"), url="https://hook.example.org/a-secret-of-theirs")
    async with database.read() as connection:
        log = await connection.fetchval("SELECT string_agg(changes::text, chr(10)) FROM changes")
    assert WRONG not in log
    assert issued["secret"] not in log
    assert secret_of("mentor") not in log
    refused = await told(as_, operation="refuse")
    assert [entry["key"] for entry in refused] == [
        "/v1/api-keys/" + "x" * 187,
        "/v1/api-keys/[redacted]",
        "/v1/experts",
        "/v1/cohorts",
    ]
    (made,) = await told(as_, resource="webhooks")
    assert made["after"]["events"] == ["*"]
    assert "a-secret-of-theirs" not in json.dumps(made)
    assert "digest" not in (await told(as_, resource="api-keys", key=issued["id"]))[0]["after"]


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def read(self) -> float:
        """Tell the time."""
        return self.now


def address(text: str) -> Address:
    found = address_of({"client": (text, 1)})
    assert found is not None
    return found


async def test_of_a_flood_some_are_told_and_the_others_counted(as_: As, app: FastAPI) -> None:
    clock = Clock()
    app.state.refusals = Refusals(clock.read)
    for _ in range(PER_NETWORK + 5):
        assert (await as_("mentor").get("/v1/api-keys")).status_code == 403
    assert len(await told(as_, operation="refuse", limit=200)) == PER_NETWORK
    clock.now += audit.SPAN_S
    for _ in range(2):
        await as_("mentor").get("/v1/api-keys")
    last, counting, *before = await told(as_, operation="refuse", limit=200)
    assert len(before) == PER_NETWORK
    assert counting["after"]["left_out"] == 5
    assert "left_out" not in last["after"]


def test_who_has_many_addresses_has_no_more_room_and_one_flood_takes_no_room_of_others() -> None:
    clock = Clock()
    refusals = Refusals(clock.read)
    one_house = [refusals.admit(address(f"2001:db8::{n:x}")) for n in range(1, PER_NETWORK + 3)]
    assert one_house == [0] * PER_NETWORK + [None, None]
    assert refusals.admit(address("2001:db8:0:1::1")) == 0
    assert refusals.admit(address("203.0.113.7")) == 0
    everyone = [refusals.admit(address(f"198.51.{n // 200}.{n % 200}")) for n in range(PER_PROCESS)]
    assert everyone.count(None) == PER_NETWORK + 2
    clock.now += audit.SPAN_S
    assert refusals.admit(address("2001:db8::1")) == 2


@pytest.mark.commits
async def test_a_refusal_that_cannot_be_written_is_answered_all_the_same(
    committing: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_WRITE", "SELECT $1, $2, $3, $4, $5, $6, $7 FROM nowhere")
    answer = await committing("mentor").get("/v1/api-keys")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert await told(committing, operation="refuse") == []
