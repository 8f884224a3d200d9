"""Programmes of a plan: the benefit before the technology, codes that exist, years and money inside the plan."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.kernel.db import Database
from app.kernel.writing import new_id
from app.models.quick_wins import QuickWin
from app.services import initiatives as service
from tests.conftest import As
from tests.routers.agreements import told
from tests.routers.factories import every_row, faults
from tests.routers.plans import INITIATIVE, add_initiative, make_plan, make_planning, write

ENTRY = {"title": "Traffic", "description": "Buses are late.", "dimension": "living"}


async def test_an_initiative_shows_what_was_sent_and_raises_the_version_of_its_plan(
    as_: As, database: Database
) -> None:
    editor = as_("region_editor")
    plan = await make_plan(editor, (await make_planning(as_, database)).candidacy)
    profile = "/v1/regions/32.73/profile"
    written = {"problems": [ENTRY], "potentials": [ENTRY]}
    entries = (await editor.patch(profile, json=written, headers={"If-Match": "*"})).json()
    serves = {name: [entries[name][0]["id"]] for name in written}
    added = await editor.post(f"{plan}/initiatives", json=INITIATIVE | serves)
    assert added.status_code == 201, added.text
    shown = added.json()
    assert {name: shown[name] for name in INITIATIVE} == INITIATIVE | serves
    assert (shown["region_code"], shown["plan_state"], shown["version"]) == ("32.73", "draft", 1)
    path = added.headers["location"]
    assert (await editor.get(path)).content == added.content
    assert (await editor.get(plan)).json()["version"] == 2
    bare = (await editor.post(f"{plan}/initiatives", json={"title": "Later"})).json()
    assert bare["measure"] == dict.fromkeys(("unit", "baseline", "target", "year"))
    assert (bare["budget"], bare["problems"], bare["benefit"]) == ([], [], None)
    changed = await write(editor, path, measure={"target": 95.5}, technology=None)
    assert changed.json()["measure"] == INITIATIVE["measure"] | {"target": 95.5}
    assert changed.json()["technology"] is None
    gone = await editor.delete(path, headers={"If-Match": changed.headers["etag"]})
    assert gone.content == changed.content
    assert (await editor.get(path)).status_code == 404
    assert (await editor.get(plan)).json()["version"] == 5
    assert [row["title"] for row in await every_row(editor, f"{plan}/initiatives")] == ["Later"]


TOO_EARLY = {"benefit": None}, {"beneficiaries": None}, {"measure": {"unit": "x", "baseline": 1, "year": 2029}}
UNKNOWN = "01890000-0000-7000-8000-000000000000"
NONSENSE: list[tuple[dict[str, Any], str, str]] = [
    *((fields, "/technology", "technology_too_early") for fields in TOO_EARLY),
    (
        {"technology": None, "measure": INITIATIVE["measure"] | {"target": 61.5}},
        "/measure/target",
        "target_equals_baseline",
    ),
    ({"technology": None, "measure": {"year": 2032}}, "/measure/year", "measure_year_outside"),
    ({"dimension": "never", "sub_dimension": None}, "/dimension", "unknown_dimension"),
    ({"sub_dimension": "industry"}, "/sub_dimension", "unknown_sub_dimension"),
    ({"dimension": None}, "/sub_dimension", "sub_dimension_alone"),
    ({"first_year": 2030, "budget": []}, "/last_year", "years_order"),
    ({"last_year": 2032}, "/last_year", "years_outside"),
    ({"budget": [{"year": 2030, "source": "apbd", "amount": 1}]}, "/budget/0/year", "budget_year_outside"),
    ({"budget": [{"year": 2027, "source": "never", "amount": 1}]}, "/budget/0/source", "unknown_source"),
    ({"budget": [{"year": 2027, "source": "apbd", "amount": 10**15 + 1}]}, "/budget/0/amount", "out_of_range"),
    ({"budget": [{"year": 2027, "source": "apbd", "amount": -1}]}, "/budget/0/amount", "out_of_range"),
    ({"budget": [{"year": 2027, "source": "apbd", "amount": 1}] * 2}, "/budget/1", "duplicate_budget_line"),
    ({"problems": [UNKNOWN]}, "/problems/0", "unknown_problem"),
    ({"potentials": [UNKNOWN]}, "/potentials/0", "unknown_potential"),
    ({"priorities": ["nawa-cita-10"]}, "/priorities/0", "unknown_priority"),
    ({"priorities": ["nawa-cita-1"] * 2}, "/priorities", "duplicate"),
    ({"title": None}, "/title", "wrong_type"),
    ({"plan_id": UNKNOWN}, "/plan_id", "unknown_field"),
]


async def test_nonsense_is_refused_with_its_place_when_written_and_when_changed(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    plan = await make_plan(editor, (await make_planning(as_, database)).candidacy)
    stored = await add_initiative(editor, plan)
    before = (await editor.get(plan)).content
    for fields, pointer, code in NONSENSE:
        refused = await editor.post(f"{plan}/initiatives", json=INITIATIVE | fields)
        assert (pointer, code) in faults(refused), (fields, refused.text)
        if "measure" not in fields:  # which is merged
            refused = await write(editor, stored, **fields)
            assert (pointer, code) in faults(refused), (fields, refused.text)
    assert faults(await write(editor, stored, measure={"target": None})) == {("/technology", "technology_too_early")}
    why = (await write(editor, stored, benefit=None)).json()["errors"][0]["message"]
    assert why == "Bus on time: the benefit comes before the technology. First settle: benefit."
    assert (await editor.get(plan)).content == before


async def test_an_initiative_that_a_quick_win_belongs_to_stays(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    mentored = await make_planning(as_, database)
    path = await add_initiative(editor, await make_plan(editor, mentored.candidacy))
    year = {"starts_on": date(2026, 7, 1), "ends_on": date(2026, 12, 31)}
    async with database.write() as session:
        belongs = {"candidacy_id": UUID(mentored.candidacy), "initiative_id": UUID(path.rpartition("/")[2])}
        session.add(QuickWin(id=new_id(), title="Bus", dimension="living", **belongs, **year))
    refused = await editor.delete(path, headers={"If-Match": "*"})
    assert told(refused, "initiative_used") == set()
    async with database.read() as connection:
        await connection.execute("UPDATE quick_wins SET state = 'cancelled'")
    assert (await editor.delete(path, headers={"If-Match": "*"})).status_code == 200
    rows = await every_row(editor, f"/v1/candidacies/{mentored.candidacy}/quick-wins", state="cancelled")
    assert {row["initiative_id"] for row in rows} == {None}


async def test_a_plan_holds_so_many_and_no_more(as_: As, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_INITIATIVES", 1)
    editor = as_("region_editor")
    plan = await make_plan(editor, (await make_planning(as_, database)).candidacy)
    await add_initiative(editor, plan)
    refused = await editor.post(f"{plan}/initiatives", json={"title": "One more"})
    assert told(refused, "plan_full") == set()


async def test_completeness_tells_what_is_missing_and_what_it_adds_up_to(as_: As, database: Database) -> None:
    editor = as_("region_editor")
    plan = await make_plan(editor, (await make_planning(as_, database)).candidacy)
    profile = "/v1/regions/32.73/profile"
    entries = (await editor.patch(profile, json={"problems": [ENTRY]}, headers={"If-Match": "*"})).json()
    (traffic,) = (entry["id"] for entry in entries["problems"])
    empty = (await editor.get(f"{plan}/completeness")).json()
    assert (empty["share"], [part["part"] for part in empty["missing"]]) == (
        0,
        ["gap", "swot", "vision", "aims", "works", "cost"],
    )
    assert [gap["reason"]["code"] for gap in empty["gaps"]] == ["no_initiatives"]
    one = (await add_initiative(editor, plan, problems=[traffic])).rpartition("/")[2]
    other = (await editor.post(f"{plan}/initiatives", json={"title": "Later", "dimension": "economy"})).json()["id"]
    await write(editor, plan, vision="Arrive.", parts={"gap": "Late."})
    whole = (await editor.get(f"{plan}/completeness")).json()
    # Of 10 parts by weight: the gap 2, the vision 1, half of the works 4, half of the cost 1.
    assert Decimal(str(whole["share"])) == Decimal("0.55")
    assert whole["plan_version"] == (await editor.get(plan)).json()["version"]
    assert [(book["book"], round(book["share"], 3)) for book in whole["books"]] == [
        ("analysis", 0.667),
        ("plan", 0.5),
        ("costs", 0.5),
    ]
    (works,) = (part for part in whole["missing"] if part["part"] == "works")
    assert (works["share"], works["loss"], works["reason"]["code"]) == (0.5, 0.2, "part_initiatives")
    assert {gap["pointer"] for gap in whole["gaps"]} >= {"/initiatives/1/benefit", "/initiatives/1/measure/target"}
    assert {row["dimension"]: row["initiatives"] for row in whole["coverage"]["dimensions"]}["living"] == 1
    assert whole["budget"]["total"] == 10**15 + 1
    assert whole["budget"]["by_year"][:3] == [
        {"year": 2027, "amount": 10**15},
        {"year": 2028, "amount": 1},
        {"year": 2029, "amount": 0},
    ]
    assert whole["problems"] == [{"code": traffic, "initiatives": [one]}]
    assert {row["code"]: row["initiatives"] for row in whole["priorities"]}["nawa-cita-5"] == [one]
    assert whole["aimless"] == [other]
