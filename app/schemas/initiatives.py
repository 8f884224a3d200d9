"""Initiatives as the API shows and takes them: the benefit first, the technology last."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from app.kernel.bodies import Patch, Schema
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Search
from app.kernel.types import EACH_ONCE, Code, Decimal, LongText, Number, RegionCode, Rupiah, ShortText, Uuid, Year
from app.schemas.rehearsals import Simulation, Simulations

PlanState = Literal["draft", "submitted", "returned", "accepted", "enacted", "superseded"]


class InitiativeMeasure(Schema):
    """How the benefit shows: a unit, the value before, and the value to be reached by the end of a year."""

    unit: ShortText | None = None
    baseline: Decimal | None = None
    target: Decimal | None = None
    year: Year | None = None


class InitiativeMeasureUpdate(InitiativeMeasure, Patch):
    """What changes in the measure; null clears a member."""


class BudgetLine(Schema):
    """What one source pays in one year."""

    year: Year
    source: Annotated[Code, Field(description="a code of the catalogue `budget-sources`")]
    amount: Rupiah


class InitiativeMeasureRead(BaseModel):
    """How the benefit shows."""

    unit: str | None
    baseline: Annotated[Number | None, Field(description="the value before")]
    target: Annotated[Number | None, Field(description="the value to be reached by the end of `year`")]
    year: int | None


class BudgetLineRead(BaseModel):
    """What one source pays in one year."""

    year: int
    source: str
    amount: Rupiah


Budget = Annotated[list[BudgetLine], Field(max_length=200, description="one line per year and source")]
Dimension = Annotated[Code, Field(description="a code of the catalogue `dimensions`")]
Technology = Annotated[LongText, Field(description="refused until benefit, beneficiaries and measure are clear")]
Entries = Annotated[list[Uuid], Field(max_length=100), *EACH_ONCE]
Problems = Annotated[Entries, Field(description="ids of problems in the region's profile that it serves")]
Potentials = Annotated[Entries, Field(description="ids of potentials in the region's profile that it lifts")]
Priorities = Annotated[
    list[Code], Field(max_length=50, description="codes of the catalogue `national-priorities`"), *EACH_ONCE
]


class InitiativeRead(RecordRead):
    """One programme of a master plan."""

    id: Uuid
    plan_id: Uuid
    candidacy_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    simulation: Simulation
    plan_state: PlanState
    title: str
    benefit: Annotated[str | None, Field(description="what the public gains")]
    beneficiaries: Annotated[str | None, Field(description="who gains it")]
    measure: InitiativeMeasureRead
    technology: str | None
    dimension: str | None
    sub_dimension: str | None
    owner_agency: str | None
    first_year: int | None
    last_year: int | None
    budget: list[BudgetLineRead]
    problems: Annotated[list[str], Field(description="ids of problems in the region's profile that it serves")]
    potentials: Annotated[list[str], Field(description="ids of potentials in the region's profile that it lifts")]
    priorities: list[str]


class InitiativeCreate(Schema):
    """A new programme. All but the title may follow later; a technology only once the benefit is clear."""

    title: ShortText
    benefit: LongText | None = None
    beneficiaries: LongText | None = None
    measure: InitiativeMeasure = InitiativeMeasure()
    technology: Technology | None = None
    dimension: Dimension | None = None
    sub_dimension: Code | None = None
    owner_agency: ShortText | None = None
    first_year: Year | None = None
    last_year: Year | None = None
    budget: Budget = Field(default_factory=list)
    problems: Problems = Field(default_factory=list)
    potentials: Potentials = Field(default_factory=list)
    priorities: Priorities = Field(default_factory=list)


class InitiativeUpdate(Patch):
    """What may change while the plan is worked on. Lists are replaced whole, the measure is merged."""

    title: ShortText
    benefit: LongText | None
    beneficiaries: LongText | None
    measure: InitiativeMeasureUpdate
    technology: Technology | None
    dimension: Dimension | None
    sub_dimension: Code | None
    owner_agency: ShortText | None
    first_year: Year | None
    last_year: Year | None
    budget: Budget
    problems: Problems
    potentials: Potentials
    priorities: Priorities


class PlanInitiativeQuery(ListQuery):
    """Filters of the initiatives of one plan."""

    default_sort: ClassVar[str] = "created_at"

    sort: Literal["created_at", "-created_at"] | None = None
    q: Annotated[Search | None, Field(description="part of the title")] = None
    dimension: Code | None = None
    dimension_in: CommaList[Code] | None = None
    sub_dimension: Code | None = None
    priority: Annotated[Code | None, Field(description="a national priority that it serves")] = None


class InitiativeQuery(PlanInitiativeQuery):
    """Filters of the initiatives of all plans."""

    default_sort: ClassVar[str] = "-created_at"

    plan: Uuid | None = None
    plan_state: PlanState | None = None
    plan_state_in: CommaList[PlanState] | None = None
    candidacy: Uuid | None = None
    cohort: Annotated[str | None, Field(max_length=40, description="code of the cohort")] = None
    simulation: Simulations = None
    region: RegionCode | None = None
    province: RegionCode | None = None
