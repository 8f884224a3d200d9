"""Assessments for tests: the way to an open one, a whole form, and keys of other regions and experts."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from app.kernel.db import Database
from app.kernel.writing import new_id
from app.services import calendars
from tests.conftest import client_for
from tests.ground import laid
from tests.routers.factories import make_candidacy, make_cohort, make_rubric, move

LIST = "/v1/cohorts/test/assessments"
EVIDENCE = {"url": "https://bandung.go.id/perwal.pdf", "title": "Perwal 5/2025", "sha256": "0" * 64}
# A whole form for CRITERIA of the factories, whose question `rules` asks for evidence.
ANSWERS: dict[str, Any] = {
    "vision": {"level": 3, "text": "The mayor leads the council.", "evidence": []},
    "drive": {"level": 2, "text": "Two agencies work together.", "evidence": []},
    "rules": {"level": 4, "text": "There is a regulation.", "evidence": [EVIDENCE]},
}
WEST, EAST = "32.73", "91.71"  # Bandung (WIB) and Jayapura (WIT), two hours ahead


def window(code: str, days_before: int = 30, days_after: int = 30) -> dict[str, str]:
    """Return a period of a calendar around today."""
    today = calendars.now().date()
    ends = today + timedelta(days=days_after)
    return {"code": code, "starts_on": (today - timedelta(days=days_before)).isoformat(), "ends_on": ends.isoformat()}


@laid
async def make_assessing(
    officer: httpx.AsyncClient, cohort: str = "test", regions: Sequence[str] = ("32.73",), **fields: Any
) -> list[str]:
    """Make a cohort in which these regions are to be assessed, and return the ids of their candidacies."""
    rubric = await make_rubric(officer, f"readiness-{cohort}")
    named = {"code": f"readiness-{cohort}", "edition": int(rubric.rpartition("=")[2])}
    await make_cohort(officer, cohort, **{"calendar": [window("assessment")], "rubric": named} | fields)
    candidacies = [await make_candidacy(officer, cohort, region) for region in regions]
    await begin(officer, cohort, candidacies)
    return [path.rpartition("/")[2] for path in candidacies]


@laid
async def begin(officer: httpx.AsyncClient, cohort: str, candidacies: Sequence[str]) -> None:
    """Invite the nominated of a cohort, and have their assessment begin."""
    for path in candidacies:
        assert (await move(officer, path, "invited")).status_code == 200
    assert (await move(officer, f"/v1/cohorts/{cohort}", "assessing")).status_code == 200


@laid
async def open_assessments(
    officer: httpx.AsyncClient, cohort: str = "test", regions: Sequence[str] = ("32.73",), **fields: Any
) -> list[str]:
    """Make a cohort and open the assessments of these regions; return their paths, in the same order."""
    await make_assessing(officer, cohort, regions, **fields)
    paths = await open_all(officer, cohort)
    return [paths[region] for region in regions]


@laid
async def open_all(officer: httpx.AsyncClient, cohort: str) -> dict[str, str]:
    """Open the assessments of all who are invited, and return their paths by region."""
    opened = await officer.post(f"/v1/cohorts/{cohort}/assessments", json={})
    assert opened.status_code == 200, opened.text
    return {item["region_code"]: f"/v1/assessments/{item['assessment_id']}" for item in opened.json()["items"]}


@laid
async def open_assessment(officer: httpx.AsyncClient, cohort: str = "test", **fields: Any) -> str:
    """Make a cohort, open the assessment of the region that the region editor speaks for, and return its path."""
    (path,) = await open_assessments(officer, cohort, **fields)
    return path


async def fill(editor: httpx.AsyncClient, path: str, **changes: Any) -> httpx.Response:
    """Save answers as they stand, a whole form unless changes are named."""
    return await editor.patch(path, json=changes or {"answers": ANSWERS}, headers={"If-Match": "*"})


@laid
async def submit(editor: httpx.AsyncClient, path: str) -> str:
    """Fill in a whole form and submit it; return the path."""
    assert (await fill(editor, path)).status_code == 200
    submitted = await move(editor, path, "submitted")
    assert submitted.status_code == 200, submitted.text
    return path


@laid
async def make_submitted(officer: httpx.AsyncClient, editor: httpx.AsyncClient, **fields: Any) -> str:
    """Make a cohort with one assessment whose form is in, and return the assessment's path."""
    return await submit(editor, await open_assessment(officer, **fields))


@laid
async def put(database: Database, path: str, state: str) -> None:
    """Put an assessment into a state, and its candidacy where that state finds it, past all rules."""
    standing = {"open": "invited", "final": "assessed"}.get(state, "form_submitted")
    async with database.read() as connection:
        await connection.execute(
            "UPDATE candidacies SET state = $1 WHERE id = (SELECT candidacy_id FROM assessments WHERE id = $2)",
            standing,
            path.rpartition("/")[2],
        )
        await connection.execute(
            "UPDATE assessments SET state = $1, submitted_at = CASE WHEN $1 = 'open' THEN NULL ELSE now() END, "
            "revealed_at = now(), finalised_at = now() WHERE id = $2",
            state,
            path.rpartition("/")[2],
        )


@laid
async def seat(database: Database, path: str, expert_id: object, state: str = "assigned") -> None:
    """Give an expert a seat on the panel of an assessment, past all rules."""
    async with database.read() as connection:
        await connection.execute(
            "INSERT INTO panel_members (id, assessment_id, expert_id, state) VALUES ($1, $2, $3, $4)",
            new_id(),
            path.rpartition("/")[2],
            str(expert_id),
            state,
        )


@asynccontextmanager
async def speaking_for(
    app: FastAPI, administrator: httpx.AsyncClient, role: str, **whom: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client with a new key of this role: `speaking_for(app, administrator, "assessor", expert_id=…)`."""
    expiry = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = {"name": "x", "role": role, "expires_at": expiry} | whom
    issued = await administrator.post("/v1/api-keys", json=body)
    assert issued.status_code == 201, issued.text
    async with client_for(app, "public") as client:
        client.headers["Authorization"] = f"Bearer {issued.json()['secret']}"
        yield client


async def admit(officer: httpx.AsyncClient, path: str, until: str, **headers: str) -> httpx.Response:
    """Decide that a form may come late, until this moment."""
    body = {"until": until, "reason": "letter 7"}
    return await officer.post(f"{path}/late-admission", json=body, headers={"If-Match": "*"} | headers)
