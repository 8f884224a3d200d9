"""Scorecards as the API shows them."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.types import Int32, Number, Percent, RegionCode, Unit, Uuid
from app.schemas.assessments import ReasonRead
from app.schemas.moderations import DecisionRead

Edition = Annotated[Int32, Field(ge=1)]


class QuestionScoreRead(BaseModel):
    """What one question came to."""

    question: str
    criterion: str
    levels: Annotated[list[int], Field(description="those of the assessors, in order of size: none tells its author")]
    mean: Number
    spread: Annotated[int, Field(description="the highest level less the lowest")]
    deviation: Annotated[Number, Field(description="the standard deviation of the panel, divisor n")]
    contested: Annotated[bool, Field(description="the spread was above the cohort's limit")]
    decision: Annotated[DecisionRead | None, Field(description="of moderation")]
    score: Annotated[Number, Field(description="0 to 4: the mean, or the level that moderation set")]
    share: Annotated[Number, Field(description="of the question in the total, 0 to 1")]
    contribution: Annotated[Number, Field(description="share x score")]
    reason: ReasonRead | None


class CriterionScoreRead(BaseModel):
    """What one criterion came to."""

    criterion: str
    weight: Number
    score: Annotated[Number, Field(description="0 to 4")]
    contribution: Annotated[Number, Field(description="weight x score")]


class ScorecardRead(RecordRead):
    """One edition of what an assessment came to. It never changes; a correction is the next edition."""

    id: Uuid
    assessment_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    edition: int
    rubric_code: str
    rubric_edition: int
    total: Annotated[Number, Unit("points"), Field(description="0 to 4")]
    percent: Annotated[Percent, Field(description="the same from 0 to 100")]
    criteria: list[CriterionScoreRead]
    questions: list[QuestionScoreRead]
    inputs_sha256: Annotated[str, Field(description="of the bytes that `/inputs` answers")]
    reason: Annotated[str, Field(description="why it was made final")]
    simulation: Annotated[bool, Field(description="true: of a rehearsal, no decision of the ministry")]


class AssessmentScorecardQuery(ListQuery):
    """Filters of the scorecards of one assessment."""

    default_sort: ClassVar[str] = "edition"

    sort: Literal["edition", "-edition", "created_at", "-created_at"] | None = None
    edition: Edition | None = None


class ScorecardQuery(AssessmentScorecardQuery):
    """Filters of the scorecards of all assessments."""

    default_sort: ClassVar[str] = "-created_at"

    assessment: Uuid | None = None
    cohort: Annotated[str | None, Field(max_length=40, description="code of the cohort")] = None
    region: RegionCode | None = None
