"""Catalogues as the API shows them."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import Flag, Query
from app.kernel.types import Code, ShortText


class CatalogueEntry(BaseModel):
    """One word of a vocabulary, in both languages."""

    code: str
    name_en: str
    name_id: str
    description_en: str | None = None
    description_id: str | None = None
    children: list["CatalogueEntry"] | None = None


class CatalogueRead(RecordRead):
    """One edition of a catalogue."""

    code: str
    edition: str
    in_force: Annotated[bool, Field(description="one edition of a catalogue is in force at a time")]
    name_en: str
    name_id: str
    source: str
    entries: list[CatalogueEntry]


class CatalogueQuery(ListQuery):
    """Filters of `GET /v1/catalogues`."""

    default_sort: ClassVar[str] = "code"

    sort: Literal["code", "-code"] | None = None
    code: Code | None = None
    in_force: Flag | None = None


class CatalogueEditionQuery(Query):
    """Which edition of a catalogue is wanted."""

    edition: Annotated[ShortText | None, Field(description="the one in force when absent")] = None
