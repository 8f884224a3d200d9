"""Master plans as the API shows and takes them."""

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from app.kernel.bodies import Patch, Schema
from app.kernel.editions import EditionReference, EditionReferenceRead, EditionReferenceUpdate
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Search
from app.kernel.transitions import TransitionCreate
from app.kernel.types import Code, Date, LongText, Prose, RegionCode, ShortText, Uuid, Year
from app.schemas.assessments import Evidence, EvidenceRead
from app.schemas.initiatives import PlanState
from app.schemas.rehearsals import Simulation, Simulations

RegulationKind = Literal["regional_regulation", "regent_regulation", "mayor_regulation"]
Objectives = Annotated[list[LongText], Field(max_length=50)]
FirstYear = Annotated[Year, Field(description="the first year that the plan covers")]
LastYear = Annotated[Year, Field(description="the last year that it covers: 5 to 10 years with the first")]
RegionalPlan = Annotated[Evidence, Field(description="the medium-term plan of the region (RPJMD) that it goes with")]


class Regulation(Schema):
    """The regulation by which a plan is enacted: a regent's in a regency, a mayor's in a city, or a regional one."""

    kind: RegulationKind
    # Blanks around it would make two of one number.
    number: Annotated[ShortText, AfterValidator(str.strip)]
    year: Year
    date: Annotated[Date, Field(description="not after today, by the region's own clock")]
    document: Evidence | None = None


class RegulationRead(BaseModel):
    """The regulation by which a plan was enacted."""

    kind: RegulationKind
    number: str
    year: int
    date: dt.date
    document: EvidenceRead | None


class MasterPlanRead(RecordRead):
    """One master plan. Its version covers its initiatives: to change one changes the plan."""

    id: Uuid
    candidacy_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    simulation: Simulation
    title: str
    vision: str | None
    objectives: list[str]
    first_year: int
    last_year: int
    template: Annotated[EditionReferenceRead, Field(description="the books, chapters and parts it is written to")]
    parts: Annotated[dict[str, str], Field(description="the texts, by the code of the template's part")]
    regional_plan: Annotated[EvidenceRead | None, Field(description="the region's medium-term plan (RPJMD)")]
    revises_id: Annotated[Uuid | None, Field(description="the plan in force whose place it takes when it is enacted")]
    state: PlanState
    submitted_at: Annotated[AwareDatetime | None, Field(description="when it was last submitted")]
    accepted_at: Annotated[AwareDatetime | None, Field(description="when it was accepted, and so became public")]
    regulation: RegulationRead | None


class MasterPlanCreate(Schema):
    """Begins a plan of a region that is mentored. All but title and years may follow later.

    A revision starts as a copy of the plan in force; what is sent beside takes the place of what that says.
    """

    candidacy_id: Uuid
    title: ShortText
    first_year: FirstYear
    last_year: LastYear
    vision: LongText | None = None
    objectives: Objectives = Field(default_factory=list)
    template: Annotated[EditionReference | None, Field(description="the cohort's when absent")] = None
    regional_plan: RegionalPlan | None = None
    revises_id: Annotated[
        Uuid | None, Field(description="the plan in force in the region, where there is one; only so it can be revised")
    ] = None
    reason: Annotated[LongText, Field(description="why; kept with the first state")] = "begun"


class MasterPlanUpdate(Patch):
    """What may change while the plan is worked on. A part left out keeps its text; null takes the text away."""

    title: ShortText
    vision: LongText | None
    objectives: Objectives
    first_year: FirstYear
    last_year: LastYear
    template: Annotated[
        EditionReferenceUpdate, Field(description="another template; parts that it does not have are to be taken away")
    ]
    parts: Annotated[dict[Code, Prose | None], Field(max_length=1000, description="by the code of the template's part")]
    regional_plan: RegionalPlan | None


class MasterPlanTransitionCreate(TransitionCreate):
    """Submits a plan, or enacts it by its regulation."""

    regulation: Annotated[Regulation | None, Field(description="only when `enacted`, and then required")] = None
    revises_id: Annotated[
        Uuid | None,
        Field(description="only when `enacted`: the plan that came into force while this one was in the making"),
    ] = None


class CandidacyMasterPlanQuery(ListQuery):
    """Filters of the plans of one candidacy."""

    default_sort: ClassVar[str] = "-created_at"

    sort: Literal["region_code", "-region_code", "created_at", "-created_at", "updated_at", "-updated_at"] | None = None
    q: Annotated[Search | None, Field(description="part of the title")] = None
    state: PlanState | None = None
    state_in: CommaList[PlanState] | None = None


class MasterPlanQuery(CandidacyMasterPlanQuery):
    """Filters of all plans."""

    candidacy: Uuid | None = None
    cohort: Annotated[str | None, Field(max_length=40, description="code of the cohort")] = None
    simulation: Simulations = None
    region: RegionCode | None = None
    province: RegionCode | None = None
    revises: Annotated[Uuid | None, Field(description="the plan that it revises")] = None
    regulation_date_gte: Date | None = None
    regulation_date_lt: Date | None = None
