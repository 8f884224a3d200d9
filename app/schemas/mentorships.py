"""Mentorships, and the proposal of who mentors whom, as the API shows and takes them.

Mentors are named by id only: a mentorship is public, the names of experts are not.
"""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from app.kernel.bodies import Patch, Schema
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Query, Search
from app.kernel.types import EACH_ONCE, Date, Int32, LongText, RegionCode, Unit, Uuid
from app.schemas.assessments import ReasonRead
from app.schemas.rehearsals import Simulation, Simulations

State = Literal["assigned", "active", "completed", "ended"]
Facilitators = Annotated[
    list[Uuid],
    Field(max_length=20, description="active experts with role facilitator or mentor, of any institution"),
    *EACH_ONCE,
]


class MentorshipRead(RecordRead):
    """An institution accompanies a region in writing its plan. Who the experts are is told to those who may know."""

    id: Uuid
    candidacy_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    simulation: Simulation
    institution_id: Uuid
    institution_name: str
    lead_mentor_id: Uuid
    facilitator_ids: list[Uuid]
    former_mentor_ids: Annotated[
        list[Uuid],
        Field(description="experts who led or facilitated it while it was active; they never judge the region"),
    ]
    starts_on: date
    ends_on: Annotated[date, Field(description="the last day")]
    state: State


class MentorshipItem(Schema):
    """One mentorship to be recorded."""

    candidacy_id: Uuid
    institution_id: Uuid
    lead_mentor_id: Annotated[Uuid, Field(description="an active mentor of this institution")]
    facilitator_ids: Facilitators = Field(default_factory=list)
    starts_on: Date
    ends_on: Annotated[Date, Field(description="the last day")]


class MentorshipsCreate(Schema):
    """Records mentorships, all or none: those of a proposal as they are, or edited."""

    items: Annotated[list[MentorshipItem], Field(min_length=1, max_length=600)]
    reason: Annotated[LongText, Field(description="why; kept with the first state")]


class RecordedMentorshipRead(BaseModel):
    """One mentorship that was recorded."""

    mentorship_id: Uuid
    candidacy_id: Uuid
    region_code: RegionCode
    region_name: str
    institution_id: Uuid
    lead_mentor_id: Uuid
    state: State


class MentorshipsRecorded(BaseModel):
    """What was recorded, in the order it was sent."""

    cohort_code: str
    recorded: Annotated[int, Field(description="number of mentorships")]
    items: list[RecordedMentorshipRead]


class MentorshipUpdate(Patch):
    """What may change of a mentorship until it is over. Another institution is another mentorship."""

    lead_mentor_id: Annotated[Uuid, Field(description="an active mentor of the same institution")]
    facilitator_ids: Annotated[Facilitators, Field(description="replaced whole")]
    starts_on: Date
    ends_on: Date


class CohortMentorshipQuery(ListQuery):
    """Filters of the mentorships of one cohort."""

    default_sort: ClassVar[str] = "region_code"

    sort: Literal["region_code", "-region_code", "created_at", "-created_at"] | None = None
    q: Annotated[Search | None, Field(description="part of the region's name")] = None
    state: State | None = None
    state_in: CommaList[State] | None = None
    candidacy: Uuid | None = None
    region: RegionCode | None = None
    province: RegionCode | None = None
    institution: Uuid | None = None
    mentor: Annotated[Uuid | None, Field(description="an expert who leads or facilitates it")] = None
    starts_on_gte: Date | None = None
    starts_on_lt: Date | None = None
    ends_on_gte: Date | None = None
    ends_on_lt: Date | None = None


class MentorshipQuery(CohortMentorshipQuery):
    """Filters of the mentorships of all cohorts."""

    default_sort: ClassVar[str] = "-created_at"

    cohort: Annotated[str | None, Field(max_length=40, description="code of the cohort")] = None
    simulation: Simulations = None


class MentorshipProposalQuery(Query):
    """Parameters of a proposal. The same seed gives the same proposal."""

    seed: Annotated[Int32, Field(ge=0, description="decides by lot among equally good proposals")] = 0
    mentors: Annotated[
        CommaList[Uuid] | None,
        Field(description="experts who may lead; when absent every active mentor, simulated ones in a simulation only"),
    ] = None


class MentorshipItemRead(BaseModel):
    """One mentorship as it is recorded: `POST /v1/cohorts/{code}/mentorships` takes it as it is."""

    candidacy_id: Uuid
    institution_id: Uuid
    lead_mentor_id: Uuid
    facilitator_ids: list[Uuid]
    starts_on: date
    ends_on: date


class ProposedMentorRead(BaseModel):
    """Why this mentor is proposed to this region."""

    candidacy_id: Uuid
    region_code: RegionCode
    region_name: str
    lead_mentor_id: Uuid
    lead_mentor_name: str
    institution_name: str
    km: Annotated[
        int | None, Unit("km"), Field(description="between the region and the institution's seat; null: unknown")
    ]
    uncovered: Annotated[list[str], Field(description="dimensions of the region's problems that the mentor lacks")]
    cost: Annotated[int, Field(description="of misfit and distance, without the load")]
    reason: ReasonRead


class BarredMentorRead(BaseModel):
    """A mentor whom a conflict of interest keeps from a region."""

    expert_id: Uuid
    expert_name: str


class UnassignedRegionRead(BaseModel):
    """A region that no mentor is left for."""

    candidacy_id: Uuid
    region_code: RegionCode
    region_name: str
    reason: ReasonRead
    barred: list[BarredMentorRead]
    rivals: Annotated[list[str], Field(description="regions that can go only to the same mentors, this one included")]


class MentorLoadRead(BaseModel):
    """Regions of one mentor in the cohort."""

    expert_id: Uuid
    expert_name: str
    institution_name: str
    before: int
    after: Annotated[int, Field(description="with what is proposed")]
    most: Annotated[int | None, Field(description="the cohort's limit; null: none")]


class MentorshipProposalRead(BaseModel):
    """Who could mentor whom: of all assignments of as many regions as possible, one of the cheapest."""

    cohort_code: str
    seed: int
    items: Annotated[list[MentorshipItemRead], Field(description="by region code; edit them, then record them")]
    choices: Annotated[list[ProposedMentorRead], Field(description="why, in the order of `items`")]
    unassigned: list[UnassignedRegionRead]
    loads: Annotated[list[MentorLoadRead], Field(description="by name")]
    cost: Annotated[int, Field(description="no other assignment of as many regions costs less")]
