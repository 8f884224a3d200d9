"""How the contract is sent: written once and beside other requests, packed for who takes that, not to who has it."""

import asyncio
import gzip
import json

import pytest
from fastapi import FastAPI

from app.kernel import openapi
from tests.beside import Held
from tests.kernel.doors import client_of, door

PATH = "/openapi.json"


@pytest.fixture
def app() -> FastAPI:
    app = door()
    openapi.install(app)
    return app


async def test_others_are_answered_while_it_is_written_which_is_done_once(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(app.openapi)
    monkeypatch.setattr(app, "openapi", held)
    async with client_of(app) as client:
        asked = [asyncio.create_task(client.get(PATH)) for _ in range(3)]
        await held.begun.wait()
        assert (await client.get("/nowhere")).status_code == 404
        held.let_go()
        assert [(await task).json()["openapi"] for task in asked] == ["3.1.0"] * 3
    assert held.calls == 1


async def test_it_is_packed_for_whoever_takes_that(app: FastAPI) -> None:
    async with client_of(app) as client:
        plain = await client.get(PATH, headers={"Accept-Encoding": "identity, gzip;q=0"})
        async with client.stream("GET", PATH, headers={"Accept-Encoding": "br, gzip;q=0.5"}) as packed:
            body = b"".join([piece async for piece in packed.aiter_raw()])
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.headers["content-type"] == packed.headers["content-type"] == "application/json"
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(body) == plain.content == json.dumps(app.openapi(), separators=(",", ":")).encode()


async def test_who_has_it_gets_no_second_copy(app: FastAPI) -> None:
    async with client_of(app) as client:
        first = await client.get(PATH)
        again = await client.get(PATH, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
        other = await client.get(PATH, headers={"If-None-Match": '"other"'})
        head = await client.head(PATH)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"] == head.headers["etag"]
    assert (other.status_code, other.content) == (200, first.content)
    assert head.status_code == 200
