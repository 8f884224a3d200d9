"""Workshops and their sessions as the API shows and takes them. Attendance counts heads and names nobody."""

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from app.kernel.bodies import Patch, Schema
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList
from app.kernel.types import (
    Code,
    Date,
    Digest,
    Hours,
    Int32,
    LongText,
    Number,
    People,
    RegionCode,
    ShortText,
    Unit,
    Uuid,
)
from app.schemas.assessments import ReasonRead
from app.schemas.memoranda import DocumentLink, DocumentLinkRead

State = Literal["planned", "open", "closed"]
Mode = Literal["on_site", "online"]
WorkshopNumber = Annotated[int, Field(ge=1, le=4)]
_CohortCode = Annotated[str | None, Field(max_length=40, description="code of the cohort")]


class Output(DocumentLink):
    """A document that a workshop brought, and the digest by which a copy is known to be the same."""


class OutputUpdate(Output, Patch):
    """What changes in the link to an output."""


class WithOutputs(Schema):
    """The outputs at their place in a workshop, so that a pointer to a fault in one leads there."""

    outputs: dict[Code, Output]


class OutputRead(DocumentLinkRead):
    """A document that a workshop brought."""


class WorkshopRead(RecordRead):
    """One of the four workshops of a mentorship: a gate that closes once its outputs are there."""

    id: Uuid
    mentorship_id: Uuid
    candidacy_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    number: Annotated[int, Field(description="1 to 4, in the order in which they are held")]
    outputs: Annotated[dict[str, OutputRead], Field(description="documents by the code of the output")]
    state: State


class WorkshopUpdate(Patch):
    """What changes in the outputs of an open workshop. One left out stays; null takes its link away.

    1 brings `readiness_analysis`, `gap_analysis`, `swot_analysis`; 2 `book_1_review`, `action_plan`; 3 `road_map`.
    """

    outputs: Annotated[dict[Code, OutputUpdate | None], Field(max_length=20, description="by the code of the output")]


class GapRead(ReasonRead):
    """What a workshop lacks, and where."""

    pointer: Annotated[str, Field(description="JSON pointer into the workshop: `/sessions`, `/outputs/{code}`")]


class GateRead(BaseModel):
    """Whether a workshop can close, and all that keeps it from closing."""

    state: State
    open_to_close: Annotated[bool, Field(description="it is open, and nothing is missing")]
    missing: list[GapRead]


class Attendance(Schema):
    """How many came from an agency, in one role."""

    agency: ShortText
    role: Annotated[ShortText, Field(description="for example head of agency, or staff")]
    count: Annotated[Int32, Field(ge=1, le=10_000)]


class Paper(DocumentLink):
    """A working paper, and the digest by which a copy is known to be the same."""

    sha256: Annotated[Digest, Field(description="of the file, in lower-case hexadecimal")]


class AttendanceRead(BaseModel):
    """How many came from an agency, in one role."""

    agency: str
    role: str
    count: People


class PaperRead(BaseModel):
    """A working paper."""

    url: str
    title: str
    sha256: str


Attendances = Annotated[list[Attendance], Field(max_length=200, description="one line for each agency and role")]
Papers = Annotated[list[Paper], Field(max_length=50)]


class SessionRead(RecordRead):
    """One day on which a workshop was held."""

    id: Uuid
    workshop_id: Uuid
    workshop_number: int
    mentorship_id: Uuid
    candidacy_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    date: dt.date
    mode: Mode
    place: Annotated[str | None, Field(description="null: it was held online")]
    hours: Annotated[Number, Unit("hours")]
    attendance: list[AttendanceRead]
    notes: str | None
    papers: list[PaperRead]


class SessionCreate(Schema):
    """Records a session that was held, within the mentorship and by the region's own day not ahead of time."""

    date: Date
    mode: Mode
    place: Annotated[ShortText | None, Field(description="of a session on site; none online")] = None
    hours: Annotated[Hours, Field(description="in quarters")]
    attendance: Attendances = Field(default_factory=list)
    notes: LongText | None = None
    papers: Papers = Field(default_factory=list)


class SessionUpdate(Patch):
    """What may change of a session while its workshop is open. Lists are replaced whole."""

    date: Date
    mode: Mode
    place: ShortText | None
    hours: Annotated[Hours, Field(description="in quarters")]
    attendance: Attendances
    notes: LongText | None
    papers: Papers


class MentorshipWorkshopQuery(ListQuery):
    """Filters of the workshops of one mentorship."""

    default_sort: ClassVar[str] = "number"

    sort: Literal["number", "-number", "region_code", "-region_code", "created_at", "-created_at"] | None = None
    number: WorkshopNumber | None = None
    state: State | None = None
    state_in: CommaList[State] | None = None


class WorkshopQuery(MentorshipWorkshopQuery):
    """Filters of the workshops of all mentorships."""

    default_sort: ClassVar[str] = "region_code"

    mentorship: Uuid | None = None
    candidacy: Uuid | None = None
    institution: Annotated[Uuid | None, Field(description="that mentors")] = None
    cohort: _CohortCode = None
    region: RegionCode | None = None
    province: RegionCode | None = None


class WorkshopSessionQuery(ListQuery):
    """Filters of the sessions of one workshop."""

    default_sort: ClassVar[str] = "date"

    sort: Literal["date", "-date", "region_code", "-region_code"] | None = None
    mode: Mode | None = None
    date_gte: Date | None = None
    date_lt: Date | None = None


class SessionQuery(WorkshopSessionQuery):
    """Filters of the sessions of all workshops."""

    default_sort: ClassVar[str] = "-date"

    workshop: Uuid | None = None
    number: Annotated[WorkshopNumber | None, Field(description="of the workshop")] = None
    mentorship: Uuid | None = None
    candidacy: Uuid | None = None
    institution: Annotated[Uuid | None, Field(description="that mentors")] = None
    cohort: _CohortCode = None
    region: RegionCode | None = None
    province: RegionCode | None = None
