"""The lifecycles are what the programme says they are: nothing more is allowed, nothing is out of reach."""

from itertools import pairwise, product
from typing import get_args

import pytest

from app.domain import lifecycles
from app.domain.lifecycles import CANDIDACY, CHOSEN, COHORT, SELECTION_RUN, SHORTLISTED
from app.domain.states import IllegalTransitionError, Lifecycle
from app.schemas import candidacies, cohorts, selection_runs

# The moves as the programme tells them, one line for each way through it.
COHORT_WAYS = ["draft open assessing decided mentoring closed"]
SELECTION_RUN_WAYS = ["recorded published discarded", "recorded discarded"]
CANDIDACY_WAYS = [
    "nominated invited form_submitted assessed selected mou_signed mentoring plan_submitted plan_accepted enacted",
    "enacted implementing",
    "assessed reserve selected",  # a seat falls free
    "assessed not_selected",
    "selected reserve not_selected selected",  # an upheld objection has the choice made again
    "selected not_selected reserve",
    "form_submitted invited",  # the form is returned
    "mou_signed selected",  # the memorandum is declared void
    "plan_submitted mentoring",  # the plan goes back for more work
    # A region may leave until its plan is law; one that was not selected has nothing to leave.
    "nominated withdrawn",
    "invited withdrawn",
    "form_submitted withdrawn",
    "assessed withdrawn",
    "reserve withdrawn",
    "selected withdrawn",
    "mou_signed withdrawn",
    "mentoring withdrawn",
    "plan_submitted withdrawn",
    "plan_accepted withdrawn",
    "withdrawn nominated",  # it withdrew by mistake
]
# Every lifecycle there is.
EVERY = [value for value in vars(lifecycles).values() if isinstance(value, Lifecycle)]
TOLD = [(COHORT, COHORT_WAYS), (CANDIDACY, CANDIDACY_WAYS), (SELECTION_RUN, SELECTION_RUN_WAYS)]


def moves_of(ways: list[str]) -> set[tuple[str, str]]:
    """Return every step of the ways."""
    words = [way.split() for way in ways]
    return {step for way in words for step in pairwise(way)}


@pytest.mark.parametrize(("lifecycle", "ways"), TOLD)
def test_a_lifecycle_knows_the_told_moves_and_no_other(lifecycle: Lifecycle, ways: list[str]) -> None:
    legal = moves_of(ways)
    assert set(lifecycle.states) == {state for step in legal for state in step}
    for state, to in product(lifecycle.states, repeat=2):
        assert (to in lifecycle.following(state)) is ((state, to) in legal), (state, to)
        if (state, to) in legal:
            assert lifecycle.advance(state, to) == to
            continue
        with pytest.raises(IllegalTransitionError) as refusal:
            lifecycle.advance(state, to)
        assert (refusal.value.state, refusal.value.to) == (state, to)
        assert refusal.value.allowed == lifecycle.allowed(state)


@pytest.mark.parametrize(("lifecycle", "_ways"), TOLD)
def test_every_state_is_reached_and_only_who_withdrew_begins_anew(lifecycle: Lifecycle, _ways: list[str]) -> None:
    for state in lifecycle.states:
        assert lifecycle.path(state)[-1] == state
    anew = {state for state in lifecycle.states if lifecycle.initial in lifecycle.following(state)}
    assert anew == ({"withdrawn"} if lifecycle is CANDIDACY else set())
    assert len(set(lifecycle.states)) == len(lifecycle.states)


@pytest.mark.parametrize("lifecycle", [COHORT, CANDIDACY, SELECTION_RUN])
@pytest.mark.parametrize("to", ["", "Open", "deleted", "open "])
def test_an_unknown_state_is_never_allowed(lifecycle: Lifecycle, to: str) -> None:
    for state in lifecycle.states:
        with pytest.raises(IllegalTransitionError):
            lifecycle.advance(state, to)
    assert lifecycle.following(to) == lifecycle.allowed(to) == ()


@pytest.mark.parametrize("lifecycle", EVERY)
def test_every_step_is_asked_for_or_taken_by_something_else(lifecycle: Lifecycle) -> None:
    """By one thing; but a reserve is selected by a replacement, or when the choice is made again."""
    steps = {(state, to) for state in lifecycle.states for to in lifecycle.following(state)}
    elsewhere = [step for taken in lifecycle.elsewhere.values() for step in taken]
    twice = [("reserve", "selected")] if lifecycle is CANDIDACY else []
    assert sorted(elsewhere) == sorted([*set(elsewhere), *twice])
    assert set(elsewhere) <= steps
    asked = {(state, to) for state in lifecycle.states for to in lifecycle.allowed(state)}
    assert asked == steps - set(elsewhere)
    for step in steps:
        assert (lifecycle.taken_by(*step) is None) is (step in asked)


@pytest.mark.parametrize("lifecycle", EVERY)
def test_what_comes_later_is_what_steps_lead_to(lifecycle: Lifecycle) -> None:
    assert lifecycle.later(lifecycle.initial) | {lifecycle.initial} == set(lifecycle.states)
    for state in lifecycle.states:
        following = lifecycle.following(state)
        assert lifecycle.later(state) == set(following).union(*map(lifecycle.later, following))
    assert lifecycle.later("nowhere") == set()


def test_no_cohort_goes_back() -> None:
    for place, state in enumerate(COHORT.states):
        assert COHORT.later(state) == set(COHORT.states[place + 1 :])


def test_a_path_is_the_shortest_way() -> None:
    detour = Lifecycle("a", {"a": ("b", "d"), "b": ("c",), "c": ("e",), "d": ("e",)})
    assert detour.path("e") == ("a", "d", "e")
    assert detour.path("a") == ("a",)
    assert CANDIDACY.path("selected") == ("nominated", "invited", "form_submitted", "assessed", "selected")
    with pytest.raises(ValueError, match="nowhere"):
        detour.path("nowhere")


def test_who_holds_a_seat() -> None:
    """A seat at the assessment is held from the invitation on, a seat in the cohort from the decision on."""
    assert set(CANDIDACY.states) - set(SHORTLISTED) == {"nominated", "withdrawn"}
    assert set(CHOSEN) == {
        "selected",
        "mou_signed",
        "mentoring",
        "plan_submitted",
        "plan_accepted",
        "enacted",
        "implementing",
    }


def test_what_a_run_decides_is_what_follows_the_assessment() -> None:
    assert {to for to in CANDIDACY.following("assessed") if CANDIDACY.taken_by("assessed", to) != "selection_run"} == {
        "withdrawn"
    }
    assert CANDIDACY.allowed("assessed") == ("withdrawn",)


def test_nobody_is_selected_by_hand() -> None:
    """By a run, the first or another; by a replacement from the reserve; or again, when the memorandum is void."""
    takers = {s: CANDIDACY.taken_by(s, "selected") for s in CANDIDACY.states if "selected" in CANDIDACY.following(s)}
    assert takers == {
        "assessed": "selection_run",
        "not_selected": "selection_run",
        "reserve": "replacement",
        "mou_signed": "memorandum",
    }


def test_an_assessment_makes_every_move_between_the_invitation_and_the_decision() -> None:
    stretch = {"invited", "form_submitted", "assessed"}
    between = {(state, to) for state in stretch for to in CANDIDACY.following(state) if to in stretch}
    assert between == set(CANDIDACY.elsewhere["assessment"])


@pytest.mark.parametrize(
    ("lifecycle", "documented"),
    [(COHORT, cohorts.State), (CANDIDACY, candidacies.State), (SELECTION_RUN, selection_runs.State)],
)
def test_the_contract_names_the_same_states(lifecycle: Lifecycle, documented: object) -> None:
    assert set(get_args(documented)) == set(lifecycle.states)
