"""A seat that fell free goes to the next reserve with whom the equity rules hold, once, and its chain is told."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.domain.lifecycles import CHOSEN
from app.kernel.db import Database
from tests.conftest import As, client_for
from tests.ground import laid
from tests.routers.factories import every_row, make_candidacy, make_cohort, move, version_in
from tests.routers.mentoring import put_cohort
from tests.routers.scored import make_assessed, publish_final
from tests.routers.selection_runs import states

# Two seats, of which one at least for a regency: Bogor (city) by rank, Kabupaten Bogor by rank and by the rule. The
# reserves are two cities and then two regencies.
TOTALS = {"32.71": "4", "32.01": "3.5", "32.72": "3", "32.73": "2.5", "32.04": "2", "32.02": "1"}
CITY, REGENCY, *RESERVES = TOTALS
A_REGENCY = {"scope": "kind", "bound": "at_least", "seats": 1, "group": "regency"}
ONE_CITY = {"scope": "kind", "bound": "at_most", "seats": 1, "group": "city"}


@laid
async def make_decided(
    officer: httpx.AsyncClient, second: httpx.AsyncClient, database: Database, *rules: dict[str, Any], quota: int = 2
) -> dict[str, str]:
    """Make a cohort whose final choice is published; return the path of each region's candidacy."""
    paths = await make_assessed(officer, database, TOTALS, quota=quota)
    await publish_final(officer, second, equity=list(rules))
    return paths


async def offer_of(reader: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """Return what is told of the seat of a candidacy."""
    told = await reader.get(f"{path}/replacement")
    assert told.status_code == 200, told.text
    body: dict[str, Any] = told.json()
    assert body["reason"]["text_en"] != body["reason"]["text_id"]
    return body


async def replace(officer: httpx.AsyncClient, path: str, tag: str = "*", reason: str = "Decree 9") -> httpx.Response:
    return await officer.post(f"{path}/replacement", json={"reason": reason}, headers={"If-Match": tag})


def named(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(row["region_code"], row["rank"]) for row in rows]


async def test_without_rules_the_first_reserve_is_seated(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_decided(officer, second, database)
    await move(second, paths[CITY], "withdrawn")
    told = await offer_of(as_("public"), paths[CITY])
    assert (told["free"], told["reason"]["code"], told["passed_over"]) == (True, "offered", [])
    assert told["offered"] == {
        "candidacy_id": paths["32.72"].rpartition("/")[2],
        "region_code": "32.72",
        "region_name": "Kota Sukabumi",
        "rank": 3,
    }
    assert named(told["chain"]) == [(CITY, 1)]
    tag = (await officer.get(paths[CITY])).headers["etag"]
    seated = await replace(officer, paths[CITY], tag)
    assert seated.status_code == 200, seated.text
    assert seated.content == (await officer.get(paths["32.72"])).content
    assert seated.headers["etag"] == (await officer.get(paths["32.72"])).headers["etag"]
    assert (seated.json()["state"], seated.json()["replaces_id"]) == ("selected", paths[CITY].rpartition("/")[2])
    last = (await officer.get(f"{paths['32.72']}/transitions")).json()["history"][-1]
    assert (last["from"], last["to"], last["reason"]) == ("reserve", "selected", "Decree 9")
    after = await offer_of(as_("public"), paths[CITY])
    assert (after["free"], after["offered"], after["reason"]["code"]) == (False, None, "seat_taken")
    assert [(row["region_code"], row["state"]) for row in after["chain"]] == [
        (CITY, "withdrawn"),
        ("32.72", "selected"),
    ]
    assert (await offer_of(as_("public"), paths["32.72"]))["chain"] == after["chain"]


async def test_a_rehearsal_seats_nobody(as_: As, database: Database) -> None:
    officer = as_("officer")
    paths = await make_decided(officer, as_("second_officer"), database)
    await move(officer, paths[CITY], "withdrawn")
    before = await states(officer)
    url = f"{paths[CITY]}/replacement?dry_run=true"
    rehearsed = await officer.post(url, json={"reason": "x"}, headers={"If-Match": "*"})
    assert (rehearsed.status_code, rehearsed.json()["region_code"]) == (200, "32.72")
    assert await states(officer) == before


async def test_higher_reserves_are_passed_over_for_a_rule_and_those_who_decline_are_left_out(
    as_: As, database: Database
) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_decided(officer, second, database, A_REGENCY)
    await move(officer, paths[REGENCY], "withdrawn")
    told = await offer_of(officer, paths[REGENCY])
    assert (told["offered"]["region_code"], told["offered"]["rank"]) == ("32.04", 5)
    assert named(told["passed_over"]) == [("32.72", 3), ("32.73", 4)]
    for row in told["passed_over"]:
        assert row["reason"]["code"] == "passed_over"
        assert "at least 1 seat for kind regency" in row["reason"]["text_en"]
        assert "kabupaten" in row["reason"]["text_id"]
    # The seat of the city is under no such need.
    await move(officer, paths["32.04"], "withdrawn", reason="declines")
    told = await offer_of(officer, paths[REGENCY])
    assert told["offered"]["region_code"] == "32.02"
    declined = await offer_of(officer, paths["32.04"])
    assert (declined["free"], declined["reason"]["code"]) == (False, "no_seat_held")
    assert named(declined["chain"]) == [("32.04", 5)]
    refused = await replace(officer, paths["32.04"])
    assert (refused.status_code, refused.json()["code"], refused.json()["reason"]) == (
        409,
        "no_seat_free",
        "no_seat_held",
    )
    assert (await replace(officer, paths[REGENCY])).json()["region_code"] == "32.02"


async def test_a_seat_that_falls_free_twice_has_a_chain_of_three(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_decided(officer, second, database, A_REGENCY)
    for leaver, heir in ((REGENCY, "32.04"), ("32.04", "32.02")):
        await move(officer, paths[leaver], "withdrawn")
        assert (await replace(officer, paths[leaver])).json()["region_code"] == heir
    chain = [(REGENCY, "withdrawn"), ("32.04", "withdrawn"), ("32.02", "selected")]
    for code in (REGENCY, "32.04", "32.02"):
        told = await offer_of(as_("public"), paths[code])
        assert [(row["region_code"], row["state"]) for row in told["chain"]] == chain
    assert named((await offer_of(officer, paths[CITY]))["chain"]) == [(CITY, 1)]
    # The last regency is gone with it. The rule is past keeping, so it bars nobody, and that is told.
    await move(officer, paths["32.02"], "withdrawn")
    told = await offer_of(officer, paths["32.02"])
    assert (told["offered"]["region_code"], told["reason"]["code"], told["passed_over"]) == (
        "32.72",
        "offered_short",
        [],
    )
    assert "No longer all kept: at least 1 seat for kind regency" in told["reason"]["text_en"]
    assert (await replace(officer, paths["32.02"])).json()["region_code"] == "32.72"


async def test_when_every_reserve_passes_an_upper_bound_the_seat_stays_empty(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_decided(officer, second, database, ONE_CITY)
    for code in ("32.04", "32.02", REGENCY):
        await move(officer, paths[code], "withdrawn")
    told = await offer_of(officer, paths[REGENCY])
    assert (told["free"], told["offered"], told["reason"]["code"]) == (True, None, "none_fits")
    assert named(told["passed_over"]) == [("32.72", 3), ("32.73", 4)]
    before = await states(officer)
    refused = await replace(officer, paths[REGENCY])
    assert (refused.status_code, refused.json()["code"]) == (409, "no_reserve_fits")
    assert refused.json()["region_codes"] == ["32.72", "32.73"]
    assert await states(officer) == before
    # Another seat falls free, and with it the one that a city may have: either leaver's.
    await move(officer, paths[CITY], "withdrawn")
    assert (await replace(officer, paths[REGENCY])).json()["region_code"] == "32.72"
    assert (await offer_of(officer, paths[CITY]))["reason"]["code"] == "none_fits"


async def test_with_two_seats_free_the_first_may_go_by_rank(as_: As, database: Database) -> None:
    """Since the other can still go to a regency; and then it must."""
    officer, second = as_("officer"), as_("second_officer")
    paths = await make_decided(officer, second, database, A_REGENCY)
    for code in (CITY, REGENCY):
        await move(officer, paths[code], "withdrawn")
    for code in (CITY, REGENCY):
        assert (await offer_of(officer, paths[code]))["offered"]["region_code"] == "32.72"
    assert (await replace(officer, paths[REGENCY])).json()["region_code"] == "32.72"
    assert (await replace(officer, paths[CITY])).json()["region_code"] == "32.04"


@pytest.mark.parametrize("state", CHOSEN[:-2])
async def test_whoever_leaves_after_the_choice_leaves_a_seat(as_: As, database: Database, state: str) -> None:
    """From `enacted` on nobody leaves."""
    officer = as_("officer")
    paths = await make_decided(officer, as_("second_officer"), database)
    async with database.read() as connection:
        await connection.execute(
            "UPDATE candidacies SET state = $1 WHERE id = $2", state, paths[CITY].rpartition("/")[2]
        )
    standing = await offer_of(officer, paths[CITY])
    assert (standing["free"], standing["reason"]["code"]) == (False, "still_standing")
    assert (await move(officer, paths[CITY], "withdrawn")).status_code == 200
    assert (await offer_of(officer, paths[CITY]))["offered"]["region_code"] == "32.72"


async def test_without_reserves_nobody_is_offered_the_seat(as_: As, database: Database) -> None:
    officer = as_("officer")
    paths = await make_assessed(officer, database, TOTALS)
    await publish_final(officer, as_("second_officer"), reserves=0)
    await move(officer, paths[CITY], "withdrawn")
    told = await offer_of(officer, paths[CITY])
    assert (told["free"], told["offered"], told["reason"]["code"]) == (True, None, "no_reserves")
    refused = await replace(officer, paths[CITY])
    assert (refused.status_code, refused.json()["code"], refused.json()["region_codes"]) == (409, "no_reserve_fits", [])


async def test_a_seat_is_replaced_once(as_: As, database: Database) -> None:
    officer = as_("officer")
    paths = await make_decided(officer, as_("second_officer"), database)
    await move(officer, paths[CITY], "withdrawn")
    assert (await replace(officer, paths[CITY])).status_code == 200
    again = await replace(officer, paths[CITY])
    assert (again.status_code, again.json()["code"]) == (409, "seat_already_replaced")


async def test_nobody_replaces_before_the_final_choice(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    leaver, reserve = [await make_candidacy(officer, "test", code) for code in (CITY, "32.72")]
    async with database.read() as connection:
        for path, state in ((leaver, "selected"), (reserve, "reserve")):
            await connection.execute("UPDATE candidacies SET state = $1 WHERE id = $2", state, path.rpartition("/")[2])
    await move(officer, leaver, "withdrawn")
    told = await offer_of(officer, leaver)
    assert (told["free"], told["reason"]["code"], told["chain"][0]["rank"]) == (False, "undecided", None)
    refused = await replace(officer, leaver)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_seat_free")


async def test_a_lower_quota_takes_the_free_seat_away(as_: As, database: Database) -> None:
    officer = as_("officer")
    paths = await make_decided(officer, as_("second_officer"), database)
    await move(officer, paths[CITY], "withdrawn")
    for quota, free in ((1, False), (2, True)):
        changed = await officer.patch("/v1/cohorts/test", json={"quota": quota}, headers={"If-Match": "*"})
        assert changed.status_code == 200
        assert (await offer_of(officer, paths[CITY]))["free"] is free
        if not free:
            refused = await replace(officer, paths[CITY])
            assert (refused.json()["code"], refused.json()["reason"]) == ("no_seat_free", "quota_reached")


async def test_a_raised_quota_gives_no_seat_to_those_who_left_none(as_: As, database: Database) -> None:
    """Of four seats two were given; one more was left. Only that one is open, so a rule must be kept with it."""
    officer = as_("officer")
    paths = await make_decided(officer, as_("second_officer"), database, A_REGENCY)
    await officer.patch("/v1/cohorts/test", json={"quota": 4}, headers={"If-Match": "*"})
    await move(officer, paths[REGENCY], "withdrawn")
    assert (await offer_of(officer, paths[REGENCY]))["offered"]["region_code"] == "32.04"


async def test_a_reserve_is_not_seated_by_hand(as_: As, database: Database) -> None:
    officer = as_("officer")
    paths = await make_decided(officer, as_("second_officer"), database)
    await move(officer, paths[CITY], "withdrawn")
    for more in ({}, {"replaces_id": paths[CITY].rpartition("/")[2]}):
        body = {"to": "selected", "reason": "x"} | more
        refused = await officer.post(f"{paths['32.72']}/transitions", json=body, headers={"If-Match": "*"})
        assert (refused.status_code, refused.json()["code"]) == (409, "moved_by_replacement")
        assert "/replacement" in refused.json()["detail"]
    assert (await states(officer))["32.72"] == "reserve"


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x", "candidacy_id": "y"}])
async def test_a_replacement_says_why_and_no_more(as_: As, database: Database, body: dict[str, str]) -> None:
    officer = as_("officer")
    paths = await make_decided(officer, as_("second_officer"), database)
    url = f"{paths[CITY]}/replacement"
    assert (await officer.post(url, json=body, headers={"If-Match": "*"})).status_code == 422


async def test_a_replacement_is_of_the_candidacy_as_it_was_read(as_: As, database: Database) -> None:
    officer = as_("officer")
    paths = await make_decided(officer, as_("second_officer"), database)
    stale = (await officer.get(paths[CITY])).headers["etag"]
    await move(officer, paths[CITY], "withdrawn")
    refused = await replace(officer, paths[CITY], stale)
    assert (refused.status_code, refused.json()["code"]) == (412, "version_mismatch")
    assert version_in(refused) == version_in(await officer.get(paths[CITY]))
    bare = await officer.post(f"{paths[CITY]}/replacement", json={"reason": "x"})
    assert bare.status_code == 428


async def test_a_retried_replacement_happens_once(as_: As, database: Database) -> None:
    officer = as_("officer")
    paths = await make_decided(officer, as_("second_officer"), database)
    await move(officer, paths[CITY], "withdrawn")
    headers = {"If-Match": "*", "Idempotency-Key": "once"}
    first, again = [
        await officer.post(f"{paths[CITY]}/replacement", json={"reason": "x"}, headers=headers) for _ in range(2)
    ]
    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.commits
async def test_of_fifty_replacements_at_once_one_wins(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        paths = await make_decided(one, other, committed.state.database)
        await move(one, paths[CITY], "withdrawn")
        tag = (await one.get(paths[CITY])).headers["etag"]
        answers = await asyncio.gather(*(replace(client, paths[CITY], tag) for client in [one, other] * 25))
        (winner,) = (answer for answer in answers if answer.status_code == 200)
        told = {(answer.status_code, answer.json()["code"]) for answer in answers if answer is not winner}
        assert told <= {(409, "seat_already_replaced"), (412, "version_mismatch")}
        assert winner.json()["region_code"] == "32.72"
        after = await states(one)
        assert sorted(code for code, state in after.items() if state == "selected") == [REGENCY, "32.72"]
        history = (await one.get(f"{paths['32.72']}/transitions")).json()["history"]
        assert [step["to"] for step in history].count("selected") == 1


@pytest.mark.commits
async def test_two_seats_many_takers_and_one_who_declines_never_pass_the_quota(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as one, client_for(committed, "second_officer") as other:
        paths = await make_decided(one, other, committed.state.database, A_REGENCY)
        for code in (CITY, REGENCY):
            await move(one, paths[code], "withdrawn")
        decline = one.post(
            f"{paths['32.72']}/transitions", json={"to": "withdrawn", "reason": "x"}, headers={"If-Match": '"3"'}
        )
        takers = [replace(client, paths[code]) for client, code in [(one, CITY), (other, REGENCY)] * 12]
        answers = await asyncio.gather(*takers[:5], decline, *takers[5:])
        after = await states(one)
        rows = {row["region_code"]: row for row in await every_row(one, "/v1/cohorts/test/candidacies")}
        replaced = [row["replaces_id"] for row in rows.values() if row["replaces_id"]]
        seated = {code for code, state in after.items() if state == "selected"}
        taken = [answer for answer in (*answers[:5], *answers[6:]) if answer.status_code == 200]
        refused = {answer.json()["code"] for answer in (*answers[:5], *answers[6:]) if answer not in taken}
        assert (len(taken), refused) == (2, {"seat_already_replaced"})
        assert len(seated) == len(replaced) == len(set(replaced)) == 2
        assert seated & {"32.04", "32.02"}  # the rule is kept, whoever came first
        if after["32.72"] == "withdrawn":
            assert seated == {"32.73", "32.04"}
        else:
            assert seated == {"32.72", "32.04"}


async def test_nobody_is_seated_in_a_closed_cohort(as_: As, database: Database) -> None:
    """It has no mentor for them any more."""
    officer = as_("officer")
    paths = await make_decided(officer, as_("second_officer"), database)
    assert (await move(officer, paths[CITY], "withdrawn")).status_code == 200
    await put_cohort(database, "closed")
    refused = await replace(officer, paths[CITY])
    assert (refused.status_code, refused.json()["code"]) == (409, "cohort_not_ready")
