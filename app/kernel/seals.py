"""Seals over the change log: a chain of digests that any later change to what was committed would break.

A seal covers the entries of some transactions that have all ended, in the order (xid, seq) of every reader of the log,
so nothing can come to be among them later. It keeps the number and the digest of each, so that whoever verifies can
tell which one is not as it was, and its own digest covers these and the digest of the seal before. Writers know nothing
of it: a worker seals what they left. Hides what a digest is of.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import structlog
from sqlalchemy import text

from app.kernel.db import Connection, Database, driver_connection

# So many entries to a seal at most.
BATCH = 1_000
DIGEST_BYTES = 32
_LOCK = 0x5EA1  # any number will do, so long as nothing else takes an advisory lock by it
# An entry's digest is of all its columns, as text in which none can pass for part of another.
DIGEST = (
    "sha256(convert_to(jsonb_build_array(c.seq, c.xid::text, extract(epoch FROM c.at), c.resource, c.key, c.operation, "
    "c.before::text, c.after::text, c.actor, c.request_id, c.address::text)::text, 'UTF8'))"
)
FROM = "(c.xid, c.seq) >= ($1::text::xid8, $2::bigint)"
_NOW = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, clock_timestamp() AS at"
_LAST = "SELECT number, until_xid::text, until_seq, digest FROM seals ORDER BY number DESC LIMIT 1"
_ENTRIES = f"""
SELECT c.xid::text, c.seq, c.at, {DIGEST} AS digest FROM changes c
WHERE {FROM} AND c.xid < $3::text::xid8 ORDER BY c.xid, c.seq LIMIT {BATCH}
"""  # noqa: S608 - our own words
_WRITE = """
INSERT INTO seals (number, until_xid, until_seq, entries, earliest, seqs, digests, digest, at)
VALUES ($1, $2::text::xid8, $3, $4, $5, $6, $7, $8, $9)
"""
log = structlog.get_logger()


class Place(NamedTuple):
    """A place in the log: before the entry with this transaction and number, whether or not there is one."""

    xid: int
    seq: int

    @property
    def arguments(self) -> tuple[str, int]:
        """Its parts, as parameters of a statement."""
        return str(self.xid), self.seq


class Seal(NamedTuple):
    """A seal: of the entries `seqs`, which end before `until`; `digests` holds theirs one after the other."""

    number: int
    until: Place
    earliest: datetime
    seqs: Sequence[int]
    digests: bytes
    at: datetime

    def digest_after(self, previous: bytes) -> bytes:
        """Return what the digest of this seal is when the one before has the digest `previous`."""
        numbers = " ".join(map(str, self.seqs))
        times = f"{self.earliest.isoformat()} {self.at.isoformat()}"
        told = f"{self.number} {self.until.xid} {self.until.seq} {times} {len(self.seqs)} {numbers}\n"
        return sha256(previous + told.encode() + self.digests).digest()


class Link(NamedTuple):
    """The end of the chain: the number of its last seal, where that ends, and its digest."""

    number: int = 0
    until: Place = Place(0, 0)
    digest: bytes = b""


async def last_link(connection: Connection) -> Link:
    """Return the end of the chain as it stands."""
    row = await connection.fetchrow(_LAST)
    return Link() if row is None else Link(row[0], Place(int(row[1]), row[2]), bytes(row[3]))


async def seal_all(database: Database) -> int:
    """Seal all that can be sealed now, a batch to a transaction; return how many entries that were."""
    sealed = 0
    while True:
        entries = await _seal(database)
        sealed += entries
        if entries < BATCH:
            return sealed


async def _seal(database: Database) -> int:
    async with database.write() as session:
        # Whoever else is sealing ends first, and then what they sealed is seen. A session's transaction begins with the
        # first statement that is its own.
        await session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        connection = await driver_connection(session)
        last = await last_link(connection)
        ((horizon, at),) = await connection.fetch(_NOW)
        entries = await connection.fetch(_ENTRIES, *last.until.arguments, horizon)
        if not entries:
            return 0
        *_, end = entries
        # What ended and left no entry is behind as well; in the middle of it all, the next seal goes on from here.
        until = Place(int(end["xid"]), end["seq"] + 1) if len(entries) == BATCH else Place(int(horizon), 0)
        seal = Seal(
            last.number + 1,
            until,
            min(entry["at"] for entry in entries),
            [entry["seq"] for entry in entries],
            b"".join(entry["digest"] for entry in entries),
            at,
        )
        digest = seal.digest_after(last.digest)
        number, _, earliest, seqs, digests, _ = seal
        await connection.execute(_WRITE, number, *until.arguments, len(seqs), earliest, seqs, digests, digest, at)
    # Whoever keeps these lines elsewhere can tell later whether the chain was made anew.
    log.info("sealed", number=seal.number, entries=len(entries), digest=digest.hex())
    return len(entries)
