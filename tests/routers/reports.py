"""Reports for tests: where they are, what they say, and agreement worked out by its definition."""

from collections.abc import Iterable
from itertools import permutations
from typing import Any

import httpx

REPORT, PROGRESS = "/v1/cohorts/test/report", "/v1/cohorts/test/assessment-progress"


def alpha(units: Iterable[Iterable[int]]) -> float:
    """Work out Krippendorff's alpha of interval levels by its definition, over ordered pairs."""
    pairable = [[*unit] for unit in units]
    everything = [level for unit in pairable for level in unit]
    observed = sum(sum((a - b) ** 2 for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in pairable)
    expected = sum((a - b) ** 2 for a, b in permutations(everything, 2)) / (len(everything) - 1)
    return 1 - observed / expected


async def told(reader: httpx.AsyncClient, path: str = REPORT) -> dict[str, Any]:
    """Return a report."""
    answer = await reader.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
