"""Ask to be told of events, change that, and end it.

An endpoint sees what the key sees that made it. So that nobody redirects more than they may see themselves, it is
changed only by a key that may do all that this key may.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from fastapi import Response
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.deliveries import ALL
from app.domain.lifecycles import DELIVERY, WEBHOOK
from app.domain.principals import Principal, may_act_through
from app.kernel import rendering
from app.kernel.auth import Identity, holder_of, key_of
from app.kernel.change_feed import position_now
from app.kernel.db import driver_connection
from app.kernel.messages import Text
from app.kernel.outbound import Outbound
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Forbidden, Invalid
from app.kernel.projection import Projection
from app.kernel.transitions import TransitionCreate, advance, enter
from app.kernel.writing import IfMatch, Writing, new_id
from app.models.api_keys import ApiKey
from app.models.webhooks import Webhook, WebhookDelivery, WebhookProgress
from app.projections.cohorts import COHORTS
from app.projections.regions import REGIONS
from app.projections.webhooks import WEBHOOKS
from app.schemas.webhooks import DisabledBecause, WebhookCreate, WebhookUpdate
from app.services import calendars
from app.services.changes import UNFILTERED, followable
from app.services.webhook_secrets import secret_of, service_secret

RESOURCE = "webhooks"
# The worker looks for each of them every second.
MOST = 25
_UNSEEN = Text(en="The key may not read this.", id="Kunci ini tidak boleh membaca ini.")
_NO_COHORT = Text(en="There is no cohort with this code.", id="Tidak ada tahap dengan kode ini.")
_NO_REGION = Text(en="There is no region with this code.", id="Tidak ada daerah dengan kode ini.")


class ApiKeyRequired(Conflict):
    """A person who signed in asks for what lives as long as a key."""

    code = "api_key_required"
    title = Text(en="An API key is needed", id="Kunci API diperlukan")
    help = Text(
        en="An endpoint sees what the key sees that made it, and you signed in without one. Make it with an API key.",
        id="Titik akhir melihat apa yang dilihat kunci pembuatnya, dan Anda masuk tanpa kunci. Buat dengan kunci API.",
    )


class WebhookKeyEnded(Conflict):
    """It ended with the key that made it."""

    code = "webhook_key_ended"
    title = Text(en="Key ended", id="Kunci berakhir")
    help = Text(
        en="The key that made this endpoint has ended, and the endpoint with it. Make a new one with a valid key.",
        id="Kunci yang membuat titik akhir ini telah berakhir, begitu pula titik akhirnya. Buat baru dengan kunci sah.",
    )


class TooManyWebhooks(Conflict):
    """A key makes so many endpoints and no more."""

    code = "too_many_webhooks"
    title = Text(en="Too many endpoints", id="Terlalu banyak titik akhir")
    help = Text(
        en=f"A key may have {MOST} endpoints. Take one away, or ask for several events at one.",
        id=f"Satu kunci boleh memiliki {MOST} titik akhir. Hapus salah satu, atau minta beberapa peristiwa pada satu.",
    )


class Locked(NamedTuple):
    """An endpoint, locked until the transaction ends, and who acts by its key; nobody when that has ended."""

    webhook: Webhook
    holder: Principal | None


async def create(writing: Writing, asked: WebhookCreate, outbound: Outbound) -> tuple[Webhook, str]:
    """Make an endpoint, which is told of all that changes from now on; return it with its secret.

    Raises `Invalid` for a target that nothing is sent to, for events that the key cannot see and for unknown filters,
    `TooManyWebhooks` beyond `MOST`, `ApiKeyRequired` for a person.
    """
    session, principal = writing.session, writing.principal
    key_id = key_of(principal)
    if key_id is None:
        raise ApiKeyRequired
    await _require_room(session, key_id)
    row = Webhook(id=new_id(), api_key_id=key_id, secret_generation=1, **asked.model_dump())
    await _check(session, principal, row, outbound)
    session.add(row)
    await session.flush()
    position = await position_now(await driver_connection(session))
    session.add(WebhookProgress(webhook_id=row.id, position=position.text(), moved_at=calendars.now()))
    moves = [(str(row.id), None, WEBHOOK.initial)]
    await enter(session, RESOURCE, moves, reason="created", actor=principal.id)
    return row, secret_of(await service_secret(session), row.id, row.secret_generation)


async def lock(writing: Writing, webhook_id: UUID, if_match: IfMatch | None = None) -> Locked:
    """Lock an endpoint; raise `NotFound`, or `Forbidden` where the principal may less than its key."""
    row = await writing.fetch(Webhook, WEBHOOKS, if_match=if_match, id=webhook_id)
    holder = await holder_of(await driver_connection(writing.session), row.api_key_id)
    if holder is not None and not may_act_through(writing.principal, holder.permissions):
        raise Forbidden(required_permission=min(holder.permissions - writing.principal.permissions))
    return Locked(row, holder)


async def update_webhook(
    writing: Writing, webhook_id: UUID, if_match: IfMatch, patch: WebhookUpdate, outbound: Outbound
) -> None:
    """Change an endpoint; raise `Invalid` as `create` does, and `WebhookKeyEnded`."""
    row, holder = await lock(writing, webhook_id, if_match)
    if holder is None:
        raise WebhookKeyEnded
    with writing.session.no_autoflush:
        patch.apply(row)
        await _check(writing.session, holder, row, outbound)


async def move(writing: Writing, webhook_id: UUID, if_match: IfMatch, asked: TransitionCreate) -> None:
    """Pause an endpoint, resume or disable it; raise `WebhookKeyEnded` where nothing can be resumed."""
    session = writing.session
    row, holder = await lock(writing, webhook_id, if_match)
    before, after = row.state, advance(WEBHOOK, row.state, asked.to)
    if after == "disabled":
        await disable(session, row, "requested", asked.reason, writing.principal)
        return
    if after == "active" and holder is None:
        raise WebhookKeyEnded
    row.state, row.disabled_because = after, None
    if after == "active":
        healthy = update(WebhookProgress).where(WebhookProgress.webhook_id == row.id).values(failing_since=None)
        await session.execute(healthy)
    await session.flush()
    moves = [(str(row.id), before, after)]
    await enter(session, RESOURCE, moves, reason=asked.reason, actor=writing.principal.id)


async def disable(
    session: AsyncSession, row: Webhook, because: DisabledBecause, reason: str, principal: Principal
) -> None:
    """Disable a locked endpoint, and cancel what waits to be sent there."""
    before, row.state, row.disabled_because = row.state, advance(WEBHOOK, row.state, "disabled"), because
    await session.flush()
    waiting = (WebhookDelivery.webhook_id == row.id, WebhookDelivery.state == DELIVERY.initial)
    ended = {"state": "cancelled", "next_attempt_at": None, "leased_until": None}
    await session.execute(
        update(WebhookDelivery).where(*waiting).values(ended).execution_options(synchronize_session=False)
    )
    await enter(session, RESOURCE, [(str(row.id), before, row.state)], reason=reason, actor=principal.id)


async def rotate(writing: Writing, webhook_id: UUID, if_match: IfMatch) -> str:
    """Give an endpoint its next secret and return it."""
    row, _ = await lock(writing, webhook_id, if_match)
    row.secret_generation += 1
    row.rotated_at = calendars.now()
    return secret_of(await service_secret(writing.session), row.id, row.secret_generation)


async def remove(writing: Writing, webhook_id: UUID, if_match: IfMatch) -> Response:
    """Take an endpoint away with all that was and is to be sent there, and answer what it was."""
    row, _ = await lock(writing, webhook_id, if_match)
    # Nothing is left to be shown afterwards.
    answer = await writing.answer(WEBHOOKS, id=webhook_id)
    await writing.session.delete(row)
    await writing.session.flush()
    return answer


def filters_of(cohort_code: str | None, region_code: str | None) -> dict[str, str]:
    """Return the filters of an endpoint by their names in the lists."""
    given = {"cohort": cohort_code, "region": region_code}
    return {name: code for name, code in given.items() if code is not None}


def followed(principal: Principal, events: Collection[str], filters: Collection[str]) -> Sequence[Projection]:
    """Return what an endpoint follows of all that its key may read."""
    resources = {event.partition(".")[0] for event in events}
    return followable(principal, None if ALL in resources else resources, filters)


async def _require_room(session: AsyncSession, key_id: UUID) -> None:
    # Whoever makes one by the same key waits here, so none is counted too late.
    await session.execute(select(ApiKey.id).where(ApiKey.id == key_id).with_for_update(key_share=True))
    made = select(func.count()).select_from(Webhook).where(Webhook.api_key_id == key_id)
    if (await session.execute(made)).scalar_one() >= MOST:
        raise TooManyWebhooks


async def _check(session: AsyncSession, holder: Principal, row: Webhook, outbound: Outbound) -> None:
    connection, who = await driver_connection(session), Identity(holder)
    errors = [*_event_errors(holder, row)]
    if fault := outbound.fault(row.url):
        errors.append(FieldError(pointer="/url", code="refused_target", message=fault))
    for code, seen, pointer, message in (
        (row.cohort_code, COHORTS, "/cohort_code", _NO_COHORT),
        (row.region_code, REGIONS, "/region_code", _NO_REGION),
    ):
        if code is not None and await rendering.one(connection, seen, who, code=code) is None:
            errors.append(FieldError(pointer=pointer, code="invalid_reference", message=message))
    if errors:
        raise Invalid(errors=errors)


def _event_errors(holder: Principal, row: Webhook) -> Iterator[FieldError]:
    filters = filters_of(row.cohort_code, row.region_code)
    for index, event in enumerate(row.events):
        if event != ALL and not followed(holder, [event], filters):
            unfiltered = UNFILTERED.format(resource=event.partition(".")[0])
            message = unfiltered if followed(holder, [event], ()) else _UNSEEN
            yield FieldError(pointer=f"/events/{index}", code="not_allowed", message=message)


async def locked_for_worker(session: AsyncSession, webhook_id: UUID) -> Webhook | None:
    """Lock an endpoint for what the worker has to say about it, letting others refer to it meanwhile."""
    statement = select(Webhook).where(Webhook.id == webhook_id).with_for_update(key_share=True)
    return (await session.execute(statement)).scalar_one_or_none()
