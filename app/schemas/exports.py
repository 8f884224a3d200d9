"""Exports as the API describes them."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model
from pydantic.fields import FieldInfo

from app.kernel.exports import ExportQuery
from app.kernel.formats import Format
from app.kernel.listing import ListQuery

CohortCode = Annotated[str, Field(max_length=40, description="code of the cohort")]


def export_of(query: type[ListQuery], **more: Any) -> type[ExportQuery]:
    """Make the query of an export: the filters of a list, and those that the list's path would set."""
    own: dict[str, FieldInfo] = {
        name: info for name, info in query.model_fields.items() if name not in {*ListQuery.model_fields, "sort"}
    }
    named = {name: (info.annotation, info) for name, info in own.items()}
    fields: dict[str, Any] = {**named, **{name: (kind | None, None) for name, kind in more.items()}}
    return create_model(f"{query.__name__.removesuffix('Query')}Export", __base__=ExportQuery, **fields)


class FilterRead(BaseModel):
    """One filter of a dataset."""

    name: str
    description: str | None


class DatasetRead(BaseModel):
    """What can be exported."""

    name: str
    path: Annotated[str, Field(description="where its rows are")]
    title_en: str
    title_id: str
    description: Annotated[str, Field(description="what one row is, and who sees which")]
    formats: list[Format]
    filters: list[FilterRead]


class DatasetsRead(BaseModel):
    """All that the reader may export."""

    items: list[DatasetRead]


class TableSchemaRead(BaseModel):
    """The columns of a table (Frictionless Table Schema), numbers with their `unit`."""

    fields: list[dict[str, Any]]
    primary_key: Annotated[list[str], Field(alias="primaryKey")]
    missing_values: Annotated[list[str], Field(alias="missingValues")]


class ResourceRead(BaseModel):
    """One table of a data package."""

    profile: str
    name: str
    path: Annotated[str, Field(description="where it is, from the description on")]
    title: str
    description: str
    format: str
    mediatype: str
    encoding: str
    rows: Annotated[int, Field(description="as the reader sees them, as of the package's moment")]
    table: Annotated[TableSchemaRead, Field(alias="schema")]


class DataPackageRead(BaseModel):
    """A data package (Frictionless Data Package, version 1)."""

    profile: str
    name: str
    title: str
    description: str
    version: Annotated[str, Field(description="of the contract, and the moment after a plus sign")]
    created: Annotated[str, Field(description="the moment, to the second")]
    change_cursor: Annotated[str, Field(description="where changes follow upon these rows")]
    licenses: Annotated[
        list[dict[str, Any]],
        Field(default_factory=list, description="of what is published; absent where the reader sees more than that"),
    ]
    sources: list[dict[str, Any]]
    resources: list[ResourceRead]
