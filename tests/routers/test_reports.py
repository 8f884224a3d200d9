"""What became of a cohort is counted anew from its candidacies, and costs the same whatever the cohort's size."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from operator import attrgetter
from types import ModuleType
from typing import Any

import pytest

from app import reference
from app.domain.lifecycles import CANDIDACY
from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.kernel.engines import from_json
from app.kernel.transitions import enter
from app.kernel.writing import act_as
from app.models.assessments import Assessment
from app.services import quick_win_standings, reports
from tests.beside import Held
from tests.conftest import As
from tests.routers.agreements import put_into
from tests.routers.factories import make_candidacy, make_cohort, move
from tests.routers.outcomes import LEVELS, QUESTIONS, make_assessed, publish, scorecard
from tests.routers.reports import PROGRESS, REPORT, alpha, told
from tests.test_architecture import counted

REGIONS = {fact.code: fact for fact in reference.regions()}
PARTS = {code: fact for code, fact in REGIONS.items() if fact.kind != "province" and fact.valid_to is None}


def funnel(report: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return how many are, and were, in each state in which anybody was."""
    return {step["state"]: (step["now"], step["ever"]) for step in report["funnel"] if step["now"] or step["ever"]}


@pytest.mark.parametrize("person", ["public", "officer", "region_editor"])
async def test_the_cohort_of_2018_is_as_it_was_published(as_: As, person: str) -> None:
    report = await told(as_(person), "/v1/cohorts/2018/report")
    assert (report["cohort_code"], report["state"], report["quota"]) == ("2018", "closed", 50)
    assert funnel(report) == {"assessed": (0, 50), "selected": (0, 50), "mou_signed": (50, 50)}
    steps = {step["state"]: step for step in report["funnel"]}
    assert list(steps) == list(CANDIDACY.states)
    # The days of the assessment and of the ceremony were published, that of the choice was not.
    moments = {state: (steps[state]["first_at"], steps[state]["last_at"]) for state in funnel(report)}
    assert {
        state: [moment and datetime.fromisoformat(moment) for moment in both] for state, both in moments.items()
    } == {
        "assessed": [datetime(2018, 3, 6, 17, tzinfo=UTC)] * 2,  # 7 March, 00:00 in Jakarta
        "selected": [None, None],
        "mou_signed": [datetime(2018, 5, 7, 17, tzinfo=UTC)] * 2,  # 8 May
    }
    chosen = [REGIONS[fact.region_code] for fact in reference.participants() if fact.cohort_code == "2018"]
    for parts, key in (("island_groups", "island_group"), ("provinces", "province_code")):
        of = attrgetter(key)
        rows = {row[key]: row for row in report["equity"][parts]}
        assert {code: row["chosen"] for code, row in rows.items() if row["chosen"]} == Counter(map(of, chosen))
        assert {code: row["regions"] for code, row in rows.items()} == Counter(of(fact) for fact in PARTS.values())
        assert sum(row["population"] for row in rows.values()) == sum(fact.population for fact in PARTS.values())
        assert sum(row["population_chosen"] for row in rows.values()) == sum(fact.population for fact in chosen)
        for row in rows.values():
            assert row["nominated"] == row["shortlisted"] == row["chosen"] <= row["regions"]
    assert (len(report["equity"]["island_groups"]), len(report["equity"]["provinces"])) == (7, 38)
    assert report["priorities"]["assessed"] == 0
    assert [row["regions"] for row in report["priorities"]["covered"]] == [0] * 9
    assert (report["scores"], report["agreement"]) == (None, None)


async def test_the_funnel_counts_who_is_where_and_who_ever_was(as_: As) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    before = datetime.now(UTC)
    paths = [await make_candidacy(officer, "test", region) for region in ("32.73", "32.71", "73.71", "91.71")]
    for path in paths[:3]:
        await move(officer, path, "invited")
    await move(officer, paths[2], "withdrawn")
    report = await told(as_("public"))
    assert funnel(report) == {"nominated": (1, 4), "invited": (2, 3), "withdrawn": (1, 1)}
    for step in report["funnel"]:
        if step["ever"]:
            first, last = (datetime.fromisoformat(step[name]) for name in ("first_at", "last_at"))
            assert before <= first <= last <= datetime.now(UTC)
            assert (first < last) is (step["ever"] > 1)
        else:
            assert (step["first_at"], step["last_at"]) == (None, None)
    islands = {row["island_group"]: row for row in report["equity"]["island_groups"]}
    assert {code: (row["nominated"], row["shortlisted"], row["chosen"]) for code, row in islands.items()} == {
        code: (2, 2, 0) if code == "jawa" else (1, 0, 0) if code == REGIONS["91.71"].island_group else (0, 0, 0)
        for code in islands
    }


async def test_who_enters_a_state_twice_is_counted_once(as_: As, database: Database) -> None:
    """A form that is returned leaves its region invited again."""
    officer = as_("officer")
    await make_cohort(officer)
    path = await make_candidacy(officer, "test")
    await move(officer, path, "invited")
    first = {step["state"]: step for step in (await told(officer))["funnel"]}["invited"]
    steps = (("invited", "form_submitted"), ("form_submitted", "invited"))
    async with database.write() as session:
        for before, to in steps:
            moves = [(path.rpartition("/")[2], before, to)]
            await enter(session, "candidacies", moves, reason="test", actor="key:1")
    report = await told(officer)
    assert funnel(report) == {"nominated": (0, 1), "invited": (1, 1), "form_submitted": (0, 1)}
    again = {step["state"]: step for step in report["funnel"]}["invited"]
    assert (again["first_at"] == first["first_at"]) is (again["last_at"] > first["last_at"]) is True


async def test_priorities_are_those_of_the_chosen(as_: As, database: Database) -> None:
    officer = as_("officer")
    ids = await make_assessed(officer, database)
    listed = (await officer.get("/v1/catalogues/national-priorities")).json()["entries"]
    first, second, third, *others = (entry["code"] for entry in listed)
    named = {"32.71": [first, second], "32.73": [second], "32.74": [third], "32.72": [third]}
    async with database.read() as connection:
        for region, priorities in named.items():
            await connection.execute("UPDATE assessments SET priorities = $1 WHERE id = $2", priorities, ids[region])
    assert (await told(as_("public")))["priorities"]["assessed"] == 0
    await publish(database)
    found = (await told(as_("public")))["priorities"]
    assert found["assessed"] == 2
    assert [(row["code"], row["regions"]) for row in found["covered"]] == [
        (first, 1), (second, 2), (third, 0), *((code, 0) for code in others),
    ]  # fmt: skip
    assert [(row["name_en"], row["name_id"]) for row in found["covered"]] == [
        (entry["name_en"], entry["name_id"]) for entry in listed
    ]


async def test_scores_and_agreement_come_with_the_published_decision(as_: As, database: Database) -> None:
    """The totals are 2.8875, 1.3875, 2.725 and 2.15."""
    await make_assessed(as_("officer"), database)
    await publish(database, state="recorded")
    for person in ("public", "region_editor", "assessor", "officer"):
        report = await told(as_(person))
        assert (report["scores"], report["agreement"]) == (None, None)
    await publish(database)
    report = await told(as_("public"))
    scores = report["scores"]
    assert {name: scores[name] for name in scores.keys() - {"histogram"}} == {
        "count": 4, "lowest": 1.3875, "median": 2.4375, "mean": 2.2875, "highest": 2.8875,
    }  # fmt: skip
    assert [(one["at_least"], one["below"]) for one in scores["histogram"] if one["count"]] == [
        (1.25, 1.5), (2, 2.25), (2.5, 2.75), (2.75, 3),
    ]  # fmt: skip
    assert len(scores["histogram"]) == 16
    units = [levels for region in LEVELS.values() for levels in region]
    assert report["agreement"] == {
        "alpha": pytest.approx(alpha(units)), "metric": "interval", "units": 12, "values": 24, "reason": None,
    }  # fmt: skip
    assert await told(as_("officer")) == report


async def test_the_newest_scorecard_counts(as_: As, database: Database) -> None:
    ids = await make_assessed(as_("officer"), database)
    async with database.write() as session:
        await act_as(session, SYSTEM)
        assessment = await session.get_one(Assessment, ids["32.72"])
        questions = [{"question": code, "levels": [4, 4]} for code in QUESTIONS]
        session.add(scorecard(assessment, "32.72", edition=2, total=4, percent=100, questions=questions))
    await publish(database)
    report = await told(as_("public"))
    assert (report["scores"]["count"], report["scores"]["lowest"], report["scores"]["highest"]) == (4, 2.15, 4)
    assert report["scores"]["histogram"][-1] == {"at_least": 3.75, "below": 4, "count": 1}
    units = [levels for region, all_levels in LEVELS.items() if region != "32.72" for levels in all_levels]
    assert report["agreement"]["alpha"] == pytest.approx(alpha([*units, (4, 4), (4, 4), (4, 4)]))


async def test_a_cohort_that_is_not_published_has_no_report_for_others(as_: As) -> None:
    await make_cohort(as_("officer"), state="draft")
    for person in ("public", "region_editor", "assessor", "mentor", "data_steward"):
        assert (await as_(person).get(REPORT)).status_code == 404
    for person in ("officer", "auditor", "administrator"):
        report = await told(as_(person))
        assert (report["state"], funnel(report)) == ("draft", {})
        assert (await told(as_(person), PROGRESS))["owed"] == []
    assert (await as_("public").get("/v1/cohorts/none/report")).status_code == 404
    assert (await as_("officer").get("/v1/cohorts/none/assessment-progress")).status_code == 404


async def test_a_report_costs_the_same_whatever_the_size_of_the_cohort(as_: As, database: Database) -> None:
    administrator, costs = as_("administrator"), []
    await make_cohort(as_("officer"))
    await administrator.get(REPORT)
    for _ in range(2):
        async with database.read() as connection:
            for path in (REPORT, PROGRESS):
                async with counted(connection) as statements:
                    await told(administrator, path)
                costs.append(len(statements))
        for region in list(PARTS)[:9]:
            if len(costs) == 2:
                await put_into(
                    database, (await make_candidacy(as_("officer"), "test", region)).rpartition("/")[2], "invited"
                )
    assert costs == [2, 2, 2, 2]


@pytest.mark.parametrize(
    ("service", "path"),
    [(reports, REPORT), (reports, PROGRESS), (quick_win_standings, "/v1/cohorts/test/quick-win-standings")],
)
async def test_while_a_cohort_is_worked_out_others_are_answered(
    as_: As, monkeypatch: pytest.MonkeyPatch, service: ModuleType, path: str
) -> None:
    await make_cohort(as_("officer"))
    held = Held(from_json)
    monkeypatch.setattr(service, "from_json", held)
    asked = asyncio.create_task(as_("officer").get(path))
    await held.begun.wait()
    assert (await as_("public").get("/health/live")).status_code == 200
    held.let_go()
    assert (await asked).status_code == 200
