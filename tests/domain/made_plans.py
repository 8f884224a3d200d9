"""Plans to try the rules on: one by hand, and sound ones of any shape."""

from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from app.domain.benefit import Measure, told
from app.domain.plans import MOST_RUPIAH, BudgetLine, Horizon, Initiative, Known, Plan

KNOWN = Known(
    dimensions={"living": ("health", "mobility"), "economy": ("industry", "welfare", "transaction"), "society": ()},
    priorities=("nawa-cita-1", "nawa-cita-2"),
    sources=("apbd", "apbn", "csr"),
    problems=("p-1", "p-2"),
    potentials=("q-1",),
)
HORIZON = Horizon(2019, 2023)
BUS = Initiative(
    id="i-1",
    title="Bus on time",
    benefit="Pupils reach school on time.",
    beneficiaries="Pupils of 12 schools",
    measure=Measure("% on time", Decimal("61.5"), Decimal(90), 2021),
    technology="Positions of buses on a map",
    dimension="living",
    sub_dimension="mobility",
    owner_agency="Dinas Perhubungan",
    first_year=2019,
    last_year=2021,
    budget=(BudgetLine(2019, "apbd", 1_500_000_000), BudgetLine(2020, "apbd", 1), BudgetLine(2020, "csr", 0)),
    problems=("p-1",),
    priorities=("nawa-cita-2",),
)
CLINIC = Initiative(id="i-2", title="Clinic nearby")
PLAN = Plan(HORIZON, "Everyone arrives.", ("Move", "Heal"), (BUS,), {"gap": "Buses are late."})

# What does not depend on anything drawn is made once: to look through a strategy takes longer than to draw from it.
_texts = st.text(min_size=1, max_size=8).filter(told)
_texts_or_none = st.none() | _texts
_few_texts = st.lists(_texts, max_size=2)
_amounts = st.integers(0, 1000) | st.integers(MOST_RUPIAH - 5, MOST_RUPIAH)
_figures = st.decimals(-(10**6), 10**6, places=2)
_steps = _figures.filter(bool)
_dimensions = st.sampled_from(sorted(KNOWN.dimensions))
_sub_dimensions = {name: st.sampled_from([None, *parts]) for name, parts in KNOWN.dimensions.items()}
_sources = st.sampled_from(sorted(KNOWN.sources))
_problems, _potentials, _priorities = (
    st.sets(st.sampled_from(sorted(codes))).map(sorted).map(tuple)
    for codes in (KNOWN.problems, KNOWN.potentials, KNOWN.priorities)
)
_parts = st.dictionaries(st.sampled_from(["gap", "swot", "roadmap"]), st.text(max_size=4))


@cache
def _cells(first: int, last: int) -> st.SearchStrategy[list[tuple[int, str]]]:
    return st.lists(st.tuples(st.integers(first, last), _sources), unique=True, max_size=4)


@st.composite
def initiatives(draw: st.DrawFn, name: str, horizon: Horizon) -> Initiative:
    """Draw one that lacks nothing."""
    first = draw(st.sampled_from(horizon.years))
    last = draw(st.integers(first, horizon.last_year))
    baseline = draw(_figures)
    dimension = draw(_dimensions)
    cells = draw(_cells(first, last))
    return Initiative(
        id=name,
        title=draw(_texts),
        benefit=draw(_texts),
        beneficiaries=draw(_texts),
        measure=Measure(draw(_texts), baseline, baseline + draw(_steps), draw(st.sampled_from(horizon.years))),
        technology=draw(_texts_or_none),
        dimension=dimension,
        sub_dimension=draw(_sub_dimensions[dimension]),
        owner_agency=draw(_texts),
        first_year=first,
        last_year=last,
        budget=tuple(BudgetLine(*cell, draw(_amounts)) for cell in cells),
        problems=draw(_problems),
        potentials=draw(_potentials),
        priorities=draw(_priorities),
    )


@st.composite
def plans(draw: st.DrawFn, most: int = 4) -> Plan:
    """Draw one that may be submitted."""
    first = draw(st.integers(2018, 2045))
    horizon = Horizon(first, first + draw(st.integers(4, 9)))
    count = draw(st.integers(1, most))
    return Plan(
        horizon,
        draw(_texts_or_none),
        tuple(draw(_few_texts)),
        tuple(draw(initiatives(f"i-{number}", horizon)) for number in range(count)),
        draw(_parts),
    )
