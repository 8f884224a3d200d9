"""The scorecard: by hand, against plain sums, and what may never happen to a score."""

from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from random import Random
from statistics import pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.exact import to_decimal
from app.domain.forms import Decision, Decisions
from app.domain.rubrics import Rubric
from app.domain.scoring import Review, Scorecard, compare, medians, scorecard
from app.domain.selection import digest, document
from tests.domain import made_rubrics
from tests.domain.made_rubrics import RUBRIC

PANEL = [
    Review("as-1", {"q1": 1, "q2": 4, "q3": 0}),
    Review("as-2", {"q1": 2, "q2": 4, "q3": 4}),
    Review("as-3", {"q1": 1, "q2": 3, "q3": 2}),
]
FOUR_THIRDS = to_decimal(Fraction(4, 3))


@st.composite
def panels(draw: st.DrawFn) -> tuple[Rubric, list[Review], Decisions]:
    rubric = draw(made_rubrics.rubrics())
    return rubric, draw(made_rubrics.reviews(rubric)), draw(made_rubrics.decisions(rubric))


def test_every_figure_by_hand() -> None:
    """q1: 1, 2, 1; q2: 4, 4, 3; q3: 0, 4, 2. Infrastructure 1/4 x 4/3 + 3/4 x 11/3 = 37/12, regulation 2."""
    card = scorecard(RUBRIC, PANEL, limit=2)
    q1, q2, q3 = card.questions
    assert [q.levels for q in card.questions] == [(1, 1, 2), (3, 4, 4), (0, 2, 4)]
    assert (q1.question, q1.criterion, q1.spread, q1.contested, q1.reason) == ("q1", "infrastructure", 1, False, None)
    assert (q1.mean, q1.score, q1.share) == (FOUR_THIRDS, FOUR_THIRDS, Decimal("0.15"))
    assert (q2.share, q3.share) == (Decimal("0.45"), Decimal("0.4"))
    assert (q1.contribution, q2.contribution, q3.contribution) == (Decimal("0.2"), Decimal("1.65"), Decimal("0.8"))
    assert [(c.criterion, c.score, c.contribution) for c in card.criteria] == [
        ("infrastructure", to_decimal(Fraction(37, 12)), Decimal("1.85")),
        ("regulation", Decimal(2), Decimal("0.8")),
    ]
    assert (card.total, card.percent) == (Decimal("2.65"), Decimal("66.25"))


def test_the_deviation_is_that_of_the_whole_panel() -> None:
    two = [Review("as-1", {"q1": 1, "q2": 0, "q3": 3}), Review("as-2", {"q1": 2, "q2": 4, "q3": 3})]
    assert [row.deviation for row in scorecard(RUBRIC, two, limit=4).questions] == [Decimal("0.5"), 2, 0]
    assert [row.deviation for row in scorecard(RUBRIC, two[:1], limit=4).questions] == [0, 0, 0]
    # Of 1, 1, 2 it is the root of 2 (1.41421356237309504880168872420969807857), divided by 3.
    assert scorecard(RUBRIC, PANEL, limit=2).questions[0].deviation == Decimal("0.4714045207910316829338962414032327")


@pytest.mark.parametrize(("limit", "contested"), [(0, ("q1", "q2", "q3")), (1, ("q3",)), (3, ("q3",)), (4, ())])
def test_a_spread_above_the_limit_is_contested(limit: int, contested: tuple[str, ...]) -> None:
    card = scorecard(RUBRIC, PANEL, limit=limit)
    assert card.contested == card.undecided == contested
    for row in card.questions:
        assert row.contested is (row.question in contested)
        assert (row.reason.code if row.reason else None) == ("moderation_required" if row.contested else None)


def test_moderation_replaces_the_mean_or_lets_it_stand() -> None:
    seen = {"q1": Decision(4, "Seen on site."), "q3": Decision(None, "Two readings of one rule.")}
    card = scorecard(RUBRIC, PANEL, limit=0, decisions=seen)
    q1, _, q3 = card.questions
    assert (card.contested, card.undecided) == (("q1", "q2", "q3"), ("q2",))
    assert (q1.mean, q1.score, q1.decision) == (FOUR_THIRDS, Decimal(4), seen["q1"])
    assert (q3.mean, q3.score, q3.decision) == (Decimal(2), Decimal(2), seen["q3"])
    assert [row.reason.code for row in card.questions if row.reason] == [
        "moderated",
        "moderation_required",
        "mean_upheld",
    ]
    assert card.total == Decimal("0.6") + Decimal("1.65") + Decimal("0.8")


@settings(max_examples=50, deadline=None)
@given(panels(), st.integers(0, 4))
def test_the_total_is_the_sum_of_its_parts(panel: tuple[Rubric, list[Review], Decisions], limit: int) -> None:
    rubric, reviews, decisions = panel
    card = scorecard(rubric, reviews, limit=limit, decisions=decisions)
    total, rows = Fraction(0), iter(card.questions)
    for criterion, shown in zip(rubric.criteria, card.criteria, strict=True):
        part = Fraction(0)
        for question in criterion.questions:
            levels = [review.levels[question.code] for review in reviews]
            decision = decisions.get(question.code)
            score = Fraction(sum(levels), len(levels))
            if decision and decision.level is not None:
                score = Fraction(decision.level)
            share = Fraction(criterion.weight) * Fraction(question.weight)
            row = next(rows)
            assert (row.question, row.score, row.share) == (question.code, to_decimal(score), to_decimal(share))
            assert row.contribution == to_decimal(share * score)
            assert (row.spread, row.contested) == (max(levels) - min(levels), max(levels) - min(levels) > limit)
            assert float(row.deviation) == pytest.approx(pstdev(levels))
            part += Fraction(question.weight) * score
        assert shown.score == to_decimal(part)
        total += Fraction(criterion.weight) * part
    assert card.total == to_decimal(total)
    assert card.percent == to_decimal(total * 25)


@settings(max_examples=50, deadline=None)
@given(panels(), st.integers(0, 4))
def test_scores_stay_within_what_the_assessors_gave(panel: tuple[Rubric, list[Review], Decisions], level: int) -> None:
    rubric, reviews, decisions = panel
    card = scorecard(rubric, reviews, limit=2, decisions=decisions)
    assert 0 <= card.total <= 4
    assert 0 <= card.percent <= 100
    plain = scorecard(rubric, reviews, limit=2)
    assert all(row.levels[0] <= row.score <= row.levels[-1] for row in plain.questions)
    # Since the weights sum to 1, whoever gives one level throughout gives that total.
    same = [replace(review, levels=dict.fromkeys(review.levels, level)) for review in reviews]
    flat = scorecard(rubric, same, limit=2)
    assert {flat.total, *(part.score for part in flat.criteria), *(row.score for row in flat.questions)} == {level}


@settings(max_examples=50, deadline=None)
@given(panels(), st.data())
def test_a_better_answer_never_lowers_a_score(
    panel: tuple[Rubric, list[Review], Decisions], data: st.DataObject
) -> None:
    rubric, reviews, decisions = panel
    at = data.draw(st.integers(0, len(reviews) - 1))
    code = data.draw(st.sampled_from([question.code for question in rubric.questions]))
    raised = min(4, reviews[at].levels[code] + data.draw(st.integers(1, 4)))
    better = [*reviews]
    better[at] = replace(reviews[at], levels={**reviews[at].levels, code: raised})
    before = scorecard(rubric, reviews, limit=2, decisions=decisions)
    after = scorecard(rubric, better, limit=2, decisions=decisions)
    assert_no_lower(before, after)
    moderated = decisions.get(code, Decision(None, "")).level is not None
    if raised > reviews[at].levels[code] and not moderated:
        assert after.total > before.total
    if moderated:
        assert after.total == before.total
        higher = {**decisions, code: Decision(4, "Seen.")}
        assert_no_lower(before, scorecard(rubric, reviews, limit=2, decisions=higher))


def assert_no_lower(before: Scorecard, after: Scorecard) -> None:
    assert after.total >= before.total
    assert all(a.score >= b.score for a, b in zip(after.criteria, before.criteria, strict=True))
    assert all(a.score >= b.score for a, b in zip(after.questions, before.questions, strict=True))


@settings(max_examples=50, deadline=None)
@given(panels(), st.randoms(use_true_random=False))
def test_the_order_of_assessors_and_questions_changes_nothing(
    panel: tuple[Rubric, list[Review], Decisions], random: Random
) -> None:
    rubric, reviews, decisions = panel
    other = [
        Review(review.assessor, dict(random.sample(sorted(review.levels.items()), len(review.levels))))
        for review in random.sample(reviews, len(reviews))
    ]
    card = scorecard(rubric, reviews, limit=1, decisions=decisions)
    assert scorecard(rubric, other, limit=1, decisions=decisions) == card
    # Who gave which level cannot be told either: assessors may even swap their levels of a question.
    code = random.choice(rubric.questions).code
    levels = random.sample([review.levels[code] for review in reviews], len(reviews))
    swapped = [replace(r, levels={**r.levels, code: level}) for r, level in zip(reviews, levels, strict=True)]
    assert scorecard(rubric, swapped, limit=1, decisions=decisions) == card


def test_the_ambient_decimal_context_changes_nothing() -> None:
    with localcontext(prec=3):
        rough = scorecard(RUBRIC, PANEL, limit=2)
    assert rough == scorecard(RUBRIC, PANEL, limit=2)


def test_a_scorecard_and_its_inputs_can_be_frozen_as_bytes() -> None:
    """The same reviews in another order give the same document, digest included; one level more gives another."""

    def frozen(reviews: list[Review]) -> str:
        card = scorecard(RUBRIC, reviews, limit=1, decisions={"q3": Decision(2, "Seen.")})
        return digest(document({"rubric": RUBRIC, "scorecard": card}))

    assert frozen(PANEL) == frozen(PANEL[::-1])
    assert frozen(PANEL) != frozen([*PANEL[:2], Review("as-3", {"q1": 1, "q2": 3, "q3": 3})])


@pytest.mark.parametrize(
    "reviews",
    [[], [PANEL[0], PANEL[0]], [Review("as-1", {"q1": 1})], [Review("as-1", {"q1": 1, "q2": 5, "q3": 0})]],
)
def test_reviews_that_do_not_fit_are_no_scorecard(reviews: list[Review]) -> None:
    with pytest.raises(ValueError, match="review"):
        scorecard(RUBRIC, reviews, limit=2)


def test_strengths_and_weaknesses_against_the_median_of_the_cohort() -> None:
    cohort = [{"infrastructure": Decimal(n), "regulation": Decimal(r)} for n, r in ((1, 0), (2, 4), (4, 3), (3, 3))]
    middle = medians(cohort)
    assert middle == {"infrastructure": Decimal("2.5"), "regulation": 3}
    assert [[(c.criterion, c.side, c.difference) for c in compare(scores, middle)] for scores in cohort] == [
        [("infrastructure", "weakness", Decimal("-1.5")), ("regulation", "weakness", -3)],
        [("infrastructure", "weakness", Decimal("-0.5")), ("regulation", "strength", 1)],
        [("infrastructure", "strength", Decimal("1.5")), ("regulation", "at_median", 0)],
        [("infrastructure", "strength", Decimal("0.5")), ("regulation", "at_median", 0)],
    ]
    why = compare({"infrastructure": FOUR_THIRDS}, middle)[0].reason
    assert why.text_en == "Below the cohort's median: 1.33 against 2.50."
    assert why.text_id == "Di bawah median tahap: 1,33 terhadap 2,50."


@pytest.mark.parametrize(
    ("score", "middle", "told"),
    [
        ("2.501", "2.499", "Above the cohort's median: 2.501 against 2.499."),
        ("2.4999", "2.5", "Below the cohort's median: 2.4999 against 2.5000."),
        ("2.5", "2.5", "At the cohort's median: 2.50 against 2.50."),
        ("2.507", "2.5", "Above the cohort's median: 2.51 against 2.50."),
    ],
)
def test_what_differs_is_not_told_as_the_same(score: str, middle: str, told: str) -> None:
    (one,) = compare({"a": Decimal(score)}, {"a": Decimal(middle)})
    assert one.reason.text_en == told
