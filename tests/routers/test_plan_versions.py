"""A version is the plan as it was submitted, for good; what lies between two is told to machines and to people."""

import json
from hashlib import sha256
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import As
from tests.domain.applied import applied
from tests.ground import laid
from tests.routers.assessments import speaking_for
from tests.routers.factories import every_row
from tests.routers.plans import INITIATIVE, TEXTS, add_initiative, write
from tests.routers.reviewed import make_submitted_plan, review, submit


@laid
async def make_two_versions(as_: As, database: Database) -> str:
    """Make a plan that was returned, changed and submitted again; return its path."""
    editor, plan = as_("region_editor"), await make_submitted_plan(as_, database)
    assert (await review(as_("mentor"), plan, "returned")).status_code == 201
    (bus,) = (await editor.get(f"{plan}/initiatives")).json()["items"]
    measure = {"target": 95}
    assert (await write(editor, f"/v1/initiatives/{bus['id']}", title="Bus on time", measure=measure)).is_success
    await add_initiative(editor, plan, title="Clinic nearby")
    assert (
        await write(editor, plan, last_year=2032, parts={"gap": "Buses and clinics."}, vision="All arrive.")
    ).is_success
    await submit(editor, plan)
    return plan


async def test_a_version_keeps_the_plan_as_it_was_under_its_digest(as_: As, database: Database) -> None:
    plan = await make_two_versions(as_, database)
    officer = as_("officer")
    first, second = await every_row(officer, f"{plan}/versions", limit=1)
    assert (first["number"], second["number"], first["region_code"], first["reason"]) == (1, 2, "32.73", "test")
    assert [row["number"] for row in await every_row(officer, f"{plan}/versions", sort="-number")] == [2, 1]
    shown = await officer.get(f"{plan}/versions/1")
    assert shown.json() == first
    unchanged = await officer.get(f"{plan}/versions/1", headers={"If-None-Match": shown.headers["etag"]})
    assert unchanged.status_code == 304
    for version, target in ((first, 90), (second, 95)):
        content = await officer.get(f"{plan}/versions/{version['number']}/content")
        assert sha256(content.content).hexdigest() == version["content_sha256"]
        assert content.headers["content-type"] == "application/json"
        held = content.json()
        assert held["initiatives"][0]["measure"] == INITIATIVE["measure"] | {"target": target}
        assert held["initiatives"][0]["budget"] == INITIATIVE["budget"]  # 10^15 rupiah to the last one
    assert (await officer.get(f"{plan}/versions/1/content")).json()["parts"] == TEXTS


async def test_the_diff_makes_one_version_of_the_other_and_says_so_in_words(as_: As, database: Database) -> None:
    plan = await make_two_versions(as_, database)
    mentor = as_("mentor")
    contents = [(await mentor.get(f"{plan}/versions/{number}/content")).json() for number in (1, 2)]
    diff = (await mentor.get(f"{plan}/versions/1/diff/2")).json()
    assert applied(contents[0], diff["patch"]) == contents[1]
    assert (diff["plan_id"], diff["from_number"], diff["to_number"]) == (plan.rpartition("/")[2], 1, 2)
    versions = await every_row(mentor, f"{plan}/versions")
    assert [diff["from_sha256"], diff["to_sha256"]] == [version["content_sha256"] for version in versions]
    told = [(line["code"], line["pointer"], line["fields"], line["text_en"]) for line in diff["summary"]]
    assert told == [
        ("initiative_changed", None, ["measure/target"], "Initiative changed: Bus on time (target)."),
        ("initiative_added", None, [], "New initiative: Clinic nearby."),
        ("section_changed", "/horizon", [], "Changed: years covered: 2027-2031 → 2027-2032."),
        ("section_changed", "/vision", [], "Changed: vision."),
        ("section_changed", "/parts/gap", [], "Changed: Gap."),  # by the template's own name
    ]
    assert [line["text_id"].split(":")[0] for line in diff["summary"]][:2] == ["Program diubah", "Program baru"]
    assert diff["summary"][0]["initiative_id"] == contents[0]["initiatives"][0]["id"]
    back = (await mentor.get(f"{plan}/versions/2/diff/1")).json()
    assert applied(contents[1], back["patch"]) == contents[0]
    none = (await mentor.get(f"{plan}/versions/2/diff/2")).json()
    assert (none["patch"], none["summary"]) == ([], [])


async def test_a_number_that_is_none_is_not_found(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    for number in ("0", "3", "-1", "1.0", "x", "9" * 20, "%D9%A1"):
        for path in (f"{number}", f"{number}/content", f"{number}/diff/1", f"1/diff/{number}"):
            answer = await as_("officer").get(f"{plan}/versions/{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


async def test_versions_are_for_the_region_its_mentors_and_the_ministry(
    app: FastAPI, as_: As, database: Database
) -> None:
    plan = await make_submitted_plan(as_, database)
    paths = [f"{plan}/versions{rest}" for rest in ("", "/1", "/1/content", "/1/diff/1")]

    async def asked(client: Any) -> set[int]:
        return {(await client.get(path)).status_code for path in paths}

    for person in ("region_editor", "mentor", "auditor", "officer", "administrator"):
        assert await asked(as_(person)) == {200}, person
    assert await asked(as_("public")) == {401}
    for person in ("assessor", "data_steward"):
        assert await asked(as_(person)) == {403}, person
    elsewhere = await as_("officer").post("/v1/institutions", json={"name": "Universitas Lain", "kind": "university"})
    whom = [("region_editor", {"region_code": "32.04"}), ("mentor", {"institution_id": elsewhere.json()["id"]})]
    for role, binding in whom:
        async with speaking_for(app, as_("administrator"), role, **binding) as stranger:
            assert await asked(stranger) == {404}, role
    # Once accepted, the plan is everyone's to read, but how it came about is not.
    for person in ("mentor", "officer"):
        assert (await review(as_(person), plan)).status_code == 201
    async with speaking_for(app, as_("administrator"), "region_editor", region_code="32.04") as stranger:
        assert (await stranger.get(plan)).status_code == 200
        assert await every_row(stranger, paths[0]) == []
        assert [(await stranger.get(path)).status_code for path in paths[1:]] == [404] * 3


async def test_the_database_changes_no_version(as_: As, database: Database) -> None:
    await make_submitted_plan(as_, database)
    async with database.read() as connection:
        for statement in ("UPDATE plan_versions SET number = 7", "DELETE FROM plan_versions"):
            with pytest.raises(asyncpg.RestrictViolationError, match="never changed"):
                async with connection.transaction():
                    await connection.execute(statement)


async def test_what_is_logged_of_a_version_is_not_its_content(as_: As, database: Database) -> None:
    await make_submitted_plan(as_, database)
    async with database.read() as connection:
        after = await connection.fetchval("SELECT after::text FROM changes WHERE resource = 'plan-versions'")
    assert "content" not in json.loads(after)
