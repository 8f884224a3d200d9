"""A rubric is a draft that ministry staff write, in editions; once used it is public and never changes."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.domain import rubrics
from app.kernel.db import Database
from app.kernel.editions import freeze
from app.models.rubrics import Rubric
from app.services.rubrics import to_domain
from tests.conftest import As, client_for
from tests.routers.factories import CRITERIA, every_row, faults, make_rubric, question

PATH = "/v1/rubrics/readiness"
BODY = {"code": "readiness", "name_en": "Readiness", "name_id": "Kesiapan", "criteria": CRITERIA}
VISION, REGULATION = CRITERIA


async def change(client: httpx.AsyncClient, edition: int = 1, **changes: Any) -> httpx.Response:
    return await client.patch(f"{PATH}?edition={edition}", json=changes, headers={"If-Match": "*"})


async def use(database: Database, edition: int = 1) -> Rubric:
    """Do what the first assessment does to a rubric."""
    async with database.write() as session:
        rubric = (await session.scalars(select(Rubric).filter_by(code="readiness", edition=edition))).one()
        await freeze(session, rubric)
        return rubric


async def test_a_new_rubric_is_a_draft_and_shows_what_was_sent(as_: As) -> None:
    officer = as_("officer")
    made = await officer.post("/v1/rubrics", json=BODY)
    assert (made.status_code, made.headers["location"]) == (201, f"{PATH}?edition=1")
    shown = made.json()
    assert (shown["code"], shown["edition"], shown["frozen_at"]) == ("readiness", 1, None)
    assert [criterion.pop("name_en") for criterion in shown["criteria"]] == [
        "Vision of the head of region",
        "Regulation",
    ]
    assert [criterion.pop("name_id") for criterion in shown["criteria"]] == ["Visi kepala daerah", "Regulasi"]
    assert shown["criteria"] == CRITERIA
    assert (await officer.get(made.headers["location"])).content == made.content


async def test_the_rules_read_back_what_was_written(as_: As, database: Database) -> None:
    await make_rubric(as_("officer"))
    stored = to_domain((await use(database)).criteria)
    assert rubrics.problems(stored, {"leadership_vision", "regulation"}) == ()
    weights = [[question.weight for question in criterion.questions] for criterion in stored.criteria]
    assert [[float(weight) for weight in row] for row in weights] == [[0.25, 0.75], [1]]
    assert [question.evidence_required for question in stored.questions] == [False, False, True]
    assert stored.questions[0].levels[4] == rubrics.Level("Level 4", "Tingkat 4")


@pytest.mark.parametrize(
    ("criteria", "pointer", "code"),
    [
        ([], "/criteria", "no_criteria"),
        ([VISION], "/criteria", "weights_sum"),
        ([VISION | {"weight": 0.699999999999}, REGULATION], "/criteria", "weights_sum"),
        ([VISION | {"weight": 1}, REGULATION | {"weight": 0}], "/criteria/1/weight", "weight_range"),
        ([VISION | {"code": "luck"}, REGULATION], "/criteria/0/code", "unknown_readiness_criterion"),
        ([VISION, REGULATION | {"code": "leadership_vision"}], "/criteria/1/code", "duplicate_criterion"),
        ([VISION, REGULATION | {"questions": []}], "/criteria/1/questions", "no_questions"),
        ([VISION | {"questions": VISION["questions"][:1]}, REGULATION], "/criteria/0/questions", "weights_sum"),
        (
            [VISION, REGULATION | {"questions": [question("vision", 1)]}],
            "/criteria/1/questions/0/code",
            "duplicate_question",
        ),
        (
            [VISION, REGULATION | {"questions": [question("rules", 1, levels=[])]}],
            "/criteria/1/questions/0/levels",
            "levels_count",
        ),
        (
            [VISION, REGULATION | {"questions": [question("rules", 1, levels=[{"text_en": "x"}])]}],
            "/criteria/1/questions/0/levels/0/text_id",
            "required",
        ),
        ([VISION, REGULATION | {"name_en": "Rules"}], "/criteria/1/name_en", "unknown_field"),
        ([VISION, REGULATION | {"weight": "0.3"}], "/criteria/1/weight", "wrong_type"),
    ],
)
async def test_a_rubric_is_checked_whole(as_: As, criteria: list[Any], pointer: str, code: str) -> None:
    officer = as_("officer")
    assert faults(await officer.post("/v1/rubrics", json=BODY | {"criteria": criteria})) == {(pointer, code)}
    await make_rubric(officer)
    assert faults(await change(officer, criteria=criteria)) == {(pointer, code)}
    assert (await officer.get(PATH)).json()["version"] == 1


async def test_thirds_that_only_nearly_sum_to_one_are_refused_and_tenths_are_exact(as_: As) -> None:
    """Ten weights of 0.1 sum to less than 1 in binary arithmetic, to exactly 1 in ours."""
    officer = as_("officer")
    tenths = [{**REGULATION, "weight": 1, "questions": [question(f"q{number}", 0.1) for number in range(10)]}]
    assert (await officer.post("/v1/rubrics", json=BODY | {"criteria": tenths})).status_code == 201
    third = 0.333333333333
    thirds = [{**REGULATION, "weight": 1, "questions": [question(f"q{number}", third) for number in range(3)]}]
    refused = await officer.post("/v1/rubrics", json=BODY | {"criteria": thirds})
    assert faults(refused) == {("/criteria/0/questions", "weights_sum")}


@pytest.mark.parametrize("field", ["edition", "id", "version", "frozen_at", "state"])
async def test_nobody_names_an_edition_or_freezes_by_hand(as_: As, field: str) -> None:
    officer = as_("officer")
    assert faults(await officer.post("/v1/rubrics", json=BODY | {field: 1})) == {(f"/{field}", "unknown_field")}
    await make_rubric(officer)
    patched = await officer.patch(f"{PATH}?edition=1", json={field: 1}, headers={"If-Match": "*"})
    assert faults(patched) == {(f"/{field}", "unknown_field")}


async def test_editions_count_up_and_each_is_had_by_its_number(as_: As) -> None:
    officer = as_("officer")
    paths = [await make_rubric(officer, name_en=f"Readiness {number}") for number in (1, 2, 3)]
    assert paths == [f"{PATH}?edition={number}" for number in (1, 2, 3)]
    assert await make_rubric(officer, "other") == "/v1/rubrics/other?edition=1"
    assert [(await officer.get(path)).json()["name_en"] for path in paths] == [f"Readiness {n}" for n in (1, 2, 3)]
    assert (await officer.get(PATH)).json()["edition"] == 3
    listed = await every_row(officer, "/v1/rubrics", limit=1, code="readiness", sort="-edition")
    assert [row["edition"] for row in listed] == [3, 2, 1]
    assert [row["code"] for row in await every_row(officer, "/v1/rubrics")] == ["other", *["readiness"] * 3]
    assert [row["edition"] for row in await every_row(officer, "/v1/rubrics", q="NESS 2")] == [2]


@pytest.mark.parametrize("path", ["nothing", "Readiness", "readiness?edition=2", "nothing?edition=1"])
async def test_an_unknown_rubric_or_edition_is_not_found(as_: As, path: str) -> None:
    officer = as_("officer")
    await make_rubric(officer)
    answer = await officer.get(f"/v1/rubrics/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await officer.patch(f"/v1/rubrics/{path}", json={}, headers={"If-Match": "*"})).status_code in {404, 422}


@pytest.mark.parametrize("edition", ["0", "-1", "1.0", "x", str(2**40)])
async def test_an_edition_is_a_number(as_: As, edition: str) -> None:
    assert {place for place, _ in faults(await as_("officer").get(f"{PATH}?edition={edition}"))} == {"edition"}


async def test_a_draft_changes_under_its_etag_and_only_with_its_edition_named(as_: As) -> None:
    officer = as_("officer")
    await make_rubric(officer)
    before = (await officer.get(PATH)).json()
    # Without it, an ETag of the edition that was the newest might fit one that has come since.
    assert faults(await officer.patch(PATH, json={}, headers={"If-Match": '"1"'})) == {("edition", "required")}
    assert (await officer.patch(f"{PATH}?edition=1", json={})).status_code == 428
    criteria = [REGULATION | {"weight": 1}]
    changed = await officer.patch(f"{PATH}?edition=1", json={"criteria": criteria}, headers={"If-Match": '"1"'})
    after = changed.json()
    assert {name for name in after if after[name] != before[name]} == {"criteria", "version", "updated_at"}
    assert [criterion["name_id"] for criterion in after["criteria"]] == ["Regulasi"]
    stale = await officer.patch(f"{PATH}?edition=1", json={"name_en": "X"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')


async def test_whoever_has_the_newest_edition_hears_of_a_newer_one(as_: As) -> None:
    officer = as_("officer")
    await make_rubric(officer)
    known = {"If-None-Match": (await officer.get(PATH)).headers["etag"]}
    assert (await officer.get(f"{PATH}?edition=1", headers=known)).status_code == 304
    await make_rubric(officer)
    newest = await officer.get(PATH, headers=known)
    assert (newest.status_code, newest.json()["edition"], newest.headers["etag"]) == (200, 2, known["If-None-Match"])


async def test_what_is_used_stays_as_it_is_and_the_next_edition_is_free(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_rubric(officer)
    await use(database)
    frozen = await officer.get(PATH)
    assert frozen.json()["frozen_at"] is not None
    refused = await change(officer, name_en="Other")
    assert (refused.status_code, refused.json()["code"]) == (409, "rubric_frozen")
    assert "new edition" in refused.json()["detail"]
    await make_rubric(officer)
    assert (await change(officer, 2, name_en="Other")).status_code == 200
    assert (await officer.get(f"{PATH}?edition=1")).content == frozen.content


async def test_freezing_twice_changes_nothing(as_: As, database: Database) -> None:
    await make_rubric(as_("officer"))
    first, again = await use(database), await use(database)
    assert (first.frozen_at, first.version) == (again.frozen_at, again.version)


@pytest.mark.parametrize("person", ["public", "region_editor", "assessor", "mentor", "data_steward"])
async def test_a_draft_is_answered_exactly_as_an_absent_rubric(as_: As, database: Database, person: str) -> None:
    officer, reader = as_("officer"), as_(person)
    await make_rubric(officer)
    for query in ("", "?edition=1"):
        hidden, absent = [
            await reader.get(f"/v1/rubrics/{code}{query}", headers={"X-Request-Id": "same"})
            for code in ("readiness", "never")
        ]
        assert (hidden.status_code, hidden.text.replace("readiness", "never")) == (404, absent.text)
    assert await every_row(reader, "/v1/rubrics", frozen="false") == []
    await use(database)
    await make_rubric(officer)
    # The newest edition is the newest that one may see.
    assert (await reader.get(PATH)).json()["edition"] == 1
    assert (await reader.get(f"{PATH}?edition=2")).status_code == 404
    assert [row["edition"] for row in await every_row(reader, "/v1/rubrics")] == [1]


async def test_ministry_staff_and_auditors_see_drafts(as_: As, database: Database) -> None:
    await make_rubric(as_("officer"))
    await use(database)
    await make_rubric(as_("officer"))
    for person in ("auditor", "officer", "administrator"):
        assert (await as_(person).get(PATH)).json()["edition"] == 2
        assert [row["edition"] for row in await every_row(as_(person), "/v1/rubrics", frozen="false")] == [2]
        assert [row["edition"] for row in await every_row(as_(person), "/v1/rubrics", frozen="true")] == [1]


@pytest.mark.parametrize("person", ["region_editor", "assessor", "mentor", "data_steward", "auditor"])
async def test_only_officers_and_administrators_write(as_: As, person: str) -> None:
    await make_rubric(as_("officer"))
    for answer in (await as_(person).post("/v1/rubrics", json=BODY), await change(as_(person), name_en="X")):
        assert (answer.status_code, answer.json()["required_permission"]) == (403, "rubrics:write")


@pytest.mark.commits
async def test_a_change_comes_before_the_freeze_and_is_in_it_or_is_refused(committed: FastAPI) -> None:
    database = committed.state.database
    async with client_for(committed, "officer") as officer:
        for edition in range(1, 6):
            await make_rubric(officer)
            changed, frozen = await asyncio.gather(change(officer, edition, name_en="Late"), use(database, edition))
            assert changed.status_code in {200, 409}
            name = "Late" if changed.status_code == 200 else "Readiness"
            assert frozen.name_en == name
            assert (await officer.get(f"{PATH}?edition={edition}")).json()["name_en"] == name


@pytest.mark.commits
async def test_editions_made_at_once_never_share_a_number(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer:
        answers = await asyncio.gather(*(officer.post("/v1/rubrics", json=BODY) for _ in range(8)))
        made = sorted(answer.json()["edition"] for answer in answers if answer.status_code == 201)
        assert made == list(range(1, len(made) + 1))
        assert made
        assert {answer.json()["code"] for answer in answers if answer.status_code != 201} <= {"rubric_edition_taken"}
        assert [row["edition"] for row in await every_row(officer, "/v1/rubrics", sort="edition")] == made
