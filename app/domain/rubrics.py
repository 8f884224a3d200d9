"""The rubric: what a cohort asks about readiness, how much each answer weighs, and every reason to refuse it.

Criteria come from the catalogue, questions are the rubric's own. The weights of the criteria sum to exactly 1, and so
do those of the questions within each criterion: a question's share of the whole is the product of the two. The fields
are the keys of the rubric document, so that a problem's JSON pointer reads the same here and there.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from app.domain.exact import plain, to_decimal
from app.domain.method_problems import WEIGHT_PLACES, weight_is_sound
from app.domain.reasons import Problem, problem

HIGHEST = 4  # levels are 0, 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Level:
    """What a region must show to be on this level."""

    text_en: str
    text_id: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question that counts with `weight` within its criterion (above 0, at most 1); `levels` from 0 to 4.

    With `evidence_required`, a level above 0 must come with evidence.
    """

    code: str
    weight: Decimal
    text_en: str
    text_id: str
    levels: tuple[Level, ...]
    evidence_required: bool = False


@dataclass(frozen=True, slots=True)
class Criterion:
    """A readiness criterion of the catalogue, counting with `weight` (above 0, at most 1)."""

    code: str
    weight: Decimal
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Rubric:
    """The whole rubric. Question codes are unique throughout, since answers and levels are kept by them."""

    criteria: tuple[Criterion, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in the order of the rubric."""
        return tuple(question for criterion in self.criteria for question in criterion.questions)


def problems(rubric: Rubric, known: Collection[str]) -> tuple[Problem, ...]:
    """Every problem of the rubric; empty when it can be used. `known` are the criteria of the catalogue."""
    return tuple(_criteria(rubric, known))


def _criteria(rubric: Rubric, known: Collection[str]) -> Iterator[Problem]:
    if not rubric.criteria:
        yield problem("/criteria", "no_criteria")
    criteria: dict[str, str] = {}
    questions: dict[str, str] = {}
    for index, criterion in enumerate(rubric.criteria):
        at = f"/criteria/{index}"
        if criterion.code not in known:
            yield problem(f"{at}/code", "unknown_readiness_criterion")
        if (other := criteria.setdefault(criterion.code, at)) != at:
            yield problem(f"{at}/code", "duplicate_criterion", other=other)
        if not criterion.questions:
            yield problem(f"{at}/questions", "no_questions")
        for number, question in enumerate(criterion.questions):
            yield from _question(question, f"{at}/questions/{number}", questions)
        yield from _weights([question.weight for question in criterion.questions], f"{at}/questions")
    yield from _weights([criterion.weight for criterion in rubric.criteria], "/criteria")


def _question(question: Question, at: str, codes: dict[str, str]) -> Iterator[Problem]:
    if (other := codes.setdefault(question.code, at)) != at:
        yield problem(f"{at}/code", "duplicate_question", other=other)
    if len(question.levels) != HIGHEST + 1:
        yield problem(f"{at}/levels", "levels_count", highest=HIGHEST)


def _weights(weights: Sequence[Decimal], at: str) -> Iterator[Problem]:
    unsound = [index for index, weight in enumerate(weights) if not weight_is_sound(weight)]
    for index in unsound:
        yield problem(f"{at}/{index}/weight", "weight_range", places=WEIGHT_PLACES)
    # As fractions: a decimal context could round the sum to 1.
    total = sum(map(Fraction, [] if unsound else weights), Fraction(0))
    if weights and not unsound and total != 1:
        yield problem(at, "weights_sum", sum=plain(to_decimal(total)))
