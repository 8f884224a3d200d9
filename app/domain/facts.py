"""What the selection engine must know: of each region what it is, and its figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from app.domain.methods import LATER, Kind, Measure, Scope, measure

Quality = Literal["official", "derived", "synthetic"]


@dataclass(frozen=True, slots=True)
class Region:
    """What the engine must know of a region. Groups are codes; a region of the kind province is its own province."""

    code: str
    name: str
    kind: Kind
    province: str
    island_group: str
    population: int | None = None
    own_budget: bool = True
    earlier_cohorts: tuple[str, ...] = ()
    nominated: bool = False

    def group(self, scope: Scope) -> str:
        """Give the code of the group the region belongs to in that scope."""
        groups: dict[Scope, str] = {"island_group": self.island_group, "province": self.province, "kind": self.kind}
        return groups[scope]


@dataclass(frozen=True, slots=True)
class Value:
    """One finite figure of one region, with its origin: of an indicator in a year, or a score of its assessment.

    A score is a fraction, because the mean of three assessors may have no decimal.
    """

    region: str
    indicator: str | None
    year: int | None
    value: Decimal | Fraction
    source: str
    quality: Quality
    assessment: str | None = field(default=None, metadata=LATER)

    @property
    def measure(self) -> Measure:
        """What it is a figure of."""
        return measure(self.indicator, self.assessment)


Picked = Mapping[tuple[str, str], Value]  # by region and criterion
