"""A comment points at a part that the plan has and speaks for one side, which resolves it, or the ministry does."""

import httpx
import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import As
from tests.routers.assessments import speaking_for
from tests.routers.factories import every_row, faults, refusal, version_in
from tests.routers.plans import add_initiative, make_plan, make_planning
from tests.routers.reviewed import comment, make_submitted_plan, review, settle

LIST = "/v1/plan-comments"
SIDES = {"region_editor": "region", "mentor": "mentor", "officer": "ministry", "administrator": "ministry"}


async def test_each_side_comments_and_the_key_says_which_it_is(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    for person, side in SIDES.items():
        made = await comment(as_(person), plan, text=f"Of {side}")
        assert made.status_code == 201, made.text
        shown = made.json()
        assert (shown["side"], shown["state"], shown["anchor"], shown["initiative_id"]) == (
            side,
            "open",
            "/parts/gap",
            None,
        )
        assert (shown["cohort_code"], shown["region_code"], shown["region_name"]) == ("test", "32.73", "Kota Bandung")
        assert (await as_("auditor").get(made.headers["location"])).content == made.content
    assert [row["side"] for row in await every_row(as_("auditor"), f"{plan}/comments", limit=1)] == list(SIDES.values())


async def test_a_comment_is_anchored_to_what_the_plan_has(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    anchors = ["", "/vision", "/objectives/0", "/horizon/last_year", "/regional_plan", "/initiatives/0/budget/2/amount"]
    for anchor in anchors:
        made = await comment(as_("mentor"), plan, anchor)
        assert made.status_code == 201, made.text
    for anchor in anchors:
        assert [row["anchor"] for row in await every_row(as_("mentor"), f"{plan}/comments", anchor=anchor)] == [anchor]


async def test_a_comment_on_what_is_not_there_is_refused(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    refusals: dict[str | None, str] = {
        "/parts/none": "unknown_part",
        "/initiatives/1": "unknown_part",
        "/initiatives/-": "unknown_part",
        "/objectives/00": "unknown_part",
        "/vision/0": "unknown_part",
        "/state": "unknown_part",
        "/m~n": "unknown_part",
        "vision": "invalid_format",
        "/a\nb": "control_character",
        "/" + "x" * 500: "too_long",
        None: "wrong_type",
    }
    for anchor, code in refusals.items():
        refused = await as_("mentor").post(f"{plan}/comments", json={"anchor": anchor, "text": "X"})
        assert faults(refused) == {("/anchor", code)}, anchor
    for field in ("side", "state", "author", "initiative_id", "plan_id"):
        assert faults(await comment(as_("mentor"), plan, **{field: "ministry"})) == {(f"/{field}", "unknown_field")}


async def test_an_initiative_is_known_by_its_id_wherever_it_is_by_now(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    plan = await make_plan(editor, (await make_planning(as_, database)).candidacy)
    first, second = [await add_initiative(editor, plan, title=title) for title in ("Bus", "Clinic")]
    made = await comment(as_("mentor"), plan, "/initiatives/1/title")
    assert made.json()["initiative_id"] == second.rpartition("/")[2]
    assert (await editor.delete(first, headers={"If-Match": "*"})).is_success
    rows = await every_row(editor, f"{plan}/comments", initiative=second.rpartition("/")[2])
    assert [row["id"] for row in rows] == [made.json()["id"]]
    assert await every_row(editor, f"{plan}/comments", initiative=first.rpartition("/")[2]) == []


async def test_whose_comment_is_settled_by_whom(as_: As, database: Database) -> None:
    """Own ones, and every one by the ministry; a region never says that its mentors are satisfied."""
    plan = await make_submitted_plan(as_, database)
    paths = {side: (await comment(as_(person), plan)).headers["location"] for person, side in SIDES.items()}
    for person, side in SIDES.items():
        for whose, path in paths.items():
            for to in ("resolved", "open"):
                answer = await settle(as_(person), path, to)
                if side in {whose, "ministry"}:
                    assert answer.json()["state"] == to, (person, whose)
                else:
                    assert refusal(answer) == (403, "forbidden"), (person, whose)
                    assert "ministry" in answer.json()["detail"]
    history = (await as_("region_editor").get(f"{paths['region']}/transitions")).json()
    assert (history["state"], history["allowed"]) == ("open", ["resolved"])
    # By its own side, and by two keys of the ministry, each there and back.
    assert [step["to"] for step in history["history"]] == ["open", *["resolved", "open"] * 3]
    assert history["history"][1]["reason"] == "test"


async def test_a_comment_moves_under_its_etag_and_along_its_states(as_: As, database: Database) -> None:
    mentor, plan = as_("mentor"), await make_submitted_plan(as_, database)
    path = (await comment(mentor, plan)).headers["location"]
    body = {"to": "resolved", "reason": "seen"}
    assert (await mentor.post(f"{path}/transitions", json=body)).status_code == 428
    moved = await mentor.post(f"{path}/transitions", json=body, headers={"If-Match": '"1"'})
    assert (moved.json()["state"], version_in(moved)) == ("resolved", 2)
    stale = await mentor.post(f"{path}/transitions", json=body, headers={"If-Match": '"1"'})
    assert refusal(stale) == (412, "version_mismatch")
    assert refusal(await settle(mentor, path)) == (409, "illegal_transition")
    assert (await settle(mentor, path, "gone")).json()["allowed"] == ["open"]


async def test_strangers_neither_comment_nor_see_comments(app: FastAPI, as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    path = (await comment(as_("mentor"), plan)).headers["location"]
    elsewhere = await as_("officer").post("/v1/institutions", json={"name": "Universitas Lain", "kind": "university"})
    whom = [("region_editor", {"region_code": "32.04"}), ("mentor", {"institution_id": elsewhere.json()["id"]})]

    async def tried(stranger: httpx.AsyncClient) -> list[int]:
        answers = [
            await comment(stranger, plan),
            await stranger.get(f"{plan}/comments"),
            await stranger.get(path),
            await stranger.get(f"{path}/transitions"),
            await settle(stranger, path),
        ]
        assert await every_row(stranger, LIST) == []
        return [answer.status_code for answer in answers]

    for role, binding in whom:
        async with speaking_for(app, as_("administrator"), role, **binding) as stranger:
            assert await tried(stranger) == [404] * 5, role
    await settle(as_("officer"), path)
    for person in ("mentor", "officer"):
        assert (await review(as_(person), plan)).status_code == 201
    for role, binding in whom:  # the plan is public now, what was said on it is not
        async with speaking_for(app, as_("administrator"), role, **binding) as stranger:
            assert await tried(stranger) == [403, 200, 404, 404, 404], role


@pytest.mark.parametrize("person", ["public", "assessor", "data_steward", "auditor"])
async def test_who_has_no_part_in_plans_does_not_comment(as_: As, database: Database, person: str) -> None:
    plan = await make_submitted_plan(as_, database)
    path = (await comment(as_("mentor"), plan)).headers["location"]
    for answer in (await comment(as_(person), plan), await settle(as_(person), path)):
        assert answer.status_code == (401 if person == "public" else 403)


async def test_mentors_whose_mentorship_ended_have_no_say_any_more(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    async with database.read() as connection:
        await connection.execute("UPDATE mentorships SET state = 'ended'")
    assert (await comment(as_("mentor"), plan)).status_code == 404


async def test_an_accepted_plan_is_not_discussed_any_more(as_: As, database: Database) -> None:
    plan = await make_submitted_plan(as_, database)
    path = (await comment(as_("region_editor"), plan)).headers["location"]
    assert (await settle(as_("region_editor"), path)).is_success
    for person in ("mentor", "officer"):
        assert (await review(as_(person), plan)).status_code == 201
    for person in SIDES:
        assert refusal(await comment(as_(person), plan)) == (409, "plan_not_discussed"), person
    assert refusal(await settle(as_("officer"), path, "open")) == (409, "plan_not_discussed")


async def test_comments_are_found_across_plans(as_: As, database: Database) -> None:
    officer, plan = as_("officer"), await make_submitted_plan(as_, database)
    first = await comment(officer, plan, text="Which buses?")
    second = await comment(as_("mentor"), plan, "/vision", text="How many clinics?")
    await settle(officer, first.headers["location"])
    ids = {1: first.json()["id"], 2: second.json()["id"]}

    async def found(**query: str) -> list[str]:
        return [row["id"] for row in await every_row(officer, LIST, **query)]

    assert await found() == [ids[1], ids[2]]
    assert await found(sort="-created_at") == [ids[2], ids[1]]
    assert await found(state="open") == await found(side="mentor") == await found(q="CLINIC") == [ids[2]]
    assert await found(plan=plan.rpartition("/")[2], cohort="test", region="32.73", province="32") == [ids[1], ids[2]]
    assert await found(region="32.04") == await found(cohort="other") == []
    assert await found(created_at_gte=second.json()["created_at"]) == [ids[2]]
    assert await found(created_at_lt=second.json()["created_at"]) == [ids[1]]


async def test_a_comment_is_made_once_however_often_it_is_sent(as_: As, database: Database) -> None:
    mentor, plan = as_("mentor"), await make_submitted_plan(as_, database)
    headers = {"Idempotency-Key": "one"}
    body = {"anchor": "/vision", "text": "X"}
    one, other = [await mentor.post(f"{plan}/comments", json=body, headers=headers) for _ in range(2)]
    assert one.content == other.content
    assert (await mentor.post(f"{plan}/comments?dry_run=true", json=body)).status_code == 201
    assert len(await every_row(mentor, f"{plan}/comments")) == 1
