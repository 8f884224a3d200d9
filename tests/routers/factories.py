"""Records for tests, made through the API: every argument optional, the least that the rules accept."""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.conftest import INSTITUTION
from tests.ground import laid

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

NOWHERE = "01890000-0000-7000-8000-000000000000"
RUNS = "/v1/cohorts/test/selection-runs"
PAPUA = {"scope": "island_group", "bound": "at_least", "seats": 2, "group": "papua"}


def question(code: str, weight: float, **fields: Any) -> dict[str, Any]:
    """Return a question with a descriptor for each level from 0 to 4."""
    levels = [{"text_en": f"Level {level}", "text_id": f"Tingkat {level}"} for level in range(5)]
    asked = {"code": code, "weight": weight, "text_en": f"What of {code}?", "text_id": f"Bagaimana {code}?"}
    return asked | {"evidence_required": False, "levels": levels} | fields


CRITERIA: list[dict[str, Any]] = [
    {"code": "leadership_vision", "weight": 0.7, "questions": [question("vision", 0.25), question("drive", 0.75)]},
    {"code": "regulation", "weight": 0.3, "questions": [question("rules", 1, evidence_required=True)]},
]


@laid
async def make_rubric(officer: httpx.AsyncClient, code: str = "readiness", **fields: Any) -> str:
    """Make a draft of a rubric, or of its next edition, and return its path with the edition."""
    body = {"code": code, "name_en": "Readiness", "name_id": "Kesiapan", "criteria": CRITERIA} | fields
    created = await officer.post("/v1/rubrics", json=body)
    assert created.status_code == 201, created.text
    return created.headers["location"]


@laid
async def make_institution(officer: httpx.AsyncClient, name: str = "Universitas Satu", **fields: Any) -> str:
    """Make an institution and return its id."""
    created = await officer.post("/v1/institutions", json={"name": name, "kind": "university"} | fields)
    assert created.status_code == 201, created.text
    return str(created.json()["id"])


@laid
async def make_expert(
    officer: httpx.AsyncClient, institution: str = str(INSTITUTION), name: str = "Ani", **fields: Any
) -> str:
    """Make an expert, an assessor unless the roles say otherwise, and return the id."""
    body = {"name": name, "institution_id": institution, "roles": ["assessor"]} | fields
    created = await officer.post("/v1/experts", json=body)
    assert created.status_code == 201, created.text
    return str(created.json()["id"])


@laid
async def make_cohort(officer: httpx.AsyncClient, code: str = "test", *, state: str = "open", **fields: Any) -> str:
    """Make a cohort and return its code."""
    body = {"code": code, "year": 2026, "phase": 4, "title": "Test", "quota": 5, "candidate_quota": 10} | fields
    created = await officer.post("/v1/cohorts", json=body)
    assert created.status_code == 201, created.text
    if state == "open":
        await move(officer, f"/v1/cohorts/{code}", "open")
    return code


@laid
async def make_candidacy(officer: httpx.AsyncClient, cohort: str, region: str = "32.73") -> str:
    """Nominate a region and return the candidacy's path."""
    body = {"region_code": region, "reason": "self-nomination"}
    created = await officer.post(f"/v1/cohorts/{cohort}/candidacies", json=body)
    assert created.status_code == 201, created.text
    return created.headers["location"]


@laid
async def make_run(officer: httpx.AsyncClient, cohort: str, **fields: Any) -> str:
    """Record a shortlist run by METHOD and return its path."""
    body = {"stage": "shortlist", "method": METHOD} | fields
    created = await officer.post(f"/v1/cohorts/{cohort}/selection-runs", json=body)
    assert created.status_code == 201, created.text
    return created.headers["location"]


def version_in(answer: httpx.Response) -> int:
    """Return the version of the record that an answer's `ETag` names, with or without a digest after it."""
    return int(answer.headers["etag"].strip('"').partition("-")[0])


async def move(client: httpx.AsyncClient, path: str, to: str, reason: str = "test") -> httpx.Response:
    """Ask for a transition of the record as it stands."""
    tag = (await client.get(path)).headers["etag"]
    body = {"to": to, "reason": reason}
    return await client.post(f"{path}/transitions", json=body, headers={"If-Match": tag})


async def every_row(client: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """Return the rows of all pages of a list."""
    return await rows_from(client, path, query, await client.get(path, params=query))


async def rows_from(
    client: httpx.AsyncClient, path: str, query: Mapping[str, Any], first: httpx.Response
) -> list[dict[str, Any]]:
    """Return the rows of all pages of a list whose first is there; where they are counted, as many as was told."""
    rows: list[dict[str, Any]] = []
    answer = first
    while True:
        assert answer.status_code == 200, (path, query, answer.text)
        page = answer.json()
        rows += page["items"]
        if page["next_cursor"] is None:
            assert page.get("total", len(rows)) == len(rows), (path, query)
            return rows
        answer = await client.get(path, params={**query, "cursor": page["next_cursor"]})


def faults(refused: httpx.Response) -> set[tuple[str, str]]:
    """Return what a 422 points at: (pointer or parameter, code)."""
    assert refused.status_code == 422, refused.text
    return {(error.get("pointer", error.get("parameter")), error["code"]) for error in refused.json()["errors"]}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of a problem."""
    return answer.status_code, answer.json()["code"]


def unlike(one: httpx.Headers, other: httpx.Headers) -> set[str]:
    """Return the names of the headers that differ, but for what each request has less left of."""
    return {name for name in {*one, *other} - {"ratelimit"} if one.get(name) != other.get(name)}
