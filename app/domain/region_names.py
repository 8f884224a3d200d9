"""Which region a text means: a Home Ministry code, or a name as ministry files write it.

A bare name never identifies: 26 names are borne by a regency and a city each, three by a province and its capital. So a
name counts only when one region fits it together with the kind and the province given; otherwise the refusal names the
regions it could mean. Of regions of one kind that share a name, a valid one goes before those that are dissolved, whose
name it took over. Case, accents, spaces, hyphens and points do not matter, `Kep.` is Kepulauan, and the kind may
stand before or after the name (`Kab. Bandung`, `Bandung, Kota`).
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from app.domain.methods import Kind
from app.domain.reasons import Reason, Wording

KIND_WORDS: Mapping[str, Kind] = {
    "provinsi": "province",
    "propinsi": "province",
    "prov": "province",
    "province": "province",
    "kabupaten": "regency",
    "kab": "regency",
    "regency": "regency",
    "kota": "city",
    "kotamadya": "city",
    "kodya": "city",
    "city": "city",
}
MOST_NAMED = 5  # regions that one refusal names
MOST_GUESSES = 200  # unknown texts for which similar names are sought, at a few milliseconds each
_LIKENESS = 0.75
_ABBREVIATION = 3  # letters; NTB resembles too much
_LONGEST = 100  # characters read; the longest official name has 50
_REMEMBERED = 4096  # texts; a file repeats the same few hundred

_WORD = re.compile(r"[a-z0-9]+")
_WRITTEN_OUT = {"kep": "kepulauan", "administrasi": "", "administratif": "", "adm": ""}
_SENTENCES: Mapping[str, Wording] = {
    "unknown_region": Wording(
        "No region is called this. Write the Home Ministry code, or the official name with its kind.",
        "Tidak ada daerah bernama ini. Tulis kode Kemendagri, atau nama resmi beserta jenisnya.",
    ),
    "similar_region": Wording(
        "No region is called this. Similar: {names}. Write the code or the official name.",
        "Tidak ada daerah bernama ini. Yang mirip: {names}. Tulis kode atau nama resminya.",
    ),
    "ambiguous_region": Wording(
        "Several regions are called this: {names}. Write the kind and the province too, or the code.",
        "Beberapa daerah bernama ini: {names}. Tulis juga jenis dan provinsinya, atau kodenya.",
    ),
    "unknown_region_code": Wording(
        "No region has this code. Home Ministry codes are text such as 32 or 32.73; BPS numbers regions otherwise.",
        "Tidak ada daerah berkode ini. Kode Kemendagri berupa teks seperti 32 atau 32.73; kode BPS berbeda.",
    ),
    "contradictory_region": Wording(
        "The code is that of {names}, whose kind or province is not the one given. Correct one of them.",
        "Kode itu milik {names}, yang jenis atau provinsinya bukan yang diberikan. Perbaiki salah satunya.",
    ),
    "unknown_kind": Wording(
        "This is not a kind of region. Write provinsi, kabupaten or kota.",
        "Ini bukan jenis daerah. Tulis provinsi, kabupaten, atau kota.",
    ),
    "unknown_province": Wording(
        "No province is called this. Write its Home Ministry code or its official name.",
        "Tidak ada provinsi bernama ini. Tulis kode Kemendagri atau nama resminya.",
    ),
}


class NamedRegion(NamedTuple):
    """A region and what it is called. `name` is the official one, kind included; a province has no `province_code`.

    An alias that says its kind (`Kabupaten Pontianak`) counts only where the kind is given.
    """

    code: str
    name: str
    kind: str
    province_code: str | None
    aliases: Collection[str]
    dissolved: bool = False


class RegionNotResolvedError(LookupError):
    """A text that means no single region. `reason` says why, `regions` are the codes it could mean."""

    def __init__(self, reason: Reason, regions: tuple[str, ...]) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.regions = regions


class UnknownRegionError(RegionNotResolvedError):
    """No region fits; `regions` are similar ones, if any."""


class AmbiguousRegionError(RegionNotResolvedError):
    """Each of `regions` fits."""


class _Reading(NamedTuple):
    """One way to read a text: the name in bare letters and digits, and the kind if a word of the text tells one."""

    key: str
    kind: Kind | None


class _Bearer(NamedTuple):
    """A region under one of its names."""

    region: NamedRegion
    needs_kind: bool


class _Refusal(NamedTuple):
    code: str
    regions: tuple[str, ...] = ()


class RegionIndex:
    """Looks regions up by what a file calls them.

    Make one per file: for names it does not know it seeks similar ones only `MOST_GUESSES` times.
    """

    def __init__(self, regions: Iterable[NamedRegion]) -> None:
        self._regions = {region.code: region for region in regions}
        self._bearers: dict[str, list[_Bearer]] = {}
        for region in self._regions.values():
            self._enter(region, region.name, official=True)
            for alias in region.aliases:
                self._enter(region, alias, official=False)
        self._guesses = MOST_GUESSES
        self._remembered = lru_cache(_REMEMBERED)(self._fitting)

    def resolve(self, text: str, *, kind: str | None = None, province: str | None = None) -> str:
        """Give the code of the region that `text`, a code or a name, means within `kind` and `province` where given.

        `kind` is a word of either language (kabupaten, regency, kota, city, provinsi, province), `province` a code or a
        name; empty is the same as absent. Raises `AmbiguousRegionError` (`ambiguous_region`) or `UnknownRegionError`
        (`unknown_region`, `similar_region`, `unknown_region_code`, `contradictory_region`, `unknown_kind`,
        `unknown_province`). Codes of four digits without a point are refused: they are codes of BPS, which differ.
        """
        found = self._find(*_cut(text, kind, province))
        if isinstance(found, str):
            return found
        refuse = AmbiguousRegionError if found.code == "ambiguous_region" else UnknownRegionError
        raise refuse(self._reason(found), found.regions)

    def meanings(self, text: str, *, kind: str | None = None, province: str | None = None) -> tuple[str, ...]:
        """Give the code of every region that `text` fits, of dissolved ones too; none where it is unknown."""
        found = self._remembered(*_cut(text, kind, province))
        return () if isinstance(found, _Refusal) else found

    def _enter(self, region: NamedRegion, name: str, *, official: bool) -> None:
        plain, *others = _readings(name)
        reading = next((other for other in others if other.kind == region.kind), plain)
        needs_kind = reading.kind is not None and not official
        self._bearers.setdefault(reading.key, []).append(_Bearer(region, needs_kind))

    def _find(self, text: str, kind_word: str, province_text: str) -> str | _Refusal:
        found = self._remembered(text, kind_word, province_text)
        if isinstance(found, _Refusal):
            return found
        regions = [self._regions[code] for code in found]
        valid = {region.kind for region in regions if not region.dissolved}
        meant = [region.code for region in regions if not region.dissolved or region.kind not in valid]
        return meant[0] if len(meant) == 1 else _Refusal("ambiguous_region", tuple(meant[:MOST_NAMED]))

    def _fitting(self, text: str, kind_word: str, province_text: str) -> tuple[str, ...] | _Refusal:
        kind = KIND_WORDS.get("".join(_words(kind_word)))
        if kind_word and kind is None:
            return _Refusal("unknown_kind")
        province = self._find(province_text, "province", "") if province_text else None
        if isinstance(province, _Refusal):
            return _Refusal("unknown_province")

        def fits(region: NamedRegion, kind: str | None) -> bool:
            inside = province is None or province in {region.code, region.province_code}
            return inside and kind in {None, region.kind}

        if text and not any(letter.isalpha() for letter in text):
            named = self._regions.get(text)
            if named is None:
                return _Refusal("unknown_region_code")
            return (named.code,) if fits(named, kind) else _Refusal("contradictory_region", (named.code,))
        readings = _readings(text) if len(text) <= _LONGEST else []
        found = sorted(
            {
                region.code
                for reading in readings
                for region, needs_kind in self._bearers.get(reading.key, ())
                if fits(region, kind) and fits(region, reading.kind) and (kind or reading.kind or not needs_kind)
            }
        )
        return tuple(found) or self._unknown(readings)

    def _unknown(self, readings: Sequence[_Reading]) -> _Refusal:
        keys = [reading.key for reading in readings if reading.key in self._bearers]
        if readings and self._guesses:
            self._guesses -= 1
            names = [key for key in self._bearers if len(key) > _ABBREVIATION]
            keys += get_close_matches(readings[-1].key, names, MOST_NAMED, _LIKENESS)
        similar = tuple(dict.fromkeys(bearer.region.code for key in keys for bearer in self._bearers[key]))[:MOST_NAMED]
        return _Refusal("similar_region" if similar else "unknown_region", similar)

    def _reason(self, refusal: _Refusal) -> Reason:
        names = "; ".join(self._described(code) for code in refusal.regions)
        sentence = _SENTENCES[refusal.code]
        params = {"regions": refusal.regions} if refusal.regions else {}
        return Reason(refusal.code, params, sentence.en.format(names=names), sentence.id.format(names=names))

    def _described(self, code: str) -> str:
        region = self._regions[code]
        province = self._regions.get(region.province_code or "")
        return f"{region.name}, {province.name} ({code})" if province else f"{region.name} ({code})"


def _cut(*parts: str | None) -> Iterator[str]:
    return ((part or "")[: _LONGEST + 1].strip() for part in parts)


def told_kind(name: str) -> Kind | None:
    """Give the kind that a name tells by its first word, as official names do, or else by its last, if by any."""
    return next((reading.kind for reading in _readings(name) if reading.kind), None)


def _words(text: str) -> list[str]:
    """Split into words of ASCII letters and digits, abbreviations written out, `administrasi` left out."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    words = (_WRITTEN_OUT.get(word, word) for word in _WORD.findall(plain))
    return [word for word in words if word]


def _readings(text: str) -> list[_Reading]:
    """Read a text as a name alone, then with its first and its last word as the kind, where that is one.

    All three are needed: the first word of `Kota Baru` and the last of `Lima Puluh Kota` belong to names of regencies.
    """
    words = _words(text)
    readings = [_Reading("".join(words), None)]
    for word, others in zip(words[:1] + words[-1:], (words[1:], words[:-1]), strict=False):
        if others and word in KIND_WORDS:
            readings.append(_Reading("".join(others), KIND_WORDS[word]))
    return readings
