"""Write plan templates as drafts, and read them back as the rules take them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.plan_completeness import Book, Chapter, Part, Template, template_problems
from app.kernel.editions import next_edition
from app.kernel.messages import Text
from app.kernel.problems import Conflict, refuse
from app.kernel.writing import new_id
from app.models.plan_templates import PlanTemplate
from app.schemas.plan_templates import PlanTemplateCreate, PlanTemplateUpdate


class PlanTemplateFrozen(Conflict):
    """A template that is used does not change any more."""

    code = "plan_template_frozen"
    title = Text(en="Template frozen", id="Templat dibekukan")
    help = Text(
        en="This edition is in use, so it stays as it is. Make a new one: POST /v1/plan-templates with the same code.",
        id="Edisi ini sudah dipakai, sehingga tetap. Buat yang baru: POST /v1/plan-templates dengan kode yang sama.",
    )


async def create(session: AsyncSession, asked: PlanTemplateCreate) -> PlanTemplate:
    """Make the first or the next edition of a code; raise `Invalid` with pointers for one that makes no sense."""
    template = PlanTemplate(
        id=new_id(), edition=await next_edition(session, PlanTemplate, asked.code), **asked.model_dump()
    )
    _check(template.books)
    session.add(template)
    return template


def update(template: PlanTemplate, patch: PlanTemplateUpdate) -> None:
    """Apply a patch to a locked draft; raise `PlanTemplateFrozen`, or `Invalid` with pointers."""
    if template.frozen_at is not None:
        raise PlanTemplateFrozen
    patch.apply(template)
    _check(template.books)


def to_domain(books: Sequence[Mapping[str, Any]]) -> Template:
    """Return the books of a template, as stored, as the rules take them."""
    return Template(tuple(Book(**_named(book), chapters=tuple(map(_chapter, book["chapters"]))) for book in books))


def _chapter(chapter: Mapping[str, Any]) -> Chapter:
    parts = (Part(**_named(part), weight=part["weight"], filled_by=part["filled_by"]) for part in chapter["parts"])
    return Chapter(**_named(chapter), parts=tuple(parts))


def _named(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: stored[name] for name in ("code", "name_en", "name_id")}


def _check(books: Sequence[Mapping[str, Any]]) -> None:
    if faults := template_problems(to_domain(books)):
        raise refuse(faults)
