"""The scorecard: what the assessors' levels come to, question by question, and where a region stands in its cohort.

    score of a question  = mean of the assessors' levels, or the level that moderation set in its place
    score of a criterion = sum over its questions of weight x score
    total                = sum over the criteria of weight x score

All on the scale 0 to 4. Where levels differ by more than the cohort's limit the question is contested, and the
scorecard is not final until moderation has decided it. The deviation is that of the whole panel (divisor n, not n - 1):
the assessors are no sample of others.

Sums are exact, and every figure is rounded once, to 34 digits, on its way out. That keeps different totals apart: a
share of the total has at most 24 decimal places, so with panels of up to a thousand they differ by 10^-30 or more.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from statistics import median
from typing import Literal

from app.domain.exact import OUTPUT, to_decimal
from app.domain.forms import Decision, Decisions, Levels, level_gaps, level_problems
from app.domain.methods import TOTAL
from app.domain.reasons import Reason, Wording, reason
from app.domain.rubrics import HIGHEST, Criterion, Question, Rubric

Side = Literal["strength", "weakness", "at_median"]
_WIDE = Context(prec=80)  # for what is rounded once more


@dataclass(frozen=True, slots=True)
class Review:
    """One assessor's levels for every question."""

    assessor: str
    levels: Levels


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """One question: `levels` sorted, so that none tells its author; `contribution` = `share` of the total x score.

    `reason` says why a question is contested or what moderation made of it; None where neither.
    """

    question: str
    criterion: str
    levels: tuple[int, ...]
    mean: Decimal
    spread: int
    deviation: Decimal
    contested: bool
    decision: Decision | None
    score: Decimal
    share: Decimal
    contribution: Decimal
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """One criterion; `contribution` = weight x score."""

    criterion: str
    weight: Decimal
    score: Decimal
    contribution: Decimal


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All of an assessment, in the order of the rubric: `total` from 0 to 4, `percent` the same from 0 to 100.

    `contested` are the questions above the limit, `undecided` those of them that still await moderation.
    """

    questions: tuple[QuestionScore, ...]
    criteria: tuple[CriterionScore, ...]
    total: Decimal
    percent: Decimal
    contested: tuple[str, ...]
    undecided: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A region's score in one criterion beside the cohort's median; `difference` = score - median."""

    criterion: str
    score: Decimal
    median: Decimal
    difference: Decimal
    side: Side
    reason: Reason


def scorecard(
    rubric: Rubric, reviews: Iterable[Review], *, limit: int, decisions: Decisions | None = None
) -> Scorecard:
    """Add up complete reviews of one or more assessors; their order changes nothing.

    `limit` is the widest spread of levels that needs no moderation. Raises ValueError for reviews that are incomplete
    or two of one assessor, which are to be refused before.
    """
    given = tuple(reviews)
    if not given or len({review.assessor for review in given}) < len(given):
        raise ValueError("a scorecard needs reviews, one per assessor")
    if any(level_problems(rubric, review.levels) or level_gaps(rubric, review.levels) for review in given):
        raise ValueError("a review does not fit the rubric")
    decided = decisions or {}
    levels = {
        question.code: tuple(sorted(review.levels[question.code] for review in given)) for question in rubric.questions
    }
    scores = exact_scores(rubric, levels, decided)
    questions = tuple(
        _question(criterion, question, levels[question.code], decided.get(question.code), limit)
        for criterion in rubric.criteria
        for question in criterion.questions
    )
    return Scorecard(
        questions=questions,
        criteria=tuple(_criterion(criterion, scores[criterion.code]) for criterion in rubric.criteria),
        total=to_decimal(scores[TOTAL]),
        percent=to_decimal(scores[TOTAL] * 100 / HIGHEST),
        contested=tuple(row.question for row in questions if row.contested),
        undecided=tuple(row.question for row in questions if row.contested and row.decision is None),
    )


def contested(levels: Collection[int], limit: int) -> bool:
    """Tell whether the levels given to a question lie further apart than may stand without moderation."""
    return max(levels) - min(levels) > limit


def exact_scores(rubric: Rubric, levels: Mapping[str, Sequence[int]], decisions: Decisions) -> dict[str, Fraction]:
    """Give the score of every criterion by its code, and of all under `TOTAL`, on the scale 0 to 4 and not rounded.

    `levels` are the assessors' by question, in any order. It is what regions are compared by.
    """
    scores = {
        criterion.code: sum(
            (
                Fraction(question.weight) * _settled(levels[question.code], decisions.get(question.code))
                for question in criterion.questions
            ),
            Fraction(0),
        )
        for criterion in rubric.criteria
    }
    total = sum((Fraction(criterion.weight) * scores[criterion.code] for criterion in rubric.criteria), Fraction(0))
    return scores | {TOTAL: total}


def medians(cohort: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """Take the median of every criterion over a cohort, given by each region's score per criterion."""
    columns: dict[str, list[Fraction]] = {}
    for scores in cohort:
        for criterion, score in scores.items():
            columns.setdefault(criterion, []).append(Fraction(score))
    return {criterion: to_decimal(median(column)) for criterion, column in columns.items()}


def compare(scores: Mapping[str, Decimal], middle: Mapping[str, Decimal]) -> tuple[Comparison, ...]:
    """Tell a region's strengths and weaknesses: its score per criterion beside the cohort's `medians`."""
    return tuple(_comparison(criterion, score, middle[criterion]) for criterion, score in scores.items())


def _criterion(criterion: Criterion, score: Fraction) -> CriterionScore:
    contribution = to_decimal(Fraction(criterion.weight) * score)
    return CriterionScore(criterion.code, criterion.weight, to_decimal(score), contribution)


def _question(
    criterion: Criterion, question: Question, levels: tuple[int, ...], decision: Decision | None, limit: int
) -> QuestionScore:
    mean = Fraction(sum(levels), len(levels))
    spread = levels[-1] - levels[0]
    score = _settled(levels, decision)
    share = Fraction(criterion.weight) * Fraction(question.weight)
    why = None
    if decision is not None:
        why = reason("mean_upheld") if decision.level is None else reason("moderated", level=decision.level)
    elif contested(levels, limit):
        why = reason("moderation_required", spread=spread, limit=limit)
    return QuestionScore(
        question=question.code,
        criterion=criterion.code,
        levels=levels,
        mean=to_decimal(mean),
        spread=spread,
        deviation=_root(sum(((level - mean) ** 2 for level in levels), Fraction(0)) / len(levels)),
        contested=contested(levels, limit),
        decision=decision,
        score=to_decimal(score),
        share=to_decimal(share),
        contribution=to_decimal(share * score),
        reason=why,
    )


def _settled(levels: Sequence[int], decision: Decision | None) -> Fraction:
    """Give the score of a question: what moderation set, otherwise the mean."""
    if decision is not None and decision.level is not None:
        return Fraction(decision.level)
    return Fraction(sum(levels), len(levels))


def _root(number: Fraction) -> Decimal:
    """Take the square root; exact where the root is a decimal, so that 1/4 gives 0.5."""
    whole = Decimal(number.numerator * number.denominator).sqrt(_WIDE)
    return OUTPUT.divide(whole, Decimal(number.denominator))


def _comparison(criterion: str, score: Decimal, middle: Decimal) -> Comparison:
    difference = Fraction(score) - Fraction(middle)
    side: Side = "strength" if difference > 0 else "weakness" if difference < 0 else "at_median"
    shown = _told_apart(score, middle)
    words = Wording("{} against {}".format(*shown), "{} terhadap {}".format(*shown).replace(".", ","))
    return Comparison(criterion, score, middle, to_decimal(difference), side, reason(side, words))


def _told_apart(score: Decimal, middle: Decimal) -> tuple[str, str]:
    """Write both with two decimals, or with as many, up to twelve, as it takes to see which is higher."""
    alike = score == middle
    places = next((n for n in range(2, 12) if alike or _rounded(score, n) != _rounded(middle, n)), 12)
    return _rounded(score, places), _rounded(middle, places)


def _rounded(score: Decimal, places: int) -> str:
    return str(score.quantize(Decimal(1).scaleb(-places), context=OUTPUT))
