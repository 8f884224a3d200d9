"""A final choice may be made again after an upheld objection, and letters issued on it.

All that was written before meets the new rules as it is, so nobody who writes waits for a look through it.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128q1"
down_revision = "20261128p1"
branch_labels = None
depends_on = None

NEW = (("selection_runs", "supersedes_id"), ("result_letters", "replaces_id"))
BEFORE = "(state = 'published') = (published_by IS NOT NULL)"
SINCE = (
    "CASE state WHEN 'published' THEN published_by IS NOT NULL WHEN 'recorded' THEN published_by IS NULL ELSE true END"
)
CHANGED = """
-- squawk-ignore ban-drop-constraint
ALTER TABLE selection_runs DROP CONSTRAINT ck_selection_runs_published_by,
    ADD CONSTRAINT ck_selection_runs_published_by CHECK ({check}) NOT VALID
"""
# Who sees a run, and its results, is a question of whether it was ever published.
NOTICED = """
CREATE CONSTRAINT TRIGGER touch_on_update AFTER UPDATE ON selection_runs
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION touch_by_selection_runs()
"""


def notice(*columns: str) -> None:
    """Have a change of these columns of a run noticed by its results."""
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    op.execute("DROP TRIGGER touch_on_update ON selection_runs")
    op.execute(NOTICED.format(changed=changed))


def upgrade() -> None:
    """Make room for it."""
    for table, column in NEW:
        op.add_column(table, sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f(f"fk_{table}_{column}"), table, table, [column], ["id"], postgresql_not_valid=True)
    op.execute(CHANGED.format(check=SINCE))
    notice("state", "published_by")


def downgrade() -> None:
    """Forget it; refused where a choice was made again."""
    notice("state")
    op.execute(CHANGED.format(check=BEFORE))
    op.execute("ALTER TABLE selection_runs VALIDATE CONSTRAINT ck_selection_runs_published_by")
    for table, column in NEW:
        op.drop_column(table, column)
