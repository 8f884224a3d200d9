"""Panels as the API shows and takes them: seats, conflicts of interest, and the overrides of these."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from app.kernel.bodies import Schema
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList
from app.kernel.types import Int32, LongText, Number, RegionCode, Uuid
from app.schemas.assessments import ReasonRead

MemberState = Literal["assigned", "declared", "submitted", "recused"]
OverrideState = Literal["requested", "approved", "refused"]
Duty = Literal["judge", "mentor"]
_CohortCode = Annotated[str | None, Field(max_length=40, description="code of the cohort")]


class PanelMemberRead(RecordRead):
    """The seat of one expert on the panel of one assessment. How far the expert has come, and no word of the levels."""

    id: Uuid
    assessment_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    expert_id: Uuid
    expert_name: str
    institution_id: Uuid
    institution_name: str
    state: MemberState
    override_id: Annotated[Uuid | None, Field(description="the override by which a conflict of interest is no bar")]


class PanelMemberCreate(Schema):
    """Assigns one expert, who is active and an assessor."""

    expert_id: Uuid


class AssessmentPanelMemberQuery(ListQuery):
    """Filters of the members of one panel."""

    default_sort: ClassVar[str] = "region_code"

    sort: Literal["region_code", "-region_code", "expert_name", "-expert_name", "created_at", "-created_at"] | None = (
        None
    )
    expert: Uuid | None = None
    institution: Annotated[Uuid | None, Field(description="that of the expert today")] = None
    state: MemberState | None = None
    state_in: CommaList[MemberState] | None = None


class CohortPanelMemberQuery(AssessmentPanelMemberQuery):
    """Filters of the members of all panels of one cohort."""

    assessment: Uuid | None = None
    region: RegionCode | None = None


class PanelMemberQuery(CohortPanelMemberQuery):
    """Filters of the members of all panels."""

    cohort: _CohortCode = None


class PanelsCreate(Schema):
    """Fills the panels of a cohort. The same seed gives the same panels."""

    seed: Annotated[Int32, Field(ge=0, description="decides by lot whose turn it is among equals")]
    max_load: Annotated[
        Int32 | None, Field(ge=1, le=600, description="seats to an expert in this cohort, those held already included")
    ] = None
    expert_ids: Annotated[
        list[Uuid] | None,
        Field(
            min_length=1,
            max_length=1000,
            description="who may be assigned; when absent every active assessor, simulated ones in a simulation only",
        ),
    ] = None


class SeatRead(BaseModel):
    """One seat that was given."""

    assessment_id: Uuid
    region_code: RegionCode
    region_name: str
    expert_id: Uuid
    expert_name: str
    institution_name: str


class BarredRead(BaseModel):
    """Who cannot sit on a panel, and every reason."""

    expert_id: Uuid
    expert_name: str
    conflicts: list[ReasonRead]


class ShortageRead(BaseModel):
    """A panel that could not be filled."""

    assessment_id: Uuid
    region_code: RegionCode
    region_name: str
    missing: Annotated[int, Field(description="seats that stay open")]
    reason: ReasonRead
    barred: list[BarredRead]


class LoadRead(BaseModel):
    """What one expert has to judge in the cohort."""

    expert_id: Uuid
    expert_name: str
    institution_name: str
    before: Annotated[int, Field(description="seats held before")]
    after: Annotated[int, Field(description="seats held now")]
    barred: Annotated[int, Field(description="panels that a conflict of interest keeps the expert from")]


class BalanceRead(BaseModel):
    """How even the loads are, of everyone who may be assigned or has a seat already."""

    least: int
    most: int
    mean: Number
    loads: list[LoadRead]


class PanelsRead(BaseModel):
    """The seats that were given, the panels that still lack members, and the balance."""

    cohort_code: str
    seed: int
    seats: list[SeatRead]
    shortages: list[ShortageRead]
    balance: BalanceRead


class ConflictDeclarationRead(RecordRead):
    """A conflict of interest of one expert in one region, in every cohort."""

    id: Uuid
    expert_id: Uuid
    expert_name: str
    region_code: RegionCode
    region_name: str
    reason: str


class ConflictDeclarationCreate(Schema):
    """Declares a conflict of interest."""

    expert_id: Annotated[Uuid, Field(description="an assessor declares for itself only")]
    region_code: RegionCode
    reason: LongText


class ConflictDeclarationQuery(ListQuery):
    """Filters of `GET /v1/conflict-declarations`."""

    default_sort: ClassVar[str] = "-created_at"

    sort: Literal["region_code", "-region_code", "created_at", "-created_at"] | None = None
    expert: Uuid | None = None
    institution: Annotated[Uuid | None, Field(description="that of the expert today")] = None
    region: RegionCode | None = None


class ConflictOverrideRead(RecordRead):
    """Asks that an expert may do a duty in spite of these conflicts of interest, and what a second person said."""

    id: Uuid
    assessment_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    expert_id: Uuid
    expert_name: str
    duty: Annotated[Duty, Field(description="to judge the region, or to mentor it: lead or facilitate")]
    conflicts: Annotated[list[ReasonRead], Field(description="as they were when it was asked for; it covers no others")]
    reason: str
    state: OverrideState
    requested_by: str
    decided_by: str | None


class ConflictOverrideCreate(Schema):
    """Asks for an override."""

    expert_id: Uuid
    duty: Annotated[Duty, Field(description="to judge the region, or to mentor it: lead or facilitate")] = "judge"
    reason: Annotated[LongText, Field(description="why this expert is needed in spite of the conflict")]


class AssessmentConflictOverrideQuery(ListQuery):
    """Filters of the overrides of one assessment."""

    default_sort: ClassVar[str] = "-created_at"

    sort: Literal["created_at", "-created_at"] | None = None
    expert: Uuid | None = None
    duty: Duty | None = None
    state: OverrideState | None = None
    state_in: CommaList[OverrideState] | None = None


class ConflictOverrideQuery(AssessmentConflictOverrideQuery):
    """Filters of the overrides of all assessments."""

    assessment: Uuid | None = None
    cohort: _CohortCode = None
    region: RegionCode | None = None
