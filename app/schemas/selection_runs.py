"""Selection runs as the API shows and takes them."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field

from app.domain.methods import Bound, Scope
from app.kernel.bodies import Schema
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Query, Search
from app.kernel.types import Number, RegionCode, Regions, ShortText, Uuid
from app.schemas.cohorts import Method, Stage
from app.schemas.indicators import Quality
from app.schemas.regions import IslandGroup, Kind

State = Literal["recorded", "published", "discarded"]
Decision = Literal["in", "reserve", "out"]


class EquityMove(BaseModel):
    """A region that the equity rules brought in or took out, and the rules that did it."""

    region_code: str
    direction: Literal["in", "out"]
    rules: Annotated[list[str], Field(description="pointers to the rules in the method, such as `/equity/0`")]


class GroupSeats(BaseModel):
    """Seats of one group on merit alone, and as chosen."""

    group: str
    merit: int
    chosen: int


class RuleEffect(BaseModel):
    """What one equity rule did, and what it costs: the total score that would be won if it alone were dropped."""

    pointer: str
    scope: Scope
    bound: Bound
    seats: int
    group: str | None
    binding: Annotated[bool, Field(description="some group stands exactly at the bound")]
    cost: Number
    groups: list[GroupSeats]


class Equity(BaseModel):
    """How the equity rules changed the choice on merit."""

    merit_total: Annotated[Number, Field(description="total score of the best set without rules")]
    chosen_total: Annotated[Number, Field(description="total score of the set chosen")]
    cost: Number
    moves: list[EquityMove]
    rules: list[RuleEffect]


class PriorityCoverage(BaseModel):
    """How many regions' assessments name a national priority: of those assessed, and of those chosen."""

    code: str
    assessed: int
    chosen: int


class Summary(BaseModel):
    """What a run did, in numbers of regions."""

    regions: int
    eligible: int
    ranked: int
    chosen: int
    reserve: int
    equity: Equity
    priorities: Annotated[
        list[PriorityCoverage],
        Field(description="every national priority, for the final choice; empty for a shortlist, absent in old runs"),
    ] = []


class ContributionRead(BaseModel):
    """What one criterion adds to a region's score, from the raw value on."""

    criterion: str
    indicator: Annotated[str | None, Field(description="null for a score, and when the region has no value")]
    assessment: Annotated[
        str | None, Field(description="the score of the readiness assessment that counts, where no indicator does")
    ] = None
    raw: Number | None
    year: int | None
    source: str | None
    quality: Quality | None
    normalised: Number | None
    weight: Annotated[Number, Field(description="the effective weight, after the missing-data policy")]
    contribution: Number | None


class StabilityRead(BaseModel):
    """How the region fares when the weights are shaken."""

    share: Annotated[Number, Field(description="share of the draws in which it is chosen on merit, 0 to 1")]
    rank_p5: int
    rank_p95: int


class SelectionResultRead(RecordRead):
    """What the run says of one region, and why."""

    id: Uuid
    run_id: Uuid
    region_code: RegionCode
    region_name: str
    kind: Kind
    province_code: RegionCode | None
    island_group: IslandGroup
    position: Annotated[int, Field(description="place in the list: ranked regions first, then the others by code")]
    rank: Annotated[int | None, Field(description="null when the region was not ranked")]
    score: Annotated[Number | None, Field(description="the sum of the contributions of the criteria")]
    decision: Decision
    merit_decision: Annotated[Decision, Field(description="the decision before the equity rules")]
    reason: Annotated[str, Field(description="a stable code")]
    reason_en: str
    reason_id: str
    criteria: list[ContributionRead]
    stability: StabilityRead | None


class SelectionRunRead(RecordRead):
    """One application of a method to the facts of a moment."""

    id: Uuid
    cohort_code: str
    stage: Stage
    method: dict[str, Any]
    seats: Regions
    reserves: Regions
    inputs_sha256: Annotated[str, Field(description="digest of the inputs document; same inputs, same results")]
    summary: Summary
    state: Annotated[State, Field(description="one that was published is discarded when another takes its place")]
    recorded_by: str
    published_by: str | None
    supersedes_id: Annotated[
        Uuid | None, Field(description="the published choice whose place it took, after an upheld objection")
    ] = None


class SelectionRunExpanded(SelectionRunRead):
    """A run with its results, when asked for with `expand=results`."""

    results: list[SelectionResultRead] | None = None


class SelectionRunCreate(Schema):
    """Asks for a run. With `dry_run=true` it is a simulation: the same answer, nothing stored."""

    stage: Stage
    method: Annotated[Method | None, Field(description="the cohort's own when absent")] = None


class ExpandQuery(Query):
    """What to include."""

    expand: Literal["results"] | None = None


class SelectionRunQuery(ListQuery):
    """Filters of lists of runs."""

    default_sort: ClassVar[str] = "-created_at"

    sort: Literal["created_at", "-created_at"] | None = None
    stage: Stage | None = None
    state: State | None = None


class SelectionResultQuery(ListQuery):
    """Filters of a run's results."""

    default_sort: ClassVar[str] = "position"

    sort: Literal["position", "-position"] | None = None
    q: Annotated[Search | None, Field(description="part of the region's name")] = None
    region: RegionCode | None = None
    decision: Decision | None = None
    decision_in: CommaList[Decision] | None = None
    reason: ShortText | None = None
    province: RegionCode | None = None
    island_group: IslandGroup | None = None
    kind: Kind | None = None
