"""A key with address ranges is good from there, and from elsewhere it is like no key at all."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.kernel.auth import KnownKeys, holder_of
from app.kernel.db import Database
from tests.conftest import BASE_URL, As
from tests.routers.factories import faults, unlike

KEYS = "/v1/api-keys"
INSIDE, OUTSIDE = "10.1.2.3", "11.1.2.3"
UNKNOWN = "srt_" + "x" * 43
COHORT = {"code": "x", "year": 2030, "phase": 9, "title": "X", "quota": 1, "candidate_quota": 1}


def asked(**fields: Any) -> dict[str, Any]:
    expires_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    return {"name": "x", "role": "administrator", "expires_at": expires_at} | fields


async def issue(as_: As, *ranges: str) -> dict[str, Any]:
    issued = await as_("administrator").post(KEYS, json=asked(address_ranges=list(ranges)))
    assert issued.status_code == 201, issued.text
    key: dict[str, Any] = issued.json()
    return key


def client_at(app: FastAPI, address: str, secret: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers={"Authorization": f"Bearer {secret}"})


async def refused_like_an_unknown_key(app: FastAPI, secret: str, method: str, path: str, body: Any) -> bool:
    """Send it from outside with this key and with one that nobody made; compare all that comes back."""
    headers = {"X-Request-Id": "same"}
    answers = []
    for sent in (secret, UNKNOWN):
        async with client_at(app, OUTSIDE, sent) as client:
            answers.append(await client.request(method, path, headers=headers, json=body))
    told, unknown = answers
    return (told.status_code, told.content) == (401, unknown.content) and not unlike(told.headers, unknown.headers)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/regions/32.73", None),
        ("GET", "/v1/regions?limit=1", None),
        ("GET", KEYS, None),
        ("GET", "/v1/exports/cohorts", None),
        ("GET", "/v1/changes", None),
        ("GET", "/v1/regions.geojson", None),
        ("POST", "/v1/cohorts?dry_run=true", COHORT),
        ("POST", "/v1/webhooks?dry_run=true", {"url": "https://hook.example.org/", "events": ["*"]}),
    ],
)
async def test_from_elsewhere_it_is_like_no_key(
    app: FastAPI, as_: As, method: str, path: str, body: dict[str, Any] | None
) -> None:
    key = await issue(as_, "192.0.2.0/24", "10.0.0.0/8")
    assert await refused_like_an_unknown_key(app, key["secret"], method, path, body)
    async with client_at(app, INSIDE, key["secret"]) as inside:
        assert (await inside.request(method, path, json=body)).is_success
    # What the service remembers of the key now lets nobody in from elsewhere, and keeps nobody out.
    assert await refused_like_an_unknown_key(app, key["secret"], method, path, body)
    async with client_at(app, INSIDE, key["secret"]) as inside:
        assert (await inside.request(method, path, json=body)).is_success


@pytest.mark.parametrize(
    ("ranges", "address", "good"),
    [
        (["10.0.0.0/8"], "10.255.255.255", True),
        (["10.0.0.0/8"], "::ffff:10.0.0.9", True),
        (["10.0.0.0/8"], "2001:db8::1", False),
        (["10.0.0.0/8"], "", False),
        (["2001:db8::/32"], "2001:db8:ffff::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        (["192.0.2.7"], "192.0.2.7", True),
        (["192.0.2.7"], "192.0.2.8", False),
        (["0.0.0.0/0"], "2001:db8::1", False),
        (["0.0.0.0/0", "::/0"], "2001:db8::1", True),
    ],
)
async def test_what_lies_in_the_ranges(app: FastAPI, as_: As, ranges: list[str], address: str, good: bool) -> None:
    key = await issue(as_, *ranges)
    async with client_at(app, address, key["secret"]) as client:
        assert (await client.get("/v1/cohorts")).status_code == (200 if good else 401)


async def test_a_key_without_ranges_is_good_from_anywhere(app: FastAPI, as_: As) -> None:
    issued = (await as_("administrator").post(KEYS, json=asked(address_ranges=None))).json()
    assert issued["address_ranges"] is None
    for address in (INSIDE, "2001:db8::1", ""):
        async with client_at(app, address, issued["secret"]) as client:
            assert (await client.get("/v1/cohorts")).is_success


async def test_what_forwarded_for_says_counts_for_nothing(app: FastAPI, as_: As) -> None:
    key = await issue(as_, "10.0.0.0/8")
    async with client_at(app, OUTSIDE, key["secret"]) as client:
        assert (await client.get("/v1/cohorts", headers={"X-Forwarded-For": INSIDE})).status_code == 401


async def test_a_known_key_is_let_in_without_a_question_of_its_own(
    app: FastAPI, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await issue(as_, "10.0.0.0/8")
    async with client_at(app, INSIDE, key["secret"]) as client:
        assert (await client.get("/v1/cohorts")).is_success
        asked_again: list[object] = []

        async def refresh(*_arguments: object) -> None:
            asked_again.append(1)

        monkeypatch.setattr(KnownKeys, "refresh", refresh)
        assert (await client.get("/v1/cohorts")).is_success
        assert not asked_again


async def test_the_next_request_notices_that_the_ranges_are_others(app: FastAPI, as_: As, database: Database) -> None:
    key = await issue(as_, "10.0.0.0/8")
    async with AsyncExitStack() as stack:
        inside, outside = [
            await stack.enter_async_context(client_at(app, address, key["secret"])) for address in (INSIDE, OUTSIDE)
        ]
        assert [(await client.get("/v1/cohorts")).status_code for client in (inside, outside)] == [200, 401]
        async with database.read() as connection:
            await connection.execute("UPDATE api_keys SET address_ranges = '{11.0.0.0/8}' WHERE id = $1", key["id"])
        assert [(await client.get("/v1/cohorts")).status_code for client in (inside, outside)] == [401, 200]


async def test_what_acts_through_a_key_without_a_request_comes_from_no_address(as_: As, database: Database) -> None:
    """A webhook sees what its key sees, wherever that is good from."""
    key = await issue(as_, "10.0.0.0/8")
    async with database.read() as connection:
        holder = await holder_of(connection, UUID(key["id"]))
    assert holder is not None
    assert holder.id == f"key:{key['id']}"


async def test_ranges_are_shown_as_they_are_meant(as_: As) -> None:
    key = await issue(as_, "192.0.2.7", "2001:0DB8:0::/32", "10.0.0.0/8")
    assert key["address_ranges"] == ["192.0.2.7/32", "2001:db8::/32", "10.0.0.0/8"]
    shown = (await as_("administrator").get(f"{KEYS}/{key['id']}")).json()
    assert shown["address_ranges"] == key["address_ranges"]


@pytest.mark.parametrize(
    ("ranges", "fault"),
    [
        ([], ("/address_ranges", "too_short")),
        ([f"10.0.{number}.0/24" for number in range(21)], ("/address_ranges", "too_long")),
        (["10.0.0.0/8", "10.0.0.9/8"], ("/address_ranges/1", "invalid_format")),
        (["2001:db8::1/32"], ("/address_ranges/0", "invalid_format")),
        (["10.0.0.0/33"], ("/address_ranges/0", "invalid_format")),
        (["10.0.0/8"], ("/address_ranges/0", "invalid_format")),
        (["10.0.0.0/255.0.0.0"], ("/address_ranges/0", "invalid_format")),
        (["::ffff:10.0.0.0/104"], ("/address_ranges/0", "invalid_format")),
        (["fe80::%eth0/64"], ("/address_ranges/0", "invalid_format")),
        (["office"], ("/address_ranges/0", "invalid_format")),
        ([""], ("/address_ranges/0", "too_short")),
        ([10], ("/address_ranges/0", "wrong_type")),
        ("10.0.0.0/8", ("/address_ranges", "wrong_type")),
        (["10.0.0.9", "10.0.0.9/32"], ("/address_ranges", "duplicate")),
    ],
)
async def test_what_are_no_ranges_is_refused_with_its_place(as_: As, ranges: Any, fault: tuple[str, str]) -> None:
    assert faults(await as_("administrator").post(KEYS, json=asked(address_ranges=ranges))) == {fault}


async def test_bits_beyond_the_prefix_are_told_in_words(as_: As) -> None:
    said = [
        (
            await as_("administrator").post(
                KEYS, json=asked(address_ranges=["10.0.0.9/8"]), headers={"Accept-Language": language}
            )
        ).json()["errors"][0]["message"]
        for language in ("en", "id")
    ]
    assert "beyond the prefix" in said[0]
    assert "di luar prefiks" in said[1]


async def test_twenty_ranges_are_taken(as_: As) -> None:
    assert len((await issue(as_, *(f"10.0.{number}.0/24" for number in range(20))))["address_ranges"]) == 20


@pytest.mark.parametrize(
    ("ranges", "made"),
    [
        (["10.0.0.0/8"], True),
        (["10.1.0.0/16", "2001:db8:1::/48"], True),
        (None, False),
        (["0.0.0.0/0"], False),
        (["10.0.0.0/8", "11.0.0.0/8"], False),
        (["2001:db8::/32", "2001::/16"], False),
    ],
)
async def test_a_key_makes_none_that_is_good_from_where_it_is_not_itself(
    app: FastAPI, as_: As, ranges: list[str] | None, made: bool
) -> None:
    own = await issue(as_, "10.0.0.0/8", "2001:db8::/32")
    other = (await as_("administrator").post(KEYS, json=asked(address_ranges=ranges))).json()
    async with client_at(app, INSIDE, own["secret"]) as inside:
        issued = await inside.post(KEYS, json=asked(address_ranges=ranges))
        rotated = await inside.post(f"{KEYS}/{other['id']}/rotations", headers={"If-Match": "*"})
    if made:
        assert (issued.status_code, rotated.status_code) == (201, 200)
    else:
        assert faults(issued) == {("/address_ranges", "not_allowed")}
        assert (rotated.status_code, rotated.json()["required_permission"]) == (403, "api_keys:manage")


async def test_a_key_with_ranges_renews_itself(app: FastAPI, as_: As) -> None:
    own = await issue(as_, "10.0.0.0/8")
    async with client_at(app, INSIDE, own["secret"]) as inside:
        assert (await inside.post(f"{KEYS}/{own['id']}/rotations", headers={"If-Match": "*"})).status_code == 200
