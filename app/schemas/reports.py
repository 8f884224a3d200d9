"""Reports on a cohort as the API shows them. Every figure in them is counted anew at each request."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from app.kernel.queries import Query
from app.kernel.types import Date, Number, RegionCode, Uuid
from app.schemas import assessments, candidacies, cohorts
from app.schemas.assessments import ReasonRead
from app.schemas.regions import IslandGroup
from app.schemas.report_results import MentoringRead, PlansRead, QuickWinsRead


class FunnelStepRead(BaseModel):
    """One state of a candidacy: how many are in it, and how many ever were.

    Where only the day of a move is known, it counts from 00:00 of that day in Jakarta. Null: no day was published.
    """

    state: candidacies.State
    now: int
    ever: Annotated[int, Field(description="candidacies that entered it, even if they went on or withdrew")]
    first_at: Annotated[AwareDatetime | None, Field(description="when the first one entered it")]
    last_at: Annotated[AwareDatetime | None, Field(description="when the last one so far did")]


class ShareRead(BaseModel):
    """What one part of the country has of a cohort. Each stage includes the later ones; who withdrew is in none."""

    regions: Annotated[int, Field(description="regencies and cities there are")]
    nominated: int
    shortlisted: Annotated[int, Field(description="invited, or further")]
    chosen: Annotated[int, Field(description="selected, or further")]
    population: Annotated[int, Field(description="of all its regencies and cities")]
    population_chosen: Annotated[int, Field(description="of those chosen")]


class IslandShareRead(ShareRead):
    """What an island group has of a cohort."""

    island_group: IslandGroup
    name_en: str
    name_id: str


class ProvinceShareRead(ShareRead):
    """What a province has of a cohort."""

    province_code: RegionCode
    province_name: str
    island_group: IslandGroup


class EquityRead(BaseModel):
    """How the cohort spreads over the country; what has no candidate is there too."""

    island_groups: list[IslandShareRead]
    provinces: list[ProvinceShareRead]


class PriorityRead(BaseModel):
    """One national priority, and how many of the chosen regions serve it."""

    code: str
    name_en: str
    name_id: str
    regions: int


class PrioritiesRead(BaseModel):
    """The national priorities that the chosen regions' visions serve, by their assessments."""

    assessed: Annotated[int, Field(description="chosen regions with an assessment; the others name no priorities")]
    covered: list[PriorityRead]


class BinRead(BaseModel):
    """How many totals lie between two bounds; the last bin also holds the highest total there is, 4."""

    at_least: Number
    below: Number
    count: int


class DistributionRead(BaseModel):
    """How the totals of the newest scorecards spread, on the scale 0 to 4."""

    count: Annotated[int, Field(description="regions with a scorecard")]
    lowest: Number
    median: Number
    mean: Number
    highest: Number
    histogram: list[BinRead]


class AgreementRead(BaseModel):
    """How far assessors agree: Krippendorff's alpha. 1 is perfect, 0 no better than chance."""

    alpha: Annotated[Number | None, Field(description="null: there is none, for this reason")]
    metric: Literal["nominal", "ordinal", "interval"]
    units: Annotated[int, Field(description="questions of assessments with two levels or more")]
    values: Annotated[int, Field(description="levels in them")]
    reason: ReasonRead | None


class CohortReportQuery(Query):
    """As of which day the quick wins are judged."""

    on: Annotated[Date | None, Field(description="today, where each region is, when absent")] = None


class CohortReportRead(BaseModel):
    """What became of a cohort, counted from its candidacies and their history."""

    cohort_code: str
    state: cohorts.State
    simulation: Annotated[bool, Field(description="true: a rehearsal; nothing in it is a decision of the ministry")]
    quota: int
    candidate_quota: int
    funnel: list[FunnelStepRead]
    equity: EquityRead
    priorities: PrioritiesRead
    scores: Annotated[DistributionRead | None, Field(description="null until the final run is published")]
    agreement: Annotated[AgreementRead | None, Field(description="null until the final run is published")]
    mentoring: MentoringRead
    plans: PlansRead
    quick_wins: QuickWinsRead


class AssessmentCountRead(BaseModel):
    """How many assessments are in a state."""

    state: assessments.State
    count: int


class ShortPanelRead(BaseModel):
    """A panel that cannot begin, or not be finished, before more are assigned to it."""

    assessment_id: Uuid
    assessment_state: assessments.State
    region_code: RegionCode
    region_name: str
    members: Annotated[int, Field(description="who sits on it and did not step aside")]


class OwedRead(BaseModel):
    """A seat on a panel whose holder still owes a review."""

    panel_member_id: Uuid
    expert_id: Uuid
    expert_name: str
    institution_name: str
    state: Literal["assigned", "declared"]
    since: Annotated[AwareDatetime, Field(description="since when the seat is in this state")]
    assessment_id: Uuid
    assessment_state: assessments.State
    region_code: RegionCode
    region_name: str


class CompletePanelRead(BaseModel):
    """What a panel whose members have all submitted came to."""

    assessment_id: Uuid
    assessment_state: assessments.State
    region_code: RegionCode
    region_name: str
    reviews: int
    agreement: AgreementRead
    contested: Annotated[list[str], Field(description="questions whose levels differ by more than the limit")]
    undecided: Annotated[list[str], Field(description="those of them that no moderation has decided")]
    reopened: Annotated[list[str], Field(description="questions that an upheld objection gave back")]


class AssessmentProgressRead(BaseModel):
    """How far the assessment of a cohort has come. Of reviews it tells nothing before a panel is complete."""

    cohort_code: str
    assessments: list[AssessmentCountRead]
    quorum: Annotated[int, Field(description="assessors to a panel, at least")]
    short: Annotated[list[ShortPanelRead], Field(description="panels of locked assessments below it, by region code")]
    owed: Annotated[list[OwedRead], Field(description="the longest owed first")]
    complete: Annotated[list[CompletePanelRead], Field(description="by region code")]
    agreement: Annotated[AgreementRead, Field(description="over all complete panels together")]
