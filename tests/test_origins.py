"""Scripts of other sites: those of the sites that were named may ask, all others are kept out by their browser."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.config import Settings, SettingsError, load_settings
from app.kernel.db import Database
from app.main import create_app
from tests.conftest import UNLIMITED, As, client_for

PORTAL = "https://portal.example.go.id"
ASK = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, if-match"}


@pytest.fixture(scope="module")
def acquainted() -> FastAPI:
    """Make an app that knows the portal."""
    return create_app(Settings(cors_origins=f"{PORTAL}, http://localhost:3000".replace(" ", ""), **UNLIMITED))


@pytest.fixture
async def script(acquainted: FastAPI, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of that app."""
    acquainted.state.database = database
    async with client_for(acquainted, "public") as client:
        yield client


async def test_a_named_site_may_ask_and_read_what_it_needs(script: httpx.AsyncClient) -> None:
    asked = await script.options("/v1/institutions", headers={"Origin": PORTAL, **ASK})
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == PORTAL
    assert "if-match" in asked.headers["access-control-allow-headers"].lower()
    answer = await script.get("/v1/regions/32.73", headers={"Origin": PORTAL})
    assert answer.headers["access-control-allow-origin"] == PORTAL
    shown = answer.headers["access-control-expose-headers"].lower()
    assert all(name in shown for name in ("etag", "link", "ratelimit", "retry-after", "change-cursor"))
    assert "access-control-allow-credentials" not in answer.headers
    refused = await script.get("/v1/api-keys", headers={"Origin": PORTAL})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, PORTAL)


@pytest.mark.parametrize("origin", ["https://portal.example.go.id.evil.test", "http://portal.example.go.id", "null"])
async def test_another_site_may_not(script: httpx.AsyncClient, origin: str) -> None:
    asked = await script.options("/v1/institutions", headers={"Origin": origin, **ASK})
    assert asked.status_code == 400
    answer = await script.get("/v1/regions/32.73", headers={"Origin": origin})
    for headers in (asked.headers, answer.headers):
        assert "access-control-allow-origin" not in headers


async def test_unless_it_is_said_no_site_may(as_: As) -> None:
    asked = await as_("public").options("/v1/institutions", headers={"Origin": PORTAL, **ASK})
    assert asked.status_code == 405
    assert "access-control-allow-origin" not in asked.headers


@pytest.mark.parametrize("origins", ["*", "https://portal.example.go.id/", "portal.example.go.id", "https://*.go.id"])
def test_what_is_no_origin_stops_the_start(monkeypatch: pytest.MonkeyPatch, origins: str) -> None:
    monkeypatch.setenv("SERATUS_CORS_ORIGINS", origins)
    with pytest.raises(SettingsError, match="SERATUS_CORS_ORIGINS"):
        load_settings({})
