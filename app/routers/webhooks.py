"""Webhooks: who wants to be told of what, and where; each sees what its key sees."""

from typing import Annotated

from fastapi import Depends, Request, Response

from app.domain.lifecycles import WEBHOOK
from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.idempotency import ShownOnce
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import Forbidden, IllegalTransition
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.transitions import TransitionCreate, TransitionsRead, history
from app.kernel.writing import Matching, Writing, writes
from app.projections.webhooks import WEBHOOKS
from app.schemas.webhooks import WebhookCreate, WebhookIssued, WebhookQuery, WebhookRead, WebhookUpdate
from app.services import webhooks as service

router = Room(prefix="/v1/webhooks", tags=["webhooks"])


@router.get("", response_model=Page[WebhookRead], summary="List webhooks")
async def list_webhooks(
    reading: Annotated[Reading[WebhookQuery], reads(Permission.WEBHOOKS_READ, WebhookQuery)],
) -> Response:
    """List the endpoints that were made by keys that speak for the same as this one; an administrator sees all."""
    return await reading.page(WEBHOOKS)


@router.post(
    "",
    status_code=201,
    response_model=WebhookIssued,
    summary="Make a webhook",
    openapi_extra=accepts(WebhookCreate),
    responses=problems(service.ApiKeyRequired, service.TooManyWebhooks, ShownOnce),
)
async def create_webhook(
    request: Request,
    writing: Annotated[Writing, writes(Permission.WEBHOOKS_WRITE)],
    body: Annotated[WebhookCreate, Depends(json_body(WebhookCreate))],
) -> Response:
    """Have events sent to an address from now on, as far as this key sees the records they are about.

    The secret by which the receiver knows that they are ours (Standard Webhooks) is in this answer and nowhere else: a
    retry of the same request is answered by 409. Of a record that was changed several times between two looks, a second
    apart, one event tells.
    """
    row, secret = await service.create(writing, body, request.app.state.outbound)
    return await writing.answer_once(WEBHOOKS, secret, f"/v1/webhooks/{row.id}", status=201, id=row.id)


@router.get("/{id}", response_model=WebhookRead, summary="Get a webhook")
async def get_webhook(id: str, reading: Annotated[Reading, reads(Permission.WEBHOOKS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one endpoint, without its secret."""
    return await reading.one(WEBHOOKS, id=path_uuid(id))


@router.patch(
    "/{id}",
    response_model=WebhookRead,
    summary="Change a webhook",
    openapi_extra=accepts(WebhookUpdate),
    responses=problems(Forbidden, service.WebhookKeyEnded),
)
async def update_webhook(
    id: str,  # noqa: A002 - the path's own word
    request: Request,
    writing: Annotated[Writing, writes(Permission.WEBHOOKS_WRITE)],
    if_match: Matching,
    patch: Annotated[WebhookUpdate, Depends(json_body(WebhookUpdate))],
) -> Response:
    """Change where events go and which; it takes a key that may do all that the endpoint's own key may."""
    webhook_id = path_uuid(id)
    await service.update_webhook(writing, webhook_id, if_match, patch, request.app.state.outbound)
    return await writing.answer(WEBHOOKS, id=webhook_id)


@router.delete("/{id}", response_model=WebhookRead, summary="Take a webhook away", responses=problems(Forbidden))
async def delete_webhook(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.WEBHOOKS_WRITE)],
    if_match: Matching,
) -> Response:
    """Take an endpoint away, with all that was and is to be sent there, and answer what it was."""
    return await service.remove(writing, path_uuid(id), if_match)


@router.get("/{id}/transitions", response_model=TransitionsRead, summary="A webhook's history of states")
async def get_webhook_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.HISTORY_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move so far, with the reasons."""
    return await history(reading, WEBHOOKS, WEBHOOK, id=path_uuid(id))


@router.post(
    "/{id}/transitions",
    response_model=WebhookRead,
    summary="Pause a webhook, resume or disable it",
    openapi_extra=accepts(TransitionCreate),
    responses=problems(Forbidden, IllegalTransition, service.WebhookKeyEnded),
)
async def move_webhook(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.WEBHOOKS_WRITE)],
    if_match: Matching,
    body: Annotated[TransitionCreate, Depends(json_body(TransitionCreate))],
) -> Response:
    """Pause an endpoint, and what it would be sent waits; disable it, and what waits is cancelled.

    When it is active again, it is told of all that changed meanwhile.
    """
    webhook_id = path_uuid(id)
    await service.move(writing, webhook_id, if_match, body)
    return await writing.answer(WEBHOOKS, id=webhook_id)


@router.post(
    "/{id}/rotations",
    response_model=WebhookIssued,
    summary="Change a webhook's secret",
    responses=problems(Forbidden, ShownOnce),
)
async def rotate_webhook(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.WEBHOOKS_WRITE)],
    if_match: Matching,
) -> Response:
    """Give an endpoint a new secret, which is in this answer and nowhere else; for 24 hours the old one signs too."""
    webhook_id = path_uuid(id)
    secret = await service.rotate(writing, webhook_id, if_match)
    return await writing.answer_once(WEBHOOKS, secret, f"/v1/webhooks/{webhook_id}", id=webhook_id)
