"""The secrets by which receivers know that an event is ours: derived when they are needed, and stored nowhere.

A secret comes from the service's own, the endpoint and the number of the secret among those it has had. Signatures are
those of Standard Webhooks.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from standardwebhooks.webhooks import Webhook as Signer

from app.domain.deliveries import ROTATION_OVERLAP
from app.kernel.tables import service_secrets

NAME = "webhooks"
_PREFIX = "whsec_"


async def service_secret(session: AsyncSession) -> str:
    """Return the secret from which those of all endpoints come."""
    found = await session.execute(select(service_secrets.c.value).where(service_secrets.c.name == NAME))
    return str(found.scalar_one())


def secret_of(service: str, webhook_id: UUID, generation: int) -> str:
    """Return the secret of an endpoint, as its owner is shown it."""
    digest = hmac.digest(service.encode(), f"{webhook_id}:{generation}".encode(), hashlib.sha256)
    return _PREFIX + base64.b64encode(digest).decode()


def valid_generations(generation: int, rotated_at: datetime | None, now: datetime) -> list[int]:
    """Return the numbers of the secrets that sign: the present one, and for a while the one before."""
    overlaps = rotated_at is not None and now < rotated_at + ROTATION_OVERLAP
    return [generation, generation - 1] if overlaps else [generation]


def signed_headers(secrets: list[str], event_id: UUID, payload: bytes, now: datetime) -> Mapping[str, str]:
    """Return the headers that sign a payload with each of the secrets."""
    signatures = [Signer(secret).sign(str(event_id), now, payload.decode()) for secret in secrets]
    return {
        "webhook-id": str(event_id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
