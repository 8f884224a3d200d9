"""How quick wins stand on a day, as the API shows it, and all that it is worked out of."""

import datetime as dt
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field

from app.domain import quick_win_progress
from app.kernel.projection import RecordRead
from app.kernel.queries import Query
from app.kernel.types import Date, Number, RegionCode, Uuid
from app.schemas.assessments import ReasonRead
from app.schemas.quick_wins import MeasureRead


class ReportedRead(BaseModel):
    """What counts of a report for how a quick win stands."""

    reported_on: dt.date
    percent: int


class QuickWinCourse(BaseModel):
    """All by which a quick win stands as it does on a day. `left`: its region is no more in the cohort."""

    region_code: RegionCode
    time_zone: str
    title: str
    dimension: str
    measure: MeasureRead
    starts_on: dt.date
    ends_on: dt.date
    closed_on: dt.date | None
    measured_value: Number | None
    published_at: AwareDatetime | None
    left: bool
    reports: list[ReportedRead]


class QuickWinFacts(QuickWinCourse, RecordRead):
    """All that tells how a quick win stands on a day; an answer is worked out of it."""

    id: Uuid
    candidacy_id: Uuid
    cohort_code: str
    region_name: str
    quick_win_rules: dict[str, Any] | None


class StandingQuery(Query):
    """Which day is asked about."""

    on: Annotated[Date | None, Field(description="the region's today when absent")] = None


class QuickWinStandingRead(BaseModel):
    """How a quick win stands on a day. Reports and closings dated later do not count."""

    quick_win_id: Uuid
    candidacy_id: Uuid
    region_code: RegionCode
    region_name: str
    title: str
    dimension: str
    on: dt.date
    state: Annotated[
        quick_win_progress.State | None,
        Field(description="null: not approved, or its region left: nothing is expected"),
    ]
    reported: Annotated[int, Field(description="per cent, by the newest report")]
    expected: Annotated[Number, Field(description="per cent of its time that had passed in the morning of that day")]
    report_due: Annotated[dt.date | None, Field(description="of the report that is missing or comes next")]
    reasons: list[ReasonRead]


class StandingCountsRead(BaseModel):
    """How many quick wins stand so."""

    on_track: int = 0
    late: int = 0
    overdue: int = 0
    achieved: int = 0
    missed: int = 0


class QuickWinStandingsRead(BaseModel):
    """How the approved quick wins of a cohort stand on a day, by region."""

    cohort_code: str
    on: Annotated[dt.date | None, Field(description="null: today, in each region by its own calendar")]
    counts: StandingCountsRead
    items: list[QuickWinStandingRead]
