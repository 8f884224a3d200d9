"""Send again what was sent, and send a test; the worker finds within a second what is to be sent."""

import json
from uuid import UUID

from sqlalchemy import DateTime, String, Uuid, bindparam, text, update

from app.domain.deliveries import PING
from app.domain.lifecycles import DELIVERY
from app.kernel.messages import Text
from app.kernel.problems import Conflict
from app.kernel.writing import Writing, new_id
from app.models.webhooks import WebhookDelivery
from app.projections.webhooks import WEBHOOK_DELIVERIES
from app.schemas.webhooks import RedeliveriesCreate
from app.services import calendars
from app.services.webhooks import lock

# They come behind all that waits, in the order in which they first came.
_AGAIN = text("""
WITH again AS MATERIALIZED (
    SELECT id, nextval(pg_get_serial_sequence('webhook_deliveries', 'line')) AS line
    FROM (
        SELECT id FROM webhook_deliveries
        WHERE webhook_id = :webhook AND state <> 'pending'
          AND (CAST(:id AS uuid) IS NULL OR id = :id)
          AND (CAST(:since AS timestamptz) IS NULL OR created_at >= :since)
          AND (CAST(:until AS timestamptz) IS NULL OR created_at < :until)
          AND (CAST(:state AS text) IS NULL OR state = :state)
        ORDER BY line FOR UPDATE
    ) chosen
)
UPDATE webhook_deliveries d
SET state = 'pending', tries = 0, line = again.line, round_began_at = clock_timestamp(),
    next_attempt_at = clock_timestamp(), leased_until = NULL
FROM again WHERE d.id = again.id
""").bindparams(
    bindparam("webhook", type_=Uuid),
    bindparam("id", type_=Uuid),
    bindparam("since", type_=DateTime(timezone=True)),
    bindparam("until", type_=DateTime(timezone=True)),
    bindparam("state", type_=String),
)


class WebhookDisabled(Conflict):
    """Nothing is sent to a disabled endpoint."""

    code = "webhook_disabled"
    title = Text(en="Endpoint disabled", id="Titik akhir dinonaktifkan")
    help = Text(
        en="Nothing is sent to a disabled endpoint. Move it to `active` first.",
        id="Tidak ada yang dikirim ke titik akhir yang dinonaktifkan. Pindahkan ke `active` dahulu.",
    )


async def ping(writing: Writing, webhook_id: UUID) -> UUID:
    """Send a test event; return the id of its delivery. Raises `WebhookDisabled`."""
    await _lock(writing, webhook_id)
    at = calendars.now().isoformat().replace("+00:00", "Z")
    payload = {"type": PING, "timestamp": at, "data": {"webhook_id": str(webhook_id)}}
    row = WebhookDelivery(id=new_id(), webhook_id=webhook_id, type=PING, payload=json.dumps(payload).encode())
    writing.session.add(row)
    return row.id


async def redeliver(writing: Writing, webhook_id: UUID, delivery_id: UUID) -> None:
    """Send one event again, or now where its next try is to come; raise `NotFound` or `WebhookDisabled`."""
    await _lock(writing, webhook_id)
    row = await writing.fetch(WebhookDelivery, WEBHOOK_DELIVERIES, webhook=webhook_id, id=delivery_id)
    if row.state != DELIVERY.initial:
        await _again(writing, webhook_id, id=delivery_id)
        return
    due = update(WebhookDelivery).where(WebhookDelivery.id == delivery_id).values(next_attempt_at=calendars.now())
    await writing.session.execute(due)


async def redeliver_range(writing: Writing, webhook_id: UUID, asked: RedeliveriesCreate) -> int:
    """Send the events of some time again, and return how many; raise `WebhookDisabled`."""
    await _lock(writing, webhook_id)
    return await _again(writing, webhook_id, since=asked.since, until=asked.until, state=asked.state)


async def _lock(writing: Writing, webhook_id: UUID) -> None:
    locked = await lock(writing, webhook_id)
    if locked.webhook.state == "disabled":
        raise WebhookDisabled


async def _again(writing: Writing, webhook_id: UUID, **chosen: object) -> int:
    values = {"webhook": webhook_id, "id": None, "since": None, "until": None, "state": None} | chosen
    done = await writing.session.execute(_AGAIN, values)
    return int(getattr(done, "rowcount", 0))
