"""What is filled in against a rubric: a region's answers, an assessor's levels, a moderation's decisions.

All are kept by question code, so a JSON pointer names the question whether it was answered or not. What has problems is
never stored; what has gaps may be, until it is submitted. Which shape a link or a digest has is settled before.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.domain.reasons import Problem, problem
from app.domain.rubrics import HIGHEST, Question, Rubric


@dataclass(frozen=True, slots=True)
class Evidence:
    """A link to a document, with its SHA-256 (hexadecimal) where known."""

    url: str
    title: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a region says on one question: the level (0 to 4) it sees itself on, why, and the evidence."""

    level: int | None = None
    text: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What moderation says on one question: the level (0 to 4) in place of the assessors' mean; None keeps the mean."""

    level: int | None
    reason: str


# All by question code.
Answers = Mapping[str, Answer]
Levels = Mapping[str, int]
Decisions = Mapping[str, Decision]


def answer_problems(rubric: Rubric, answers: Answers) -> tuple[Problem, ...]:
    """Find what makes no sense in a form, complete or not, at `/answers/{question}` and `.../level`."""
    levels = {code: answer.level for code, answer in answers.items() if answer.level is not None}
    unknown = _unknown(rubric, answers, "/answers")
    return (*unknown, *_out_of_range(rubric, levels, "/answers", "/level"))


def answer_gaps(rubric: Rubric, answers: Answers) -> tuple[Problem, ...]:
    """Find what a form lacks before it can be submitted, at `/answers/{question}/level`, `.../text`, `.../evidence`."""
    return tuple(gap for question in rubric.questions for gap in _gaps(question, answers.get(question.code, Answer())))


def level_problems(rubric: Rubric, levels: Levels) -> tuple[Problem, ...]:
    """Find what makes no sense in an assessor's levels, complete or not, at `/levels/{question}`."""
    return (*_unknown(rubric, levels, "/levels"), *_out_of_range(rubric, levels, "/levels"))


def note_problems(rubric: Rubric, notes: Mapping[str, str]) -> tuple[Problem, ...]:
    """Find the notes on questions that the rubric does not ask, at `/notes/{question}`."""
    return tuple(_unknown(rubric, notes, "/notes"))


def level_gaps(rubric: Rubric, levels: Levels) -> tuple[Problem, ...]:
    """Find what an assessor's levels lack before they can be submitted, at `/levels/{question}`."""
    return tuple(
        problem(f"/levels/{question.code}", "level_missing", highest=HIGHEST)
        for question in rubric.questions
        if question.code not in levels
    )


def decision_problems(rubric: Rubric, decisions: Decisions, debatable: Collection[str]) -> tuple[Problem, ...]:
    """Find what makes no sense in a moderation, at `/decisions/{question}` and `.../level`.

    Only `debatable` questions may be decided: those contested (see `scoring`) and those an upheld objection reopened.
    """
    levels = {code: decision.level for code, decision in decisions.items() if decision.level is not None}
    settled = (
        problem(f"/decisions/{question.code}", "nothing_to_moderate")
        for question in rubric.questions
        if question.code in decisions and question.code not in debatable
    )
    unknown = _unknown(rubric, decisions, "/decisions")
    return (*unknown, *settled, *_out_of_range(rubric, levels, "/decisions", "/level"))


def question_problems(rubric: Rubric, codes: Sequence[str], at: str) -> tuple[Problem, ...]:
    """Find which of the codes listed at the pointer `at` name no question, at `{at}/{index}`."""
    known = {question.code for question in rubric.questions}
    return tuple(problem(f"{at}/{index}", "unknown_question") for index, code in enumerate(codes) if code not in known)


def decision_gaps(contested: Collection[str], decisions: Decisions) -> tuple[Problem, ...]:
    """Find which contested questions a moderation leaves open, at `/decisions/{question}`."""
    return tuple(problem(f"/decisions/{code}", "decision_missing") for code in contested if code not in decisions)


def _gaps(question: Question, answer: Answer) -> Iterator[Problem]:
    at = f"/answers/{question.code}"
    if answer.level is None:
        yield problem(f"{at}/level", "level_missing", highest=HIGHEST)
    if not (answer.text or "").strip():
        yield problem(f"{at}/text", "text_missing")
    # Whoever claims nothing has nothing to prove.
    if question.evidence_required and answer.level != 0 and not answer.evidence:
        yield problem(f"{at}/evidence", "evidence_missing")


def _unknown(rubric: Rubric, filled: Mapping[str, object], at: str) -> Iterator[Problem]:
    known = {question.code for question in rubric.questions}
    return (problem(f"{at}/{code}", "unknown_question") for code in filled if code not in known)


def _out_of_range(rubric: Rubric, levels: Levels, at: str, field: str = "") -> Iterator[Problem]:
    return (
        problem(f"{at}/{question.code}{field}", "level_range", highest=HIGHEST)
        for question in rubric.questions
        if not 0 <= levels.get(question.code, 0) <= HIGHEST
    )
