"""Moderations as the API shows and takes them."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from app.kernel.bodies import Schema
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.types import Code, LongText, RegionCode, Uuid
from app.schemas.assessments import Level
from app.schemas.reviews import QUESTIONS_MAX


class DecisionCreate(Schema):
    """What is decided on one question."""

    level: Annotated[Level | None, Field(description="in place of the assessors' mean; null keeps the mean")]
    reason: LongText


class DecisionRead(BaseModel):
    """What was decided on one question."""

    level: Annotated[int | None, Field(description="in place of the assessors' mean; null keeps the mean")]
    reason: str


class ModerationRead(RecordRead):
    """One round of moderation."""

    id: Uuid
    assessment_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    round: Annotated[int, Field(description="the edition of the scorecard that it leads to")]
    decisions: Annotated[dict[str, DecisionRead], Field(description="by question")]
    minutes: str
    moderated_by: str


class ModerationCreate(Schema):
    """Decides every question that awaits moderation, at once."""

    decisions: Annotated[dict[Code, DecisionCreate], Field(max_length=QUESTIONS_MAX, description="by question")]
    minutes: Annotated[LongText, Field(description="who met, what was weighed")]


class ModerationQuery(ListQuery):
    """The moderations of one assessment."""

    default_sort: ClassVar[str] = "round"

    sort: Literal["round", "-round"] | None = None
