"""An upheld objection leads to another final choice among the same regions: who gained gets the seat, all are told."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import As, client_for
from tests.ground import laid
from tests.routers.agreements import LIST, WHOLE, make_draft, told
from tests.routers.assessments import window
from tests.routers.factories import METHOD, RUNS, every_row, move
from tests.routers.objections import PROCEDURE, decide, filed
from tests.routers.outcomes import ISSUE, LETTERS
from tests.routers.scored import BY_TOTAL, add_scorecard, make_assessed, publish_final, record_final
from tests.routers.selection_runs import states

# By the total: two seats, two in reserve, one is left over.
TOTALS = {"32.71": "1", "32.72": "2", "32.73": "2.5", "32.74": "3", "32.75": "4"}
TWO_RESERVES: dict[str, Any] = {"reserves": 2}
BEFORE = {
    "32.71": "not_selected", "32.72": "reserve", "32.73": "reserve", "32.74": "selected", "32.75": "selected",
}  # fmt: skip
# 32.71 goes from 1 to 3.5: it takes the seat of 32.74, and the last reserve drops out.
AFTER = {
    "32.71": "selected", "32.72": "not_selected", "32.73": "reserve", "32.74": "reserve", "32.75": "selected",
}  # fmt: skip
ASKED = {"stage": "final", "method": BY_TOTAL | TWO_RESERVES}


async def letters(reader: httpx.AsyncClient) -> dict[str, list[dict[str, Any]]]:
    """Return each region's letters, oldest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in await every_row(reader, LETTERS, sort="created_at"):
        found.setdefault(row["region_code"], []).append(row)
    return found


@laid
async def make_chosen(officer: httpx.AsyncClient, second: httpx.AsyncClient, database: Database) -> dict[str, str]:
    """Make a cohort whose final choice is published; return the path of each candidacy."""
    calendar = [window("assessment"), window("objection")]
    paths = await make_assessed(officer, database, TOTALS, calendar=calendar)
    await publish_final(officer, second, **TWO_RESERVES)
    assert await states(officer) == BEFORE
    return paths


async def assessment_of(database: Database, candidacy: str) -> UUID:
    """Return the assessment of a candidacy."""
    async with database.read() as connection:
        found = await connection.fetchval(
            "SELECT id FROM assessments WHERE candidacy_id = $1", UUID(candidacy.rpartition("/")[2])
        )
    assert isinstance(found, UUID)
    return found


async def test_a_new_scorecard_has_the_choice_made_again(as_: As, database: Database) -> None:
    officer, second, public = as_("officer"), as_("second_officer"), as_("public")
    paths = await make_chosen(officer, second, database)
    (first,) = await every_row(public, RUNS)
    await add_scorecard(database, paths["32.71"], "3.5")
    again = await record_final(officer, **TWO_RESERVES)
    assert await states(public) == BEFORE  # a recorded run decides nothing
    assert (await move(second, again, "published")).status_code == 200
    assert await states(public) == AFTER
    now, before = await every_row(public, RUNS)
    assert (now["state"], now["supersedes_id"], now["published_by"] is None) == ("published", first["id"], False)
    assert (before["id"], before["state"], before["supersedes_id"]) == (first["id"], "discarded", None)
    assert before["published_by"] == first["published_by"]
    for run, chosen in ((first["id"], {"32.74", "32.75"}), (now["id"], {"32.71", "32.75"})):
        rows = await every_row(public, f"/v1/selection-runs/{run}/results", decision="in")
        assert {row["region_code"] for row in rows} == chosen
    ended = (await officer.get(f"/v1/selection-runs/{first['id']}/transitions")).json()
    assert ([step["to"] for step in ended["history"]], ended["allowed"]) == (
        ["recorded", "published", "discarded"],
        [],
    )
    kept, lost = [
        [step["to"] for step in (await officer.get(f"{paths[code]}/transitions")).json()["history"]]
        for code in ("32.75", "32.74")
    ]
    assert (kept[-1], kept.count("selected"), lost[-2:]) == ("selected", 1, ["selected", "reserve"])


async def test_nobody_ends_a_choice_by_hand(as_: As, database: Database) -> None:
    await make_chosen(as_("officer"), as_("second_officer"), database)
    (run,) = await every_row(as_("officer"), RUNS)
    refused = await move(as_("officer"), f"/v1/selection-runs/{run['id']}", "discarded")
    assert (refused.status_code, refused.json()["code"], refused.json()["allowed"]) == (409, "illegal_transition", [])
    assert await every_row(as_("officer"), RUNS) == [run]


async def test_what_still_stands_is_not_decided_again(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_chosen(officer, second, database)
    assert told(await officer.post(RUNS, json=ASKED), "stage_already_published") == set()
    await add_scorecard(database, paths["32.71"], "3.5")
    runs = [await record_final(officer, **TWO_RESERVES) for _ in range(2)]
    assert (await move(second, runs[0], "published")).status_code == 200
    assert told(await move(second, runs[1], "published"), "stage_already_published") == set()
    assert told(await officer.post(RUNS, json=ASKED), "stage_already_published") == set()
    assert await states(officer) == AFTER
    assert [row["state"] for row in await every_row(officer, RUNS)] == ["recorded", "published", "discarded"]


async def test_a_score_that_the_method_does_not_ask_for_decides_nothing(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_assessed(officer, database, TOTALS)
    hdi = {"criteria": [METHOD["criteria"][1] | {"weight": 1}]}
    await publish_final(officer, second, **hdi)
    await add_scorecard(database, paths["32.71"], "3.5")
    refused = await officer.post(RUNS, json={"stage": "final", "method": BY_TOTAL | hdi})
    assert told(refused, "stage_already_published") == set()


async def test_what_is_signed_is_not_taken_back(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_chosen(officer, second, database)
    await add_scorecard(database, paths["32.71"], "3.5")
    run = await record_final(officer, **TWO_RESERVES)
    async with database.read() as connection:
        await connection.execute("UPDATE candidacies SET state = 'mou_signed' WHERE region_code = '32.75'")
    signed = {("/candidacies/32.75", "candidacy_not_ready")}
    assert told(await officer.post(RUNS, json=ASKED), "candidacy_not_ready") == signed
    assert told(await move(second, run, "published"), "candidacy_not_ready") == signed
    assert await states(officer) == BEFORE | {"32.75": "mou_signed"}


async def test_nobody_signs_first_while_an_objection_may_change_the_choice(as_: As, database: Database) -> None:
    """With the first signature the choice stands, so that comes after: then all may sign."""
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_chosen(officer, second, database)
    assert (await officer.post(LETTERS, json=ISSUE)).status_code == 200
    first = await make_draft(officer, paths["32.75"].rpartition("/")[2], **WHOLE)
    objection = await filed(as_("region_editor"), await assessment_of(database, paths["32.73"]), **PROCEDURE)
    assert told(await move(officer, first, "signed"), "choice_unsettled") == {
        ("/candidacies/32.73", "objection_waiting"),
    }
    await decide(second, objection, "dismissed")
    await add_scorecard(database, paths["32.71"], "3.5")
    items = [{"candidacy_id": paths["32.75"].rpartition("/")[2], "number": "1"}]
    ceremony = {name: WHOLE[name] for name in ("date", "place", "parties")} | {"items": items, "reason": "x"}
    for refused in (await move(officer, first, "signed"), await officer.post(f"{LIST}/sign", json=ceremony)):
        assert told(refused, "choice_unsettled") == {("/candidacies/32.71", "choice_outdated")}
    assert await states(officer) == BEFORE
    await publish_final(officer, second, **TWO_RESERVES)
    assert (await move(officer, first, "signed")).status_code == 200
    await add_scorecard(database, paths["32.73"], "4")  # too late: somebody has signed
    other = await make_draft(officer, paths["32.71"].rpartition("/")[2], **WHOLE | {"number": "2"})
    assert (await move(officer, other, "signed")).status_code == 200


async def test_who_left_meanwhile_is_not_decided_on(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_chosen(officer, second, database)
    await add_scorecard(database, paths["32.71"], "3.5")
    late = await record_final(officer, **TWO_RESERVES)
    assert (await move(officer, paths["32.75"], "withdrawn")).status_code == 200
    assert told(await move(second, late, "published"), "run_outdated") == set()
    again = await record_final(officer, **TWO_RESERVES)
    assert (await move(second, again, "published")).status_code == 200
    assert await states(officer) == AFTER | {
        "32.72": "reserve", "32.74": "selected", "32.75": "withdrawn",
    }  # fmt: skip


async def test_nobody_is_passed_over_whose_objection_waits(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_chosen(officer, second, database)
    assert (await officer.post(LETTERS, json=ISSUE)).status_code == 200
    await filed(as_("region_editor"), await assessment_of(database, paths["32.73"]), **PROCEDURE)
    await add_scorecard(database, paths["32.71"], "3.5")
    async with database.read() as connection:  # upheld, and in moderation
        await connection.execute(
            "UPDATE assessments SET state = 'moderation', finalised_at = NULL WHERE id = $1",
            await assessment_of(database, paths["32.72"]),
        )
    run = await record_final(officer, **TWO_RESERVES)
    assert told(await move(second, run, "published"), "incomplete") == {
        ("/candidacies/32.72", "assessment_unfinished"),
        ("/candidacies/32.73", "objection_waiting"),
    }
    assert await states(officer) == BEFORE


@pytest.mark.parametrize(("state", "refusal"), [("decided", None), ("mentoring", "cohort_not_ready")])
async def test_a_cohort_is_decided_again_until_it_is_mentored(
    as_: As, database: Database, state: str, refusal: str | None
) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_chosen(officer, second, database)
    await add_scorecard(database, paths["32.71"], "3.5")
    for step in ("decided", "mentoring"):
        if (await officer.get("/v1/cohorts/test")).json()["state"] != state:
            assert (await move(officer, "/v1/cohorts/test", step)).status_code == 200
    if refusal is None:
        await publish_final(officer, second, **TWO_RESERVES)
        assert await states(officer) == AFTER
        return
    refused = await officer.post(RUNS, json=ASKED)
    assert told(refused, refusal) == set()
    assert refused.json()["expected"] == ["assessing", "decided"]


async def test_a_region_whose_letter_no_longer_holds_gets_another(as_: As, database: Database) -> None:
    """32.75 stays first with the same scorecard; what all the others' letters say has changed."""
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_chosen(officer, second, database)
    assert (await officer.post(LETTERS, json=ISSUE)).json()["issued"] == 5
    before = await letters(officer)
    card = await add_scorecard(database, paths["32.71"], "3.5")
    assert told(await officer.post(LETTERS, json=ISSUE), "result_letter_exists") == set()
    run = await publish_final(officer, second, **TWO_RESERVES)
    report = (await officer.post(LETTERS, json=ISSUE | {"first": 6, "date": "2027-04-01"})).json()
    assert [(row["region_code"], row["number"], row["decision"], row["rank"]) for row in report["items"]] == [
        ("32.71", "B-6/KOMINFO/2027", "in", 2),
        ("32.72", "B-7/KOMINFO/2027", "out", 5),
        ("32.73", "B-8/KOMINFO/2027", "reserve", 4),
        ("32.74", "B-9/KOMINFO/2027", "reserve", 3),
    ]
    after = await letters(officer)
    assert after["32.75"] == before["32.75"]
    for region in ("32.71", "32.72", "32.73", "32.74"):
        old, new = after[region]
        assert [old] == before[region]
        assert (new["replaces_id"], new["run_id"]) == (old["id"], run.rpartition("/")[2])
    assert after["32.71"][1]["scorecard_id"] == str(card)
    assert told(await officer.post(LETTERS, json=ISSUE | {"first": 20}), "result_letter_exists") == set()
    assert await letters(as_("region_editor")) == {"32.73": after["32.73"]}
    await filed(as_("region_editor"), await assessment_of(database, paths["32.73"]), **PROCEDURE)


async def test_a_seat_that_falls_free_goes_to_the_reserve_of_the_choice_in_force(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_chosen(officer, second, database)
    await add_scorecard(database, paths["32.71"], "3.5")
    await publish_final(officer, second, **TWO_RESERVES)
    await move(officer, paths["32.71"], "withdrawn")
    offer = (await officer.get(f"{paths['32.71']}/replacement")).json()
    assert offer["offered"]["region_code"] == "32.74"  # before it was 32.73


@pytest.mark.commits
async def test_of_many_choices_again_at_once_one_holds(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        paths = await make_chosen(one, other, committed.state.database)
        await add_scorecard(committed.state.database, paths["32.71"], "3.5")
        runs = [await record_final(one, **TWO_RESERVES) for _ in range(10)]
        answers = await asyncio.gather(*(move(other, run, "published") for run in runs))
        codes = sorted(answer.json().get("code", "won") for answer in answers)
        assert codes == ["stage_already_published"] * 9 + ["won"]
        assert await states(one) == AFTER
        kept = [row["state"] for row in await every_row(one, RUNS)]
        assert (kept.count("published"), kept.count("discarded"), kept.count("recorded")) == (1, 1, 9)
