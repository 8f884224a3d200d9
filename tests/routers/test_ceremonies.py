"""One ceremony signs many memoranda: all of them or none, each reported, each fault at its item."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.kernel.db import Database
from tests.conftest import As, client_for
from tests.ground import laid
from tests.routers.agreements import (
    LIST,
    MINISTRY,
    REGION,
    WHOLE,
    make_draft,
    make_selected,
    put_into,
    state_of,
    told,
)
from tests.routers.factories import every_row, faults, make_cohort, move

SIGN = f"{LIST}/sign"
CEREMONY: dict[str, Any] = {
    "date": "2026-05-08",
    "place": "Jakarta",
    "parties": [MINISTRY],
    "witnesses": [{"name": "Saksi Contoh"}],
    "reason": "ceremony of 8 May",
}
REGIONS = ("32.71", "32.72", "32.73", "32.74", "32.75")


def item_of(candidacy_id: str, number: str, **fields: Any) -> dict[str, Any]:
    return {"candidacy_id": candidacy_id, "number": number, "parties": [REGION]} | fields


@laid
async def make_many(officer: httpx.AsyncClient, database: Database) -> list[str]:
    """Make the cohort `test` with a selected candidacy of each of REGIONS, and return their ids."""
    await make_cohort(officer)
    return [await make_selected(officer, database, code) for code in REGIONS]


async def test_a_ceremony_signs_drafts_and_what_was_never_drafted(as_: As, database: Database) -> None:
    officer = as_("officer")
    ids = await make_many(officer, database)
    other = {"party": "other", "institution": "Universitas Contoh", "name": None, "office": "Rektor"}
    drafts = [
        await make_draft(
            officer, ids[0], **WHOLE | {"number": "d/0", "date": "2025-01-01", "parties": [REGION, other]}
        ),
        await make_draft(officer, ids[1]),
    ]
    paper = {"url": "https://example.id/1.pdf", "title": "Naskah", "sha256": None}
    items = [
        {"memorandum_id": drafts[0].rpartition("/")[2]},
        item_of(ids[1], "d/1", document=paper),
        *(item_of(one, f"n/{index}") for index, one in enumerate(ids[2:])),
    ]
    answer = await officer.post(SIGN, json=CEREMONY | {"items": items})
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["cohort_code"], report["date"], report["place"]) == ("test", "2026-05-08", "Jakarta")
    assert report["signed"] == len(ids)
    assert [row["candidacy_id"] for row in report["items"]] == ids
    assert [row["region_code"] for row in report["items"]] == list(REGIONS)
    assert [row["number"] for row in report["items"]] == ["d/0", "d/1", "n/0", "n/1", "n/2"]
    assert [f"/v1/memoranda/{row['memorandum_id']}" for row in report["items"]][:2] == drafts
    public = {row["candidacy_id"]: row for row in await every_row(as_("public"), LIST)}
    for row in report["items"]:
        shown = public[row["candidacy_id"]]
        assert (row["memorandum_id"], row["region_name"], row["state"]) == (shown["id"], shown["region_name"], "signed")
        assert (shown["state"], shown["number"], shown["date"], shown["year"]) == (
            "signed", row["number"], "2026-05-08", 2026,
        )  # fmt: skip
        assert shown["witnesses"] == [{"name": "Saksi Contoh", "office": None}]
        assert shown["parties"] == [MINISTRY, REGION, *([other] if row["number"] == "d/0" else [])]
        steps = (await officer.get(f"/v1/memoranda/{shown['id']}/transitions")).json()["history"]
        assert [step["to"] for step in steps] == ["drafted", "signed"]
        assert (steps[-1]["reason"], steps[-1]["effective_on"]) == ("ceremony of 8 May", "2026-05-08")
        assert await state_of(officer, row["candidacy_id"]) == "mou_signed"
    assert public[ids[0]]["document"] == WHOLE["document"]
    assert public[ids[1]]["document"] == paper


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"date": None}, "/date", "wrong_type"),
        ({"place": ""}, "/place", "too_short"),
        ({"items": []}, "/items", "too_short"),
        ({"items": [{"number": "1"}]}, "/items/0", "exactly_one"),
        ({"items": [{"candidacy_id": REGIONS[0]}]}, "/items/0/candidacy_id", "invalid_format"),
        ({"parties": [{"party": "ministry"}]}, "/parties/0/institution", "required"),
        ({"number": "1"}, "/number", "unknown_field"),
    ],
)
async def test_nonsense_is_refused_with_its_place(as_: As, change: dict[str, Any], pointer: str, code: str) -> None:
    await make_cohort(as_("officer"))
    unknown = "01890000-0000-7000-8000-000000000000"
    refused = await as_("officer").post(SIGN, json=CEREMONY | {"items": [item_of(unknown, "1")]} | change)
    assert (pointer, code) in faults(refused)


async def test_every_fault_points_at_its_item_and_nothing_is_signed(as_: As, database: Database) -> None:
    officer = as_("officer")
    ids = await make_many(officer, database)
    signed = await make_draft(officer, ids[4], **WHOLE)
    assert (await move(officer, signed, "signed")).status_code == 200
    before = await every_row(officer, LIST)

    async def sign(*items: dict[str, Any], **fields: Any) -> httpx.Response:
        return await officer.post(SIGN, json=CEREMONY | fields | {"items": items})

    good, unknown = item_of(ids[0], "1"), "01890000-0000-7000-8000-000000000000"
    by_draft = {"memorandum_id": unknown, "number": "2", "parties": [REGION]}
    assert faults(await sign(good, item_of(unknown, "2"), by_draft, good)) == {
        ("/items/1/candidacy_id", "invalid_reference"),
        ("/items/2/memorandum_id", "invalid_reference"),
        ("/items/3/candidacy_id", "duplicate"),
    }
    by_draft["memorandum_id"] = signed.rpartition("/")[2]
    assert told(await sign(good, by_draft), "illegal_transition") == {("/items/1/memorandum_id", "illegal_transition")}
    gone = await sign(good, item_of(ids[4], "5"))
    assert told(gone, "candidacy_not_ready") == {("/items/1/candidacy_id", "candidacy_not_ready")}
    lacking = [item_of(ids[1], "2"), item_of(ids[2], "3", parties=[])]
    del lacking[0]["number"]
    assert told(await sign(good, *lacking), "incomplete") == {
        ("/items/1/number", "required"),
        ("/items/2/parties", "region_required"),
    }
    assert told(await sign(good, parties=[]), "incomplete") == {("/items/0/parties", "ministry_required")}
    numbered = item_of(ids[1], WHOLE["number"])
    taken = {("/items/1/number", "memorandum_number_taken")}
    assert told(await sign(good, numbered), "memorandum_number_taken") == taken
    assert told(await sign(good, item_of(ids[1], "1")), "memorandum_number_taken") == taken
    assert await every_row(officer, LIST) == before
    assert [await state_of(officer, one) for one in ids] == ["selected"] * 4 + ["mou_signed"]
    assert (await sign(good)).json()["signed"] == 1


async def test_an_item_of_another_cohort_is_refused(as_: As, database: Database) -> None:
    officer = as_("officer")
    ids = await make_many(officer, database)
    path = await make_draft(officer, ids[0])
    await make_cohort(officer, "other")
    items = [item_of(ids[1], "1"), {"memorandum_id": path.rpartition("/")[2], "number": "2"}]
    assert faults(await officer.post("/v1/cohorts/other/memoranda/sign", json=CEREMONY | {"items": items})) == {
        ("/items/0/candidacy_id", "invalid_reference"),
        ("/items/1/memorandum_id", "invalid_reference"),
    }
    assert (await officer.post("/v1/cohorts/none/memoranda/sign", json=CEREMONY | {"items": items})).status_code == 404


async def test_a_rehearsal_answers_the_same_and_keeps_nothing(as_: As, database: Database) -> None:
    officer = as_("officer")
    ids = await make_many(officer, database)
    body = CEREMONY | {"items": [item_of(one, f"n/{index}") for index, one in enumerate(ids)]}
    rehearsed = (await officer.post(f"{SIGN}?dry_run=true", json=body)).json()
    assert await every_row(officer, LIST) == []
    assert {await state_of(officer, one) for one in ids} == {"selected"}
    real = (await officer.post(SIGN, json=body)).json()

    def without_ids(report: dict[str, Any]) -> dict[str, Any]:
        return report | {"items": [row | {"memorandum_id": None} for row in report["items"]]}

    assert without_ids(rehearsed) == without_ids(real)


async def test_a_ceremony_sent_twice_happens_once(as_: As, database: Database) -> None:
    officer = as_("officer")
    ids = await make_many(officer, database)
    body, headers = CEREMONY | {"items": [item_of(ids[0], "1")]}, {"Idempotency-Key": "ceremony"}
    first = await officer.post(SIGN, json=body, headers=headers)
    again = await officer.post(SIGN, json=body, headers=headers)
    assert (first.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    other = await officer.post(SIGN, json=body | {"place": "Bogor"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(st.sampled_from(["selected", "withdrawn", "reserve", "mou_signed"]), min_size=5, max_size=5))
async def test_a_ceremony_is_whole_or_not_at_all(as_: As, database: Database, states: list[str]) -> None:
    officer = as_("officer")
    if (await officer.get("/v1/cohorts/test")).status_code == 404:
        await make_many(officer, database)
    async with database.read() as connection:
        await connection.execute("DELETE FROM memoranda WHERE source IS NULL")
    ids = [row["id"] for row in await every_row(officer, "/v1/cohorts/test/candidacies")]
    for one, state in zip(ids, states, strict=True):
        await put_into(database, one, state)
    items = [item_of(one, f"n/{index}") for index, one in enumerate(ids)]
    answer = await officer.post(SIGN, json=CEREMONY | {"items": items})
    wrong = {f"/items/{index}/candidacy_id" for index, state in enumerate(states) if state != "selected"}
    if wrong:
        assert {pointer for pointer, _ in told(answer, "candidacy_not_ready")} == wrong
    else:
        assert answer.json()["signed"] == len(ids)
    after = [await state_of(officer, one) for one in ids]
    assert after == (states if wrong else ["mou_signed"] * len(ids))
    assert len(await every_row(officer, LIST)) == (0 if wrong else len(ids))


async def at_once(*requests: Any) -> list[httpx.Response]:
    return list(await asyncio.gather(*requests))


@pytest.mark.commits
async def test_of_ceremonies_at_once_with_the_same_numbers_one_wins(committed: FastAPI) -> None:
    """In cohorts of their own, so that only the numbers meet; in opposite orders, so that waiting could deadlock."""
    database: Database = committed.state.database
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        bodies: dict[str, dict[str, Any]] = {}
        for code in ("test", "a", "b", "c"):
            await make_cohort(one, code)
            ids = []
            for region in REGIONS:
                body = {"region_code": region, "reason": "x"}
                ids.append((await one.post(f"/v1/cohorts/{code}/candidacies", json=body)).json()["id"])
                await put_into(database, ids[-1], "selected")
            items = [item_of(candidacy, f"n/{index}") for index, candidacy in enumerate(ids)]
            bodies[code] = CEREMONY | {"items": items if len(bodies) % 2 else items[::-1]}
        answers = await at_once(
            *(
                client.post(f"/v1/cohorts/{code}/memoranda/sign", json=body)
                for client, (code, body) in zip([one, other] * 2, bodies.items(), strict=True)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        for code, answer in zip(bodies, answers, strict=True):
            rows = await every_row(one, f"/v1/cohorts/{code}/memoranda")
            states = [row["state"] for row in await every_row(one, f"/v1/cohorts/{code}/candidacies")]
            if answer.status_code == 200:
                assert (len(rows), set(states)) == (5, {"mou_signed"})
            else:
                ((pointer, _),) = told(answer, "memorandum_number_taken")
                assert pointer.startswith("/items/")
                assert (rows, set(states)) == ([], {"selected"})


@pytest.mark.commits
async def test_of_equal_ceremonies_at_once_one_wins(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        ids = await make_many(one, committed.state.database)
        body = CEREMONY | {"items": [item_of(candidacy, f"n/{index}") for index, candidacy in enumerate(ids)]}
        answers = await at_once(*(client.post(SIGN, json=body) for client in [one, other] * 10))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
        assert {a.json()["code"] for a in answers if a.status_code == 409} == {"candidacy_not_ready"}
        assert len(await every_row(one, LIST)) == len(ids)


@pytest.mark.commits
async def test_a_ceremony_against_a_withdrawal_signs_all_or_none(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        ids = await make_many(one, committed.state.database)
        body = CEREMONY | {"items": [item_of(candidacy, f"n/{index}") for index, candidacy in enumerate(ids)]}
        leaving = {"to": "withdrawn", "reason": "race"}
        url = f"/v1/candidacies/{ids[3]}/transitions"
        signed, left = await at_once(
            one.post(SIGN, json=body), other.post(url, json=leaving, headers={"If-Match": "*"})
        )
        assert left.status_code == 200
        states = [await state_of(one, candidacy) for candidacy in ids]
        rows = await every_row(one, LIST)
        if signed.status_code == 200:
            assert (states.count("mou_signed"), states[3], len(rows)) == (4, "withdrawn", 5)
        else:
            assert told(signed, "candidacy_not_ready") == {("/items/3/candidacy_id", "candidacy_not_ready")}
            assert (states.count("selected"), states[3], rows) == (4, "withdrawn", [])
