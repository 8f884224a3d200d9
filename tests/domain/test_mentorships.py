"""Who may mentor, for how long and how many: by hand, and at the edges of the calendar."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.conflicts import mentoring_conflicts
from app.domain.mentorships import (
    MOST_MONTHS,
    USUAL_MONTHS,
    Person,
    Team,
    completion_gaps,
    facilitator_problems,
    overload,
    team_problems,
    usual_end,
)
from app.domain.quick_wins import add_months

PEOPLE = {
    "lead": Person("ui", frozenset({"assessor", "mentor"})),
    "other": Person("itb", frozenset({"mentor"})),
    "helper": Person("itb", frozenset({"facilitator"})),
    "assessor": Person("ui", frozenset({"assessor"})),
    "retired": Person("ui", frozenset({"mentor", "facilitator"}), active=False),
    "made up": Person("ui", frozenset({"mentor"}), simulated=True),
}
FIRST, LAST = date(2026, 6, 1), date(2026, 12, 31)
DAYS = st.dates(date(1990, 1, 1), date(2150, 1, 1))


def told(lead: str, *facilitators: str, institution: str = "ui", last: date = LAST) -> list[tuple[str, str]]:
    team = Team(institution, lead, facilitators, FIRST, last)
    return [(problem.pointer, problem.reason.code) for problem in team_problems(team, PEOPLE)]


def test_the_lead_is_an_active_mentor_of_the_institution() -> None:
    assert told("lead", "helper", "other") == []
    assert told("other") == [("/lead_mentor_id", "other_institution")]
    assert told("other", institution="itb") == []
    assert (
        told("assessor") == told("retired") == told("helper", institution="itb") == [("/lead_mentor_id", "not_mentor")]
    )


def test_whoever_facilitates_is_an_active_facilitator_or_mentor() -> None:
    assert told("lead", "assessor", "helper", "retired", "lead") == [
        ("/facilitator_ids/0", "not_facilitator"),
        ("/facilitator_ids/2", "not_facilitator"),
        ("/facilitator_ids/3", "leads_already"),
    ]
    assert facilitator_problems(PEOPLE["helper"], "/expert_id") == ()
    assert [problem.pointer for problem in facilitator_problems(PEOPLE["assessor"], "/expert_id")] == ["/expert_id"]


def test_whoever_is_made_up_neither_leads_nor_facilitates() -> None:
    assert told("made up", "helper", "made up") == [
        ("/lead_mentor_id", "simulated_expert"),
        ("/facilitator_ids/1", "leads_already"),
    ]
    assert told("lead", "made up") == [("/facilitator_ids/0", "simulated_expert")]
    assert not PEOPLE["made up"].may("mentor")


def test_a_mentorship_ends_after_it_starts_and_within_three_years() -> None:
    assert told("lead", last=FIRST) == told("lead", last=date(2029, 5, 31)) == []
    assert told("lead", last=FIRST - timedelta(days=1)) == [("/ends_on", "period_reversed")]
    (found,) = team_problems(Team("ui", "lead", (), FIRST, date(2029, 6, 1)), PEOPLE)
    assert (found.pointer, found.reason.code) == ("/ends_on", "period_too_long")
    assert (
        found.reason.text_en
        == "A mentorship lasts 36 months at most, here until 2029-05-31. Choose an earlier last day."
    )


@given(DAYS, st.integers(-5, 1300))
@settings(max_examples=100, deadline=None)
def test_every_period_within_the_bounds_and_no_other(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    found = team_problems(Team("ui", "lead", (), first, last), PEOPLE)
    assert (found == ()) == (first <= last < add_months(first, MOST_MONTHS))


@given(DAYS)
@settings(max_examples=50, deadline=None)
def test_the_usual_mentorship_makes_sense_and_ends_the_day_before_the_next_begins(first: date) -> None:
    last = usual_end(first)
    assert team_problems(Team("ui", "lead", (), first, last), PEOPLE) == ()
    assert last + timedelta(days=1) == add_months(first, USUAL_MONTHS)


@given(st.integers(0, 60), st.integers(1, 60), st.none() | st.integers(1, 50))
@settings(max_examples=50, deadline=None)
def test_a_load_is_too_much_exactly_beyond_the_limit(held: int, added: int, most: int | None) -> None:
    found = overload(held, added, most)
    assert (found is None) == (most is None or held + added <= most)
    assert found is None or found.params == {"wanted": held + added, "most": most}


@given(st.sets(st.integers(1, 4)))
@settings(max_examples=16, deadline=None)
def test_every_workshop_that_is_not_closed_is_named(closed: set[int]) -> None:
    gaps = completion_gaps(closed)
    assert [gap.pointer for gap in gaps] == [f"/workshops/{n - 1}" for n in (1, 2, 3, 4) if n not in closed]


def test_whoever_judges_a_region_does_not_mentor_it() -> None:
    (found,) = mentoring_conflicts("as-1", {"as-1", "as-2"})
    assert found.code == "conflict_assessor"
    assert mentoring_conflicts("as-3", {"as-1", "as-2"}) == mentoring_conflicts("as-1", set()) == ()
