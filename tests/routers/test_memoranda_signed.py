"""A memorandum is signed with its candidacy, when it is whole, once; and void while nothing was built on it."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.domain.lifecycles import CANDIDACY, MEMORANDUM
from app.kernel.db import Database
from app.services import calendars
from tests.conftest import As, client_for
from tests.routers.agreements import (
    LIST,
    WHOLE,
    change,
    make_draft,
    make_selected,
    put_into,
    state_of,
    told,
)
from tests.routers.factories import every_row, faults, make_cohort, move

SIGNING = {"to": "signed", "reason": "ceremony"}


async def test_only_a_selected_candidacy_gets_and_signs_a_memorandum(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    waiting, bare = [await make_selected(officer, database, code) for code in ("32.71", "32.72")]
    path = await make_draft(officer, waiting, **WHOLE)
    before = await officer.get(path)
    for state in CANDIDACY.states:
        for candidacy_id in (waiting, bare):
            await put_into(database, candidacy_id, state)
        drafted = await officer.post(f"{LIST}?dry_run=true", json={"candidacy_id": bare})
        signed = await officer.post(f"{path}/transitions?dry_run=true", json=SIGNING, headers={"If-Match": "*"})
        if state == "selected":
            assert (drafted.status_code, signed.status_code) == (201, 200)
            continue
        assert told(drafted, "candidacy_not_ready") == {("/candidacy_id", "candidacy_not_ready")}
        assert told(signed, "candidacy_not_ready") == set()
        for refused in (drafted, signed):
            assert (refused.json()["state"], refused.json()["expected"]) == (state, ["selected"])
    assert (await officer.get(path)).content == before.content


async def test_no_memorandum_is_signed_on_a_day_to_come(
    as_: As, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    candidacy = await make_selected(officer, database)
    path = await make_draft(officer, candidacy, **WHOLE)
    day = datetime.fromisoformat(WHOLE["date"]).replace(tzinfo=UTC)
    # In Jayapura a day begins nine hours before it does in London.
    for moment, status in ((day - timedelta(hours=9, minutes=1), 409), (day - timedelta(hours=9), 200)):
        monkeypatch.setattr(calendars, "now", lambda moment=moment: moment)
        signed = await move(officer, path, "signed")
        assert signed.status_code == status
        if status == 409:
            assert told(signed, "incomplete") == {("/date", "day_ahead")}


async def test_signing_moves_the_candidacy_on_the_day_of_the_memorandum(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    candidacy = await make_selected(officer, database)
    path = await make_draft(officer, candidacy, **WHOLE)
    signed = await move(officer, path, "signed", reason="ceremony in Jakarta")
    assert (signed.status_code, signed.json()["state"]) == (200, "signed")
    assert signed.json()["published_at"]
    assert await state_of(officer, candidacy) == "mou_signed"
    for record in (path, f"/v1/candidacies/{candidacy}"):
        step = (await officer.get(f"{record}/transitions")).json()["history"][-1]
        assert (step["reason"], step["effective_on"]) == ("ceremony in Jakarta", WHOLE["date"])


async def test_a_signing_names_all_that_is_missing(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    path = await make_draft(officer, await make_selected(officer, database), **WHOLE)
    needed = {
        "number": ("/number", "required"),
        "date": ("/date", "required"),
        "place": ("/place", "required"),
        "ministry": ("/parties", "ministry_required"),
        "region": ("/parties", "region_required"),
    }
    for size in range(len(needed) + 1):
        for left_out in itertools.combinations(needed, size):
            said = {name: None if name in left_out else WHOLE[name] for name in ("number", "date", "place")}
            said["parties"] = [party for party in WHOLE["parties"] if party["party"] not in left_out]
            assert (await change(officer, path, **said)).status_code == 200
            url = f"{path}/transitions?dry_run=true"
            signed = await officer.post(url, json=SIGNING, headers={"If-Match": "*"})
            if left_out:
                assert told(signed, "incomplete") == {needed[name] for name in left_out}
            else:
                assert signed.status_code == 200


@pytest.mark.parametrize("state", MEMORANDUM.states)
async def test_a_memorandum_moves_as_the_lifecycle_says_and_no_other_way(
    as_: As, database: Database, state: str
) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    path = await make_draft(officer, await make_selected(officer, database), **WHOLE)
    if state != "drafted":
        await move(officer, path, state)
    before = await officer.get(path)
    for to in [*MEMORANDUM.states, "deleted"]:
        url, body = f"{path}/transitions?dry_run=true", {"to": to, "reason": "x"}
        moved = await officer.post(url, json=body, headers={"If-Match": before.headers["etag"]})
        if to in MEMORANDUM.allowed(state):
            assert (moved.status_code, moved.json()["state"]) == (200, to)
        else:
            assert told(moved, "illegal_transition") == set()
            assert (moved.json()["state"], moved.json()["allowed"]) == (state, list(MEMORANDUM.allowed(state)))
    assert (await officer.get(path)).content == before.content
    silent = await officer.post(f"{path}/transitions", json={"to": "void"}, headers={"If-Match": "*"})
    assert faults(silent) == {("/reason", "required")}


async def test_a_signed_one_ends_while_nothing_was_built_on_it(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    candidacy = await make_selected(officer, database)
    path = await make_draft(officer, candidacy, **WHOLE)
    await move(officer, path, "signed")
    for state in CANDIDACY.states[CANDIDACY.states.index("mentoring") :]:
        await put_into(database, candidacy, state)
        refused = await move(officer, path, "void")
        assert told(refused, "candidacy_not_ready") == set()
        assert (refused.json()["state"], refused.json()["expected"]) == (state, ["mou_signed", "withdrawn"])
    await put_into(database, candidacy, "mou_signed")
    assert (await move(officer, path, "void", reason="wrong office")).json()["state"] == "void"
    assert await state_of(officer, candidacy) == "selected"  # the seat stays, to sign anew
    again = await make_draft(officer, candidacy, **WHOLE | {"number": "13/NK/2026"})
    assert (await move(officer, again, "signed")).status_code == 200


async def test_the_memorandum_of_a_region_that_left_ends_too(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    candidacy = await make_selected(officer, database)
    path = await make_draft(officer, candidacy, **WHOLE)
    await move(officer, path, "signed")
    assert (await move(officer, f"/v1/candidacies/{candidacy}", "withdrawn")).status_code == 200
    assert (await move(officer, path, "void")).json()["state"] == "void"
    assert await state_of(officer, candidacy) == "withdrawn"


async def test_nobody_unsigns_a_candidacy_by_hand(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    candidacy = await make_selected(officer, database)
    await put_into(database, candidacy, "mou_signed")
    told(await move(officer, f"/v1/candidacies/{candidacy}", "selected"), "moved_by_memorandum")


async def at_once(requests: Any) -> list[httpx.Response]:
    return list(await asyncio.gather(*requests))


@pytest.mark.commits
@pytest.mark.parametrize(("tag", "refusal"), [('"1"', (412, "version_mismatch")), ("*", (409, "illegal_transition"))])
async def test_of_fifty_signings_at_once_one_wins(committed: FastAPI, tag: str, refusal: tuple[int, str]) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_cohort(one)
        candidacy = await make_selected(one, committed.state.database)
        path = await make_draft(one, candidacy, **WHOLE)
        body, headers = {"to": "signed", "reason": "race"}, {"If-Match": tag}
        clients = itertools.islice(itertools.cycle([one, other]), 50)
        answers = await at_once(c.post(f"{path}/transitions", json=body, headers=headers) for c in clients)
        (winner,) = (answer for answer in answers if answer.status_code == 200)
        losers = [(a.status_code, a.json()["code"]) for a in answers if a is not winner]
        assert losers == [refusal] * 49
        assert (await one.get(path)).content == winner.content
        for record in (path, f"/v1/candidacies/{candidacy}"):
            steps = [step["to"] for step in (await one.get(f"{record}/transitions")).json()["history"]]
            assert sum(step in {"signed", "mou_signed"} for step in steps) == 1


@pytest.mark.commits
async def test_one_candidacy_is_drafted_once(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer:
        await make_cohort(officer)
        body = {"candidacy_id": await make_selected(officer, committed.state.database)}
        answers = await at_once(officer.post(LIST, json=body) for _ in range(20))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
        assert len(await every_row(officer, LIST)) == 1


@pytest.mark.commits
async def test_signing_against_withdrawing_leaves_one_story(committed: FastAPI) -> None:
    """Either order may happen; a withdrawn region is never moved to signed, and nothing waits for ever."""
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        await make_cohort(one, quota=10, candidate_quota=10)
        regions = [row["code"] for row in (await one.get("/v1/regions?kind=city&limit=10")).json()["items"]]
        ids = [await make_selected(one, committed.state.database, code) for code in regions]
        paths = [await make_draft(one, one_id, **WHOLE | {"number": one_id}) for one_id in ids]
        signs = [(one, path, "signed") for path in paths]
        leaves = [(other, f"/v1/candidacies/{one_id}", "withdrawn") for one_id in ids]
        answers = await at_once(
            client.post(f"{path}/transitions", json={"to": to, "reason": "race"}, headers={"If-Match": "*"})
            for pair in zip(signs, leaves, strict=True)
            for client, path, to in pair
        )
        for one_id, path, signed, left in zip(ids, paths, answers[::2], answers[1::2], strict=True):
            assert left.status_code == 200, left.text  # a signed one may leave as well
            assert await state_of(one, one_id) == "withdrawn"
            steps = [s["to"] for s in (await one.get(f"/v1/candidacies/{one_id}/transitions")).json()["history"]]
            if signed.status_code == 200:
                assert steps == ["nominated", "mou_signed", "withdrawn"]
            else:
                assert told(signed, "candidacy_not_ready") == set()
                assert steps == ["nominated", "withdrawn"]
            assert (await one.get(path)).json()["state"] == ("signed" if signed.status_code == 200 else "drafted")
