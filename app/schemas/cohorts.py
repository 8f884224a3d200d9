"""Cohorts, their calendar and their selection methods, as the API shows and takes them."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field

from app.domain import methods
from app.domain.rubrics import HIGHEST
from app.kernel.bodies import Patch, Schema
from app.kernel.editions import EditionReference, EditionReferenceRead, EditionReferenceUpdate
from app.kernel.listing import ListQuery
from app.kernel.messages import worded
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Flag, Search
from app.kernel.types import Code, Date, Decimal, Int32, Int64, Regions, ShortText, Url, Year
from app.schemas.mentoring_rules import MentoringRules, MentoringRulesRead, MentoringRulesUpdate
from app.schemas.quick_win_rules import QuickWinRules, QuickWinRulesRead, QuickWinRulesUpdate
from app.schemas.regions import TimeZone

State = Literal["draft", "open", "assessing", "decided", "mentoring", "closed"]
Stage = Literal["shortlist", "final"]
Seats = Annotated[Int32, Field(ge=1, le=600)]


class Eligibility(Schema):
    """Who may be ranked at all."""

    kinds: Annotated[list[methods.Kind], Field(max_length=3)]
    exclude_earlier_cohorts: bool = False
    requires_own_budget: Annotated[bool, Field(description="leaves out Jakarta's six administrative units")] = False
    nominated_only: Annotated[bool, Field(description="only regions nominated in this cohort")] = False


class Band(Schema):
    """Values from `lower` (null: from below everything) up to the next band get `score`, 0 to 1."""

    lower: Decimal | None
    score: Decimal


class Criterion(Schema):
    """What counts with `weight`: an indicator, or a score of the readiness assessment, exactly one of the two.

    Without a year, the newest value of an indicator counts. A score has no year.
    """

    code: Annotated[Code, Field(description="its name within the method")]
    indicator: Code | None = None
    assessment: Annotated[
        Code | None,
        Field(
            description="in the method of stage final: `total` or the code of a readiness criterion, each from 0 to 4",
            examples=["total", "leadership_vision"],
        ),
    ] = None
    direction: methods.Direction
    weight: Annotated[Decimal, Field(description="above 0; the weights of a method sum to 1")]
    normalisation: methods.Normalisation
    year: Annotated[Year | None, Field(description="the value of this year only")] = None
    latest_up_to: Annotated[
        Year | None, Field(description="the newest value not after this year; with neither, after the cohort's")
    ] = None
    bands: list[Band] = Field(default_factory=list, max_length=20)


class TieBreaker(Schema):
    """Decides between equal scores; what is still equal goes by region code. The result says what decided."""

    by: methods.TieKey
    criterion: Code | None = None
    direction: methods.Direction | None = None


class EquityRule(Schema):
    """Bounds the seats of one group, or of every group of the scope when `group` is absent."""

    scope: methods.Scope
    bound: methods.Bound
    seats: Annotated[Int32, Field(ge=0, le=600)]
    group: Annotated[ShortText | None, Field(description="an island group, a province code or a kind")] = None


class Sensitivity(Schema):
    """How hard the weights are shaken: `draws` random weight vectors from `seed`, as wide as `spread`."""

    draws: Int32 = 10_000
    seed: Int64 = 100
    spread: Decimal = Decimal("0.1")


class Method(Schema):
    """How the regions of one stage are ranked and chosen."""

    eligibility: Eligibility
    criteria: Annotated[list[Criterion], Field(max_length=30)]
    missing: Annotated[methods.MissingPolicy, Field(description="what happens to a region without a value")]
    tie_breakers: list[TieBreaker] = Field(default_factory=list, max_length=20)
    equity: list[EquityRule] = Field(default_factory=list, max_length=100)
    sensitivity: Sensitivity | None = None
    reserves: Annotated[Int32, Field(ge=0, le=600, description="how many follow those chosen")] = 0


class Methods(Schema):
    """The method of each stage; a stage without one cannot be run unless the run brings its own."""

    shortlist: Method | None = None
    final: Method | None = None


class AssessmentRules(Schema):
    """How assessments are scored."""

    quorum: Annotated[Int32, Field(ge=1, le=20, description="assessors to a panel, at least")] = 2
    different_institutions: Annotated[bool, Field(description="no two of a panel from one institution")] = True
    spread_limit: Annotated[
        Int32, Field(ge=0, le=HIGHEST, description="levels that assessors may differ by without moderation")
    ] = 1


class Merged(Patch):
    """What can be changed in part, at its place in a cohort: so read, it is whole, and a pointer to a fault fits."""

    methods: Methods
    rubric: EditionReference | None
    assessment_rules: AssessmentRules
    plan_template: EditionReference | None
    mentoring_rules: MentoringRules
    quick_win_rules: QuickWinRules


class EligibilityUpdate(Eligibility, Patch):
    """What changes in who may be ranked."""


class SensitivityUpdate(Sensitivity, Patch):
    """What changes in how hard the weights are shaken."""


class MethodUpdate(Method, Patch):
    """What changes in a method; its lists are replaced whole."""

    eligibility: EligibilityUpdate
    sensitivity: SensitivityUpdate | None


class MethodsUpdate(Patch):
    """What changes in the methods. A stage left out keeps its method; null takes it away."""

    shortlist: MethodUpdate | None
    final: MethodUpdate | None


class AssessmentRulesUpdate(AssessmentRules, Patch):
    """What changes in how assessments are scored."""


class Window(Schema):
    """A period or a day of the cohort's calendar, in local time."""

    code: Annotated[Code, Field(description="for example nomination, assessment, memorandum")]
    starts_on: Date
    ends_on: Date
    time_zone: TimeZone = "Asia/Jakarta"
    place: ShortText | None = None
    source: Url | None = None


class PublishedFigure(Schema):
    """A figure as it was published. Seratus never counts by it; its own counts are derived."""

    code: Code
    value: Int32
    source: ShortText


class WindowRead(BaseModel):
    """A period or a day of the cohort's calendar, in local time."""

    code: str
    starts_on: date
    ends_on: date
    time_zone: TimeZone
    place: str | None
    source: str | None


class PublishedFigureRead(BaseModel):
    """A figure as it was published, which may contradict another of the same code."""

    code: str
    value: int
    source: str


class AssessmentRulesRead(BaseModel):
    """How assessments are scored."""

    quorum: int
    different_institutions: bool
    spread_limit: int


class CohortRead(RecordRead):
    """One yearly round of the programme."""

    code: str
    year: int
    phase: int
    title: str
    quota: Annotated[Regions, Field(description="to be chosen")]
    candidate_quota: Annotated[Regions, Field(description="to be invited to the assessment")]
    calendar: list[WindowRead]
    methods: dict[str, Any]
    rubric: Annotated[EditionReferenceRead | None, Field(description="what readiness is measured by")]
    assessment_rules: Annotated[AssessmentRulesRead | None, Field(description="null: they were not kept")]
    rules_frozen_at: Annotated[
        AwareDatetime | None,
        Field(description="since when rubric and assessment rules are in use and stay as they are"),
    ]
    plan_template: Annotated[EditionReferenceRead | None, Field(description="what a new master plan must hold")]
    mentoring_rules: Annotated[MentoringRulesRead | None, Field(description="null: the defaults hold")]
    quick_win_rules: Annotated[QuickWinRulesRead | None, Field(description="null: nobody gave any")]
    published_figures: list[PublishedFigureRead]
    simulation: Annotated[bool, Field(description="true: a rehearsal; nothing in it is a decision of the ministry")]
    state: State


_COHORT_CODE = worded(
    "^[a-z0-9][a-z0-9-]*$",
    en="Lower-case letters, digits and hyphens, no hyphen first, such as 2027-a.",
    id="Huruf kecil, angka, dan tanda hubung, tidak diawali tanda hubung, misalnya 2027-a.",
)


class CohortCreate(Schema):
    """A new cohort, in state draft."""

    code: Annotated[ShortText, Field(max_length=40, pattern=_COHORT_CODE)]
    year: Year
    phase: Annotated[Int32, Field(ge=1, le=100)]
    title: ShortText
    quota: Seats
    candidate_quota: Seats
    calendar: list[Window] = Field(default_factory=list, max_length=50)
    methods: Methods = Methods()
    rubric: EditionReference | None = None
    assessment_rules: AssessmentRules = AssessmentRules()
    plan_template: EditionReference | None = None
    mentoring_rules: MentoringRules = MentoringRules()
    quick_win_rules: QuickWinRules = QuickWinRules()
    published_figures: list[PublishedFigure] = Field(default_factory=list, max_length=50)
    simulation: bool = False


class CohortUpdate(Patch):
    """What may change: a stage's method until its run is published, rubric and assessment rules until they are used."""

    year: Year
    phase: Annotated[Int32, Field(ge=1, le=100)]
    title: ShortText
    quota: Seats
    candidate_quota: Seats
    calendar: Annotated[list[Window], Field(max_length=50)]
    methods: MethodsUpdate
    rubric: EditionReferenceUpdate | None
    assessment_rules: AssessmentRulesUpdate
    plan_template: EditionReferenceUpdate | None
    mentoring_rules: MentoringRulesUpdate
    quick_win_rules: QuickWinRulesUpdate
    published_figures: Annotated[list[PublishedFigure], Field(max_length=50)]


class CohortQuery(ListQuery):
    """Filters of `GET /v1/cohorts`."""

    default_sort: ClassVar[str] = "-year"

    sort: Literal["year", "-year", "code", "-code"] | None = None
    q: Annotated[Search | None, Field(description="part of the title")] = None
    state: State | None = None
    state_in: CommaList[State] | None = None
    year: Year | None = None
    simulation: Flag | None = None
