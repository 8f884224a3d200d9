"""Plan templates for tests: a small one, and the way to a draft."""

from typing import Any

import httpx

from tests.ground import laid


def part(code: str, **fields: Any) -> dict[str, Any]:
    """Return a part that a text fills."""
    return {"code": code, "name_en": f"{code}", "name_id": f"{code}", "weight": 1, "filled_by": "text"} | fields


def chapter(code: str, *parts: dict[str, Any]) -> dict[str, Any]:
    """Return a chapter."""
    return {"code": code, "name_en": code, "name_id": code, "parts": list(parts)}


def book(code: str, *chapters: dict[str, Any]) -> dict[str, Any]:
    """Return a book."""
    return {"code": code, "name_en": code, "name_id": code, "chapters": list(chapters)}


BOOKS: list[dict[str, Any]] = [
    book("one", chapter("analysis", part("gap", name_en="Gap analysis", name_id="Analisis kesenjangan"), part("swot"))),
    book("two", chapter("action", part("work", weight=8, filled_by="initiatives"))),
]


@laid
async def make_plan_template(officer: httpx.AsyncClient, code: str = "two-books", **fields: Any) -> str:
    """Make a draft of a template, or of its next edition, and return its path with the edition."""
    body = {"code": code, "name_en": "Two books", "name_id": "Dua buku", "books": BOOKS} | fields
    created = await officer.post("/v1/plan-templates", json=body)
    assert created.status_code == 201, created.text
    return created.headers["location"]
