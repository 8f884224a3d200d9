"""Quick wins and the reports on them, as the API shows and takes them."""

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field

from app.kernel.bodies import Patch, Schema
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Flag, Search
from app.kernel.transitions import TransitionCreate
from app.kernel.types import Code, Date, Decimal, Int32, LongText, Number, RegionCode, Rupiah, ShortText, Unit, Uuid
from app.schemas.assessments import Evidence, EvidenceRead
from app.schemas.rehearsals import Simulation, Simulations

State = Literal["proposed", "approved", "running", "completed", "cancelled"]
_CohortCode = Annotated[str | None, Field(max_length=40, description="code of the cohort")]
_Proofs = Annotated[list[Evidence], Field(max_length=20)]


class Measure(Schema):
    """How the benefit shows: the value before, and the value to be reached by the last day."""

    unit: ShortText | None = None
    baseline: Decimal | None = None
    target: Decimal | None = None


class MeasureUpdate(Measure, Patch):
    """What changes in how the benefit shows; null clears a member."""


class MeasureRead(BaseModel):
    """How the benefit shows."""

    unit: str | None
    baseline: Number | None
    target: Number | None


class QuickWinRead(RecordRead):
    """What people feel within a year. How it stands on a day is at `/standing`."""

    id: Uuid
    candidacy_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    simulation: Simulation
    initiative_id: Annotated[Uuid | None, Field(description="of a plan of the region, whose first fruit it is")]
    title: str
    dimension: str
    sub_dimension: str | None
    benefit: str | None
    beneficiaries: str | None
    measure: MeasureRead
    technology: str | None
    starts_on: Annotated[dt.date, Field(description="its first day, by the region's own calendar")]
    ends_on: Annotated[dt.date, Field(description="its last day")]
    budget: Rupiah | None
    state: State
    published_at: Annotated[
        AwareDatetime | None, Field(description="when it was approved, and so became public; null before")
    ]
    closed_on: Annotated[dt.date | None, Field(description="when it was completed, or cancelled after its approval")]
    measured_value: Annotated[Number | None, Field(description="at the end, in the unit of the measure")]
    evidence: Annotated[list[EvidenceRead], Field(description="of the measured value")]


class QuickWinCreate(Schema):
    """Proposes a quick win. All but its title, dimension and days may follow until it is approved.

    The benefit comes first: no technology can be named before benefit, beneficiaries and measure are there.
    """

    candidacy_id: Uuid
    initiative_id: Annotated[Uuid | None, Field(description="of a plan of the same candidacy")] = None
    title: ShortText
    dimension: Annotated[Code, Field(description="code of the catalogue `dimensions`")]
    sub_dimension: Code | None = None
    benefit: Annotated[LongText | None, Field(description="what the public gains")] = None
    beneficiaries: Annotated[LongText | None, Field(description="who gains it")] = None
    measure: Measure = Measure()
    technology: LongText | None = None
    starts_on: Date
    ends_on: Annotated[Date, Field(description="at most twelve calendar months after `starts_on`")]
    budget: Rupiah | None = None


class QuickWinUpdate(Patch):
    """What may change of a quick win while it is proposed."""

    initiative_id: Uuid | None
    title: ShortText
    dimension: Code
    sub_dimension: Code | None
    benefit: LongText | None
    beneficiaries: LongText | None
    measure: MeasureUpdate | None
    technology: LongText | None
    starts_on: Date
    ends_on: Date
    budget: Rupiah | None


class QuickWinTransitionCreate(TransitionCreate):
    """Asks for the next state; `completed` takes the measured value and evidence, and no other state does."""

    closed_on: Annotated[Date | None, Field(description="the region's today when absent")] = None
    value: Annotated[Decimal | None, Field(description="as measured, in the unit of the measure")] = None
    evidence: _Proofs = Field(default_factory=list)


class CandidacyQuickWinQuery(ListQuery):
    """Filters of the quick wins of one candidacy."""

    default_sort: ClassVar[str] = "created_at"

    sort: Literal["ends_on", "-ends_on", "created_at", "-created_at", "updated_at", "-updated_at"] | None = None
    q: Annotated[Search | None, Field(description="part of the title")] = None
    state: State | None = None
    state_in: CommaList[State] | None = None
    published: Annotated[Flag | None, Field(description="true: it was approved, whatever became of it")] = None
    dimension: Code | None = None
    sub_dimension: Code | None = None
    initiative: Uuid | None = None
    starts_on_gte: Date | None = None
    starts_on_lt: Date | None = None
    ends_on_gte: Date | None = None
    ends_on_lt: Date | None = None


class QuickWinQuery(CandidacyQuickWinQuery):
    """Filters of the quick wins of all candidacies."""

    default_sort: ClassVar[str] = "-created_at"

    candidacy: Uuid | None = None
    cohort: _CohortCode = None
    simulation: Simulations = None
    region: RegionCode | None = None
    province: RegionCode | None = None


class ProgressReportRead(RecordRead):
    """Progress of a quick win as of a day; it is never changed."""

    id: Uuid
    quick_win_id: Uuid
    candidacy_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    number: Annotated[int, Field(description="counts the reports of one quick win, from 1")]
    reported_on: Annotated[dt.date, Field(description="the day of which it speaks, by the region's own calendar")]
    percent: Annotated[int, Unit("percent")]
    value: Annotated[Number | None, Field(description="as measured by then, in the unit of the measure")]
    evidence: list[EvidenceRead]
    note: str | None
    reason: Annotated[str | None, Field(description="why the per cent fell")]


class ProgressReportCreate(Schema):
    """Reports on a quick win that is running; what was reported stays."""

    reported_on: Annotated[Date, Field(description="not before the last report, and not after the region's today")]
    percent: Annotated[Int32, Field(ge=0, le=100)]
    value: Annotated[Decimal | None, Field(description="as measured, in the unit of the measure")] = None
    evidence: _Proofs = Field(default_factory=list)
    note: LongText | None = None
    reason: Annotated[LongText | None, Field(description="needed where the per cent fell")] = None


class QuickWinProgressReportQuery(ListQuery):
    """Filters of the reports on one quick win."""

    default_sort: ClassVar[str] = "created_at"

    sort: Literal["reported_on", "-reported_on", "created_at", "-created_at"] | None = None
    reported_on_gte: Date | None = None
    reported_on_lt: Date | None = None


class ProgressReportQuery(QuickWinProgressReportQuery):
    """Filters of the reports on all quick wins."""

    default_sort: ClassVar[str] = "-created_at"

    quick_win: Uuid | None = None
    candidacy: Uuid | None = None
    dimension: Annotated[Code | None, Field(description="of the quick win")] = None
    cohort: _CohortCode = None
    region: RegionCode | None = None
    province: RegionCode | None = None
