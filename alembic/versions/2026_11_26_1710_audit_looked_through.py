"""The rule of which operations the log may tell of holds for what was in it before, too: no writer waits for that."""

from alembic import op

revision = "20261126z2"
down_revision = "20261126z1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Look through the log."""
    op.execute("SET LOCAL statement_timeout = '1h'")
    op.execute("ALTER TABLE changes VALIDATE CONSTRAINT ck_changes_operation")


def downgrade() -> None:
    """Forget that it was."""
    op.execute(
        "ALTER TABLE changes DROP CONSTRAINT ck_changes_operation, ADD CONSTRAINT ck_changes_operation "
        "CHECK (operation IN ('create', 'update', 'delete', 'touch', 'refuse', 'export')) NOT VALID"
    )
