"""What a revision takes over makes sense in its own years, and loses nothing that does."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.benefit import Measure
from app.domain.plan_revision import carried_over
from app.domain.plans import BudgetLine, Horizon, Initiative, Known, initiative_problems
from tests.domain.made_plans import BUS, CLINIC, HORIZON, KNOWN, initiatives

FEWER = replace(KNOWN, dimensions={"economy": ("industry",)}, sources=("apbn",), problems=("p-2",), priorities=())
CODES = [KNOWN, FEWER]


@st.composite
def horizons(draw: st.DrawFn) -> Horizon:
    first = draw(st.integers(2015, 2030))
    return Horizon(first, first + draw(st.integers(4, 9)))


@settings(max_examples=40)
@given(initiatives("i-1", HORIZON), st.booleans(), st.booleans(), horizons(), st.sampled_from(CODES))
def test_what_is_carried_over_makes_sense(
    whole: Initiative, begins: bool, ends: bool, horizon: Horizon, known: Known
) -> None:
    first, last = (whole.first_year if begins else None), (whole.last_year if ends else None)
    initiative = replace(whole, first_year=first, last_year=last)
    kept = carried_over(initiative, horizon, known)
    assert not list(initiative_problems(kept, horizon, known))


@settings(max_examples=30)
@given(initiatives("i-1", HORIZON))
def test_in_the_same_years_and_words_nothing_changes(initiative: Initiative) -> None:
    assert carried_over(initiative, HORIZON, KNOWN) == initiative


def test_what_does_not_fit_is_left_open_and_not_guessed() -> None:
    later = carried_over(BUS, Horizon(2020, 2025), KNOWN)
    assert (later.first_year, later.last_year, later.measure) == (2020, 2021, BUS.measure)
    assert (later.budget, later.technology) == (
        (BudgetLine(2020, "apbd", 1), BudgetLine(2020, "csr", 0)),
        BUS.technology,
    )
    over = carried_over(BUS, Horizon(2022, 2026), KNOWN)
    assert (over.first_year, over.last_year, over.budget) == (None, None, ())
    assert over.measure == replace(BUS.measure, year=None)
    assert (over.benefit, over.technology) == (BUS.benefit, None)  # the benefit is to be clear again first
    assert carried_over(CLINIC, Horizon(2022, 2026), KNOWN) == CLINIC
    assert carried_over(BUS, HORIZON, FEWER).dimension is None


def test_one_open_end_stays_open() -> None:
    half = replace(BUS, last_year=None, measure=Measure("%"), technology=None)
    kept = carried_over(half, Horizon(2018, 2022), KNOWN)
    assert (kept.first_year, kept.last_year) == (2019, None)
