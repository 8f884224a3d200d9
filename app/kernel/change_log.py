"""The upkeep of the change log: room for the months to come, and an end to what has been kept long enough."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_OWNS = text("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'changes'::regclass")


async def keep(session: AsyncSession, days: int) -> None:
    """Make the partitions of the coming months, and drop those that ended more than so many days ago.

    Only who owns the log can; for anyone else this does nothing, and what has no month yet waits for it.
    """
    if await session.scalar(_OWNS):
        await session.execute(text("CALL keep_changes(make_interval(days => :days))"), {"days": days})
