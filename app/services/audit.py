"""Whether the log is as it was sealed: verified seal by seal, up to the first entry that is not.

Of what `keep_changes` has dropped the seals alone are left, which are verified as links of the chain; entries are from
the first seal on of which all are kept.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from app.kernel.auth import Identity
from app.kernel.db import Connection
from app.kernel.seals import DIGEST, DIGEST_BYTES, FROM, Link, Place, Seal, last_link
from app.kernel.statements import WHO

Fault = Literal["changed", "missing", "added", "seal"]
# So many seals at once, and of the next one no more when the entries come to so many.
_SEALS, _ENTRIES = 100, 5_000
_KEPT = "SELECT nullif(whole_since, '-infinity') FROM change_log"
_FIRST_KEPT = "SELECT coalesce(max(number), 0) + 1 FROM seals WHERE earliest < (SELECT whole_since FROM change_log)"
_LINK = "SELECT until_xid::text, until_seq, digest FROM seals WHERE number = $1"
_NEXT = f"""
SELECT number, until_xid::text, until_seq, earliest, seqs, digests, at, digest FROM (
    SELECT *, sum(entries) OVER (ORDER BY number) - entries AS before FROM (
        SELECT * FROM seals WHERE number >= $1 ORDER BY number LIMIT {_SEALS}
    ) following
) following WHERE before < {_ENTRIES} ORDER BY number
"""  # noqa: S608 - our own numbers
_SEALED = f"""
SELECT c.xid::text, c.seq, c.at, c.resource, c.key, {DIGEST} AS digest FROM changes c
WHERE {FROM} AND (c.xid, c.seq) < ($3::text::xid8, $4::bigint) ORDER BY c.xid, c.seq
"""  # noqa: S608 - our own words
_UNSEALED = f"SELECT count(*) FROM changes c WHERE {FROM}"  # noqa: S608 - our own words


class Broken(NamedTuple):
    """The first entry that is not as it was sealed, or the first seal that is not; what is missing tells its number."""

    what: Fault
    seal: int
    seq: int | None = None
    at: datetime | None = None
    resource: str | None = None
    key: str | None = None


class Verification(NamedTuple):
    """What was verified: the entries of the seals from `first_seal` to `last_seal`, and what is not sealed yet."""

    verified_entries: int
    seals: int
    first_seal: int | None
    last_seal: int | None
    digest: str | None
    sealed_until: datetime | None
    unsealed: int
    whole_since: datetime | None
    first_broken: Broken | None


async def verify(
    connection: Connection, last: int | None = None, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Verification:
    """Verify the last so many seals, or all whose entries are kept; `progress` is told of the seals done and of all.

    Memory is bounded whatever their number.
    """
    while True:
        kept = await connection.fetchval(_KEPT)
        found = (await _verified(connection, last, progress))._replace(whole_since=kept)
        # What was dropped meanwhile is missing for no bad reason.
        if found.first_broken is None or kept == await connection.fetchval(_KEPT):
            return found


def verification(last: int) -> Callable[[Connection, Identity], Awaitable[Verification]]:
    """Return what verifies the last so many seals for whoever asks."""

    async def verified(connection: Connection, who: Identity) -> Verification:
        await WHO.run(connection, who, {})
        return await verify(connection, last)

    return verified


async def _verified(connection: Connection, last: int | None, progress: Callable[[int, int], None]) -> Verification:
    end = await last_link(connection)
    begin = 1 if last is None else max(1, end.number - last + 1)
    kept = max(begin, await connection.fetchval(_FIRST_KEPT))
    link, broken, entries, at = await _link(connection, begin - 1), None, 0, None
    while link is not None and broken is None and link.number < end.number:
        rows = await connection.fetch(_NEXT, link.number + 1)
        if not rows:
            break
        seals = [Seal(row[0], Place(int(row[1]), row[2]), *row[3:7]) for row in rows]
        found = []
        if seals[-1].number >= kept:
            found = await connection.fetch(_SEALED, *link.until.arguments, *seals[-1].until.arguments)
        for seal, row, own in zip(seals, rows, _shared(found, seals), strict=True):
            digest, is_kept = bytes(row["digest"]), seal.number >= kept
            broken = _break(seal, digest, link) or (_fault(seal, own) if is_kept else None)
            if broken is not None:
                break
            link, at = Link(seal.number, seal.until, digest), seal.at
            entries += len(own) if is_kept else 0
        progress(link.number - begin + 1, end.number - begin + 1)
    if link is None:
        broken, link = Broken("seal", begin - 1), Link(begin - 1)
    elif broken is None and link.number < end.number:
        broken = Broken("seal", link.number + 1)
    done = max(0, link.number - kept + 1)
    return Verification(
        verified_entries=entries,
        seals=done,
        first_seal=kept if done else None,
        last_seal=link.number if done else None,
        digest=link.digest.hex() if done else None,
        sealed_until=at if done else None,
        unsealed=await connection.fetchval(_UNSEALED, *end.until.arguments),
        whole_since=None,
        first_broken=broken,
    )


async def _link(connection: Connection, number: int) -> Link | None:
    """Return the chain's link by its number; None when it is not there."""
    if number == 0:
        return Link()
    row = await connection.fetchrow(_LINK, number)
    return None if row is None else Link(number, Place(int(row[0]), row[1]), bytes(row[2]))


def _shared(entries: Sequence[Any], seals: Sequence[Seal]) -> Iterator[list[Any]]:
    """Share out entries, in order, among the seals that cover them."""
    place = 0
    for seal in seals:
        begin = place
        while place < len(entries) and (int(entries[place]["xid"]), entries[place]["seq"]) < seal.until:
            place += 1
        yield list(entries[begin:place])


def _break(seal: Seal, digest: bytes, before: Link) -> Broken | None:
    """Return the seal when it does not follow upon the one before, or is not what its digest was made of."""
    sound = len(seal.digests) == DIGEST_BYTES * len(seal.seqs) and seal.digest_after(before.digest) == digest
    if seal.number == before.number + 1 and sound:
        return None
    return Broken("seal", min(seal.number, before.number + 1))


def _fault(seal: Seal, entries: Sequence[Any]) -> Broken | None:
    """Return the first entry that is not as it was sealed."""
    there = {entry["seq"] for entry in entries}
    for place, seq in enumerate(seal.seqs):
        entry = entries[place] if place < len(entries) else None
        if entry is None or (entry["seq"] != seq and seq not in there):
            return Broken("missing", seal.number, seq)
        if entry["seq"] != seq:
            return _told("changed" if entry["seq"] in seal.seqs else "added", seal, entry)
        if entry["digest"] != seal.digests[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES]:
            return _told("changed", seal, entry)
    return _told("added", seal, entries[len(seal.seqs)]) if len(entries) > len(seal.seqs) else None


def _told(what: Fault, seal: Seal, entry: Any) -> Broken:
    return Broken(what, seal.number, entry["seq"], entry["at"], entry["resource"], entry["key"])
