"""Webhooks: who is told of what, how far each has been told, and what was and is to be sent."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import DELIVERY, WEBHOOK
from app.kernel.tables import Base, Recorded, one_of_states

_PENDING = "state = 'pending'"


class Webhook(Recorded, Base):
    """One endpoint. It sees what the key sees that made it, and lives no longer.

    Its secret is derived from the service's own, its id and `secret_generation`, and stored nowhere.
    """

    __tablename__ = "webhooks"
    __table_args__ = (
        CheckConstraint(one_of_states(WEBHOOK), name="state"),
        CheckConstraint("(state = 'disabled') = (disabled_because IS NOT NULL)", name="disabled_because"),
        CheckConstraint("secret_generation > 0", name="secret_generation"),
        Index("ix_webhooks_created_at_id", "created_at", "id"),
        Index("ix_webhooks_api_key_id", "api_key_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    api_key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("api_keys.id"))
    url: Mapped[str]
    description: Mapped[str | None]
    events: Mapped[list[str]] = mapped_column(ARRAY(Text))
    cohort_code: Mapped[str | None] = mapped_column(ForeignKey("cohorts.code"))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    state: Mapped[str] = mapped_column(server_default=WEBHOOK.initial)
    disabled_because: Mapped[str | None]
    secret_generation: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    rotated_at: Mapped[datetime | None]


class WebhookProgress(Base):
    """How far an endpoint has been told: bookkeeping of the worker, in no log.

    `position` is where it stands in the change feed, `failing_since` when it last ceased to take what it is sent.
    """

    __tablename__ = "webhook_progress"

    webhook_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[str]
    moved_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]


class WebhookDelivery(Recorded, Base):
    """One event on its way to one endpoint, or what became of it; its id is the `webhook-id` of every try.

    `line` is its place among the events of the endpoint: of one record, an earlier one goes first. `tries` counts those
    of this round, which began at `round_began_at`; `attempts` tells of all. Whoever tries it holds it until
    `leased_until`.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint(one_of_states(DELIVERY), name="state"),
        CheckConstraint(f"({_PENDING}) = (next_attempt_at IS NOT NULL)", name="next_attempt_at"),
        CheckConstraint("(resource IS NULL) = (record_key IS NULL)", name="record_key"),
        Index("ix_webhook_deliveries_webhook_id_created_at", "webhook_id", "created_at", "id"),
        Index("ix_webhook_deliveries_created_at", "created_at"),
        # What is to be sent: in the order of an endpoint, and of one of its records.
        Index("ix_webhook_deliveries_pending", "webhook_id", "line", postgresql_where=text(_PENDING)),
        Index(
            "ix_webhook_deliveries_pending_record",
            "webhook_id",
            "resource",
            "record_key",
            "line",
            postgresql_where=text(_PENDING),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    line: Mapped[int] = mapped_column(BigInteger, Identity(always=False))
    type: Mapped[str]
    resource: Mapped[str | None]
    record_key: Mapped[str | None]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(server_default=DELIVERY.initial)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    attempts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    round_began_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    next_attempt_at: Mapped[datetime | None] = mapped_column(server_default=text("clock_timestamp()"))
    leased_until: Mapped[datetime | None]
