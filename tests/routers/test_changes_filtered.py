"""Changes of one cohort or region: its own record and what belongs to it, and no silence about anything else."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from tests.access.records import id_of
from tests.conftest import As, clients_of
from tests.routers.changes import CHANGES, Follower, change
from tests.routers.factories import make_candidacy, make_cohort, make_institution


@pytest.mark.commits
async def test_filters_narrow_it_and_what_leaves_them_is_deleted(committed: FastAPI) -> None:
    async with clients_of(committed) as as_:
        officer = as_("officer")
        await make_cohort(officer, "one")
        await make_cohort(officer, "two")
        ours = Follower(officer, cohort="one", resource_in="candidacies,cohorts")
        await ours.news()
        mine = id_of(await make_candidacy(officer, "one", "32.73"))
        await make_candidacy(officer, "two", "32.73")
        await make_institution(officer, "Elsewhere")
        assert await ours.events() == [("candidacies", mine, "create")]
        for code in ("one", "two"):
            await change(officer, f"/v1/cohorts/{code}", title=f"Cohort {code}")
        assert await ours.events() == [("cohorts", "one", "update")]
        async with committed.state.database.write() as session:
            await session.execute(text("UPDATE candidacies SET cohort_code = '2019' WHERE id = :id"), {"id": mine})
        assert await ours.events() == [("candidacies", mine, "delete")]


@pytest.mark.commits
async def test_a_region_is_among_what_belongs_to_it(committed: FastAPI) -> None:
    async with clients_of(committed) as as_:
        ours = Follower(as_("public"), region="32.73")
        await ours.news()
        for code in ("32.04", "32.73"):
            await change(as_("administrator"), f"/v1/regions/{code}", aliases=[f"Region {code}"])
        assert await ours.events() == [("regions", "32.73", "update")]


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"cohort": "2019", "resource_in": "cohorts,candidacies,selection-runs,selection-results,scorecards"}, []),
        ({"region": "32.73", "resource_in": "regions,region-profiles,candidacies,selection-results"}, []),
        ({"cohort": "2019", "region": "32.73", "resource_in": "candidacies,selection-results"}, []),
        ({"cohort": "2019", "resource": "regions"}, [("resource", "regions")]),
        ({"region": "32.73", "resource": "cohorts"}, [("resource", "cohorts")]),
        ({"cohort": "2019", "region": "32.73", "resource": "regions"}, [("resource", "regions")]),
        (
            {"cohort": "2019", "resource_in": "rubrics,cohorts,experts"},
            [("resource_in", "rubrics"), ("resource_in", "experts")],
        ),
        ({"resource": "rubrics"}, []),
    ],
)
async def test_what_belongs_to_no_cohort_or_region_is_refused_where_it_is_asked_for_by_one(
    as_: As, asked: dict[str, str], refused: list[tuple[str, str]]
) -> None:
    answer = await as_("officer").get(CHANGES, params=asked)
    assert answer.status_code == (422 if refused else 200), answer.text
    errors = answer.json().get("errors", [])
    assert [(fault["parameter"], fault["code"]) for fault in errors] == [(name, "not_allowed") for name, _ in refused]
    for fault, (_, resource) in zip(errors, refused, strict=True):
        assert f"`{resource}`" in fault["message"]


@pytest.mark.parametrize("asked", [{"resource": "experts"}, {"resource_in": "cohorts,experts"}])
async def test_what_the_reader_may_not_export_is_refused_where_it_is_named(as_: As, asked: dict[str, str]) -> None:
    assert (await as_("public").get(CHANGES, params=asked)).status_code == 401
    refused = await as_("region_editor").get(CHANGES, params=asked)
    assert (refused.status_code, refused.json()["required_permission"]) == (403, "experts:read")
    body = {"name": "narrow", "role": "auditor", "scopes": ["changes:read", "cohorts:read"]}
    expires_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    made = await as_("administrator").post("/v1/api-keys", json=body | {"expires_at": expires_at})
    headers = {"Authorization": f"Bearer {made.json()['secret']}"}
    for query, lack in ((asked, "experts:read"), ({"resource": "regions"}, "regions:read"), ({}, None)):
        answer = await as_("public").get(CHANGES, params=query, headers=headers)
        assert (answer.status_code, answer.json().get("required_permission")) == (403 if lack else 200, lack)
