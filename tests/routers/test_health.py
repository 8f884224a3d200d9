"""Alive, ready, and how it is doing."""

import uuid

import httpx
import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from app.kernel.engines import create_engine
from tests.conftest import As, client_for, cloned_database
from tests.databases import as_owner, empty_database


async def test_alive_without_a_database(app: FastAPI) -> None:
    app.state.database = None
    async with client_for(app, "public") as client:
        answer = await client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


async def test_ready_with_a_migrated_database(as_: As) -> None:
    answer = await as_("public").get("/health/ready")
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "migrations": "ok"}}
    assert answer.status_code == 200


def check_refusal(answer: httpx.Response, checks: dict[str, str]) -> None:
    """See that the answer is a problem naming what failed, and nothing about where the database is."""
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["checks"]) == ("not_ready", checks)
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert "127.0.0.1" not in answer.text


async def test_not_ready_before_the_migrations(app: FastAPI) -> None:
    async with empty_database() as engine, client_for(app, "public") as client:
        app.state.database = Database(engine)
        check_refusal(await client.get("/health/ready"), {"database": "ok", "migrations": "failed"})


async def test_an_older_instance_is_ready_while_a_newer_version_comes_in(app: FastAPI) -> None:
    async with cloned_database(f"ahead_{uuid.uuid4().hex}") as url, client_for(app, "public") as client:
        app.state.database = Database(create_engine(url))
        async with as_owner(url) as owner:
            await owner.execute("UPDATE alembic_version SET version_num = 'later'")
            answer = await client.get("/health/ready")
            checks = answer.json()["checks"]
            assert (answer.status_code, checks["database"], checks["migrations"]) == (200, "ok", "ok")
            assert ("newer version" in checks["text_en"], "lebih baru" in checks["text_id"]) == (True, True)
            await owner.execute("ALTER TABLE regions RENAME COLUMN name TO label")
            check_refusal(await client.get("/health/ready"), {"database": "ok", "migrations": "failed"})
        await app.state.database.close()


@pytest.mark.parametrize("language", ["en", "id"])
async def test_not_ready_without_a_database(app: FastAPI, language: str, unused_tcp_port: int) -> None:
    engine = create_engine(f"postgresql+asyncpg://someone:hidden@127.0.0.1:{unused_tcp_port}/nowhere")
    app.state.database = Database(engine)
    async with client_for(app, "public") as client:
        answer = await client.get("/health/ready", headers={"Accept-Language": language})
    check_refusal(answer, {"database": "failed", "migrations": "failed"})
    assert answer.headers["content-language"] == language
    await engine.dispose()


async def test_metrics_need_no_key(as_: As) -> None:
    await as_("public").get("/health/live")
    answer = await as_("public").get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'http_requests_total{method="GET",route="/health/live",status="200"}' in answer.text
