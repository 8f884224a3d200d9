"""Changes: everything that became of what a reader may see, once, and nothing of what a reader may not."""

import asyncio
from typing import get_args

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.kernel.db import Database
from app.schemas.changes import Resource
from app.services.datasets import DATASETS
from tests.access.records import id_of
from tests.conftest import As, client_for, clients_of
from tests.databases import as_owner
from tests.routers.changes import CHANGES, Follower
from tests.routers.factories import make_candidacy, make_cohort, make_expert, make_institution, move


def test_what_is_exported_can_be_followed() -> None:
    assert set(get_args(Resource)) == {name for name, dataset in DATASETS.items() if dataset.followed}


async def test_without_a_cursor_it_begins_now(as_: As) -> None:
    answer = await as_("public").get(CHANGES)
    assert answer.json()["items"] == []
    assert answer.json()["more"] is False
    assert answer.headers["link"] == f'<{CHANGES}?after={answer.json()["next_cursor"]}>; rel="next"'


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("limit=0", "limit"), ("limit=201", "limit"), ("wait=21", "wait"), ("resource=secrets", "resource"), ("x=1", "x")],
)
async def test_what_makes_no_sense_is_refused(as_: As, query: str, parameter: str) -> None:
    answer = await as_("public").get(f"{CHANGES}?{query}")
    assert answer.status_code == 422
    assert [fault["parameter"] for fault in answer.json()["errors"]] == [parameter]


async def test_a_cursor_is_signed_and_of_one_kind_of_reader(as_: As) -> None:
    own = (await as_("region_editor").get(CHANGES)).json()["next_cursor"]
    for client, cursor in ((as_("public"), own), (as_("officer"), own), (as_("region_editor"), f"{own}x")):
        answer = await client.get(CHANGES, params={"after": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.commits
async def test_a_record_is_created_updated_and_deleted(committed: FastAPI) -> None:
    async with clients_of(committed) as as_:
        public, officer = Follower(as_("public")), as_("officer")
        await public.news()
        id_ = await make_institution(officer, "Universitas Satu")
        (created,) = await public.news()
        record = await as_("public").get(f"/v1/institutions/{id_}")
        assert created == {
            "resource": "institutions",
            "key": id_,
            "operation": "create",
            "at": created["at"],
            "record": record.json(),
        }
        await officer.patch(
            f"/v1/institutions/{id_}", json={"name": "Universitas Dua"}, headers={"If-Match": record.headers["etag"]}
        )
        (updated,) = await public.news()
        assert (updated["operation"], updated["record"]["name"]) == ("update", "Universitas Dua")
        async with committed.state.database.write() as session:
            await session.execute(text("DELETE FROM institutions WHERE id = :id"), {"id": id_})
        (deleted,) = await public.news()
        assert (deleted["operation"], deleted["key"], deleted["record"]) == ("delete", id_, None)
        assert await public.news() == []


@pytest.mark.commits
async def test_what_changed_often_is_told_once_as_it_is(committed: FastAPI) -> None:
    async with clients_of(committed) as as_:
        public, officer = Follower(as_("public")), as_("officer")
        await public.news()
        first = await make_institution(officer, "A")
        second = await make_institution(officer, "B")
        for name in ("C", "D"):
            tag = (await officer.get(f"/v1/institutions/{first}")).headers["etag"]
            await officer.patch(f"/v1/institutions/{first}", json={"name": name}, headers={"If-Match": tag})
        told = await public.news(limit=1)
        assert [(item["key"], item["operation"], item["record"]["name"]) for item in told] == [
            (second, "create", "B"),
            (first, "create", "D"),
        ]


@pytest.mark.commits
async def test_an_export_and_what_follows_upon_it_miss_nothing_and_double_nothing(committed: FastAPI) -> None:
    """One writes before the export and commits after it, as a sequence would hide."""
    database: Database = committed.state.database
    insert = text("INSERT INTO institutions (id, name, kind) VALUES (gen_random_uuid(), :name, 'other')")
    async with clients_of(committed) as as_:
        public = Follower(as_("public"), resource="institutions")
        async with database.write() as late:
            await late.execute(insert, {"name": "late"})
            await make_institution(as_("officer"), "early")
            export = await as_("public").get("/v1/exports/institutions?format=json")
            names = {row["name"] for row in export.json()}
            assert "early" in names
            assert "late" not in names
            public.cursor = export.headers["change-cursor"]
            assert await public.news() == []
            await make_institution(as_("officer"), "after")
            (after,) = await public.news()
            assert after["record"]["name"] == "after"
        (told,) = await public.news()
        assert (told["operation"], told["record"]["name"]) == ("create", "late")


@pytest.mark.commits
async def test_what_comes_into_sight_is_created_and_what_leaves_it_is_deleted(committed: FastAPI) -> None:
    async with clients_of(committed) as as_:
        public, officer = Follower(as_("public")), Follower(as_("officer"))
        await public.news()
        await officer.news()
        await make_cohort(as_("officer"), "seen", state="draft")
        candidacy = id_of(await make_candidacy(as_("officer"), "seen", "32.73"))
        assert await public.events() == []
        assert await officer.events() == [("cohorts", "seen", "create"), ("candidacies", candidacy, "create")]
        await move(as_("officer"), "/v1/cohorts/seen", "open")
        # The candidacy did not change, so who saw it before is told nothing of it.
        assert await officer.events() == [("cohorts", "seen", "update")]
        assert await public.events() == [("cohorts", "seen", "create"), ("candidacies", candidacy, "create")]
        async with committed.state.database.write() as session:
            await session.execute(text("UPDATE cohorts SET state = 'draft' WHERE code = 'seen'"))
        assert await public.events() == [("cohorts", "seen", "delete"), ("candidacies", candidacy, "delete")]


@pytest.mark.commits
async def test_it_waits_for_a_change(committed: FastAPI) -> None:
    async with clients_of(committed) as as_:
        public = Follower(as_("public"))
        await public.news()
        waiting = asyncio.create_task(public.news(wait=20))
        id_ = await make_institution(as_("officer"), "Awaited")
        assert [item["key"] for item in await asyncio.wait_for(waiting, 15)] == [id_]
        assert await public.news(wait=1) == []


@pytest.mark.commits
async def test_a_cursor_from_before_what_is_kept_has_expired(committed: FastAPI) -> None:
    database: Database = committed.state.database
    async with client_for(committed, "public") as client:
        cursor = (await client.get(CHANGES)).json()["next_cursor"]
        async with as_owner(database.engine.url) as owner:
            await owner.execute("UPDATE change_log SET whole_since = now() + interval '1 hour'")
        answer = await client.get(CHANGES, params={"after": cursor})
        assert (answer.status_code, answer.json()["code"]) == (410, "expired_cursor")
        assert answer.json()["reload"] == "/v1/exports"


@pytest.mark.commits
async def test_old_months_leave_the_log_and_new_ones_have_room(committed: FastAPI) -> None:
    """Kept for minus so many days, this month is old already; what is written now has no month, until it gets one."""
    database: Database = committed.state.database
    async with clients_of(committed) as as_:
        public = Follower(as_("public"))
        await public.news()
        async with as_owner(database.engine.url) as owner:
            await owner.execute("CALL keep_changes('-150 days')")
        assert await months(database) == []
        answer = await as_("public").get(CHANGES, params={"after": public.cursor})
        assert (answer.status_code, answer.json()["code"]) == (410, "expired_cursor")
        id_ = await make_institution(as_("officer"))
        assert await months(database) == []
        async with as_owner(database.engine.url) as owner:
            await owner.execute("CALL keep_changes('400 days')")
    assert len(await months(database)) > 3
    async with database.read() as connection:
        kept = await connection.fetchrow(
            "SELECT tableoid::regclass::text AS month, at FROM changes WHERE key = $1", id_
        )
    assert kept is not None
    assert kept["month"] == f"changes_{kept['at']:%Y_%m}"


async def months(database: Database) -> list[str]:
    async with database.read() as connection:
        rows = await connection.fetch("SELECT name FROM change_log_parts WHERE ends IS NOT NULL ORDER BY ends")
    return [row["name"] for row in rows]


@pytest.mark.commits
async def test_who_comes_to_lean_on_a_record_while_it_changes_is_told_of_it(committed: FastAPI) -> None:
    """Such a record is seen as it was for a moment, and nothing but a touch tells that it is shown otherwise since."""
    database: Database = committed.state.database
    async with clients_of(committed) as as_:
        officer = Follower(as_("officer"), resource="experts")
        await officer.news()
        institution = await make_institution(as_("officer"), "Before")
        async with database.write() as renaming:
            await renaming.execute(text("UPDATE institutions SET name = 'After' WHERE id = :id"), {"id": institution})
            expert = await make_expert(as_("officer"), institution)
            (created,) = await officer.news()
            assert (created["key"], created["record"]["institution_name"]) == (expert, "Before")
        (updated,) = await officer.news()
        assert (updated["key"], updated["record"]["institution_name"]) == (expert, "After")


@pytest.mark.commits
async def test_nobody_comes_to_lean_on_a_record_once_it_has_looked_around(committed: FastAPI) -> None:
    """Who would come after the last look at who leans on it waits until that has committed."""
    database: Database = committed.state.database
    async with clients_of(committed) as as_, as_owner(database.engine.url) as watcher:
        officer = Follower(as_("officer"), resource="experts")
        await officer.news()
        institution = await make_institution(as_("officer"), "Before")
        async with database.write() as renaming:
            await renaming.execute(text("UPDATE institutions SET name = 'After' WHERE id = :id"), {"id": institution})
            await renaming.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            coming = asyncio.ensure_future(make_expert(as_("officer"), institution))
            async with asyncio.timeout(10):
                while not await watcher.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                    assert not coming.done(), "it did not wait"
            assert await officer.news() == []
        await coming
        (created,) = await officer.news()
        assert (created["operation"], created["record"]["institution_name"]) == ("create", "After")
