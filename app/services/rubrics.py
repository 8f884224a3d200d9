"""Write rubrics as drafts, and read them back as the rules take them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain import rubrics
from app.kernel.editions import next_edition
from app.kernel.messages import Text
from app.kernel.problems import Conflict, refuse
from app.kernel.writing import new_id
from app.models.rubrics import Rubric
from app.schemas.rubrics import RubricCreate, RubricCriterion, RubricUpdate
from app.services.catalogues import in_force


class RubricFrozen(Conflict):
    """A rubric that is used does not change any more."""

    code = "rubric_frozen"
    title = Text(en="Rubric frozen", id="Rubrik dibekukan")
    help = Text(
        en="This edition is in use, so it stays as it is. Create a new edition: POST /v1/rubrics with the same code.",
        id="Edisi ini sudah dipakai, sehingga tetap. Buat edisi baru: POST /v1/rubrics dengan kode yang sama.",
    )


async def create(session: AsyncSession, asked: RubricCreate) -> Rubric:
    """Make the first or the next edition of a code; raise `Invalid` with pointers for a rubric that makes no sense."""
    criteria = await _named(session, asked.criteria)
    rubric = Rubric(
        id=new_id(),
        code=asked.code,
        edition=await next_edition(session, Rubric, asked.code),
        name_en=asked.name_en,
        name_id=asked.name_id,
        criteria=criteria,
    )
    session.add(rubric)
    return rubric


async def update(session: AsyncSession, rubric: Rubric, patch: RubricUpdate) -> None:
    """Apply a patch to a locked draft; raise `RubricFrozen`, or `Invalid` with pointers."""
    if rubric.frozen_at is not None:
        raise RubricFrozen
    changed = patch.changes()
    criteria = await _named(session, changed["criteria"]) if "criteria" in changed else rubric.criteria
    patch.apply(rubric)
    rubric.criteria = criteria


def to_domain(criteria: Sequence[Mapping[str, Any]]) -> rubrics.Rubric:
    """Return the criteria of a rubric, as stored, as the rules take them."""
    return rubrics.Rubric(
        tuple(
            rubrics.Criterion(
                code=criterion["code"],
                weight=Decimal(criterion["weight"]),
                questions=tuple(
                    rubrics.Question(
                        code=question["code"],
                        weight=Decimal(question["weight"]),
                        text_en=question["text_en"],
                        text_id=question["text_id"],
                        levels=tuple(rubrics.Level(level["text_en"], level["text_id"]) for level in question["levels"]),
                        evidence_required=question["evidence_required"],
                    )
                    for question in criterion["questions"]
                ),
            )
            for criterion in criteria
        )
    )


async def _named(session: AsyncSession, asked: Sequence[RubricCriterion]) -> list[dict[str, Any]]:
    """Check the criteria and return them as they are stored, with the names of the catalogue in force."""
    known = await in_force(session, "readiness-criteria")
    criteria = [criterion.model_dump() for criterion in asked]
    if faults := rubrics.problems(to_domain(criteria), known):
        raise refuse(faults)
    return [
        criterion | {name: known[criterion["code"]][name] for name in ("name_en", "name_id")} for criterion in criteria
    ]
