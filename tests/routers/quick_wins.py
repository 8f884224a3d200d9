"""Quick wins for tests: what a whole one says, and the way to each of its states."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from app.services import calendars
from tests.ground import laid
from tests.routers.assessments import EVIDENCE

WHOLE: dict[str, Any] = {
    "title": "Shorter queues",
    "dimension": "governance",
    "sub_dimension": "service",
    "benefit": "Nobody waits half a day for a permit.",
    "beneficiaries": "All who need a permit: 40,000 a year.",
    "measure": {"unit": "minutes", "baseline": 120, "target": 30},
    "technology": "An app that gives out numbers",
    "starts_on": "2026-06-01",
    "ends_on": "2027-05-31",
    "budget": 250_000_000,
}
NOON = "2026-07-01T05:00:00+00:00"
DONE: dict[str, Any] = {"to": "completed", "value": 28.5, "evidence": [EVIDENCE]}
# The way to each state, and who goes each step of it.
STEPS = {"approved": "mentor", "running": "region_editor", "completed": "region_editor", "cancelled": "region_editor"}
WAYS = {
    "proposed": (),
    "approved": ("approved",),
    "running": ("approved", "running"),
    "completed": ("approved", "running", "completed"),
    "cancelled": ("approved", "cancelled"),
}


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Let it be this moment for the service."""
    monkeypatch.setattr(calendars, "now", lambda: datetime.fromisoformat(moment))


@pytest.fixture(autouse=True)
def in_july(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be a noon in July, when the quick wins have begun."""
    at(monkeypatch, NOON)


@laid
async def propose(editor: httpx.AsyncClient, candidacy: str, **fields: Any) -> str:
    """Propose a whole quick win, changed by `fields`, and return its path."""
    created = await editor.post("/v1/quick-wins", json=WHOLE | {"candidacy_id": candidacy} | fields)
    assert created.status_code == 201, created.text
    return created.headers["location"]


async def step(client: httpx.AsyncClient, path: str, to: str, **fields: Any) -> httpx.Response:
    """Ask for a step, whatever the version."""
    body = {"to": to, "reason": "test"} | (DONE if to == "completed" else {}) | fields
    return await client.post(f"{path}/transitions", json=body, headers={"If-Match": "*"})


@laid
async def bring(clients: Any, path: str, to: str) -> None:
    """Bring a proposed quick win to a state; `clients` gives the client of a person."""
    for state in WAYS[to]:
        moved = await step(clients(STEPS[state]), path, state)
        assert moved.status_code == 200, moved.text


async def report(editor: httpx.AsyncClient, path: str, day: str, percent: int, **fields: Any) -> httpx.Response:
    """Report on a quick win."""
    body = {"reported_on": day, "percent": percent} | fields
    return await editor.post(f"{path}/progress-reports", json=body)
