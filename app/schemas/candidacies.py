"""Candidacies as the API shows and takes them."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from app.kernel.bodies import Schema
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Search
from app.kernel.transitions import TransitionCreate
from app.kernel.types import LongText, RegionCode, Uuid
from app.schemas.assessments import ReasonRead
from app.schemas.regions import IslandGroup, Kind
from app.schemas.rehearsals import Simulation, Simulations

State = Literal[
    "nominated",
    "invited",
    "form_submitted",
    "assessed",
    "selected",
    "reserve",
    "not_selected",
    "mou_signed",
    "mentoring",
    "plan_submitted",
    "plan_accepted",
    "enacted",
    "implementing",
    "withdrawn",
]


class CandidacyRead(RecordRead):
    """One region in one cohort."""

    id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    simulation: Simulation
    state: State
    replaces_id: Annotated[Uuid | None, Field(description="the withdrawn candidacy whose seat this one took")]
    source: Annotated[str | None, Field(description="where a historic candidacy is known from")]


class CandidacyCreate(Schema):
    """Nominates a region in a cohort."""

    region_code: RegionCode
    reason: Annotated[LongText, Field(description="why; kept with the first state")]
    replaces_id: Annotated[Uuid | None, Field(description="the withdrawn candidacy whose seat it takes")] = None


class CandidacyTransitionCreate(TransitionCreate):
    """Asks for a candidacy's next state."""

    replaces_id: Annotated[
        Uuid | None,
        Field(
            description="leave it out: a reserve is seated by `POST /v1/candidacies/{id}/replacement`",
            json_schema_extra={"deprecated": True},
        ),
    ] = None


class ReplacementCreate(Schema):
    """Gives the seat of a withdrawn candidacy to the reserve that it is offered to."""

    reason: Annotated[LongText, Field(description="why; kept with the reserve's move to `selected`")]


class OfferRead(BaseModel):
    """The reserve that a free seat is offered to."""

    candidacy_id: Uuid
    region_code: RegionCode
    region_name: str
    rank: Annotated[int, Field(description="in the published final run")]


class PassedOverRead(BaseModel):
    """A reserve of a better rank that the equity rules keep out, and which of them."""

    region_code: RegionCode
    region_name: str
    rank: int
    reason: ReasonRead


class SeatHolderRead(BaseModel):
    """A candidacy that holds or held the seat."""

    candidacy_id: Uuid
    region_code: RegionCode
    region_name: str
    rank: Annotated[int | None, Field(description="in the published final run; null when it is not in it")]
    state: State


class ReplacementRead(BaseModel):
    """Whom the seat of a candidacy is offered to, and who held it so far."""

    free: Annotated[bool, Field(description="the candidacy has left a seat that nobody has taken")]
    offered: Annotated[OfferRead | None, Field(description="null when no seat is free or no reserve fits")]
    reason: Annotated[ReasonRead, Field(description="why this one, or why nobody")]
    passed_over: Annotated[list[PassedOverRead], Field(description="by rank")]
    chain: Annotated[list[SeatHolderRead], Field(description="from the first holder to the last")]


class CohortCandidacyQuery(ListQuery):
    """Filters of the candidacies of one cohort."""

    default_sort: ClassVar[str] = "region_code"

    sort: Literal["region_code", "-region_code", "created_at", "-created_at", "updated_at", "-updated_at"] | None = None
    q: Annotated[Search | None, Field(description="part of the region's name")] = None
    region: RegionCode | None = None
    state: State | None = None
    state_in: CommaList[State] | None = None
    province: RegionCode | None = None
    island_group: IslandGroup | None = None
    kind: Kind | None = None


class CandidacyQuery(CohortCandidacyQuery):
    """Filters of the candidacies of all cohorts."""

    cohort: Annotated[str | None, Field(max_length=40, description="code of the cohort")] = None
    simulation: Simulations = None
