"""A key names whom it speaks for, where its role speaks for someone, and nobody else."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request

from app.domain.principals import Principal
from app.kernel.auth import authenticate
from app.kernel.db import Database
from tests.conftest import EXPERT, INSTITUTION, As, secret_of
from tests.routers.factories import NOWHERE, every_row, faults, make_expert, make_institution

REGION = {"region_code": "32.04"}
ASSESSOR = {"expert_id": str(EXPERT)}
MENTOR = {"institution_id": str(INSTITUTION)}
NAMES = {**REGION, **ASSESSOR, **MENTOR}


def asked(role: str, **fields: Any) -> dict[str, Any]:
    return {"name": "x", "role": role, "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()} | fields


async def principal_of(database: Database, app: FastAPI, secret: str) -> Principal:
    headers = [(b"authorization", f"Bearer {secret}".encode())]
    request = Request({"type": "http", "headers": headers, "app": app})
    return (await authenticate(database.read, request)).principal


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("region_editor", REGION),
        ("assessor", ASSESSOR),
        ("mentor", MENTOR),
        ("mentor", {}),
        ("data_steward", {}),
        ("auditor", {}),
        ("officer", {}),
        ("administrator", {}),
    ],
)
async def test_a_key_speaks_for_whom_it_names(
    as_: As, app: FastAPI, database: Database, role: str, names: dict[str, str]
) -> None:
    administrator = as_("administrator")
    issued = await administrator.post("/v1/api-keys", json=asked(role, **names))
    assert issued.status_code == 201, issued.text
    shown = (await administrator.get(issued.headers["location"])).json()
    assert {name: shown[name] for name in NAMES} == dict.fromkeys(NAMES) | names
    principal = await principal_of(database, app, issued.json()["secret"])
    spoken_for = (principal.region, principal.expert, principal.institution)
    ids = [names.get("region_code"), *(names.get(name) for name in ("expert_id", "institution_id"))]
    assert spoken_for == (ids[0], *(uuid.UUID(id_) if id_ else None for id_ in ids[1:]))


@pytest.mark.parametrize(
    ("role", "names", "refused"),
    [
        ("region_editor", {}, {("/region_code", "required")}),
        ("assessor", {}, {("/expert_id", "required")}),
        ("region_editor", ASSESSOR, {("/region_code", "required"), ("/expert_id", "not_allowed")}),
        ("region_editor", {**REGION, **MENTOR}, {("/institution_id", "not_allowed")}),
        ("assessor", {**ASSESSOR, **REGION}, {("/region_code", "not_allowed")}),
        ("assessor", {**ASSESSOR, **MENTOR}, {("/institution_id", "not_allowed")}),
        ("mentor", ASSESSOR, {("/expert_id", "not_allowed")}),
        ("mentor", REGION, {("/region_code", "not_allowed")}),
        ("officer", NAMES, {(f"/{name}", "not_allowed") for name in NAMES}),
        ("region_editor", {"region_code": "99.99"}, {("/region_code", "invalid_reference")}),
        ("assessor", {"expert_id": NOWHERE}, {("/expert_id", "invalid_reference")}),
        ("mentor", {"institution_id": NOWHERE}, {("/institution_id", "invalid_reference")}),
        ("assessor", {"expert_id": "ani"}, {("/expert_id", "invalid_format")}),
    ],
)
async def test_a_key_that_names_too_little_or_too_much_is_refused(
    as_: As, role: str, names: dict[str, str], refused: set[tuple[str, str]]
) -> None:
    assert faults(await as_("administrator").post("/v1/api-keys", json=asked(role, **names))) == refused


@pytest.mark.parametrize("fields", [{"roles": ["mentor", "facilitator"]}, {"active": False}])
async def test_only_an_active_assessor_gets_an_assessors_key(as_: As, fields: dict[str, Any]) -> None:
    expert = await make_expert(as_("officer"), **fields)
    answers = [
        await as_("administrator").post("/v1/api-keys", json=asked("assessor", expert_id=id_))
        for id_ in (expert, NOWHERE)
    ]
    assert faults(answers[0]) == {("/expert_id", "invalid_reference")}
    assert answers[0].json()["errors"] == answers[1].json()["errors"]  # of no use to find out who is an expert


async def test_keys_are_found_by_whom_they_speak_for(as_: As) -> None:
    officer, administrator = as_("officer"), as_("administrator")
    expert, institution = await make_expert(officer), await make_institution(officer)
    for role, names in (("assessor", {"expert_id": expert}), ("mentor", {"institution_id": institution})):
        assert (await administrator.post("/v1/api-keys", json=asked(role, **names))).status_code == 201
    for query, role in (({"expert": expert}, "assessor"), ({"institution": institution}, "mentor")):
        assert [row["role"] for row in await every_row(administrator, "/v1/api-keys", **query)] == [role]
    assert await every_row(administrator, "/v1/api-keys", expert=NOWHERE) == []


async def test_a_key_from_before_there_were_experts_speaks_for_none(as_: As, app: FastAPI, database: Database) -> None:
    async with database.read() as connection:
        await connection.execute("UPDATE api_keys SET expert_id = NULL WHERE name = 'assessor'")
    assert (await principal_of(database, app, secret_of("assessor"))).expert is None
    assert (await as_("assessor").get("/v1/cohorts")).status_code == 200
