"""A region that withdrew by mistake is nominated again, in time and unless another stands in its place."""

import asyncio

import pytest
from fastapi import FastAPI

from app.domain.lifecycles import COHORT
from app.kernel.db import Database
from tests.conftest import As, client_for
from tests.routers.agreements import put_into
from tests.routers.factories import every_row, make_candidacy, make_cohort, make_run, move, refusal
from tests.routers.mentoring import put_cohort

COHORT_PATH = "/v1/cohorts/test"
LIST = f"{COHORT_PATH}/candidacies"


async def test_it_returns_with_a_reason_and_its_past_is_kept(as_: As) -> None:
    officer, second, public = as_("officer"), as_("second_officer"), as_("public")
    await make_cohort(officer)
    path = await make_candidacy(officer, "test")
    await move(officer, path, "invited")
    await move(officer, path, "withdrawn", reason="letter 5")
    bare = await second.post(f"{path}/transitions", json={"to": "nominated"}, headers={"If-Match": "*"})
    assert refusal(bare) == (422, "validation_failed")
    assert refusal(await move(as_("region_editor"), path, "nominated")) == (403, "forbidden")
    again = await move(second, path, "nominated", reason="letter 5 was of another region")
    assert (again.status_code, again.json()["state"], again.json()["replaces_id"]) == (200, "nominated", None)
    told = (await officer.get(f"{path}/transitions")).json()
    assert (told["state"], told["allowed"]) == ("nominated", ["invited", "withdrawn"])
    assert [(step["to"], step["reason"]) for step in told["history"][2:]] == [
        ("withdrawn", "letter 5"),
        ("nominated", "letter 5 was of another region"),
    ]
    (*_, step) = await every_row(public, "/v1/regions/32.73/timeline", cohort="test")
    assert step["text_en"] == "The region, which had left the cohort, was nominated again."
    assert step["text_id"] == "Daerah yang telah keluar dari tahap ini dicalonkan kembali."
    report = (await public.get(f"{COHORT_PATH}/report")).json()
    funnel = {step["state"]: (step["now"], step["ever"]) for step in report["funnel"] if step["ever"]}
    assert funnel == {"nominated": (1, 1), "invited": (0, 1), "withdrawn": (0, 1)}
    (java,) = (row for row in report["equity"]["provinces"] if row["province_code"] == "32")
    assert (java["nominated"], java["shortlisted"]) == (1, 0)


async def test_it_has_no_seat_until_it_is_invited_again(as_: As) -> None:
    officer = as_("officer")
    await make_cohort(officer, quota=1, candidate_quota=1)
    first, second = [await make_candidacy(officer, "test", code) for code in ("32.71", "32.72")]
    await move(officer, first, "invited")
    await move(officer, first, "withdrawn")
    assert (await move(officer, second, "invited")).status_code == 200
    assert (await move(officer, first, "nominated")).status_code == 200
    assert refusal(await move(officer, first, "invited")) == (409, "quota_exceeded")
    await move(officer, second, "withdrawn")
    assert (await move(officer, first, "invited")).status_code == 200


async def test_a_shortlist_ranks_it_again(as_: As) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    path = await make_candidacy(officer, "test")
    await move(officer, path, "withdrawn")
    for returned in (False, True):
        if returned:
            await move(officer, path, "nominated")
        run = await make_run(officer, "test")
        results = await every_row(officer, f"{run}/results")
        assert ("32.73" in {row["region_code"] for row in results}) is returned


@pytest.mark.parametrize("state", COHORT.states)
async def test_it_returns_only_while_the_cohort_nominates(as_: As, database: Database, state: str) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    path = await make_candidacy(officer, "test")
    await put_into(database, path.rpartition("/")[2], "withdrawn")
    await put_cohort(database, state)
    asked = await move(officer, path, "nominated")
    if state in {"draft", "open"}:
        assert (asked.status_code, asked.json()["state"]) == (200, "nominated")
        return
    assert refusal(asked) == (409, "cohort_not_ready")
    assert (asked.json()["state"], asked.json()["expected"]) == (state, ["draft", "open"])
    assert "a later cohort" in asked.json()["detail"]


@pytest.mark.parametrize("gone", [False, True])
async def test_it_does_not_return_to_a_place_that_was_taken(as_: As, *, gone: bool) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    leaver = await make_candidacy(officer, "test", "32.71")
    await move(officer, leaver, "withdrawn")
    body = {"region_code": "32.72", "reason": "in its place", "replaces_id": leaver.rpartition("/")[2]}
    heir = (await officer.post(LIST, json=body)).headers["location"]
    if gone:
        await move(officer, heir, "withdrawn")
    assert refusal(await move(officer, leaver, "nominated")) == (409, "seat_already_replaced")
    assert (await officer.get(leaver)).json()["state"] == "withdrawn"
    # Who took its place may return, and still names whom it replaces.
    if gone:
        again = await move(officer, heir, "nominated")
        assert (again.status_code, again.json()["replaces_id"]) == (200, body["replaces_id"])


@pytest.mark.commits
async def test_of_a_return_and_a_replacement_at_once_one_comes_to_pass(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer:
        await make_cohort(officer)
        for number in range(1, 7):
            leaver = await make_candidacy(officer, "test", f"32.7{number}")
            await move(officer, leaver, "withdrawn")
            tag = (await officer.get(leaver)).headers["etag"]
            body = {"region_code": f"33.7{number}", "reason": "race", "replaces_id": leaver.rpartition("/")[2]}
            back = {"to": "nominated", "reason": "race"}
            replaced, returned = await asyncio.gather(
                officer.post(LIST, json=body),
                officer.post(f"{leaver}/transitions", json=back, headers={"If-Match": tag}),
            )
            assert (replaced.is_success, returned.is_success) in {(True, False), (False, True)}
            if replaced.is_success:
                assert refusal(returned) == (409, "seat_already_replaced")
            else:
                assert refusal(replaced) == (422, "validation_failed")
