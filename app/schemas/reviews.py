"""Reviews as the API shows and takes them."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from app.domain.rubrics import HIGHEST
from app.kernel.bodies import Patch
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.types import Code, LongText, RegionCode, Uuid
from app.schemas.assessments import Level

State = Literal["draft", "submitted"]
QUESTIONS_MAX = 1000  # of a rubric


class ReviewRead(RecordRead):
    """One assessor's review of one region."""

    id: Uuid
    assessment_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    expert_id: Annotated[Uuid, Field(description="its author")]
    expert_name: str
    levels: Annotated[dict[str, int], Field(description="0 to 4, by question")]
    notes: Annotated[dict[str, str], Field(description="by question")]
    comment: Annotated[str | None, Field(description="on the whole")]
    state: State
    submitted_at: AwareDatetime | None


class ReviewUpdate(Patch):
    """What an author writes. Levels and notes are merged by question; null takes one away."""

    levels: Annotated[
        dict[Code, Level | None], Field(max_length=QUESTIONS_MAX, description=f"0 to {HIGHEST}, by question")
    ]
    notes: Annotated[dict[Code, LongText | None], Field(max_length=QUESTIONS_MAX, description="by question")]
    comment: Annotated[LongText | None, Field(description="on the whole")]


class AssessmentReviewQuery(ListQuery):
    """Filters of the reviews of one assessment. There is none on levels."""

    default_sort: ClassVar[str] = "created_at"

    sort: Literal["created_at", "-created_at"] | None = None
    state: State | None = None
    expert: Uuid | None = None


class ReviewQuery(AssessmentReviewQuery):
    """Filters of the reviews of all assessments."""

    assessment: Uuid | None = None
    cohort: Annotated[str | None, Field(max_length=40, description="code of the cohort")] = None
    region: RegionCode | None = None
