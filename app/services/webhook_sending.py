"""Send events to webhooks: which are due, one try, and what comes of it.

Whoever tries an event holds it by a lease that outlasts the try, so nobody else tries it meanwhile; when the worker
dies, the lease ends and another takes over. While an event is sent no transaction is open. Of one record the events go
in their order: a later one waits until the earlier is delivered or has failed for good.
"""

import random
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.deliveries import TRIES, asked_pause, pause_after, verdict
from app.domain.principals import SYSTEM
from app.kernel import metrics
from app.kernel.auth import GOOD
from app.kernel.db import Connection, Database, driver_connection
from app.kernel.outbound import TOTAL_S, Answer, Outbound
from app.kernel.queue import enqueue
from app.kernel.writing import act_as
from app.models.webhooks import Webhook, WebhookDelivery, WebhookProgress
from app.services import calendars
from app.services.webhook_secrets import NAME, secret_of, signed_headers, valid_generations
from app.services.webhooks import disable, locked_for_worker

KIND = "webhook"
LEASE = timedelta(seconds=TOTAL_S + 10)
# So many events of one endpoint are on their way at once; of one that fails, only one until it takes something again.
AT_ONCE, AT_ONCE_FAILING = 8, 1
ATTEMPTS_KEPT = 50
KEPT = timedelta(days=30)
_GONE = "The receiver answered 410 Gone."
_FAILING = "The receiver took nothing for three days."

_DUE = f"""
SELECT due.id, due.tries
FROM webhooks w JOIN webhook_progress p ON p.webhook_id = w.id
CROSS JOIN LATERAL (
    SELECT d.id, d.tries, d.leased_until FROM webhook_deliveries d
    WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.next_attempt_at <= clock_timestamp()
      AND NOT EXISTS (
        SELECT FROM webhook_deliveries earlier
        WHERE earlier.webhook_id = d.webhook_id AND earlier.resource = d.resource AND earlier.record_key = d.record_key
          AND earlier.state = 'pending' AND earlier.line < d.line
      )
    ORDER BY d.line LIMIT CASE WHEN p.failing_since IS NULL THEN {AT_ONCE} ELSE {AT_ONCE_FAILING} END
) due
WHERE w.state = 'active' AND ($1::uuid IS NULL OR w.id = $1)
  AND (due.leased_until IS NULL OR due.leased_until < clock_timestamp())
"""  # noqa: S608 - our own words
_CLAIM = f"""
UPDATE webhook_deliveries d SET leased_until = clock_timestamp() + $3
FROM webhooks w
WHERE d.id = $1 AND d.tries = $2 AND d.state = 'pending' AND d.next_attempt_at <= clock_timestamp()
  AND (d.leased_until IS NULL OR d.leased_until < clock_timestamp())
  AND w.id = d.webhook_id AND w.state = 'active'
  AND EXISTS (SELECT FROM api_keys WHERE id = w.api_key_id AND {GOOD})
RETURNING d.id, d.webhook_id, d.type, d.payload, d.leased_until, w.url, w.secret_generation, w.rotated_at,
          (SELECT value FROM service_secrets WHERE name = '{NAME}')
"""  # noqa: S608 - our own words
# What ended was changed last then; that it was made before is said for the index.
_FORGET = """
DELETE FROM webhook_deliveries
WHERE state <> 'pending' AND updated_at < clock_timestamp() - $1::interval
  AND created_at < clock_timestamp() - $1::interval
"""

log = structlog.get_logger()


class Claimed(NamedTuple):
    """An event that is ours to try until `leased_until`."""

    id: UUID
    webhook_id: UUID
    type: str
    payload: bytes
    leased_until: datetime
    url: str
    generation: int
    rotated_at: datetime | None
    service_secret: str


async def enqueue_due(connection: Connection, webhook_id: UUID | None = None) -> None:
    """Put what is due into the queue, of one endpoint or of all, in the connection's own transaction."""
    due = await connection.fetch(_DUE, webhook_id)
    await enqueue(connection, KIND, [f"{row['id']}/{row['tries']}".encode() for row in due])


async def deliver(database: Database, outbound: Outbound, job: bytes, lease: timedelta = LEASE) -> None:
    """Try one event once. A job that was done before, or by another, does nothing."""
    id_, _, tries = job.decode().partition("/")
    async with database.read() as connection:
        row = await connection.fetchrow(_CLAIM, UUID(id_), int(tries), lease)
    if row is None:
        return
    claimed = Claimed(*row)
    at, began = calendars.now(), monotonic()
    answer = await outbound.post(claimed.url, _headers(claimed), claimed.payload)
    attempt = {
        "at": at.isoformat(),
        "status_code": answer.status,
        "error": answer.trouble,
        "duration_ms": round((monotonic() - began) * 1000),
    }
    result = await _record(database, claimed, answer, attempt)
    metrics.count_delivery(result)
    log.info(
        "webhook_delivery",
        webhook=str(claimed.webhook_id),
        delivery=str(claimed.id),
        type=claimed.type,
        host=urlsplit(claimed.url).hostname,
        result=result,
        **{name: attempt[name] for name in ("status_code", "error", "duration_ms")},
    )


async def forget(connection: Connection) -> None:
    """Delete what came to its end over 30 days ago."""
    await connection.execute(_FORGET, KEPT)


def _headers(claimed: Claimed) -> dict[str, str]:
    now = datetime.now(UTC)  # what receivers hold against their own clock
    secrets = [
        secret_of(claimed.service_secret, claimed.webhook_id, generation)
        for generation in valid_generations(claimed.generation, claimed.rotated_at, now)
    ]
    signed = signed_headers(secrets, claimed.id, claimed.payload, now)
    return {"Content-Type": "application/json", **signed}


async def _record(database: Database, claimed: Claimed, answer: Answer, attempt: dict[str, Any]) -> str:
    """Write down what came of a try, and let go on what waited for it; return it in a word."""
    async with database.write() as session:
        await act_as(session, SYSTEM)
        webhook = await locked_for_worker(session, claimed.webhook_id)
        row = await session.get(WebhookDelivery, claimed.id, with_for_update=True)
        if webhook is None or row is None or row.state != "pending" or row.leased_until != claimed.leased_until:
            return "overtaken"  # cancelled, taken away, or another's after the lease ended
        row.attempts = [*row.attempts, attempt][-ATTEMPTS_KEPT:]
        row.tries, row.leased_until = row.tries + 1, None
        result = await _judge(session, webhook, row, answer)
        await session.flush()
        await enqueue_due(await driver_connection(session), webhook.id)
    return result


async def _judge(session: AsyncSession, webhook: Webhook, row: WebhookDelivery, answer: Answer) -> str:
    judged = verdict(answer.status)
    progress = await session.get_one(WebhookProgress, webhook.id, with_for_update=True)
    if judged == "delivered":
        row.state, row.next_attempt_at, progress.failing_since = "delivered", None, None
        return judged
    began = datetime.fromisoformat(row.attempts[-1]["at"])
    progress.failing_since = progress.failing_since or began
    asked = asked_pause(answer.retry_after, calendars.now())
    pause = pause_after(row.tries, random.random(), asked)  # noqa: S311 - no secret
    if judged == "failed" and pause is not None:
        row.next_attempt_at = func.clock_timestamp() + pause
        return "again"
    row.state, row.next_attempt_at = "failed", None
    await session.flush()
    if webhook.state == "disabled":
        return judged
    if judged == "gone":
        await disable(session, webhook, "gone", _GONE, SYSTEM)
    elif progress.failing_since <= datetime.fromisoformat(row.attempts[-TRIES]["at"]):
        await disable(session, webhook, "failing", _FAILING, SYSTEM)
    return judged
