"""Four workshops before a plan is submitted, and a regulation that can have been made."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.lifecycles import CANDIDACY, FOLLOWS_PLAN, MASTER_PLAN
from app.domain.plan_steps import REGULATIONS, Regulation, regulation_problems, workshop_gaps

TODAY = date(2024, 2, 29)


@settings(max_examples=20)
@given(st.sets(st.integers(1, 4)))
def test_every_workshop_that_is_not_closed_is_told(closed: set[int]) -> None:
    told = {problem.pointer for problem in workshop_gaps(closed)}
    assert told == {f"/workshops/{number}" for number in {1, 2, 3, 4} - closed}


def test_without_mentors_there_are_no_workshops_to_close() -> None:
    (gap,) = workshop_gaps(None)
    assert (gap.pointer, gap.reason.code) == ("/workshops", "not_mentored")


@pytest.mark.parametrize("region_kind", ["regency", "city", "province"])
@pytest.mark.parametrize("kind", ["regent_regulation", "mayor_regulation", "regional_regulation"])
def test_who_makes_which_regulation(region_kind: str, kind: str) -> None:
    fits = kind in REGULATIONS.get(region_kind, ("regional_regulation",))
    found = [problem.pointer for problem in regulation_problems(Regulation(kind, 2024, TODAY), region_kind, TODAY)]
    assert found == ([] if fits else ["/regulation/kind"])


@settings(max_examples=30)
@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(2020, 2030), st.integers(-400, 400))
def test_a_regulation_is_of_the_year_of_its_date_which_is_not_ahead(day: date, year: int, later: int) -> None:
    today = day + timedelta(days=later)
    found = {
        problem.pointer for problem in regulation_problems(Regulation("mayor_regulation", year, day), "city", today)
    }
    assert ("/regulation/year" in found) is (year != day.year)
    assert ("/regulation/date" in found) is (later < 0)


@settings(max_examples=30)
@given(st.integers(-3, 3), st.none() | st.integers(-3, 3), st.none() | st.integers(-3, 3))
def test_a_regulation_follows_the_memorandum_and_what_it_revises(
    day: int, signed: int | None, revised: int | None
) -> None:
    def on(days: int | None) -> date | None:
        return None if days is None else TODAY + timedelta(days=days)

    said = Regulation("mayor_regulation", (TODAY + timedelta(days=day)).year, TODAY + timedelta(days=day))
    late = TODAY + timedelta(days=10)
    found = [p.reason.code for p in regulation_problems(said, "city", late, signed=on(signed), revised=on(revised))]
    if revised is not None and day < revised:
        assert found == ["regulation_before"]
    else:
        assert found == (["regulation_before_memorandum"] if signed is not None and day < signed else [])


def test_a_candidacy_can_follow_every_step_of_its_plan() -> None:
    assert FOLLOWS_PLAN.keys() == set(MASTER_PLAN.states) - {MASTER_PLAN.initial, "superseded"}
    for before, after in FOLLOWS_PLAN.values():
        assert CANDIDACY.advance(before, after) == after
