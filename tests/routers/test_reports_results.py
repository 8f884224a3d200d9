"""What mentoring, plans and quick wins came to is told to everyone alike, and tells nothing that is not public."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import MASTER_PLAN, MENTORSHIP, QUICK_WIN
from app.kernel.db import Database
from app.kernel.writing import new_id
from app.models.candidacies import Candidacy
from app.models.master_plans import MasterPlan
from app.models.mentorships import Mentorship
from app.models.workshops import Workshop
from tests.conftest import As
from tests.ground import laid
from tests.routers.agreements import put_into
from tests.routers.factories import faults, make_candidacy, make_cohort, move
from tests.routers.mentored import Mentored, make_mentored
from tests.routers.reports import REPORT, told
from tests.routers.results import REGULATION, make_commitment, make_plan, make_quick_win, submit

RUNNING = ("proposed", "approved", "running")


def counts(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Return the counts that are not zero, by state."""
    return {row["state"]: row["count"] for row in rows if row["count"]}


async def test_a_cohort_without_results_says_so(as_: As) -> None:
    await make_cohort(as_("officer"))
    report = await told(as_("public"))
    nothing = {"planned": 0, "open": 0, "closed": 0}
    assert report["mentoring"] == {
        "mentorships": [{"state": state, "count": 0} for state in MENTORSHIP.states],
        "workshops": [{"number": number} | nothing for number in (1, 2, 3, 4)],
        "commitments": {"region_heads": 0, "agencies": 0, "regions": 0},
    }
    assert report["plans"] == {
        "plans": [{"state": state, "count": 0} for state in MASTER_PLAN.states],
        "enacted": 0,
        "missing_regulations": [],
        "completeness": None,
        "budget": {"total": 0, "by_source": []},
    }
    quick_wins = report["quick_wins"]
    assert [row["dimension"] for row in quick_wins.pop("dimensions")] == [
        "governance", "branding", "economy", "living", "society", "environment",
    ]  # fmt: skip
    assert quick_wins == {
        "on": None,
        "quick_wins": [{"state": state, "count": 0} for state in QUICK_WIN.states],
        "standings": [{"state": state, "count": 0} for state in ("on_track", "late", "overdue", "achieved", "missed")],
        "achieved_share": None,
    }


async def take_over(session: AsyncSession, before: Mentored) -> None:
    """Give a region another mentorship in the place of one that ended, with all four workshops yet to be held."""
    ended = await session.get_one(Mentorship, UUID(before.mentorship))
    new = {name: getattr(ended, name) for name in ("candidacy_id", "institution_id", "lead_mentor_id")}
    after = Mentorship(id=new_id(), starts_on=ended.starts_on, ends_on=ended.ends_on, state="assigned", **new)
    session.add(after)
    await session.flush()
    session.add_all(Workshop(id=new_id(), mentorship_id=after.id, number=n, state="planned") for n in range(1, 5))


async def test_mentoring_is_counted_by_mentorship_and_workshop(as_: As, database: Database) -> None:
    """What was held before a mentorship ended early counts, of each region once; the rest is its successor's."""
    officer = as_("officer")
    first = await make_mentored(officer, database, "32.73", closed=2)
    second = await make_mentored(officer, database, "32.71", closed=4)
    third = await make_mentored(officer, database, "32.72", closed=3)
    async with database.write() as session:
        (await session.get_one(Mentorship, UUID(second.mentorship))).state = "completed"
        (await session.get_one(Mentorship, UUID(third.mentorship))).state = "ended"
        (await session.get_one(Workshop, UUID(first.workshops[2]))).state = "open"
        await take_over(session, third)
        await make_commitment(session, first.candidacy, "drafted", "signed")
        await make_commitment(session, first.candidacy, "drafted", "signed", agency="Dinas Satu")
        await make_commitment(session, first.candidacy, "drafted", "signed", "void", agency="Dinas Dua")
        await make_commitment(session, third.candidacy, "drafted")
    found = (await told(as_("public")))["mentoring"]
    assert counts(found["mentorships"]) == {"active": 1, "completed": 1, "ended": 1, "assigned": 1}
    assert [tuple(row.values()) for row in found["workshops"]] == [
        (1, 0, 0, 3), (2, 0, 0, 3), (3, 0, 1, 2), (4, 2, 0, 1),
    ]  # fmt: skip
    assert found["commitments"] == {"region_heads": 2, "agencies": 2, "regions": 2}


async def test_plans_are_counted_and_public_budgets_added_up(as_: As, database: Database) -> None:
    """What a plan costs that is not accepted yet is nobody's business; sums pass what a double holds exactly."""
    officer, ids = as_("officer"), {}
    for region in ("32.71", "32.72", "32.73", "32.74", "32.76"):
        ids[region] = (await make_mentored(officer, database, region)).candidacy
    most = 10**15
    async with database.write() as session:
        accepted = await make_plan(session, ids["32.71"], "draft", "submitted", "accepted")
        await submit(session, accepted, (2027, "apbd", 5), vision="An older one")
        await submit(session, accepted, (2027, "apbd", most), (2028, "csr", 7), vision="V", parts={"map": "M"})
        enacted = await make_plan(session, ids["32.72"], "draft", "submitted", "accepted", "enacted")
        await submit(session, enacted, *((year, "apbd", most) for year in range(2027, 2032)), (2027, "apbn", 3))
        old = await make_plan(session, ids["32.72"], "superseded", regulation_number="11")
        await submit(session, old, (2027, "apbd", 11), vision="V")
        submitted = await make_plan(session, ids["32.73"], "draft", "submitted")
        await submit(session, submitted, (2027, "kpbu", 13), vision="V")
        returned = await make_plan(session, ids["32.74"], "draft", "submitted", "returned")
        await submit(session, returned, (2027, "kpbu", 17))
    found = (await told(as_("public")))["plans"]
    assert counts(found["plans"]) == {"accepted": 1, "enacted": 1, "superseded": 1, "submitted": 1, "returned": 1}
    assert found["enacted"] == 1
    # Whole, nothing, and three of four: those accepted, in force and submitted.
    assert found["completeness"] == pytest.approx((1 + 0 + 0.75) / 3)
    assert found["budget"] == {
        "total": 6 * most + 10,
        "by_source": [
            {"source": "apbd", "amount": 6 * most},
            {"source": "apbn", "amount": 3},
            {"source": "csr", "amount": 7},
        ],
    }
    assert [row["region_code"] for row in found["missing_regulations"]] == ["32.71", "32.73", "32.74", "32.76"]


async def test_a_budget_counts_a_region_once_and_none_that_left(as_: As, database: Database) -> None:
    officer = as_("officer")
    revised, gone = [(await make_mentored(officer, database, code)).candidacy for code in ("32.71", "32.72")]
    async with database.write() as session:
        plan = await make_plan(session, revised, "draft", "submitted", "accepted", "enacted")
        await submit(session, plan, (2027, "apbd", 100))
        revision = await make_plan(session, revised, "draft", "submitted", "accepted", revises_id=plan.id)
        await submit(session, revision, (2027, "apbd", 110))
        left = await make_plan(session, gone, "draft", "submitted", "accepted")
        await submit(session, left, (2027, "apbd", 1000))
    assert (await told(as_("public")))["plans"]["budget"]["total"] == 1100
    assert (await move(officer, f"/v1/candidacies/{gone}", "withdrawn")).status_code == 200
    assert (await told(as_("public")))["plans"]["budget"]["total"] == 100
    async with database.write() as session:
        for row, state in ((plan, "superseded"), (revision, "enacted")):
            change = {"state": state} | REGULATION | {"regulation_number": f"No. {state}"}
            await session.execute(update(MasterPlan).where(MasterPlan.id == row.id).values(**change))
    assert (await told(as_("public")))["plans"]["budget"]["total"] == 110


async def test_who_owes_a_regulation_is_named_with_the_reason(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    states = {
        "32.71": "mou_signed", "32.72": "mentoring", "32.73": "plan_accepted", "32.74": "enacted", "32.76": "enacted",
    }  # fmt: skip
    ids = {}
    for region, state in states.items():
        ids[region] = (await make_candidacy(officer, "test", region)).rpartition("/")[2]
        await put_into(database, ids[region], state)
    async with database.write() as session:
        await make_plan(session, ids["32.76"], "draft", "submitted", "accepted", "enacted")
    found = (await told(as_("public")))["plans"]["missing_regulations"]
    assert [(row["candidacy_id"], row["region_code"], row["reason"]["code"]) for row in found] == [
        (ids["32.72"], "32.72", "plan_not_submitted"),
        (ids["32.73"], "32.73", "plan_not_enacted"),
        (ids["32.74"], "32.74", "regulation_not_recorded"),
    ]
    assert found[1]["region_name"] == "Kota Bandung"
    # Of the cohorts of the past no more is known than who signed: that is no finding.
    assert (await told(as_("public"), "/v1/cohorts/2018/report"))["plans"]["missing_regulations"] == []


@laid
async def make_quick_wins(officer: httpx.AsyncClient, database: Database) -> None:
    """Make five approved quick wins from March to August 2026, one proposed and one dropped before it was approved."""
    first = (await make_mentored(officer, database, "32.73")).candidacy
    second = (await make_mentored(officer, database, "91.71")).candidacy
    done, half = (*RUNNING, "completed"), [(date(2026, 4, 1), 20), (date(2026, 5, 1), 40), (date(2026, 6, 1), 50)]
    async with database.write() as session:
        await make_quick_win(session, first, *done, reports=half, closing=(date(2026, 5, 20), 15))
        await make_quick_win(session, first, *done, closing=(date(2026, 7, 1), 40), dimension="living")
        await make_quick_win(session, first, *RUNNING, reports=half)
        await make_quick_win(session, second, *RUNNING, dimension="living")
        await make_quick_win(
            session, second, "proposed", "approved", "cancelled", closing=(date(2026, 4, 30), None), dimension="economy"
        )
        await make_quick_win(session, second, "proposed", dimension="society")
        await make_quick_win(session, second, "proposed", "cancelled", dimension="society")


@pytest.mark.parametrize(
    ("day", "stand", "achieved", "share"),
    [
        ("2026-03-01", {"on_track": 5}, 0, None),
        ("2026-05-01", {"on_track": 2, "late": 2, "missed": 1}, 0, 0),
        ("2026-05-20", {"achieved": 1, "on_track": 1, "late": 2, "missed": 1}, 1, 0.5),
        ("2026-09-01", {"achieved": 1, "overdue": 2, "missed": 2}, 1, 1 / 3),
    ],
)
async def test_quick_wins_stand_as_they_stood_on_the_day_asked(
    as_: As, database: Database, day: str, stand: dict[str, int], achieved: int, share: float | None
) -> None:
    await make_quick_wins(as_("officer"), database)
    found = (await told(as_("public"), f"{REPORT}?on={day}"))["quick_wins"]
    assert found["on"] == day
    assert counts(found["quick_wins"]) == {"proposed": 1, "running": 2, "completed": 2, "cancelled": 2}
    assert counts(found["standings"]) == stand
    assert found["achieved_share"] == (share if share is None else pytest.approx(share))
    dimensions = {row.pop("dimension"): row for row in found["dimensions"]}
    assert {code: (row["quick_wins"], row["regions"], row["achieved"]) for code, row in dimensions.items()} == {
        "governance": (2, 1, achieved),
        "living": (2, 2, 0),
        "economy": (1, 1, 0),
        "branding": (0, 0, 0),
        "society": (0, 0, 0),
        "environment": (0, 0, 0),
    }


async def test_today_is_each_regions_own(as_: As, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """16:30 UTC on the last day: in Jayapura that day is over, in Bandung it is not."""
    await make_quick_wins(as_("officer"), database)
    moment = datetime(2026, 8, 31, 16, 30, tzinfo=UTC)
    monkeypatch.setattr("app.services.calendars.now", lambda: moment)
    found = (await told(as_("public")))["quick_wins"]
    assert (found["on"], counts(found["standings"])) == (None, {"achieved": 1, "late": 1, "overdue": 1, "missed": 2})


async def test_how_far_one_may_lag_is_the_cohorts(as_: As, database: Database) -> None:
    """On 2 June 93 of 184 days are over: by 50.5 per cent against 50."""
    await make_quick_wins(as_("officer"), database)
    path = f"{REPORT}?on=2026-06-02"
    states = []
    for rules in ("{}", '{"tolerance": 0}'):
        async with database.read() as connection:
            await connection.execute("UPDATE cohorts SET quick_win_rules = $1 WHERE code = 'test'", rules)
        states.append(counts((await told(as_("public"), path))["quick_wins"]["standings"]))
    assert states == [{"achieved": 1, "on_track": 1, "late": 2, "missed": 1}, {"achieved": 1, "late": 3, "missed": 1}]


async def test_everyone_is_told_the_same(as_: As, database: Database) -> None:
    """Of drafts there are counts and nothing else; another cohort's records are in none of them."""
    officer = as_("officer")
    await make_quick_wins(officer, database)
    await make_mentored(officer, database, "32.73", cohort="other", closed=4)
    async with database.write() as session:
        row = (await session.get_one(Candidacy, UUID((await make_mentored(officer, database, "32.71")).candidacy))).id
        await make_plan(session, str(row), "draft", title="Rahasia")
    path = f"{REPORT}?on=2026-06-01"
    report = await as_("public").get(path)
    assert b"Rahasia" not in report.content
    assert counts(report.json()["plans"]["plans"]) == {"draft": 1}
    assert counts(report.json()["mentoring"]["mentorships"]) == {"active": 3}
    for person in ("region_editor", "assessor", "mentor", "data_steward", "auditor", "officer", "administrator"):
        assert (await as_(person).get(path)).content == report.content


async def test_a_day_that_is_none_is_refused(as_: As) -> None:
    await make_cohort(as_("officer"))
    assert faults(await as_("public").get(f"{REPORT}?on=2026-02-30")) == {("on", "invalid_format")}
