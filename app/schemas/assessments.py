"""Assessments, and the form of a region in each, as the API shows and takes them."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field

from app.domain.rubrics import HIGHEST
from app.kernel.bodies import Patch, Schema
from app.kernel.editions import EditionReferenceRead
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Flag, Search
from app.kernel.types import Code, Digest, Instant, Int32, LongText, RegionCode, ShortText, Url, Uuid
from app.schemas.regions import IslandGroup

State = Literal["open", "submitted", "in_review", "moderation", "final"]
Level = Annotated[Int32, Field(ge=0, le=HIGHEST, description="of the ladder of the question")]


class Evidence(Schema):
    """A document that proves what is said, and the digest by which a copy is known to be the same."""

    url: Url
    title: ShortText
    sha256: Annotated[Digest | None, Field(description="of the file, in lower-case hexadecimal")] = None


class EvidenceRead(BaseModel):
    """A document that proves what is said."""

    url: str
    title: str
    sha256: str | None


class ReasonRead(BaseModel):
    """Why something is as it is: a stable code, and a sentence in each language."""

    code: str
    text_en: str
    text_id: str


class AnswerRead(BaseModel):
    """What the region says on one question."""

    level: Annotated[int | None, Field(description="0 to 4: where the region sees itself")]
    text: Annotated[str | None, Field(description="why")]
    evidence: list[EvidenceRead]


class LateAdmissionRead(BaseModel):
    """An officer's decision that the form may come after its window."""

    until: AwareDatetime
    reason: str
    admitted_by: str


class AssessmentRead(RecordRead):
    """The assessment of one region in one cohort: its form, and how far the judging of it has come."""

    id: Uuid
    candidacy_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    rubric: Annotated[EditionReferenceRead, Field(description="the edition by which it is assessed, to the end")]
    state: State
    answers: Annotated[dict[str, AnswerRead], Field(description="by the code of the question")]
    priorities: Annotated[list[str], Field(description="national priorities that the region's vision serves")]
    submitted_at: Annotated[AwareDatetime | None, Field(description="when this form came in; null while it is open")]
    late_admission: LateAdmissionRead | None
    revealed_at: Annotated[
        AwareDatetime | None,
        Field(description="when the last assessor had submitted; null while one owes it, or too few are left to judge"),
    ]
    reopened: Annotated[list[str], Field(description="questions that an upheld objection gave back to moderation")]
    finalised_at: Annotated[AwareDatetime | None, Field(description="when it was last final")]


class AssessmentsCreate(Schema):
    """Opens the assessments of a cohort: of all who are invited and have none yet, or of those named."""

    candidacy_ids: Annotated[
        list[Uuid] | None, Field(min_length=1, max_length=600, description="all who are invited when absent")
    ] = None
    reason: Annotated[LongText, Field(description="why; kept with the first state")] = "opened"


class OpenedRead(BaseModel):
    """One assessment that was opened."""

    assessment_id: Uuid
    candidacy_id: Uuid
    region_code: RegionCode
    region_name: str


class OpeningRead(BaseModel):
    """What was opened, by region code."""

    cohort_code: str
    opened: Annotated[int, Field(description="number of assessments")]
    items: list[OpenedRead]


class AnswerUpdate(Patch):
    """What changes in the answer to one question; null clears a member. Evidence is replaced whole."""

    level: Level | None
    text: LongText | None
    evidence: Annotated[list[Evidence], Field(max_length=20)] | None


class AssessmentUpdate(Patch):
    """What the region changes in its form. A question left out keeps its answer; null takes the answer away."""

    answers: Annotated[
        dict[Code, AnswerUpdate | None], Field(max_length=1000, description="by the code of the question")
    ]
    priorities: Annotated[list[Code], Field(max_length=50, description="codes of the catalogue `national-priorities`")]


class LateAdmissionCreate(Schema):
    """Lets the form of a region come after its window."""

    until: Annotated[Instant, Field(description="the last moment to submit it")]
    reason: LongText


class CohortAssessmentQuery(ListQuery):
    """Filters of the assessments of one cohort."""

    default_sort: ClassVar[str] = "region_code"

    sort: Literal["region_code", "-region_code", "created_at", "-created_at", "updated_at", "-updated_at"] | None = None
    q: Annotated[Search | None, Field(description="part of the region's name")] = None
    candidacy: Uuid | None = None
    region: RegionCode | None = None
    province: RegionCode | None = None
    island_group: IslandGroup | None = None
    state: State | None = None
    state_in: CommaList[State] | None = None
    submitted: Annotated[Flag | None, Field(description="false: the region still owes its form")] = None
    late: Annotated[Flag | None, Field(description="true: admitted after the window")] = None


class AssessmentQuery(CohortAssessmentQuery):
    """Filters of the assessments of all cohorts."""

    default_sort: ClassVar[str] = "-created_at"

    cohort: Annotated[str | None, Field(max_length=40, description="code of the cohort")] = None
