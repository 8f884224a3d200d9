"""The human pages work without any request to another host."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.kernel import pages, telemetry
from app.routers import docs


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(docs.router)
    app.include_router(pages.assets)
    telemetry.install(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here.test") as client:
        yield client


async def test_the_page_and_all_it_needs_come_from_here(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    addresses = set(re.findall(r'(?:<link [^>]*href|src)="([^"]+)"', page.text))
    assert len(addresses) == 5
    for address in addresses:
        target = page.url.join(address)
        assert target.host == "here.test"
        assert (await client.get(target)).status_code == 200


async def test_no_script_stands_in_the_page(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text
    assert all(not script for script in re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL))
    assert not re.search(r"\son\w+=|javascript:|<style", page)


async def test_the_styles_fetch_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    styles = (await client.get("/docs/assets/swagger-ui.css")).text
    assert all(address.startswith("data:") for address in re.findall(r"url\([\"']?([^\"')]+)", styles))
    assert "@import" not in styles


async def test_the_contract_is_not_sent_to_a_validator(client: httpx.AsyncClient) -> None:
    start = (await client.get("/docs/assets/start.js")).text
    assert "validatorUrl: null" in start
    assert "http" not in start


async def test_this_swagger_ui_reads_openapi_3_1(client: httpx.AsyncClient) -> None:
    bundle = (await client.get("/docs/assets/swagger-ui-bundle.js")).text
    version = re.search(r'PACKAGE_VERSION:"(\d+)\.', bundle)
    assert version is not None
    assert int(version.group(1)) >= 5


async def test_a_browser_that_has_the_files_gets_no_second_copy(client: httpx.AsyncClient) -> None:
    path = "/docs/assets/swagger-ui-bundle.js"
    first = await client.get(path)
    second = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (second.status_code, first.headers["cache-control"]) == (304, "no-cache")


@pytest.mark.parametrize("path", ["/docs/assets/../docs.py", "/docs/assets/%2e%2e/docs.py", "/docs/assets/nothing.js"])
async def test_only_the_assets_are_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404
