"""Text that the database writes: sentences in two languages, whose words are what the columns of a row say."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, func, literal_column

from app.domain.reasons import Wording
from app.kernel.filters import Condition

# The same in English and in Indonesian.
Both = tuple[ColumnElement[str], ColumnElement[str]]


def constant(text: str) -> ColumnElement[str]:
    """Put a text of ours into the statement itself: there are too many to send along with every request."""
    return literal_column("'" + text.replace("'", "''") + "'", String)


def both(wording: Wording) -> Both:
    """Put a wording into the statement."""
    return constant(wording.en), constant(wording.id)


def named(column: ColumnElement[str], names: Mapping[str, Wording]) -> Both:
    """Say what a code is called; null for one without a name."""
    en, id_ = ([(column == constant(code), both(name)[place]) for code, name in names.items()] for place in (0, 1))
    return case(*en), case(*id_)


def number(value: ColumnElement[Any]) -> Both:
    """Write a number without idle zeros; Indonesian has a decimal comma."""
    written = cast(func.trim_scale(value), String)
    return written, func.replace(written, constant("."), constant(","))


def sentence(choices: Iterable[tuple[Condition, Wording]], words: Mapping[str, ColumnElement[Any] | Both]) -> Both:
    """Write the first sentence whose condition holds; what stands in braces are the names of words."""
    chosen = list(choices)
    places = {name: f"%{place}$s" for place, name in enumerate(words, start=1)}
    en, id_ = (
        func.format(
            case(*((condition, constant(wording[language].format(**places))) for condition, wording in chosen)),
            *(word[language] if isinstance(word, tuple) else word for word in words.values()),
        )
        for language in (0, 1)
    )
    return en, id_
