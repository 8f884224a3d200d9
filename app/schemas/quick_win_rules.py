"""What a cohort asks of quick wins, as the API shows and takes it."""

from typing import Annotated

from pydantic import BaseModel, Field

from app.kernel.bodies import Patch, Schema
from app.kernel.types import Code, Int32


class QuickWinRules(Schema):
    """What the cohort asks of the quick wins of a region, and by how much one may lag."""

    at_least: Annotated[Int32, Field(ge=0, le=100, description="quick wins of a region")] = 0
    at_most: Annotated[Int32 | None, Field(ge=0, le=100, description="null: any number")] = None
    dimensions: Annotated[list[Code], Field(max_length=50, description="each must have one")] = Field(
        default_factory=list
    )
    different_dimensions: Annotated[Int32, Field(ge=0, le=50, description="that they must be in, at least")] = 0
    tolerance: Annotated[
        Int32,
        Field(ge=0, le=100, description="per cent of the time by which reported progress may lag before it is `late`"),
    ] = 10


class QuickWinRulesUpdate(QuickWinRules, Patch):
    """What changes in what is asked of quick wins; `dimensions` is replaced whole."""


class QuickWinRulesRead(BaseModel):
    """What the cohort asks of the quick wins of a region."""

    at_least: int
    at_most: int | None
    dimensions: list[str]
    different_dimensions: int
    tolerance: Annotated[int, Field(description="in points of per cent")]
