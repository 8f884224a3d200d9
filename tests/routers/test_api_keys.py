"""A key's secret is shown once; a key does no more than its role and scopes, for as long as it is good."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import As, client_for, secret_of
from tests.routers.factories import every_row, faults, unlike

KEYS = "/v1/api-keys"


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")


def asked(**fields: Any) -> dict[str, Any]:
    return {"name": "a machine", "role": "officer", "expires_at": in_days(30)} | fields


async def issue(administrator: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    issued = await administrator.post(KEYS, json=asked(**fields))
    assert issued.status_code == 201, issued.text
    key: dict[str, Any] = issued.json()
    return key


async def get(app: FastAPI, authorization: str | None, path: str = "/v1/cohorts") -> httpx.Response:
    """Read something public with credentials of one's own making; a bad key is refused even there."""
    headers = {} if authorization is None else {b"Authorization": authorization.encode()}
    async with client_for(app, "public") as client:
        return await client.get(path, headers=headers)


async def post(app: FastAPI, secret: str, path: str, body: dict[str, Any]) -> httpx.Response:
    async with client_for(app, "public") as client:
        return await client.post(path, json=body, headers={"Authorization": f"Bearer {secret}"})


async def test_a_secret_is_shown_once_and_opens_the_door(app: FastAPI, as_: As) -> None:
    administrator = as_("administrator")
    issued = await administrator.post(KEYS, json=asked())
    key = issued.json()
    assert key["secret"].startswith("srt_")
    assert len(key["secret"]) >= 4 + 43  # 256 bits
    assert key["hint"] == key["secret"][-4:]
    assert (key["role"], key["scopes"], key["region_code"], key["revoked_at"]) == ("officer", None, None, None)
    assert issued.headers["location"] == f"{KEYS}/{key['id']}"
    assert (await get(app, f"Bearer {key['secret']}")).status_code == 200
    read = (await administrator.get(issued.headers["location"])).json()
    assert read == {name: value for name, value in key.items() if name != "secret"}


async def test_a_secret_is_nowhere_else(as_: As, database: Database) -> None:
    """Not in the list, not in the database, not in the log of changes, not in the answer to a retry."""
    administrator, headers = as_("administrator"), {"Idempotency-Key": "once"}
    body = asked()
    first = await administrator.post(KEYS, json=body, headers=headers)
    secret = first.json()["secret"]
    again = await administrator.post(KEYS, json=body, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "shown_once")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    other = await administrator.post(KEYS, json=body | {"name": "another"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    rows = await every_row(administrator, KEYS)
    assert first.json()["id"] in {row["id"] for row in rows}
    assert secret not in json.dumps(rows)
    assert "digest" not in rows[0]
    async with database.read() as connection:
        for table in ("api_keys", "changes", "idempotency_keys", "transitions"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - names from here
            rendered = await connection.fetchval(f"SELECT string_agg(t::text, '') FROM {table} t")  # noqa: S608 - as above
            assert secret not in rendered
            assert secret.encode().hex() not in rendered


async def test_a_rehearsed_key_opens_nothing(app: FastAPI, as_: As) -> None:
    dry = await as_("administrator").post(f"{KEYS}?dry_run=true", json=asked())
    assert dry.status_code == 201
    assert (await get(app, f"Bearer {dry.json()['secret']}")).status_code == 401


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"expires_at": in_days(-1)}, "/expires_at", "out_of_range"),
        ({"expires_at": in_days(365.5)}, "/expires_at", "out_of_range"),
        ({"expires_at": None}, "/expires_at", "wrong_type"),
        ({"expires_at": "2027-01-01"}, "/expires_at", "invalid_format"),
        ({"expires_at": "2027-01-01T00:00:00"}, "/expires_at", "invalid_format"),
        ({"role": "public"}, "/role", "invalid_choice"),
        ({"role": "king"}, "/role", "invalid_choice"),
        ({"scopes": ["regions:read", "regions:eat"]}, "/scopes/1", "invalid_choice"),
        ({"scopes": ["cohorts:write", "regions:write"]}, "/scopes/1", "not_allowed"),
        ({"role": "region_editor"}, "/region_code", "required"),
        ({"role": "region_editor", "region_code": "99.99"}, "/region_code", "invalid_reference"),
        ({"region_code": "32.73"}, "/region_code", "not_allowed"),
        ({"name": ""}, "/name", "too_short"),
        ({"secret": "srt_mine"}, "/secret", "unknown_field"),
        ({"digest": "00"}, "/digest", "unknown_field"),
        ({"created_by": "key:1"}, "/created_by", "unknown_field"),
    ],
)
async def test_nonsense_is_refused_with_its_place(as_: As, fields: dict[str, Any], pointer: str, code: str) -> None:
    assert faults(await as_("administrator").post(KEYS, json=asked(**fields))) == {(pointer, code)}


async def test_a_key_is_good_for_a_year_at_most(as_: As) -> None:
    assert (await issue(as_("administrator"), expires_at=in_days(364.9)))["secret"]


async def test_scopes_narrow_a_key_and_the_lack_is_named(app: FastAPI, as_: As) -> None:
    """Every operation is tried so in tests/test_access.py."""
    reader = await issue(as_("administrator"), scopes=["cohorts:read"])
    body = {"code": "x", "year": 2026, "phase": 4, "title": "X", "quota": 1, "candidate_quota": 1}
    assert (await get(app, f"Bearer {reader['secret']}", "/v1/cohorts")).status_code == 200
    refused = await post(app, reader["secret"], "/v1/cohorts", body)
    assert (refused.status_code, refused.json()["required_permission"]) == (403, "cohorts:write")
    # Not even what the public may do: such a key says on purpose what it is for.
    other = await get(app, f"Bearer {reader['secret']}", "/v1/regions")
    assert (other.status_code, other.json()["required_permission"]) == (403, "regions:read")


async def test_a_key_without_any_scope_opens_nothing(app: FastAPI, as_: As) -> None:
    empty = await issue(as_("administrator"), scopes=[])
    assert empty["scopes"] == []
    assert (await get(app, f"Bearer {empty['secret']}")).status_code == 403


async def test_scopes_of_a_key_are_shown_sorted_and_once(as_: As) -> None:
    key = await issue(as_("administrator"), scopes=["regions:read", "cohorts:read", "regions:read"])
    assert key["scopes"] == ["cohorts:read", "regions:read"]


async def test_a_key_makes_no_key_above_itself(app: FastAPI, as_: As) -> None:
    maker = await issue(
        as_("administrator"), role="administrator", scopes=["api_keys:manage", "regions:read", "cohorts:read"]
    )
    for role in ("officer", "administrator", "auditor"):
        refused = await post(app, maker["secret"], KEYS, asked(role=role))
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), role
    above = asked(role="administrator", scopes=["api_keys:manage", "cohorts:write"])
    assert (await post(app, maker["secret"], KEYS, above)).status_code == 403
    within = asked(role="auditor", scopes=["regions:read", "cohorts:read"])
    made = await post(app, maker["secret"], KEYS, within)
    assert made.status_code == 201
    assert made.json()["created_by"] == f"key:{maker['id']}"


async def test_a_region_editors_key_speaks_for_its_region(app: FastAPI, as_: As) -> None:
    key = await issue(as_("administrator"), role="region_editor", region_code="51.03")
    headers = {"Authorization": f"Bearer {key['secret']}", "If-Match": "*"}
    async with client_for(app, "public") as editor:
        for region, status in (("51.03", 200), ("51.02", 403), ("51", 403), ("32.73", 403)):
            answer = await editor.patch(f"/v1/regions/{region}/profile", json={"problems": []}, headers=headers)
            assert answer.status_code == status, region


async def test_a_revoked_key_is_refused_from_the_next_request_on(app: FastAPI, as_: As) -> None:
    administrator = as_("administrator")
    key = await issue(administrator)
    path, authorization = f"{KEYS}/{key['id']}", f"Bearer {key['secret']}"
    assert (await get(app, authorization)).status_code == 200
    revoked = await administrator.delete(path, headers={"If-Match": '"1"'})
    assert (revoked.status_code, revoked.json()["version"]) == (200, 2)
    assert revoked.json()["revoked_at"]
    assert (await get(app, authorization)).status_code == 401
    again = await administrator.delete(path, headers={"If-Match": '"2"'})
    assert again.json() == revoked.json()  # ended once
    assert (await administrator.get(path)).json() == revoked.json()
    assert (await administrator.delete(path)).status_code == 428
    assert (await administrator.delete(path, headers={"If-Match": '"1"'})).status_code == 412


async def test_every_key_that_is_no_good_gets_one_and_the_same_answer(
    app: FastAPI, as_: As, database: Database
) -> None:
    expired, revoked = await issue(as_("administrator")), await issue(as_("administrator"))
    await as_("administrator").delete(f"{KEYS}/{revoked['id']}", headers={"If-Match": "*"})
    async with database.read() as connection:
        await connection.execute(
            "UPDATE api_keys SET expires_at = clock_timestamp() - interval '1 second' WHERE id = $1", expired["id"]
        )
    good = secret_of("officer")
    assert (await get(app, f"Bearer {good}")).status_code == 200  # so it is known, however it is sent
    bad = [
        "Bearer srt_" + "x" * 43,  # unknown
        f"Bearer {expired['secret']}",
        f"Bearer {revoked['secret']}",
        f"Bearer {good[:-1]}",
        f"Bearer {good}x",
        f"Bearer {good.upper()}",
        f"Bearer  {good}",
        f"Bearer {good} {good}",
        "Bearer srt_",
        "Bearer " + "srt_" + "x" * 5000,
        "Bearer",
        "Bearer ",
        "",
        f"Basic {good}",
        good,
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Bearer srt_' OR 1=1 --",
        "Bearer srt_\u00e9",
    ]
    answers = [await get(app, authorization) for authorization in bad]
    assert {answer.status_code for answer in answers} == {401}
    bodies = [answer.json() for answer in answers]
    assert len({body.pop("request_id") for body in bodies}) == len(bad)
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["code"] == "unauthenticated"
    assert all(unlike(answers[0].headers, answer.headers) <= {"x-request-id"} for answer in answers)
    assert answers[0].headers["www-authenticate"] == "Bearer"
    # And no key at all, where one is needed, gets that answer too.
    missing = await get(app, None, KEYS)
    assert missing.json() | {"request_id": 0, "instance": 0} == bodies[0] | {"request_id": 0, "instance": 0}


@pytest.mark.usefixtures("database")
async def test_the_scheme_is_written_in_any_case(app: FastAPI) -> None:
    for scheme in ("bearer", "BEARER"):
        assert (await get(app, f"{scheme} {secret_of('auditor')}")).status_code == 200


async def test_a_key_that_expires_while_it_is_used_stops(app: FastAPI, as_: As, database: Database) -> None:
    key = await issue(as_("administrator"))
    assert (await get(app, f"Bearer {key['secret']}")).status_code == 200
    async with database.read() as connection:
        await connection.execute("UPDATE api_keys SET expires_at = clock_timestamp() WHERE id = $1", key["id"])
    assert (await get(app, f"Bearer {key['secret']}")).status_code == 401


async def test_keys_are_listed_by_role_region_and_revocation(as_: As) -> None:
    administrator = as_("administrator")
    key = await issue(administrator, role="region_editor", region_code="51.03")
    await administrator.delete(f"{KEYS}/{key['id']}", headers={"If-Match": "*"})
    assert [row["id"] for row in await every_row(administrator, KEYS, region="51.03")] == [key["id"]]
    assert [row["id"] for row in await every_row(administrator, KEYS, revoked="true")] == [key["id"]]
    valid = await every_row(administrator, KEYS, revoked="false", sort="expires_at")
    assert key["id"] not in {row["id"] for row in valid}
    assert {row["role"] for row in await every_row(administrator, KEYS, role="officer")} == {"officer"}
    ends = [row["expires_at"] for row in valid]
    assert ends == sorted(ends)


@pytest.mark.parametrize("id_", ["01890000-0000-7000-8000-000000000000", "1", "None", "x" * 300])
async def test_an_unknown_key_is_not_found(as_: As, id_: str) -> None:
    for method in ("GET", "DELETE"):
        answer = await as_("administrator").request(method, f"{KEYS}/{id_}", headers={"If-Match": "*"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
