"""The example methods of the demo: real statistics, made-up readiness, weights and rules of our own choosing."""

from typing import Any, NamedTuple


class Scale(NamedTuple):
    """How many regions are invited and chosen, and how many assess and mentor them."""

    invited: int
    chosen: int
    assessors: int
    mentors: int


# As in 2018. The mentors of that year were not published.
FULL = Scale(invited=120, chosen=50, assessors=38, mentors=24)


def _criterion(code: str, indicator: str, year: int, direction: str, weight: float, scale: str) -> dict[str, Any]:
    return {
        "code": code,
        "indicator": indicator,
        "year": year,
        "direction": direction,
        "weight": weight,
        "normalisation": scale,
    }


def shortlist_method(scale: Scale) -> dict[str, Any]:
    """Return the method by which regions are invited."""
    return {
        "eligibility": {"kinds": ["regency", "city"], "requires_own_budget": True},
        "criteria": [
            # A handful stand far above all others (Surabaya at twelve times the median); percentiles keep them from
            # flattening the rest.
            _criterion("fiscal", "fiscal_capacity_proxy", 2023, "higher", 0.3, "percentile"),
            _criterion("hdi", "hdi", 2022, "higher", 0.3, "min_max"),
            _criterion("poverty", "poverty_rate", 2022, "lower", 0.2, "min_max"),
            _criterion("sanitation", "sanitation_access", 2021, "higher", 0.2, "min_max"),
        ],
        "missing": "reweight",
        "tie_breakers": [
            {"by": "earlier_cohorts", "direction": "lower"},
            {"by": "criterion", "criterion": "hdi"},
            {"by": "population", "direction": "higher"},
        ],
        "equity": [
            # A twentieth of the seats for each of the seven island groups, a tenth at most for one of the 38 provinces.
            {"scope": "island_group", "bound": "at_least", "seats": max(1, scale.invited // 20)},
            {"scope": "province", "bound": "at_most", "seats": max(2, scale.invited // 10)},
        ],
        "sensitivity": {"draws": 10_000, "seed": 100, "spread": 0.1},
        "reserves": 20,
    }


def _readiness(criterion: str, weight: float) -> dict[str, Any]:
    """Take the score that the panel gave."""
    return {
        "code": criterion,
        "assessment": criterion,
        "direction": "higher",
        "weight": weight,
        "normalisation": "min_max",
    }


def final_method(scale: Scale) -> dict[str, Any]:
    """Return the method by which regions are chosen: readiness above all, again fiscal capacity and equity rules."""
    return {
        "eligibility": {"kinds": ["regency", "city"], "requires_own_budget": True},
        "criteria": [
            _readiness("leadership_vision", 0.3),
            _readiness("infrastructure", 0.2),
            _readiness("regulation", 0.2),
            _readiness("human_resources", 0.2),
            _criterion("fiscal", "fiscal_capacity_proxy", 2023, "higher", 0.1, "percentile"),
        ],
        "missing": "zero",
        "tie_breakers": [{"by": "earlier_cohorts", "direction": "lower"}, {"by": "population", "direction": "higher"}],
        "equity": [
            {"scope": "island_group", "bound": "at_least", "seats": max(1, scale.chosen // 25)},
            {"scope": "province", "bound": "at_most", "seats": max(2, scale.chosen // 10)},
        ],
        "sensitivity": {"draws": 10_000, "seed": 50, "spread": 0.1},
        "reserves": 10,
    }


# What ships with the product: which parts a plan has.
PLAN_TEMPLATE: dict[str, Any] = {"code": "three-books", "edition": 1}
MENTORING_RULES: dict[str, Any] = {"most_per_mentor": 4, "weights": {"load": 100, "misfit": 50, "distance": 1}}
QUICK_WIN_RULES: dict[str, Any] = {"at_least": 2, "at_most": 3, "different_dimensions": 1, "tolerance": 20}
