"""The lifecycles of the assessment and what follows it: the told moves, and no other."""

from itertools import pairwise, product

import pytest

from app.domain.lifecycles import ASSESSMENT, MEMORANDUM, OBJECTION, OVERRIDE, PANEL_MEMBER, REVIEW
from app.domain.states import IllegalTransitionError, Lifecycle

# One line for each way through.
ASSESSMENT_WAYS = [
    "open submitted in_review final",
    "submitted open",  # returned with a reason
    "in_review moderation final",  # the assessors were too far apart
    "final moderation",  # an upheld objection
    "moderation in_review",  # too few of the panel are left
]
PANEL_MEMBER_WAYS = [
    "assigned declared submitted",
    "assigned recused",
    "declared recused",
    "submitted recused",  # a conflict that came to light late
]
OVERRIDE_WAYS = ["requested approved", "requested refused"]
REVIEW_WAYS = ["draft submitted"]
OBJECTION_WAYS = ["filed upheld", "filed dismissed", "filed withdrawn"]
MEMORANDUM_WAYS = ["drafted signed void", "drafted void"]


@pytest.mark.parametrize(
    ("lifecycle", "ways"),
    [
        (ASSESSMENT, ASSESSMENT_WAYS),
        (PANEL_MEMBER, PANEL_MEMBER_WAYS),
        (OVERRIDE, OVERRIDE_WAYS),
        (REVIEW, REVIEW_WAYS),
        (OBJECTION, OBJECTION_WAYS),
        (MEMORANDUM, MEMORANDUM_WAYS),
    ],
)
def test_a_lifecycle_knows_the_told_moves_and_no_other(lifecycle: Lifecycle, ways: list[str]) -> None:
    legal = {step for way in ways for step in pairwise(way.split())}
    assert lifecycle.initial == ways[0].split()[0]
    assert set(lifecycle.states) == {state for step in legal for state in step}
    for state, to in product(lifecycle.states, repeat=2):
        if (state, to) in legal:
            assert lifecycle.advance(state, to) == to
        else:
            with pytest.raises(IllegalTransitionError):
                lifecycle.advance(state, to)


def test_what_is_decided_void_or_recused_is_an_end() -> None:
    assert PANEL_MEMBER.allowed("recused") == ()
    assert all(OVERRIDE.allowed(state) == () for state in ("approved", "refused"))
    assert all(OBJECTION.allowed(state) == () for state in ("upheld", "dismissed", "withdrawn"))
    assert MEMORANDUM.allowed("void") == ()


def test_nothing_is_final_without_a_review() -> None:
    assert ASSESSMENT.path("final") == ("open", "submitted", "in_review", "final")
