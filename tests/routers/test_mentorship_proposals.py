"""The proposal of who mentors whom: the cheapest by the cohort's rules, explained, and recorded as it is or edited."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.kernel.db import Database
from app.services import calendars
from tests.conftest import As
from tests.ground import laid
from tests.routers.agreements import put_into
from tests.routers.factories import NOWHERE, faults, make_expert, make_institution, move
from tests.routers.mentoring import (
    LIST,
    PROPOSAL,
    item,
    make_decided,
    make_mentor,
    make_mentorship,
    record,
    seat_on_panel,
)

NEAR = {"weights": {"load": 0, "misfit": 0, "distance": 1}}
BANDUNG, SURABAYA, MALANG = "32.73", "35.78", "35.73"


@laid
async def make_mentors(officer: httpx.AsyncClient) -> tuple[str, str]:
    """Make a mentor in Bandung and one in Surabaya."""
    west = await make_institution(officer, "Universitas Barat", region_code=BANDUNG)
    east = await make_institution(officer, "Universitas Timur", region_code=SURABAYA)
    return await make_mentor(officer, "Wati", institution=west), await make_mentor(officer, "Tono", institution=east)


async def proposed(officer: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await officer.get(PROPOSAL, params=query)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def names(document: dict[str, Any]) -> dict[str, str]:
    return {choice["region_code"]: choice["lead_mentor_name"] for choice in document["choices"]}


async def test_the_nearest_is_proposed_and_the_proposal_can_be_recorded_as_it_is(as_: As, database: Database) -> None:
    officer = as_("officer")
    calendar = [{"code": "mentoring", "starts_on": "2026-06-01", "ends_on": "2026-12-31"}]
    await make_decided(officer, database, BANDUNG, MALANG, mentoring_rules=NEAR, calendar=calendar)
    await make_mentors(officer)
    document = await proposed(officer)
    assert (document["cohort_code"], document["seed"], document["unassigned"]) == ("test", 0, [])
    assert names(document) == {BANDUNG: "Wati", MALANG: "Tono"}
    first = document["choices"][0]
    assert (first["km"], first["region_name"], first["institution_name"]) == (0, "Kota Bandung", "Universitas Barat")
    assert first["reason"]["code"] == "mentor_best"
    assert document["cost"] == sum(choice["cost"] for choice in document["choices"])
    assert [(load["expert_name"], load["before"], load["after"], load["most"]) for load in document["loads"]] == [
        ("Tono", 0, 1, None),
        ("Wati", 0, 1, None),
    ]
    assert {one["starts_on"] for one in document["items"]} == {"2026-06-01"}
    recorded = await record(officer, *document["items"])
    assert (recorded.status_code, recorded.json()["recorded"]) == (200, 2)
    after = await proposed(officer)
    assert (after["items"], after["choices"], after["unassigned"], after["cost"]) == ([], [], [], 0)
    assert [(load["before"], load["after"]) for load in after["loads"]] == [(1, 1), (1, 1)]


async def test_it_counts_load_dimensions_and_distance_as_the_cohort_says(as_: As, database: Database) -> None:
    officer, editor = as_("officer"), as_("region_editor")
    await make_decided(officer, database, BANDUNG, "32.77", mentoring_rules=NEAR)
    west, east = await make_mentors(officer)
    problem = {"title": "Macet", "description": "Jalan padat", "dimension": "living"}
    await editor.patch(f"/v1/regions/{BANDUNG}/profile", json={"problems": [problem]}, headers={"If-Match": "*"})
    await officer.patch(f"/v1/experts/{east}", json={"dimensions": ["living"]}, headers={"If-Match": "*"})
    document = await proposed(officer)
    assert names(document) == {BANDUNG: "Wati", "32.77": "Wati"}
    assert [choice["uncovered"] for choice in document["choices"]] == [["living"], []]

    async def rule(**weights: int) -> dict[str, str]:
        body = {"mentoring_rules": {"weights": weights}}
        changed = await officer.patch("/v1/cohorts/test", json=body, headers={"If-Match": "*"})
        assert changed.status_code == 200, changed.text
        return names(await proposed(officer))

    assert await rule(misfit=5000) == {BANDUNG: "Tono", "32.77": "Wati"}
    assert await rule(misfit=0, load=5000) in (
        {BANDUNG: "Tono", "32.77": "Wati"},
        {BANDUNG: "Wati", "32.77": "Tono"},
    )
    assert names(await proposed(officer, mentors=west)) == {BANDUNG: "Wati", "32.77": "Wati"}


async def test_limits_and_conflicts_leave_regions_without_a_mentor_and_say_why(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    rules = NEAR | {"most_per_mentor": 1}
    one, two, three = await make_decided(officer, database, BANDUNG, MALANG, SURABAYA, mentoring_rules=rules)
    west, east = await make_mentors(officer)
    await officer.patch(f"/v1/experts/{east}", json={"roles": ["assessor", "mentor"]}, headers={"If-Match": "*"})
    assessment = await seat_on_panel(officer, database, two, east)
    document = await proposed(officer)
    assert names(document) == {BANDUNG: "Wati", SURABAYA: "Tono"} or names(document)[MALANG] == "Wati"
    (left,) = document["unassigned"]
    assert (left["reason"]["code"], set(left["rivals"])) == ("mentors_full", {BANDUNG, MALANG, SURABAYA})
    assert "Tono" in left["reason"]["text_en"]
    assert west not in str(left)
    await make_mentorship(officer, three, east, institution_id=await institution_of(officer, east))
    await make_mentorship(officer, one, west, institution_id=await institution_of(officer, west))
    await officer.patch("/v1/cohorts/test", json={"mentoring_rules": {"most_per_mentor": 2}}, headers={"If-Match": "*"})
    (left,) = (await proposed(officer, mentors=east))["unassigned"]
    assert (left["region_code"], left["reason"]["code"]) == (MALANG, "mentors_conflicted")
    assert left["barred"] == [{"expert_id": east, "expert_name": "Tono"}]
    asking = {"expert_id": east, "reason": "x", "duty": "mentor"}
    asked = await officer.post(f"/v1/assessments/{assessment}/conflict-overrides", json=asking)
    await move(second, asked.headers["location"], "approved")
    document = await proposed(officer, mentors=east)
    assert names(document) == {MALANG: "Tono"}
    assert document["choices"][0]["reason"]["code"] == "mentor_only"


async def institution_of(officer: httpx.AsyncClient, expert: str) -> str:
    return str((await officer.get(f"/v1/experts/{expert}")).json()["institution_id"])


async def test_a_fuller_or_busier_mentor_is_named_not_numbered(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_decided(officer, database, BANDUNG, "32.77", mentoring_rules=NEAR | {"most_per_mentor": 1})
    west, east = await make_mentors(officer)
    reasons = [choice["reason"] for choice in (await proposed(officer))["choices"]]
    (full,) = (reason for reason in reasons if reason["code"] == "mentor_full")
    assert full["text_en"].startswith("Mentor Wati suits this region better, but is full")
    assert full["text_id"].startswith("Pembimbing Wati lebih cocok")
    assert not any(id_ in str(reasons) for id_ in (west, east))


async def test_only_regions_that_signed_and_wait_are_in_it(as_: As, database: Database) -> None:
    officer = as_("officer")
    one, two, three = await make_decided(officer, database, BANDUNG, MALANG, SURABAYA)
    west, _ = await make_mentors(officer)
    await put_into(database, two, "selected")
    await make_mentorship(officer, one, west, institution_id=await institution_of(officer, west))
    document = await proposed(officer)
    assert [one_["candidacy_id"] for one_ in document["items"]] == [three]
    assert (await officer.get("/v1/cohorts/never/mentorship-proposal")).status_code == 404


async def test_who_may_lead_can_be_named(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_decided(officer, database)
    west, east = await make_mentors(officer)
    assert names(await proposed(officer, mentors=f"{east},{east}")) == {BANDUNG: "Tono"}
    for named, code in (
        (NOWHERE, "invalid_reference"),
        (await make_expert(officer), "not_mentor"),
        ("x", "invalid_format"),
    ):
        assert faults(await officer.get(PROPOSAL, params={"mentors": f"{west},{named}"})) == {("mentors", code)}
    assert faults(await officer.get(PROPOSAL, params={"seed": -1})) == {("seed", "out_of_range")}


async def test_the_same_seed_proposes_the_same_and_none_is_favoured(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_decided(officer, database)
    for name in ("Wati", "Tono", "Umar", "Vina"):
        await make_mentor(officer, name)
    drawn = {seed: names(await proposed(officer, seed=seed))[BANDUNG] for seed in range(12)}
    assert len(set(drawn.values())) > 1
    assert names(await proposed(officer, seed=3))[BANDUNG] == drawn[3]


async def test_without_a_window_it_proposes_a_year_from_today(
    as_: As, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = as_("officer")
    await make_decided(officer, database)
    await make_mentors(officer)
    monkeypatch.setattr(calendars, "now", lambda: datetime(2027, 12, 31, 17, 30, tzinfo=UTC))
    (one,) = (await proposed(officer))["items"]
    assert (one["starts_on"], one["ends_on"]) == ("2028-01-01", "2028-12-31")  # it is the new year in Jakarta
    assert one.keys() == item("", "").keys() | {"facilitator_ids"}
    assert (await officer.get(LIST)).json()["items"] == []
