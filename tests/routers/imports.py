"""Imports for tests: an indicator and a file of its values, the way to send files, and what reports say."""

from typing import Any

import httpx
import pytest

from tests.conftest import As

INDEX = {
    "code": "test_index",
    "name_en": "Test index",
    "name_id": "Indeks uji",
    "owner": "Test",
    "unit": "percent",
    "direction": "higher",
    "scale_min": -5,
    "scale_max": 2000,
    "levels": ["regency", "city"],
}
VALUES = {"dataset": "indicator-values", "indicator": "test_index", "source": "Test", "quality": "synthetic"}
FILE = "kode;tahun;nilai\n32.73;2023;3,48\n32.04;2023;1.234,5\n32.04;2022;-0,05\n"


@pytest.fixture
async def steward(as_: As) -> httpx.AsyncClient:
    """Give a data steward, with an indicator for regencies and cities."""
    created = await as_("data_steward").post("/v1/indicators", json=INDEX)
    assert created.status_code == 201, created.text
    return as_("data_steward")


async def send(
    client: httpx.AsyncClient, content: str | bytes, media_type: str = "text/csv", language: str = "en", **query: Any
) -> httpx.Response:
    """Send a file of values of the indicator."""
    headers = {"Content-Type": media_type, "Accept-Language": language}
    return await client.post("/v1/imports", params=VALUES | query, content=content, headers=headers)


async def send_to(client: httpx.AsyncClient, dataset: str, content: str, **query: Any) -> httpx.Response:
    """Send a file of a dataset, as CSV."""
    headers = {"Content-Type": "text/csv"}
    return await client.post("/v1/imports", params={"dataset": dataset} | query, content=content, headers=headers)


def counts(answer: httpx.Response) -> tuple[int, int, int, int, int]:
    """Received, created, updated, unchanged, rejected."""
    report = answer.json().get("report", answer.json())
    return (report["received"], report["created"], report["updated"], report["unchanged"], report["rejected"])


def faults(answer: httpx.Response) -> dict[tuple[str, str | None], list[int]]:
    """Lines of rejected rows by code and field."""
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "import_rejected", answer.text
    found: dict[tuple[str, str | None], list[int]] = {}
    for group in answer.json()["report"]["groups"]:
        assert group["count"] == len(group["lines"])
        lines = found.setdefault((group["code"], group["field"]), [])
        lines[:] = sorted(lines + group["lines"])
    return found


async def stored(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Return the indicator's values, by region and year."""
    items = (await client.get("/v1/indicators/test_index/values")).json()["items"]
    return sorted(items, key=lambda item: (item["region_code"], item["year"]))
