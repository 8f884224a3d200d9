"""A cohort walks its states one by one, each step with its reason and told to those who work with it."""

from typing import Any

import pytest

from app.domain.lifecycles import COHORT
from app.kernel.db import Database
from tests.conftest import As
from tests.routers.agreements import put_into, told
from tests.routers.factories import METHOD, NOWHERE, every_row, faults, make_candidacy, make_cohort, move
from tests.routers.mentoring import item, put_cohort
from tests.routers.outcomes import publish


async def test_a_cohort_walks_its_states_and_each_step_is_told(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer, state="draft")
    await publish(database, {})
    way = COHORT.path("closed")
    for number, state in enumerate(way[1:], start=2):
        moved = await move(officer, "/v1/cohorts/test", state, reason=f"to {state}")
        assert (moved.json()["state"], moved.json()["version"]) == (state, number)
    told = (await as_("assessor").get("/v1/cohorts/test/transitions")).json()
    assert (told["state"], told["allowed"]) == ("closed", [])
    steps = [(step["from"], step["to"]) for step in told["history"]]
    assert steps == list(zip([None, *way], way, strict=False))
    assert [step["reason"] for step in told["history"][1:]] == [f"to {state}" for state in way[1:]]
    keys = await every_row(as_("administrator"), "/v1/api-keys", role="officer")
    (officer_id,) = (f"key:{key['id']}" for key in keys if key["name"] == "officer")
    assert {step["actor"] for step in told["history"]} == {officer_id}


async def test_the_history_of_a_historic_cohort_says_what_was_not_kept(as_: As) -> None:
    told = (await as_("assessor").get("/v1/cohorts/2018/transitions")).json()
    (step,) = told["history"]
    assert (step["from"], step["to"], step["actor"]) == (None, "closed", "system")
    assert "not kept" in step["reason"]


@pytest.mark.parametrize("state", COHORT.states)
async def test_an_illegal_step_names_the_legal_ones(as_: As, database: Database, state: str) -> None:
    officer, path = as_("officer"), "/v1/cohorts/test"
    await make_cohort(officer, state="draft")
    await publish(database, {})
    for step in COHORT.path(state)[1:]:
        await move(officer, path, step)
    before = (await officer.get(path)).content
    for to in {*COHORT.states, "deleted"} - {*COHORT.allowed(state)}:
        refused = await move(officer, path, to)
        assert refused.status_code == 409
        problem = refused.json()
        assert (problem["code"], problem["state"]) == ("illegal_transition", state)
        assert problem["allowed"] == list(COHORT.allowed(state))
    assert (await officer.get(path)).content == before


@pytest.mark.parametrize("state", COHORT.states)
async def test_nobody_is_sent_back_to_where_the_cohort_never_returns(as_: As, database: Database, state: str) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    mentored = item((await make_candidacy(officer, "test")).rpartition("/")[2], NOWHERE)
    await put_cohort(database, state)
    asked: list[tuple[str, dict[str, Any]]] = [
        ("candidacies", {"region_code": "32.71", "reason": "x"}),
        ("selection-runs", {"stage": "final", "method": METHOD}),
        ("mentorships", {"items": [mentored], "reason": "x"}),
    ]
    ways = {"en": ("Move the cohort there first", "a later cohort"), "id": ("ke sana dahulu", "tahap berikutnya")}
    refused = set()
    for kind, body in asked:
        for language, (first, later) in ways.items():
            headers = {"Accept-Language": language}
            told = (await officer.post(f"/v1/cohorts/test/{kind}", json=body, headers=headers)).json()
            if told.get("code") != "cohort_not_ready":
                continue
            refused.add(kind)
            ahead = COHORT.states.index(state) < COHORT.states.index(told["expected"][-1])
            assert (first in told["detail"], later in told["detail"]) == (ahead, not ahead), kind
    assert len(refused) >= 2


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"to": "open"}, "/reason", "required"),
        ({"to": "open", "reason": " "}, "/reason", "too_short"),
        ({"to": "OPEN", "reason": "x"}, "/to", "invalid_format"),
        ({"to": "open", "reason": "x", "actor": "key:1"}, "/actor", "unknown_field"),
        ({"to": "open", "reason": "x", "at": "2020-01-01T00:00:00Z"}, "/at", "unknown_field"),
    ],
)
async def test_a_step_has_a_reason_and_nothing_forged(as_: As, body: dict[str, str], pointer: str, code: str) -> None:
    officer = as_("officer")
    await make_cohort(officer, state="draft")
    refused = await officer.post("/v1/cohorts/test/transitions", json=body, headers={"If-Match": "*"})
    assert faults(refused) == {(pointer, code)}


async def test_none_is_closed_while_a_region_waits_for_its_memorandum_or_mentor(as_: As, database: Database) -> None:
    """Once it is closed, neither comes any more."""
    officer = as_("officer")
    await make_cohort(officer)
    paths = {code: await make_candidacy(officer, "test", code) for code in ("32.71", "32.72", "32.73")}
    states = ("selected", "mou_signed", "mentoring")
    for path, state in zip(paths.values(), states, strict=True):
        await put_into(database, path.rpartition("/")[2], state)
    await put_cohort(database, "mentoring")
    refused = await move(officer, "/v1/cohorts/test", "closed")
    assert told(refused, "incomplete") == {(f"/candidacies/{code}", "still_waiting") for code in ("32.71", "32.72")}
    for code in ("32.71", "32.72"):
        assert (await move(officer, paths[code], "withdrawn")).status_code == 200
    assert (await move(officer, "/v1/cohorts/test", "closed")).json()["state"] == "closed"
