"""The ranking: examples worked out by hand, and properties that hold for any pool."""

from dataclasses import replace
from decimal import Decimal, Inexact, localcontext
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.methods import Band, Eligibility, MethodRefused, MissingPolicy, Normalisation, TieBreaker
from app.domain.ranking import rank
from tests.domain import pools
from tests.domain.pools import a_criterion, a_method, a_region, a_value, order_of, scores_of, table

POLICIES: tuple[MissingPolicy, ...] = ("exclude", "zero", "median", "reweight")
A, B, C, D = (a_region(f"11.0{place}") for place in range(1, 5))


def decimals(**numbers: str) -> dict[str, Decimal]:
    return {f"11.0{'abcd'.index(name) + 1}": Decimal(number) for name, number in numbers.items()}


def by_letter(**numbers: int | str) -> dict[str, int | str]:
    return {f"11.0{'abcd'.index(name) + 1}": number for name, number in numbers.items()}


def test_min_max_and_percentile_by_hand() -> None:
    method = a_method([a_criterion("hdi", "0.6"), a_criterion("poverty", "0.4", "lower", "percentile")])
    values = table("hdi", by_letter(a=60, b=75, c=80)) + table("poverty", by_letter(a=10, b=20, c=20))
    ranking = rank(method, [A, B, C], values)
    # hdi: 0, 15/20, 1. poverty: A has 2 worse of 2; B and C have none worse and half of the one equal: 1/4.
    assert scores_of(ranking) == decimals(c="0.7", b="0.55", a="0.4")
    assert order_of(ranking) == ["11.03", "11.02", "11.01"]
    hdi, poverty = ranking.standings[1].contributions
    assert (hdi.normalised, hdi.weight, hdi.contribution) == (Decimal("0.75"), Decimal("0.6"), Decimal("0.45"))
    assert (poverty.normalised, poverty.contribution) == (Decimal("0.25"), Decimal("0.1"))
    assert hdi.value == a_value("11.02", "hdi", 75)


def test_bands_and_raw_values_by_hand() -> None:
    bands = (Band(None, Decimal("0.1")), Band(Decimal("0.5"), Decimal("0.4")), Band(Decimal(1), Decimal(1)))
    method = a_method(
        [
            a_criterion("fiscal", "0.5", normalisation="bands", bands=bands),
            a_criterion("x", "0.5", normalisation="none"),
        ]
    )
    values = table("fiscal", by_letter(a="-9", b="0.5", c="0.99", d=1)) + table("x", by_letter(a=7, b=0, c=1, d="0.3"))
    assert scores_of(rank(method, [A, B, C, D], values)) == decimals(a="3.55", c="0.7", d="0.65", b="0.2")


@pytest.mark.parametrize(
    ("policy", "scores"),
    [
        ("exclude", decimals(c="1", b="0.375", a="0")),  # without D: x 0, 1/2, 1 and y 0, 1/4, 1
        ("zero", decimals(c="0.75", d="0.5", b="0.25", a="0")),  # with D: x 0, 1/4, 1/2, 1
        ("median", decimals(c="0.75", d="0.625", b="0.25", a="0")),  # y of D: 1/4
        ("reweight", decimals(d="1", c="0.75", b="0.25", a="0")),  # D by x alone
    ],
)
def test_missing_values_by_hand(policy: MissingPolicy, scores: dict[str, Decimal]) -> None:
    method = a_method([a_criterion("x", "0.5"), a_criterion("y", "0.5")], policy)
    values = table("x", by_letter(a=0, b=10, c=20, d=40)) + table("y", by_letter(a=1, b=2, c=5))
    ranking = rank(method, [A, B, C, D], values)
    assert scores_of(ranking) == scores
    assert list(scores_of(ranking)) == list(scores)
    if policy == "exclude":
        (lost,) = ranking.unranked
        assert (lost.region, lost.eligible, [reason.code for reason in lost.reasons]) == (D, True, ["missing_value"])
        assert lost.reasons[0].params == {"criteria": ("y",)}
        assert [part.value for part in lost.contributions] == [a_value("11.04", "x", 40), None]


def test_a_region_without_any_value_cannot_be_reweighted() -> None:
    method = a_method([a_criterion("x", "0.5"), a_criterion("y", "0.5")], "reweight")
    ranking = rank(method, [A, B], table("x", by_letter(a=1)) + table("y", by_letter(a=1)))
    assert order_of(ranking) == ["11.01"]
    assert ranking.unranked[0].reasons[0].params == {"criteria": ("x", "y")}


def test_the_year_decides_which_value_counts() -> None:
    values = [a_value("11.01", "x", year - 2000, year) for year in (2019, 2022, 2021)]
    plain = a_criterion("x")
    for criterion, picked in (
        (replace(plain, year=2021), 2021),
        (replace(plain, latest_up_to=2020), 2019),
        (plain, 2022),
    ):
        ranking = rank(a_method([criterion]), [A], values)
        (contribution,) = ranking.standings[0].contributions
        assert contribution.value is not None
        assert contribution.value.year == picked
        assert [value.year for value in ranking.used] == [picked]


def test_ties_are_broken_by_rule() -> None:
    scored = a_criterion("x", "0.5"), a_criterion("y", "0.5", "lower")
    values = table("x", by_letter(a=0, b=1, c=1, d=0)) + table("y", by_letter(a=0, b=1, c=1, d=0))
    pool = [replace(A, population=5), replace(B, population=None), replace(C, population=1), replace(D, population=9)]

    def order(*breakers: TieBreaker) -> str:
        codes = order_of(rank(a_method(scored, tie_breakers=breakers), pool, values))
        return "".join("abcd"[int(code[-1]) - 1] for code in codes)

    assert order() == "abcd"
    assert order(TieBreaker("criterion", "x")) == "bcad"
    assert order(TieBreaker("criterion", "x", "lower")) == "adbc"
    assert order(TieBreaker("criterion", "y")) == "adbc"  # the criterion's own direction: lower first
    assert order(TieBreaker("population")) == "dacb"  # unknown last
    assert order(TieBreaker("population", direction="lower")) == "cadb"
    assert order(TieBreaker("criterion", "x"), TieBreaker("population")) == "cbda"
    pool[0] = replace(pool[0], earlier_cohorts=("2017", "2018"))
    assert order(TieBreaker("earlier_cohorts", direction="lower")) == "bcda"


def test_whoever_comes_second_of_equals_is_told_by_what() -> None:
    """A, B and C score alike, D lower; A and B have as many people, C has fewer."""
    pool = [replace(A, population=5), replace(B, population=5), replace(C, population=1), D]
    values = table("x", by_letter(a=2, b=2, c=2, d=1))
    method = a_method([a_criterion("x")], tie_breakers=(TieBreaker("criterion", "x"), TieBreaker("population")))
    told = [
        standing.tie and (standing.tie.code, standing.tie.params) for standing in rank(method, pool, values).standings
    ]
    assert told == [
        None,
        ("tied", {"other": A.name, "by": "region_code"}),
        ("tied", {"other": B.name, "by": "population"}),
        None,
    ]


def test_of_equals_a_criterion_is_named_by_its_code() -> None:
    method = a_method([a_criterion("x", "0.5"), a_criterion("y", "0.5")], tie_breakers=(TieBreaker("criterion", "y"),))
    values = table("x", by_letter(a=0, b=1)) + table("y", by_letter(a=1, b=0))
    first, second = rank(method, [A, B], values).standings
    assert (first.region, first.tie, second.region) == (A, None, B)
    assert second.tie is not None
    assert second.tie.text_en == f"Its score equals that of {A.name}, which goes first by y."


def test_an_exact_tie_of_thirds_is_a_tie() -> None:
    """1/3 + 1/3 and 2/3 + 0 are equal at equal weights; rounded to any number of digits they are not."""
    method = a_method([a_criterion("x", "0.5"), a_criterion("y", "0.5")], tie_breakers=(TieBreaker("population"),))
    pool = [replace(A, population=1), replace(B, population=2), C, D]
    values = table("x", by_letter(a=1, b=2, c=0, d=3)) + table("y", by_letter(a=1, b=0, c=0, d=3))
    ranking = rank(method, pool, values)
    assert ranking.standings[1].exact == ranking.standings[2].exact == Fraction(1, 3)
    assert order_of(ranking) == ["11.04", "11.02", "11.01", "11.03"]
    assert str(ranking.standings[1].score) == "0." + "3" * 34


def test_who_may_not_be_ranked_is_told_every_reason() -> None:
    eligibility = Eligibility(("city",), exclude_earlier_cohorts=True, requires_own_budget=True, nominated_only=True)
    barred = replace(A, own_budget=False, earlier_cohorts=("2018", "2017"))
    fine = replace(B, kind="city", nominated=True)
    ranking = rank(a_method([a_criterion("x")], eligibility=eligibility), [barred, fine], table("x", by_letter(b=1)))
    assert order_of(ranking) == ["11.02"]
    (unranked,) = ranking.unranked
    assert not unranked.eligible
    assert [reason.code for reason in unranked.reasons] == [
        "not_eligible_kind",
        "no_own_budget",
        "earlier_cohort",
        "not_nominated",
    ]
    assert unranked.reasons[2].text_en == "The region took part in an earlier cohort: 2017, 2018."
    assert unranked.reasons[0].text_id == "Metode ini tidak memilih daerah berjenis kabupaten."


def test_the_ineligible_do_not_stretch_the_scale() -> None:
    method = a_method([a_criterion("x")], eligibility=Eligibility(("regency",)))
    values = table("x", by_letter(a=0, b=1, c=4, d=1000))
    ranking = rank(method, [A, B, C, replace(D, kind="city")], values)
    assert scores_of(ranking) == decimals(c="1", b="0.25", a="0")


@pytest.mark.parametrize("normalisation", ["min_max", "percentile"])
def test_a_column_that_tells_nobody_apart_gives_one_half(normalisation: Normalisation) -> None:
    method = a_method([a_criterion("x", normalisation=normalisation)])
    assert scores_of(rank(method, [A, B], table("x", by_letter(a=3, b=3)))) == decimals(a="0.5", b="0.5")
    assert scores_of(rank(method, [A], table("x", by_letter(a=3)))) == decimals(a="0.5")


@pytest.mark.parametrize("policy", POLICIES)
def test_a_criterion_nobody_has_a_value_for_is_refused(policy: MissingPolicy) -> None:
    method = a_method([a_criterion("x", "0.5"), a_criterion("y", "0.5", year=2021)], policy)
    with pytest.raises(MethodRefused) as refusal:
        rank(method, [A], [a_value("11.01", "x", 1), a_value("11.01", "y", 1, 2022)])
    (problem,) = refusal.value.problems
    assert (problem.pointer, problem.reason.code) == ("/criteria/1/indicator", "no_values")


def test_nobody_eligible_is_no_error() -> None:
    ranking = rank(a_method([a_criterion("x")], eligibility=Eligibility(("city",))), [A], [])
    assert (ranking.standings, len(ranking.unranked)) == ((), 1)


def test_doubled_input_is_a_bug_of_the_caller() -> None:
    method = a_method([a_criterion("x")])
    with pytest.raises(ValueError, match="region comes twice"):
        rank(method, [A, A], table("x", by_letter(a=1)))
    with pytest.raises(ValueError, match="comes twice"):
        rank(method, [A], table("x", by_letter(a=1)) * 2)


def test_the_ambient_decimal_context_changes_nothing() -> None:
    method = a_method([a_criterion("x", "0.9"), a_criterion("y", "0.1")], tie_breakers=(TieBreaker("criterion", "x"),))
    values = table("x", by_letter(a="1.23456789", b="2.3456789", c="7.89")) + table("y", by_letter(a=1, b=2, c=4))
    plain = rank(method, [A, B, C], values)
    with localcontext() as context:
        context.prec = 1
        context.traps[Inexact] = True
        assert rank(method, [A, B, C], values) == plain


def near(one: Fraction, other: Decimal | int) -> bool:
    """Say whether the two are equal up to the rounding of 34 digits."""
    return abs(one - Fraction(other)) < Fraction(1, 10**32)


some_criteria = pools.criteria(("min_max", "percentile", "bands", "none"))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(POLICIES))
def test_numbers_explain_themselves(data: st.DataObject, policy: MissingPolicy) -> None:
    criteria, pool = data.draw(some_criteria), data.draw(pools.regions())
    ranking = rank(a_method(criteria, policy), pool, data.draw(pools.columns(pool, criteria, gaps=True)))
    last = None
    for position, standing in enumerate(ranking.standings, start=1):
        assert standing.rank == position
        parts = standing.contributions
        assert near(sum((Fraction(part.contribution) for part in parts), Fraction(0)), standing.score)
        assert near(sum((Fraction(part.weight) for part in parts), Fraction(0)), 1)
        for criterion, part in zip(criteria, parts, strict=True):
            if part.normalised is None:
                assert policy == "reweight"
                assert part.value is None
                assert part.weight == part.contribution == 0
            else:
                assert near(Fraction(part.weight) * Fraction(part.normalised), part.contribution)
                assert criterion.normalisation == "none" or 0 <= part.normalised <= 1
        assert last is None or standing.exact <= last
        assert (standing.tie is not None) == (standing.exact == last)
        last = standing.exact
    assert len(ranking.standings) + len(ranking.unranked) == len(pool)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(POLICIES), st.integers())
def test_the_order_of_the_input_changes_nothing(data: st.DataObject, policy: MissingPolicy, seed: int) -> None:
    criteria, pool = data.draw(some_criteria), data.draw(pools.regions())
    values = data.draw(pools.columns(pool, criteria, gaps=True))
    method = a_method(criteria, policy, tie_breakers=(TieBreaker("population"),))
    ranking = rank(method, pool, values)
    Random(seed).shuffle(pool)  # noqa: S311 - a shuffle, no secret
    Random(seed).shuffle(values)  # noqa: S311 - a shuffle, no secret
    assert rank(method, pool, values) == ranking


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(POLICIES), st.integers(1, 7), st.integers(-50, 50))
def test_another_unit_changes_nothing(data: st.DataObject, policy: MissingPolicy, factor: int, shift: int) -> None:
    criteria, pool = data.draw(pools.criteria()), data.draw(pools.regions())
    values = data.draw(pools.columns(pool, criteria, gaps=True))
    method = a_method(criteria, policy)
    rescaled = [replace(value, value=value.value * factor + shift) for value in values]
    assert scores_of(rank(method, pool, rescaled)) == scores_of(rank(method, pool, values))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(POLICIES), st.integers(1, 5))
def test_a_better_value_never_hurts(data: st.DataObject, policy: MissingPolicy, gain: int) -> None:
    criteria, pool = data.draw(pools.criteria(("min_max", "percentile", "bands"))), data.draw(pools.regions())
    values = data.draw(pools.columns(pool, criteria, gaps=True))
    method = a_method(criteria, policy)
    place = data.draw(st.integers(0, len(values) - 1))
    changed = values[place]
    better = gain if next(c for c in criteria if c.indicator == changed.indicator).direction == "higher" else -gain
    improved = [*values[:place], replace(changed, value=changed.value + better), *values[place + 1 :]]
    before = {s.region.code: s for s in rank(method, pool, values).standings}
    after = {s.region.code: s for s in rank(method, pool, improved).standings}
    if changed.region in before:
        assert after[changed.region].exact >= before[changed.region].exact
        assert after[changed.region].rank <= before[changed.region].rank


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=2, max_size=12).filter(lambda numbers: len(set(numbers)) > 1))
def test_percentiles_are_mid_ranks(numbers: list[int]) -> None:
    codes = [f"11.{place:02}" for place in range(len(numbers))]
    method = a_method([a_criterion("x", normalisation="percentile")])
    scores = scores_of(
        rank(method, [a_region(code) for code in codes], table("x", dict(zip(codes, numbers, strict=True))))
    )
    for code, number in zip(codes, numbers, strict=True):
        below, others = sum(other < number for other in numbers), numbers.count(number) - 1
        assert float(scores[code]) == pytest.approx((below + others / 2) / (len(numbers) - 1))
