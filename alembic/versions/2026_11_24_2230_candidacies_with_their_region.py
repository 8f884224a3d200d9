"""What refers to a candidacy may name its region beside it, and the database keeps the two together."""

from alembic import op

revision = "20261124b2"
down_revision = "20261124a1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index that such a reference needs."""
    with op.get_context().autocommit_block():
        op.create_index(
            "uq_candidacies_id_region_code",
            "candidacies",
            ["id", "region_code"],
            unique=True,
            postgresql_concurrently=True,
            if_not_exists=True,  # it may be run again when it was cut off
        )


def downgrade() -> None:
    """Remove it."""
    with op.get_context().autocommit_block():
        op.drop_index("uq_candidacies_id_region_code", table_name="candidacies", postgresql_concurrently=True)
