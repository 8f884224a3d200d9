"""A run is published by a second person, once, whole, and moves the candidacies; whoever races, the quota holds."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app import reference
from app.domain import selection
from app.kernel.db import Database
from tests.beside import Held
from tests.conftest import As, client_for
from tests.ground import laid
from tests.routers.factories import METHOD, PAPUA, RUNS, every_row, faults, make_candidacy, make_cohort, make_run, move
from tests.routers.mentoring import put_cohort
from tests.routers.worked_out import eligible, ranking

CITIES = ("32.71", "32.72", "32.73", "32.74", "32.75")

# The final choice ranks the assessed alone, so its runs are small.


@laid
async def make_assessed(
    officer: httpx.AsyncClient, database: Database, codes: Sequence[str], **fields: Any
) -> list[str]:
    """Make a cohort whose assessment is over for these regions; return their candidacies."""
    await make_cohort(officer, **{"quota": 2, "candidate_quota": 10} | fields)
    paths = [await make_candidacy(officer, "test", code) for code in codes]
    await put_all_into(database, "assessed")
    await move(officer, "/v1/cohorts/test", "assessing")
    return paths


@laid
async def put_all_into(database: Database, state: str) -> None:
    async with database.read() as connection:
        await connection.execute("UPDATE candidacies SET state = $1 WHERE cohort_code = 'test'", state)


async def states(reader: httpx.AsyncClient) -> dict[str, str]:
    """Return the states of the cohort's candidacies by region."""
    return {row["region_code"]: row["state"] for row in await every_row(reader, "/v1/cohorts/test/candidacies")}


async def test_publishing_a_final_run_decides_every_candidacy(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_assessed(officer, database, CITIES)
    run = await make_run(officer, "test", stage="final", method=METHOD | {"reserves": 1})
    order = [code for code, _ in ranking(CITIES)]
    published = await move(second, run, "published", reason="Decree 7/2026")
    assert published.status_code == 200
    expected = dict(zip(order, ["selected", "selected", "reserve", "not_selected", "not_selected"], strict=True))
    assert await states(as_("public")) == expected
    for path, code in zip(paths, CITIES, strict=True):
        last = (await officer.get(f"{path}/transitions")).json()["history"][-1]
        assert (last["from"], last["to"], last["reason"]) == ("assessed", expected[code], "Decree 7/2026")
        assert last["actor"] == published.json()["published_by"]


async def test_publishing_a_shortlist_nominates_and_invites(as_: As) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_cohort(officer)
    order = [code for code, _ in ranking(eligible())]
    by_hand, nominated = order[0], order[1]
    await move(officer, await make_candidacy(officer, "test", by_hand), "invited", reason="by hand")
    await make_candidacy(officer, "test", nominated)
    await make_candidacy(officer, "test", order[400])
    run = await make_run(officer, "test")
    assert (await move(second, run, "published", reason="shortlist")).status_code == 200
    rows = {row["region_code"]: row for row in await every_row(as_("public"), "/v1/cohorts/test/candidacies")}
    assert {code for code, row in rows.items() if row["state"] == "invited"} == set(order[:10])
    assert rows[order[400]]["state"] == "nominated"
    for code, reasons in ((by_hand, ["self-nomination", "by hand"]), (nominated, ["self-nomination", "shortlist"]),
                          (order[5], ["shortlist", "shortlist"])):  # fmt: skip
        history = (await officer.get(f"/v1/candidacies/{rows[code]['id']}/transitions")).json()["history"]
        assert [(step["to"], step["reason"]) for step in history] == list(
            zip(["nominated", "invited"], reasons, strict=True)
        )


async def test_a_published_run_is_public_with_all_its_reasons(as_: As, database: Database) -> None:
    officer, public = as_("officer"), as_("public")
    await make_assessed(officer, database, CITIES)
    run = await make_run(officer, "test", stage="final")
    before = await officer.get(run, params={"expand": "results"})
    await move(as_("second_officer"), run, "published", reason="final")
    shown = await public.get(run, params={"expand": "results"})
    assert (shown.status_code, shown.json()["state"]) == (200, "published")
    for field in ("results", "inputs_sha256", "method", "summary"):
        assert shown.json()[field] == before.json()[field]
    assert [row["id"] for row in await every_row(public, RUNS)] == [shown.json()["id"]]
    assert len(await every_row(public, f"{run}/results")) == 5
    inputs = await public.get(f"{run}/inputs")
    assert hashlib.sha256(inputs.content).hexdigest() == shown.json()["inputs_sha256"]
    told = (await as_("assessor").get(f"{run}/transitions")).json()
    assert (told["state"], told["allowed"]) == ("published", [])
    assert [(step["to"], step["actor"]) for step in told["history"]] == [
        ("recorded", shown.json()["recorded_by"]),
        ("published", shown.json()["published_by"]),
    ]
    assert shown.json()["recorded_by"] != shown.json()["published_by"]


async def test_who_recorded_a_run_does_not_publish_it(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessed(officer, database, CITIES)
    run = await make_run(officer, "test", stage="final")
    refused = await move(officer, run, "published")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "second person" in refused.json()["detail"]
    assert (await officer.get(run)).json()["state"] == "recorded"
    assert set((await states(officer)).values()) == {"assessed"}
    assert (await move(as_("administrator"), run, "published")).status_code == 200


async def test_a_discarded_run_stays_hidden_and_is_final(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_assessed(officer, database, CITIES)
    run = await make_run(officer, "test", stage="final")
    discarded = await move(officer, run, "discarded", reason="wrong weights")
    assert (discarded.json()["state"], discarded.json()["published_by"]) == ("discarded", None)
    assert (await as_("public").get(run)).status_code == 404
    refused = await move(second, run, "published")
    assert (refused.status_code, refused.json()["allowed"]) == (409, [])
    assert set((await states(officer)).values()) == {"assessed"}


@pytest.mark.parametrize("to", ["recorded", "discarded", "published"])
async def test_a_published_run_does_not_change_any_more(as_: As, database: Database, to: str) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_assessed(officer, database, CITIES)
    run = await make_run(officer, "test", stage="final")
    await move(second, run, "published")
    refused = await move(second, run, to)
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    assert (refused.json()["state"], refused.json()["allowed"]) == ("published", [])


async def test_a_stage_is_published_once(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_assessed(officer, database, CITIES)
    first, other = [await make_run(officer, "test", stage="final") for _ in range(2)]
    assert (await move(second, first, "published")).status_code == 200
    before = await states(officer)
    refused = await move(second, other, "published")
    assert (refused.status_code, refused.json()["code"]) == (409, "stage_already_published")
    assert (await officer.get(other)).json()["state"] == "recorded"
    assert await states(officer) == before


async def test_a_method_is_frozen_once_a_run_is_published(as_: As, database: Database) -> None:
    officer, path = as_("officer"), "/v1/cohorts/test"
    await make_assessed(officer, database, CITIES, methods={"final": METHOD})
    await move(as_("second_officer"), await make_run(officer, "test", stage="final"), "published")

    async def patch(methods: dict[str, Any]) -> httpx.Response:
        return await officer.patch(path, json={"methods": methods}, headers={"If-Match": "*"})

    for change in ({"reserves": 6}, {"criteria": METHOD["criteria"][::-1]}, None):
        refused = await patch({"final": change})
        assert (refused.status_code, refused.json()["code"]) == (409, "method_frozen")
        assert refused.json()["stage"] == "final"
    assert (await patch({"final": METHOD})).status_code == 200  # no change at all
    left_out = await patch({"shortlist": METHOD})
    assert left_out.status_code == 200
    assert left_out.json()["methods"]["final"]["reserves"] == 5


async def test_a_run_uses_the_cohorts_method_unless_it_brings_its_own(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessed(officer, database, CITIES, methods={"shortlist": METHOD, "final": METHOD | {"reserves": 3}})
    for body, reserves in (({}, 3), ({"method": METHOD}, 5)):
        run = await officer.post(RUNS, json={"stage": "final"} | body)
        assert run.json()["reserves"] == run.json()["method"]["reserves"] == reserves


async def test_a_stage_without_a_method_is_told_where_to_put_one(as_: As) -> None:
    await make_cohort(as_("officer"))
    assert faults(await as_("officer").post(RUNS, json={"stage": "shortlist"})) == {("/method", "required")}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {
                "equity": [
                    {"scope": "kind", "bound": "at_least", "seats": 6, "group": "city"},
                    {"scope": "province", "bound": "at_most", "seats": 9},
                    {"scope": "kind", "bound": "at_least", "seats": 5, "group": "regency"},
                ]
            },
            {("/method/equity/0", "conflicting_rules"), ("/method/equity/2", "conflicting_rules")},
        ),
        (
            {"equity": [PAPUA, {"scope": "kind", "bound": "at_least", "seats": 11, "group": "city"}]},
            {("/method/equity/1", "impossible_rule")},
        ),
        (
            {"criteria": [METHOD["criteria"][0] | {"indicator": "green_city_index"}, *METHOD["criteria"][1:]]},
            {("/method/criteria/0/indicator", "no_values")},
        ),
        ({"criteria": METHOD["criteria"][1:]}, {("/method/criteria", "weights_sum")}),
        ({"missing": None}, {("/method/missing", "invalid_choice")}),
    ],
)
async def test_what_cannot_be_carried_out_is_refused_with_its_place(
    as_: As, change: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    await make_cohort(as_("officer"))
    refused = await as_("officer").post(RUNS, json={"stage": "shortlist", "method": METHOD | change})
    assert faults(refused) == expected
    assert await every_row(as_("officer"), RUNS) == []


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"stage": "third"}, "/stage", "invalid_choice"),
        ({}, "/stage", "required"),
        ({"stage": "shortlist", "state": "published"}, "/state", "unknown_field"),
        ({"stage": "shortlist", "seats": 600}, "/seats", "unknown_field"),
        ({"stage": "shortlist", "recorded_by": "key:1"}, "/recorded_by", "unknown_field"),
    ],
)
async def test_a_run_is_asked_for_plainly(as_: As, body: dict[str, Any], pointer: str, code: str) -> None:
    await make_cohort(as_("officer"))
    assert faults(await as_("officer").post(RUNS, json=body)) == {(pointer, code)}


@pytest.mark.parametrize(
    ("state", "stage", "expected"),
    [
        ("draft", "shortlist", "open"),
        ("assessing", "shortlist", "open"),
        ("open", "final", "assessing"),
        ("decided", "final", "assessing"),
    ],
)
async def test_a_stage_has_its_time(as_: As, database: Database, state: str, stage: str, expected: str) -> None:
    await make_cohort(as_("officer"))
    async with database.read() as connection:
        await connection.execute("UPDATE cohorts SET state = $1 WHERE code = 'test'", state)
    refused = await as_("officer").post(RUNS, json={"stage": stage, "method": METHOD})
    assert (refused.status_code, refused.json()["code"]) == (409, "cohort_not_ready")
    assert (refused.json()["state"], refused.json()["expected"]) == (state, [expected])


async def test_a_run_is_not_published_after_its_time(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessed(officer, database, CITIES)
    run = await make_run(officer, "test", stage="final")
    await put_cohort(database, "decided")
    late = await move(as_("second_officer"), run, "published")
    assert (late.status_code, late.json()["code"]) == (409, "cohort_not_ready")
    assert set((await states(officer)).values()) == {"assessed"}


async def test_a_final_run_needs_somebody_assessed(as_: As, database: Database) -> None:
    await make_assessed(as_("officer"), database, [])
    refused = await as_("officer").post(RUNS, json={"stage": "final", "method": METHOD})
    assert (refused.status_code, refused.json()["code"]) == (409, "incomplete")


async def test_a_final_run_decides_on_exactly_those_assessed_when_it_is_published(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_assessed(officer, database, [*CITIES, "32.76"])
    async with database.read() as connection:  # one is assessed later than the others
        await connection.execute("UPDATE candidacies SET state = 'form_submitted' WHERE region_code = '32.76'")
    run = await make_run(officer, "test", stage="final")
    async with database.read() as connection:
        await connection.execute("UPDATE candidacies SET state = 'assessed' WHERE region_code = '32.76'")
    await move(officer, paths[0], "withdrawn")
    before = await states(officer)
    refused = await move(second, run, "published")
    assert (refused.status_code, refused.json()["code"]) == (409, "run_outdated")
    assert refused.json()["region_codes"] == ["32.71", "32.76"]
    assert await states(officer) == before
    anew = await make_run(officer, "test", stage="final")
    assert (await move(second, anew, "published")).status_code == 200


async def test_a_region_that_left_is_not_shortlisted(as_: As) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_cohort(officer)
    best = ranking(eligible())[0][0]
    path = await make_candidacy(officer, "test", best)
    run = await make_run(officer, "test")
    await move(officer, path, "withdrawn")
    refused = await move(second, run, "published")
    assert (refused.status_code, refused.json()["code"]) == (409, "run_outdated")
    assert refused.json()["region_codes"] == [best]
    assert await states(officer) == {best: "withdrawn"}
    anew = await make_run(officer, "test")
    rows = await every_row(officer, f"{anew}/results", limit=200)
    assert best not in {row["region_code"] for row in rows}
    assert (await move(second, anew, "published")).status_code == 200
    assert list((await states(officer)).values()).count("invited") == 10


async def test_a_shortlist_beside_others_never_passes_the_quota_and_leaves_nothing_half_done(as_: As) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_cohort(officer)
    run = await make_run(officer, "test")
    worst = ranking(eligible())[-1][0]
    await move(officer, await make_candidacy(officer, "test", worst), "invited")
    refused = await move(second, run, "published")
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
    assert await states(officer) == {worst: "invited"}
    assert (await officer.get(run)).json()["state"] == "recorded"


async def test_who_took_part_before_is_left_out_when_the_method_says_so(as_: As) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    method = METHOD | {"eligibility": METHOD["eligibility"] | {"exclude_earlier_cohorts": True}}
    run = await make_run(officer, "test", method=method)
    rows = await every_row(officer, f"{run}/results", reason="earlier_cohort", limit=200)
    assert {row["region_code"] for row in rows} == {fact.region_code for fact in reference.participants()}
    (depok,) = (row for row in rows if row["region_code"] == "32.76")
    assert "2018, 2019" in depok["reason_en"]


async def test_only_nominated_regions_are_ranked_when_the_method_says_so(as_: As) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    for code in CITIES:
        await make_candidacy(officer, "test", code)
    method = METHOD | {"eligibility": METHOD["eligibility"] | {"nominated_only": True}}
    run = await make_run(officer, "test", method=method)
    rows = await every_row(officer, f"{run}/results", limit=200)
    assert [row["region_code"] for row in rows if row["rank"]] == [code for code, _ in ranking(CITIES)]
    assert len(rows) == 552


async def at_once(requests: Any) -> list[httpx.Response]:
    return list(await asyncio.gather(*requests))


def publish(client: httpx.AsyncClient, run: str) -> Any:
    body = {"to": "published", "reason": "race"}
    return client.post(f"{run}/transitions", json=body, headers={"If-Match": '"1"'})


@pytest.mark.commits
async def test_of_fifty_publications_at_once_one_wins_and_is_whole(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_cohort(one, quota=3, candidate_quota=7)
        mine = await make_run(one, "test")
        theirs = await make_run(other, "test", method=METHOD | {"equity": [PAPUA]})
        answers = await at_once(publish(client, run) for client, run in [(other, mine), (one, theirs)] * 25)
        (winner,) = (answer for answer in answers if answer.status_code == 200)
        assert {answer.status_code for answer in answers} == {200, 409, 412}
        assert {answer.json().get("code") for answer in answers if answer is not winner} == {
            "stage_already_published",
            "version_mismatch",
        }
        runs = await every_row(one, RUNS)
        assert [run["state"] for run in runs].count("published") == 1
        chosen = await every_row(one, f"/v1/selection-runs/{winner.json()['id']}/results", decision="in")
        assert await states(one) == {row["region_code"]: "invited" for row in chosen}
        assert len(chosen) == 7
        for row in await every_row(one, "/v1/cohorts/test/candidacies"):
            history = (await one.get(f"/v1/candidacies/{row['id']}/transitions")).json()["history"]
            assert [step["to"] for step in history] == ["nominated", "invited"]


@pytest.mark.commits
async def test_publications_and_invitations_at_once_never_pass_the_quota(committed: FastAPI) -> None:
    """Whoever comes first, the seats of the assessment are 7."""
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_cohort(one, quota=3, candidate_quota=7)
        last = [code for code, _ in ranking(eligible())[-10:]]
        paths = [await make_candidacy(one, "test", code) for code in last]
        run = await make_run(one, "test")
        invite = {"to": "invited", "reason": "race"}
        invitations = [one.post(f"{path}/transitions", json=invite, headers={"If-Match": '"1"'}) for path in paths]
        answers = await at_once([*invitations[:5], publish(other, run), *invitations[5:]])
        assert {answer.status_code for answer in answers} <= {200, 409}
        invited = [code for code, state in (await states(one)).items() if state == "invited"]
        assert len(invited) == 7
        published = answers[5].status_code == 200
        assert published is not bool(set(invited) & set(last))


@pytest.mark.commits
async def test_a_publication_and_withdrawals_at_once_agree(committed: FastAPI) -> None:
    """Either the run decides and the withdrawals are stale, or someone left first and the run is outdated."""
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        paths = await make_assessed(one, committed.state.database, CITIES)
        tags = [(await one.get(path)).headers["etag"] for path in paths]
        runs = [await make_run(one, "test", stage="final") for _ in range(3)]
        leave = {"to": "withdrawn", "reason": "race"}
        withdrawals = [
            one.post(f"{path}/transitions", json=leave, headers={"If-Match": tag})
            for path, tag in zip(paths, tags, strict=True)
        ]
        answers = await at_once([*withdrawals[:2], *(publish(other, run) for run in runs), *withdrawals[2:]])
        left = [answer for answer in answers if answer.status_code == 200 and answer.json()["state"] == "withdrawn"]
        published = [answer for answer in answers if answer.status_code == 200 and answer not in left]
        after = list((await states(one)).values())
        if published:
            assert (len(published), left) == (1, [])
            assert [after.count(state) for state in ("selected", "reserve", "not_selected")] == [2, 3, 0]
        else:
            assert len(left) == after.count("withdrawn") == 5
            codes = {answer.json().get("code") for answer in answers if answer not in left}
            assert codes == {"run_outdated"}
        recorded = [run["state"] for run in await every_row(one, RUNS)]
        assert recorded.count("published") == len(published)


@pytest.mark.commits
async def test_a_publication_and_a_lower_quota_at_once_agree(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_assessed(one, committed.state.database, CITIES)
        run = await make_run(one, "test", stage="final")
        lower = one.patch("/v1/cohorts/test", json={"quota": 1}, headers={"If-Match": "*"})
        answers = await at_once([publish(other, run), lower])
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"quota_exceeded"}
        quota = (await one.get("/v1/cohorts/test")).json()["quota"]
        assert list((await states(one)).values()).count("selected") == (2 if quota == 2 else 0)


@pytest.mark.commits
async def test_while_a_run_is_computed_others_are_answered(committed: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(selection.select)
    monkeypatch.setattr(selection, "select", held)
    async with client_for(committed, "officer") as officer:
        await make_assessed(officer, committed.state.database, CITIES)
        running = asyncio.create_task(officer.post(RUNS, json={"stage": "final", "method": METHOD}))
        await held.begun.wait()
        assert (await officer.get("/v1/regions/32.73")).status_code == 200
        held.let_go()
        assert (await running).status_code == 201
