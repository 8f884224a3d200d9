"""Every nonsense a method can hold is refused, with a pointer to the place and words in both languages."""

import string
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.method_problems import problems
from app.domain.methods import (
    Band,
    Criterion,
    Eligibility,
    EquityRule,
    Known,
    Method,
    Sensitivity,
    TieBreaker,
)
from app.domain.reasons import SENTENCES

KNOWN = Known({"hdi", "poverty", "index"}, {"jawa", "papua"}, {"32", "91"}, {"total", "regulation", "poverty"})
READY = Criterion("index", None, "higher", Decimal("0.2"), "min_max", assessment="total")
BANDS = (Band(None, Decimal(0)), Band(Decimal(60), Decimal("0.5")), Band(Decimal(80), Decimal(1)))
SOUND = Method(
    Eligibility(("regency", "city"), exclude_earlier_cohorts=True),
    (
        Criterion("hdi", "hdi", "higher", Decimal("0.5"), "bands", latest_up_to=2022, bands=BANDS),
        Criterion("poverty", "poverty", "lower", Decimal("0.3"), "percentile", year=2022),
        Criterion("index", "index", "higher", Decimal("0.2"), "none"),
    ),
    "reweight",
    (TieBreaker("criterion", "hdi"), TieBreaker("population")),
    (EquityRule("island_group", "at_least", 3, "papua"), EquityRule("province", "at_most", 0)),
    Sensitivity(1000, 7, Decimal("0.1")),
)


def found(method: Method) -> set[tuple[str, str]]:
    return {(problem.pointer, problem.reason.code) for problem in problems(method, KNOWN)}


def test_a_sound_method_has_no_problem() -> None:
    assert problems(SOUND, KNOWN) == ()
    assert problems(replace(SOUND, equity=(), tie_breakers=(), sensitivity=None), KNOWN) == ()


@pytest.mark.parametrize(
    ("index", "change", "pointer", "code"),
    [
        (1, {"code": "hdi"}, "/criteria/1/code", "duplicate_criterion"),
        (1, {"indicator": "hdi", "year": None, "latest_up_to": 2022}, "/criteria/1/indicator", "duplicate_criterion"),
        (1, {"indicator": "hdj"}, "/criteria/1/indicator", "unknown_indicator"),
        (1, {"latest_up_to": 2022}, "/criteria/1/latest_up_to", "two_years"),
        (1, {"weight": Decimal(0)}, "/criteria/1/weight", "weight_range"),
        (1, {"weight": Decimal("-0.3")}, "/criteria/1/weight", "weight_range"),
        (1, {"weight": Decimal("1.1")}, "/criteria/1/weight", "weight_range"),
        (1, {"weight": Decimal("NaN")}, "/criteria/1/weight", "weight_range"),
        (1, {"weight": Decimal("1E-1000000")}, "/criteria/1/weight", "weight_range"),
        (1, {"weight": Decimal("0.300000000001")}, "/criteria", "weights_sum"),
        (1, {"weight": Decimal("0.2")}, "/criteria", "weights_sum"),
        (2, {"direction": "lower"}, "/criteria/2/direction", "direction_needs_scale"),
        (1, {"bands": BANDS}, "/criteria/1/bands", "bands_unused"),
        (0, {"bands": ()}, "/criteria/0/bands", "bands_required"),
        (0, {"bands": BANDS[:1]}, "/criteria/0/bands", "bands_required"),
        (0, {"bands": BANDS[1:]}, "/criteria/0/bands/0/lower", "band_bound"),
        (0, {"bands": (*BANDS, Band(None, Decimal(1)))}, "/criteria/0/bands/3/lower", "band_bound"),
        (0, {"bands": (*BANDS, Band(Decimal(80), Decimal(1)))}, "/criteria/0/bands/3/lower", "bands_order"),
        (0, {"bands": (*BANDS, Band(Decimal(90), Decimal("1.01")))}, "/criteria/0/bands/3/score", "band_score_range"),
        (0, {"bands": (*BANDS, Band(Decimal(90), Decimal("0.9")))}, "/criteria/0/bands/3/score", "band_direction"),
    ],
)
def test_a_nonsensical_criterion_is_refused(index: int, change: dict[str, Any], pointer: str, code: str) -> None:
    criteria = list(SOUND.criteria)
    criteria[index] = replace(criteria[index], **change)
    assert found(replace(SOUND, criteria=tuple(criteria))) == {(pointer, code)}


def with_score(**change: Any) -> Method:
    return replace(SOUND, criteria=(*SOUND.criteria[:2], replace(READY, **change)))


def test_a_score_of_the_assessment_is_a_sound_criterion() -> None:
    assert found(with_score()) == set()
    assert found(with_score(assessment="poverty")) == set()  # which is not the indicator of that name


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"assessment": "vision"}, "/criteria/2/assessment", "unknown_assessment"),
        ({"assessment": None}, "/criteria/2/indicator", "one_measure"),
        ({"indicator": "index"}, "/criteria/2/assessment", "one_measure"),
        ({"indicator": "unknown"}, "/criteria/2/assessment", "one_measure"),
        ({"year": 2022}, "/criteria/2/year", "assessment_has_no_year"),
        ({"latest_up_to": 2022}, "/criteria/2/latest_up_to", "assessment_has_no_year"),
        ({"code": "hdi"}, "/criteria/2/code", "duplicate_criterion"),
        ({"normalisation": "bands"}, "/criteria/2/bands", "bands_required"),
        ({"weight": Decimal("0.3")}, "/criteria", "weights_sum"),
    ],
)
def test_a_nonsensical_score_is_refused(change: dict[str, Any], pointer: str, code: str) -> None:
    assert found(with_score(**change)) == {(pointer, code)}


def test_one_score_counts_once() -> None:
    twice = (*with_score(weight=Decimal("0.1")).criteria, replace(READY, code="again", weight=Decimal("0.1")))
    assert found(replace(SOUND, criteria=twice)) == {("/criteria/3/assessment", "duplicate_criterion")}


def test_before_the_assessment_there_are_no_scores() -> None:
    (refused,) = problems(with_score(assessment="vision"), replace(KNOWN, assessments=()))
    assert (refused.pointer, refused.reason.code) == ("/criteria/2/assessment", "not_assessed_yet")


def test_bands_of_a_lower_is_better_criterion_fall() -> None:
    rising = replace(SOUND.criteria[0], direction="lower")
    falling = replace(rising, bands=tuple(replace(band, score=1 - band.score) for band in BANDS))
    assert found(replace(SOUND, criteria=(rising, *SOUND.criteria[1:]))) == {
        ("/criteria/0/bands/1/score", "band_direction"),
        ("/criteria/0/bands/2/score", "band_direction"),
    }
    assert found(replace(SOUND, criteria=(falling, *SOUND.criteria[1:]))) == set()


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"eligibility": Eligibility(())}, "/eligibility/kinds", "no_kinds"),
        ({"eligibility": Eligibility(("city", "city"))}, "/eligibility/kinds/1", "duplicate_kind"),
        ({"eligibility": Eligibility(("city", "province"))}, "/eligibility/kinds/1", "provinces_stand_not"),
        ({"criteria": (), "tie_breakers": ()}, "/criteria", "no_criteria"),
        ({"tie_breakers": (TieBreaker("criterion"),)}, "/tie_breakers/0/criterion", "tie_criterion"),
        ({"tie_breakers": (TieBreaker("population", "hdi"),)}, "/tie_breakers/0/criterion", "tie_criterion"),
        ({"tie_breakers": (TieBreaker("criterion", "x"),)}, "/tie_breakers/0/criterion", "unknown_criterion"),
        (
            {"tie_breakers": (TieBreaker("population"), TieBreaker("population", direction="lower"))},
            "/tie_breakers/1",
            "duplicate_tie_breaker",
        ),
        ({"equity": (EquityRule("kind", "at_least", 0),)}, "/equity/0/seats", "seats_range"),
        ({"equity": (EquityRule("kind", "at_most", -1),)}, "/equity/0/seats", "seats_range"),
        ({"equity": (EquityRule("province", "at_most", 1, "99"),)}, "/equity/0/group", "unknown_group"),
        ({"equity": (EquityRule("island_group", "at_most", 1, "32"),)}, "/equity/0/group", "unknown_group"),
        ({"equity": (EquityRule("kind", "at_most", 1, "province"),)}, "/equity/0/group", "kind_not_eligible"),
        (
            {"equity": (EquityRule("kind", "at_most", 1), EquityRule("kind", "at_most", 2))},
            "/equity/1",
            "duplicate_rule",
        ),
        ({"sensitivity": Sensitivity(0, 7, Decimal("0.1"))}, "/sensitivity/draws", "draws_range"),
        ({"sensitivity": Sensitivity(20_001, 7, Decimal("0.1"))}, "/sensitivity/draws", "draws_range"),
        ({"sensitivity": Sensitivity(10, -1, Decimal("0.1"))}, "/sensitivity/seed", "seed_range"),
        ({"sensitivity": Sensitivity(10, 2**63, Decimal("0.1"))}, "/sensitivity/seed", "seed_range"),
        ({"sensitivity": Sensitivity(10, 7, Decimal("0.51"))}, "/sensitivity/spread", "spread_range"),
        ({"sensitivity": Sensitivity(10, 7, Decimal("-0.1"))}, "/sensitivity/spread", "spread_range"),
        ({"sensitivity": Sensitivity(10, 7, Decimal("1E-7"))}, "/sensitivity/spread", "spread_range"),
    ],
)
def test_a_nonsensical_method_is_refused(change: dict[str, Any], pointer: str, code: str) -> None:
    assert found(replace(SOUND, **change)) == {(pointer, code)}


def test_every_fault_is_told_at_once() -> None:
    criteria = (replace(SOUND.criteria[0], weight=Decimal(2)), replace(SOUND.criteria[1], indicator="x"))
    faulty = replace(SOUND, criteria=criteria, sensitivity=Sensitivity(0, -1, Decimal("0.1")))
    assert [problem.pointer for problem in problems(faulty, KNOWN)] == [
        "/criteria/0/weight",
        "/criteria/1/indicator",
        "/sensitivity/draws",
        "/sensitivity/seed",
    ]


def test_the_wrong_sum_is_told_exactly() -> None:
    lighter = replace(SOUND.criteria[2], weight=Decimal("0.199999999999"))
    (problem,) = problems(replace(SOUND, criteria=(*SOUND.criteria[:2], lighter)), KNOWN)
    assert problem.reason.text_en == "The weights sum to 0.999999999999. Change them to sum to exactly 1."
    assert "0.999999999999" in problem.reason.text_id


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_says_the_same_in_two_languages(code: str) -> None:
    def blanks(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}

    english, indonesian = SENTENCES[code]
    assert english != indonesian
    assert blanks(english) == blanks(indonesian)
