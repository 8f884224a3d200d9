"""The path of a region, step by step, as the API shows it."""

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field

from app.kernel.listing import ListQuery
from app.kernel.queries import CommaList
from app.kernel.types import Date, Uuid
from app.schemas.rehearsals import Simulation, Simulations

Kind = Literal[
    "candidacies",
    "memoranda",
    "mentorships",
    "workshops",
    "commitments",
    "master-plans",
    "quick-wins",
    "progress-reports",
]


_UNPUBLISHED = "a step whose day was not published counts as of the day of the one before it"


class TimelineStepRead(BaseModel):
    """One step on the path of a region: a record of it entered a state, or a quick win reported."""

    id: Uuid
    at: Annotated[AwareDatetime, Field(description="when it was written down")]
    effective_on: Annotated[
        dt.date | None,
        Field(description="the day it took effect, by the region's own calendar; null where no day was published"),
    ]
    cohort_code: str
    simulation: Simulation
    kind: Annotated[Kind, Field(description="the resource of the record")]
    record_id: Uuid
    from_state: Annotated[str | None, Field(description="null where it is the record's first state, or has none")]
    to_state: Annotated[str | None, Field(description="null of a progress report, which has no states")]
    text_en: str
    text_id: str


class TimelineQuery(ListQuery):
    """Filters of the path of one region."""

    default_sort: ClassVar[str] = "effective_on"

    sort: Annotated[
        Literal["effective_on", "-effective_on"] | None,
        Field(description=f"oldest first when absent; {_UNPUBLISHED} and stands behind it"),
    ] = None
    cohort: Annotated[str | None, Field(max_length=40, description="code of the cohort")] = None
    simulation: Simulations = None
    kind: Kind | None = None
    kind_in: CommaList[Kind] | None = None
    record: Annotated[Uuid | None, Field(description="id of one record: its own path")] = None
    effective_on_gte: Annotated[Date | None, Field(description=f"took effect on this day or later; {_UNPUBLISHED}")] = (
        None
    )
    effective_on_lt: Annotated[Date | None, Field(description=f"took effect before this day; {_UNPUBLISHED}")] = None
