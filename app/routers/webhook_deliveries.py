"""What was sent to a webhook, try by try; sent again, or as a test."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import Forbidden
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.writing import Writing, writes
from app.projections.webhooks import WEBHOOK_DELIVERIES, WEBHOOKS
from app.schemas.webhooks import RedeliveriesCreate, RedeliveriesRead, WebhookDeliveryQuery, WebhookDeliveryRead
from app.services import webhook_deliveries as service

router = Room(prefix="/v1/webhooks/{id}", tags=["webhooks"])
_REFUSALS = problems(Forbidden, service.WebhookDisabled)


@router.get("/deliveries", response_model=Page[WebhookDeliveryRead], summary="List what was sent to a webhook")
async def list_webhook_deliveries(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[WebhookDeliveryQuery], reads(Permission.WEBHOOKS_READ, WebhookDeliveryQuery)],
) -> Response:
    """List the events of the last 30 days, the latest first: what became of each, and how every try ended."""
    webhook_id = path_uuid(id)
    await reading.record(WEBHOOKS, id=webhook_id)
    return await reading.page(WEBHOOK_DELIVERIES, webhook=webhook_id)


@router.get("/deliveries/{delivery}", response_model=WebhookDeliveryRead, summary="Get what was sent to a webhook")
async def get_webhook_delivery(
    id: str,  # noqa: A002 - the path's own word
    delivery: str,
    reading: Annotated[Reading, reads(Permission.WEBHOOKS_READ)],
) -> Response:
    """Get one event with every try to deliver it."""
    return await reading.one(WEBHOOK_DELIVERIES, webhook=path_uuid(id), id=path_uuid(delivery))


@router.post(
    "/deliveries/{delivery}/redeliveries",
    status_code=201,
    response_model=WebhookDeliveryRead,
    summary="Send an event again",
    responses=_REFUSALS,
)
async def redeliver(
    id: str,  # noqa: A002 - the path's own word
    delivery: str,
    writing: Annotated[Writing, writes(Permission.WEBHOOKS_WRITE)],
) -> Response:
    """Send an event again under its own `webhook-id`, whatever became of it; one that still waits is tried now."""
    webhook_id, delivery_id = path_uuid(id), path_uuid(delivery)
    await service.redeliver(writing, webhook_id, delivery_id)
    return await _delivery(writing, webhook_id, delivery_id)


@router.post(
    "/redeliveries",
    response_model=RedeliveriesRead,
    summary="Send the events of some time again",
    openapi_extra=accepts(RedeliveriesCreate),
    responses=_REFUSALS,
)
async def redeliver_range(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.WEBHOOKS_WRITE)],
    body: Annotated[RedeliveriesCreate, Depends(json_body(RedeliveriesCreate))],
) -> Response:
    """Send all events of some time again, in their old order, behind what waits; those that still wait stay as is."""
    count = await service.redeliver_range(writing, path_uuid(id), body)
    return await writing.report(RedeliveriesRead(redelivered=count))


@router.post(
    "/pings", status_code=201, response_model=WebhookDeliveryRead, summary="Test a webhook", responses=_REFUSALS
)
async def ping_webhook(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.WEBHOOKS_WRITE)],
) -> Response:
    """Send a test event, `ping`, which is delivered like any other."""
    webhook_id = path_uuid(id)
    return await _delivery(writing, webhook_id, await service.ping(writing, webhook_id))


async def _delivery(writing: Writing, webhook_id: object, delivery_id: object) -> Response:
    location = f"/v1/webhooks/{webhook_id}/deliveries/{delivery_id}"
    return await writing.answer(WEBHOOK_DELIVERIES, status=201, location=location, webhook=webhook_id, id=delivery_id)
