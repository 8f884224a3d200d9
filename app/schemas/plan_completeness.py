"""What a plan lacks and what it adds up to, as the API shows it; worked out anew at each request."""

from typing import Annotated

from pydantic import BaseModel, Field

from app.kernel.types import Number, Uuid
from app.schemas.assessments import ReasonRead
from app.schemas.initiatives import BudgetLineRead

Share = Annotated[Number, Field(description="0 to 1")]


class BookCompletenessRead(BaseModel):
    """How far one book is filled."""

    book: str
    share: Share


class MissingPartRead(BaseModel):
    """A part of the template that is not filled, or not to the end."""

    book: str
    chapter: str
    part: str
    share: Annotated[Number, Field(description="how far it is filled, from 0 to below 1")]
    loss: Annotated[Number, Field(description="what the whole lacks by it")]
    reason: ReasonRead


class PlanGapRead(BaseModel):
    """What is to be told before the plan can be submitted, at its place in the plan's document."""

    pointer: str
    reason: ReasonRead


class SubDimensionCoverageRead(BaseModel):
    """How many initiatives a sub-dimension has."""

    sub_dimension: str
    initiatives: int


class DimensionCoverageRead(BaseModel):
    """How many initiatives a dimension has, and their budget."""

    dimension: str
    initiatives: int
    budget: Annotated[int, Field(description="whole rupiah")]
    sub_dimensions: list[SubDimensionCoverageRead]


class CoverageRead(BaseModel):
    """Every dimension of the catalogue, and the shares that have at least one initiative."""

    dimensions: list[DimensionCoverageRead]
    share: Share
    sub_dimension_share: Share


class YearBudgetRead(BaseModel):
    """The budget of one year."""

    year: int
    amount: Annotated[int, Field(description="whole rupiah")]


class SourceBudgetRead(BaseModel):
    """What one source pays."""

    source: Annotated[str, Field(description="code in the catalogue `budget-sources`")]
    amount: Annotated[int, Field(description="whole rupiah")]


class PlanBudgetRead(BaseModel):
    """The budget of the whole plan."""

    total: Annotated[int, Field(description="whole rupiah")]
    by_year: Annotated[list[YearBudgetRead], Field(description="every year that the plan covers")]
    by_source: list[SourceBudgetRead]
    lines: Annotated[list[BudgetLineRead], Field(description="by year and source")]


class ServedRead(BaseModel):
    """A problem, a potential or a priority, and the initiatives that serve it."""

    code: str
    initiatives: Annotated[list[Uuid], Field(description="none: the plan leaves it out")]


class PlanCompletenessRead(BaseModel):
    """How complete a plan is, what it still lacks, and what it adds up to."""

    plan_id: Uuid
    plan_version: Annotated[int, Field(description="the version of the plan that was looked at")]
    share: Annotated[Number, Field(description="0 to 1, by the weights of the template")]
    books: list[BookCompletenessRead]
    missing: Annotated[list[MissingPartRead], Field(description="in the order of the template")]
    gaps: Annotated[list[PlanGapRead], Field(description="what the initiatives lack before the plan can be submitted")]
    coverage: CoverageRead
    budget: PlanBudgetRead
    problems: Annotated[list[ServedRead], Field(description="of the region's profile")]
    potentials: Annotated[list[ServedRead], Field(description="of the region's profile")]
    priorities: Annotated[list[ServedRead], Field(description="national priorities of the catalogue")]
    aimless: Annotated[list[Uuid], Field(description="initiatives that serve no problem and no potential")]
