"""Exports: whole, of one moment, safe to open in a spreadsheet, and never cut short without a word."""

import asyncio
import csv
import io
import json
import socket
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import event, text
from starlette.types import Message

from app.domain.permissions import INSIDERS, PUBLIC, Role
from app.kernel import db, exports
from app.kernel.change_cursors import cursor_at, position_in
from app.kernel.change_feed import Moment, Position, position_now
from app.kernel.db import Database
from app.kernel.export_statements import count_statement
from app.kernel.problems import InvalidCursor
from app.kernel.projection import Reader
from app.projections.changes import CHANGES
from app.schemas.exports import DataPackageRead
from app.services.datasets import DATASETS
from tests.conftest import As, client_for, clients_of, document
from tests.databases import as_owner
from tests.routers.factories import make_institution

REGIONS = "/v1/exports/regions"
NASTY = "x' OR '1'='1"


async def table_of(client: httpx.AsyncClient, path: str) -> list[dict[str, str]]:
    answer = await client.get(path, params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


# --- what there is


async def test_datasets_are_named_to_those_who_may_read_them(as_: As) -> None:
    items: list[dict[str, Any]] = []
    judged = {"assessments", "scorecards", "result-letters", "objections", "changes"}
    mentored = {"workshops", "sessions", "plan-versions", "plan-comments", "plan-reviews"}
    for person, hidden in (("public", {*judged, *mentored, "experts"}), ("mentor", judged), ("officer", set())):
        items = (await as_(person).get("/v1/exports")).json()["items"]
        assert {item["name"] for item in items} == DATASETS.keys() - hidden, person
        for item in items:
            assert (await as_(person).get(item["path"])).status_code == 200
            assert item["formats"] == ["ndjson", "json", "csv"]
    (runs,) = (item for item in items if item["name"] == "selection-results")
    assert {"name": "q", "description": "part of the region's name"} in runs["filters"]


async def test_a_narrow_key_is_told_of_what_it_may(as_: As) -> None:
    expires = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"name": "x", "role": "officer", "scopes": ["exports:read", "regions:read"], "expires_at": expires}
    issued = await as_("administrator").post("/v1/api-keys", json=body)
    headers = {"Authorization": f"Bearer {issued.json()['secret']}"}
    items = (await as_("public").get("/v1/exports", headers=headers)).json()["items"]
    assert [item["name"] for item in items] == ["regions"]


async def test_the_log_is_for_insiders_by_its_own_rule(database: Database) -> None:
    """Also if a dataset of it were opened to others."""
    async with database.read() as connection:
        for role in Role:
            counting = count_statement(CHANGES, Reader(role, role in INSIDERS), ())
            seen = await connection.fetchval(counting.text, *counting.arguments({}))
            assert (seen > 0) is (role in INSIDERS), role


def test_every_filter_of_a_dataset_is_applied() -> None:
    for name, dataset in DATASETS.items():
        assert set(dataset.filters) <= dataset.projection.filters.keys(), name
        documented = document()["paths"][f"/v1/exports/{name}"]["get"]["parameters"]
        assert {parameter["name"] for parameter in documented} == dataset.query.model_fields.keys()


async def test_another_name_is_no_dataset(as_: As) -> None:
    answer = await as_("public").get("/v1/exports/api-keys")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_route")


READ: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "array": json.loads,
    "object": json.loads,
}


async def test_tables_are_as_the_data_package_says(as_: As) -> None:
    package = (await as_("public").get("/v1/exports/datapackage.json")).json()
    DataPackageRead.model_validate(package, strict=True, extra="forbid")
    assert [resource["name"] for resource in package["resources"]] == [
        item["name"] for item in (await as_("public").get("/v1/exports")).json()["items"]
    ]
    for resource in package["resources"]:
        answer = await as_("public").get(f"/v1/exports/{resource['path']}")
        header, *rows = csv.reader(io.StringIO(answer.text))
        fields = resource["schema"]["fields"]
        assert header == [field["name"] for field in fields]
        assert set(resource["schema"]["primaryKey"]) <= set(header)
        for row in rows:
            for field, cell in zip(fields, row, strict=True):
                constraints = field.get("constraints", {})
                assert cell or not constraints.get("required"), (resource["name"], field)
                if cell:
                    value = READ[field["type"]](cell)
                    assert value in constraints.get("enum", [value])
                    assert isinstance(value, {"array": list, "object": dict}.get(field["type"], object))


async def test_the_data_package_counts_what_the_reader_sees(as_: As) -> None:
    for person in ("public", "officer"):
        answer = await as_(person).get("/v1/exports/datapackage.json")
        package = answer.json()
        for resource in package["resources"]:
            files = await as_(person).get(f"/v1/exports/{resource['path']}&count=true")
            assert files.headers["row-count"] == str(resource["rows"])
            assert files.headers["change-cursor"] == package["change_cursor"]


async def test_the_licence_is_for_what_is_published(as_: As) -> None:
    """Whoever sees more than the public is promised nothing about passing it on."""
    for person in ("public", "mentor", "officer"):
        package = (await as_(person).get("/v1/exports/datapackage.json")).json()
        assert ("licenses" in package) is (person == "public")


# Years, places in an order, and numbers whose unit another field names.
WITHOUT_UNIT = {
    "version", "year", "population_year", "first_year", "last_year", "phase", "edition", "rubric_edition", "number",
    "workshop_number", "version_number", "rank", "position", "seq", "score", "scale_min", "scale_max", "value",
    "measured_value",
}  # fmt: skip


async def test_numbers_have_units_in_the_package_and_in_the_contract(as_: As) -> None:
    package = (await as_("officer").get("/v1/exports/datapackage.json")).json()
    for resource in package["resources"]:
        schema = document()["components"]["schemas"][DATASETS[resource["name"]].projection.schema.__name__]
        for field in resource["schema"]["fields"]:
            if field["type"] not in {"integer", "number"}:
                continue
            place = (resource["name"], field["name"])
            assert ("unit" in field) is (field["name"] not in WITHOUT_UNIT), place
            described = schema["properties"][field["name"]]
            told = {part.get("x-unit") for part in (described, *described.get("anyOf", []))} - {None}
            assert told == ({field["unit"]} if "unit" in field else set()), place


# --- its form


async def test_the_format_is_asked_for_or_negotiated(as_: As) -> None:
    public = as_("public")
    asked = [
        ({}, "*/*", "application/x-ndjson"),
        ({}, "text/html, */*;q=0.8", "application/x-ndjson"),
        ({}, "application/json", "application/json"),
        ({}, "application/json;q=0.5, text/csv;q=0.9", "text/csv; charset=utf-8"),
        ({}, "text/csv;q=0, application/json;q=x", "application/x-ndjson"),
        ({"format": "csv"}, "application/json", "text/csv; charset=utf-8"),
    ]
    for query, accept, expected in asked:
        answer = await public.get(REGIONS, params=query | {"province": "31"}, headers={"Accept": accept})
        assert answer.headers["content-type"] == expected, accept
        assert answer.headers["vary"] == "Accept, Accept-Encoding"
        name = {"text/csv": "csv", "application/json": "json"}.get(expected.partition(";")[0], "ndjson")
        assert answer.headers["content-disposition"] == f'attachment; filename="regions.{name}"'


async def test_no_rows_are_an_answer_too(as_: As) -> None:
    query = {"q": "nowhere", "count": "true"}
    for form, body in (("ndjson", ""), ("json", "[\n]\n"), ("csv", "code,name\n")):
        answer = await as_("public").get(REGIONS, params=query | {"format": form, "fields": "name,code"})
        assert (answer.text, answer.headers["row-count"]) == (body, "0")


async def test_it_is_packed_only_when_that_is_accepted(as_: As) -> None:
    public = as_("public")
    plain = await public.get(REGIONS, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    async with public.stream("GET", REGIONS, headers={"Accept-Encoding": "br, gzip;q=0.5"}) as packed:
        assert packed.headers["content-encoding"] == "gzip"
        raw = b"".join([piece async for piece in packed.aiter_raw()])
    assert zlib.decompress(raw, 31) == plain.content
    assert len(raw) * 3 < len(plain.content)
    refused = await public.get(REGIONS, headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


async def test_who_asks_for_the_head_gets_no_rows(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "rows_statement", None)  # so nothing is even read
    answer = await as_("public").head(REGIONS, params={"count": "true"})
    assert (answer.status_code, answer.content, answer.headers["row-count"]) == (200, b"", "552")


async def test_a_spreadsheet_computes_nothing_of_it(as_: As) -> None:
    dangerous = ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", '=HYPERLINK("http://x.test","a, b")']
    harmless = ["a=1", "1-2", "'quoted'", 'with "quotes", and commas']
    for name in (*dangerous, *harmless):
        await make_institution(as_("officer"), name)
    names = [row["name"] for row in await table_of(as_("public"), "/v1/exports/institutions")]
    assert set(names) >= {f"'{name}" for name in dangerous} | set(harmless)
    assert not set(names) & set(dangerous)
    # Numbers are no text: they stay.
    (bandung,) = (row for row in await table_of(as_("public"), REGIONS) if row["code"] == "32.73")
    assert float(bandung["latitude"]) < -6
    # Elsewhere nothing is changed.
    rows = (await as_("public").get("/v1/exports/institutions?format=json")).json()
    assert {row["name"] for row in rows} >= {*dangerous, *harmless}


async def test_excel_is_told_that_it_is_utf_8_when_asked(as_: As) -> None:
    path = f"{REGIONS}?format=csv&fields=code"
    assert (await as_("public").get(f"{path}&bom=true")).content.startswith(b"\xef\xbb\xbfcode\n11\n")
    assert (await as_("public").get(path)).content.startswith(b"code\n11\n")


async def test_no_text_is_changed_on_its_way(as_: As) -> None:
    name = 'back\\slash \\n "quote" $1 % _ \U0001f3d9 \u2019'
    await make_institution(as_("officer"), name)
    for form in ("json", "csv"):
        answer = await as_("public").get("/v1/exports/institutions", params={"format": form, "q": name})
        rows = answer.json() if form == "json" else list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["name"] for row in rows] == [name]


# --- its filters


@pytest.mark.parametrize(
    "query",
    [
        {"q": "bandung"},
        {"q": NASTY},
        {"q": "100%"},
        {"q": "\\"},
        {"q": "$1"},
        {"kind_in": "city,province", "island_group": "jawa"},
        {"own_budget": "false"},
        {"population_gte": "1000000", "population_lt": "99999999999999999"},
        {"province": "32", "q": "'; DROP TABLE regions; --"},
    ],
)
async def test_filters_are_those_of_the_list(as_: As, query: dict[str, str]) -> None:
    listed = await as_("public").get("/v1/regions", params=query | {"limit": "200"})
    exported = await as_("public").get(REGIONS, params=query | {"format": "json"})
    assert exported.json() == listed.json()["items"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=1", "unknown_parameter"),
        ("sort=code", "unknown_parameter"),
        ("fields=secret", "invalid_choice"),
        ("format=xlsx", "invalid_choice"),
        ("kind=village", "invalid_choice"),
        ("province=32&province=31", "duplicate_parameter"),
    ],
)
async def test_what_makes_no_sense_is_refused_before_anything_is_sent(as_: As, query: str, code: str) -> None:
    answer = await as_("public").get(f"{REGIONS}?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


# --- its moment


async def test_the_cursor_is_signed(as_: As, database: Database) -> None:
    cursor = (await as_("public").get(REGIONS)).headers["change-cursor"]
    async with database.read() as connection:
        position = await position_in(connection, database.secret, PUBLIC, cursor)
        assert position.since.snapshot.count(":") == 2
        for forged in (cursor[:-2], f"{cursor}x", "x"):
            with pytest.raises(InvalidCursor):
                await position_in(connection, database.secret, PUBLIC, forged)


@pytest.mark.parametrize(
    ("dataset", "key"),
    [
        ("regions", lambda row: row["code"]),
        ("catalogues", lambda row: f"{row['code']}/{row['edition']}"),
        ("candidacies", lambda row: row["id"]),
        ("region-profiles", lambda row: row["region_code"]),
        ("changes", lambda row: row["seq"]),
    ],
)
async def test_the_rest_follows_after_a_key(as_: As, dataset: str, key: Callable[[dict[str, Any]], Any]) -> None:
    path, officer = f"/v1/exports/{dataset}", as_("officer")
    await make_institution(officer)
    whole = await officer.get(path)
    lines = whole.text.splitlines()
    for place in (0, len(lines) // 2, len(lines) - 1):
        after = {"after_key": str(key(json.loads(lines[place]))), "count": "true"}
        rest = await officer.get(path, params=after)
        assert rest.text.splitlines() == lines[place + 1 :]
        assert rest.headers["row-count"] == str(len(lines) - place - 1)


@pytest.mark.parametrize(("dataset", "key"), [("candidacies", "32.73"), ("changes", "-1"), ("changes", "9" * 30)])
async def test_what_cannot_be_a_key_is_refused(as_: As, dataset: str, key: str) -> None:
    answer = await as_("officer").get(f"/v1/exports/{dataset}", params={"after_key": key})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "after_key"


@pytest.mark.commits
async def test_another_dataset_can_be_had_as_of_the_same_moment(committed: FastAPI) -> None:
    """Also when its rows were changed and deleted since, and others came."""
    async with clients_of(committed) as as_:
        officer, public = as_("officer"), as_("public")
        kept, changed, deleted = [await make_institution(officer, name) for name in ("Kept", "Changed", "Deleted")]
        before = (await public.get("/v1/exports/institutions?format=json")).json()
        moment = (await public.get(REGIONS)).headers["change-cursor"]
        tag = (await officer.get(f"/v1/institutions/{changed}")).headers["etag"]
        await officer.patch(f"/v1/institutions/{changed}", json={"name": "Else"}, headers={"If-Match": tag})
        await make_institution(officer, "New")
        async with committed.state.database.write() as session:
            await session.execute(text("DELETE FROM institutions WHERE id = :id"), {"id": deleted})
        asked = {"as_of": moment, "format": "json", "count": "true"}
        then = await public.get("/v1/exports/institutions", params=asked)
        assert {kept, changed, deleted} <= {row["id"] for row in before}
        assert then.json() == before
        assert then.headers["row-count"] == str(len(before))
        assert then.headers["change-cursor"] == moment
        assert (await public.get("/v1/exports/institutions?format=json")).json() != before
        rest = await public.get("/v1/exports/institutions", params=asked | {"after_key": before[0]["id"]})
        assert rest.json() == before[1:]
        assert rest.headers["row-count"] == str(len(before) - 1)
        another = await officer.get("/v1/exports/institutions", params=asked)
        assert (another.status_code, another.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.commits
async def test_the_log_as_of_a_moment_ends_there(committed: FastAPI) -> None:
    """Also when something was written before the moment and committed after it."""
    insert = text("INSERT INTO institutions (id, name, kind) VALUES (gen_random_uuid(), 'late', 'other')")
    async with clients_of(committed) as as_:
        officer = as_("officer")
        async with committed.state.database.write() as late:
            await late.execute(insert)
            await make_institution(officer)
            first = await officer.get("/v1/exports/changes?resource=institutions")
        asked = {"resource": "institutions", "as_of": first.headers["change-cursor"]}
        assert (await officer.get("/v1/exports/changes", params=asked)).text == first.text
        later = (await officer.get("/v1/exports/changes?resource=institutions")).text
        assert later.count("\n") == first.text.count("\n") + 1


async def test_what_was_taken_back_is_shown_for_an_hour_at_most(as_: As, database: Database) -> None:
    async with database.read() as connection:
        now = await position_now(connection)
    for age, status in ((timedelta(minutes=59), 200), (timedelta(minutes=61), 410)):
        moment = Moment("7:7:", now.since.at - age)
        cursor = cursor_at(database.secret, PUBLIC, Position(moment))
        assert (await as_("public").get(REGIONS, params={"as_of": cursor})).status_code == status
    on_the_way = cursor_at(database.secret, PUBLIC, Position(now.since, now.since))
    assert (await as_("public").get(REGIONS, params={"as_of": on_the_way})).status_code == 400


@pytest.mark.commits
async def test_what_it_shows_and_what_follows_its_cursor_is_everything_once(committed: FastAPI) -> None:
    """Writers commit all the while, one of them late and one never; no export has a part of any of it."""
    database: Database = committed.state.database
    async with AsyncExitStack() as stack:
        officer = await stack.enter_async_context(client_for(committed, "officer"))
        public = await stack.enter_async_context(client_for(committed, "public"))

        async def write(number: int) -> None:
            for turn in range(8):
                await make_institution(officer, f"{number}-{turn}")

        late = await stack.enter_async_context(database.write())
        insert = "INSERT INTO institutions (id, name, kind) VALUES (gen_random_uuid(), 'late', 'other')"
        await late.execute(text(insert))
        writers = asyncio.gather(*map(write, range(4)))
        taken = []
        while not writers.done():
            taken.append(await public.get("/v1/exports/institutions?format=json&count=true"))
        await writers
    assert len(taken) > 2
    last = (await public_rows(committed)).json()
    async with database.read() as connection:
        for export in taken:
            position = await position_in(connection, database.secret, PUBLIC, export.headers["change-cursor"])
            snapshot = position.since.snapshot
            log = await connection.fetch(
                "SELECT key, pg_visible_in_snapshot(xid, $1::text::pg_snapshot) AS shown, "
                "xid < pg_snapshot_xmin($1::text::pg_snapshot) AS passed "
                "FROM changes WHERE resource = 'institutions' AND operation = 'create'",
                snapshot,
            )
            rows = {row["id"] for row in export.json()}
            assert rows == {entry["key"] for entry in log if entry["shown"]}
            assert len(rows) == int(export.headers["row-count"])
            # From the snapshot's oldest transaction on, what is not shown yet: nothing else is missing.
            following = {entry["key"] for entry in log if not entry["passed"] and not entry["shown"]}
            assert rows | following == {row["id"] for row in last}
            assert not rows & following
    assert "late" in {row["name"] for row in last}
    assert "late" not in {row["name"] for export in taken for row in export.json()}


async def public_rows(app: FastAPI) -> httpx.Response:
    async with client_for(app, "public") as public:
        return await public.get("/v1/exports/institutions?format=json")


# --- its end, on a real network


@pytest.fixture
async def served(committed: FastAPI) -> AsyncIterator[str]:
    """Serve the app, with more values in it than any buffer on the way holds, packed or not."""
    async with as_owner(committed.state.database.engine.url) as owner:
        await owner.execute(
            "ALTER TABLE indicator_values DISABLE TRIGGER USER; "
            "INSERT INTO indicator_values (id, indicator_code, region_code, year, value, unit, source, quality) "
            "SELECT gen_random_uuid(), 'hdi', code, year, 1, 'x', noise, 'synthetic' "
            "FROM regions, generate_series(2001, 2010) year, LATERAL (SELECT string_agg(encode("
            "sha512(convert_to(concat(code, year, part), 'UTF8')), 'base64'), '') AS noise "
            "FROM generate_series(1, 20) part) made"
        )
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    server = uvicorn.Server(uvicorn.Config(committed, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve([listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = server.force_exit = True
    await serving


MANY = 552 * 10
VALUES = "/v1/exports/indicator-values?quality=synthetic&count=true"


def network(served: str) -> httpx.AsyncClient:
    """Make a client for whom the system keeps little that it has not read."""
    little = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)]
    return httpx.AsyncClient(base_url=served, transport=httpx.AsyncHTTPTransport(socket_options=little))


@pytest.mark.commits
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_stream_that_breaks_is_no_clean_end(served: str, committed: FastAPI, encoding: str) -> None:
    async with network(served) as client:
        with pytest.raises(httpx.RemoteProtocolError):  # noqa: PT012 - the stream breaks while it is read
            async with client.stream("GET", VALUES, headers={"Accept-Encoding": encoding}) as answer:
                assert (answer.status_code, answer.headers["row-count"]) == (200, str(MANY))
                async for _ in answer.aiter_raw():
                    await end_copies(committed.state.database)
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
async def test_who_leaves_gives_the_place_back(
    served: str, committed: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "POOL_TIMEOUT_S", 0.2)
    database: Database = committed.state.database
    async with network(served) as client:
        async with AsyncExitStack() as stack:
            for _ in range(db.SNAPSHOTS_AT_ONCE):
                await stack.enter_async_context(client.stream("GET", VALUES))
            refused = await client.get(VALUES)
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert refused.headers["retry-after"]
            # Nobody else waits for them.
            assert (await client.get("/v1/regions")).status_code == 200
        async with asyncio.timeout(10):
            await database._snapshots.acquire()  # one of them left
        assert (await client.get(REGIONS)).status_code == 200


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
