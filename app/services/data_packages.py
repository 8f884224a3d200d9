"""The datasets described for programs: a data package (Frictionless, version 1) with the schema of each table."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from app.domain.permissions import Role
from app.kernel.auth import Identity
from app.kernel.change_cursors import cursor_at
from app.kernel.change_feed import Position
from app.kernel.db import Connection
from app.kernel.export_statements import count_statement, moment_of
from app.kernel.openapi import CONTRACT_VERSION
from app.kernel.projection import reader_of
from app.kernel.shapes import Field, Kind, fields_of
from app.services.dataset import Dataset
from app.services.datasets import open_to

_TYPES: Mapping[Kind, Mapping[str, str]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "datetime": {"type": "datetime", "format": "any"},  # RFC 3339, with fractions of a second where there are any
}
# Nothing that the programme was given says how its data may be used, and what it publishes is meant to be used: so the
# licence that asks for no more than to be named. Facts of others stay theirs; each value names its source. What only
# some may see is licensed to nobody, so the package of a reader with a key names no licence.
_LICENCE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0; attribution: Gerakan Menuju 100 Smart City",
}
# What ships with the product, as in the headers of app/reference; compilations through which it came are named with it.
_SOURCES: Sequence[Mapping[str, str]] = (
    {
        "title": "Ministry of Home Affairs: decree 300.2.2-2430 of 2025 (codes, names and kinds of regions), and "
        "population on 31 December 2024; compiled by Cahya DSN (MIT)",
        "path": "https://github.com/cahyadsn/wilayah",
    },
    {
        "title": "Geospatial Information Agency (BIG): letter B-16.10/DIGD-BIG/IGD.04.04/12/2024 (areas); compiled by "
        "Cahya DSN (MIT)",
        "path": "https://github.com/cahyadsn/wilayah",
    },
    {
        "title": "Ministry of Home Affairs and BIG: boundaries, for the centroids; compiled by Cahya DSN (MIT)",
        "path": "https://github.com/cahyadsn/wilayah_boundaries",
    },
    {
        "title": "Capitals of regions: compiled by Dhany Yudi (MIT) and corrected by hand, not official",
        "path": "https://github.com/dhanyyudi/wilayah-id",
    },
    {"title": "BPS-Statistics Indonesia: human development 2022, poverty March 2022, sanitation 2021"},
    {"title": "Ministry of Finance, DJPK: regional budgets (APBD) 2023, for the fiscal capacity proxy"},
    {"title": "Press and ministry pages on the cohorts of 2017, 2018 and 2019"},
    {"title": "What regions, universities and the ministry recorded in Seratus"},
)


async def data_package(secret: bytes, connection: Connection, identity: Identity) -> dict[str, Any]:
    """Describe the datasets that the identity may export as CSV files beside the description, all as of this moment.

    The connection sees one moment: of that one are the numbers of rows, and the files behind the paths, for an hour.
    """
    moment, principal = await moment_of(connection, identity), identity.principal
    cursor = cursor_at(secret, principal, Position(moment))
    reader, bound = reader_of(principal)
    resources = []
    for dataset in open_to(principal):
        counting = count_statement(dataset.projection, reader, ())
        rows = await connection.fetchval(counting.text, *counting.arguments(bound))
        resources.append(_resource(dataset, rows, cursor))
    created = moment.at.astimezone(UTC)
    return {
        "profile": "tabular-data-package",
        "name": "seratus",
        "title": "Seratus: Gerakan Menuju 100 Smart City",
        "description": "Candidate regions, their selection and what becomes of them, as far as the reader may see it.",
        "version": f"{CONTRACT_VERSION}+{created:%Y%m%dT%H%M%SZ}",
        "created": f"{created:%Y-%m-%dT%H:%M:%SZ}",
        "change_cursor": cursor,
        **({"licenses": [_LICENCE]} if principal.role is Role.PUBLIC else {}),
        "sources": [*_SOURCES],
        "resources": resources,
    }


def _resource(dataset: Dataset, rows: int, cursor: str) -> dict[str, Any]:
    fields = {field.name: field for field in fields_of(dataset.projection.schema)}
    return {
        "profile": "tabular-data-resource",
        "name": dataset.name,
        "path": f"{dataset.name}?format=csv&as_of={cursor}",
        "title": dataset.title.en,
        "description": dataset.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "rows": rows,
        "schema": {
            "fields": [_field(fields[name]) for name in dataset.projection.columns],
            "primaryKey": [*dataset.key],
            "missingValues": [""],
        },
    }


def _field(field: Field) -> dict[str, Any]:
    described: dict[str, Any] = {"name": field.name, **_TYPES.get(field.kind, {"type": field.kind})}
    if field.description:
        described["description"] = field.description
    if field.unit:
        described["unit"] = field.unit
    constraints: dict[str, Any] = {} if field.optional else {"required": True}
    if field.choices:
        constraints["enum"] = list(field.choices)
    return described | ({"constraints": constraints} if constraints else {})
