"""Changes as the API describes them."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from app.kernel.change_feed import Operation
from app.kernel.exports import ExportQuery
from app.kernel.following import FollowQuery
from app.kernel.queries import CommaList
from app.kernel.types import Instant, RegionCode
from app.schemas.exports import CohortCode

# What can be followed: all that can be exported but the log itself.
Resource = Literal[
    "regions",
    "catalogues",
    "indicators",
    "indicator-values",
    "cohorts",
    "candidacies",
    "selection-runs",
    "selection-results",
    "assessments",
    "memoranda",
    "mentorships",
    "master-plans",
    "initiatives",
    "quick-wins",
    "progress-reports",
    "institutions",
    "rubrics",
    "commitments",
    "experts",
    "objections",
    "plan-comments",
    "plan-reviews",
    "plan-templates",
    "plan-versions",
    "region-profiles",
    "result-letters",
    "scorecards",
    "sessions",
    "workshops",
]

_ONLY_OF = (
    "code of the {0}: changes of its own record and of what belongs to it only; resources whose records belong to no "
    "{0} are left out, and refused where they are named"
)


class ChangeQuery(FollowQuery):
    """Which changes are wanted."""

    resource: Annotated[Resource | None, Field(description="changes of this resource only")] = None
    resource_in: Annotated[CommaList[Resource] | None, Field(description="changes of these resources only")] = None
    cohort: Annotated[CohortCode | None, Field(description=_ONLY_OF.format("cohort"))] = None
    region: Annotated[RegionCode | None, Field(description=_ONLY_OF.format("region"))] = None

    def filters(self) -> dict[str, Any]:
        """Return those that are filters of records; the others choose among the resources."""
        return {name: value for name, value in super().filters().items() if not name.startswith("resource")}


class ChangeRead(BaseModel):
    """What became of one record, as far as the reader sees it."""

    resource: Resource
    key: Annotated[str, Field(description="`id` or `code` of the record; of what has editions, `code/edition`")]
    operation: Annotated[
        Operation,
        Field(description="`create`: it came, or came into sight; `delete`: it went, or went out of sight"),
    ]
    at: Annotated[AwareDatetime, Field(description="when it was last changed")]
    record: Annotated[dict[str, Any] | None, Field(description="as its own address shows it; null when it is gone")]


class ChangesRead(BaseModel):
    """A page of changes."""

    items: list[ChangeRead]
    next_cursor: Annotated[str, Field(description="send it as `after` for what follows; there always is one")]
    more: Annotated[bool, Field(description="whether more changes are there already")]


class LoggedRead(BaseModel):
    """What was done to one record, as the log has it."""

    seq: Annotated[int, Field(description="number in the log, in the order of writing; some are left out")]
    resource: Resource
    key: Annotated[str, Field(description="`id` or `code` of the record; of what has editions, `code/edition`")]
    operation: Operation
    at: AwareDatetime


class ChangesExport(ExportQuery):
    """Filters of the exported log."""

    resource: Annotated[Resource | None, Field(description="changes of this resource only")] = None
    resource_in: Annotated[CommaList[Resource] | None, Field(description="changes of these resources only")] = None
    operation: Operation | None = None
    at_gte: Instant | None = None
    at_lt: Instant | None = None
