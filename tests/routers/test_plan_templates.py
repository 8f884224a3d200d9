"""A plan template is a draft that ministry staff write, in editions; once used it is public and never changes."""

from copy import deepcopy
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app import reference
from app.domain.plan_completeness import template_problems
from app.kernel.db import Database
from app.kernel.editions import freeze
from app.models.plan_templates import PlanTemplate
from app.services.plan_templates import to_domain
from tests.conftest import As
from tests.routers.factories import every_row, faults, make_cohort
from tests.routers.plan_templates import BOOKS, book, chapter, make_plan_template, part

LIST = "/v1/plan-templates"
PATH = f"{LIST}/two-books"
BODY: dict[str, Any] = {"code": "two-books", "name_en": "Two books", "name_id": "Dua buku", "books": BOOKS}
ONE, TWO = BOOKS
PART = "/books/0/chapters/0/parts/0"


def of(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [book("one", chapter("a", one))]


async def change(client: httpx.AsyncClient, edition: int = 1, **changes: Any) -> httpx.Response:
    return await client.patch(f"{PATH}?edition={edition}", json=changes, headers={"If-Match": "*"})


async def use(database: Database, edition: int = 1) -> PlanTemplate:
    """Do what the first plan does to a template."""
    async with database.write() as session:
        row = (await session.scalars(select(PlanTemplate).filter_by(code="two-books", edition=edition))).one()
        await freeze(session, row)
        return row


async def test_everyone_reads_the_template_that_ships(as_: As) -> None:
    (fact,) = reference.plan_templates()
    shown = (await as_("public").get(f"{LIST}/{fact.code}?edition=1")).json()
    assert (shown["name_id"], shown["source"], shown["books"]) == (fact.name_id, fact.source, list(fact.books))
    assert shown["frozen_at"] is not None
    refused = await as_("officer").patch(
        f"{LIST}/{fact.code}?edition=1", json={"name_en": "X"}, headers={"If-Match": "*"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_template_frozen")
    assert await make_plan_template(as_("officer"), fact.code) == f"{LIST}/{fact.code}?edition=2"


async def test_a_new_template_is_a_draft_and_shows_what_was_sent(as_: As, database: Database) -> None:
    officer = as_("officer")
    sent = deepcopy(BODY)
    del sent["books"][0]["chapters"][0]["parts"][1]["filled_by"]  # by a text, unless it says otherwise
    made = await officer.post(LIST, json=sent)
    assert (made.status_code, made.headers["location"]) == (201, f"{PATH}?edition=1")
    shown = made.json()
    assert (shown["edition"], shown["source"], shown["frozen_at"], shown["books"]) == (1, None, None, BOOKS)
    assert (await officer.get(made.headers["location"])).content == made.content
    stored = to_domain((await use(database)).books)
    assert template_problems(stored) == ()
    assert [(part.code, part.weight, part.filled_by) for part in stored.parts] == [
        ("gap", 1, "text"),
        ("swot", 1, "text"),
        ("work", 8, "initiatives"),
    ]


@pytest.mark.parametrize(
    ("books", "pointer", "code"),
    [
        ([], "/books", "no_books"),
        ([ONE, book("two")], "/books/1/chapters", "no_chapters"),
        ([ONE, book("two", chapter("action"))], "/books/1/chapters/0/parts", "no_parts"),
        ([ONE, book("one", *TWO["chapters"])], "/books/1/code", "duplicate_code"),
        ([ONE, book("two", chapter("analysis", part("work")))], "/books/1/chapters/0/code", "duplicate_code"),
        ([ONE, book("two", chapter("action", part("gap")))], "/books/1/chapters/0/parts/0/code", "duplicate_code"),
        (of(part("x", weight=0)), f"{PART}/weight", "part_weight_range"),
        (of(part("x", weight=1001)), f"{PART}/weight", "part_weight_range"),
        (of(part("x", filled_by="luck")), f"{PART}/filled_by", "invalid_choice"),
        (of(part("x", pages=3)), f"{PART}/pages", "unknown_field"),
        ([book("One/Two", chapter("a", part("x")))], "/books/0/code", "invalid_format"),
    ],
)
async def test_a_template_is_checked_whole(as_: As, books: list[Any], pointer: str, code: str) -> None:
    officer = as_("officer")
    assert faults(await officer.post(LIST, json=BODY | {"books": books})) == {(pointer, code)}
    await make_plan_template(officer)
    assert faults(await change(officer, books=books)) == {(pointer, code)}
    assert (await officer.get(PATH)).json()["version"] == 1


@pytest.mark.parametrize("field", ["edition", "id", "version", "frozen_at"])
async def test_nobody_names_an_edition_or_freezes_by_hand(as_: As, field: str) -> None:
    assert faults(await as_("officer").post(LIST, json=BODY | {field: 1})) == {(f"/{field}", "unknown_field")}


async def test_what_is_used_stays_as_it_is_and_the_next_edition_is_free(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_plan_template(officer)
    assert (await change(officer, source="Told", books=[TWO])).json()["books"] == [TWO]
    assert (await change(officer, source=None)).json()["source"] is None
    await use(database)
    frozen = await officer.get(PATH)
    refused = await change(officer, name_en="Other")
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_template_frozen")
    assert "POST /v1/plan-templates" in refused.json()["detail"]
    await make_plan_template(officer)
    assert (await change(officer, 2, name_en="Other")).status_code == 200
    assert (await officer.get(f"{PATH}?edition=1")).content == frozen.content


async def test_a_draft_changes_under_its_etag_and_only_with_its_edition_named(as_: As) -> None:
    officer = as_("officer")
    await make_plan_template(officer)
    assert faults(await officer.patch(PATH, json={}, headers={"If-Match": '"1"'})) == {("edition", "required")}
    assert (await officer.patch(f"{PATH}?edition=1", json={})).status_code == 428
    assert (await change(officer, name_en="Other")).headers["etag"] == '"2"'
    stale = await officer.patch(f"{PATH}?edition=1", json={"name_en": "X"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')


async def test_a_draft_is_seen_by_ministry_staff_and_auditors_only(as_: As, database: Database) -> None:
    await make_plan_template(as_("officer"))
    for person in ("public", "region_editor", "assessor", "mentor", "data_steward"):
        assert (await as_(person).get(PATH)).status_code == 404
        assert await every_row(as_(person), LIST, frozen="false") == []
    for person in ("auditor", "officer", "administrator"):
        assert [row["code"] for row in await every_row(as_(person), LIST, frozen="false")] == ["two-books"]
    await use(database)
    assert [row["edition"] for row in await every_row(as_("public"), LIST, q="two")] == [1]


@pytest.mark.parametrize("person", ["region_editor", "mentor", "auditor"])
async def test_only_officers_and_administrators_write(as_: As, person: str) -> None:
    await make_plan_template(as_("officer"))
    for answer in (await as_(person).post(LIST, json=BODY), await change(as_(person), name_en="X")):
        assert (answer.status_code, answer.json()["required_permission"]) == (403, "plan_templates:write")


async def test_a_cohort_names_the_template_of_its_plans(as_: As) -> None:
    officer = as_("officer")
    await make_plan_template(officer)
    named = {"code": "two-books", "edition": 1}
    await make_cohort(officer, plan_template=named)
    path = "/v1/cohorts/test"
    assert (await as_("public").get(path)).json()["plan_template"] == named

    async def put(template: Any) -> httpx.Response:
        return await officer.patch(path, json={"plan_template": template}, headers={"If-Match": "*"})

    await make_plan_template(officer)
    assert (await put({"edition": 2})).json()["plan_template"] == named | {"edition": 2}  # a merge keeps the code
    assert faults(await put({"edition": 3})) == {("/plan_template", "invalid_reference")}
    assert faults(await put({"edition": None})) == {("/plan_template/edition", "wrong_type")}
    assert (await put(None)).json()["plan_template"] is None
    assert faults(await put({"edition": 1})) == {("/plan_template/code", "required")}
