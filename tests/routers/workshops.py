"""Workshops for tests: what one needs before it closes, and the way through it."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from app.domain.workshops import DOCUMENTS
from app.kernel.db import Database
from app.services import calendars
from tests.ground import laid

DIGEST = "0" * 64
LINK: dict[str, Any] = {"url": "https://bandung.go.id/document.pdf", "title": "Document", "sha256": DIGEST}
HELD: dict[str, Any] = {
    "date": "2026-06-10",
    "mode": "on_site",
    "place": "Balai Kota Bandung",
    "hours": 7.5,
    "attendance": [
        {"agency": "Bappelitbang", "role": "staff", "count": 6},
        {"agency": "Bappelitbang", "role": "head", "count": 1},
    ],
    "notes": "Gaps of the service centre were listed.",
    "papers": [LINK],
}
SIGNED: dict[str, Any] = {
    "signatory": "region_head",
    "statement": "The plan is law within a year.",
    "signed_on": "2026-06-10",
    "document": LINK,
}


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Let it be this moment for the service."""
    monkeypatch.setattr(calendars, "now", lambda: datetime.fromisoformat(moment))


async def step(client: httpx.AsyncClient, path: str, to: str, reason: str = "test") -> httpx.Response:
    """Ask for a step, whatever the version."""
    return await client.post(f"{path}/transitions", json={"to": to, "reason": reason}, headers={"If-Match": "*"})


async def change(client: httpx.AsyncClient, path: str, **changes: Any) -> httpx.Response:
    """Patch a record as it stands."""
    return await client.patch(path, json=changes, headers={"If-Match": "*"})


@laid
async def begin(mentor: httpx.AsyncClient, path: str) -> None:
    """Open a workshop."""
    opened = await step(mentor, path, "open")
    assert opened.status_code == 200, opened.text


@laid
async def hold(mentor: httpx.AsyncClient, path: str, **fields: Any) -> str:
    """Record a session of an open workshop and return its path."""
    held = await mentor.post(f"{path}/sessions", json=HELD | fields)
    assert held.status_code == 201, held.text
    return held.headers["location"]


@laid
async def complete(mentor: httpx.AsyncClient, path: str, number: int) -> None:
    """Open a workshop, hold a session and bring its documents; what follows from other records is not made."""
    await begin(mentor, path)
    await hold(mentor, path)
    if documents := DOCUMENTS[number]:
        brought = await change(mentor, path, outputs=dict.fromkeys(documents, LINK))
        assert brought.status_code == 200, brought.text


@laid
async def commit(editor: httpx.AsyncClient, candidacy: str, **fields: Any) -> str:
    """Draft a commitment, whole unless `fields` say otherwise, and return its path."""
    drafted = await editor.post(f"/v1/candidacies/{candidacy}/commitments", json=SIGNED | fields)
    assert drafted.status_code == 201, drafted.text
    return drafted.headers["location"]


@laid
async def promise(database: Database, candidacy: str, state: str = "proposed", dimension: str = "living") -> None:
    """Put a quick win there, past all rules."""
    async with database.read() as connection:
        await connection.execute(
            "INSERT INTO quick_wins (id, candidacy_id, title, dimension, starts_on, ends_on, state, published_at) "
            "VALUES (gen_random_uuid(), $1, 'Short queues', $3, '2026-06-01', '2026-12-31', $2, "
            "CASE WHEN $2 = 'proposed' THEN NULL ELSE now() END)",
            candidacy,
            state,
            dimension,
        )


@laid
async def update(database: Database, table: str, id_: str, assignment: str) -> None:
    """Change a row past all rules."""
    async with database.read() as connection:
        await connection.execute(f"UPDATE {table} SET {assignment} WHERE id = $1", id_)  # noqa: S608 - our own words
