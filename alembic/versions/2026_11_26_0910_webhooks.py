"""Webhooks, how far each has been told, and what is sent to them; with the secret of which theirs are made."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126w2"
down_revision = "20261126w1"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
PENDING = sa.text("state = 'pending'")


def recorded() -> Iterator[sa.Column[Any]]:
    """Yield the columns of every resource."""
    for name in ("created_at", "updated_at"):
        yield sa.Column(name, sa.DateTime(timezone=True), server_default=NOW, nullable=False)
    yield sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("api_key_id", sa.UUID(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("cohort_code", sa.Text(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("disabled_because", sa.Text(), nullable=True),
        sa.Column("secret_generation", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        *recorded(),
        sa.CheckConstraint(
            "(state = 'disabled') = (disabled_because IS NOT NULL)", name=op.f("ck_webhooks_disabled_because")
        ),
        sa.CheckConstraint("secret_generation > 0", name=op.f("ck_webhooks_secret_generation")),
        sa.CheckConstraint("state IN ('active', 'paused', 'disabled')", name=op.f("ck_webhooks_state")),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name=op.f("fk_webhooks_api_key_id")),
        sa.ForeignKeyConstraint(["cohort_code"], ["cohorts.code"], name=op.f("fk_webhooks_cohort_code")),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name=op.f("fk_webhooks_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_index("ix_webhooks_created_at_id", "webhooks", ["created_at", "id"])
    op.create_index("ix_webhooks_api_key_id", "webhooks", ["api_key_id"])
    op.execute("CALL watch('webhooks', 'webhooks', 'id')")
    op.create_table(
        "webhook_progress",
        sa.Column("webhook_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_progress_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_webhook_progress")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("webhook_id", sa.UUID(), nullable=False),
        sa.Column("line", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=True),
        sa.Column("record_key", sa.Text(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("round_began_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=NOW, nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        *recorded(),
        sa.CheckConstraint("(resource IS NULL) = (record_key IS NULL)", name=op.f("ck_webhook_deliveries_record_key")),
        sa.CheckConstraint(
            "(state = 'pending') = (next_attempt_at IS NOT NULL)", name=op.f("ck_webhook_deliveries_next_attempt_at")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'delivered', 'failed', 'cancelled')", name=op.f("ck_webhook_deliveries_state")
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(
        "ix_webhook_deliveries_webhook_id_created_at", "webhook_deliveries", ["webhook_id", "created_at", "id"]
    )
    op.create_index("ix_webhook_deliveries_created_at", "webhook_deliveries", ["created_at"])
    op.create_index(
        "ix_webhook_deliveries_pending", "webhook_deliveries", ["webhook_id", "line"], postgresql_where=PENDING
    )
    op.create_index(
        "ix_webhook_deliveries_pending_record",
        "webhook_deliveries",
        ["webhook_id", "resource", "record_key", "line"],
        postgresql_where=PENDING,
    )
    # A record of its own, but bookkeeping: it counts its versions, and enters no log.
    op.execute("CREATE TRIGGER touch BEFORE UPDATE ON webhook_deliveries FOR EACH ROW EXECUTE FUNCTION touch()")
    # Every secret of a webhook is derived from it.
    op.execute("INSERT INTO service_secrets VALUES ('webhooks', gen_random_uuid()::text || gen_random_uuid()::text)")


def downgrade() -> None:
    """Remove them."""
    op.execute("DELETE FROM service_secrets WHERE name = 'webhooks'")
    for table in ("webhook_deliveries", "webhook_progress", "webhooks"):
        op.drop_table(table)
