"""The data package and the files it describes, judged by Frictionless, for those who see least and who see most."""

import httpx
import pytest
from frictionless import Package, system

from contract.conftest import KEY

PATH = "/v1/exports/datapackage.json"


@pytest.mark.timeout(300)
def test_the_files_are_as_the_package_says(service: str) -> None:
    seen = {}
    for reader, headers in (("anonymous", {}), ("administrator", {"Authorization": f"Bearer {KEY}"})):
        session = system.http_session
        session.headers.update(headers)
        with system.use_context(http_session=session):
            package = Package(f"{service}{PATH}")
            report = package.validate()
            assert report.valid, report.flatten(["taskNumber", "rowNumber", "fieldName", "note"])[:5]
            rows = {task.name: task.stats.get("rows", 0) for task in report.tasks}
            # Frictionless compares the numbers that are not 0.
            assert rows == {resource.name: resource.rows or 0 for resource in package.resources}
            assert package.created
            assert [licence["name"] for licence in package.licenses] == ["CC-BY-4.0"][: reader == "anonymous"]
            seen[reader] = rows
            # It does judge.
            package.get_resource("regions").rows = 1
            assert package.validate().flatten(["type"]) == [["row-count"]]
    assert seen["anonymous"].keys() < seen["administrator"].keys()
    assert sum(seen["anonymous"].values()) < sum(seen["administrator"].values())


def test_the_moment_of_the_package_is_that_of_its_files(service: str) -> None:
    package = httpx.get(f"{service}{PATH}").json()
    for resource in package["resources"]:
        with httpx.stream("GET", f"{service}/v1/exports/{resource['path']}") as file:
            assert file.headers["change-cursor"] == package["change_cursor"]
