"""Conflicts by hand; bulk assignment by hand, against all choices, and for a whole cohort against another solver."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations, product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.conflicts import Assessor, Mentorship, conflicts
from app.domain.panels import Assignment, Panel, PanelRule, assign, lacks
from tests.domain.solvers import least_cost

ITB_2017 = Mentorship("2017", "itb", frozenset({"as-1"}))
UI_2018 = Mentorship("2018", "ui")


def codes(assessor: Assessor, region: str, *mentorships: Mentorship) -> list[str]:
    return [reason.code for reason in conflicts(assessor, region, mentorships)]


def taken(made: Assignment) -> list[tuple[str, str]]:
    return [(seat.assessment, seat.assessor) for seat in made.seats]


def test_who_may_not_judge_a_region() -> None:
    expert = Assessor("as-1", "itb", home_region="32.73", declared=frozenset({"32.04"}))
    assert codes(expert, "32.01") == []
    assert codes(expert, "32.01", UI_2018) == []
    assert codes(expert, "32.73") == ["conflict_home_region"]
    assert codes(expert, "32.04") == ["conflict_declared"]
    assert codes(expert, "32.01", UI_2018, ITB_2017) == ["conflict_mentor", "conflict_mentor_institution"]
    moved = Assessor("as-1", "umn")
    assert codes(moved, "32.01", ITB_2017) == ["conflict_mentor"]
    assert codes(Assessor("as-2", "itb"), "32.01", ITB_2017) == ["conflict_mentor_institution"]
    assert codes(Assessor("as-2", "umn"), "32.01", ITB_2017, UI_2018) == []
    # A home region nobody knows is no region.
    assert codes(Assessor("as-3", "umn"), "", ITB_2017) == []


def test_a_mentorship_in_any_cohort_counts_and_is_named() -> None:
    found = conflicts(Assessor("as-9", "ui"), "32.01", [Mentorship("2019", "ui"), ITB_2017, UI_2018])
    assert [reason.params for reason in found] == [{"institution": "ui", "cohorts": ("2018", "2019")}]
    assert found[0].text_en == "The assessor's institution, ui, provided the region's mentor: 2018, 2019."


def test_what_a_panel_lacks() -> None:
    itb, ui, other = Assessor("as-1", "itb"), Assessor("as-2", "ui"), Assessor("as-3", "itb")
    apart = PanelRule(2, different_institutions=True)
    assert lacks(apart, [itb, ui]) == lacks(PanelRule(2), [itb, other]) == ()
    assert [reason.params for reason in lacks(PanelRule(3), [itb])] == [{"size": 1, "quorum": 3, "missing": 2}]
    assert [reason.params for reason in lacks(apart, [itb, ui, other])] == [
        {"institution": "itb", "assessors": ("as-1", "as-3")}
    ]
    assert [reason.code for reason in lacks(PanelRule(3, different_institutions=True), [itb, other])] == [
        "quorum_short",
        "same_institution",
    ]


def test_a_seat_is_passed_on_where_the_load_asks_for_it() -> None:
    """Only as-1 may judge b; so wherever the lot falls, a goes to as-2."""
    experts = [Assessor("as-1", "itb"), Assessor("as-2", "ui", declared=frozenset({"32.02"}))]
    panels = [Panel("a", "32.01"), Panel("b", "32.02")]
    for seed in range(20):
        made = assign(panels, experts, PanelRule(1), seed=seed)
        assert taken(made) == [("a", "as-2"), ("b", "as-1")]
        assert made.shortages == ()
        assert [(row.assessor, row.after, row.barred) for row in made.balance.loads] == [("as-1", 1, 0), ("as-2", 1, 1)]


def test_seats_held_stay_and_count() -> None:
    """as-1 sits on a by an override, which stays; the free seats go to the others until all have two."""
    experts = [Assessor(f"as-{n}", f"inst-{n}") for n in range(1, 4)]
    experts[0] = Assessor("as-1", "inst-1", declared=frozenset({"32.01"}))
    panels = [Panel("a", "32.01", members=("as-1",)), Panel("b", "32.02", members=("as-1",)), Panel("c", "32.03")]
    made = assign(panels, experts, PanelRule(2), seed=1)
    assert Counter(assessment for assessment, _ in taken(made)) == {"a": 1, "b": 1, "c": 2}
    assert [(row.before, row.after) for row in made.balance.loads] == [(2, 2), (0, 2), (0, 2)]
    assert (made.balance.least, made.balance.most, made.balance.mean) == (2, 2, Decimal(2))
    full = assign([Panel("a", "32.01", members=("as-1", "as-2", "as-3"))], experts, PanelRule(2), seed=1)
    assert (full.seats, full.shortages) == ((), ())


def test_seats_elsewhere_in_the_cohort_count() -> None:
    experts = [Assessor("as-1", "itb", elsewhere=2, most=3), Assessor("as-2", "ui")]
    panels = [Panel(code, "32.01") for code in "abcd"]
    for seed in range(20):
        made = assign(panels, experts, PanelRule(1), seed=seed)
        assert [(row.before, row.after) for row in made.balance.loads] == [(2, 3), (0, 3)]
    assert assign(panels, experts[:1], PanelRule(1), seed=1).balance.loads[0].after == 3


def test_a_panel_nobody_may_join_says_who_is_barred_and_why() -> None:
    experts = [Assessor("as-1", "itb"), Assessor("as-2", "itb"), Assessor("as-3", "ui", home_region="32.01")]
    made = assign(
        [Panel("a", "32.01"), Panel("b", "32.02")], experts, PanelRule(2, different_institutions=True), seed=5
    )
    (short,) = made.shortages
    assert (short.assessment, short.missing, short.reason.code) == ("a", 1, "too_few_institutions")
    assert short.reason.params == {"needed": 2, "free": 1}
    assert [(code, [why.code for why in reasons]) for code, reasons in short.barred] == [
        ("as-3", ["conflict_home_region"])
    ]
    assert Counter(assessment for assessment, _ in taken(made)) == {"a": 1, "b": 2}
    lone = assign([Panel("a", "32.01")], experts, PanelRule(3), seed=5).shortages[0]
    assert (lone.missing, lone.reason.code, lone.reason.params) == (1, "too_few_assessors", {"needed": 3, "free": 2})


def test_limits_are_kept_and_named() -> None:
    experts = [Assessor("as-1", "itb", most=1), Assessor("as-2", "ui", most=2), Assessor("as-3", "umn", most=0)]
    made = assign([Panel(code, "32.01") for code in "abcd"], experts, PanelRule(1), seed=3)
    assert [row.after for row in made.balance.loads] == [1, 2, 0]
    (short,) = made.shortages
    assert (short.missing, short.reason.code) == (1, "assessors_full")
    assert short.reason.params == {"assessors": ("as-1", "as-2", "as-3")}
    (short,) = assign([Panel("a", "32.01"), Panel("b", "32.01")], experts[:1], PanelRule(1), seed=3).shortages
    assert short.reason.code == "assessors_full"


def test_the_lot_favours_nobody_and_can_be_drawn_again() -> None:
    experts = [Assessor(f"as-{n}", f"inst-{n}") for n in range(6)]
    drawn = Counter(
        seat.assessor
        for seed in range(300)
        for seat in assign([Panel("a", "32.01")], experts, PanelRule(1), seed=seed).seats
    )
    # 50 each are expected; beyond 4 standard deviations (6.5 each) the lot would lean to someone.
    assert all(24 <= drawn[expert.code] <= 76 for expert in experts)
    many = [Panel(f"p-{n:02}", "32.01") for n in range(20)]
    rule = PanelRule(3)
    assert assign(many, experts, rule, seed=7) == assign(many, experts, rule, seed=7)
    together = {
        frozenset(a for p, a in taken(assign(many, experts, rule, seed=7)) if p == panel.assessment) for panel in many
    }
    assert len(together) > 5  # not the same three again and again


@pytest.mark.parametrize(
    ("panels", "experts"),
    [
        ([Panel("a", "32.01"), Panel("a", "32.02")], [Assessor("as-1", "itb")]),
        ([Panel("a", "32.01")], [Assessor("as-1", "itb"), Assessor("as-1", "ui")]),
        ([Panel("a", "32.01", members=("as-2",))], [Assessor("as-1", "itb")]),
        ([Panel("a", "32.01", members=("as-1", "as-1"))], [Assessor("as-1", "itb")]),
    ],
)
def test_impossible_arguments(panels: list[Panel], experts: list[Assessor]) -> None:
    with pytest.raises(ValueError, match="comes twice"):
        assign(panels, experts, PanelRule(1), seed=0)


# Made once: to look through a strategy takes longer than to draw from it.
_institutions = st.sampled_from(("itb", "ui", "umn"))
_mentors = st.sets(_institutions, max_size=1)
_limits = st.none() | st.integers(0, 3)


@st.composite
def boards(draw: st.DrawFn) -> tuple[list[Panel], list[Assessor], PanelRule]:
    """Up to four panels and five assessors of three institutions, with conflicts, limits and seats held."""
    regions = [f"32.0{place}" for place in range(1, draw(st.integers(1, 4)) + 1)]
    homes, declared = st.none() | st.sampled_from(regions), st.frozensets(st.sampled_from(regions), max_size=2)
    experts = [
        Assessor(
            f"as-{place}",
            draw(_institutions),
            draw(homes),
            draw(declared),
            draw(_limits),
        )
        for place in range(draw(st.integers(1, 5)))
    ]
    sitting = st.sets(st.sampled_from([expert.code for expert in experts]), max_size=1)
    panels = [
        Panel(
            f"p-{region}",
            region,
            tuple(Mentorship("2018", name) for name in draw(_mentors)),
            tuple(sorted(draw(sitting))),
        )
        for region in regions
    ]
    return panels, experts, PanelRule(draw(st.integers(1, 3)), draw(st.booleans()))


def choices(panels: Sequence[Panel], experts: Sequence[Assessor], rule: PanelRule) -> Iterator[list[tuple[str, str]]]:
    """Every way to fill some of the open seats that breaks no rule."""
    ways = []
    for panel in panels:
        sitting = [expert for expert in experts if expert.code in panel.members]
        free = [e for e in experts if e not in sitting and not conflicts(e, panel.region, panel.mentorships)]
        ways.append(
            [
                [(panel.assessment, expert.code) for expert in more]
                for size in range(max(0, rule.quorum - len(sitting)) + 1)
                for more in combinations(free, size)
                if not rule.different_institutions or clean([*more], sitting)
            ]
        )
    for way in product(*ways):
        seats = [seat for part in way for seat in part]
        loads = loads_of(panels, seats)
        added = {code for _, code in seats}
        if all(expert.most is None or loads[expert.code] <= expert.most for expert in experts if expert.code in added):
            yield seats


def clean(more: list[Assessor], sitting: list[Assessor]) -> bool:
    fresh = [expert.institution for expert in more]
    return len(set(fresh)) == len(fresh) and not set(fresh) & {expert.institution for expert in sitting}


def loads_of(panels: Sequence[Panel], seats: Sequence[tuple[str, str]]) -> Counter[str]:
    return Counter([code for panel in panels for code in panel.members] + [code for _, code in seats])


@settings(max_examples=80, deadline=None)
@given(boards(), st.integers(0, 3))
def test_no_choice_fills_more_seats_or_is_more_even(
    board: tuple[list[Panel], list[Assessor], PanelRule], seed: int
) -> None:
    panels, experts, rule = board
    made = assign(panels, experts, rule, seed=seed)
    mine = taken(made)
    every = list(choices(panels, experts, rule))
    assert sorted(mine) in [sorted(seats) for seats in every]
    assert len(mine) == max(map(len, every))
    wanted = sum(max(0, rule.quorum - len(panel.members)) for panel in panels)
    assert sum(short.missing for short in made.shortages) == wanted - len(mine)

    # Among all choices that fill the same panels as far, none has a smaller largest load, then second largest, ...
    def staircase(seats: Sequence[tuple[str, str]]) -> list[int]:
        loads = loads_of(panels, seats)
        return sorted((loads[expert.code] for expert in experts), reverse=True)

    filled = Counter(assessment for assessment, _ in mine)
    alike = [seats for seats in every if Counter(assessment for assessment, _ in seats) == filled]
    assert staircase(mine) == min(map(staircase, alike))
    loads = loads_of(panels, mine)
    assert [row.after for row in made.balance.loads] == [loads[row.assessor] for row in made.balance.loads]


@settings(max_examples=20, deadline=None)
@given(boards(), st.randoms(use_true_random=False))
def test_the_order_of_entry_changes_nothing(
    board: tuple[list[Panel], list[Assessor], PanelRule], random: Random
) -> None:
    panels, experts, rule = board
    shuffled = assign(random.sample(panels, len(panels)), random.sample(experts, len(experts)), rule, seed=9)
    assert shuffled == assign(panels, experts, rule, seed=9)


def a_cohort(seed: int) -> tuple[list[Panel], list[Assessor]]:
    """120 candidates and 38 assessors of 9 institutions, as in 2018; every third region was mentored before."""
    random = Random(seed)  # noqa: S311 - reproducible on purpose
    institutions = [f"inst-{n}" for n in range(9)]
    regions = [f"r-{n:03}" for n in range(120)]
    experts = [
        Assessor(
            f"as-{n:02}", institutions[min(8, n // 3)], declared=frozenset(random.sample(regions, 45 if n < 6 else 6))
        )
        for n in range(38)
    ]
    panels = [
        Panel(region, region, (Mentorship("2017", random.choice(institutions)),) if n % 3 == 0 else ())
        for n, region in enumerate(regions)
    ]
    return panels, experts


@pytest.mark.parametrize("different_institutions", [False, True])
def test_a_whole_cohort_is_as_even_as_an_independent_solver_makes_it(different_institutions: bool) -> None:
    panels, experts = a_cohort(2018)
    rule = PanelRule(3, different_institutions)
    made = assign(panels, experts, rule, seed=2018)
    assert made.shortages == ()
    by_panel: dict[str, list[Assessor]] = {}
    of = {expert.code: expert for expert in experts}
    for assessment, code in taken(made):
        by_panel.setdefault(assessment, []).append(of[code])
    for panel in panels:
        assert lacks(rule, by_panel[panel.assessment]) == ()
        assert not any(conflicts(expert, panel.region, panel.mentorships) for expert in by_panel[panel.assessment])
    squares = sum(row.after**2 for row in made.balance.loads)
    assert squares == least_squares(panels, experts, rule)


def least_squares(panels: Sequence[Panel], experts: Sequence[Assessor], rule: PanelRule) -> int:
    """Find the least sum of squared loads with HiGHS: the k-th seat of an assessor costs 2k - 1."""
    pairs = [
        (p, e)
        for p, panel in enumerate(panels)
        for e, expert in enumerate(experts)
        if not conflicts(expert, panel.region, panel.mentorships)
    ]
    steps = 30
    size = len(pairs) + len(experts) * steps
    cost = np.concatenate([np.zeros(len(pairs)), np.tile(2 * np.arange(1, steps + 1) - 1, len(experts))])
    quorum = np.zeros((len(panels), size))
    load = np.zeros((len(experts), size))
    institutions = sorted({expert.institution for expert in experts})
    apart = np.zeros((len(panels) * len(institutions), size))
    for column, (p, e) in enumerate(pairs):
        quorum[p, column] = load[e, column] = 1
        apart[p * len(institutions) + institutions.index(experts[e].institution), column] = 1
    for e in range(len(experts)):
        load[e, len(pairs) + e * steps : len(pairs) + (e + 1) * steps] = -1
    bounds = [(quorum, rule.quorum, rule.quorum), (load, 0, 0)]
    if rule.different_institutions:
        bounds.append((apart, 0, 1))
    return round(least_cost(cost, *bounds))
