"""Who sees which webhooks, and what was sent there: whoever the key speaks for that made one, and administrators."""

from sqlalchemy import and_, true

from app.domain.permissions import Role
from app.kernel.filters import Condition, at_least, below, equals
from app.kernel.projection import READER_EXPERT, READER_INSTITUTION, READER_REGION, Projection, Reader, columns_of
from app.models.api_keys import ApiKey
from app.models.webhooks import Webhook, WebhookDelivery
from app.schemas.webhooks import WebhookDeliveryRead, WebhookRead

_keys = ApiKey.__table__
_webhooks = Webhook.__table__
_deliveries = WebhookDelivery.__table__


def own(reader: Reader) -> Condition:
    """Show what was made by a key of the same role that speaks for the same."""
    if reader.role is Role.ADMINISTRATOR:
        return true()
    return and_(
        _keys.c.role == reader.role.value,
        _keys.c.region_code.is_not_distinct_from(READER_REGION),
        _keys.c.expert_id.is_not_distinct_from(READER_EXPERT),
        _keys.c.institution_id.is_not_distinct_from(READER_INSTITUTION),
    )


_source = _webhooks.join(_keys, _keys.c.id == _webhooks.c.api_key_id)

WEBHOOKS = Projection(
    name="webhooks",
    schema=WebhookRead,
    source=_source,
    columns=columns_of(WebhookRead, _webhooks),
    key=_webhooks.c.id,
    sorts={"created_at": _webhooks.c.created_at},
    filters={"id": equals(_webhooks.c.id), "state": equals(_webhooks.c.state)},
    visible=own,
)

WEBHOOK_DELIVERIES = Projection(
    name="webhook-deliveries",
    schema=WebhookDeliveryRead,
    source=_deliveries.join(_source, _webhooks.c.id == _deliveries.c.webhook_id),
    columns=columns_of(WebhookDeliveryRead, _deliveries),
    key=_deliveries.c.id,
    sorts={"created_at": _deliveries.c.created_at},
    filters={
        "id": equals(_deliveries.c.id),
        "webhook": equals(_deliveries.c.webhook_id),
        "state": equals(_deliveries.c.state),
        "type": equals(_deliveries.c.type),
        "created_at_gte": at_least(_deliveries.c.created_at),
        "created_at_lt": below(_deliveries.c.created_at),
    },
    visible=own,
)
