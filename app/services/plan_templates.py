"""Freeze plan templates at their first use, and read them back as the rules take them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.plan_completeness import Book, Chapter, Part, Template
from app.models.plan_templates import PlanTemplate


async def freeze(session: AsyncSession, template: PlanTemplate) -> None:
    """Freeze an edition at its first use: locked and read anew, so that a change just committed is in it."""
    await session.refresh(template, with_for_update=True)
    if template.frozen_at is None:
        template.frozen_at = datetime.now(UTC)
        await session.flush()


def to_domain(books: Sequence[Mapping[str, Any]]) -> Template:
    """Return the books of a template, as stored, as the rules take them."""
    return Template(tuple(Book(**_named(book), chapters=tuple(map(_chapter, book["chapters"]))) for book in books))


def _chapter(chapter: Mapping[str, Any]) -> Chapter:
    parts = (Part(**_named(part), weight=part["weight"], filled_by=part["filled_by"]) for part in chapter["parts"])
    return Chapter(**_named(chapter), parts=tuple(parts))


def _named(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: stored[name] for name in ("code", "name_en", "name_id")}
