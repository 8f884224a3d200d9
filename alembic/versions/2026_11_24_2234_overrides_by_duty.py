"""Overrides by duty: one may wait for each, where it was one per expert."""

import sqlalchemy as sa
from alembic import op

revision = "20261124f6"
down_revision = "20261124e5"
branch_labels = None
depends_on = None

OLD = ("uq_conflict_overrides_assessment_id_expert_id", ["assessment_id", "expert_id"])
NEW = ("uq_conflict_overrides_requested", ["assessment_id", "expert_id", "duty"])


def upgrade() -> None:
    """Let one override wait per duty."""
    with op.get_context().autocommit_block():
        replace(OLD, NEW)


def downgrade() -> None:
    """Take it back."""
    with op.get_context().autocommit_block():
        replace(NEW, OLD)


def replace(old: tuple[str, list[str]], new: tuple[str, list[str]]) -> None:
    """Put one index in the place of another, the new one first, and again if it was cut off."""
    name, columns = new
    op.create_index(
        name,
        "conflict_overrides",
        columns,
        unique=True,
        postgresql_where=sa.text("state = 'requested'"),
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.drop_index(old[0], table_name="conflict_overrides", postgresql_concurrently=True, if_exists=True)
