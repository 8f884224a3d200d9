"""An expert can be erased: from then on the record is bare, and the database keeps it so."""

from alembic import op

revision = "20261127e1"
down_revision = "20261126k2"
branch_labels = None
depends_on = None

BARE = (
    "erased_at IS NULL OR (name = '(erased)' AND NOT active AND cardinality(sectors) = 0 "
    "AND cardinality(dimensions) = 0 AND num_nonnulls(home_region_code, trained_on) = 0)"
)


def upgrade() -> None:
    """Add when an expert was erased; so far nobody was."""
    op.execute(f"ALTER TABLE experts ADD COLUMN erased_at timestamptz CONSTRAINT ck_experts_erased CHECK ({BARE})")


def downgrade() -> None:
    """Forget when; who was erased stays without a name."""
    op.drop_column("experts", "erased_at")
