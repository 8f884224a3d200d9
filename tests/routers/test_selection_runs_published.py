"""A run is published by a second person, once, whole and in its time, and moves the candidacies it decides on."""

import hashlib
from typing import Any

import httpx
import pytest

from app.kernel.db import Database
from tests.conftest import As
from tests.routers.factories import METHOD, RUNS, every_row, make_candidacy, make_cohort, make_run, move
from tests.routers.mentoring import put_cohort
from tests.routers.selection_runs import CITIES, make_assessed, states
from tests.routers.worked_out import eligible, ranking


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


async def test_a_published_method_that_would_be_refused_today_bars_no_other(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer, methods={"shortlist": METHOD})
    async with database.read() as connection:
        await connection.execute(
            """UPDATE cohorts SET methods = jsonb_set(methods, '{shortlist,eligibility,kinds,2}', '"province"')"""
            " WHERE code = 'test'"
        )
    url, headers = "/v1/cohorts/test", {"If-Match": "*"}
    changed = await officer.patch(url, json={"methods": {"final": METHOD}}, headers=headers)
    assert changed.status_code == 200, changed.text
    stored = changed.json()["methods"]["shortlist"] | {"reserves": 1}
    assert (await officer.patch(url, json={"methods": {"shortlist": stored}}, headers=headers)).status_code == 422


async def test_a_run_is_not_published_after_its_time(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessed(officer, database, CITIES)
    run = await make_run(officer, "test", stage="final")
    await put_cohort(database, "decided")
    late = await move(as_("second_officer"), run, "published")
    assert (late.status_code, late.json()["code"]) == (409, "cohort_not_ready")
    assert set((await states(officer)).values()) == {"assessed"}


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


async def test_a_region_that_was_dissolved_since_is_not_shortlisted(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    run = await make_run(officer, "test")
    (first, *_) = await every_row(officer, f"{run}/results", decision="in")
    async with database.read() as connection:
        await connection.execute("UPDATE regions SET valid_to = '2026-01-01' WHERE code = $1", first["region_code"])
    refused = await move(as_("second_officer"), run, "published")
    assert (refused.status_code, refused.json()["code"]) == (409, "run_outdated")
    assert refused.json()["region_codes"] == [first["region_code"]]
