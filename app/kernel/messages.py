"""Everything said to a user, in English and Indonesian.

`Text` is one message in both languages, `language_of` picks the language of a request, `bad_value` refuses a value from
inside a validator, `worded` says what a pattern asks for. Hides what Pydantic calls its errors: `explain` turns them
into codes and messages of our own.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic_core import PydanticCustomError

from app.kernel.preferences import choices

Language = Literal["en", "id"]
_TAGS: Mapping[str, Language] = {"en": "en", "id": "id", "in": "id"}  # `in` is what old systems call Indonesian
_HEADER_LENGTH_MAX = 500  # nobody reads more languages than fit here


@dataclass(frozen=True, slots=True)
class Text:
    """One message in both languages."""

    en: str
    id: str

    def in_(self, language: Language) -> str:
        """Return the message in `language`."""
        return self.id if language == "id" else self.en

    def format(self, **params: object) -> "Text":
        """Fill the braces of both languages. Pass limits and public names only, never what the client sent."""
        return Text(en=self.en.format(**params), id=self.id.format(**params))


def language_of(accept_language: str | None) -> Language:
    """Pick the language that an `Accept-Language` header (RFC 9110, section 12.5.4) likes best; English by default."""
    best: Language = "en"
    best_weight = 0.0
    for tag, weight, plain in choices((accept_language or "")[:_HEADER_LENGTH_MAX]):
        language = _TAGS.get(tag.partition("-")[0])
        if language is not None and plain and weight > best_weight:
            best, best_weight = language, weight
    return best


def bad_value(code: str, message: Text) -> PydanticCustomError:
    """Make the error with which a validator refuses a value; the answer shows `code` and `message`."""
    return PydanticCustomError("bad_value", "{code}", {"code": code, "message": message})


_WORDS: dict[str, Text] = {}


def worded(pattern: str, *, en: str, id: str) -> str:  # noqa: A002 - the code of the language, as everywhere here
    """Declare what a value that misses the pattern is told, whose own letters help nobody; return the pattern."""
    _WORDS[pattern] = Text(en=en, id=id)
    return pattern


UNKNOWN_FIELD = Text(
    en="There is no such field. Remove it or check its spelling.",
    id="Isian ini tidak dikenal. Hapus atau periksa ejaannya.",
)
WHOLE_NUMBER = Text(en="Must be a whole number.", id="Harus berupa bilangan bulat.")
TRUE_OR_FALSE = Text(en="Must be true or false.", id="Harus true atau false.")
UNSTORABLE = Text(
    en="Contains a control character or half a character pair. Remove it.",
    id="Memuat karakter kendali atau separuh pasangan karakter. Hapus karakter itu.",
)
_BLANK = Text(en="Must not be empty or blank.", id="Tidak boleh kosong.")
_INVALID = Text(en="This value is not valid here.", id="Nilai ini tidak berlaku di sini.")
_FORMAT = Text(en="Not in the right format.", id="Formatnya tidak benar.")
_NUMBER = Text(en="Must be a number.", id="Harus berupa angka.")
_TEXT = Text(en="Must be text.", id="Harus berupa teks.")
_ARRAY = Text(en="Must be a JSON array.", id="Harus berupa larik JSON.")
_OBJECT = Text(en="Must be a JSON object.", id="Harus berupa objek JSON.")
_CHOICE = Text(en="Choose one of: {expected}.", id="Pilih salah satu: {expected}.")
_REQUIRED = Text(en="This is required.", id="Wajib diisi.")
_RANGE = Text(en="The number is too large or too precise.", id="Angka terlalu besar atau terlalu teliti.")

# Pydantic's error type -> our code and message. Braces are filled from the error's own context: limits and choices.
_MESSAGES: Mapping[str, tuple[str, Text]] = {
    "missing": ("required", _REQUIRED),
    "extra_forbidden": ("unknown_field", UNKNOWN_FIELD),
    "string_too_long": (
        "too_long",
        Text(en="At most {max_length} characters.", id="Paling banyak {max_length} karakter."),
    ),
    "string_too_short": (
        "too_short",
        Text(en="At least {min_length} characters.", id="Sedikitnya {min_length} karakter."),
    ),
    "too_long": ("too_long", Text(en="At most {max_length} items.", id="Paling banyak {max_length} butir.")),
    "too_short": ("too_short", Text(en="At least {min_length} items.", id="Sedikitnya {min_length} butir.")),
    "greater_than": ("out_of_range", Text(en="Must be greater than {gt}.", id="Harus lebih dari {gt}.")),
    "greater_than_equal": ("out_of_range", Text(en="Must be at least {ge}.", id="Harus sedikitnya {ge}.")),
    "less_than": ("out_of_range", Text(en="Must be less than {lt}.", id="Harus kurang dari {lt}.")),
    "less_than_equal": ("out_of_range", Text(en="Must be at most {le}.", id="Harus paling banyak {le}.")),
    "multiple_of": (
        "out_of_range",
        Text(en="Must be a multiple of {multiple_of}.", id="Harus kelipatan {multiple_of}."),
    ),
    "finite_number": ("out_of_range", _RANGE),
    "int_parsing_size": ("out_of_range", _RANGE),
    "decimal_max_digits": ("out_of_range", _RANGE),
    "decimal_max_places": ("out_of_range", _RANGE),
    "decimal_whole_digits": ("out_of_range", _RANGE),
    "int_type": ("wrong_type", WHOLE_NUMBER),
    "int_parsing": ("wrong_type", WHOLE_NUMBER),
    "int_from_float": ("wrong_type", WHOLE_NUMBER),
    "float_type": ("wrong_type", _NUMBER),
    "float_parsing": ("wrong_type", _NUMBER),
    "decimal_type": ("wrong_type", _NUMBER),
    "decimal_parsing": ("wrong_type", _NUMBER),
    "bool_type": ("wrong_type", TRUE_OR_FALSE),
    "bool_parsing": ("wrong_type", TRUE_OR_FALSE),
    "string_type": ("wrong_type", _TEXT),
    "date_type": ("wrong_type", _TEXT),
    "datetime_type": ("wrong_type", _TEXT),
    "uuid_type": ("wrong_type", _TEXT),
    "list_type": ("wrong_type", _ARRAY),
    "tuple_type": ("wrong_type", _ARRAY),
    "set_type": ("wrong_type", _ARRAY),
    "frozen_set_type": ("wrong_type", _ARRAY),
    "dict_type": ("wrong_type", _OBJECT),
    "mapping_type": ("wrong_type", _OBJECT),
    "model_type": ("wrong_type", _OBJECT),
    "model_attributes_type": ("wrong_type", _OBJECT),
    "none_required": ("wrong_type", Text(en="Must be null.", id="Harus null.")),
    "enum": ("invalid_choice", _CHOICE),
    "literal_error": ("invalid_choice", _CHOICE),
    "union_tag_invalid": ("invalid_choice", _CHOICE),
    "union_tag_not_found": ("required", _REQUIRED),
    "date_parsing": ("invalid_format", _FORMAT),
    "datetime_parsing": ("invalid_format", _FORMAT),
    "uuid_parsing": ("invalid_format", _FORMAT),
    "string_unicode": ("control_character", UNSTORABLE),
}


def explain(error: Mapping[str, Any]) -> tuple[str, Text]:
    """Return our code and message for one error of Pydantic, as `ValidationError.errors()` lists them."""
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx") or {}
    if kind == "bad_value":
        return context["code"], context["message"]
    if kind == "string_pattern_mismatch":
        return _explain_pattern(str(context["pattern"]), str(error.get("input", "")))
    code, message = _MESSAGES.get(kind, ("invalid_value", _INVALID))
    expected = context.get("expected") or context.get("expected_tags")
    return code, message.format(**{**context, "expected": str(expected).replace(" or ", ", ")})


def _explain_pattern(pattern: str, value: str) -> tuple[str, Text]:
    # To plain text its pattern means these two things.
    if not value.strip():
        return "too_short", _BLANK
    if any(unicodedata.category(character) == "Cc" for character in value):
        return "control_character", UNSTORABLE
    return "invalid_format", _WORDS.get(pattern, _FORMAT)
