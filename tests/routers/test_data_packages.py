"""The data package says of every dataset what its files hold: fields, units and rows, as this reader sees them."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from app.schemas.exports import DataPackageRead
from app.services.datasets import DATASETS
from tests.conftest import As, document

READ: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "array": json.loads,
    "object": json.loads,
}


async def test_tables_are_as_the_data_package_says(as_: As) -> None:
    package = (await as_("public").get("/v1/exports/datapackage.json")).json()
    DataPackageRead.model_validate(package, strict=True, extra="forbid")
    assert [resource["name"] for resource in package["resources"]] == [
        item["name"] for item in (await as_("public").get("/v1/exports")).json()["items"]
    ]
    for resource in package["resources"]:
        answer = await as_("public").get(f"/v1/exports/{resource['path']}")
        header, *rows = csv.reader(io.StringIO(answer.text))
        fields = resource["schema"]["fields"]
        assert header == [field["name"] for field in fields]
        assert set(resource["schema"]["primaryKey"]) <= set(header)
        for row in rows:
            for field, cell in zip(fields, row, strict=True):
                constraints = field.get("constraints", {})
                assert cell or not constraints.get("required"), (resource["name"], field)
                if cell:
                    value = READ[field["type"]](cell)
                    assert value in constraints.get("enum", [value])
                    assert isinstance(value, {"array": list, "object": dict}.get(field["type"], object))


async def test_the_data_package_counts_what_the_reader_sees(as_: As) -> None:
    for person in ("public", "officer"):
        answer = await as_(person).get("/v1/exports/datapackage.json")
        package = answer.json()
        for resource in package["resources"]:
            files = await as_(person).get(f"/v1/exports/{resource['path']}&count=true")
            assert files.headers["row-count"] == str(resource["rows"])
            assert files.headers["change-cursor"] == package["change_cursor"]


async def test_the_licence_is_for_what_is_published(as_: As) -> None:
    """Whoever sees more than the public is promised nothing about passing it on."""
    for person in ("public", "mentor", "officer"):
        package = (await as_(person).get("/v1/exports/datapackage.json")).json()
        assert ("licenses" in package) is (person == "public")


# Years, places in an order, and numbers whose unit another field names.
WITHOUT_UNIT = {
    "version", "year", "population_year", "first_year", "last_year", "phase", "edition", "rubric_edition", "number",
    "workshop_number", "version_number", "rank", "position", "seq", "score", "scale_min", "scale_max", "value",
    "measured_value",
}  # fmt: skip


async def test_numbers_have_units_in_the_package_and_in_the_contract(as_: As) -> None:
    package = (await as_("officer").get("/v1/exports/datapackage.json")).json()
    for resource in package["resources"]:
        schema = document()["components"]["schemas"][DATASETS[resource["name"]].projection.schema.__name__]
        for field in resource["schema"]["fields"]:
            if field["type"] not in {"integer", "number"}:
                continue
            place = (resource["name"], field["name"])
            assert ("unit" in field) is (field["name"] not in WITHOUT_UNIT), place
            described = schema["properties"][field["name"]]
            told = {part.get("x-unit") for part in (described, *described.get("anyOf", []))} - {None}
            assert told == ({field["unit"]} if "unit" in field else set()), place
