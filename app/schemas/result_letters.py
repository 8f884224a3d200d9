"""Result letters as the API shows and takes them."""

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field, StringConstraints

from app.domain.scoring import Side
from app.kernel.bodies import Schema
from app.kernel.listing import ListQuery
from app.kernel.messages import worded
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Search
from app.kernel.types import Date, Int32, LongText, Number, RegionCode, Uuid, Year
from app.schemas.rehearsals import Simulation, Simulations
from app.schemas.selection_runs import Decision

# Where a letter's number has its place. Blanks around a number would make two of one.
PLACE = "{n}"
NumberPattern = Annotated[
    str,
    StringConstraints(
        max_length=90,
        pattern=worded(
            r"^([^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*)?\{n\}([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$",
            en="One line with {n} where the letters are counted, such as B-{n}/KOMINFO/2027, no blank first or last.",
            id="Satu baris dengan {n} di tempat nomor urut, misalnya B-{n}/KOMINFO/2027, tanpa spasi di ujungnya.",
        ),
    ),
    Field(description="the number of a letter, with `{n}` where it counts", examples=["B-{n}/KOMINFO/2027"]),
]


class ComparisonRead(BaseModel):
    """A strength or a weakness: the score in one criterion beside the median of the cohort's assessed candidacies."""

    criterion: Annotated[str, Field(description="a code of the catalogue `readiness-criteria`")]
    score: Annotated[Number, Field(description="0 to 4")]
    median: Number
    difference: Annotated[Number, Field(description="score less median")]
    side: Side
    text_en: str
    text_id: str


class ResultLetterRead(RecordRead):
    """What one region is told of the decision, as it was when the letter was issued."""

    id: Uuid
    candidacy_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    simulation: Simulation
    number: Annotated[str, Field(description="unique in its year")]
    year: Annotated[int, Field(description="that of `date`")]
    date: dt.date
    run_id: Annotated[Uuid, Field(description="the published run that decided")]
    decision: Decision
    rank: Annotated[int | None, Field(description="null when the region was not ranked")]
    scorecard_id: Annotated[Uuid | None, Field(description="the newest one then; null when it never had one")]
    comparison: list[ComparisonRead]
    reason: Annotated[str, Field(description="why it was issued")]
    replaces_id: Annotated[
        Uuid | None, Field(description="the region's letter on an earlier choice, which no longer holds")
    ] = None


class ResultLettersCreate(Schema):
    """Issues the letters of a cohort, numbered from `first` on in the order of the region codes."""

    date: Date
    number_pattern: NumberPattern
    first: Annotated[Int32, Field(ge=1, le=1_000_000, description="what `{n}` is in the first letter")] = 1
    reason: Annotated[LongText, Field(description="why; kept with every letter")]


class IssuedRead(BaseModel):
    """One letter that was issued."""

    result_letter_id: Uuid
    number: str
    candidacy_id: Uuid
    region_code: RegionCode
    region_name: str
    decision: Decision
    rank: int | None


class ResultLettersIssued(BaseModel):
    """What was issued, in the order of the numbers."""

    cohort_code: str
    run_id: Uuid
    date: dt.date
    issued: Annotated[int, Field(description="number of letters")]
    items: list[IssuedRead]


class CohortResultLetterQuery(ListQuery):
    """Filters of the result letters of one cohort."""

    default_sort: ClassVar[str] = "region_code"

    sort: Literal["region_code", "-region_code", "created_at", "-created_at"] | None = None
    q: Annotated[Search | None, Field(description="part of the number")] = None
    candidacy: Uuid | None = None
    region: RegionCode | None = None
    province: RegionCode | None = None
    decision: Decision | None = None
    decision_in: CommaList[Decision] | None = None
    year: Year | None = None


class ResultLetterQuery(CohortResultLetterQuery):
    """Filters of the result letters of all cohorts."""

    cohort: Annotated[str | None, Field(max_length=40, description="code of the cohort")] = None
    simulation: Simulations = None
