"""The methods of a cohort are checked whole, every fault at its place, and merged into by a patch."""

from typing import Any

import pytest

from tests.conftest import As
from tests.routers.cohorts import ON_CITIES, SHAKEN, change, method
from tests.routers.factories import METHOD, faults, make_cohort

FIRST, *REST = METHOD["criteria"]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"criteria": []}, "/criteria", "no_criteria"),
        ({"criteria": REST}, "/criteria", "weights_sum"),
        ({"criteria": [FIRST | {"weight": 0}, *REST]}, "/criteria/0/weight", "weight_range"),
        ({"criteria": [FIRST | {"indicator": "luck"}, *REST]}, "/criteria/0/indicator", "unknown_indicator"),
        ({"criteria": [FIRST | {"direction": "up"}, *REST]}, "/criteria/0/direction", "invalid_choice"),
        ({"criteria": [FIRST | {"bands": [{"lower": None, "score": 1}]}, *REST]}, "/criteria/0/bands", "bands_unused"),
        ({"eligibility": {"kinds": []}}, "/eligibility/kinds", "no_kinds"),
        ({"missing": "guess"}, "/missing", "invalid_choice"),
        ({"tie_breakers": [{"by": "criterion"}]}, "/tie_breakers/0/criterion", "tie_criterion"),
        ({"equity": [ON_CITIES | {"group": "papua"}]}, "/equity/0/group", "kind_not_eligible"),
        ({"equity": [ON_CITIES | {"scope": "island_group", "group": "java"}]}, "/equity/0/group", "unknown_group"),
        ({"sensitivity": SHAKEN | {"draws": 0}}, "/sensitivity/draws", "draws_range"),
        ({"reserves": -1}, "/reserves", "out_of_range"),
        ({"formula": "a+b"}, "/formula", "unknown_field"),
    ],
)
@pytest.mark.parametrize("stage", ["shortlist", "final"])
async def test_a_method_is_checked_whole(as_: As, stage: str, changes: dict[str, Any], pointer: str, code: str) -> None:
    officer = as_("officer")
    body = {"code": "test", "year": 2026, "phase": 4, "title": "Test", "quota": 5, "candidate_quota": 10}
    expected = {(f"/methods/{stage}{pointer}", code)}
    refused = await officer.post("/v1/cohorts", json=body | {"methods": {stage: method(**changes)}})
    assert faults(refused) == expected
    await make_cohort(officer, state="draft")
    assert faults(await change(officer, methods={stage: method(**changes)})) == expected


async def test_all_faults_of_a_method_are_told_at_once_in_the_readers_language(as_: As) -> None:
    body = {"code": "test", "year": 2026, "phase": 4, "title": "Test", "quota": 5, "candidate_quota": 10}
    faulty = method(criteria=[FIRST | {"indicator": "luck"}, *REST], equity=[ON_CITIES | {"seats": 0}])
    request = body | {"methods": {"shortlist": faulty}}
    english = await as_("officer").post("/v1/cohorts", json=request)
    assert faults(english) == {
        ("/methods/shortlist/criteria/0/indicator", "unknown_indicator"),
        ("/methods/shortlist/equity/0/seats", "seats_range"),
    }
    indonesian = await as_("officer").post("/v1/cohorts", json=request, headers={"Accept-Language": "id"})
    for one, other in zip(english.json()["errors"], indonesian.json()["errors"], strict=True):
        assert one["pointer"] == other["pointer"]
        assert one["message"] != other["message"]


async def test_a_patch_merges_into_the_methods(as_: As) -> None:
    """RFC 7396: objects are merged, lists replaced, null removes."""
    officer = as_("officer")
    both = {"shortlist": method(sensitivity=SHAKEN, equity=[ON_CITIES]), "final": method(reserves=2)}
    await make_cohort(officer, methods=both)
    before = (await officer.get("/v1/cohorts/test")).json()["methods"]
    patch = {
        "shortlist": {"reserves": 9, "equity": [], "eligibility": {"nominated_only": True}, "sensitivity": {"seed": 2}}
    }
    after = (await change(officer, methods=patch)).json()["methods"]
    assert after["final"] == before["final"]
    assert after["shortlist"] == before["shortlist"] | {
        "reserves": 9,
        "equity": [],
        "eligibility": before["shortlist"]["eligibility"] | {"nominated_only": True},
        "sensitivity": SHAKEN | {"seed": 2},
    }
    cleared = await change(officer, methods={"shortlist": {"sensitivity": None}, "final": None})
    assert cleared.json()["methods"] == {"shortlist": after["shortlist"] | {"sensitivity": None}, "final": None}
    assert cleared.json()["version"] == 4  # made, opened, and one for each patch
