"""Facts that ship with the product, with their sources.

Regions, catalogues, plan templates, indicators, statistics, historic cohorts: the files beside this module hold them
and name the office each comes from. This module hides their formats: every reader gives frozen records whose fields
bear the names of the columns they end in. Nothing here knows a database.
"""

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class RegionFact:
    """One region. `kind` is province, regency or city; `name` is the official one, kind included ("Kota Bandung")."""

    code: str
    name: str
    kind: str
    province_code: str | None
    island_group: str
    capital: str
    latitude: Decimal
    longitude: Decimal
    population: int
    population_year: int
    area_km2: Decimal
    time_zone: str
    own_budget: bool
    aliases: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class EntryFact:
    """One word of a catalogue."""

    code: str
    name_en: str
    name_id: str
    description_en: str | None = None
    description_id: str | None = None
    children: tuple["EntryFact", ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogueFact:
    """One edition of a catalogue; of each catalogue one edition is in force."""

    code: str
    edition: str
    in_force: bool
    name_en: str
    name_id: str
    source: str
    entries: tuple[EntryFact, ...]


@dataclass(frozen=True, slots=True)
class PlanTemplateFact:
    """One edition of a plan template; `books` are a list of `{code, name_en, name_id, chapters}`, whole."""

    code: str
    edition: int
    name_en: str
    name_id: str
    source: str
    books: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class CategoryFact:
    """Values from `lower` on, up to the next category, bear this name; None: from below everything."""

    code: str
    name_en: str
    name_id: str
    lower: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BandsFact:
    """Categories in force from a day on."""

    valid_from: date
    instrument: str
    categories: tuple[CategoryFact, ...]
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class IndicatorFact:
    """What a number means. `direction` says which values are better: higher or lower."""

    code: str
    name_en: str
    name_id: str
    owner: str
    unit: str
    direction: str
    levels: tuple[str, ...]
    scale_min: Decimal | None = None
    scale_max: Decimal | None = None
    bands: tuple[BandsFact, ...] = ()
    note_en: str | None = None
    note_id: str | None = None


@dataclass(frozen=True, slots=True)
class ValueFact:
    """One value of one indicator. `quality` is official (published by the office named in `source`) or derived."""

    indicator_code: str
    region_code: str
    year: int
    value: Decimal
    unit: str
    source: str
    quality: str


@dataclass(frozen=True, slots=True)
class WindowFact:
    """A period of a cohort's calendar, both days included, in local time."""

    code: str
    starts_on: date
    ends_on: date
    time_zone: str
    source: str
    place: str | None = None


@dataclass(frozen=True, slots=True)
class FigureFact:
    """A figure as it was published, which may contradict another of the same code."""

    code: str
    value: int
    source: str


@dataclass(frozen=True, slots=True)
class CohortFact:
    """One historic cohort."""

    code: str
    year: int
    phase: int
    title: str
    quota: int
    candidate_quota: int
    calendar: tuple[WindowFact, ...]
    published_figures: tuple[FigureFact, ...]


@dataclass(frozen=True, slots=True)
class ParticipantFact:
    """One region that was chosen in a cohort; the calendar of the cohort says when the memoranda were signed."""

    cohort_code: str
    region_code: str
    source: str


def regions() -> tuple[RegionFact, ...]:
    """Give all regions by code, each province before its own."""
    return tuple(_region(row) for row in _table("regions.csv"))


def catalogues() -> tuple[CatalogueFact, ...]:
    """Give every edition of every catalogue, by code and edition."""
    read = (_document(path) for path in (HERE / "catalogues").glob("*.toml"))
    facts = [CatalogueFact(**(one | {"entries": _entries(one["entries"])})) for one in read]
    return tuple(sorted(facts, key=lambda fact: (fact.code, fact.edition)))


def plan_templates() -> tuple[PlanTemplateFact, ...]:
    """Give every edition of every plan template."""
    return tuple(
        PlanTemplateFact(**(one | {"books": tuple(map(_book, one["books"]))}))
        for one in _document(HERE / "plan_templates.toml")["templates"]
    )


def indicators() -> tuple[IndicatorFact, ...]:
    """Give the indicators: the official indices, which have no values yet, then those with values."""
    return tuple(_indicator(one) for one in _document(HERE / "indicators.toml")["indicators"])


def values() -> tuple[ValueFact, ...]:
    """Give the statistics, indicator by indicator. A region without a figure has no record."""
    document = _document(HERE / "indicators.toml")
    units = {one["code"]: one["unit"] for one in document["indicators"]}
    rows = list(_table("statistics.csv"))
    return tuple(
        ValueFact(**series, region_code=row["region_code"], value=Decimal(cell), unit=units[series["indicator_code"]])
        for series in document["series"]
        for row in rows
        if (cell := row[f"{series['indicator_code']}:{series['year']}"])
    )


def cohorts() -> tuple[CohortFact, ...]:
    """Give the historic cohorts, oldest first."""
    return tuple(
        CohortFact(
            **{key: one[key] for key in ("code", "year", "phase", "title", "quota", "candidate_quota")},
            calendar=tuple(WindowFact(**window) for window in one["calendar"]),
            published_figures=tuple(FigureFact(**figure) for figure in one["published_figures"]),
        )
        for one in _document(HERE / "cohorts.toml")["cohorts"]
    )


def participants() -> tuple[ParticipantFact, ...]:
    """Give the regions chosen in each cohort; one region may stand in several."""
    return tuple(
        ParticipantFact(one["code"], region_code, one["participants_source"])
        for one in _document(HERE / "cohorts.toml")["cohorts"]
        for region_code in one["participants"]
    )


def _document(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file, parse_float=Decimal)


def _table(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))


def _region(row: dict[str, Any]) -> RegionFact:
    read = {
        "province_code": row["province_code"] or None,
        "own_budget": row["own_budget"] == "true",
        "aliases": tuple(filter(None, row["aliases"].split("|"))),
    }
    read |= {key: Decimal(row[key]) for key in ("latitude", "longitude", "area_km2")}
    read |= {key: int(row[key]) for key in ("population", "population_year")}
    read |= {key: date.fromisoformat(row[key]) if row[key] else None for key in ("valid_from", "valid_to")}
    return RegionFact(**(row | read))


def _entries(entries: list[dict[str, Any]]) -> tuple[EntryFact, ...]:
    return tuple(EntryFact(**(one | {"children": _entries(one.get("children", []))})) for one in entries)


def _book(book: dict[str, Any]) -> dict[str, Any]:
    """Complete the parts of a book: most are filled by a text."""
    chapters = [
        chapter | {"parts": [{"filled_by": "text"} | part for part in chapter["parts"]]} for chapter in book["chapters"]
    ]
    return book | {"chapters": chapters}


def _indicator(one: dict[str, Any]) -> IndicatorFact:
    bands = tuple(
        BandsFact(**(bands | {"categories": tuple(CategoryFact(**category) for category in bands["categories"])}))
        for bands in one.get("bands", [])
    )
    scale = {key: Decimal(one[key]) for key in ("scale_min", "scale_max") if key in one}
    return IndicatorFact(**(one | {"levels": tuple(one["levels"]), "bands": bands} | scale))
