"""Imports as the API takes and shows them: what a file is, its rows, and the report."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from app.kernel.bodies import Schema
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import Query
from app.kernel.types import Code, Date, Decimal, LongText, RegionCode, ShortText, Uuid, Year
from app.schemas.indicators import Quality
from app.schemas.regions import IslandGroup, Kind, TimeZone

Dataset = Literal["regions", "indicator-values", "candidacies"]


class ImportRead(RecordRead):
    """One file taken in whole, and the report of it."""

    id: Uuid
    dataset: Dataset
    sha256: Annotated[str, Field(description="digest of the file as it was sent")]
    parameters: dict[str, str | int]
    received: Annotated[int, Field(description="rows in the file")]
    created: int
    updated: int
    unchanged: int
    rejected: Annotated[int, Field(description="always 0, because a file is taken in whole or not at all")]
    actor: str


class RejectedRows(BaseModel):
    """Rows that were rejected for one reason."""

    code: str
    field: str | None
    message: str
    lines: Annotated[
        list[int], Field(description="where the rows start, the first 100; in a JSON array their place, from 1")
    ]
    count: int


class ImportReport(BaseModel):
    """What would have become of the rows of a file that was refused: nothing of it was kept."""

    received: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    groups: list[RejectedRows]


class ImportParameters(Query):
    """What the file is, and values for columns that it does not have."""

    dataset: Dataset
    indicator: Annotated[Code | None, Field(description="for a file of one indicator")] = None
    year: Annotated[Year | None, Field(description="for a file of one year")] = None
    unit: ShortText | None = None
    source: ShortText | None = None
    instrument: ShortText | None = None
    quality: Quality | None = None
    cohort: Annotated[ShortText | None, Field(description="for a file of candidacies")] = None
    reason: Annotated[ShortText | None, Field(description="for a file of candidacies")] = None
    decimal: Annotated[
        Literal["comma", "point"] | None, Field(description="how the file writes decimals; found out when absent")
    ] = None


class ImportQuery(ListQuery):
    """Filters of `GET /v1/imports`."""

    default_sort: ClassVar[str] = "-created_at"

    sort: Literal["created_at", "-created_at"] | None = None
    dataset: Dataset | None = None


class PlacedRow(Schema):
    """A row that names a region: by code, or by name with kind and province as far as they are needed."""

    region_code: ShortText | None = None
    region_name: ShortText | None = None
    kind: ShortText | None = None
    province_code: ShortText | None = None
    province_name: ShortText | None = None


class ValueRow(PlacedRow):
    """A row of `indicator-values`."""

    indicator_code: Code
    year: Year
    value: Decimal
    unit: ShortText | None = None
    source: ShortText
    instrument: ShortText | None = None
    quality: Quality
    category: ShortText | None = None


class CandidacyRow(PlacedRow):
    """A row of `candidacies`."""

    cohort_code: ShortText
    reason: LongText


class RegionRow(Schema):
    """A row of `regions`, completed with what is stored already."""

    code: RegionCode
    name: ShortText
    kind: Kind
    province_code: RegionCode | None = None
    island_group: IslandGroup
    capital: ShortText
    # The bounds are those of Indonesia, so that swapped coordinates show.
    latitude: Annotated[Decimal, Field(ge=-12, le=7)]
    longitude: Annotated[Decimal, Field(ge=94, le=142)]
    population: Annotated[int, Field(ge=0, le=10**9)]
    population_year: Year
    area_km2: Annotated[Decimal, Field(gt=0, le=10**7)]
    time_zone: TimeZone
    own_budget: bool
    aliases: Annotated[list[ShortText], Field(max_length=50, default_factory=list)]
    valid_from: Date | None = None
    valid_to: Date | None = None
