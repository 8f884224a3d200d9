"""One region in one cohort: nominated with a reason, moved step by step, never past the quota."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app import reference
from app.domain.lifecycles import CANDIDACY
from app.kernel.db import Database
from tests.conftest import As, client_for
from tests.ground import laid
from tests.routers.factories import every_row, faults, make_candidacy, make_cohort, make_run, move
from tests.routers.mentoring import put_cohort

# How a step is refused that no officer takes, by what takes it.
REFUSED = {
    "replacement": "moved_by_replacement",
    "selection_run": "decided_by_run",
    "memorandum": "moved_by_memorandum",
    "assessment": "moved_by_assessment",
    "mentorship": "moved_by_mentorship",
    "plan": "moved_by_plan",
}
LIST = "/v1/cohorts/test/candidacies"


@laid
async def put_into(database: Database, path: str, state: str) -> None:
    """Put a candidacy into a state, past all rules."""
    async with database.read() as connection:
        await connection.execute("UPDATE candidacies SET state = $1 WHERE id = $2", state, path.rpartition("/")[2])


async def test_the_historic_cohorts_are_candidacies_with_their_known_days(as_: As) -> None:
    public, told = as_("public"), reference.participants()
    for cohort, size in (("2017", 25), ("2018", 50), ("2019", 25)):
        rows = await every_row(public, f"/v1/cohorts/{cohort}/candidacies")
        assert [row["region_code"] for row in rows] == sorted(
            fact.region_code for fact in told if fact.cohort_code == cohort
        )
        assert len(rows) == size
        assert {row["state"] for row in rows} == {"mou_signed"}
        assert all(row["source"] for row in rows)
    twice = await every_row(public, "/v1/candidacies", region="32.76")  # Depok
    assert [row["cohort_code"] for row in twice] == ["2018", "2019"]
    history = (await as_("auditor").get(f"/v1/candidacies/{twice[0]['id']}/transitions")).json()["history"]
    assert [(step["to"], step["effective_on"]) for step in history] == [
        ("assessed", "2018-03-07"),
        ("selected", None),  # nobody published the day
        ("mou_signed", "2018-05-08"),
    ]
    assert {step["actor"] for step in history} == {"system"}


async def test_a_nomination_starts_its_history_with_the_reason(as_: As) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    body = {"region_code": "32.73", "reason": "Letter 5/2026\nof the mayor"}
    made = await officer.post(LIST, json=body)
    assert made.status_code == 201
    shown = made.json()
    assert (shown["cohort_code"], shown["region_code"], shown["region_name"]) == ("test", "32.73", "Kota Bandung")
    assert (shown["state"], shown["replaces_id"], shown["source"], shown["version"]) == ("nominated", None, None, 1)
    assert (await as_("public").get(made.headers["location"])).content == made.content
    told = (await officer.get(f"{made.headers['location']}/transitions")).json()
    assert (told["state"], told["allowed"]) == ("nominated", ["invited", "withdrawn"])
    (step,) = told["history"]
    assert (step["from"], step["to"], step["reason"]) == (None, "nominated", body["reason"])


async def test_an_id_is_the_same_id_in_capitals(as_: As) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    path = await make_candidacy(officer, "test")
    loud = f"/v1/candidacies/{path.rpartition('/')[2].upper()}"
    for below in ("", "/transitions"):
        assert (await officer.get(loud + below)).content == (await officer.get(path + below)).content


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"region_code": "99.99"}, "/region_code", "invalid_reference"),
        ({"region_code": "32,73"}, "/region_code", "invalid_format"),
        ({"region_code": "32"}, "/region_code", "cannot_stand"),
        ({"reason": ""}, "/reason", "too_short"),
        ({"replaces_id": "01890000-0000-7000-8000-000000000000"}, "/replaces_id", "invalid_reference"),
        ({"replaces_id": 5}, "/replaces_id", "wrong_type"),
        ({"state": "selected"}, "/state", "unknown_field"),
        ({"cohort_code": "2018"}, "/cohort_code", "unknown_field"),
        ({"source": "me"}, "/source", "unknown_field"),
    ],
)
async def test_nonsense_is_refused_with_its_place(as_: As, change: dict[str, Any], pointer: str, code: str) -> None:
    await make_cohort(as_("officer"))
    refused = await as_("officer").post(LIST, json={"region_code": "32.73", "reason": "x"} | change)
    assert faults(refused) == {(pointer, code)}


async def test_a_region_stands_once_in_a_cohort(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    await make_cohort(officer, "other")
    path = await make_candidacy(officer, "test")
    await make_candidacy(officer, "test", "32.71")
    for state in ("nominated", "withdrawn"):
        await put_into(database, path, state)
        twice = await officer.post(LIST, json={"region_code": "32.73", "reason": "again"})
        assert (twice.status_code, twice.json()["code"]) == (409, "already_candidate")
        assert (twice.json()["candidacy_id"], twice.json()["state"]) == (path.rpartition("/")[2], state)
    await make_candidacy(officer, "other")
    assert len(await every_row(officer, "/v1/candidacies", region="32.73")) == 3  # and that of 2017


@pytest.mark.parametrize("state", ["assessing", "decided", "mentoring", "closed"])
async def test_nobody_is_nominated_once_the_assessment_began(as_: As, database: Database, state: str) -> None:
    await make_cohort(as_("officer"))
    async with database.read() as connection:
        await connection.execute("UPDATE cohorts SET state = $1 WHERE code = 'test'", state)
    late = await as_("officer").post(LIST, json={"region_code": "32.73", "reason": "late"})
    assert (late.status_code, late.json()["code"]) == (409, "cohort_not_ready")
    assert (late.json()["state"], late.json()["expected"]) == (state, ["draft", "open"])


async def test_a_replacement_names_a_withdrawn_candidacy_of_its_cohort(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    await make_cohort(officer, "other")
    leaver = (await make_candidacy(officer, "test", "32.71")).rpartition("/")[2]
    body = {"region_code": "32.72", "reason": "in its place", "replaces_id": leaver}
    expected = {("/replaces_id", "invalid_reference")}
    assert faults(await officer.post(LIST, json=body)) == expected  # it has not left
    await put_into(database, leaver, "withdrawn")
    assert faults(await officer.post("/v1/cohorts/other/candidacies", json=body)) == expected
    made = await officer.post(LIST, json=body)
    assert (made.status_code, made.json()["replaces_id"], made.json()["version"]) == (201, leaver, 1)
    again = await officer.post(LIST, json=body | {"region_code": "32.73"})
    assert (again.status_code, again.json()["code"]) == (409, "seat_already_replaced")


@pytest.mark.parametrize("state", CANDIDACY.states)
async def test_a_candidacy_moves_as_the_lifecycle_says_and_no_other_way(
    as_: As, database: Database, state: str
) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    path = await make_candidacy(officer, "test")
    await put_into(database, path, state)
    before = await officer.get(path)
    for to in [*CANDIDACY.states, "deleted"]:
        url = f"{path}/transitions?dry_run=true"
        moved = await officer.post(url, json={"to": to, "reason": "x"}, headers={"If-Match": before.headers["etag"]})
        if to not in CANDIDACY.following(state):
            problem = moved.json()
            assert (moved.status_code, problem["code"]) == (409, "illegal_transition"), to
            assert (problem["state"], problem["allowed"]) == (state, list(CANDIDACY.allowed(state)))
        elif taker := CANDIDACY.taken_by(state, to):
            assert (moved.status_code, moved.json()["code"]) == (409, REFUSED[taker]), to
        else:
            assert (moved.status_code, moved.json()["state"]) == (200, to)
    assert (await officer.get(path)).content == before.content


@pytest.mark.parametrize("state", ["decided", "mentoring", "closed"])
async def test_nobody_is_invited_who_could_not_be_chosen_any_more(as_: As, database: Database, state: str) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    path = await make_candidacy(officer, "test")
    await put_cohort(database, state)
    refused = await move(officer, path, "invited")
    assert (refused.status_code, refused.json()["code"]) == (409, "cohort_not_ready")
    assert refused.json()["expected"] == ["draft", "open", "assessing"]


async def test_nobody_is_invited_beside_the_published_choice(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    late = await make_candidacy(officer, "test", "32.73")
    path = await make_candidacy(officer, "test", "32.71")
    await put_into(database, path, "assessed")
    await put_cohort(database, "assessing")
    run = await make_run(officer, "test", stage="final")
    assert (await move(as_("second_officer"), run, "published")).status_code == 200
    refused = await move(officer, late, "invited")
    assert (refused.status_code, refused.json()["code"]) == (409, "final_choice_made")


async def test_the_way_to_results_is_told_step_by_step(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_cohort(officer)
    path = await make_candidacy(officer, "test")
    assert (await move(officer, path, "invited", reason="now invited")).status_code == 200
    await put_into(database, path, "enacted")  # as its assessment, a run, its memorandum, its mentors and its plan do
    assert (await move(second, path, "implementing", reason="now implementing")).json()["state"] == "implementing"
    told = (await officer.get(f"{path}/transitions")).json()
    assert (told["state"], told["allowed"]) == ("implementing", [])
    steps = [step["to"] for step in told["history"]]
    assert steps == ["nominated", "invited", "implementing"]
    assert [step["reason"] for step in told["history"][1:]] == [f"now {to}" for to in steps[1:]]
    assert len({step["actor"] for step in told["history"][:2]}) == 1
    assert {step["actor"] for step in told["history"][:2]} != {step["actor"] for step in told["history"][2:]}


async def test_the_candidate_quota_counts_all_who_were_invited_and_did_not_leave(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer, quota=1, candidate_quota=2)
    first, second, third = [await make_candidacy(officer, "test", code) for code in ("32.71", "32.72", "32.73")]
    assert (await move(officer, first, "invited")).status_code == 200
    assert (await move(officer, second, "invited")).status_code == 200
    await put_into(database, second, "form_submitted")
    full = await move(officer, third, "invited")
    assert (full.status_code, full.json()["code"]) == (409, "quota_exceeded")
    assert (full.json()["quota"], full.json()["wanted"]) == (2, 3)
    assert (await officer.get(third)).json()["state"] == "nominated"
    assert (await move(officer, first, "withdrawn")).status_code == 200
    assert (await move(officer, third, "invited")).status_code == 200


async def test_no_move_by_hand_replaces(as_: As) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    path = await make_candidacy(officer, "test")
    body = {"to": "invited", "reason": "x", "replaces_id": path.rpartition("/")[2]}
    refused = await officer.post(f"{path}/transitions", json=body, headers={"If-Match": "*"})
    assert faults(refused) == {("/replaces_id", "not_allowed")}


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({}, {"32.71", "32.72", "33.74", "51.03"}),
        ({"state": "invited"}, {"32.71"}),
        ({"state_in": "invited,withdrawn"}, {"32.71", "33.74"}),
        ({"q": "KOTA"}, {"32.71", "32.72", "33.74"}),
        ({"province": "32"}, {"32.71", "32.72"}),
        ({"island_group": "bali-nusa-tenggara"}, {"51.03"}),
        ({"kind": "regency"}, {"51.03"}),
        ({"region": "33.74"}, {"33.74"}),
    ],
)
async def test_a_filter_chooses_what_it_says(
    as_: As, database: Database, query: dict[str, str], codes: set[str]
) -> None:
    await make_cohort(as_("officer"))
    paths = {code: await make_candidacy(as_("officer"), "test", code) for code in ("32.71", "32.72", "33.74", "51.03")}
    await put_into(database, paths["32.71"], "invited")
    await put_into(database, paths["33.74"], "withdrawn")
    of_cohort = await every_row(as_("public"), LIST, **query)
    assert {row["region_code"] for row in of_cohort} == codes
    assert await every_row(as_("public"), "/v1/candidacies", cohort="test", **query) == of_cohort


async def test_the_cohort_of_the_path_is_no_filter_to_be_ignored(as_: As) -> None:
    assert faults(await as_("public").get("/v1/cohorts/2018/candidacies?cohort=2017")) == {
        ("cohort", "unknown_parameter")
    }


@laid
async def make_many(database: Database, number: int) -> list[str]:
    """Nominate cities at one stroke."""
    async with database.read() as connection:
        rows = await connection.fetch(
            "INSERT INTO candidacies (id, cohort_code, region_code) "
            "SELECT gen_random_uuid(), 'test', code FROM regions WHERE kind = 'city' LIMIT $1 RETURNING id",
            number,
        )
    return [f"/v1/candidacies/{row['id']}" for row in rows]


async def at_once(requests: Any) -> list[httpx.Response]:
    return list(await asyncio.gather(*requests))


@pytest.mark.commits
async def test_of_fifty_transitions_at_once_one_wins(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_cohort(one)
        path = await make_candidacy(one, "test")
        steps = [(client, to) for client in (one, other) for to in ("invited", "withdrawn")] * 13
        answers = await at_once(
            client.post(f"{path}/transitions", json={"to": to, "reason": "race"}, headers={"If-Match": '"1"'})
            for client, to in steps[:50]
        )
        assert sorted(answer.status_code for answer in answers) == [200] + [412] * 49
        (winner,) = (answer for answer in answers if answer.status_code == 200)
        assert (await one.get(path)).content == winner.content
        history = (await one.get(f"{path}/transitions")).json()["history"]
        assert [step["to"] for step in history] == ["nominated", winner.json()["state"]]


@pytest.mark.commits
async def test_fifty_invitations_at_once_never_pass_the_quota(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_cohort(one, quota=3, candidate_quota=7)
        paths = await make_many(committed.state.database, 50)
        answers = await at_once(
            client.post(f"{path}/transitions", json={"to": "invited", "reason": "race"}, headers={"If-Match": '"1"'})
            for path, client in zip(paths, [one, other] * 25, strict=True)
        )
        assert sorted(answer.status_code for answer in answers) == [200] * 7 + [409] * 43
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"quota_exceeded"}
        states = [row["state"] for row in await every_row(one, LIST)]
        assert (states.count("invited"), states.count("nominated")) == (7, 43)


@pytest.mark.commits
async def test_one_region_nominated_at_once_stands_once(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer:
        await make_cohort(officer)
        body = {"region_code": "32.73", "reason": "race"}
        answers = await at_once(officer.post(LIST, json=body) for _ in range(20))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
        (row,) = await every_row(officer, LIST)
        assert {answer.json()["candidacy_id"] for answer in answers if answer.status_code == 409} == {row["id"]}


@pytest.mark.commits
async def test_one_seat_is_replaced_once(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer:
        await make_cohort(officer)
        leaver = await make_candidacy(officer, "test", "32.71")
        await move(officer, leaver, "withdrawn")
        bodies = [
            {"region_code": code, "reason": "race", "replaces_id": leaver.rpartition("/")[2]}
            for code in ("32.72", "32.73", "32.74", "32.75")
        ]
        answers = await at_once(officer.post(LIST, json=body) for body in bodies)
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
