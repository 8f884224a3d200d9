"""A cohort stays what it began as: a rehearsal, or in earnest.

Its numbers are unique among those of its kind, its scorecards say which they are, and many of its records tell it; were
it to change, they would contradict each other, and nobody would be told of them all.
"""

from alembic import op

revision = "20261128r1"
down_revision = "20261128l1"
branch_labels = None
depends_on = None

STAYS = """
CREATE FUNCTION refuse_other_simulation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a cohort stays a rehearsal, or in earnest: %', OLD.code USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    """Make it so."""
    op.execute(STAYS)
    op.execute(
        "CREATE TRIGGER refuse_other_simulation BEFORE UPDATE OF simulation ON cohorts "
        "FOR EACH ROW WHEN (OLD.simulation <> NEW.simulation) EXECUTE FUNCTION refuse_other_simulation()"
    )


def downgrade() -> None:
    """Leave it to those who write."""
    op.execute("DROP TRIGGER refuse_other_simulation ON cohorts")
    op.execute("DROP FUNCTION refuse_other_simulation")
