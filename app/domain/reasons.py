"""Why something is as it is, in English and Indonesian, under a stable code.

The code is the contract; the sentences, one file per topic, may be reworded. A reason carries both languages ready
made, because a result is stored once and read by everyone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from app.domain import (
    sentences_assessment,
    sentences_mentoring,
    sentences_plan_reviews,
    sentences_plan_steps,
    sentences_plans,
    sentences_quick_wins,
    sentences_reports,
    sentences_selection,
    sentences_workshops,
)

Param = str | int | tuple[str, ...] | tuple[int, ...]


class Wording(NamedTuple):
    """The same words in both languages."""

    en: str
    id: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is as it is: `code` and `params` for machines, one sentence per language for people."""

    code: str
    params: Mapping[str, Param]
    text_en: str
    text_id: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a document, at a JSON pointer relative to it."""

    pointer: str
    reason: Reason


def reason(code: str, wording: Wording | None = None, /, **params: Param) -> Reason:
    """Fill the sentence of `code`; `wording` stands where it says {words}. KeyError for an unknown code or param."""
    shown = {name: ", ".join(map(str, value)) if isinstance(value, tuple) else value for name, value in params.items()}
    words = wording or Wording("", "")
    sentence = SENTENCES[code]
    return Reason(
        code, params, sentence.en.format(words=words.en, **shown), sentence.id.format(words=words.id, **shown)
    )


def problem(pointer: str, code: str, **params: Param) -> Problem:
    """State what is wrong at `pointer`."""
    return Problem(pointer, reason(code, **params))


def listed(words: Iterable[Wording]) -> Wording:
    """Put words in a row, with commas."""
    every = list(words)
    return Wording(", ".join(word.en for word in every), ", ".join(word.id for word in every))


def rule_words(bound: str, seats: int, scope: str, group: str | None) -> Wording:
    """Put an equity rule in words; without `group` it holds for every group of the scope."""
    side, place = BOUNDS[bound], SCOPES[scope]
    noun = "seat" if seats == 1 else "seats"
    if group is None:
        return Wording(
            f"{side.en} {seats} {noun} for every {place.en}", f"{side.id} {seats} kursi untuk setiap {place.id}"
        )
    name = KINDS.get(group, Wording(group, group))
    return Wording(
        f"{side.en} {seats} {noun} for {place.en} {name.en}", f"{side.id} {seats} kursi untuk {place.id} {name.id}"
    )


BOUNDS = {"at_least": Wording("at least", "sedikitnya"), "at_most": Wording("at most", "paling banyak")}
KINDS = {
    "regency": Wording("regency", "kabupaten"),
    "city": Wording("city", "kota"),
    "province": Wording("province", "provinsi"),
}
SCOPES = {
    "island_group": Wording("island group", "gugus pulau"),
    "province": KINDS["province"],
    "kind": Wording("kind", "jenis"),
}
TIE_KEYS = {
    "population": Wording("population", "jumlah penduduk"),
    "earlier_cohorts": Wording("the number of earlier cohorts", "banyaknya tahap sebelumnya"),
    "region_code": Wording("the region code", "kode daerah"),
}
FIELDS: Mapping[str, Wording] = {code: Wording(*pair) for code, pair in sentences_plans.FIELDS.items()}
OUTPUTS: Mapping[str, Wording] = {code: Wording(*pair) for code, pair in sentences_workshops.OUTPUTS.items()}
SENTENCES: Mapping[str, Wording] = {
    code: Wording(*pair)
    for topic in (
        sentences_selection,
        sentences_assessment,
        sentences_mentoring,
        sentences_plans,
        sentences_plan_reviews,
        sentences_plan_steps,
        sentences_quick_wins,
        sentences_reports,
        sentences_workshops,
    )
    for code, pair in topic.SENTENCES.items()
}
