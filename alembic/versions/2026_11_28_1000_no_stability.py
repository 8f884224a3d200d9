"""A region that was not ranked has no stability, where it had JSON's null for one."""

from alembic import op

revision = "20261128s1"
down_revision = "20261128n2"
branch_labels = None
depends_on = None

TRIGGERS = ("touch", "log_update")


def upgrade() -> None:
    """Make it so, without a new version or an entry in the log: as a record, each row says what it said before."""
    switch("DISABLE")
    op.execute("UPDATE selection_results SET stability = NULL WHERE stability = 'null'")
    switch("ENABLE")


def downgrade() -> None:
    """Leave it so: both were read alike."""


def switch(how: str) -> None:
    """Disable or enable what writes down that a row was changed."""
    op.execute(f"ALTER TABLE selection_results {', '.join(f'{how} TRIGGER {name}' for name in TRIGGERS)}")
