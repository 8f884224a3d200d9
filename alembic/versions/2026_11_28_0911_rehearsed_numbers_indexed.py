"""A number that was only rehearsed is free in earnest; the indexes are made apart, so that nobody waits for them."""

import sqlalchemy as sa
from alembic import op

revision = "20261128n2"
down_revision = "20261128n1"
branch_labels = None
depends_on = None

# What replaces it guarantees as much to whoever works in earnest.
NARROWER = """
-- squawk-ignore ban-drop-constraint
ALTER TABLE result_letters DROP CONSTRAINT IF EXISTS uq_result_letters_year_number
"""
GIVEN = "state <> 'void' OR published_at IS NOT NULL"


def upgrade() -> None:
    """Make the indexes, then remove those that knew no rehearsals."""
    with op.get_context().autocommit_block():
        for table, where in (("memoranda", sa.text(f"number IS NOT NULL AND ({GIVEN})")), ("result_letters", None)):
            op.create_index(
                f"uq_{table}_number",
                table,
                ["year", "number", "rehearsal"],
                unique=True,
                postgresql_nulls_not_distinct=True,
                postgresql_where=where,
                postgresql_concurrently=True,
                if_not_exists=True,  # it may be run again when it was cut off
            )
        op.drop_index("uq_memoranda_year_number", table_name="memoranda", postgresql_concurrently=True, if_exists=True)
    op.execute(NARROWER)


def downgrade() -> None:
    """Let every number be given once, rehearsed or not; refused where one was given twice since."""
    op.create_unique_constraint(op.f("uq_result_letters_year_number"), "result_letters", ["year", "number"])
    op.create_index(
        "uq_memoranda_year_number", "memoranda", ["year", "number"], unique=True, postgresql_where=sa.text(GIVEN)
    )
    with op.get_context().autocommit_block():
        for table in ("result_letters", "memoranda"):
            op.drop_index(f"uq_{table}_number", table_name=table, postgresql_concurrently=True)
