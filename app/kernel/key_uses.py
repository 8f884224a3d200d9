"""When keys were used last: noted in memory at every request, and written down for all of them once in a while.

Nobody waits for it, and no request fails by it. A process that is killed takes with it what it noted since.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID

import structlog

from app.kernel.db import Database

PAUSE_S = 60.0
WRITE_S = 5.0  # a database that is silent must not keep the process when it is to end
# Of a key that is gone nothing is written. In one order, so that two processes never wait for each other.
_WRITE = """
INSERT INTO api_key_uses (api_key_id, last_used_at)
SELECT id, used.at FROM unnest($1::uuid[], $2::timestamptz[]) AS used (id, at) JOIN api_keys USING (id) ORDER BY id
ON CONFLICT (api_key_id) DO UPDATE SET last_used_at = greatest(api_key_uses.last_used_at, EXCLUDED.last_used_at)
"""

log = structlog.get_logger()


class KeyUses:
    """What was noted in this process and is not yet in the database."""

    def __init__(self) -> None:
        self._noted: dict[UUID, datetime] = {}

    def note(self, key_id: UUID) -> None:
        """Note that a key is used now."""
        self._noted[key_id] = datetime.now(UTC)

    async def write_down(self, database: Database) -> None:
        """Write what was noted in one statement; when that fails, it stays noted."""
        if not self._noted:
            return
        writing, self._noted = self._noted, {}
        try:
            async with database.read() as connection:
                await connection.execute(_WRITE, list(writing), list(writing.values()), timeout=WRITE_S)
        except BaseException:
            self._noted = writing | self._noted
            raise


@asynccontextmanager
async def written_down(uses: KeyUses, database: Database, pause_s: float = PAUSE_S) -> AsyncIterator[None]:
    """Have the uses written down again and again for so long, and once more at the end."""
    task = asyncio.create_task(_again_and_again(uses, database, pause_s))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await _try(uses, database)


async def _again_and_again(uses: KeyUses, database: Database, pause_s: float) -> None:
    while True:
        await asyncio.sleep(pause_s)
        await _try(uses, database)


async def _try(uses: KeyUses, database: Database) -> None:
    try:
        await uses.write_down(database)
    except Exception as error:  # noqa: BLE001 - whatever it is, the next time may go well
        log.warning("key_uses_wait", error=type(error).__name__)
