"""Erase an expert: the person goes, and what the programme owes to others about the expert's decisions stays.

Hides where else a name or a contact is kept: in keys that act for the expert, in answers that wait for a retry, and in
events to webhooks. What was written of a person in free text is not looked for.
"""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kernel import idempotency
from app.kernel.writing import Writing
from app.models.api_keys import ApiKey
from app.models.experts import ERASED, Expert, ExpertContact
from app.projections.experts import EXPERTS
from app.services.api_keys import revoke

# What shows the person as erased stays, so that the receiver is told.
_FORGET_EVENTS = text("""
DELETE FROM webhook_deliveries d USING experts e
WHERE e.erased_at IS NOT NULL AND d.resource = 'experts' AND d.record_key = e.id::text
  AND position(convert_to('"erased_at":"', 'UTF8') IN d.payload) = 0
""")


async def erase(writing: Writing, expert_id: UUID) -> None:
    """Make an expert unrecognisable and revoke the keys that act for it; one who was erased stays as it is.

    Open work stays with the expert, under the identifier. Raises `NotFound`.
    """
    session = writing.session
    await idempotency.settle(session)
    expert = await writing.fetch(Expert, EXPERTS, id=expert_id)
    if expert.erased_at is not None:
        return
    expert.name, expert.active, expert.sectors, expert.dimensions = ERASED, False, [], []
    expert.home_region_code, expert.trained_on, expert.erased_at = None, None, datetime.now(UTC)
    contact = await session.get_one(ExpertContact, expert_id, with_for_update=True)
    contact.email, contact.phone = None, None
    bound = select(ApiKey).where(ApiKey.expert_id == expert_id).order_by(ApiKey.id).with_for_update()
    for key in await session.scalars(bound):
        revoke(key)
        key.name = ERASED
    await session.flush()
    await idempotency.withdraw(session, str(expert_id))
    await forget_events(session)


async def forget_events(session: AsyncSession) -> None:
    """Delete the events about erased experts that show them as they were.

    At the erasure itself, and again by the worker, which may have been making one of them meanwhile.
    """
    await session.execute(_FORGET_EVENTS)
