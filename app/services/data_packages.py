"""The datasets described for programs: a data package (Frictionless, version 1) with the schema of each table."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.kernel.shapes import Field, Kind, fields_of
from app.services.datasets import Dataset

_TYPES: Mapping[Kind, Mapping[str, str]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "datetime": {"type": "datetime", "format": "any"},  # RFC 3339, with fractions of a second where there are any
}
_SOURCES = (
    "Ministry of Home Affairs: codes, names and population of regions",
    "Geospatial Information Agency (BIG): areas and boundaries",
    "The source that each indicator value and each record names",
)


def data_package(datasets: Sequence[Dataset]) -> dict[str, Any]:
    """Describe these datasets as CSV files beside the description."""
    return {
        "profile": "tabular-data-package",
        "name": "seratus",
        "title": "Seratus: Gerakan Menuju 100 Smart City",
        "description": "Candidate regions, their selection and what becomes of them, as far as the reader may see it.",
        "sources": [{"title": title} for title in _SOURCES],
        "resources": list(map(_resource, datasets)),
    }


def _resource(dataset: Dataset) -> dict[str, Any]:
    fields = {field.name: field for field in fields_of(dataset.projection.schema)}
    key = dataset.projection.key.key  # of what has editions it is not shown
    return {
        "profile": "tabular-data-resource",
        "name": dataset.name,
        "path": f"{dataset.name}?format=csv",
        "title": dataset.title_en,
        "description": dataset.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": [_field(fields[name]) for name in dataset.projection.columns],
            "primaryKey": [key] if key in fields else ["code", "edition"],
            "missingValues": [""],
        },
    }


def _field(field: Field) -> dict[str, Any]:
    described: dict[str, Any] = {"name": field.name, **_TYPES.get(field.kind, {"type": field.kind})}
    if field.description:
        described["description"] = field.description
    constraints: dict[str, Any] = {} if field.optional else {"required": True}
    if field.choices:
        constraints["enum"] = list(field.choices)
    return described | ({"constraints": constraints} if constraints else {})
