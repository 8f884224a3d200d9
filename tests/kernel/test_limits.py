"""Limits: no client takes the share of others, and wrong keys are counted."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.config import Settings
from app.kernel import limits
from app.kernel.auth import KnownKeys
from app.kernel.db import Database
from app.kernel.limits import Limits
from tests.conftest import BASE_URL, As, secret_of
from tests.providers import Provider, token

REGION = "/v1/regions/32.73"
WRONG = {"Authorization": "Bearer srt_" + "0" * 40}
From = Callable[[str], httpx.AsyncClient]


@pytest.fixture
async def few(app: FastAPI, database: Database) -> AsyncIterator[None]:
    """Allow very little for so long, to people whose keys were not seen yet."""
    assert app.state.database is database
    app.state.known_keys = KnownKeys()
    before = app.state.limits
    app.state.limits = Limits(
        Settings(reads_per_minute=3, writes_per_minute=2, exports_per_minute=1, failures_per_minute=2)
    )
    yield
    app.state.limits = before


@asynccontextmanager
async def coming_from(app: FastAPI, address: str, person: str = "public") -> AsyncIterator[httpx.AsyncClient]:
    """Make a client at an address."""
    headers = {} if person == "public" else {"Authorization": f"Bearer {secret_of(person)}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers) as client:
        yield client


async def meet(client: httpx.AsyncClient) -> None:
    """Have the key looked up: until then, its requests are those of its address."""
    assert (await client.get(REGION)).status_code == 200


def left(answer: httpx.Response) -> tuple[str, int]:
    """Return of what there is how much left, once the headers are seen to be well written."""
    policy = re.fullmatch(r'"(\w+)";q=\d+;w=60', answer.headers["ratelimit-policy"])
    share = re.fullmatch(r'"(\w+)";r=(\d+);t=([1-9]\d?)', answer.headers["ratelimit"])
    assert policy is not None
    assert share is not None
    assert policy[1] == share[1]
    return share[1], int(share[2])


@pytest.mark.usefixtures("few")
async def test_every_answer_tells_what_is_left_and_the_next_is_told_to_wait(as_: As) -> None:
    officer = as_("officer")
    await meet(officer)
    assert [left(await officer.get(REGION)) for _ in range(2)] == [("reads", 2), ("reads", 1)]
    missing = await officer.get("/v1/regions/99.99")
    assert (missing.status_code, left(missing)) == (404, ("reads", 0))
    refused = await officer.get(REGION)
    assert (refused.status_code, refused.json()["code"], left(refused)) == (429, "too_many_requests", ("reads", 0))
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert "RateLimit" in refused.json()["detail"]


@pytest.mark.usefixtures("few")
async def test_reads_writes_and_exports_are_counted_apart(as_: As) -> None:
    officer = as_("officer")
    await meet(officer)
    reads = [(await officer.get(REGION)).status_code for _ in range(4)]
    written = await officer.post("/v1/institutions", json={"name": "Universitas X", "kind": "university"})
    exported = await officer.get("/v1/exports/catalogues")
    assert [*reads, written.status_code, exported.status_code] == [200, 200, 200, 429, 201, 200]
    assert [left(answer) for answer in (written, exported)] == [("writes", 1), ("exports", 0)]
    refused = [await officer.get(path) for path in ("/v1/exports/catalogues", REGION)]
    assert [answer.status_code for answer in refused] == [429, 429]
    # Whoever exports needs no advice to do so.
    assert ["/v1/exports" in answer.json()["detail"] for answer in refused] == [False, True]


@pytest.mark.usefixtures("few")
async def test_a_key_is_counted_wherever_it_comes_from_and_the_public_by_address(app: FastAPI) -> None:
    async with coming_from(app, "192.0.2.8", "officer") as here, coming_from(app, "192.0.2.9", "officer") as there:
        await meet(here)
        assert [left(await client.get(REGION))[1] for client in (here, there)] == [2, 1]
    async with coming_from(app, "192.0.2.1") as one, coming_from(app, "192.0.2.2") as other:
        assert [left(await client.get(REGION))[1] for client in (one, one, other)] == [2, 1, 2]
    async with coming_from(app, "2001:db8::1") as one, coming_from(app, "2001:db8::ffff:1") as neighbour:
        assert [left(await client.get(REGION))[1] for client in (one, neighbour)] == [2, 1]
    async with coming_from(app, "2001:db8:0:1::1") as other:
        assert left(await other.get(REGION))[1] == 2


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("path", ["/", "/problems", "/v1/nothing", "/v1/regions?limit=none"])
async def test_where_no_key_is_looked_at_none_makes_another_client(app: FastAPI, path: str) -> None:
    async with coming_from(app, "192.0.2.9") as client:
        shares = [await client.get(path, headers={"Authorization": f"Bearer srt_{n}"}) for n in range(4)]
        assert [left(answer)[1] for answer in shares] == [2, 1, 0, 0]
        assert [answer.status_code == 429 for answer in shares] == [False, False, False, True]


@pytest.mark.usefixtures("few")
async def test_wrong_keys_are_counted_by_address_before_they_are_looked_up(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with coming_from(app, "192.0.2.1") as guesser, coming_from(app, "192.0.2.2") as elsewhere:
        tries = [{"Authorization": f"Bearer srt_{number:040}"} for number in range(3)]
        assert [(await guesser.get(REGION, headers=one)).status_code for one in tries[:2]] == [401, 401]

        async def looked_up(*_: Any) -> None:
            raise AssertionError

        with monkeypatch.context() as patch:
            patch.setattr(KnownKeys, "recall", looked_up)
            refused = await guesser.get(REGION, headers=tries[2])
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_failed_logins")
        assert left(refused) == ("failures", 0)
        # Who has no key is no guesser, and others are others.
        assert (await guesser.get(REGION)).status_code == 200
        assert (await elsewhere.get(REGION, headers=WRONG)).status_code == 401


@pytest.mark.usefixtures("few")
async def test_a_known_key_is_not_kept_out_by_who_guesses_beside_it(app: FastAPI) -> None:
    async with coming_from(app, "192.0.2.1", "officer") as known, coming_from(app, "192.0.2.1") as guesser:
        assert (await known.get(REGION)).status_code == 200
        assert [(await guesser.get(REGION, headers=WRONG)).status_code for _ in range(3)] == [401, 401, 429]
        assert (await known.get(REGION)).status_code == 200
        async with coming_from(app, "192.0.2.1", "auditor") as unknown:
            assert (await unknown.get(REGION)).status_code == 429


@pytest.mark.usefixtures("few")
async def test_nor_is_a_person_who_signed_in(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.state._state, "sign_in", Provider().sign_in())
    async with coming_from(app, "192.0.2.1") as person, coming_from(app, "192.0.2.1") as guesser:
        person.headers["Authorization"] = f"Bearer {token(seratus_role='officer')}"
        await meet(person)
        assert [(await guesser.get(REGION, headers=WRONG)).status_code for _ in range(3)] == [401, 401, 429]
        await meet(person)


@pytest.mark.usefixtures("few")
async def test_a_key_that_nobody_has_seen_is_not_kept_out_by_who_has_none(app: FastAPI) -> None:
    async with coming_from(app, "192.0.2.1") as scraper, coming_from(app, "192.0.2.1", "officer") as officer:
        assert [(await scraper.get(REGION)).status_code for _ in range(4)] == [200, 200, 200, 429]
        assert (await officer.get(REGION)).status_code == 200


@pytest.mark.usefixtures("few")
async def test_a_key_that_is_known_elsewhere_is_as_wrong_as_others(app: FastAPI, as_: As) -> None:
    expires_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    asked = {"name": "x", "role": "auditor", "expires_at": expires_at, "address_ranges": ["10.0.0.0/8"]}
    secret = (await as_("administrator").post("/v1/api-keys", json=asked)).json()["secret"]
    async with coming_from(app, "10.0.0.1") as known, coming_from(app, "192.0.2.1") as guesser:
        headers = {"Authorization": f"Bearer {secret}"}
        assert (await known.get(REGION, headers=headers)).status_code == 200
        assert [(await guesser.get(REGION, headers=WRONG)).status_code for _ in range(2)] == [401, 401]
        refused = await guesser.get(REGION, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_failed_logins")
        assert (await known.get(REGION, headers=headers)).status_code == 200


@pytest.mark.usefixtures("few")
async def test_health_is_told_whatever_happens(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AT_ONCE", 0)
    for _ in range(5):
        answer = await as_("public").get("/health/live")
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers
    assert (await as_("public").get(REGION)).status_code == 503


@pytest.mark.usefixtures("few")
async def test_a_key_is_one_however_its_header_is_written(app: FastAPI) -> None:
    async with coming_from(app, "192.0.2.1") as client, coming_from(app, "192.0.2.1", "officer") as officer:
        await meet(officer)
        spellings = [f"{scheme} {secret_of('officer')}" for scheme in ("Bearer", "bearer", "BEARER")]
        answers = [await client.get(REGION, headers={"Authorization": spelling}) for spelling in spellings]
        assert [left(answer)[1] for answer in answers] == [2, 1, 0]


@pytest.mark.usefixtures("few")
async def test_both_secrets_of_a_key_are_one_client(app: FastAPI, as_: As) -> None:
    administrator = as_("administrator")
    expires_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    made = await administrator.post("/v1/api-keys", json={"name": "x", "role": "auditor", "expires_at": expires_at})
    new = await administrator.post(f"{made.headers['location']}/rotations", headers={"If-Match": "*"})
    async with coming_from(app, "192.0.2.1") as client:
        secrets = [{"Authorization": f"Bearer {answer.json()['secret']}"} for answer in (made, new)]
        for headers in secrets:
            assert (await client.get(REGION, headers=headers)).status_code == 200
        assert [left(await client.get(REGION, headers=headers))[1] for headers in secrets] == [2, 1]


async def test_while_redis_is_away_each_process_counts_for_itself(unused_tcp_port: int) -> None:
    counting = Limits(Settings(redis_url=f"redis://127.0.0.1:{unused_tcp_port}", reads_per_minute=2))
    assert [(await counting.take("reads", "client")).left for _ in range(3)] == [1, 0, -1]
    await counting.counters.close()
