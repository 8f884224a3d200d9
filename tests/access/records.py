"""What all who make records for the rules of access share."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.kernel.db import Database
from app.kernel.tables import Base

# A cohort of real regions in which nothing really happened.
REHEARSAL: dict[str, Any] = {"title": "Tahap contoh (simulasi)", "simulation": True}
# The region for which the region editor speaks, and one for which nobody here does.
OWN_REGION, OTHER_REGION = "32.73", "32.04"


def id_of(path: str) -> str:
    """Return the id at the end of a record's path."""
    return path.rpartition("/")[2]


def tomorrow() -> str:
    """Return a moment at which a key may expire."""
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


async def insert(database: Database, *records: Base) -> None:
    """Put records there past all rules, in this order."""
    async with database.write() as session:
        for record in records:
            session.add(record)
            await session.flush()
