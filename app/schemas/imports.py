"""Imports as the API shows them: the report of one file."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import Query
from app.kernel.types import Code, ShortText, Uuid, Year
from app.schemas.indicators import Quality

Dataset = Literal["regions", "indicator-values", "candidacies"]


class ImportRead(RecordRead):
    """One file taken in whole."""

    id: Uuid
    dataset: Dataset
    sha256: Annotated[str, Field(description="digest of the file as it was sent")]
    parameters: dict[str, str | int]
    received: Annotated[int, Field(description="rows in the file")]
    created: int
    updated: int
    unchanged: int
    actor: str


class RejectedRows(BaseModel):
    """Rows that were rejected for one reason."""

    code: str
    field: str | None
    message: str
    lines: Annotated[list[int], Field(description="line numbers in the file, the first 100")]
    count: int


class ImportReport(BaseModel):
    """What became of the rows of a file that was refused: nothing of it was kept."""

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
    year: Year | None = None
    unit: ShortText | None = None
    source: ShortText | None = None
    instrument: ShortText | None = None
    quality: Quality | None = None
    cohort: Annotated[ShortText | None, Field(description="for a file of candidacies")] = None
    reason: ShortText | None = None
    decimal: Annotated[
        Literal["comma", "point"] | None, Field(description="how the file writes decimals; found out when absent")
    ] = None


class ImportQuery(ListQuery):
    """Filters of `GET /v1/imports`."""

    default_sort: ClassVar[str] = "-created_at"

    sort: Literal["created_at", "-created_at"] | None = None
    dataset: Dataset | None = None
