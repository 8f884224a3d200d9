"""Add and change experts: the dimensions they know are the catalogue's, and each can be reached or not yet."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kernel.problems import Invalid
from app.kernel.writing import new_id
from app.models.experts import Expert, ExpertContact
from app.schemas.experts import ExpertCreate, ExpertUpdate
from app.services.catalogues import choice_faults


async def create(session: AsyncSession, asked: ExpertCreate) -> Expert:
    """Add an expert; raise `Invalid` with a pointer for a dimension that is none."""
    await _check(session, asked.dimensions)
    expert = Expert(id=new_id(), **asked.model_dump())
    session.add(expert)
    await session.flush()
    session.add(ExpertContact(expert_id=expert.id, email=None, phone=None))
    return expert


async def update(session: AsyncSession, expert: Expert, patch: ExpertUpdate) -> None:
    """Apply a patch; raise `Invalid` with a pointer for a dimension that is none."""
    await _check(session, patch.changes().get("dimensions", []))
    patch.apply(expert)


async def _check(session: AsyncSession, dimensions: list[str]) -> None:
    faults = await choice_faults(
        session, "dimensions", ((f"/dimensions/{index}", code) for index, code in enumerate(dimensions))
    )
    if faults:
        raise Invalid(errors=faults)
