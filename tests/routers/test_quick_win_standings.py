"""How quick wins stand on the day asked, by the calendar of their region; one, and a whole cohort."""

from typing import Any

import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import As
from tests.ground import laid
from tests.routers.assessments import speaking_for
from tests.routers.factories import faults, make_cohort, move
from tests.routers.mentored import make_mentored
from tests.routers.quick_wins import at, bring, propose, report, step

# A hundred days, so that a day is a per cent.
HUNDRED = {"starts_on": "2026-01-01", "ends_on": "2026-04-10"}
STANDINGS = "/v1/cohorts/test/quick-win-standings"


async def stands(client: Any, path: str, on: str | None = None) -> dict[str, Any]:
    """Tell how a quick win stands."""
    answer = await client.get(f"{path}/standing", params={} if on is None else {"on": on})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(standing: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in standing["reasons"]]


@laid
async def running(as_: As, database: Database, **fields: Any) -> str:
    """Make a running quick win of a hundred days and return its path."""
    mentored = await make_mentored(as_("officer"), database)
    path = await propose(as_("region_editor"), mentored.candidacy, **HUNDRED | fields)
    await bring(as_, path, "running")
    return path


@pytest.fixture(autouse=True)
def _in_spring(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-03-01T05:00:00+00:00")


async def test_it_is_told_for_the_day_asked(as_: As, database: Database) -> None:
    path = await running(as_, database)
    for day, percent in (("2026-01-31", 30), ("2026-02-20", 45), ("2026-02-20", 40)):
        assert (await report(as_("region_editor"), path, day, percent, reason="Counted.")).status_code == 201
    public = as_("public")
    found = await stands(public, path, "2026-02-01")
    assert {name: found[name] for name in ("on", "state", "reported", "expected", "report_due")} == {
        "on": "2026-02-01",
        "state": "on_track",
        "reported": 30,
        "expected": 31,
        "report_due": "2026-03-01",
    }
    assert (found["quick_win_id"], found["region_code"], found["dimension"]) == (
        path.rpartition("/")[2], "32.73", "governance",
    )  # fmt: skip
    assert found["reasons"][0]["text_id"] == "Dilaporkan 30 %, waktu yang telah berlalu 31 %."
    # The second report is not known before its day; ten points are allowed.
    for day, state, why in (
        ("2025-12-31", "on_track", ["quick_win_ahead"]),
        ("2026-02-10", "on_track", ["quick_win_on_track"]),
        ("2026-02-11", "late", ["quick_win_behind"]),
        ("2026-02-20", "on_track", ["quick_win_on_track"]),
        ("2026-03-02", "late", ["quick_win_behind"]),
        ("2026-04-02", "late", ["quick_win_behind", "report_overdue"]),
        ("2026-04-11", "overdue", ["quick_win_overdue"]),
    ):
        found = await stands(public, path, day)
        assert (found["state"], codes(found)) == (state, why), day
    # Of two reports of one day, the later one counts.
    assert found["reported"] == 40


@pytest.mark.parametrize(
    ("value", "baseline", "target", "state"),
    [(30, 120, 30, "achieved"), (31, 120, 30, "missed"), (90, 10, 90, "achieved"), (89.5, 10, 90, "missed")],
)
async def test_what_came_out_is_told_from_the_day_of_its_closing_on(
    as_: As, database: Database, value: float, baseline: int, target: int, state: str
) -> None:
    path = await running(as_, database, measure={"unit": "minutes", "baseline": baseline, "target": target})
    await report(as_("region_editor"), path, "2026-02-28", 100)
    done = await step(as_("region_editor"), path, "completed", value=value, closed_on="2026-02-28")
    assert done.status_code == 200, done.text
    assert (await stands(as_("public"), path))["state"] == state
    assert (await stands(as_("public"), path, "2026-02-28"))["state"] == state
    assert (await stands(as_("public"), path, "2026-02-27"))["state"] == "late"


async def test_what_was_called_off_is_missed(as_: As, database: Database) -> None:
    path = await running(as_, database)
    await step(as_("officer"), path, "cancelled")
    found = await stands(as_("public"), path)
    assert (found["state"], codes(found), found["report_due"]) == ("missed", ["quick_win_dropped"], None)
    assert (await stands(as_("public"), path, "2026-02-28"))["state"] == "late"


@pytest.mark.parametrize("dropped", [False, True])
async def test_nothing_is_expected_of_what_is_not_approved(as_: As, database: Database, dropped: bool) -> None:
    mentored = await make_mentored(as_("officer"), database)
    path = await propose(as_("region_editor"), mentored.candidacy, measure={}, technology=None)
    if dropped:
        await step(as_("region_editor"), path, "cancelled")
    found = await stands(as_("mentor"), path)
    assert (found["state"], codes(found), found["expected"]) == (None, ["quick_win_unapproved"], 0)
    assert (await as_("public").get(f"{path}/standing")).status_code == 404


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Asia/Jakarta", "2026-12-31T16:59:59+00:00", "2026-12-31"),
        ("Asia/Makassar", "2026-12-31T15:59:59+00:00", "2026-12-31"),
        ("Asia/Makassar", "2026-12-31T16:00:00+00:00", "2027-01-01"),
        ("Asia/Jayapura", "2026-12-31T14:59:59+00:00", "2026-12-31"),
        ("Asia/Jayapura", "2026-12-31T15:00:00+00:00", "2027-01-01"),
    ],
)
async def test_today_is_that_of_the_region(
    as_: As, database: Database, monkeypatch: pytest.MonkeyPatch, zone: str, moment: str, day: str
) -> None:
    """What ends with the year is overdue first in the east."""
    path = await running(as_, database, ends_on="2026-12-31")
    await report(as_("region_editor"), path, "2026-03-01", 100)
    async with database.read() as connection:
        await connection.execute("UPDATE regions SET time_zone = $1 WHERE code = '32.73'", zone)
    at(monkeypatch, moment)
    (item,) = (await as_("public").get(STANDINGS)).json()["items"]
    assert item == await stands(as_("public"), path)
    assert (item["on"], item["state"] == "overdue") == (day, day == "2027-01-01")


async def test_a_leap_year_has_a_day_more(as_: As, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2028-03-01T05:00:00+00:00")
    path = await running(as_, database, starts_on="2028-02-01", ends_on="2028-03-01")
    # Thirty days, of which the 29 February is the twenty-ninth.
    assert [(await stands(as_("public"), path, f"2028-0{day}"))["expected"] for day in ("2-16", "2-29", "3-01")] == [
        50,
        pytest.approx(2800 / 30),
        pytest.approx(2900 / 30),
    ]


@pytest.mark.parametrize(("tolerance", "state"), [(0, "late"), (19, "late"), (20, "on_track"), (100, "on_track")])
async def test_the_cohort_says_how_much_is_too_much(as_: As, database: Database, tolerance: int, state: str) -> None:
    await make_cohort(as_("officer"), quick_win_rules={"tolerance": tolerance})
    path = await running(as_, database)
    await report(as_("region_editor"), path, "2026-01-31", 20)
    assert (await stands(as_("public"), path, "2026-02-10"))["state"] == state


async def test_a_cohort_is_told_whole(as_: As, app: FastAPI, database: Database) -> None:
    officer, editor = as_("officer"), as_("region_editor")
    own, other = [await make_mentored(officer, database, region) for region in ("32.73", "32.71")]
    elsewhere = await make_mentored(officer, database, "32.73", cohort="other")
    paths = [await propose(editor, own.candidacy, **HUNDRED, title=f"{number}") for number in range(3)]
    for path, state in zip(paths, ("running", "cancelled", "proposed"), strict=True):
        await bring(as_, path, state)
    await bring(as_, await propose(editor, elsewhere.candidacy, **HUNDRED), "running")
    async with speaking_for(app, as_("administrator"), "region_editor", region_code="32.71") as neighbour:
        theirs = await propose(neighbour, other.candidacy, **HUNDRED)
        await bring({"mentor": as_("mentor"), "region_editor": neighbour}.__getitem__, theirs, "running")
        done = await step(neighbour, theirs, "completed", closed_on="2026-02-01")
        assert done.status_code == 200, done.text
    found = (await as_("public").get(STANDINGS)).json()
    assert (found["cohort_code"], found["on"]) == ("test", None)
    assert found["counts"] == {"on_track": 0, "late": 1, "overdue": 0, "achieved": 1, "missed": 1}
    assert [(item["region_code"], item["title"], item["state"]) for item in found["items"]] == [
        ("32.71", "Shorter queues", "achieved"),
        ("32.73", "0", "late"),
        ("32.73", "1", "missed"),
    ]
    # What is not approved stands in no one's way, and so in nobody's count.
    for person in ("officer", "region_editor", "mentor"):
        assert (await as_(person).get(STANDINGS)).json() == found
    early = (await as_("public").get(STANDINGS, params={"on": "2026-01-05"})).json()
    assert (early["on"], early["counts"]["on_track"], len(early["items"])) == ("2026-01-05", 3, 3)
    for path in (STANDINGS, f"{paths[0]}/standing"):
        assert faults(await as_("public").get(path, params={"on": "2026-02-29"})) == {("on", "invalid_format")}
    assert (await as_("public").get("/v1/cohorts/never/quick-win-standings")).status_code == 404


async def test_nothing_is_expected_of_a_region_that_left(
    as_: As, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await running(as_, database)
    candidacy = (await as_("officer").get(path)).json()["candidacy_id"]
    at(monkeypatch, "2026-08-01T05:00:00+00:00")
    assert (await as_("public").get(STANDINGS)).json()["counts"]["overdue"] == 1
    assert (await move(as_("officer"), f"/v1/candidacies/{candidacy}", "withdrawn")).status_code == 200
    whole = (await as_("public").get(STANDINGS)).json()
    assert (sum(whole["counts"].values()), whole["items"]) == (0, [])
    report = (await as_("public").get("/v1/cohorts/test/report")).json()
    assert sum(row["count"] for row in report["quick_wins"]["standings"]) == 0
    alone = await stands(as_("public"), path)
    assert (alone["state"], codes(alone)) == (None, ["quick_win_left"])
