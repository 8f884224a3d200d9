"""Reports on a quick win: in the order of their days, by the region's own calendar, never changed, and none lost."""

import asyncio
from itertools import pairwise
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import As, client_for
from tests.ground import laid
from tests.routers.agreements import put_into, told
from tests.routers.assessments import EVIDENCE, speaking_for
from tests.routers.factories import NOWHERE, every_row, faults
from tests.routers.mentored import make_mentored
from tests.routers.quick_wins import at, bring, in_july, propose, report, step

__all__ = ["in_july"]  # a fixture

FIRST: dict[str, Any] = {
    "value": 110.5,
    "evidence": [EVIDENCE],
    "note": "The counters are open.",
}


@laid
async def running(as_: As, database: Database, **fields: Any) -> str:
    """Make a running quick win of the region editor's region and return its path."""
    mentored = await make_mentored(as_("officer"), database)
    path = await propose(as_("region_editor"), mentored.candidacy, **fields)
    await bring(as_, path, "running")
    return path


async def test_a_region_reports_and_everyone_reads_it(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    path = await running(as_, database)
    created = await report(editor, path, "2026-06-15", 10, **FIRST)
    assert created.status_code == 201, created.text
    first = created.json()
    assert {name: first[name] for name in FIRST} == FIRST
    assert (first["quick_win_id"], first["cohort_code"], first["region_code"], first["number"], first["version"]) == (
        path.rpartition("/")[2], "test", "32.73", 1, 1,
    )  # fmt: skip
    second = (await report(editor, path, "2026-06-15", 10)).json()
    assert (second["number"], second["value"], second["evidence"], second["reason"]) == (2, None, [], None)
    for person in ("public", "mentor", "officer"):
        assert (await as_(person).get(created.headers["location"])).json() == first
        assert await every_row(as_(person), f"{path}/progress-reports") == [first, second]
        assert await every_row(as_(person), "/v1/progress-reports") == [second, first]
    # A report is a record of its own: the quick win stays as it was.
    assert (await editor.get(path)).json()["version"] == 3


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"reported_on": "2026-05-31"}, "/reported_on", "day_before_start"),
        ({"reported_on": "2026-06-09"}, "/reported_on", "day_before_last_report"),
        ({"reported_on": "2026-07-02"}, "/reported_on", "day_ahead"),
        ({"reported_on": "2026-02-29"}, "/reported_on", "invalid_format"),
        ({"percent": 39}, "/reason", "percent_fell"),
        ({"percent": 39, "reason": " "}, "/reason", "too_short"),
        ({"percent": 101}, "/percent", "out_of_range"),
        ({"percent": -1}, "/percent", "out_of_range"),
        ({"percent": 50.5}, "/percent", "wrong_type"),
        ({"value": "1"}, "/value", "wrong_type"),
        ({"evidence": [EVIDENCE] * 21}, "/evidence", "too_long"),
        ({"number": 7}, "/number", "unknown_field"),
    ],
)
async def test_nonsense_is_refused_with_its_place(
    as_: As, database: Database, fields: dict[str, Any], pointer: str, code: str
) -> None:
    editor = as_("region_editor")
    path = await running(as_, database)
    assert (await report(editor, path, "2026-06-10", 40)).status_code == 201
    body = {"reported_on": "2026-06-20", "percent": 50} | fields
    assert faults(await editor.post(f"{path}/progress-reports", json=body)) == {(pointer, code)}
    assert len(await every_row(editor, f"{path}/progress-reports")) == 1


async def test_progress_falls_with_a_reason_only(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    path = await running(as_, database)
    for percent, fields in ((60, {}), (40, {"reason": "The vendor left."}), (45, {})):
        assert (await report(editor, path, "2026-06-30", percent, **fields)).status_code == 201
    refused = await editor.post(
        f"{path}/progress-reports",
        json={"reported_on": "2026-07-01", "percent": 44},
        headers={"Accept-Language": "id"},
    )
    assert faults(refused) == {("/reason", "percent_fell")}
    assert refused.json()["errors"][0]["message"] == ("Laporan terakhir menyebut 45 %, yang ini 44 %. Beri alasannya.")


@pytest.mark.parametrize(
    ("state", "detail"),
    [
        ("proposed", "is not running yet"),
        ("approved", "is not running yet"),
        ("completed", "is closed"),
        ("cancelled", "is closed"),
    ],
)
async def test_only_what_runs_is_reported_on(as_: As, database: Database, state: str, detail: str) -> None:
    mentored = await make_mentored(as_("officer"), database)
    path = await propose(as_("region_editor"), mentored.candidacy)
    await bring(as_, path, state)
    refused = await report(as_("region_editor"), path, "2026-06-15", 10)
    assert told(refused, "quick_win_not_running") == set()
    assert refused.json()["state"] == state
    assert detail in refused.json()["detail"]


async def test_a_region_that_withdrew_reports_no_more(as_: As, database: Database) -> None:
    path = await running(as_, database)
    candidacy = (await as_("officer").get(path)).json()["candidacy_id"]
    await put_into(database, candidacy, "withdrawn")
    refused = await report(as_("region_editor"), path, "2026-06-15", 10)
    assert told(refused, "candidacy_not_ready") == set()
    assert told(await step(as_("region_editor"), path, "completed"), "candidacy_not_ready") == set()


async def test_only_the_region_itself_reports(as_: As, app: FastAPI, database: Database) -> None:
    path = await running(as_, database)
    async with speaking_for(app, as_("administrator"), "region_editor", region_code="32.71") as neighbour:
        for client in (neighbour, as_("administrator"), as_("officer"), as_("mentor"), as_("assessor")):
            refused = await report(client, path, "2026-06-15", 10)
            assert (refused.status_code, refused.json()["required_permission"]) == (403, "quick_wins:write")
        assert (await report(as_("public"), path, "2026-06-15", 10)).status_code == 401
        assert (await report(neighbour, f"/v1/quick-wins/{NOWHERE}", "2026-06-15", 10)).status_code == 404
    assert await every_row(as_("officer"), "/v1/progress-reports") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [30, 20, 10]),
        ({"sort": "created_at"}, [10, 20, 30]),
        ({"sort": "-reported_on"}, [30, 20, 10]),
        ({"reported_on_gte": "2026-06-02"}, [30, 20]),
        ({"reported_on_lt": "2026-06-03"}, [20, 10]),
        ({"cohort": "test", "region": "32.73", "province": "32", "dimension": "governance"}, [30, 20, 10]),
        ({"dimension": "living"}, []),
        ({"quick_win": NOWHERE}, []),
        ({"candidacy": NOWHERE}, []),
    ],
)
async def test_the_list_filters(as_: As, database: Database, query: dict[str, Any], expected: list[int]) -> None:
    path = await running(as_, database)
    for day in (1, 2, 3):
        await report(as_("region_editor"), path, f"2026-06-0{day}", day * 10)
    found = await every_row(as_("public"), "/v1/progress-reports", **query)
    assert [row["percent"] for row in found] == expected


@pytest.mark.parametrize(
    ("zone", "moment", "day", "refused"),
    [
        # The year turns first in the east: WIT, then WITA, then WIB, an hour each.
        ("Asia/Jayapura", "2026-12-31T14:59:59+00:00", "2027-01-01", True),
        ("Asia/Jayapura", "2026-12-31T15:00:00+00:00", "2027-01-01", False),
        ("Asia/Makassar", "2026-12-31T15:59:59+00:00", "2027-01-01", True),
        ("Asia/Makassar", "2026-12-31T16:00:00+00:00", "2027-01-01", False),
        ("Asia/Jakarta", "2026-12-31T16:59:59+00:00", "2027-01-01", True),
        ("Asia/Jakarta", "2026-12-31T17:00:00+00:00", "2027-01-01", False),
        # A leap year has its 29 February.
        ("Asia/Jakarta", "2028-02-28T16:59:59+00:00", "2028-02-29", True),
        ("Asia/Jakarta", "2028-02-28T17:00:00+00:00", "2028-02-29", False),
    ],
)
async def test_days_are_those_of_the_region(  # noqa: PLR0917 - a case has that many sides
    as_: As, database: Database, monkeypatch: pytest.MonkeyPatch, zone: str, moment: str, day: str, refused: bool
) -> None:
    path = await running(as_, database, starts_on="2026-12-31", ends_on="2027-12-31")
    async with database.read() as connection:
        await connection.execute("UPDATE regions SET time_zone = $1 WHERE code = '32.73'", zone)
    at(monkeypatch, moment)
    answer = await report(as_("region_editor"), path, day, 5)
    closed = await step(as_("region_editor"), path, "completed", closed_on=day)
    if refused:
        assert faults(answer) == {("/reported_on", "day_ahead")}
        assert faults(closed) == {("/closed_on", "day_ahead")}
    else:
        assert (answer.status_code, closed.status_code) == (201, 200), answer.text


async def test_a_completion_comes_after_the_last_report(as_: As, database: Database) -> None:
    path = await running(as_, database)
    await report(as_("region_editor"), path, "2026-06-20", 90)
    refused = await step(as_("region_editor"), path, "completed", closed_on="2026-06-19")
    assert faults(refused) == {("/closed_on", "day_before_last_report")}
    assert (await step(as_("region_editor"), path, "completed", closed_on="2026-06-20")).status_code == 200


@pytest.mark.parametrize("statement", ["UPDATE progress_reports SET percent = 100", "DELETE FROM progress_reports"])
async def test_the_database_refuses_to_change_a_report(as_: As, database: Database, statement: str) -> None:
    path = await running(as_, database)
    created = await report(as_("region_editor"), path, "2026-06-20", 90)
    async with database.read() as connection:
        with pytest.raises(asyncpg.RestrictViolationError, match="never changed"):
            async with connection.transaction():
                await connection.execute(statement)
    for method in ("PATCH", "DELETE", "PUT"):
        answer = await as_("region_editor").request(method, created.headers["location"], json={})
        assert answer.status_code == 405


@pytest.mark.commits
async def test_of_fifty_reports_at_once_none_is_lost_and_none_falls_silently(committed: FastAPI) -> None:
    async with (
        client_for(committed, "officer") as officer,
        client_for(committed, "mentor") as mentor,
        client_for(committed, "region_editor") as editor,
    ):
        people = {"mentor": mentor, "region_editor": editor}
        candidacy = (await make_mentored(officer, committed.state.database)).candidacy
        paths = [await propose(editor, candidacy, title=title) for title in ("explained", "unexplained")]
        for path in paths:
            await bring(people.__getitem__, path, "running")
        answers = await asyncio.gather(
            *(report(editor, paths[0], "2026-06-15", percent, reason="So.") for percent in range(50))
        )
        assert [answer.status_code for answer in answers] == [201] * 50
        rows = await every_row(editor, f"{paths[0]}/progress-reports")
        assert [row["number"] for row in rows] == [*range(1, 51)]
        assert {row["percent"] for row in rows} == {*range(50)}
        silent = (*range(0, 20, 2), *range(1, 20, 2))
        answers = await asyncio.gather(*(report(editor, paths[1], "2026-06-15", percent) for percent in silent))
        for answer in answers:
            assert answer.status_code == 201 or faults(answer) == {("/reason", "percent_fell")}
        rows = await every_row(editor, f"{paths[1]}/progress-reports")
        assert len(rows) == sum(answer.status_code == 201 for answer in answers)
        assert [row["number"] for row in rows] == [*range(1, len(rows) + 1)]
        assert all(one["percent"] <= two["percent"] for one, two in pairwise(rows))
