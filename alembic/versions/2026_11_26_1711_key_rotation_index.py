"""A key is found by the secret before its present one as quickly as by that; no two keys have the same."""

import sqlalchemy as sa
from alembic import op

revision = "20261126k2"
down_revision = "20261126k1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    with op.get_context().autocommit_block():
        op.create_index(
            "uq_api_keys_previous_digest",
            "api_keys",
            ["previous_digest"],
            unique=True,
            postgresql_where=sa.text("previous_digest IS NOT NULL"),
            postgresql_concurrently=True,
            if_not_exists=True,  # it may be run again when it was cut off
        )


def downgrade() -> None:
    """Remove it."""
    with op.get_context().autocommit_block():
        op.drop_index("uq_api_keys_previous_digest", table_name="api_keys", postgresql_concurrently=True)
