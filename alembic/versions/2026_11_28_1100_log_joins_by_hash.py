"""The log of an update joins what was and what is without a nested loop.

How many rows a transition table holds is not known when the join is planned, and a connection keeps the plan. One that
was made for an update of no rows compares every row with every other: 1,400 corrected values took more than 30 seconds.
"""

from alembic import op

revision = "20261128l1"
down_revision = "20261128s1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.execute("ALTER FUNCTION log_change SET enable_nestloop = off")


def downgrade() -> None:
    """Leave the choice to the planner."""
    op.execute("ALTER FUNCTION log_change RESET enable_nestloop")
