"""A rubric that makes no sense is refused with a pointer to every fault; a form says what it lacks."""

from dataclasses import replace
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import reasons
from app.domain.forms import (
    Answer,
    Decision,
    Evidence,
    answer_gaps,
    answer_problems,
    decision_gaps,
    decision_problems,
    level_gaps,
    level_problems,
    note_problems,
)
from app.domain.reasons import SENTENCES, Problem
from app.domain.rubrics import Rubric, problems
from tests.domain import made_rubrics
from tests.domain.made_rubrics import CODES, LADDER, RUBRIC

HERE = Path(reasons.__file__).parent
INFRASTRUCTURE, REGULATION = RUBRIC.criteria
Q1, Q2 = INFRASTRUCTURE.questions
PROOF = (Evidence("https://example.go.id/perda.pdf", "Perda 3/2018", None),)
FULL = {
    "q1": Answer(3, "Fibre in every district."),
    "q2": Answer(0, "None so far."),
    "q3": Answer(4, "Enacted.", PROOF),
}


def told(found: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.reason.code) for problem in found]


@given(made_rubrics.rubrics())
@settings(max_examples=50, deadline=None)
def test_a_sound_rubric_has_no_problems(rubric: Rubric) -> None:
    assert problems(rubric, CODES) == ()


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ((), [("/criteria", "no_criteria")]),
        ((INFRASTRUCTURE,), [("/criteria", "weights_sum")]),
        (
            (INFRASTRUCTURE, replace(REGULATION, code="charm")),
            [("/criteria/1/code", "unknown_readiness_criterion")],
        ),
        (
            (INFRASTRUCTURE, replace(REGULATION, code="infrastructure")),
            [("/criteria/1/code", "duplicate_criterion")],
        ),
        ((INFRASTRUCTURE, replace(REGULATION, questions=())), [("/criteria/1/questions", "no_questions")]),
        (
            (INFRASTRUCTURE, replace(REGULATION, questions=(replace(Q1, weight=Decimal(1)),))),
            [("/criteria/1/questions/0/code", "duplicate_question")],
        ),
        (
            (replace(INFRASTRUCTURE, questions=(Q1, replace(Q2, levels=LADDER[1:]))), REGULATION),
            [("/criteria/0/questions/1/levels", "levels_count")],
        ),
        (
            (replace(INFRASTRUCTURE, questions=(Q1, replace(Q2, weight=Decimal("0.749999999999")))), REGULATION),
            [("/criteria/0/questions", "weights_sum")],
        ),
        (
            (replace(INFRASTRUCTURE, questions=(replace(Q1, weight=Decimal(0)), Q2)), REGULATION),
            [("/criteria/0/questions/0/weight", "weight_range")],
        ),
        (
            (replace(INFRASTRUCTURE, weight=Decimal("1.1")), replace(REGULATION, weight=Decimal("0.1234567890123"))),
            [("/criteria/0/weight", "weight_range"), ("/criteria/1/weight", "weight_range")],
        ),
    ],
)
def test_a_nonsensical_rubric_is_refused(criteria: tuple[Any, ...], expected: list[tuple[str, str]]) -> None:
    assert told(problems(Rubric(criteria), CODES)) == expected


def test_a_full_form_has_no_gaps() -> None:
    assert answer_problems(RUBRIC, FULL) == answer_gaps(RUBRIC, FULL) == ()


def test_an_empty_form_lacks_everything() -> None:
    assert answer_problems(RUBRIC, {}) == ()
    assert told(answer_gaps(RUBRIC, {})) == [
        ("/answers/q1/level", "level_missing"),
        ("/answers/q1/text", "text_missing"),
        ("/answers/q2/level", "level_missing"),
        ("/answers/q2/text", "text_missing"),
        ("/answers/q3/level", "level_missing"),
        ("/answers/q3/text", "text_missing"),
        ("/answers/q3/evidence", "evidence_missing"),
    ]


@pytest.mark.parametrize(
    ("answer", "gaps"),
    [
        (Answer(1, "Drafted."), ["/answers/q3/evidence"]),
        (Answer(0, "Nothing yet."), []),  # who claims nothing has nothing to prove
        (Answer(2, " \n", PROOF), ["/answers/q3/text"]),
        (Answer(None, "Enacted.", PROOF), ["/answers/q3/level"]),
    ],
)
def test_a_form_says_what_it_lacks(answer: Answer, gaps: list[str]) -> None:
    assert [gap.pointer for gap in answer_gaps(RUBRIC, FULL | {"q3": answer})] == gaps


@pytest.mark.parametrize("level", [-1, 5])
def test_a_draft_is_refused_for_what_makes_no_sense(level: int) -> None:
    draft = {"q9": Answer(2), "q2": Answer(level)}
    assert told(answer_problems(RUBRIC, draft)) == [
        ("/answers/q9", "unknown_question"),
        ("/answers/q2/level", "level_range"),
    ]
    assert told(level_problems(RUBRIC, {"q9": 2, "q2": level, "q1": 4})) == [
        ("/levels/q9", "unknown_question"),
        ("/levels/q2", "level_range"),
    ]


def test_a_note_belongs_to_a_question_of_the_rubric() -> None:
    assert told(note_problems(RUBRIC, {"q9": "?", "q1": "Seen."})) == [("/notes/q9", "unknown_question")]
    assert note_problems(RUBRIC, {}) == ()


def test_a_review_is_complete_when_every_question_has_a_level() -> None:
    assert told(level_gaps(RUBRIC, {"q1": 0, "q3": 1})) == [("/levels/q2", "level_missing")]
    assert level_gaps(RUBRIC, {"q1": 0, "q2": 4, "q3": 1}) == ()


def test_moderation_decides_what_is_open_to_it_and_all_that_is_contested() -> None:
    decided = {"q1": Decision(5, "?"), "q2": Decision(None, "They saw the same."), "q9": Decision(1, "?")}
    assert told(decision_problems(RUBRIC, decided, {"q1"})) == [
        ("/decisions/q9", "unknown_question"),
        ("/decisions/q2", "nothing_to_moderate"),
        ("/decisions/q1/level", "level_range"),
    ]
    assert decision_problems(RUBRIC, {"q2": Decision(4, "Seen.")}, {"q2", "q3"}) == ()
    assert told(decision_gaps(("q2", "q3"), decided)) == [("/decisions/q3", "decision_missing")]


@given(st.data(), made_rubrics.rubrics())
@settings(max_examples=40, deadline=None)
def test_gaps_shrink_as_a_form_is_filled(data: st.DataObject, rubric: Rubric) -> None:
    """Every question left out is named, and no other."""
    codes = [question.code for question in rubric.questions]
    answered = data.draw(st.sets(st.sampled_from(codes)))
    gaps = answer_gaps(rubric, {code: Answer(2, "So.", PROOF) for code in answered})
    assert {gap.pointer.split("/")[2] for gap in gaps} == set(codes) - answered


def test_no_topic_rewords_the_sentence_of_another() -> None:
    topics = [import_module(f"app.domain.{path.stem}") for path in HERE.glob("sentences_*.py")]
    assert len(SENTENCES) == sum(len(topic.SENTENCES) for topic in topics)
