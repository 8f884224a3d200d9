"""Completeness by hand and as a sum; budgets, coverage and aims add up to what the initiatives say."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import benefit
from app.domain.exact import to_decimal
from app.domain.plan_completeness import (
    Book,
    Chapter,
    Part,
    Template,
    completeness,
    part_gaps,
    part_problems,
    template_problems,
)
from app.domain.plan_figures import Aim, aimless, budget, coverage, served
from app.domain.plans import MOST_RUPIAH, BudgetLine, Horizon, Plan
from tests.domain import made_plans
from tests.domain.made_plans import BUS, CLINIC, HORIZON, KNOWN, PLAN

GAP = Part("gap", "Gap analysis", "Analisis kesenjangan", 3)
SWOT = Part("swot", "SWOT analysis", "Analisis SWOT", 1)
VISION = Part("vision", "Vision", "Visi", 2, "vision")
OBJECTIVES = Part("objectives", "Objectives", "Sasaran", 1, "objectives")
PROGRAMMES = Part("programmes", "Initiatives", "Program", 4, "initiatives")
COSTS = Part("costs", "Budget", "Anggaran", 1, "budget")
BOOK_1 = Book("book-1", "Strategic analysis", "Analisis strategis", (Chapter("c-1", "Gaps", "Celah", (GAP, SWOT)),))
BOOK_2 = Book(
    "book-2",
    "Master plan",
    "Rencana induk",
    (Chapter("c-2", "Aims", "Tujuan", (VISION, OBJECTIVES)), Chapter("c-3", "Ways", "Cara", (PROGRAMMES, COSTS))),
)
TEMPLATE = Template((BOOK_1, BOOK_2))
EMPTY = Plan(HORIZON)


def told(plan: Plan) -> list[tuple[str, str]]:
    return [(gap.pointer, gap.reason.code) for gap in part_gaps(TEMPLATE, plan)]


def test_nothing_is_zero_and_everything_is_one() -> None:
    nothing = completeness(TEMPLATE, EMPTY)
    assert nothing.share == 0
    assert [row.part for row in nothing.missing] == [part.code for part in TEMPLATE.parts]
    assert {row.reason.code for row in nothing.missing} == {"part_missing"}
    assert told(EMPTY) == [
        ("/parts/gap", "part_missing"),
        ("/parts/swot", "part_missing"),
        ("/vision", "part_missing"),
        ("/objectives", "part_missing"),
        ("/initiatives", "part_missing"),
        ("/initiatives", "part_missing"),
    ]
    full = replace(PLAN, parts={"gap": "Buses are late.", "swot": "Young people."})
    assert completeness(TEMPLATE, full).share == 1
    assert completeness(TEMPLATE, full).missing == ()
    assert told(full) == []


def test_what_is_missing_weighs_what_the_template_says() -> None:
    third = replace(PLAN, vision=" ", initiatives=(BUS, CLINIC, replace(CLINIC, id="i-3")), objectives=("", " "))
    made = completeness(TEMPLATE, third)
    # 3 of 4 in the first book; of the second a third of 4 and a third of 1 out of 8.
    assert made.share == to_decimal(Fraction(3 * 3 + 4 + 1, 3 * 12))
    assert [(row.book, row.share) for row in made.books] == [
        ("book-1", Decimal("0.75")),
        ("book-2", to_decimal(Fraction(5, 24))),
    ]
    assert [(row.book, row.chapter, row.part, row.share, row.loss) for row in made.missing] == [
        ("book-1", "c-1", "swot", 0, to_decimal(Fraction(1, 12))),
        ("book-2", "c-2", "vision", 0, to_decimal(Fraction(2, 12))),
        ("book-2", "c-2", "objectives", 0, to_decimal(Fraction(1, 12))),
        ("book-2", "c-3", "programmes", to_decimal(Fraction(1, 3)), to_decimal(Fraction(8, 36))),
        ("book-2", "c-3", "costs", to_decimal(Fraction(1, 3)), to_decimal(Fraction(2, 36))),
    ]
    assert made.missing[0].reason.text_en == "Still to be written: SWOT analysis."
    assert made.missing[3].reason.text_en == "Initiatives: 33 % of the initiatives lack nothing. Complete the others."
    assert made.missing[4].reason.text_id == "Anggaran: 33 % program memiliki anggaran. Isi anggaran yang lain."


def test_a_budget_of_nothing_is_none() -> None:
    free = replace(PLAN, initiatives=(replace(BUS, budget=(BudgetLine(2019, "apbd", 0),)),))
    assert ("/initiatives", "part_budget") in told(free)


@settings(max_examples=60, deadline=None)
@given(made_plans.plans(), st.lists(st.integers(1, 1000), min_size=6, max_size=6))
def test_share_and_losses_sum_to_one(plan: Plan, weights: list[int]) -> None:
    parts = [replace(part, weight=weight) for part, weight in zip(TEMPLATE.parts, weights, strict=True)]
    template = Template((replace(BOOK_1, chapters=(Chapter("c", "C", "B", tuple(parts)),)),))
    made = completeness(template, plan)
    assert abs(made.share + sum(row.loss for row in made.missing) - 1) < Decimal("1e-26")
    assert made.share == made.books[0].share
    assert [row.part for row in made.missing] == [
        part.code
        for part, gone in zip(
            parts,
            [
                not benefit.told(plan.parts.get("gap")),
                not benefit.told(plan.parts.get("swot")),
                plan.vision is None,
                not plan.objectives,
                False,
                any(not sum(line.amount for line in one.budget) for one in plan.initiatives),
            ],
            strict=True,
        )
        if gone
    ]


def test_a_text_without_a_place_is_refused() -> None:
    plan = replace(PLAN, parts={"gap": "x", "vision": "x", "poem": "x"})
    assert [(fault.pointer, fault.reason.code) for fault in part_problems(TEMPLATE, plan)] == [
        ("/parts/vision", "unknown_part"),
        ("/parts/poem", "unknown_part"),
    ]


def put(**change: Any) -> Template:
    """Change the first part of the template."""
    return Template((replace(BOOK_1, chapters=(replace(BOOK_1.chapters[0], parts=(replace(GAP, **change),)),)),))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (TEMPLATE, []),
        (Template(()), [("/books", "no_books")]),
        (Template((replace(BOOK_1, chapters=()),)), [("/books/0/chapters", "no_chapters")]),
        (
            Template((replace(BOOK_1, chapters=(Chapter("c", "C", "B", ()),)),)),
            [("/books/0/chapters/0/parts", "no_parts")],
        ),
        (put(weight=0), [("/books/0/chapters/0/parts/0/weight", "part_weight_range")]),
        (put(weight=1001), [("/books/0/chapters/0/parts/0/weight", "part_weight_range")]),
        (put(weight=1000), []),
        (
            Template((BOOK_1, BOOK_1)),
            [
                ("/books/1/code", "duplicate_code"),
                ("/books/1/chapters/0/code", "duplicate_code"),
                ("/books/1/chapters/0/parts/0/code", "duplicate_code"),
                ("/books/1/chapters/0/parts/1/code", "duplicate_code"),
            ],
        ),
    ],
)
def test_a_nonsensical_template_is_refused(template: Template, expected: list[tuple[str, str]]) -> None:
    assert [(fault.pointer, fault.reason.code) for fault in template_problems(template)] == expected


def test_a_template_of_nothing_measures_nothing() -> None:
    with pytest.raises(ValueError, match="needs parts"):
        completeness(Template(()), PLAN)


def test_a_budget_by_year_and_source() -> None:
    made = budget(replace(PLAN, initiatives=(BUS, replace(BUS, id="i-2"))))
    assert made.total == 3_000_000_002
    assert [(row.year, row.amount) for row in made.by_year] == [
        (2019, 3_000_000_000),
        (2020, 2),
        (2021, 0),
        (2022, 0),
        (2023, 0),
    ]
    assert [(row.source, row.amount) for row in made.by_source] == [("apbd", 3_000_000_002), ("csr", 0)]
    assert made.lines == (
        BudgetLine(2019, "apbd", 3_000_000_000),
        BudgetLine(2020, "apbd", 2),
        BudgetLine(2020, "csr", 0),
    )


def test_the_largest_budgets_are_summed_to_the_last_rupiah() -> None:
    """Ten thousand times 10^15 is beyond 64 bits and beyond what a float tells apart."""
    line = BudgetLine(2019, "apbd", MOST_RUPIAH)
    many = tuple(replace(CLINIC, id=f"i-{n}", budget=(line,)) for n in range(10_000))
    odd = replace(CLINIC, id="odd", budget=(BudgetLine(2019, "apbd", 1),))
    assert budget(replace(PLAN, initiatives=(*many, odd))).total == 10**19 + 1


@settings(max_examples=60, deadline=None)
@given(made_plans.plans())
def test_every_view_of_the_budget_has_the_same_sum(plan: Plan) -> None:
    made = budget(plan)
    cells: dict[tuple[int, str], int] = {}
    for one in plan.initiatives:
        for line in one.budget:
            cells[line.year, line.source] = cells.get((line.year, line.source), 0) + line.amount
    assert {(line.year, line.source): line.amount for line in made.lines} == cells
    assert made.total == sum(cells.values())
    assert made.total == sum(row.amount for row in made.by_year) == sum(row.amount for row in made.by_source)
    assert [row.year for row in made.by_year] == list(plan.horizon.years)
    assert made.total == sum(row.budget for row in coverage(plan, KNOWN.dimensions).dimensions)


def test_dimensions_covered_and_not() -> None:
    half = replace(BUS, id="i-2", sub_dimension=None)
    made = coverage(replace(PLAN, initiatives=(BUS, half, CLINIC)), KNOWN.dimensions)
    assert [(row.dimension, row.initiatives, row.budget) for row in made.dimensions] == [
        ("living", 2, 3_000_000_002),
        ("economy", 0, 0),
        ("society", 0, 0),
    ]
    assert [(sub.sub_dimension, sub.initiatives) for sub in made.dimensions[0].sub_dimensions] == [
        ("health", 0),
        ("mobility", 1),
    ]
    assert (made.share, made.sub_dimension_share) == (to_decimal(Fraction(1, 3)), Decimal("0.2"))
    assert coverage(Plan(Horizon(2019, 2023)), {}).share == 0


@pytest.mark.parametrize(
    ("aim", "codes", "expected"),
    [
        ("problems", KNOWN.problems, [("p-1", ("i-1", "i-2")), ("p-2", ())]),
        ("potentials", KNOWN.potentials, [("q-1", ("i-3",))]),
        ("priorities", KNOWN.priorities, [("nawa-cita-1", ()), ("nawa-cita-2", ("i-1", "i-2"))]),
    ],
)
def test_who_serves_what(aim: Aim, codes: tuple[str, ...], expected: list[tuple[str, tuple[str, ...]]]) -> None:
    farm = replace(CLINIC, id="i-3", potentials=("q-1",))
    plan = replace(PLAN, initiatives=(BUS, replace(BUS, id="i-2"), farm, replace(CLINIC, id="i-4")))
    assert [(row.code, row.initiatives) for row in served(plan, aim, codes)] == expected
    assert aimless(plan) == ("i-4",)
