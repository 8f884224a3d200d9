"""Records for tests, made through the API: every argument optional, the least that the rules accept."""

from typing import Any

import httpx

METHOD: dict[str, Any] = {
    "eligibility": {"kinds": ["regency", "city"], "requires_own_budget": True},
    "criteria": [
        {
            "code": "fiscal",
            "indicator": "fiscal_capacity_proxy",
            "direction": "higher",
            "weight": 0.4,
            "normalisation": "percentile",
        },
        {"code": "hdi", "indicator": "hdi", "direction": "higher", "weight": 0.35, "normalisation": "min_max"},
        {
            "code": "poverty",
            "indicator": "poverty_rate",
            "direction": "lower",
            "weight": 0.25,
            "normalisation": "min_max",
        },
    ],
    "missing": "exclude",
    "reserves": 5,
}


async def make_cohort(officer: httpx.AsyncClient, code: str = "test", *, state: str = "open", **fields: Any) -> str:
    """Make a cohort and return its code."""
    body = {"code": code, "year": 2026, "phase": 4, "title": "Test", "quota": 5, "candidate_quota": 10} | fields
    created = await officer.post("/v1/cohorts", json=body)
    assert created.status_code == 201, created.text
    if state == "open":
        await move(officer, f"/v1/cohorts/{code}", "open")
    return code


async def make_candidacy(officer: httpx.AsyncClient, cohort: str, region: str = "32.73") -> str:
    """Nominate a region and return the candidacy's path."""
    body = {"region_code": region, "reason": "self-nomination"}
    created = await officer.post(f"/v1/cohorts/{cohort}/candidacies", json=body)
    assert created.status_code == 201, created.text
    return created.headers["location"]


async def make_run(officer: httpx.AsyncClient, cohort: str, **fields: Any) -> str:
    """Record a shortlist run by METHOD and return its path."""
    body = {"stage": "shortlist", "method": METHOD} | fields
    created = await officer.post(f"/v1/cohorts/{cohort}/selection-runs", json=body)
    assert created.status_code == 201, created.text
    return created.headers["location"]


async def move(client: httpx.AsyncClient, path: str, to: str, reason: str = "test") -> httpx.Response:
    """Ask for a transition of the record as it stands."""
    tag = (await client.get(path)).headers["etag"]
    body = {"to": to, "reason": reason}
    return await client.post(f"{path}/transitions", json=body, headers={"If-Match": tag})
