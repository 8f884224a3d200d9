"""A quick win is seen by those concerned while it is proposed, by everyone from its approval; lists choose as asked."""

from typing import Any

import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import As
from tests.routers.assessments import speaking_for
from tests.routers.factories import NOWHERE, every_row, faults, make_candidacy, make_cohort
from tests.routers.mentored import candidacy, make_mentored
from tests.routers.quick_wins import WHOLE, in_july, propose, step

__all__ = ["candidacy", "in_july"]  # fixtures


async def test_from_its_approval_everyone_reads_it(as_: As, candidacy: str) -> None:
    path = await propose(as_("region_editor"), candidacy)
    for person in ("public", "assessor", "data_steward"):
        assert (await as_(person).get(path)).status_code == 404
        assert (await as_(person).get(f"{path}/standing")).status_code == 404
        assert (await as_(person).get(f"{path}/progress-reports")).status_code == 404
        assert await every_row(as_(person), "/v1/quick-wins") == []
    approved = await step(as_("mentor"), path, "approved")
    assert (approved.json()["state"], approved.json()["published_at"]) == ("approved", "2026-07-01T05:00:00+00:00")
    for person in ("public", "assessor", "data_steward"):
        assert (await as_(person).get(path)).json() == approved.json()
        assert await every_row(as_(person), "/v1/quick-wins") == [approved.json()]
    assert (await as_("public").get(f"{path}/transitions")).status_code == 401


async def test_what_was_dropped_before_its_approval_stays_among_those_concerned(as_: As, candidacy: str) -> None:
    path = await propose(as_("region_editor"), candidacy)
    dropped = await step(as_("region_editor"), path, "cancelled")
    assert (dropped.json()["published_at"], dropped.json()["closed_on"]) == (None, None)
    assert (await as_("public").get(path)).status_code == 404
    assert (await as_("mentor").get(path)).json() == dropped.json()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "BCA"),
        ({"sort": "created_at"}, "ACB"),
        ({"sort": "ends_on"}, "BAC"),
        ({"sort": "-updated_at"}, "ABC"),
        ({"q": "queue"}, "A"),
        ({"state": "proposed"}, "BC"),
        ({"state_in": "approved,running"}, "A"),
        ({"published": "true"}, "A"),
        ({"published": "false"}, "BC"),
        ({"dimension": "living"}, "C"),
        ({"sub_dimension": "service"}, "BA"),
        ({"ends_on_gte": "2027-05-31"}, "CA"),
        ({"ends_on_lt": "2027-05-31"}, "B"),
        ({"starts_on_gte": "2026-06-02"}, "B"),
        ({"starts_on_lt": "2026-06-02"}, "CA"),
        ({"cohort": "test", "region": "32.73", "province": "32"}, "CA"),
        ({"province": "31"}, ""),
        ({"cohort": "2018"}, ""),
        ({"candidacy": NOWHERE}, ""),
        ({"initiative": NOWHERE}, ""),
    ],
)
async def test_the_list_filters(
    as_: As, app: FastAPI, database: Database, candidacy: str, query: dict[str, Any], expected: str
) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    paths = {"A": await propose(editor, candidacy)}
    paths["C"] = await propose(
        editor, candidacy, title="C", dimension="living", sub_dimension=None, ends_on="2027-06-01"
    )
    other = await make_mentored(officer, database, "32.71")
    async with speaking_for(app, as_("administrator"), "region_editor", region_code="32.71") as neighbour:
        days = {"starts_on": "2026-06-02", "ends_on": "2026-07-01"}
        paths["B"] = await propose(neighbour, other.candidacy, title="B", **days)
    await step(officer, paths["A"], "approved")
    if query.get("sort") == "-updated_at":
        await step(officer, paths["B"], "approved")
        await step(editor, paths["A"], "running")
    letters = {path.rpartition("/")[2]: letter for letter, path in paths.items()}
    found = [letters[row["id"]] for row in await every_row(officer, "/v1/quick-wins", **query)]
    assert "".join(found) == expected


async def test_a_candidacy_lists_its_own(as_: As, database: Database, candidacy: str) -> None:
    await propose(as_("region_editor"), candidacy)
    other = await make_mentored(as_("officer"), database, "32.71")
    for one, count in ((candidacy, 1), (other.candidacy, 0)):
        assert len(await every_row(as_("officer"), f"/v1/candidacies/{one}/quick-wins")) == count
    assert (await as_("public").get(f"/v1/candidacies/{NOWHERE}/quick-wins")).status_code == 404


async def test_the_candidacy_of_a_draft_cohort_is_not_there(as_: As) -> None:
    await make_cohort(as_("officer"), "hidden", state="draft")
    hidden = (await make_candidacy(as_("officer"), "hidden", "32.73")).rpartition("/")[2]
    refused = await as_("region_editor").post("/v1/quick-wins", json=WHOLE | {"candidacy_id": hidden})
    assert faults(refused) == {("/candidacy_id", "invalid_reference")}
