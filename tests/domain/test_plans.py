"""A plan that makes no sense is refused with a pointer to every fault; the benefit comes before the technology."""

from collections.abc import Iterable
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.benefit import Measure, Promise, benefit_gaps, benefit_is_clear, benefit_problems
from app.domain.plans import (
    BudgetLine,
    Horizon,
    Initiative,
    Plan,
    initiative_gaps,
    initiative_is_complete,
    initiative_problems,
    plan_gaps,
    plan_problems,
)
from app.domain.reasons import FIELDS, Problem
from tests.domain import made_plans
from tests.domain.made_plans import BUS, CLINIC, HORIZON, KNOWN, PLAN

SPOKEN: dict[str, Any] = {
    "benefit": "benefit",
    "beneficiaries": "beneficiaries",
    "measure/unit": "unit",
    "measure/baseline": "baseline",
    "measure/target": "target",
    "measure/year": "measure_year",
}


def told(found: Iterable[Problem]) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.reason.code) for problem in found]


def without(initiative: Initiative, pointer: str) -> Initiative:
    """Take one thing away that the benefit needs."""
    outer, _, inner = pointer.partition("/")
    nothing: dict[str, Any] = {inner or outer: None}
    if inner:
        return replace(initiative, measure=replace(initiative.measure, **nothing))
    return replace(initiative, **nothing)


@settings(max_examples=60, deadline=None)
@given(made_plans.plans())
def test_a_sound_plan_has_neither_problems_nor_gaps(plan: Plan) -> None:
    assert plan_problems(plan, KNOWN) == plan_gaps(plan) == ()
    assert all(initiative_is_complete(initiative, plan.horizon) for initiative in plan.initiatives)


@pytest.mark.parametrize(
    ("last_year", "code"),
    [
        (2018, "horizon_order"),
        (2019, "horizon_length"),
        (2022, "horizon_length"),  # four years
        (2023, None),  # five: 2019, 2020, 2021, 2022, 2023
        (2028, None),  # ten
        (2029, "horizon_length"),
    ],
)
def test_a_plan_covers_five_to_ten_whole_years_both_ends_included(last_year: int, code: str | None) -> None:
    plan = replace(PLAN, horizon=Horizon(2019, last_year), initiatives=())
    assert told(plan_problems(plan, KNOWN)) == ([] if code is None else [("/horizon/last_year", code)])


@given(st.integers(1900, 2200), st.integers(-3, 20))
def test_the_years_are_counted(first: int, more: int) -> None:
    horizon = Horizon(first, first + more)
    counted = [year for year in range(first - 30, first + 60) if first <= year <= first + more]
    assert list(horizon.years) == counted
    refused = told(plan_problems(Plan(horizon), KNOWN))
    assert bool(refused) is not (5 <= len(counted) <= 10)
    if more >= 0 and refused:
        assert plan_problems(Plan(horizon), KNOWN)[0].reason.params["years"] == len(counted)


def test_a_horizon_that_is_none_is_told_once() -> None:
    assert told(plan_problems(replace(PLAN, horizon=Horizon(2019, 2018)), KNOWN)) == [
        ("/horizon/last_year", "horizon_order")
    ]
    assert not initiative_is_complete(without(BUS, "measure/year"), Horizon(2019, 2018))


def test_an_initiative_without_a_benefit_says_all_it_lacks() -> None:
    found = plan_gaps(replace(PLAN, initiatives=(BUS, CLINIC)))
    assert told(found) == [
        *((f"/initiatives/1/{pointer}", f"{code}_missing") for pointer, code in SPOKEN.items()),
        ("/initiatives/1/dimension", "dimension_missing"),
        ("/initiatives/1/owner_agency", "owner_agency_missing"),
        ("/initiatives/1/first_year", "first_year_missing"),
        ("/initiatives/1/last_year", "last_year_missing"),
    ]
    assert all(gap.reason.params["title"] == "Clinic nearby" for gap in found)
    assert all(gap.reason.text_en.startswith("Clinic nearby: ") for gap in found)
    assert all(gap.reason.text_id.startswith("Clinic nearby: ") for gap in found)
    assert plan_problems(replace(PLAN, initiatives=(BUS, CLINIC)), KNOWN) == ()


def test_a_plan_of_nothing_cannot_be_submitted() -> None:
    assert told(plan_gaps(Plan(HORIZON))) == [("/initiatives", "no_initiatives")]


@pytest.mark.parametrize("pointer", SPOKEN)
def test_each_part_of_the_benefit_comes_before_the_technology(pointer: str) -> None:
    bare = without(BUS, pointer)
    assert told(initiative_gaps(bare)) == [(f"/{pointer}", f"{SPOKEN[pointer]}_missing")]
    (early,) = initiative_problems(bare, HORIZON, KNOWN)
    assert (early.pointer, early.reason.code) == ("/technology", "technology_too_early")
    field = pointer.rpartition("/")[2]
    assert early.reason.params == {"title": "Bus on time", "fields": (field,)}
    assert FIELDS[field].en in early.reason.text_en
    assert FIELDS[field].id in early.reason.text_id
    # Without a technology it is no fault, only not finished.
    for technology in (None, "", " \n"):
        assert list(initiative_problems(replace(bare, technology=technology), HORIZON, KNOWN)) == []
    assert not initiative_is_complete(bare, HORIZON)


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
@pytest.mark.parametrize("field", ["benefit", "beneficiaries", "owner_agency"])
def test_blanks_say_nothing(field: str, blank: str) -> None:
    change: dict[str, Any] = {field: blank}
    assert told(initiative_gaps(replace(BUS, **change))) == [(f"/{field}", f"{field}_missing")]


def test_a_target_must_differ_from_the_baseline() -> None:
    same = replace(BUS, measure=replace(BUS.measure, target=Decimal("61.50")))
    assert told(initiative_problems(same, HORIZON, KNOWN)) == [
        ("/measure/target", "target_equals_baseline"),
        ("/technology", "technology_too_early"),
    ]
    first = next(initiative_problems(same, HORIZON, KNOWN)).reason
    assert first.text_en.startswith("Bus on time: target and baseline are both 61.5,")
    assert first.text_id.startswith("Bus on time: target dan nilai awal sama-sama 61,5,")
    assert not initiative_is_complete(same, HORIZON)
    lower = replace(BUS, measure=replace(BUS.measure, target=Decimal(-3)))
    assert initiative_is_complete(lower, HORIZON)  # fewer accidents are a benefit too


@pytest.mark.parametrize(("year", "fits"), [(2018, False), (2019, True), (2023, True), (2024, False)])
def test_the_target_falls_within_the_plan(year: int, fits: bool) -> None:
    dated = replace(BUS, measure=replace(BUS.measure, year=year))
    expected = [] if fits else [("/measure/year", "measure_year_outside"), ("/technology", "technology_too_early")]
    assert told(initiative_problems(dated, HORIZON, KNOWN)) == expected
    assert initiative_is_complete(dated, HORIZON) is fits


def test_where_no_year_is_asked_none_is_missed() -> None:
    promise = Promise(
        title="Queue",
        benefit="Shorter",
        beneficiaries="All",
        measure=Measure("min", Decimal(9), Decimal(1)),
        technology="Tickets",
    )
    assert list(benefit_gaps(promise, "")) == list(benefit_problems(promise, "")) == []
    assert benefit_is_clear(promise)
    assert told(benefit_problems(promise, "/x", range(2019, 2024))) == [("/x/technology", "technology_too_early")]


RUNS = {"first_year": 2020, "last_year": 2021}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"dimension": "charm", "sub_dimension": None}, [("/dimension", "unknown_dimension")]),
        ({"dimension": "charm"}, [("/dimension", "unknown_dimension")]),
        ({"sub_dimension": "welfare"}, [("/sub_dimension", "unknown_sub_dimension")]),
        ({"dimension": None}, [("/sub_dimension", "sub_dimension_alone")]),
        ({"first_year": 2018}, [("/first_year", "years_outside")]),
        ({"first_year": 2018, "last_year": 2024}, [("/first_year", "years_outside"), ("/last_year", "years_outside")]),
        ({"first_year": 2022, "budget": ()}, [("/last_year", "years_order")]),
        ({"budget": (BudgetLine(2019, "apbd", -1),)}, [("/budget/0/amount", "amount_range")]),
        ({"budget": (BudgetLine(2019, "apbd", 10**15),)}, []),
        ({"budget": (BudgetLine(2019, "apbd", 10**15 + 1),)}, [("/budget/0/amount", "amount_range")]),
        ({"budget": (BudgetLine(2019, "tax", 1),)}, [("/budget/0/source", "unknown_source")]),
        ({"budget": (BudgetLine(2022, "apbd", 1),)}, [("/budget/0/year", "budget_year_outside")]),
        ({"budget": (BudgetLine(2019, "apbd", 1),), **RUNS}, [("/budget/0/year", "budget_year_outside")]),
        ({"budget": (BudgetLine(2023, "apbd", 1),), "last_year": None}, []),
        (
            {"budget": (BudgetLine(2024, "apbd", 1),), "last_year": None},
            [("/budget/0/year", "budget_year_outside")],
        ),
        ({"budget": (BudgetLine(2020, "csr", 1),) * 2}, [("/budget/1", "duplicate_budget_line")]),
        ({"budget": (BudgetLine(2020, "csr", 1), BudgetLine(2021, "csr", 1))}, []),
        ({"problems": ("p-1", "p-9", "p-1")}, [("/problems/1", "unknown_problem"), ("/problems/2", "named_twice")]),
        ({"potentials": ("q-2",)}, [("/potentials/0", "unknown_potential")]),
        ({"priorities": ("p-1",)}, [("/priorities/0", "unknown_priority")]),
    ],
)
def test_a_nonsensical_initiative_is_refused(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert told(initiative_problems(replace(BUS, **change), HORIZON, KNOWN)) == expected
    everywhere = plan_problems(replace(PLAN, initiatives=(CLINIC, replace(BUS, **change))), KNOWN)
    assert told(everywhere) == [(f"/initiatives/1{pointer}", code) for pointer, code in expected]


def test_two_initiatives_do_not_share_an_id() -> None:
    (twin,) = plan_problems(replace(PLAN, initiatives=(BUS, replace(CLINIC, id="i-1"))), KNOWN)
    assert (twin.pointer, twin.reason.params) == ("/initiatives/1/id", {"other": "/initiatives/0"})


@settings(max_examples=60, deadline=None)
@given(st.data(), made_plans.plans())
def test_what_is_taken_from_a_benefit_is_named_and_nothing_else(data: st.DataObject, plan: Plan) -> None:
    place = data.draw(st.sampled_from(range(len(plan.initiatives))))
    lost = data.draw(st.sets(st.sampled_from(sorted(SPOKEN)), min_size=1))
    bare = replace(plan.initiatives[place], technology="Any")
    for pointer in lost:
        bare = without(bare, pointer)
    broken = replace(plan, initiatives=(*plan.initiatives[:place], bare, *plan.initiatives[place + 1 :]))
    assert {gap.pointer for gap in plan_gaps(broken)} == {f"/initiatives/{place}/{pointer}" for pointer in lost}
    (early,) = plan_problems(broken, KNOWN)
    assert early.pointer == f"/initiatives/{place}/technology"
    named = early.reason.params["fields"]
    assert isinstance(named, tuple)
    assert set(named) == {pointer.rpartition("/")[2] for pointer in lost}


def test_every_field_of_an_initiative_has_a_name_in_both_languages() -> None:
    named = {field.name for kind in (Initiative, Measure) for field in fields(kind)} - {"id"}
    assert named <= FIELDS.keys()
