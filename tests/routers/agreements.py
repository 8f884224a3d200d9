"""Memoranda for tests: what a whole one says, and the way to one."""

from typing import Any

import httpx

from app.kernel.db import Database
from tests.ground import laid
from tests.routers.factories import make_candidacy

LIST = "/v1/cohorts/test/memoranda"
MINISTRY = {
    "party": "ministry",
    "institution": "Kementerian Komunikasi dan Digital",
    "name": "Nama Contoh",
    "office": "Direktur Jenderal",
}
REGION = {"party": "region", "institution": "Pemerintah Kota Bandung", "name": None, "office": "Wali Kota Bandung"}
WHOLE: dict[str, Any] = {
    "number": "12/NK/2026",
    "date": "2026-05-08",
    "place": "Jakarta",
    "parties": [MINISTRY, REGION],
    "witnesses": [{"name": "Saksi Contoh", "office": None}],
    "document": {"url": "https://example.id/12.pdf", "title": "Nota kesepahaman", "sha256": "0" * 64},
}


@laid
async def put_into(database: Database, candidacy_id: str, state: str) -> None:
    """Put a candidacy into a state, past all rules."""
    async with database.read() as connection:
        await connection.execute("UPDATE candidacies SET state = $1 WHERE id = $2", state, candidacy_id)


@laid
async def make_selected(officer: httpx.AsyncClient, database: Database, region: str = "32.73") -> str:
    """Make a selected candidacy of the cohort `test` and return its id."""
    candidacy_id = (await make_candidacy(officer, "test", region)).rpartition("/")[2]
    await put_into(database, candidacy_id, "selected")
    return candidacy_id


@laid
async def make_draft(officer: httpx.AsyncClient, candidacy_id: str, **fields: Any) -> str:
    """Draft a memorandum and return its path."""
    drafted = await officer.post(LIST, json={"candidacy_id": candidacy_id} | fields)
    assert drafted.status_code == 201, drafted.text
    return drafted.headers["location"]


async def change(client: httpx.AsyncClient, path: str, **changes: Any) -> httpx.Response:
    """Patch a memorandum as it stands."""
    return await client.patch(path, json=changes, headers={"If-Match": "*"})


async def state_of(client: httpx.AsyncClient, candidacy_id: str) -> str:
    """Return the state of a candidacy."""
    return str((await client.get(f"/v1/candidacies/{candidacy_id}")).json()["state"])


def told(refused: httpx.Response, code: str) -> set[tuple[str, str]]:
    """Return what a 409 with this code points at: (pointer, code)."""
    assert (refused.status_code, refused.json()["code"]) == (409, code), refused.text
    return {(error["pointer"], error["code"]) for error in refused.json().get("errors", [])}
