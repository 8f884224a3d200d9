"""How complete a plan is: the template says which parts it must have, the plan which of them it has.

A template is data, since the set of books changed over the years: books hold chapters, chapters hold parts, every part
is required and counts with its weight, a whole number. A part is filled by the text written for it, or by what the plan
holds anyway: its vision, its objectives, its initiatives (the share that lacks nothing) or their budget (the share that
has one).

    completeness = sum over parts of weight x share filled, divided by the sum of the weights
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from app.domain.benefit import told
from app.domain.exact import to_decimal
from app.domain.plans import Plan, initiative_is_complete
from app.domain.reasons import Problem, Reason, Wording, problem, reason

FilledBy = Literal["text", "vision", "objectives", "initiatives", "budget"]
MOST_WEIGHT = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """A required part, counting with `weight` (1 to 1000) beside the others of the template."""

    code: str
    name_en: str
    name_id: str
    weight: int
    filled_by: FilledBy = "text"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter and its parts."""

    code: str
    name_en: str
    name_id: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """A book and its chapters."""

    code: str
    name_en: str
    name_id: str
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """What a plan must hold. Part codes are unique throughout, since the texts are kept by them."""

    books: tuple[Book, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every part, in the order of the template."""
        return tuple(part for book in self.books for part in _parts(book))


@dataclass(frozen=True, slots=True)
class MissingPart:
    """A part not filled, or not to the end: `share` (0 to below 1) is filled, `loss` is what the whole lacks by it."""

    book: str
    chapter: str
    part: str
    share: Decimal
    loss: Decimal
    reason: Reason


@dataclass(frozen=True, slots=True)
class BookCompleteness:
    """How far one book is filled, 0 to 1."""

    book: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class Completeness:
    """How far the plan is filled, 0 to 1, and everything that is missing, in the order of the template."""

    share: Decimal
    books: tuple[BookCompleteness, ...]
    missing: tuple[MissingPart, ...]


def template_problems(template: Template) -> tuple[Problem, ...]:
    """Every problem of a template, at `/books/{index}/...`; empty when plans can be written to it."""
    return tuple(_template(template))


def part_problems(template: Template, plan: Plan) -> tuple[Problem, ...]:
    """Find texts for which the template has no place, at `/parts/{code}`."""
    known = {part.code for part in template.parts if part.filled_by == "text"}
    return tuple(problem(f"/parts/{code}", "unknown_part") for code in plan.parts if code not in known)


def part_gaps(template: Template, plan: Plan) -> tuple[Problem, ...]:
    """Find what of the template is missing before the plan can be submitted, at `/parts/{code}` or the plan's field."""
    return tuple(
        Problem(_pointer(part), _why(part, share, plan)) for part in template.parts if (share := _share(part, plan)) < 1
    )


def completeness(template: Template, plan: Plan) -> Completeness:
    """Tell how complete a plan is. Raises ValueError for a template without parts, which is to be refused before."""
    weights = sum(part.weight for part in template.parts)
    if not weights:
        raise ValueError("a template needs parts")
    return Completeness(
        share=_filled(template.parts, plan),
        books=tuple(BookCompleteness(book.code, _filled(_parts(book), plan)) for book in template.books),
        missing=tuple(
            MissingPart(
                book=book.code,
                chapter=chapter.code,
                part=part.code,
                share=to_decimal(share),
                loss=to_decimal(part.weight * (1 - share) / weights),
                reason=_why(part, share, plan),
            )
            for book in template.books
            for chapter in book.chapters
            for part in chapter.parts
            if (share := _share(part, plan)) < 1
        ),
    )


def _template(template: Template) -> Iterator[Problem]:
    if not template.books:
        yield problem("/books", "no_books")
    books: dict[str, str] = {}
    chapters: dict[str, str] = {}
    parts: dict[str, str] = {}
    for index, book in enumerate(template.books):
        at = f"/books/{index}"
        yield from _named(book.code, at, books)
        if not book.chapters:
            yield problem(f"{at}/chapters", "no_chapters")
        for number, chapter in enumerate(book.chapters):
            here = f"{at}/chapters/{number}"
            yield from _named(chapter.code, here, chapters)
            if not chapter.parts:
                yield problem(f"{here}/parts", "no_parts")
            for place, part in enumerate(chapter.parts):
                yield from _named(part.code, f"{here}/parts/{place}", parts)
                if not 1 <= part.weight <= MOST_WEIGHT:
                    yield problem(f"{here}/parts/{place}/weight", "part_weight_range", most=MOST_WEIGHT)


def _named(code: str, at: str, codes: dict[str, str]) -> Iterator[Problem]:
    if (other := codes.setdefault(code, at)) != at:
        yield problem(f"{at}/code", "duplicate_code", other=other)


def _parts(book: Book) -> tuple[Part, ...]:
    return tuple(part for chapter in book.chapters for part in chapter.parts)


def _filled(parts: Sequence[Part], plan: Plan) -> Decimal:
    weight = sum(part.weight for part in parts)
    return to_decimal(sum((part.weight * _share(part, plan) for part in parts), Fraction(0)) / weight)


def _share(part: Part, plan: Plan) -> Fraction:
    """Tell how far a part is filled, 0 to 1."""
    if part.filled_by == "text":
        return Fraction(told(plan.parts.get(part.code)))
    if part.filled_by == "vision":
        return Fraction(told(plan.vision))
    if part.filled_by == "objectives":
        return Fraction(any(map(told, plan.objectives)))
    if part.filled_by == "initiatives":
        done = sum(initiative_is_complete(initiative, plan.horizon) for initiative in plan.initiatives)
    else:
        done = sum(any(line.amount for line in initiative.budget) for initiative in plan.initiatives)
    return Fraction(done, max(1, len(plan.initiatives)))


def _pointer(part: Part) -> str:
    if part.filled_by == "text":
        return f"/parts/{part.code}"
    return "/initiatives" if part.filled_by == "budget" else f"/{part.filled_by}"


def _why(part: Part, share: Fraction, plan: Plan) -> Reason:
    name = Wording(part.name_en, part.name_id)
    if part.filled_by not in {"initiatives", "budget"} or not plan.initiatives:
        return reason("part_missing", name)
    return reason(f"part_{part.filled_by}", name, percent=int(share * 100))
