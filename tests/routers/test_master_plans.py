"""A region writes its plan: only the region itself, only while it is worked on, and only what makes sense."""

from typing import Any

from app.kernel.db import Database
from app.models.plan_templates import PlanTemplate
from tests.conftest import As
from tests.routers.agreements import put_into, told
from tests.routers.factories import every_row, faults, make_candidacy, make_cohort, make_institution
from tests.routers.mentored import make_mentored
from tests.routers.plans import (
    NEW,
    PLANS,
    TEXTS,
    accept,
    add_initiative,
    enact,
    make_plan,
    make_planning,
    make_template,
    make_whole_plan,
    write,
)

LINK = {"url": "https://example.id/rpjmd.pdf", "title": "RPJMD", "sha256": "0" * 64}


async def test_a_plan_shows_what_was_sent_and_freezes_its_template(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    candidacy = (await make_planning(as_, database)).candidacy
    asked = NEW | {"candidacy_id": candidacy, "vision": "Arrive.", "objectives": ["Move"], "regional_plan": LINK}
    begun = await editor.post(PLANS, json=asked | {"reason": "letter 7"})
    assert begun.status_code == 201, begun.text
    shown = begun.json()
    assert {name: shown[name] for name in asked} == asked
    assert (shown["cohort_code"], shown["region_code"], shown["region_name"]) == ("test", "32.73", "Kota Bandung")
    assert (shown["template"], shown["parts"]) == ({"code": "books", "edition": 1}, {})
    assert (shown["state"], shown["version"]) == ("draft", 1)
    assert {shown[name] for name in ("revises_id", "submitted_at", "accepted_at", "regulation")} == {None}
    path = begun.headers["location"]
    assert (await editor.get(path)).content == begun.content
    history = (await editor.get(f"{path}/transitions")).json()
    assert (history["state"], history["allowed"]) == ("draft", ["submitted"])
    assert [(one["from"], one["to"], one["reason"]) for one in history["history"]] == [(None, "draft", "letter 7")]
    async with database.read() as connection:
        assert await connection.fetchval("SELECT frozen_at IS NOT NULL FROM plan_templates WHERE code = 'books'")
    second = await editor.post(PLANS, json=NEW | {"candidacy_id": candidacy})
    assert (second.status_code, second.json()["code"]) == (409, "plan_exists")


async def test_only_the_own_office_begins_and_writes(as_: As, database: Database) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    candidacy = (await make_planning(as_, database)).candidacy
    other = (await make_mentored(officer, database, "32.04")).candidacy
    plan = await make_plan(editor, candidacy)
    foreign = await editor.post(PLANS, json=NEW | {"candidacy_id": other})
    assert (foreign.status_code, foreign.json()["required_permission"]) == (403, "master_plans:write")
    hidden = await editor.post(PLANS, json=NEW | {"candidacy_id": "01890000-0000-7000-8000-000000000000"})
    assert faults(hidden) == {("/candidacy_id", "invalid_reference")}
    for person in ("officer", "mentor", "administrator", "assessor", "data_steward", "auditor"):
        refused = await write(as_(person), plan, vision="Mine.")
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "master_plans:write"), person
        begun = await as_(person).post(PLANS, json=NEW | {"candidacy_id": candidacy})
        assert (begun.status_code, begun.json()["required_permission"]) == (403, "master_plans:write"), person
    assert (await write(as_("public"), plan, vision="Mine.")).status_code == 401


async def test_a_draft_is_seen_by_those_it_concerns_and_an_accepted_plan_by_everyone(
    as_: As, database: Database
) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    candidacy = (await make_planning(as_, database)).candidacy
    plan = await make_plan(editor, candidacy)
    initiative = await add_initiative(editor, plan)
    elsewhere = {"institution_id": await make_institution(officer, "Universitas Lain")}
    key = {"name": "x", "expires_at": "2027-01-01T00:00:00Z"}
    foreign = {"mentor": elsewhere, "region_editor": {"region_code": "32.04"}}
    others = []
    for role, binding in foreign.items():
        issued = await as_("administrator").post("/v1/api-keys", json=key | {"role": role} | binding)
        assert issued.status_code == 201, issued.text
        others.append({"Authorization": f"Bearer {issued.json()['secret']}"})
    paths = (plan, f"{plan}/completeness", f"{plan}/initiatives", initiative)
    for person in ("region_editor", "mentor", "officer", "auditor", "administrator"):
        assert [(await as_(person).get(path)).status_code for path in paths] == [200] * 4, person
        assert len(await every_row(as_(person), "/v1/initiatives")) == 1, person
    for person in ("public", "assessor", "data_steward"):
        assert [(await as_(person).get(path)).status_code for path in paths] == [404] * 4, person
        assert not await every_row(as_(person), PLANS), person
        assert not await every_row(as_(person), "/v1/initiatives"), person
    for headers in others:
        assert [(await as_("public").get(path, headers=headers)).status_code for path in paths] == [404] * 4
        assert not (await as_("public").get(f"/v1/candidacies/{candidacy}/master-plans", headers=headers)).json()[
            "items"
        ]
        changed = {"If-Match": "*"} | headers
        for path in (plan, initiative):
            answer = await as_("public").patch(path, json={"title": "X"}, headers=changed)
            assert answer.status_code in {403, 404}, answer.text
    await accept(database, plan)
    assert [(await as_("public").get(path)).status_code for path in paths] == [200] * 4
    assert len(await every_row(as_("public"), f"/v1/candidacies/{candidacy}/master-plans")) == 1
    own = await as_("public").patch(plan, json={"title": "X"}, headers={"If-Match": "*"} | others[1])
    assert (own.status_code, own.json()["required_permission"]) == (403, "master_plans:write")


NONSENSE: list[tuple[dict[str, Any], str, str]] = [
    ({"title": " "}, "/title", "too_short"),
    ({"last_year": 2030}, "/last_year", "horizon_length"),
    ({"last_year": 2037}, "/last_year", "horizon_length"),
    ({"last_year": 2026}, "/last_year", "horizon_order"),
    ({"first_year": 1944}, "/first_year", "out_of_range"),
    ({"objectives": ["x"] * 51}, "/objectives", "too_long"),
    ({"regional_plan": {"url": "ftp://x", "title": "x"}}, "/regional_plan/url", "invalid_format"),
    ({"template": {"code": "never", "edition": 1}}, "/template", "invalid_reference"),
    ({"template": {"code": "secret", "edition": 1}}, "/template", "invalid_reference"),
    ({"revises_id": "01890000-0000-7000-8000-000000000000"}, "/revises_id", "invalid_reference"),
    ({"state": "accepted"}, "/state", "unknown_field"),
    ({"accepted_at": "2026-05-08T00:00:00Z"}, "/accepted_at", "unknown_field"),
    ({"region_code": "32.04"}, "/region_code", "unknown_field"),
]


async def test_nonsense_is_refused_with_its_place(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    candidacy = (await make_planning(as_, database)).candidacy
    await make_template(database, "secret")
    for fields, pointer, code in NONSENSE:
        refused = await editor.post(PLANS, json=NEW | {"candidacy_id": candidacy} | fields)
        assert faults(refused) == {(pointer, code)}, fields
    plan = await make_plan(editor, candidacy)
    assert faults(await write(editor, plan, last_year=2040)) == {("/last_year", "horizon_length")}
    assert faults(await write(editor, plan, parts={"vision": "x", "else": "y"})) == {
        ("/parts/vision", "unknown_part"),
        ("/parts/else", "unknown_part"),
    }
    indonesian = await editor.patch(plan, json={"last_year": 2040}, headers={"If-Match": "*", "Accept-Language": "id"})
    assert indonesian.json()["errors"][0]["message"].startswith("Rencana mencakup 5 sampai 10 tahun")


async def test_a_plan_needs_a_mentored_region_and_a_template(as_: As, database: Database) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    await make_cohort(officer)
    candidacy = (await make_candidacy(officer, "test")).rpartition("/")[2]
    early = await editor.post(PLANS, json=NEW | {"candidacy_id": candidacy})
    assert told(early, "candidacy_not_ready") == {("/candidacy_id", "candidacy_not_ready")}
    await put_into(database, candidacy, "mentoring")
    nothing = await editor.post(PLANS, json=NEW | {"candidacy_id": candidacy})
    assert faults(nothing) == {("/template", "required")}
    await make_template(database)
    async with database.write() as session:
        frozen = (await session.execute(PlanTemplate.__table__.select().filter_by(code="books"))).one()
        assert frozen.frozen_at is None
    async with database.read() as connection:
        await connection.execute("UPDATE plan_templates SET frozen_at = now()")
    plan = await make_plan(editor, candidacy, template={"code": "books", "edition": 1})
    await put_into(database, candidacy, "withdrawn")
    gone = await write(editor, plan, vision="Late.")
    assert told(gone, "candidacy_not_ready") == set()


async def test_parts_are_merged_by_code_and_years_are_checked_against_every_initiative(
    as_: As, database: Database
) -> None:
    editor = as_("region_editor")
    plan = await make_whole_plan(editor, (await make_planning(as_, database)).candidacy)
    await add_initiative(editor, plan, title="Later", first_year=2031, last_year=2031, budget=[])
    changed = (await write(editor, plan, parts={"gap": "Buses are still late.", "swot": None})).json()
    assert changed["parts"] == {"gap": "Buses are still late."}
    assert (await write(editor, plan, parts=TEXTS, vision=None)).json()["parts"] == TEXTS
    assert (await editor.get(plan)).json()["vision"] is None
    moved = await write(editor, plan, first_year=2028, last_year=2032)
    assert faults(moved) == {("/initiatives/0/first_year", "years_outside")}
    assert (await write(editor, plan, last_year=2036)).json()["last_year"] == 2036
    assert faults(await write(editor, plan, last_year=2037)) == {("/last_year", "horizon_length")}


async def test_a_plan_begun_on_the_wrong_template_takes_another(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    candidacy = (await make_planning(as_, database)).candidacy
    await make_template(database, "wrong", cohort="test")
    plan = await make_plan(editor, candidacy)
    await write(editor, plan, parts={"gap": "Buses are late."})
    assert (await editor.get(plan)).json()["template"] == {"code": "wrong", "edition": 1}
    for absent in ({"code": "none"}, {"edition": 2}):
        assert faults(await write(editor, plan, template=absent)) == {("/template", "invalid_reference")}
    moved = await write(editor, plan, template={"code": "three-books"}, parts={"gap": None})
    assert (moved.status_code, moved.json()["template"]["code"]) == (200, "three-books"), moved.text
    back = {"code": "wrong", "edition": 1}
    assert faults(await write(editor, plan, template=back, parts={"needs": "X"})) == {("/parts/needs", "unknown_part")}


async def test_a_plan_handed_in_stays_as_it_is(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    plan = await make_whole_plan(editor, (await make_planning(as_, database)).candidacy)
    (initiative,) = (await editor.get(f"{plan}/initiatives")).json()["items"]
    await accept(database, plan)
    one = f"/v1/initiatives/{initiative['id']}"
    for refused in (
        await write(editor, plan, vision="Else."),
        await write(editor, one, title="Else"),
        await editor.post(f"{plan}/initiatives", json={"title": "Else"}),
        await editor.delete(one, headers={"If-Match": "*"}),
    ):
        assert (refused.status_code, refused.json()["code"], refused.json()["state"]) == (
            409,
            "plan_closed",
            "accepted",
        )


async def test_lists_are_filtered_by_what_a_screen_needs(as_: As, database: Database) -> None:
    editor, officer = as_("region_editor"), as_("officer")
    mentored = await make_planning(as_, database)
    plan = await make_whole_plan(editor, mentored.candidacy)
    await accept(database, plan)
    assert (await enact(editor, plan)).status_code == 200
    (row,) = await every_row(officer, PLANS)
    for query, found in (
        ({"region": "32.73"}, 1),
        ({"region": "32.04"}, 0),
        ({"province": "32", "cohort": "test", "candidacy": mentored.candidacy, "state": "enacted"}, 1),
        ({"state_in": "draft,submitted"}, 0),
        ({"q": "bandung"}, 1),
        ({"revises": row["id"]}, 0),
        ({"regulation_date_gte": "2026-05-08", "regulation_date_lt": "2026-05-09"}, 1),
        ({"regulation_date_lt": "2026-05-08"}, 0),
    ):
        assert len(await every_row(officer, PLANS, **query)) == found, query
    for query, found in (
        ({"plan": row["id"], "plan_state": "enacted", "dimension": "living", "sub_dimension": "mobility"}, 1),
        ({"dimension_in": "economy,living", "priority": "nawa-cita-5", "q": "BUS"}, 1),
        ({"priority": "nawa-cita-1"}, 0),
        ({"cohort": "test", "region": "32.73", "province": "32", "candidacy": mentored.candidacy}, 1),
        ({"plan_state_in": "draft"}, 0),
    ):
        assert len(await every_row(officer, "/v1/initiatives", **query)) == found, query
