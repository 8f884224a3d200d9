"""The upkeep of the change log: room for the months to come, and an end to what has been kept long enough."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def keep(session: AsyncSession, days: int) -> None:
    """Make the partitions of the coming months, and drop those that ended more than so many days ago."""
    await session.execute(text("CALL keep_changes(make_interval(days => :days))"), {"days": days})
