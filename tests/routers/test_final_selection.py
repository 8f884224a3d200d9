"""The final choice counts scores of the assessment beside indicators, and is not published on scores of yesterday."""

import asyncio
import hashlib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import As, client_for
from tests.ground import laid
from tests.routers.factories import METHOD, RUNS, every_row, faults, make_cohort, make_run, move
from tests.routers.scored import BY_TOTAL, add_scorecard, make_assessed, publish_final, record_final
from tests.routers.selection_runs import states
from tests.routers.worked_out import figures

CITIES = ("32.71", "32.72", "32.73", "32.74", "32.75")
TOTALS = dict(zip(CITIES, ("7/3", "3.5", "1.25", "3.5", "4"), strict=True))
HDI = METHOD["criteria"][1]
READY = BY_TOTAL["criteria"][0]
RULES = READY | {"code": "rules", "assessment": "regulation"}
MIXED: dict[str, Any] = {
    "criteria": [
        READY | {"weight": 0.5, "normalisation": "min_max"},
        RULES | {"weight": 0.2, "normalisation": "percentile"},
        HDI | {"weight": 0.3},
    ]
}


async def results(reader: httpx.AsyncClient, run: str) -> dict[str, dict[str, Any]]:
    """Return the results of a run by region."""
    return {row["region_code"]: row for row in await every_row(reader, f"{run}/results")}


@laid
async def make_mixed(as_: As, database: Database) -> dict[str, str]:
    """Make a cohort whose scorecards have a score of regulation beside the total."""
    paths = await make_assessed(as_("officer"), database, dict.fromkeys(CITIES))
    for code, rules in zip(CITIES, ("1", "2.5", "2.5", "3.5", "4"), strict=True):
        await add_scorecard(database, paths[code], TOTALS[code], rules)
    return paths


async def test_a_choice_by_scores_and_an_indicator_is_what_one_works_out_by_hand(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_mixed(as_, database)
    run = await record_final(officer, **MIXED)
    development = {code: Fraction(figures()[code][1]) for code in CITIES}
    low, high = min(development.values()), max(development.values())
    # Of 1, 2.5, 2.5, 3.5, 4: none below, one below and one other equal, ..., three below, four below.
    rules = dict(zip(CITIES, (Fraction(0), Fraction(3, 8), Fraction(3, 8), Fraction(3, 4), Fraction(1)), strict=True))
    expected = {
        code: Fraction(1, 2) * (Fraction(TOTALS[code]) - Fraction(5, 4)) / Fraction(11, 4)
        + Fraction(1, 5) * rules[code]
        + Fraction(3, 10) * (development[code] - low) / (high - low)
        for code in CITIES
    }
    rows = await results(officer, run)
    assert sorted(rows, key=lambda code: rows[code]["rank"]) == sorted(expected, key=lambda code: -expected[code])
    for code, row in rows.items():
        assert abs(Fraction(row["score"]) - expected[code]) < Fraction(1, 10**11)
    assert {code for code, row in rows.items() if row["decision"] == "in"} == set(
        sorted(expected, key=lambda code: -expected[code])[:2]
    )


async def test_a_score_is_shown_with_the_scorecard_it_is_from(as_: As, database: Database) -> None:
    officer = as_("officer")
    paths = await make_mixed(as_, database)
    card = await add_scorecard(database, paths["32.73"], "3.75", "3.5")
    run = await record_final(officer, **MIXED)
    total, rules, hdi = (await results(officer, run))["32.73"]["criteria"]
    source = f"scorecard {card}, edition 2"
    assert (total["assessment"], total["raw"], total["source"]) == ("total", 3.75, source)
    assert (rules["assessment"], rules["raw"], rules["source"]) == ("regulation", 3.5, source)
    for part in (total, rules):
        assert (part["indicator"], part["year"], part["quality"]) == (None, None, "official")
    assert (hdi["assessment"], hdi["indicator"], hdi["year"]) == (None, "hdi", 2022)
    inputs = await officer.get(f"{run}/inputs")
    assert hashlib.sha256(inputs.content).hexdigest() == (await officer.get(run)).json()["inputs_sha256"]
    read = {(row["region"], row["assessment"]): row for row in inputs.json()["values"] if "assessment" in row}
    assert len(read) == 2 * len(CITIES)  # of two editions, one
    assert read["32.73", "total"]["source"] == source
    assert read["32.71", "total"]["value"] == TOTALS["32.71"]  # not rounded
    stored = (await officer.get(run)).json()["method"]["criteria"]
    assert [(row["indicator"], row["assessment"]) for row in stored] == [
        (None, "total"),
        (None, "regulation"),
        ("hdi", None),
    ]


async def test_equal_scores_are_parted_by_the_method_and_not_by_rounding(as_: As, database: Database) -> None:
    """Thirds have no decimal: cut to the last place that is shown, (4/3 + 4/3) / 2 is less than (1 + 5/3) / 2."""
    officer = as_("officer")
    large, small = "32.73", "32.71"
    paths = await make_assessed(officer, database, {large: "4/3", small: None})
    await add_scorecard(database, paths[small], "1.2", "5/3")
    halves = [READY | {"code": code, "assessment": code, "weight": 0.5} for code in ("leadership_vision", "regulation")]
    ties = [{"by": "population", "direction": "higher"}]
    rows = await results(officer, await record_final(officer, criteria=halves, tie_breakers=ties))
    assert [part["raw"] for part in rows[small]["criteria"]] == [1, 1.666666666667]
    assert rows[large]["score"] == rows[small]["score"] == 1.333333333333
    assert (rows[large]["rank"], rows[small]["rank"]) == (1, 2)


async def test_scores_of_a_rehearsal_say_so(as_: As, database: Database) -> None:
    await make_assessed(as_("officer"), database, TOTALS, simulation=True)
    rows = await results(as_("officer"), await record_final(as_("officer")))
    assert {part["quality"] for row in rows.values() for part in row["criteria"]} == {"synthetic"}


async def test_the_same_scorecards_give_the_same_bytes(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_mixed(as_, database)
    runs = [await record_final(officer, **MIXED) for _ in range(2)]
    bodies = [(await officer.get(f"{run}/inputs")).content for run in runs]
    assert bodies[0] == bodies[1]
    changing = {"id", "run_id", "created_at", "updated_at"}
    shown = [
        [{name: value for name, value in row.items() if name not in changing} for row in rows.values()]
        for rows in [await results(officer, run) for run in runs]
    ]
    assert shown[0] == shown[1]


@pytest.mark.parametrize(
    ("policy", "rank", "weights"), [("exclude", None, [0, 0]), ("zero", 5, [0.6, 0.4]), ("reweight", 3, [0, 1])]
)
async def test_a_region_without_a_scorecard_is_treated_as_the_method_says(
    as_: As, database: Database, policy: str, rank: int | None, weights: list[float]
) -> None:
    officer = as_("officer")
    await make_assessed(officer, database, TOTALS | {"32.72": None})
    half = [READY | {"weight": 0.6, "normalisation": "min_max"}, HDI | {"weight": 0.4}]
    row = (await results(officer, await record_final(officer, criteria=half, missing=policy)))["32.72"]
    assert [part["weight"] for part in row["criteria"]] == weights
    first = row["criteria"][0]
    assert (first["assessment"], first["raw"], first["source"]) == (None, None, None)
    assert (row["rank"] is None) is (rank is None)
    assert (row["reason"] == "missing_value") is (policy == "exclude")


def of_shortlist(criterion: Mapping[str, Any]) -> dict[str, Any]:
    return {"methods": {"shortlist": BY_TOTAL | {"criteria": [criterion]}}}


def of_final(criterion: Mapping[str, Any]) -> dict[str, Any]:
    return {"methods": {"final": BY_TOTAL | {"criteria": [criterion]}}}


BARE = {name: value for name, value in READY.items() if name != "assessment"}


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        (of_shortlist(READY), "/methods/shortlist/criteria/0/assessment", "not_assessed_yet"),
        (of_final(READY | {"assessment": "vision"}), "/methods/final/criteria/0/assessment", "unknown_assessment"),
        (of_final(READY | {"indicator": "hdi"}), "/methods/final/criteria/0/assessment", "one_measure"),
        (of_final(BARE), "/methods/final/criteria/0/indicator", "one_measure"),
        (of_final(READY | {"year": 2026}), "/methods/final/criteria/0/year", "assessment_has_no_year"),
        (of_final(READY | {"latest_up_to": 2026}), "/methods/final/criteria/0/latest_up_to", "assessment_has_no_year"),
        (of_final(READY | {"assessment": 4}), "/methods/final/criteria/0/assessment", "wrong_type"),
        (of_final(READY | {"assessment": "Total"}), "/methods/final/criteria/0/assessment", "invalid_format"),
    ],
)
async def test_a_nonsensical_criterion_is_refused_with_its_place(
    as_: As, document: dict[str, Any], pointer: str, code: str
) -> None:
    officer = as_("officer")
    body = {"code": "x", "year": 2026, "phase": 4, "title": "X", "quota": 2, "candidate_quota": 5} | document
    refused = await officer.post("/v1/cohorts", json=body)
    assert faults(refused) == {(pointer, code)}
    said = await officer.post("/v1/cohorts", json=body, headers={"Accept-Language": "id"})
    assert said.json()["errors"][0]["message"] != refused.json()["errors"][0]["message"]
    await make_cohort(officer)
    patched = await officer.patch("/v1/cohorts/test", json=document, headers={"If-Match": "*"})
    assert faults(patched) == {(pointer, code)}


async def test_every_readiness_criterion_of_the_catalogue_may_count(as_: As) -> None:
    officer = as_("officer")
    entries = (await officer.get("/v1/catalogues/readiness-criteria")).json()["entries"]
    codes = ["total", *(entry["code"] for entry in entries)]
    assert len(codes) == 5
    criteria = [READY | {"code": code, "assessment": code, "weight": 0.2} for code in codes]
    await make_cohort(officer, methods={"final": BY_TOTAL | {"criteria": criteria}})


async def test_a_shortlist_run_counts_no_scores(as_: As) -> None:
    await make_cohort(as_("officer"))
    early = await as_("officer").post(RUNS, json={"stage": "shortlist", "method": BY_TOTAL})
    assert faults(early) == {("/method/criteria/0/assessment", "not_assessed_yet")}


async def test_a_score_that_nobody_has_is_refused_with_its_place(as_: As, database: Database) -> None:
    await make_assessed(as_("officer"), database, TOTALS)
    other = RULES | {"assessment": "infrastructure", "weight": 0.5}  # the rubric does not ask about it
    method = BY_TOTAL | {"criteria": [READY | {"weight": 0.5}, other]}
    refused = await as_("officer").post(RUNS, json={"stage": "final", "method": method})
    assert faults(refused) == {("/method/criteria/1/assessment", "no_scores")}


async def test_a_run_on_older_scorecards_is_not_published(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_assessed(officer, database, TOTALS | {"32.72": None})
    run = await record_final(officer)
    await add_scorecard(database, paths["32.75"], "4")  # the same total, but another scorecard
    await add_scorecard(database, paths["32.72"], "0")  # its first
    before = await states(officer)
    refused = await move(second, run, "published")
    assert (refused.status_code, refused.json()["code"]) == (409, "run_outdated")
    assert refused.json()["region_codes"] == ["32.72", "32.75"]
    assert (await officer.get(run)).json()["state"] == "recorded"
    assert await states(officer) == before == dict.fromkeys(CITIES, "assessed")
    again = await record_final(officer)
    assert (await move(second, again, "published")).status_code == 200
    assert set((await states(officer)).values()) == {"selected", "reserve"}


async def test_a_run_for_another_quota_is_not_published(as_: As, database: Database) -> None:
    """The seats that it did not give could never be given."""
    officer = as_("officer")
    await make_assessed(officer, database, {"32.71": "4", "32.01": "3", "32.02": "2"}, quota=2)
    run = await record_final(officer)
    for quota, status in ((3, 409), (2, 200)):
        changed = await officer.patch("/v1/cohorts/test", json={"quota": quota}, headers={"If-Match": "*"})
        assert changed.status_code == 200, changed.text
        published = await move(as_("second_officer"), run, "published")
        assert published.status_code == status, published.text
        if status == 409:
            assert (published.json()["code"], published.json()["region_codes"]) == ("run_outdated", [])


async def test_a_run_by_another_method_than_the_cohorts_is_not_published(as_: As, database: Database) -> None:
    """Whoever reads the cohort's method reads the one that decided."""
    officer = as_("officer")
    await make_assessed(officer, database, TOTALS)
    simulated = await make_run(officer, "test", stage="final", method=METHOD)

    async def set_method(**change: Any) -> None:
        changed = await officer.patch(
            "/v1/cohorts/test", json={"methods": {"final": METHOD | change}}, headers={"If-Match": "*"}
        )
        assert changed.status_code == 200, changed.text

    await set_method(reserves=1)
    by_the_cohorts = (await officer.post(RUNS, json={"stage": "final"})).headers["location"]
    await set_method(reserves=2)
    for run in (simulated, by_the_cohorts):
        refused = await move(as_("second_officer"), run, "published")
        told = refused.json()
        assert (refused.status_code, told["code"], told["region_codes"]) == (409, "run_outdated", [])
    await set_method(reserves=1)
    assert (await move(as_("second_officer"), by_the_cohorts, "published")).status_code == 200


async def test_a_run_that_read_no_scorecard_is_not_outdated_by_one(as_: As, database: Database) -> None:
    officer = as_("officer")
    paths = await make_assessed(officer, database, TOTALS)
    run = await make_run(officer, "test", stage="final", method=METHOD)
    await add_scorecard(database, paths["32.75"], "0")
    assert (await move(as_("second_officer"), run, "published")).status_code == 200


async def test_a_scorecard_of_one_who_left_changes_nothing(as_: As, database: Database) -> None:
    officer = as_("officer")
    paths = await make_assessed(officer, database, TOTALS)
    await move(officer, paths["32.71"], "withdrawn")
    run = await record_final(officer)
    assert "32.71" not in await results(officer, run)
    await add_scorecard(database, paths["32.71"], "4")
    assert (await move(as_("second_officer"), run, "published")).status_code == 200


async def test_the_priorities_that_the_choice_covers_are_counted(as_: As, database: Database) -> None:
    officer = as_("officer")
    paths = await make_assessed(officer, database, dict.fromkeys(CITIES))
    serves = {
        "32.71": ["nawa-cita-1", "nawa-cita-2"],
        "32.72": ["nawa-cita-2"],
        "32.73": [],
        "32.74": ["nawa-cita-9", "an-older-one"],
        "32.75": ["nawa-cita-2", "nawa-cita-9"],
    }
    for code, total in TOTALS.items():
        await add_scorecard(database, paths[code], total, priorities=serves[code])
    path = await publish_final(officer, as_("second_officer"))
    run, rows = await officer.get(path), await results(officer, path)
    assert {code for code, row in rows.items() if row["decision"] == "in"} == {"32.72", "32.75"}
    entries = (await officer.get("/v1/catalogues/national-priorities")).json()["entries"]
    covered = {row["code"]: (row["assessed"], row["chosen"]) for row in run.json()["summary"]["priorities"]}
    assert list(covered) == [entry["code"] for entry in entries]
    named = {code: counts for code, counts in covered.items() if counts != (0, 0)}
    assert named == {"nawa-cita-1": (1, 0), "nawa-cita-2": (3, 2), "nawa-cita-9": (2, 1)}


async def test_a_shortlist_covers_no_priorities(as_: As) -> None:
    await make_cohort(as_("officer"))
    run = await as_("officer").get(await make_run(as_("officer"), "test"))
    assert run.json()["summary"]["priorities"] == []


def publish(client: httpx.AsyncClient, run: str) -> Any:
    return client.post(f"{run}/transitions", json={"to": "published", "reason": "x"}, headers={"If-Match": '"1"'})


@pytest.mark.commits
@pytest.mark.parametrize("first", ["publication", "withdrawal"])
async def test_a_publication_and_a_withdrawal_at_once_agree(committed: FastAPI, first: str) -> None:
    """Whoever comes first, the other one is told; nothing is half done."""
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        paths = await make_assessed(one, committed.state.database, TOTALS)
        run = await record_final(one)
        tag = (await one.get(paths["32.75"])).headers["etag"]
        leave = one.post(
            f"{paths['32.75']}/transitions", json={"to": "withdrawn", "reason": "x"}, headers={"If-Match": tag}
        )
        both = [publish(other, run), leave]
        answers = await asyncio.gather(*(both if first == "publication" else both[::-1]))
        published, left = answers if first == "publication" else answers[::-1]
        after = await states(one)
        if published.status_code == 200:
            assert left.status_code == 412
            assert after == dict(zip(CITIES, ("reserve", "selected", "reserve", "reserve", "selected"), strict=True))
        else:
            assert (published.status_code, published.json()["code"]) == (409, "run_outdated")
            assert published.json()["region_codes"] == ["32.75"]
            assert left.status_code == 200
            assert after == dict.fromkeys(CITIES, "assessed") | {"32.75": "withdrawn"}


@pytest.mark.commits
async def test_of_many_publications_and_new_scorecards_at_once_none_is_half_done(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        database = committed.state.database
        paths = await make_assessed(one, database, TOTALS)
        runs = [await record_final(one) for _ in range(4)]
        cards = [add_scorecard(database, paths[code], "3") for code in CITIES]
        answers = await asyncio.gather(*(publish(other, run) for run in runs), *cards)
        won = [answer for answer in answers[:4] if answer.status_code == 200]
        codes = {answer.json()["code"] for answer in answers[:4] if answer not in won}
        assert codes <= {"run_outdated", "stage_already_published"}
        assert len(won) <= 1
        after = sorted((await states(one)).values())
        assert after == (["reserve"] * 3 + ["selected"] * 2 if won else ["assessed"] * 5)
