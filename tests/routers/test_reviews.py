"""A review is its author's to write, complete when it is submitted, and then stays as it is."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.domain.lifecycles import ASSESSMENT
from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.kernel.writing import act_as, new_id
from app.models.experts import Expert
from app.models.panels import ConflictDeclaration, ConflictOverride
from tests.conftest import EXPERT, As
from tests.routers.agreements import told
from tests.routers.factories import every_row, faults, make_expert, move, version_in
from tests.routers.reviews import (
    FAR,
    FIRST,
    LEVELS,
    SECOND,
    THIRD,
    change_assessment,
    join,
    make_assessor,
    make_panel,
    save,
    submit,
)

BOTH = ["conflict_declared", "conflict_home_region"]


async def test_a_review_is_saved_as_often_as_its_author_likes(as_: As, database: Database) -> None:
    panel = await make_panel(as_("officer"), database)
    author, path = as_(FIRST), panel.reviews[FIRST]
    first = await save(author, path, levels={"vision": 3, "rules": 0}, notes={"vision": "Clear.\nWritten down."})
    assert first.status_code == 200, first.text
    assert first.json()["levels"] == {"vision": 3, "rules": 0}
    second = await save(author, path, levels={"rules": None, "drive": 2}, notes={"vision": None}, comment="Good.")
    assert (second.json()["levels"], second.json()["notes"]) == ({"vision": 3, "drive": 2}, {})
    assert (await save(author, path, comment=None)).json()["comment"] is None
    read = await author.get(path)
    assert read.json() | {"version": 3} == second.json() | {
        "comment": None, "version": 3, "updated_at": read.json()["updated_at"]
    }  # fmt: skip
    assert (read.json()["region_code"], read.json()["cohort_code"]) == ("32.73", panel.cohort)
    assert (read.json()["state"], read.json()["submitted_at"]) == ("draft", None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"levels": {"vision": 5}}, {("/levels/vision", "out_of_range")}),
        (
            {"levels": {"vision": -1, "drive": "2"}},
            {("/levels/vision", "out_of_range"), ("/levels/drive", "wrong_type")},
        ),
        ({"levels": {"wealth": 2}}, {("/levels/wealth", "unknown_question")}),
        ({"notes": {"wealth": "Rich."}}, {("/notes/wealth", "unknown_question")}),
        ({"notes": {"vision": " "}, "comment": ""}, {("/notes/vision", "too_short"), ("/comment", "too_short")}),
        ({"levels": {"Not a code": 1}}, {("/levels/Not a code", "invalid_format")}),
        ({"state": "submitted"}, {("/state", "unknown_field")}),
        ({"expert_id": str(EXPERT)}, {("/expert_id", "unknown_field")}),
    ],
)
async def test_what_makes_no_sense_is_pointed_at(
    as_: As, database: Database, changes: dict[str, object], expected: set[tuple[str, str]]
) -> None:
    panel = await make_panel(as_("officer"), database)
    assert faults(await save(as_(FIRST), panel.reviews[FIRST], **changes)) == expected
    assert version_in(await as_(FIRST).get(panel.reviews[FIRST])) == 1


async def test_a_review_is_submitted_when_every_question_has_a_level(as_: As, database: Database) -> None:
    panel = await make_panel(as_("officer"), database)
    author, path = as_(FIRST), panel.reviews[FIRST]
    empty = await submit(author, path)
    assert told(empty, "incomplete") == {(f"/levels/{code}", "level_missing") for code in LEVELS}
    assert told(await submit(author, path, {"vision": 3, "drive": 0}), "incomplete") == {
        ("/levels/rules", "level_missing")
    }
    rehearsed = await submit(author, path, LEVELS, dry_run=True)
    assert (rehearsed.status_code, rehearsed.json()["state"]) == (200, "submitted")
    assert (await author.get(path)).json()["state"] == "draft"
    submitted = await submit(author, path)
    assert (submitted.status_code, submitted.json()["state"], submitted.json()["levels"]) == (200, "submitted", LEVELS)
    assert submitted.json()["submitted_at"]
    history = (await author.get(f"{path}/transitions")).json()
    assert (history["state"], history["allowed"]) == ("submitted", [])
    assert [(step["from"], step["to"], step["reason"]) for step in history["history"]] == [
        ("draft", "submitted", "seen all")
    ]


async def test_a_submitted_review_stays_as_it_is(as_: As, database: Database) -> None:
    panel = await make_panel(as_("officer"), database)
    author, path = as_(FIRST), panel.reviews[FIRST]
    submitted = await submit(author, path, LEVELS)
    assert told(await save(author, path, levels={"vision": 4}), "review_submitted") == set()
    for to in ("submitted", "draft", "deleted"):
        moved = await author.post(f"{path}/transitions", json={"to": to, "reason": "x"}, headers={"If-Match": "*"})
        assert told(moved, "illegal_transition") == set()
        assert (moved.json()["state"], moved.json()["allowed"]) == ("submitted", [])
    assert (await author.get(path)).content == submitted.content


@pytest.mark.parametrize("state", ASSESSMENT.states)
async def test_reviews_come_in_while_the_assessment_is_in_review(as_: As, database: Database, state: str) -> None:
    panel = await make_panel(as_("officer"), database)
    author, path = as_(FIRST), panel.reviews[FIRST]
    await save(author, path, levels=LEVELS)
    moment = datetime.now(UTC)
    await change_assessment(database, panel, state=state, revealed_at=moment, finalised_at=moment)
    answer = await submit(author, path)
    if state == "in_review":
        assert answer.status_code == 200
    else:
        assert told(answer, "not_in_review") == set()
        assert (answer.json()["state"], answer.json()["expected"]) == (state, ["in_review"])


async def test_only_its_author_writes_a_review(as_: As, database: Database) -> None:
    """Out of sight it is answered as if it were not there; in sight the refusal says whose it is."""
    panel = await make_panel(as_("officer"), database, (FIRST, SECOND))
    await make_panel(as_("officer"), database, (THIRD,), cohort="other")
    for person in (SECOND, THIRD, "administrator"):
        for answer in (
            await save(as_(person), panel.reviews[FIRST], levels={"vision": 0}),
            await submit(as_(person), panel.reviews[FIRST]),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    for person in (FIRST, SECOND):
        await submit(as_(person), panel.reviews[person], LEVELS)
    for person in (SECOND, "administrator"):
        for answer in (
            await save(as_(person), panel.reviews[FIRST], levels={"vision": 0}),
            await submit(as_(person), panel.reviews[FIRST]),
        ):
            assert (answer.status_code, answer.json()["required_permission"]) == (403, "reviews:write")
    assert (await as_(FIRST).get(panel.reviews[FIRST])).json()["levels"] == LEVELS


@pytest.mark.parametrize("leave", ["recused", "removed"])
async def test_the_reviews_are_shown_when_the_last_who_owes_one_leaves(as_: As, database: Database, leave: str) -> None:
    panel = await make_panel(as_("officer"), database, (FIRST, SECOND, THIRD))
    await save(as_(THIRD), panel.reviews[THIRD], levels=FAR)
    for person in (FIRST, SECOND):
        assert (await submit(as_(person), panel.reviews[person], LEVELS)).status_code == 200
    assert await every_row(as_("auditor"), "/v1/reviews") == []
    if leave == "recused":
        left = await move(as_(THIRD), panel.seats[THIRD], "recused")
    else:
        left = await as_("officer").delete(panel.seats[THIRD], headers={"If-Match": "*"})
    assert left.status_code == 200, left.text
    # The draft of who left is gone, and counts for nothing.
    shown = await every_row(as_("auditor"), "/v1/reviews")
    assert {row["id"] for row in shown} == {panel.reviews[person].rpartition("/")[2] for person in (FIRST, SECOND)}
    assert await every_row(as_(THIRD), "/v1/reviews") == []
    assert (await submit(as_(THIRD), panel.reviews[THIRD])).status_code == 404
    assessment = (await as_("officer").get(panel.assessment)).json()
    assert (assessment["state"], bool(assessment["revealed_at"])) == ("in_review", True)


async def test_a_panel_below_its_quorum_stays_blind(as_: As, database: Database) -> None:
    panel = await make_panel(as_("officer"), database)
    await submit(as_(FIRST), panel.reviews[FIRST], LEVELS)
    await move(as_(SECOND), panel.seats[SECOND], "recused")
    assert await every_row(as_("auditor"), "/v1/reviews") == []
    panel = await join(database, panel, THIRD)
    await submit(as_(THIRD), panel.reviews[THIRD], LEVELS)
    assert len(await every_row(as_("auditor"), "/v1/reviews")) == 2


async def test_who_goes_to_work_elsewhere_meanwhile_keeps_no_panel_from_its_end(as_: As, database: Database) -> None:
    officer = as_("officer")
    panel = await make_panel(officer, database)
    await submit(as_(FIRST), panel.reviews[FIRST], LEVELS)
    seats = {person: (await officer.get(panel.seats[person])).json() for person in (FIRST, SECOND)}
    new = (await officer.get(f"/v1/experts/{seats[SECOND]['expert_id']}")).json()["institution_id"]
    elsewhere = await officer.patch(
        f"/v1/experts/{seats[FIRST]['expert_id']}", json={"institution_id": new}, headers={"If-Match": "*"}
    )
    assert elsewhere.status_code == 200, elsewhere.text
    # Those who are there now are of one institution; whoever joins them may not be of it, and may be of another.
    assignment = panel.assessment + "/panel-members"
    colleague, stranger = await make_expert(officer, new, "Citra"), await make_assessor(database, THIRD)
    assert told(await officer.post(assignment, json={"expert_id": colleague}), "same_institution") == set()
    joined = await officer.post(assignment, json={"expert_id": str(stranger)})
    assert joined.status_code == 201, joined.text
    assert (await officer.delete(joined.headers["location"], headers={"If-Match": "*"})).status_code == 200
    assert await every_row(as_("auditor"), "/v1/reviews") == []
    await submit(as_(SECOND), panel.reviews[SECOND], LEVELS)
    assert len(await every_row(as_("auditor"), "/v1/reviews")) == 2
    assert (await move(officer, panel.assessment, "final")).status_code == 200


async def test_a_conflict_of_interest_is_looked_for_again(as_: As, database: Database) -> None:
    panel = await make_panel(as_("officer"), database)
    author, path = as_(FIRST), panel.reviews[FIRST]
    async with database.write() as session:
        await act_as(session, SYSTEM)
        session.add(ConflictDeclaration(id=new_id(), expert_id=EXPERT, region_code="32.73", reason="A cousin."))
        session.add(ConflictDeclaration(id=new_id(), expert_id=EXPERT, region_code="32.04", reason="Elsewhere."))
        (await session.scalars(select(Expert).filter_by(id=EXPERT))).one().home_region_code = "32.73"
    refused = await submit(author, path, LEVELS)
    assert told(refused, "conflict_of_interest") == set()
    assert [why["code"] for why in refused.json()["conflicts"]] == BOTH
    assert {"code", "text_en", "text_id"} == refused.json()["conflicts"][0].keys()
    # Asked for is not approved, and what it does not name it does not cover.
    for codes, state, status in (
        (BOTH, "requested", 409),
        (BOTH, "refused", 409),
        (BOTH[:1], "approved", 409),
        (BOTH, "approved", 200),
    ):
        async with database.write() as session:
            await act_as(session, SYSTEM)
            session.add(
                ConflictOverride(
                    id=new_id(),
                    assessment_id=panel.id,
                    expert_id=EXPERT,
                    conflicts=[{"code": code, "text_en": "", "text_id": ""} for code in codes],
                    reason="Nobody else knows the field.",
                    state=state,
                    requested_by="key:1",
                    decided_by=None if state == "requested" else "key:2",
                )
            )
        assert (await submit(author, path)).status_code == status, (codes, state)
        seat = (await author.get(panel.seats[FIRST])).json()
        assert (seat["state"], bool(seat["override_id"])) == (
            ("submitted", True) if status == 200 else ("declared", False)
        )
        if status != 200:
            async with database.read() as connection:
                await connection.execute("DELETE FROM conflict_overrides")


async def test_lists_are_filtered_by_all_but_levels(as_: As, database: Database) -> None:
    officer = as_("officer")
    one = await make_panel(officer, database, (FIRST, SECOND), cohort="one")
    two = await make_panel(officer, database, (FIRST, SECOND), cohort="two", region="32.04")
    for panel in (one, two):
        for person in (FIRST, SECOND):
            await submit(as_(person), panel.reviews[person], LEVELS)
    rows = await every_row(officer, "/v1/reviews")
    assert len(rows) == 4
    for query, expected in (
        ({"cohort": "one"}, 2),
        ({"region": "32.04"}, 2),
        ({"assessment": str(two.id), "expert": str(EXPERT)}, 1),
        ({"state": "draft"}, 0),
    ):
        assert len(await every_row(officer, "/v1/reviews", **query)) == expected, query
    assert len(await every_row(officer, f"{one.assessment}/reviews", expert=str(EXPERT))) == 1
    for query in ({"sort": "levels"}, {"levels": "3"}, {"sort": "updated_at"}):
        assert (await officer.get("/v1/reviews", params=query)).status_code == 422
    assert (await officer.get("/v1/assessments/01890000-0000-7000-8000-000000000000/reviews")).status_code == 404
