"""No export is cut short without notice; who leaves or takes nothing gives its place back. Over real connections."""

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event
from starlette.types import Message

from app.kernel import db, exports
from app.kernel.db import Database
from tests.conftest import clients_of, cloned_database, on_database, secret_of
from tests.connections import accepting
from tests.databases import as_owner
from tests.routers.exports import REGIONS


@pytest.fixture(scope="module")
async def filled() -> AsyncIterator[str]:
    """Give a database with more values in it than any buffer on the way holds, packed or not; nobody changes it."""
    async with cloned_database(f"filled_{uuid.uuid4().hex}") as url:
        await fill(url)
        yield url


async def fill(url: str) -> None:
    """Make the values."""
    async with as_owner(url) as owner:
        await owner.execute(
            "ALTER TABLE indicator_values DISABLE TRIGGER USER; "
            "INSERT INTO indicator_values (id, indicator_code, region_code, year, value, unit, source, quality) "
            "SELECT gen_random_uuid(), 'hdi', code, year, 1, 'x', noise, 'synthetic' "
            "FROM regions, generate_series(2001, 2010) year, LATERAL (SELECT string_agg(encode("
            "sha512(convert_to(concat(code, year, part), 'UTF8')), 'base64'), '') AS noise "
            "FROM generate_series(1, 20) part) made"
        )


@pytest.fixture
async def served(app: FastAPI, filled: str) -> AsyncIterator[str]:
    """Serve the app on that database, with connections of its own for each test."""
    async with on_database(app, filled), serving(app) as address:
        yield address


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """Serve the app for so long."""
    async with accepting(app, send_buffer=1 << 16) as (host, port):
        yield f"http://{host}:{port}"


MANY = 552 * 10
VALUES = "/v1/exports/indicator-values?quality=synthetic&count=true"


def network(served: str, person: str = "public", address: str = "127.0.0.1") -> httpx.AsyncClient:
    """Make a client for whom the system keeps little that it has not read."""
    little = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)]
    transport = httpx.AsyncHTTPTransport(socket_options=little, local_address=address)
    headers = {} if person == "public" else {"Authorization": f"Bearer {secret_of(person)}"}
    return httpx.AsyncClient(base_url=served, transport=transport, headers=headers)


@pytest.mark.commits
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_stream_that_breaks_is_no_clean_end(served: str, app: FastAPI, encoding: str) -> None:
    async with network(served) as client:
        with pytest.raises(httpx.RemoteProtocolError):  # noqa: PT012 - the stream breaks while it is read
            async with client.stream("GET", VALUES, headers={"Accept-Encoding": encoding}) as answer:
                assert (answer.status_code, answer.headers["row-count"]) == (200, str(MANY))
                async for _ in answer.aiter_raw():
                    await end_copies(app.state.database)
        # The service is well.
        whole = await client.get(VALUES, timeout=30)
        assert whole.text.count("\n") == MANY


async def end_copies(database: Database) -> None:
    """End the server process of every COPY that runs, as a crash or an administrator would."""
    async with database.read() as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'COPY%' AND state = 'active'"
        )


@pytest.mark.commits
async def test_who_leaves_gives_the_place_back(served: str, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "POOL_TIMEOUT_S", 0.2)
    database: Database = app.state.database
    async with network(served) as public, network(served, "auditor") as auditor:
        async with AsyncExitStack() as stack:
            await held(stack, served, "officer", "officer", "administrator", "administrator")
            refused = await auditor.get(VALUES)
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert refused.headers["retry-after"]
            # Nobody else waits for them.
            for path in ("/", "/v1/regions", "/v1/exports/datapackage.json"):
                assert (await public.get(path)).status_code == 200
        async with asyncio.timeout(10):
            await database._exports.acquire()  # one of them left
        assert (await public.get(REGIONS)).status_code == 200


async def held(stack: AsyncExitStack, served: str, *people: str, address: str = "127.0.0.1") -> None:
    """Have an export for each of these people begin, and not go on."""
    for person in people:
        client = await stack.enter_async_context(network(served, person, address))
        begun = await stack.enter_async_context(client.stream("GET", VALUES))
        assert begun.status_code == 200


@pytest.mark.commits
async def test_no_client_keeps_others_from_exporting(served: str) -> None:
    async with network(served) as public, network(served, "officer") as officer, AsyncExitStack() as stack:
        await held(stack, served, "public", "public")
        refused = await public.get(REGIONS)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert "exports 2" in refused.json()["detail"]
        assert int(refused.headers["retry-after"]) < 60
        assert ";r=0;" not in refused.headers["ratelimit"]  # of the minute there is enough left
        # Of exports alone; and who has a key is somebody else, also at the same address.
        assert (await public.get("/v1/regions")).status_code == 200
        assert (await officer.get(REGIONS)).status_code == 200
        await held(stack, served, "public", address="127.0.0.2")
        async with network(served, address="127.0.0.3") as third:
            assert (await third.get(REGIONS)).status_code == 429
        assert (await officer.get(REGIONS)).status_code == 200
    async with network(served) as public:
        assert (await public.get(REGIONS)).status_code == 200


@pytest.mark.commits
async def test_who_takes_all_leaves_the_connection_to_others(committed: FastAPI) -> None:
    made: list[object] = []
    event.listen(committed.state.database.engine.sync_engine, "connect", lambda connection, _: made.append(connection))
    async with clients_of(committed) as as_:
        for query in ({}, {"format": "csv"}, {"count": "true"}):
            assert (await as_("public").get(REGIONS, params=query)).is_success
        assert (await as_("public").head(REGIONS)).is_success
    assert len(made) == 1


@pytest.mark.commits
async def test_who_takes_nothing_is_left(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "STALLED_S", 0.1)
    left, out = asyncio.Event(), exports._Pieces._out

    async def watched(pieces: exports._Pieces, piece: bytes, *, last: bool = False) -> None:
        try:
            await out(pieces, piece, last=last)
        except TimeoutError:
            left.set()
            raise

    monkeypatch.setattr(exports._Pieces, "_out", watched)
    async with network(served) as client, client.stream("GET", VALUES) as answer:
        await asyncio.wait_for(left.wait(), 60)
        with pytest.raises(httpx.RemoteProtocolError):
            async for _ in answer.aiter_raw():
                pass


async def test_a_row_of_two_lines_would_be_noticed() -> None:
    async def nowhere(_message: Message) -> None:
        pass

    with pytest.raises(RuntimeError):
        await exports._Pieces(nowhere, "ndjson", gzip=False).add(b"\x01{\n}\x01\n")
