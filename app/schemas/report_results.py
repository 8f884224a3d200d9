"""What mentoring, plans and quick wins came to, as a cohort's report shows it."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.kernel.types import Number, RegionCode, Uuid
from app.schemas.assessments import ReasonRead
from app.schemas.plan_completeness import SourceBudgetRead


class MentorshipCountRead(BaseModel):
    """How many mentorships are in a state."""

    state: Literal["assigned", "active", "completed", "ended"]
    count: int


class WorkshopCountRead(BaseModel):
    """How far one of the four workshops is, over all mentorships that did not end early."""

    number: int
    planned: int
    open: int
    closed: int


class CommitmentCountRead(BaseModel):
    """Commitments that are signed and in force."""

    region_heads: int
    agencies: int
    regions: Annotated[int, Field(description="in which at least one is signed")]


class MentoringRead(BaseModel):
    """How far the mentoring of a cohort has come."""

    mentorships: list[MentorshipCountRead]
    workshops: list[WorkshopCountRead]
    commitments: CommitmentCountRead


class PlanCountRead(BaseModel):
    """How many master plans are in a state."""

    state: Literal["draft", "submitted", "returned", "accepted", "enacted", "superseded"]
    count: int


class PlansBudgetRead(BaseModel):
    """The budgets of the plans in force, or accepted where none is in force yet, in whole rupiah.

    A revision counts from its enactment on, and a region that left the cohort not any more.
    """

    total: int
    by_source: list[SourceBudgetRead]


class RegulationFindingRead(BaseModel):
    """A region that is mentored, or was, and whose plan no regulation has enacted: a standing finding."""

    candidacy_id: Uuid
    region_code: RegionCode
    region_name: str
    reason: ReasonRead


class PlansRead(BaseModel):
    """What the master plans of a cohort come to."""

    plans: list[PlanCountRead]
    enacted: Annotated[int, Field(description="regions whose plan a regulation has enacted")]
    missing_regulations: Annotated[list[RegulationFindingRead], Field(description="by region code")]
    completeness: Annotated[
        Number | None,
        Field(description="mean over the plans that are submitted, accepted or in force, 0 to 1; null: there are none"),
    ]
    budget: PlansBudgetRead


class QuickWinCountRead(BaseModel):
    """How many quick wins are in a state."""

    state: Literal["proposed", "approved", "running", "completed", "cancelled"]
    count: int


class StandingCountRead(BaseModel):
    """How many approved quick wins stand so on the day."""

    state: Literal["on_track", "late", "overdue", "achieved", "missed"]
    count: int


class DimensionResultsRead(BaseModel):
    """What one dimension has of the approved quick wins."""

    dimension: str
    name_en: str
    name_id: str
    quick_wins: int
    regions: Annotated[int, Field(description="that have one in it")]
    achieved: Annotated[int, Field(description="by the day, with the target reached")]


class QuickWinsRead(BaseModel):
    """What the quick wins of a cohort come to, as of a day."""

    on: Annotated[dt.date | None, Field(description="the day asked; null: today, by each region's own calendar")]
    quick_wins: list[QuickWinCountRead]
    standings: list[StandingCountRead]
    dimensions: Annotated[list[DimensionResultsRead], Field(description="every one of the catalogue")]
    achieved_share: Annotated[
        Number | None,
        Field(description="of those closed by the day, 0 to 1: those that reached their target; null: none is closed"),
    ]
