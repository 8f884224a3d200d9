"""An export is of one moment: other datasets can be had as of it, and what follows its cursor is everything else."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.domain.principals import PUBLIC
from app.kernel.change_cursors import cursor_at, position_in
from app.kernel.change_feed import Moment, Position, position_now
from app.kernel.db import Database
from app.kernel.problems import InvalidCursor
from tests.conftest import As, client_for, clients_of
from tests.databases import as_owner
from tests.routers.exports import REGIONS
from tests.routers.factories import make_institution


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
async def test_what_was_written_down_before_a_column_came_has_what_the_column_began_with(committed: FastAPI) -> None:
    path = "/v1/exports/institutions?format=json&simulation=false"
    async with clients_of(committed) as as_:
        officer = as_("officer")
        changed = await make_institution(officer, "Changed")
        before = await officer.get(path)
        tag = (await officer.get(f"/v1/institutions/{changed}")).headers["etag"]
        await officer.patch(f"/v1/institutions/{changed}", json={"name": "Else"}, headers={"If-Match": tag})
        async with as_owner(committed.state.database.engine.url) as owner:
            await owner.execute("ALTER TABLE changes DISABLE TRIGGER USER")
            await owner.execute("UPDATE changes SET before = before - 'simulation'")
        then = await officer.get(f"{path}&as_of={before.headers['change-cursor']}")
        assert then.json() == before.json()


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
