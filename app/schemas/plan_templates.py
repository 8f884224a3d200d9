"""Plan templates as the API shows and takes them."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from app.domain.plan_completeness import FilledBy
from app.kernel.bodies import Patch, Schema
from app.kernel.projection import RecordRead
from app.kernel.types import Code, Int32, ShortText

_FILLED_BY = "what fills it: a text written for it, or what the plan holds anyway"


class TemplatePart(Schema):
    """A part that every plan must have. Its code is its own within the whole template; the texts are kept by it."""

    code: Code
    name_en: ShortText
    name_id: ShortText
    weight: Annotated[Int32, Field(description="1 to 1000: how much it counts beside the others in completeness")]
    filled_by: Annotated[FilledBy, Field(description=_FILLED_BY)] = "text"


class TemplateChapter(Schema):
    """A chapter and its parts."""

    code: Code
    name_en: ShortText
    name_id: ShortText
    parts: Annotated[list[TemplatePart], Field(max_length=50)]


class TemplateBook(Schema):
    """A book and its chapters."""

    code: Code
    name_en: ShortText
    name_id: ShortText
    chapters: Annotated[list[TemplateChapter], Field(max_length=50)]


Books = Annotated[list[TemplateBook], Field(max_length=20)]


class TemplatePartRead(BaseModel):
    """A part that every plan must have."""

    code: str
    name_en: str
    name_id: str
    weight: Annotated[int, Field(description="how much it counts beside the others in completeness")]
    filled_by: Annotated[FilledBy, Field(description=_FILLED_BY)]


class TemplateChapterRead(BaseModel):
    """A chapter and its parts."""

    code: str
    name_en: str
    name_id: str
    parts: list[TemplatePartRead]


class TemplateBookRead(BaseModel):
    """A book and its chapters."""

    code: str
    name_en: str
    name_id: str
    chapters: list[TemplateChapterRead]


class PlanTemplateRead(RecordRead):
    """One edition of a plan template."""

    code: str
    edition: int
    name_en: str
    name_id: str
    source: Annotated[str | None, Field(description="where the set of books is known from")]
    books: list[TemplateBookRead]
    frozen_at: Annotated[AwareDatetime | None, Field(description="since when it is public and final; null for a draft")]


class PlanTemplateCreate(Schema):
    """A new template, or the next edition of one that has this code."""

    code: Code
    name_en: ShortText
    name_id: ShortText
    source: ShortText | None = None
    books: Books


class PlanTemplateUpdate(Patch):
    """What may change of a draft; `books` are replaced whole."""

    name_en: ShortText
    name_id: ShortText
    source: ShortText | None
    books: Books
