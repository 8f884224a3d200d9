"""Memoranda and result letters say of which rehearsal they are; so far all count as being in earnest."""

from alembic import op

revision = "20261128n1"
down_revision = "20261128m1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it. What was rehearsed before this keeps its number to itself."""
    op.execute("ALTER TABLE memoranda ADD COLUMN rehearsal text")
    op.execute("ALTER TABLE result_letters ADD COLUMN rehearsal text")


def downgrade() -> None:
    """Forget it."""
    op.drop_column("result_letters", "rehearsal")
    op.drop_column("memoranda", "rehearsal")
