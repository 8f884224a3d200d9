"""Objections as the API shows and takes them."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from app.kernel.bodies import Schema
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList
from app.kernel.transitions import TransitionCreate
from app.kernel.types import EACH_ONCE, Code, LongText, RegionCode, Uuid
from app.schemas.assessments import Evidence, EvidenceRead

State = Literal["filed", "upheld", "dismissed", "withdrawn"]
Ground = Literal["procedure", "facts"]
Questions = Annotated[list[Code], Field(max_length=100), *EACH_ONCE]


class ObjectionRead(RecordRead):
    """What a region says went wrong with its assessment, and what was decided."""

    id: Uuid
    assessment_id: Uuid
    candidacy_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    ground: Ground
    statement: str
    questions: Annotated[list[str], Field(description="of the rubric; empty: the assessment as a whole")]
    evidence: list[EvidenceRead]
    state: State
    decision: Annotated[
        str | None, Field(description="why it was upheld or dismissed; null before, and when withdrawn")
    ]
    decided_by: str | None
    reopens: Annotated[list[str], Field(description="questions that go back to moderation because it was upheld")]


class ObjectionCreate(Schema):
    """Files an objection to a final assessment, after the result letter and within the calendar's window."""

    ground: Ground
    statement: LongText
    questions: Annotated[Questions, Field(description="of the rubric; none: the assessment as a whole")] = Field(
        default_factory=list
    )
    evidence: Annotated[list[Evidence], Field(max_length=20)] = Field(default_factory=list)


class ObjectionTransitionCreate(TransitionCreate):
    """Decides an objection, or withdraws it. The reason is the decision that the region reads."""

    reopens: Annotated[
        Questions | None, Field(description="only when `upheld`; those that the objection names when absent")
    ] = None


class AssessmentObjectionQuery(ListQuery):
    """Filters of the objections to one assessment."""

    default_sort: ClassVar[str] = "-created_at"

    sort: Literal["created_at", "-created_at", "updated_at", "-updated_at"] | None = None
    state: State | None = None
    state_in: CommaList[State] | None = None
    ground: Ground | None = None


class ObjectionQuery(AssessmentObjectionQuery):
    """Filters of all objections."""

    cohort: Annotated[str | None, Field(max_length=40, description="code of the cohort")] = None
    assessment: Uuid | None = None
    region: RegionCode | None = None
    province: RegionCode | None = None
