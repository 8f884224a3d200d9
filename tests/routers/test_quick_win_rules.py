"""What a cohort asks of the quick wins of its regions, as data."""

from typing import Any

import pytest

from tests.conftest import As
from tests.routers.factories import faults, make_cohort

DEFAULTS: dict[str, Any] = {
    "at_least": 0,
    "at_most": None,
    "dimensions": [],
    "different_dimensions": 0,
    "tolerance": 10,
}
COHORT = "/v1/cohorts/test"


async def test_a_cohort_asks_nothing_unless_it_says_so_and_a_historic_one_never_did(as_: As) -> None:
    await make_cohort(as_("officer"))
    assert (await as_("public").get(COHORT)).json()["quick_win_rules"] == DEFAULTS
    assert (await as_("public").get("/v1/cohorts/2018")).json()["quick_win_rules"] is None


async def test_a_patch_merges_into_the_rules(as_: As) -> None:
    officer = as_("officer")
    rules = {"at_least": 3, "at_most": 6, "dimensions": ["governance"], "different_dimensions": 2, "tolerance": 0}
    await make_cohort(officer, quick_win_rules=rules)
    assert (await officer.get(COHORT)).json()["quick_win_rules"] == rules
    patch = {"quick_win_rules": {"at_most": None, "dimensions": ["living", "economy"]}}
    patched = await officer.patch(COHORT, json=patch, headers={"If-Match": "*"})
    assert patched.json()["quick_win_rules"] == rules | patch["quick_win_rules"]


@pytest.mark.parametrize(
    ("rules", "pointer", "code"),
    [
        (None, "", "wrong_type"),
        ({"at_least": -1}, "/at_least", "out_of_range"),
        ({"at_least": 3, "at_most": 2}, "/at_most", "most_below_least"),
        ({"dimensions": ["living", "economy"], "at_most": 1}, "/at_most", "most_below_least"),
        ({"dimensions": ["living", "sport"]}, "/dimensions/1", "unknown_dimension"),
        ({"dimensions": ["living", "living"]}, "/dimensions/1", "named_twice"),
        ({"different_dimensions": 7}, "/different_dimensions", "dimensions_beyond_catalogue"),
        ({"tolerance": 101}, "/tolerance", "out_of_range"),
        ({"tolerance": None}, "/tolerance", "wrong_type"),
        ({"months": 24}, "/months", "unknown_field"),
    ],
)
async def test_rules_that_make_no_sense_are_refused_with_their_place(
    as_: As, rules: dict[str, Any] | None, pointer: str, code: str
) -> None:
    officer = as_("officer")
    body = {"code": "test", "year": 2026, "phase": 4, "title": "Test", "quota": 5, "candidate_quota": 10}
    expected = {(f"/quick_win_rules{pointer}", code)}
    assert faults(await officer.post("/v1/cohorts", json=body | {"quick_win_rules": rules})) == expected
    await make_cohort(officer)
    assert faults(await officer.patch(COHORT, json={"quick_win_rules": rules}, headers={"If-Match": "*"})) == expected
