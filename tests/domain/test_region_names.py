"""A text means one region or is refused with the regions it could mean."""

import re
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.region_names import (
    MOST_GUESSES,
    MOST_NAMED,
    AmbiguousRegionError,
    NamedRegion,
    RegionIndex,
    RegionNotResolvedError,
    UnknownRegionError,
    told_kind,
)
from app.reference import regions

REGIONS = [NamedRegion(r.code, r.name, r.kind, r.province_code, r.aliases) for r in regions()]
INDEX = RegionIndex(REGIONS)
# A province that was split: what is dissolved keeps its code and its name.
SUCCEEDED = RegionIndex(
    [
        NamedRegion("90", "Uji", "province", None, ["Uji Tua"], dissolved=True),
        NamedRegion("90.01", "Kabupaten Merauke", "regency", "90", ["Maroke"], dissolved=True),
        NamedRegion("90.02", "Kabupaten Boven Tua", "regency", "90", ["Boven Atas"], dissolved=True),
        NamedRegion("90.03", "Kabupaten Boven Atas", "regency", "90", [], dissolved=True),
        NamedRegion("90.71", "Kota Merauke Lama", "city", "90", [], dissolved=True),
        NamedRegion("93", "Uji", "province", None, []),
        NamedRegion("93.01", "Kabupaten Merauke", "regency", "93", ["Maroke"]),
        NamedRegion("93.02", "Kabupaten Boven", "regency", "93", ["Merauke Lama"]),
    ]
)
NAMES = {region.code: region.name for region in REGIONS}
PROVINCES = {region.name for region in REGIONS if region.kind == "province"}
OFFICIAL_KIND = re.compile(r"^(Kabupaten|Kota)( Administrasi)? ")
SPELLINGS = {
    "province": ("Provinsi", "provinsi", "Prov.", "PROV", "Propinsi", "province"),
    "regency": ("Kabupaten", "kabupaten", "Kab.", "KAB", "Kabupaten Administrasi", "regency"),
    "city": ("Kota", "kota", "KOTA", "Kota Administrasi", "Kota Adm.", "Kotamadya", "city"),
}


def bare(region: NamedRegion) -> str:
    return OFFICIAL_KIND.sub("", region.name)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("32", "32"),
        ("32.73", "32.73"),
        (" 32.73 ", "32.73"),
        ("Kota Bandung", "32.73"),
        ("kab. bandung", "32.04"),
        ("KAB.BANDUNG", "32.04"),
        ("Bandung, Kota", "32.73"),
        ("Bandung (Kab.)", "32.04"),
        ("Kota Banjar", "32.79"),
        ("Kabupaten Banjar", "63.03"),
        ("Depok", "32.76"),
        ("Gunung Kidul", "34.03"),
        ("Tanjungpinang", "21.72"),
        ("Banyu Asin", "16.07"),
        ("Kab. Kep. Siau Tagulandang Biaro", "71.09"),
        ("kepulauan meranti", "14.10"),
        ("Kab. Adm. Kep. Seribu", "31.01"),
        ("Prov. Kep. Riau", "21"),
        ("Kota Administrasi Jakarta Pusat", "31.71"),
        ("Jakarta Pusat", "31.71"),
        ("Prov. Jawa Barat", "32"),
        ("JABAR", "32"),
        ("D.I. Yogyakarta", "34"),
        ("Kab. Toba Samosir", "12.12"),
        # `Kota` is no kind in these names.
        ("Kotabaru", "63.02"),
        ("Kota Baru", "63.02"),
        ("Kab. Kota Waringin Timur", "62.02"),
        ("Kota Mobagu", "71.74"),
        ("Kabupaten Lima Puluh Kota", "13.07"),
        ("50 Kota", "13.07"),
        # Kabupaten Pontianak was renamed; the city of that name was not.
        ("Kabupaten Pontianak", "61.02"),
        ("Pontianak", "61.71"),
    ],
)
def test_a_text_as_files_write_it_means_one_region(text: str, code: str) -> None:
    assert INDEX.resolve(text) == code


@given(st.data())
def test_every_region_is_found_however_its_kind_and_name_are_written(data: st.DataObject) -> None:
    region = data.draw(st.sampled_from(REGIONS))
    name = data.draw(st.sampled_from([bare(region), *(a for a in region.aliases if not OFFICIAL_KIND.match(a))]))
    kind = data.draw(st.sampled_from(SPELLINGS[region.kind]))
    text = data.draw(st.sampled_from([f"{kind} {name}", f"{name}, {kind}", f"  {kind}  {name}\N{NO-BREAK SPACE}"]))
    if "administrasi" not in kind.lower():
        text = data.draw(st.sampled_from([text, text.replace("Kepulauan", "Kep.")]))
    text = data.draw(st.sampled_from([text, text.upper(), text.lower(), text.replace(" ", "-")]))
    assert INDEX.resolve(text) == region.code


def test_an_official_name_tells_its_kind_and_that_of_a_province_none() -> None:
    told = {region.code: told_kind(region.name) for region in REGIONS}
    assert told == {region.code: None if region.kind == "province" else region.kind for region in REGIONS}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Kabupaten Lima Puluh Kota", "regency"),
        ("Kota Adm. Jakarta Pusat", "city"),
        ("KAB.BANDUNG", "regency"),
        ("Bandung, Kota", "city"),
        ("Prov. Bali", "province"),
        ("Bandung", None),
        ("Kota", None),
        ("", None),
    ],
)
def test_the_kind_is_told_by_the_first_word_of_a_name_or_else_the_last(name: str, kind: str | None) -> None:
    assert told_kind(name) == kind


def test_a_bare_name_counts_only_when_one_region_bears_it() -> None:
    bearers: defaultdict[str, set[str]] = defaultdict(set)
    for region in REGIONS:
        bearers[bare(region)].add(region.code)
        for alias in region.aliases:
            if not OFFICIAL_KIND.match(alias):
                bearers[alias].add(region.code)
    for name, codes in bearers.items():
        if len(codes) == 1:
            assert {INDEX.resolve(name)} == codes
        else:
            with pytest.raises(AmbiguousRegionError) as refused:
                INDEX.resolve(name)
            assert set(refused.value.regions) == codes
    shared = [codes for codes in bearers.values() if len(codes) > 1]
    with_a_province = [codes for codes in shared if any(NAMES[code] in PROVINCES for code in codes)]
    assert sorted(min(codes) for codes in with_a_province) == ["15", "17", "34", "75"]
    assert len(shared) - len(with_a_province) == 25  # the 26th is Gorontalo, a province too


def test_an_ambiguous_name_names_both_candidates_in_both_languages() -> None:
    with pytest.raises(AmbiguousRegionError) as refused:
        INDEX.resolve("Bandung")
    reason = refused.value.reason
    assert (reason.code, reason.params) == ("ambiguous_region", {"regions": ("32.04", "32.73")})
    for sentence in (reason.text_en, reason.text_id):
        assert "Kabupaten Bandung, Jawa Barat (32.04)" in sentence
        assert "Kota Bandung, Jawa Barat (32.73)" in sentence


@pytest.mark.parametrize(
    ("kind", "province", "code"),
    [
        ("kota", None, "32.79"),
        ("City", None, "32.79"),
        ("Kab.", None, "63.03"),
        ("regency", "", "63.03"),
        (None, "32", "32.79"),
        ("", "Kalimantan Selatan", "63.03"),
        (None, "Prov. Kalsel", "63.03"),
        ("kabupaten", "kalsel", "63.03"),
    ],
)
def test_kind_and_province_tell_a_shared_name_apart(kind: str | None, province: str | None, code: str) -> None:
    assert INDEX.resolve("Banjar", kind=kind, province=province) == code


def test_a_province_may_be_named_with_its_kind_alone() -> None:
    assert INDEX.resolve("Yogyakarta", kind="provinsi") == "34"
    assert INDEX.resolve("Jambi", kind="province", province="Jambi") == "15"
    assert INDEX.resolve("Jambi", kind="kota", province="Jambi") == "15.71"


@pytest.mark.parametrize(
    ("text", "kind", "province", "code"),
    [
        ("Kabupaten Merauke", None, None, "93.01"),
        ("Merauke", None, None, "93.01"),
        ("Merauke", "kabupaten", None, "93.01"),
        ("Maroke", None, None, "93.01"),  # an alias of both
        ("Kabupaten Merauke", None, "Uji Tua", "90.01"),
        ("90.01", None, None, "90.01"),
        ("Kabupaten Boven Tua", None, None, "90.02"),  # nobody else is called this
        ("Uji", "provinsi", None, "93"),
        ("Boven", None, "Uji", "93.02"),
        ("Merauke Lama", "kota", None, "90.71"),  # a city, whereas the regency of this name is valid
        ("Merauke Lama", "kabupaten", None, "93.02"),
    ],
)
def test_a_name_of_a_dissolved_and_a_valid_region_of_one_kind_means_the_valid_one(
    text: str, kind: str | None, province: str | None, code: str
) -> None:
    assert SUCCEEDED.resolve(text, kind=kind, province=province) == code


def test_what_a_name_may_mean_has_the_dissolved_regions_too() -> None:
    assert SUCCEEDED.meanings("Merauke") == ("90.01", "93.01")
    assert SUCCEEDED.meanings("Merauke", province="Uji Tua") == ("90.01",)
    assert SUCCEEDED.meanings("Atlantis") == SUCCEEDED.meanings("Merauke", kind="desa") == ()


def test_a_dissolved_region_is_no_help_where_kinds_or_valid_regions_differ() -> None:
    for text, codes in (("Merauke Lama", ("90.71", "93.02")), ("Boven Atas", ("90.02", "90.03"))):
        with pytest.raises(AmbiguousRegionError) as refused:
            SUCCEEDED.resolve(text)
        assert refused.value.regions == codes


@pytest.mark.parametrize(
    ("text", "kind", "province", "code"),
    [
        ("3273", None, None, "unknown_region_code"),  # of BPS, where it happens to be the same city
        ("9171", None, None, "unknown_region_code"),  # of BPS, where it is another one
        ("32,73", None, None, "unknown_region_code"),
        ("99.99", None, None, "unknown_region_code"),
        ("３２.７３", None, None, "unknown_region_code"),  # noqa: RUF001 - full-width digits are the point
        ("32.73", "kabupaten", None, "contradictory_region"),
        ("32.73", None, "33", "contradictory_region"),
        ("Bandung", "desa", None, "unknown_kind"),
        ("Bandung", None, "Jawa", "unknown_province"),
        ("Bandung", None, "Kota Bandung", "unknown_province"),
        ("Bandung", None, "32.73", "unknown_province"),
        ("Atlantis Raya", None, None, "unknown_region"),
        ("", None, None, "unknown_region"),
        ("x" * 10_000, None, None, "unknown_region"),
        ("Kota Sleman", None, None, "similar_region"),
        ("Kabupaten Bandung", "kota", None, "similar_region"),
    ],
)
def test_what_means_no_region_is_refused_by_name(text: str, kind: str | None, province: str | None, code: str) -> None:
    with pytest.raises(UnknownRegionError) as refused:
        INDEX.resolve(text, kind=kind, province=province)
    assert refused.value.reason.code == code


@pytest.mark.parametrize(
    ("text", "similar"), [("Kota Sleman", "34.04"), ("Kab. Tasikmalya", "32.06"), ("Banyuwangy", "35.10")]
)
def test_a_refusal_names_similar_regions(text: str, similar: str) -> None:
    with pytest.raises(UnknownRegionError) as refused:
        INDEX.resolve(text)
    assert similar in refused.value.regions
    assert NAMES[similar] in refused.value.reason.text_id


def test_similar_names_are_sought_a_bounded_number_of_times() -> None:
    index = RegionIndex(REGIONS)
    answers = []
    for number in range(MOST_GUESSES + 1):
        with pytest.raises(UnknownRegionError) as refused:
            index.resolve(f"Banyuwangy {number:03}")
        answers.append(refused.value.reason.code)
    assert answers == ["similar_region"] * MOST_GUESSES + ["unknown_region"]


@given(st.text(max_size=120), st.sampled_from(["", "kota", "?"]), st.sampled_from(["", "32", "Bali", "?"]))
def test_any_text_is_resolved_or_refused_with_known_regions(text: str, kind: str, province: str) -> None:
    try:
        assert INDEX.resolve(text, kind=kind, province=province) in NAMES
    except RegionNotResolvedError as refused:
        assert len(refused.regions) <= MOST_NAMED  # noqa: PT017 - either outcome is right
        assert set(refused.regions) <= set(NAMES)  # noqa: PT017 - either outcome is right
