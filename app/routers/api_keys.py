"""API keys, for administrators."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Response

from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.idempotency import ShownOnce
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import Forbidden
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.writing import Matching, Writing, writes
from app.models.api_keys import ApiKey
from app.projections.api_keys import API_KEYS
from app.schemas.api_keys import ApiKeyCreate, ApiKeyIssued, ApiKeyLastUse, ApiKeyQuery, ApiKeyRead, ApiKeyRotate
from app.services import api_keys as service

router = Room(prefix="/v1/api-keys", tags=["api keys"])


@router.get("", response_model=Page[ApiKeyRead], summary="List API keys")
async def list_api_keys(
    reading: Annotated[Reading[ApiKeyQuery], reads(Permission.API_KEYS_MANAGE, ApiKeyQuery)],
) -> Response:
    """List keys, without their secrets."""
    return await reading.page(API_KEYS)


@router.post(
    "",
    status_code=201,
    response_model=ApiKeyIssued,
    summary="Issue an API key",
    openapi_extra=accepts(ApiKeyCreate),
    responses=problems(ShownOnce),
)
async def create_api_key(
    writing: Annotated[Writing, writes(Permission.API_KEYS_MANAGE)],
    body: Annotated[ApiKeyCreate, Depends(json_body(ApiKeyCreate))],
) -> Response:
    """Issue a key. Its secret is in this answer and nowhere else: a retry of the same request is answered by 409."""
    key, secret = await service.issue(writing.session, writing.principal, body)
    return await writing.answer_once(API_KEYS, secret, f"/v1/api-keys/{key.id}", status=201, id=key.id)


@router.get("/{id}", response_model=ApiKeyRead, summary="Get an API key")
async def get_api_key(id: str, reading: Annotated[Reading, reads(Permission.API_KEYS_MANAGE)]) -> Response:  # noqa: A002 - the path's own word
    """Get one key, without its secret."""
    return await reading.one(API_KEYS, id=path_uuid(id))


@router.get("/{id}/last-use", response_model=ApiKeyLastUse, summary="When an API key was used last")
async def get_api_key_last_use(id: str, reading: Annotated[Reading, reads(Permission.API_KEYS_MANAGE)]) -> Response:  # noqa: A002 - the path's own word
    """Tell when a request last came with the key; what a webhook sends on its behalf is none.

    It is written down about once a minute, beside the key: its `version` and the log of changes say nothing of it.
    """
    return await service.last_use(reading, path_uuid(id))


@router.post(
    "/{id}/rotations",
    response_model=ApiKeyIssued,
    summary="Change an API key's secret",
    openapi_extra=accepts(ApiKeyRotate, required=False),
    responses=problems(Forbidden, service.KeyEnded, ShownOnce),
)
async def rotate_api_key(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.API_KEYS_MANAGE)],
    if_match: Matching,
    body: Annotated[ApiKeyRotate, Depends(json_body(ApiKeyRotate, required=False))],
) -> Response:
    """Give a key a new secret, which is in this answer and nowhere else; the old one works on for `overlap_hours`.

    The key stays the same, with its id, its webhooks and the day it expires. A secret from an earlier rotation ends
    now, whatever its overlap was.
    """
    key_id = path_uuid(id)
    key = await writing.fetch(ApiKey, API_KEYS, if_match=if_match, id=key_id)
    secret = await service.rotate(writing.session, writing.principal, key, timedelta(hours=body.overlap_hours))
    return await writing.answer_once(API_KEYS, secret, f"/v1/api-keys/{key_id}", id=key_id)


@router.delete("/{id}", response_model=ApiKeyRead, summary="Revoke an API key")
async def revoke_api_key(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.API_KEYS_MANAGE)],
    if_match: Matching,
) -> Response:
    """Revoke a key from the next request on. The record stays, so that the audit can name it."""
    key_id = path_uuid(id)
    key = await writing.fetch(ApiKey, API_KEYS, if_match=if_match, id=key_id)
    service.revoke(key)
    return await writing.answer(API_KEYS, id=key_id)
