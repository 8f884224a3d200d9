"""The facts that ship with the product are complete and agree with each other."""

from collections import Counter
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from app import reference
from app.domain.plan_completeness import template_problems
from app.reference import CatalogueFact, IndicatorFact, PlanTemplateFact, RegionFact
from app.services.plan_templates import to_domain

REGIONS = {region.code: region for region in reference.regions()}
PROVINCES = {code: region for code, region in REGIONS.items() if region.kind == "province"}
PARTS = {code: region for code, region in REGIONS.items() if region.kind != "province"}
INDICATORS = {indicator.code: indicator for indicator in reference.indicators()}
CATALOGUES = {(catalogue.code, catalogue.edition): catalogue for catalogue in reference.catalogues()}
OFFICIAL_INDICES = {
    "fiscal_capacity_index",
    "government_performance_score",
    "green_city_index",
    "sustainable_city_index",
}


def bare(region: RegionFact) -> str:
    for words in ("Kabupaten Administrasi ", "Kabupaten ", "Kota Administrasi ", "Kota "):
        if region.name.startswith(words):
            return region.name.removeprefix(words)
    return region.name


def test_there_are_38_provinces_416_regencies_and_98_cities() -> None:
    assert Counter(region.kind for region in REGIONS.values()) == {"province": 38, "regency": 416, "city": 98}
    assert len(REGIONS) == len(reference.regions())
    assert len({region.name for region in REGIONS.values()}) == 552


def test_26_names_are_borne_by_a_regency_and_a_city() -> None:
    bearers = Counter(bare(region) for region in PARTS.values())
    assert sum(count > 1 for count in bearers.values()) == 26
    assert REGIONS["32.79"].name == "Kota Banjar"
    assert REGIONS["63.03"].name == "Kabupaten Banjar"


def test_a_region_lies_in_its_province_and_bears_its_kind() -> None:
    for region in PARTS.values():
        assert region.province_code == region.code[:2]
        province = PROVINCES[region.code[:2]]
        assert (region.island_group, region.time_zone) == (province.island_group, province.time_zone)
        assert region.name.startswith("Kabupaten " if region.kind == "regency" else "Kota ")
    assert all(province.province_code is None for province in PROVINCES.values())


def test_the_parts_of_a_province_add_up_to_it() -> None:
    for code, province in PROVINCES.items():
        parts = [region for region in PARTS.values() if region.province_code == code]
        assert sum(region.population for region in parts) == province.population
        assert abs(sum(region.area_km2 for region in parts) - province.area_km2) <= Decimal("0.01")


@pytest.mark.parametrize(
    ("zone", "provinces"),
    [
        ("Asia/Makassar", "51 52 53 63 64 65 71 72 73 74 75 76"),
        ("Asia/Jayapura", "81 82 91 92 93 94 95 96"),
        ("Asia/Jakarta", "11 12 13 14 15 16 17 18 19 21 31 32 33 34 35 36 61 62"),
    ],
)
def test_every_province_keeps_its_official_time(zone: str, provinces: str) -> None:
    assert {code for code, region in PROVINCES.items() if region.time_zone == zone} == set(provinces.split())


def test_only_jakartas_administrative_units_have_no_budget() -> None:
    without = {code for code, region in REGIONS.items() if not region.own_budget}
    assert without == {"31.01", "31.71", "31.72", "31.73", "31.74", "31.75"}


def test_four_provinces_date_from_2022_and_nothing_else_is_dated() -> None:
    assert {code: region.valid_from for code, region in REGIONS.items() if region.valid_from} == {
        "93": date(2022, 7, 25),
        "94": date(2022, 7, 25),
        "95": date(2022, 7, 25),
        "96": date(2022, 12, 8),
    }
    assert not any(region.valid_to for region in REGIONS.values())


def test_every_region_lies_in_indonesia() -> None:
    for region in REGIONS.values():
        assert Decimal(-11) <= region.latitude <= Decimal("6.1")
        assert Decimal(95) <= region.longitude <= Decimal("141.1")
        assert region.population > 0
        assert region.area_km2 > 0
        assert region.capital


def test_one_edition_of_every_catalogue_is_in_force() -> None:
    in_force = Counter(catalogue.code for catalogue in CATALOGUES.values() if catalogue.in_force)
    codes = {"budget-sources", "dimensions", "island-groups", "national-priorities", "readiness-criteria"}
    assert in_force == dict.fromkeys(codes, 1)


def test_the_dimensions_of_2018_have_three_sub_dimensions_each() -> None:
    dimensions = CATALOGUES["dimensions", "2018"].entries
    codes = [entry.code for entry in dimensions]
    assert codes == ["governance", "branding", "economy", "living", "society", "environment"]
    assert [len(entry.children) for entry in dimensions] == [3] * 6


def test_the_other_catalogues_are_whole() -> None:
    readiness = CATALOGUES["readiness-criteria", "2018"].entries
    assert [entry.code for entry in readiness] == [
        "leadership_vision",
        "infrastructure",
        "regulation",
        "human_resources",
    ]
    assert len(CATALOGUES["national-priorities", "2015-2019"].entries) == 9


def test_every_source_of_funds_is_told_apart_by_its_description() -> None:
    sources = CATALOGUES["budget-sources", "2018"].entries
    assert [source.code for source in sources] == ["apbd", "apbn", "dak", "village-fund", "kpbu", "csr", "grants"]
    assert all(source.description_en and source.description_id for source in sources)


@pytest.mark.parametrize("template", reference.plan_templates(), ids=lambda template: template.code)
def test_a_plan_can_be_written_to_every_template(template: PlanTemplateFact) -> None:
    books = to_domain(template.books)
    assert template_problems(books) == ()
    assert {part.filled_by for part in books.parts} == {"text", "vision", "objectives", "initiatives", "budget"}
    chapters = [chapter for book in books.books for chapter in book.chapters]
    names = [
        *((one.name_en, one.name_id) for one in books.books),
        *((one.name_en, one.name_id) for one in chapters),
        *((one.name_en, one.name_id) for one in books.parts),
    ]
    assert all(name.strip() for both in names for name in both)
    assert "own" in template.source  # the parts were not published, and nobody shall think so


def test_island_groups_name_every_province_once_as_the_regions_do() -> None:
    groups = CATALOGUES["island-groups", "2022"].entries
    named = [(province.code, group.code, province.name_id) for group in groups for province in group.children]
    assert sorted(named) == [(code, region.island_group, region.name) for code, region in PROVINCES.items()]


@pytest.mark.parametrize("catalogue", CATALOGUES.values(), ids=lambda catalogue: catalogue.code)
def test_every_entry_has_a_code_of_its_own_and_both_languages(catalogue: CatalogueFact) -> None:
    entries = [*catalogue.entries, *(child for entry in catalogue.entries for child in entry.children)]
    assert len({entry.code for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.name_en
        assert entry.name_id
        assert bool(entry.description_en) == bool(entry.description_id)


@pytest.mark.parametrize("indicator", INDICATORS.values(), ids=lambda indicator: indicator.code)
def test_an_indicator_says_what_it_measures(indicator: IndicatorFact) -> None:
    assert indicator.direction in {"higher", "lower"}
    assert set(indicator.levels) <= {"province", "regency", "city"}
    assert bool(indicator.note_en) == bool(indicator.note_id)
    for bands in indicator.bands:
        first, *others = (category.lower for category in bands.categories)
        assert first is None
        assert all(lower is not None for lower in others)
        assert all(below < above for below, above in pairwise(lower for lower in others if lower is not None))


def test_the_bands_of_the_performance_score_include_their_upper_bound() -> None:
    (bands,) = INDICATORS["government_performance_score"].bands

    def category(score: str) -> str:
        reached = [c.code for c in bands.categories if c.lower is None or c.lower <= Decimal(score)]
        return reached[-1]

    assert [category(s) for s in ("1.80", "1.8001", "2.60", "3.40", "3.4001", "4.20", "5")] == [
        "very_low",
        "low",
        "low",
        "medium",
        "high",
        "high",
        "very_high",
    ]


def test_the_official_indices_have_no_invented_values() -> None:
    assert set(INDICATORS) >= OFFICIAL_INDICES
    assert OFFICIAL_INDICES.isdisjoint(value.indicator_code for value in reference.values())


def test_every_value_is_of_a_known_region_and_indicator_and_within_its_scale() -> None:
    values = reference.values()
    assert len({(v.indicator_code, v.region_code, v.year) for v in values}) == len(values)
    for value in values:
        indicator = INDICATORS[value.indicator_code]
        assert REGIONS[value.region_code].kind in indicator.levels
        assert value.unit == indicator.unit
        assert indicator.scale_min is None or value.value >= indicator.scale_min
        assert indicator.scale_max is None or value.value <= indicator.scale_max
        assert value.source


def test_the_statistics_cover_what_was_published() -> None:
    counts = Counter((value.indicator_code, value.year, value.quality) for value in reference.values())
    assert counts == {
        ("fiscal_capacity_proxy", 2023, "derived"): 38 + 508,
        ("hdi", 2022, "official"): 514,
        ("poverty_rate", 2022, "official"): 514,
        ("sanitation_access", 2021, "official"): 513,
    }
    with_budget = {v.region_code for v in reference.values() if v.indicator_code == "fiscal_capacity_proxy"}
    assert with_budget == {code for code, region in REGIONS.items() if region.own_budget}
    with_sanitation = {v.region_code for v in reference.values() if v.indicator_code == "sanitation_access"}
    assert set(PARTS) - with_sanitation == {"94.08"}


def test_the_proxy_is_relative_to_the_mean_of_its_level() -> None:
    proxy = {v.region_code: v.value for v in reference.values() if v.indicator_code == "fiscal_capacity_proxy"}
    for level in (PROVINCES, PARTS):
        column = [value for code, value in proxy.items() if code in level]
        assert abs(sum(column, Decimal(0)) / len(column) - 1) < Decimal("0.0001")


def test_a_hundred_participations_of_98_regions() -> None:
    participants = reference.participants()
    assert Counter(p.cohort_code for p in participants) == {"2017": 25, "2018": 50, "2019": 25}
    assert {p.region_code for p in participants} <= set(PARTS)
    assert len({(p.cohort_code, p.region_code) for p in participants}) == 100
    times = Counter(p.region_code for p in participants)
    assert len(times) == 98
    assert {code for code, count in times.items() if count == 2} == {"32.76", "33.02"}
    assert all(p.source.startswith("http") for p in participants)


def test_cohorts_keep_their_dates_and_what_was_published() -> None:
    cohorts = {cohort.code: cohort for cohort in reference.cohorts()}
    chosen = Counter(p.cohort_code for p in reference.participants())
    assert {code: cohort.quota for code, cohort in cohorts.items()} == chosen
    signed = {code: w.starts_on for code, c in cohorts.items() for w in c.calendar if w.code == "memorandum"}
    assert signed == {"2017": date(2017, 5, 22), "2018": date(2018, 5, 8), "2019": date(2019, 5, 15)}
    for cohort in cohorts.values():
        assert cohort.candidate_quota >= cohort.quota
        for window in cohort.calendar:
            assert window.starts_on <= window.ends_on
            assert window.starts_on.year == cohort.year
            assert window.source.startswith("http")
        for figure in cohort.published_figures:
            assert figure.code in {"invited", "assessed", "assessors", "chosen"}
            assert 0 < len(figure.source) <= 200
