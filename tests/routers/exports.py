"""Exports for tests: the one that most of them ask for, and its rows as a spreadsheet has them."""

import csv
import io

import httpx

REGIONS = "/v1/exports/regions"


async def table_of(client: httpx.AsyncClient, path: str) -> list[dict[str, str]]:
    """Return the rows of an export as CSV."""
    answer = await client.get(path, params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))
