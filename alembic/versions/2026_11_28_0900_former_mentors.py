"""Who once mentored a region is remembered when another takes over."""

from alembic import op

revision = "20261128m1"
down_revision = "20261127r1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; who left a mentorship before is known from the log alone."""
    op.execute("ALTER TABLE mentorships ADD COLUMN former_mentor_ids uuid[] NOT NULL DEFAULT '{}'")


def downgrade() -> None:
    """Forget them."""
    op.drop_column("mentorships", "former_mentor_ids")
