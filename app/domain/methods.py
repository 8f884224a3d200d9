"""The selection method: what a cohort writes down before anyone is ranked.

The fields are the keys of the method document, so a problem's JSON pointer reads the same here and there. Whether a
method makes sense is judged by `method_problems`.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from app.domain.reasons import Problem

Kind = Literal["province", "regency", "city"]
Direction = Literal["higher", "lower"]
Normalisation = Literal["min_max", "percentile", "bands", "none"]
MissingPolicy = Literal["exclude", "zero", "median", "reweight"]
TieKey = Literal["criterion", "population", "earlier_cohorts"]
Scope = Literal["island_group", "province", "kind"]
Bound = Literal["at_least", "at_most"]

# Marks a field that came later: documents leave it out while it is None, so the digests of before still hold.
LATER = MappingProxyType({"later": True})

TOTAL = "total"  # the whole of an assessment, beside the scores of its criteria

# By what it is measured: ("indicator", its code) or ("assessment", which of its scores).
Measure = tuple[Literal["indicator", "assessment"], str]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Who may be ranked at all."""

    kinds: tuple[Kind, ...]
    exclude_earlier_cohorts: bool = False
    requires_own_budget: bool = False
    nominated_only: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """Values from `lower` (included; None: from below everything) up to the next band score `score`, 0 to 1."""

    lower: Decimal | None
    score: Decimal


@dataclass(frozen=True, slots=True)
class Criterion:
    """One indicator, or one score of the readiness assessment, that counts with `weight` (above 0, at most 1).

    `year` takes the value of that year only, `latest_up_to` the newest one not after that year; with neither it is the
    newest of all. `assessment` is `total` or the code of a readiness criterion, and has no year.
    """

    code: str
    indicator: str | None
    direction: Direction
    weight: Decimal
    normalisation: Normalisation
    year: int | None = None
    latest_up_to: int | None = None
    bands: tuple[Band, ...] = ()
    assessment: str | None = field(default=None, metadata=LATER)

    @property
    def measure(self) -> Measure:
        """By what it is measured, in a method that makes sense."""
        return measure(self.indicator, self.assessment)


@dataclass(frozen=True, slots=True)
class TieBreaker:
    """Decides between equal scores by a criterion's raw value or by a fact of the region; an unknown one comes last.

    `direction` says which goes first; None means the criterion's own direction, for a fact the higher one.
    """

    by: TieKey
    criterion: str | None = None
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class EquityRule:
    """Bounds the seats of one group; without `group`, of every group in the scope that has an eligible region."""

    scope: Scope
    bound: Bound
    seats: int
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How hard the weights are shaken: `draws` vectors from `seed`; see `sensitivity.draw_weights` for `spread`."""

    draws: int
    seed: int
    spread: Decimal


@dataclass(frozen=True, slots=True)
class Method:
    """Everything a selection run follows, apart from the number of seats."""

    eligibility: Eligibility
    criteria: tuple[Criterion, ...]
    missing: MissingPolicy
    tie_breakers: tuple[TieBreaker, ...] = ()
    equity: tuple[EquityRule, ...] = ()
    sensitivity: Sensitivity | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The codes a method may name; `assessments` is empty for a choice that is made before anyone is assessed."""

    indicators: Collection[str]
    island_groups: Collection[str]
    provinces: Collection[str]
    assessments: Collection[str] = ()


class MethodRefused(Exception):  # noqa: N818 - it is an answer to the author, not a fault of the program
    """The method makes no sense, or cannot be carried out on this data; says where and why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.pointer}: {problem.reason.text_en}" for problem in problems))
        self.problems = problems


def measure(indicator: str | None, assessment: str | None) -> Measure:
    """Tell a criterion or a figure by what it is measured; exactly one of the two is given."""
    if assessment is not None:
        return ("assessment", assessment)
    return ("indicator", indicator or "")
