"""A run explains itself in full, keeps its inputs, and is hidden until it is published."""

import hashlib
from collections.abc import AsyncIterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi import FastAPI

from app.config import Settings
from app.main import create_app
from tests.conftest import client_for, committing
from tests.routers.exports import table_of
from tests.routers.factories import METHOD, PAPUA, RUNS, every_row, faults, make_cohort, unlike
from tests.routers.worked_out import REGIONS, eligible, figures, ranking

SHAKEN = {"draws": 40, "seed": 7, "spread": 0.2}
CHANGING = {"id", "run_id", "created_at", "updated_at"}


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in {*CHANGING, *names}}


class Recorded(NamedTuple):
    """A rehearsal and two runs of the same method on the same facts: 10 seats, of which 2 at least for Papua."""

    app: FastAPI
    rehearsal: dict[str, Any]
    first: dict[str, Any]
    second: dict[str, Any]

    def client(self, person: str) -> httpx.AsyncClient:
        """Make a client for one person."""
        return client_for(self.app, person)


@pytest.fixture(scope="module")
async def recorded() -> AsyncIterator[Recorded]:
    """Record the runs once; the tests that use them only read."""
    async with committing(create_app(Settings()), "recorded") as app, client_for(app, "officer") as officer:
        method = METHOD | {"equity": [PAPUA], "sensitivity": SHAKEN}
        await make_cohort(officer, methods={"shortlist": method})
        made = [
            await officer.post(RUNS, params=query, json={"stage": "shortlist"})
            for query in ({"dry_run": "true", "expand": "results"}, {"expand": "results"}, {"expand": "results"})
        ]
        assert [answer.status_code for answer in made] == [201] * 3
        yield Recorded(app, *(answer.json() for answer in made))


async def test_a_rehearsal_answers_the_same_and_stores_nothing(recorded: Recorded) -> None:
    rehearsal, first = recorded.rehearsal, recorded.first
    assert without(rehearsal, "results") == without(first, "results")
    assert [without(row) for row in rehearsal["results"]] == [without(row) for row in first["results"]]
    async with recorded.client("officer") as officer:
        assert (await officer.get(f"/v1/selection-runs/{rehearsal['id']}")).status_code == 404
    async with recorded.app.state.database.read() as connection:
        for table in ("selection_runs", "selection_inputs"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 2  # noqa: S608 - names from here
        told = "SELECT count(*) FROM transitions WHERE record_key = $1"
        assert await connection.fetchval(told, rehearsal["id"]) == 0


async def test_the_same_facts_give_the_same_digest_and_the_same_results(recorded: Recorded) -> None:
    first, second = recorded.first, recorded.second
    assert first["id"] != second["id"]
    assert without(first, "results") == without(second, "results")
    assert [without(row) for row in first["results"]] == [without(row) for row in second["results"]]


async def test_the_inputs_are_the_very_bytes_that_were_hashed(recorded: Recorded) -> None:
    async with recorded.client("auditor") as auditor:
        answers = [
            await auditor.get(f"/v1/selection-runs/{run['id']}/inputs") for run in (recorded.first, recorded.second)
        ]
    assert answers[0].content == answers[1].content
    assert answers[0].headers["content-type"] == "application/json"
    assert hashlib.sha256(answers[0].content).hexdigest() == recorded.first["inputs_sha256"]
    inputs = answers[0].json()
    assert {region["code"] for region in inputs["regions"]} == set(REGIONS)
    used = {(value["region"], value["indicator"]): Decimal(value["value"]) for value in inputs["values"]}
    assert used["32.73", "hdi"] == figures()["32.73"][1]
    assert (inputs["seats"], inputs["reserves"]) == (10, 5)


async def test_the_expanded_results_are_the_listed_results(recorded: Recorded) -> None:
    path = f"/v1/selection-runs/{recorded.first['id']}"
    async with recorded.client("officer") as officer:
        assert await every_row(officer, f"{path}/results", limit=200) == recorded.first["results"]
        assert (await officer.get(path, params={"expand": "results"})).json() == recorded.first
        plain = (await officer.get(path)).json()
        assert plain == {name: value for name, value in recorded.first.items() if name != "results"}
        assert faults(await officer.get(path, params={"expand": "inputs"})) == {("expand", "invalid_choice")}


async def test_ranks_and_scores_are_those_of_the_method(recorded: Recorded) -> None:
    ranked = [row for row in recorded.first["results"] if row["rank"] is not None]
    told = ranking(eligible())
    assert [row["region_code"] for row in ranked] == [code for code, _ in told]
    assert [row["rank"] for row in ranked] == list(range(1, len(told) + 1))
    for row, (_, score) in zip(ranked, told, strict=True):
        assert abs(Fraction(row["score"]) - score) < Fraction(1, 10**11)


async def test_every_score_adds_up(recorded: Recorded) -> None:
    known = figures()
    for row in recorded.first["results"]:
        assert [part["criterion"] for part in row["criteria"]] == ["fiscal", "hdi", "poverty"]
        for part, raw in zip(row["criteria"], known.get(row["region_code"], []), strict=False):
            assert part["raw"] == float(raw)
            assert part["source"]
            assert part["quality"] == ("derived" if part["criterion"] == "fiscal" else "official")
        if row["rank"] is None:
            assert row["score"] is None
            continue
        parts = [(part["weight"], part["normalised"], part["contribution"]) for part in row["criteria"]]
        assert [weight for weight, _, _ in parts] == [0.4, 0.35, 0.25]
        for weight, normalised, contribution in parts:
            assert 0 <= normalised <= 1
            assert contribution == pytest.approx(weight * normalised, abs=1e-11)
        assert row["score"] == pytest.approx(sum(contribution for _, _, contribution in parts), abs=1e-11)


async def test_the_choice_obeys_the_rule_at_the_least_cost(recorded: Recorded) -> None:
    """One rule "at least 2 of Papua": its best two, and the best eight of the others."""
    told = ranking(eligible())
    scores, order = dict(told), [code for code, _ in told]
    papua = [code for code in order if REGIONS[code].island_group == "papua"]
    assert not set(papua) & set(order[:10])  # or the rule would cost nothing
    chosen = {*papua[:2], *order[:8]}
    rows = {row["region_code"]: row for row in recorded.first["results"]}
    assert {code for code, row in rows.items() if row["decision"] == "in"} == chosen
    assert {code for code, row in rows.items() if row["merit_decision"] == "in"} == set(order[:10])
    assert {code for code, row in rows.items() if row["reason"] == "equity_in"} == set(papua[:2])
    assert {code for code, row in rows.items() if row["reason"] == "equity_out"} == set(order[8:10])
    waiting = [code for code in order if code not in chosen][:5]
    assert {code for code, row in rows.items() if row["decision"] == "reserve"} == set(waiting)
    equity = recorded.first["summary"]["equity"]
    cost = sum(scores[code] for code in order[8:10]) - sum(scores[code] for code in papua[:2])
    assert equity["cost"] == pytest.approx(float(cost), abs=1e-11)
    assert {(m["region_code"], m["direction"], *m["rules"]) for m in equity["moves"]} == {
        *((code, "in", "/equity/0") for code in papua[:2]),
        *((code, "out", "/equity/0") for code in order[8:10]),
    }
    (rule,) = equity["rules"]
    assert (rule["scope"], rule["bound"], rule["seats"], rule["group"]) == ("island_group", "at_least", 2, "papua")
    assert (rule["binding"], rule["groups"]) == (True, [{"group": "papua", "merit": 0, "chosen": 2}])
    assert rule["cost"] == equity["cost"]


async def test_the_summary_counts_the_rows(recorded: Recorded) -> None:
    rows, summary = recorded.first["results"], recorded.first["summary"]
    assert summary["regions"] == len(rows) == len(REGIONS) == 552
    assert summary["ranked"] == summary["eligible"] == sum(row["rank"] is not None for row in rows) == 508
    for decision, name in (("in", "chosen"), ("reserve", "reserve")):
        assert summary[name] == sum(row["decision"] == decision for row in rows)
    assert (recorded.first["seats"], recorded.first["reserves"]) == (10, 5)
    assert [row["position"] for row in rows] == list(range(1, 553))


async def test_every_region_is_told_why_in_both_languages(recorded: Recorded) -> None:
    reasons: dict[str, set[str]] = {}
    for row in recorded.first["results"]:
        reasons.setdefault(row["reason"], set()).add(row["region_code"])
        assert row["reason_en"].strip()
        assert row["reason_id"].strip()
        assert row["reason_en"] != row["reason_id"]
    assert reasons["not_eligible_kind"] == {code for code, fact in REGIONS.items() if fact.kind == "province"}
    assert reasons["no_own_budget"] == {code for code, fact in REGIONS.items() if not fact.own_budget}
    assert reasons.keys() == {
        "merit",
        "equity_in",
        "equity_out",
        "reserve",
        "below_line",
        "not_eligible_kind",
        "no_own_budget",
    }


async def test_stability_is_told_of_every_ranked_region(recorded: Recorded) -> None:
    for row in recorded.first["results"]:
        stability = row["stability"]
        assert (stability is None) is (row["rank"] is None)
        if stability is not None:
            assert 0 <= stability["share"] <= 1
            assert Decimal(str(stability["share"])) * 40 % 1 == 0  # so many draws of 40
            assert 1 <= stability["rank_p5"] <= stability["rank_p95"] <= 508
    assert recorded.first["results"][0]["stability"]["share"] == 1
    async with recorded.client("officer") as officer:
        table = await table_of(officer, "/v1/exports/selection-results")
    assert {row["stability"] == "" for row in table if row["rank"] == ""} == {True}
    assert {row["stability"] == "" for row in table if row["rank"] != ""} == {False}


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ({"decision": "in"}, lambda row: row["decision"] == "in"),
        ({"decision_in": "in,reserve"}, lambda row: row["decision"] != "out"),
        ({"reason": "equity_in"}, lambda row: row["reason"] == "equity_in"),
        ({"q": "bandung"}, lambda row: "bandung" in row["region_name"].lower()),
        ({"province": "32", "kind": "city"}, lambda row: row["province_code"] == "32" and row["kind"] == "city"),
        ({"island_group": "maluku"}, lambda row: row["island_group"] == "maluku"),
        ({"region": "32.73"}, lambda row: row["region_code"] == "32.73"),
    ],
)
async def test_a_filter_of_results_chooses_what_it_says(recorded: Recorded, query: dict[str, str], chosen: Any) -> None:
    async with recorded.client("officer") as officer:
        rows = await every_row(officer, f"/v1/selection-runs/{recorded.first['id']}/results", limit=200, **query)
    assert rows
    assert rows == [row for row in recorded.first["results"] if chosen(row)]


@pytest.mark.parametrize("person", ["public", "region_editor", "assessor", "data_steward"])
async def test_an_unpublished_run_is_answered_exactly_as_an_absent_one(recorded: Recorded, person: str) -> None:
    absent = "01890000-0000-7000-8000-000000000000"
    async with recorded.client(person) as reader:
        assert await every_row(reader, RUNS) == []
        assert (await reader.get(RUNS, params={"state": "recorded", "count": "true"})).json()["total"] == 0
        for below in ("", "?expand=results", "/results", "/inputs", "/transitions"):
            answers = [
                await reader.get(f"/v1/selection-runs/{id_}{below}", headers={"X-Request-Id": "same"})
                for id_ in (recorded.first["id"], absent)
            ]
            expected = 401 if (person, below) == ("public", "/transitions") else 404
            assert [answer.status_code for answer in answers] == [expected] * 2
            assert answers[0].text.replace(recorded.first["id"], absent) == answers[1].text
            assert not unlike(answers[0].headers, answers[1].headers)


async def test_runs_are_listed_newest_first_by_stage_and_state(recorded: Recorded) -> None:
    async with recorded.client("auditor") as auditor:
        ids = [run["id"] for run in await every_row(auditor, RUNS, limit=1)]
        assert ids == [recorded.second["id"], recorded.first["id"]]
        assert len(await every_row(auditor, RUNS, stage="shortlist", state="recorded")) == 2
        assert await every_row(auditor, RUNS, stage="final") == []
        assert await every_row(auditor, RUNS, state="published") == []
