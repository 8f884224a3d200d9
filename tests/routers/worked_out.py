"""The method of the tests (`factories.METHOD`), worked out anew and plainly from the files of facts."""

import csv
from decimal import Decimal
from fractions import Fraction
from functools import cache

from app import reference

REGIONS = {fact.code: fact for fact in reference.regions()}


@cache
def figures() -> dict[str, list[Decimal]]:
    """Return the three figures of every region that has them all: capacity, development, poverty."""
    with (reference.HERE / "statistics.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    columns = ("fiscal_capacity_proxy:2023", "hdi:2022", "poverty_rate:2022")
    return {row["region_code"]: [Decimal(row[c]) for c in columns] for row in rows if all(row[c] for c in columns)}


@cache
def ranking(codes: tuple[str, ...]) -> list[tuple[str, Fraction]]:
    """Return the regions with their scores, best first, ranked among themselves."""
    capacity, development, poverty = ([figures()[code][column] for code in codes] for column in range(3))
    lowest, highest = Fraction(min(development)), Fraction(max(development))
    richest, poorest = Fraction(min(poverty)), Fraction(max(poverty))

    def score(code: str) -> Fraction:
        capable, developed, poor = figures()[code]
        worse, equal = sum(x < capable for x in capacity), capacity.count(capable)
        percentile = (worse + Fraction(equal - 1, 2)) / (len(codes) - 1)
        human = (Fraction(developed) - lowest) / (highest - lowest)
        wealthy = (poorest - Fraction(poor)) / (poorest - richest)
        return Fraction("0.4") * percentile + Fraction("0.35") * human + Fraction("0.25") * wealthy

    return sorted(((code, score(code)) for code in codes), key=lambda item: (-item[1], item[0]))


def eligible() -> tuple[str, ...]:
    """Return the regencies and cities with a budget of their own and all three figures."""
    return tuple(code for code in figures() if REGIONS[code].kind != "province" and REGIONS[code].own_budget)
