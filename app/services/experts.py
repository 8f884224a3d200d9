"""Add and change experts: the dimensions they know are the catalogue's, and each can be reached, not yet or no more."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kernel.problems import Invalid
from app.kernel.writing import new_id
from app.models.cohorts import Cohort
from app.models.experts import Expert, ExpertContact, ExpertErased
from app.models.institutions import Institution
from app.schemas.experts import ExpertContactUpdate, ExpertCreate, ExpertUpdate
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
    """Apply a patch; raise `ExpertErased`, and `Invalid` with a pointer for a dimension that is none."""
    _refuse_erased(expert)
    await _check(session, patch.changes().get("dimensions", []))
    patch.apply(expert)


async def update_contact(session: AsyncSession, contact: ExpertContact, patch: ExpertContactUpdate) -> None:
    """Apply a patch to a locked contact; raise `ExpertErased`.

    Whoever erases the expert locks the contact too, so whether that was done before is known by now.
    """
    _refuse_erased(await session.get_one(Expert, contact.expert_id))
    patch.apply(contact)


async def simulated_in(session: AsyncSession, cohort: Cohort, expert_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these experts have no part in the cohort, because they are simulated and it is not."""
    if cohort.simulation:
        return set()
    simulated = select(Expert.id).join(Institution, Institution.id == Expert.institution_id)
    return set(await session.scalars(simulated.where(Institution.simulation, Expert.id.in_(expert_ids))))


def _refuse_erased(expert: Expert) -> None:
    if expert.erased_at is not None:
        raise ExpertErased


async def _check(session: AsyncSession, dimensions: list[str]) -> None:
    faults = await choice_faults(
        session, "dimensions", ((f"/dimensions/{index}", code) for index, code in enumerate(dimensions))
    )
    if faults:
        raise Invalid(errors=faults)
