"""Rubric, assessment rules and mentoring rules of a cohort: merged into by a patch, and frozen once decided by."""

import pytest

from app.kernel.db import Database
from app.kernel.problems import Incomplete
from app.services.candidacies import lock_cohort
from app.services.cohorts import freeze_rules, rules_of
from tests.conftest import As
from tests.routers.cohorts import change
from tests.routers.factories import make_cohort, make_rubric


async def test_a_historic_cohort_has_no_assessment_rules_since_none_were_kept(as_: As) -> None:
    shown = (await as_("public").get("/v1/cohorts/2018")).json()
    assert (shown["rubric"], shown["assessment_rules"], shown["rules_frozen_at"]) == (None, None, None)
    patched = await as_("officer").patch(
        "/v1/cohorts/2018", json={"assessment_rules": {"quorum": 4}}, headers={"If-Match": "*"}
    )
    assert patched.json()["assessment_rules"] == {"quorum": 4, "different_institutions": True, "spread_limit": 1}


async def test_a_patch_merges_into_rubric_and_assessment_rules(as_: As) -> None:
    officer = as_("officer")
    for _ in range(2):
        await make_rubric(officer)
    await make_cohort(officer, rubric={"code": "readiness", "edition": 1}, assessment_rules={"quorum": 3})
    before = (await officer.get("/v1/cohorts/test")).json()
    assert before["rubric"] == {"code": "readiness", "edition": 1}
    assert before["assessment_rules"] == {"quorum": 3, "different_institutions": True, "spread_limit": 1}
    after = (await change(officer, rubric={"edition": 2}, assessment_rules={"spread_limit": 0})).json()
    assert after["rubric"] == {"code": "readiness", "edition": 2}
    assert after["assessment_rules"] == before["assessment_rules"] | {"spread_limit": 0}
    assert (await change(officer, rubric=None)).json()["rubric"] is None


async def test_a_patch_merges_into_the_mentoring_rules(as_: As) -> None:
    officer = as_("officer")
    assert (await as_("public").get("/v1/cohorts/2018")).json()["mentoring_rules"] is None
    await make_cohort(officer)
    usual = {"most_per_mentor": None, "weights": {"load": 100, "misfit": 50, "distance": 1}}
    assert (await officer.get("/v1/cohorts/test")).json()["mentoring_rules"] == usual
    changes = {"most_per_mentor": 3, "weights": {"distance": 2}}
    after = (await change(officer, mentoring_rules=changes)).json()["mentoring_rules"]
    assert after == {"most_per_mentor": 3, "weights": {"load": 100, "misfit": 50, "distance": 2}}
    unbound = (await change(officer, mentoring_rules={"most_per_mentor": None})).json()["mentoring_rules"]
    assert unbound == after | {"most_per_mentor": None}


async def test_rubric_and_assessment_rules_stay_once_they_are_used(as_: As, database: Database) -> None:
    officer = as_("officer")
    for _ in range(2):
        await make_rubric(officer)
    await make_cohort(officer, rubric={"code": "readiness", "edition": 1})
    await make_cohort(officer, "other", rubric={"code": "readiness", "edition": 1})
    async with database.write() as session:
        frozen = await freeze_rules(session, await lock_cohort(session, "test"))
        assert (frozen.edition, frozen.frozen_at is None) == (1, False)
    stored = (await officer.get("/v1/cohorts/test")).json()
    assert stored["rules_frozen_at"] is not None
    for changes in ({"rubric": {"edition": 2}}, {"rubric": None}, {"assessment_rules": {"quorum": 9}}):
        refused = await change(officer, **changes)
        assert (refused.status_code, refused.json()["code"]) == (409, "assessment_rules_frozen")
    assert (await officer.get("/v1/cohorts/test")).json() == stored
    # What is the same already is no change, and everything else may still change.
    kept = await change(officer, title="Other", rubric={"edition": 1}, assessment_rules={"quorum": 2})
    assert (kept.status_code, kept.json()["title"]) == (200, "Other")
    # A cohort that has not begun may still turn from a rubric that another one uses.
    elsewhere = await officer.patch("/v1/cohorts/other", json={"rubric": {"edition": 2}}, headers={"If-Match": "*"})
    assert elsewhere.json()["rubric"] == {"code": "readiness", "edition": 2}


async def test_rules_frozen_twice_are_frozen_once(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_rubric(officer)
    await make_cohort(officer, rubric={"code": "readiness", "edition": 1})
    times = []
    for _ in range(2):
        async with database.write() as session:
            await freeze_rules(session, await lock_cohort(session, "test"))
        times.append((await officer.get("/v1/cohorts/test")).json()["rules_frozen_at"])
    assert times[0] == times[1]


async def test_a_cohort_without_a_rubric_cannot_begin(as_: As, database: Database) -> None:
    await make_cohort(as_("officer"))
    async with database.write() as session:
        with pytest.raises(Incomplete) as refused:
            await freeze_rules(session, await lock_cohort(session, "test"))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/rubric", "required")]


async def test_a_historic_cohort_goes_by_the_default_rules(as_: As, database: Database) -> None:
    async with database.write() as session:
        rules = rules_of(await lock_cohort(session, "2018"))
    assert rules.model_dump() == {"quorum": 2, "different_institutions": True, "spread_limit": 1}
    assert (await as_("public").get("/v1/cohorts/2018")).json()["version"] == 1
