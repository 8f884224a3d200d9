"""Take webhooks forward in the change feed: what changed in their sight becomes events on their way to them.

An endpoint is a reader with a stored position. Its next position and the events up to it are written in one
transaction, and only by whoever finds it where it was when the changes were read: nothing is lost, nothing comes twice.
"""

import json
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog

from app.domain.deliveries import type_of, wanted
from app.domain.principals import SYSTEM
from app.kernel.auth import holder_of
from app.kernel.change_feed import Change, Delta, Position, changes_after, position_now
from app.kernel.db import Connection, Database, driver_connection
from app.kernel.problems import ExpiredCursor
from app.kernel.writing import act_as, new_id
from app.services.webhook_sending import enqueue_due
from app.services.webhooks import disable, filters_of, followed, locked_for_worker

PAGE = 200
# So many pages at a time, and then it is another's turn.
PAGES = 10

_KEY_ENDED = "The key that made it has ended."
# Positions are written when something changed, and else only so often that none is ever far behind.
_ACTIVE = """
SELECT w.id, w.version, w.api_key_id, w.events, w.cohort_code, w.region_code, p.position,
       p.moved_at < clock_timestamp() - interval '1 minute' AS stale
FROM webhooks w JOIN webhook_progress p ON p.webhook_id = w.id
WHERE w.state = 'active' ORDER BY w.id
"""
_MOVE = """
UPDATE webhook_progress p SET position = $4, moved_at = clock_timestamp()
FROM webhooks w
WHERE p.webhook_id = $1 AND p.position = $3 AND w.id = p.webhook_id AND w.version = $2 AND w.state = 'active'
"""
_ADD = """
INSERT INTO webhook_deliveries (id, webhook_id, type, resource, record_key, payload)
SELECT e.id, $1, e.type, e.resource, e.key, e.payload
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[])
    WITH ORDINALITY AS e (id, type, resource, key, payload, place)
ORDER BY e.place
"""
_ENDED_HOW = "SELECT revoked_at FROM api_keys WHERE id = $1"

log = structlog.get_logger()


class Endpoint(NamedTuple):
    """An active endpoint, and where it stands."""

    id: UUID
    version: int
    api_key_id: UUID
    events: list[str]
    cohort_code: str | None
    region_code: str | None
    position: str
    stale: bool


async def advance_all(database: Database) -> None:
    """Take every active endpoint forward, each in transactions of its own; a fault in one stops no other."""
    async with database.read() as connection:
        endpoints = [Endpoint(*row) for row in await connection.fetch(_ACTIVE)]
    for endpoint in endpoints:
        try:
            await advance(database, endpoint)
        except Exception:
            log.exception("webhook_not_advanced", webhook=str(endpoint.id))


async def advance(database: Database, endpoint: Endpoint) -> None:
    """Take an endpoint forward by what changed since its position; disable it when its key has ended."""
    for _ in range(PAGES):
        async with database.read() as connection:
            delta = await _changes(connection, endpoint)
        if delta is None:
            await _end(database, endpoint)
            return
        if not (delta.changes or delta.more or endpoint.stale):
            return
        if not await _move(database, endpoint, delta) or not delta.more:
            return
        endpoint = endpoint._replace(position=delta.position.text())


async def _changes(connection: Connection, endpoint: Endpoint) -> Delta | None:
    """Return what changed; None when nobody holds the key any more."""
    holder = await holder_of(connection, endpoint.api_key_id)
    if holder is None:
        return None
    filters = filters_of(endpoint.cohort_code, endpoint.region_code)
    projections = followed(holder, endpoint.events, filters)
    position = Position.parse(endpoint.position)
    try:
        return await changes_after(connection, projections, holder, position, PAGE, filters)
    except ExpiredCursor:
        # It was paused for longer than the log is kept. What it missed is in the datasets alone.
        log.warning("webhook_missed_changes", webhook=str(endpoint.id), since=position.since.at.isoformat())
        return Delta([], await position_now(connection), more=True)


async def _move(database: Database, endpoint: Endpoint, delta: Delta) -> bool:
    """Write the endpoint's next position and the events on the way; False when it was moved or changed meanwhile."""
    events = [_event(change) for change in delta.changes]
    events = [event for event in events if wanted(endpoint.events, event.type)]
    async with database.write() as session:
        await act_as(session, SYSTEM)
        connection = await driver_connection(session)
        moved = await connection.execute(_MOVE, endpoint.id, endpoint.version, endpoint.position, delta.position.text())
        if moved != "UPDATE 1":
            return False
        if events:
            await connection.execute(_ADD, endpoint.id, *map(list, zip(*events, strict=True)))
            await enqueue_due(connection, endpoint.id)
    return True


class _Event(NamedTuple):
    id: UUID
    type: str
    resource: str
    key: str
    payload: bytes


def _event(change: Change) -> _Event:
    type_ = type_of(change.resource, change.operation)
    about = json.dumps({"resource": change.resource, "key": change.key, "operation": change.operation}).encode()
    # The record stands in it to the letter as every other door shows it.
    payload = b'{"type":"%s","timestamp":"%s","data":%s,"record":%s}}' % (
        type_.encode(),
        _written(change.at),
        about[:-1],
        change.record or b"null",
    )
    return _Event(new_id(), type_, change.resource, change.key, payload)


def _written(at: datetime) -> bytes:
    return at.isoformat().replace("+00:00", "Z").encode()


async def _end(database: Database, endpoint: Endpoint) -> None:
    async with database.write() as session:
        await act_as(session, SYSTEM)
        row = await locked_for_worker(session, endpoint.id)
        if row is not None and row.state == "active":
            connection = await driver_connection(session)
            revoked = await connection.fetchval(_ENDED_HOW, endpoint.api_key_id)
            await disable(session, row, "key_revoked" if revoked else "key_expired", _KEY_ENDED, SYSTEM)
