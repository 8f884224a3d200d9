"""A database that was restored: its change log goes on where it ended, and what clients know beyond that expires.

Readers of the log go by the ids of transactions, and each server counts its own. After a restore on a server that has
counted less, what is written next would stand before what was written long ago: no reader would be told of it, and no
seal reach it. So the server counts on first, to where the log ends.

Cursors that clients hold may know more than a database that is back where it was when it was dumped, or copied file by
file; they expire. So each start of the service is noted, with where it was and how far the server had counted. What the
database itself remembers, such as where its webhooks stand, came along with the log and holds.
"""

import logging
from datetime import datetime
from typing import NamedTuple

from app.kernel.db import Connection

# PostgreSQL counts 100,000 to 250,000 in a second this way; beyond so many it would begin to rewrite every table, as
# ids come around (autovacuum_freeze_max_age).
FURTHEST = 200_000_000
_STEP = 100_000  # to a statement, which may take 30 s at most
_COUNT_ON = "DO $$ BEGIN FOR n IN 1..{} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
_NEXT = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
# Up to where each table knows of transactions; the tables that a database of an earlier version has not are left out.
_ENDS = {
    "changes": "SELECT xid::text::bigint + 1 FROM changes ORDER BY xid DESC LIMIT 1",
    "seals": "SELECT until_xid::text::bigint FROM seals ORDER BY number DESC LIMIT 1",
    "webhook_progress": """
        SELECT max(pg_snapshot_xmax(snapshot::pg_snapshot)::text::bigint) FROM webhook_progress,
        unnest(ARRAY[split_part(position, ' ', 1), nullif(split_part(position, ' ', 3), '')]) snapshot
    """,
}
# The server (a new one after a restore on another, and after pg_upgrade), its history (a new one after a recovery to a
# moment), the database in it (a copy has a number of its own), and the log in that (restored, it is another table).
_PLACE = """
SELECT concat_ws(' ', server.system_identifier, history.timeline_id, here.oid, 'changes'::regclass::oid)
FROM pg_control_system() server, pg_control_checkpoint() history, pg_database here
WHERE here.datname = current_database()
"""
_LAST_PLACE = "SELECT place FROM service_starts ORDER BY at DESC LIMIT 1"
_NOTE = "INSERT INTO service_starts (at, next_xid, place, moved) VALUES ($1, $2::text::xid8, $3, $4)"
# A snapshot that ends later than the server had counted when the service began after it, is of what was lost since.
_OUTDATED = """
SELECT EXISTS (
    SELECT FROM service_starts WHERE at > $1 AND (moved OR next_xid < pg_snapshot_xmax($2::text::pg_snapshot))
)
"""
_log = logging.getLogger(__name__)


class Start(NamedTuple):
    """When the service began, and up to which transaction, without it, the server had counted."""

    at: datetime
    next_xid: str


class FarBehindError(Exception):
    """The server has counted too few transactions to be counted on."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"The database was restored on a PostgreSQL whose transactions are numbered {count} behind its log. Stop "
            "that PostgreSQL and set them on with pg_resetwal (--next-transaction-id, --epoch), or restore a physical "
            "backup"
        )


async def count_on(connection: Connection) -> bool:
    """Let the server count transactions on to where the log ends; tell whether it was behind.

    Call it before anything is written. Raises `FarBehindError`.
    """
    ends = [0]
    for table, statement in _ENDS.items():
        if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table):
            ends.append(await connection.fetchval(statement) or 0)
    behind = max(ends) - int(await connection.fetchval(_NEXT))
    if behind <= 0:
        return False
    if behind > FURTHEST:
        raise FarBehindError(behind)
    _log.warning("the log is %s transactions ahead of this server, which now counts on to there", behind)
    for done in range(0, behind, _STEP):
        await connection.execute(_COUNT_ON.format(min(_STEP, behind - done)))
    return True


async def begun_now(connection: Connection) -> Start:
    """Return this moment as the start of the service; call it before anything is written."""
    # Two statements, so that no snapshot which was taken before `at` ends later than `next_xid`.
    at = await connection.fetchval("SELECT clock_timestamp()")
    return Start(at, await connection.fetchval(_NEXT))


async def note(connection: Connection, start: Start, *, counted_on: bool) -> bool:
    """Note the start when the database is migrated; tell whether it was elsewhere at the one before."""
    place, last = await connection.fetchval(_PLACE), await connection.fetchval(_LAST_PLACE)
    moved = counted_on or last not in {None, place}
    await connection.execute(_NOTE, *start, place, moved)
    return moved


async def is_outdated(connection: Connection, snapshot: str, taken_at: datetime) -> bool:
    """Tell whether a snapshot may know what this database does not, because it was restored since."""
    return bool(await connection.fetchval(_OUTDATED, taken_at, snapshot))
