"""Rubrics as the API shows and takes them."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from app.kernel.bodies import Patch, Schema
from app.kernel.projection import RecordRead
from app.kernel.types import Code, Decimal, LongText, Number, ShortText


class RubricLevel(Schema):
    """What a region must show to be on this level."""

    text_en: LongText
    text_id: LongText


class RubricQuestion(Schema):
    """One question. Its code is its own within the whole rubric; answers and scores are kept by it."""

    code: Code
    weight: Annotated[Decimal, Field(description="above 0; the weights within a criterion sum to 1")]
    text_en: LongText
    text_id: LongText
    evidence_required: Annotated[bool, Field(description="a level above 0 needs a link to evidence")] = False
    levels: Annotated[list[RubricLevel], Field(max_length=20, description="levels 0, 1, 2, 3 and 4, in this order")]


class RubricCriterion(Schema):
    """One criterion of the catalogue `readiness-criteria`, whose name it takes."""

    code: Code
    weight: Annotated[Decimal, Field(description="above 0; the weights of the criteria sum to 1")]
    questions: Annotated[list[RubricQuestion], Field(max_length=50)]


class RubricLevelRead(BaseModel):
    """What a region must show to be on this level."""

    text_en: str
    text_id: str


class RubricQuestionRead(BaseModel):
    """One question, with what each level from 0 to 4 takes."""

    code: str
    weight: Number
    text_en: str
    text_id: str
    evidence_required: bool
    levels: list[RubricLevelRead]


class RubricCriterionRead(BaseModel):
    """One criterion, under the name that the catalogue had when this was written."""

    code: str
    name_en: str
    name_id: str
    weight: Number
    questions: list[RubricQuestionRead]


class RubricRead(RecordRead):
    """One edition of a rubric."""

    code: str
    edition: int
    name_en: str
    name_id: str
    criteria: list[RubricCriterionRead]
    frozen_at: Annotated[
        AwareDatetime | None, Field(description="its first use, since when it is public and final; null for a draft")
    ]


class RubricCreate(Schema):
    """A new rubric, or the next edition of one that has this code."""

    code: Code
    name_en: ShortText
    name_id: ShortText
    criteria: Annotated[list[RubricCriterion], Field(max_length=20)]


class RubricUpdate(Patch):
    """What may change of a draft; `criteria` are replaced whole."""

    name_en: ShortText
    name_id: ShortText
    criteria: Annotated[list[RubricCriterion], Field(max_length=20)]
