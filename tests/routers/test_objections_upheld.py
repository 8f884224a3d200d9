"""An upheld objection comes to a new edition of the scorecard: the part concerned is decided anew, the rest stays."""

from app.kernel.db import Database
from tests.conftest import As
from tests.routers.factories import make_cohort, make_run
from tests.routers.reviews import FIRST, LEVELS, SECOND, finish, make_panel, send_letter, submit

ALWAYS = [{"code": "objection", "starts_on": "2000-01-01", "ends_on": "2099-12-31"}]
ANY = {"If-Match": "*"}


async def test_an_upheld_objection_comes_to_a_new_scorecard_of_that_part(as_: As, database: Database) -> None:
    officer, editor = as_("officer"), as_("region_editor")
    panel = await make_panel(officer, database, calendar=ALWAYS)
    for person in (FIRST, SECOND):
        await submit(as_(person), panel.reviews[person], LEVELS)
    first = await finish(officer, panel)
    await make_cohort(officer)
    await send_letter(database, panel, (await make_run(officer, "test")).rpartition("/")[2], first)

    asked = {"ground": "facts", "statement": "The decree was overlooked.", "questions": ["rules"]}
    filed = await editor.post(f"{panel.assessment}/objections", json=asked)
    assert filed.status_code == 201, filed.text
    decision = {"to": "upheld", "reason": "The decree is there.", "reopens": ["rules"]}
    path = f"/v1/objections/{filed.json()['id']}/transitions"
    upheld = await as_("second_officer").post(path, json=decision, headers=ANY)
    assert upheld.status_code == 200, upheld.text
    assessment = (await officer.get(panel.assessment)).json()
    assert (assessment["state"], assessment["reopened"]) == ("moderation", ["rules"])

    body = {"decisions": {"vision": {"level": 0, "reason": "x"}}, "minutes": "x"}
    assert (await officer.post(f"{panel.assessment}/moderations", json=body)).status_code == 422
    body = {"decisions": {"rules": {"level": 1, "reason": "Read anew."}}, "minutes": "x"}
    assert (await officer.post(f"{panel.assessment}/moderations", json=body)).status_code == 201
    await finish(officer, panel)

    cards = (await officer.get(f"{panel.assessment}/scorecards?sort=edition")).json()["items"]
    assert [card["edition"] for card in cards] == [1, 2]
    before, after = ({one["question"]: one["score"] for one in card["questions"]} for card in cards)
    assert after == before | {"rules": 1}
    assert cards[0]["total"] != cards[1]["total"]
