"""A letter on each choice, and each replaced once; the indexes are made apart, so that nobody waits for them."""

from alembic import op

revision = "20261128q2"
down_revision = "20261128q1"
branch_labels = None
depends_on = None

INDEXES = {
    "uq_selection_runs_supersedes_id": ("selection_runs", ["supersedes_id"]),
    "uq_result_letters_replaces_id": ("result_letters", ["replaces_id"]),
    "uq_result_letters_candidacy_id_run_id": ("result_letters", ["candidacy_id", "run_id"]),
}
# What replaces it guarantees as much where no choice was made again.
NARROWER = """
-- squawk-ignore ban-drop-constraint
ALTER TABLE result_letters DROP CONSTRAINT IF EXISTS uq_result_letters_candidacy_id
"""
PUBLISHED_BY = (
    "CASE state WHEN 'published' THEN published_by IS NOT NULL WHEN 'recorded' THEN published_by IS NULL ELSE true END"
)


def upgrade() -> None:
    """Make the indexes, remove the one that knew one choice only, and look through the runs."""
    with op.get_context().autocommit_block():
        for name, (table, columns) in INDEXES.items():
            op.create_index(
                name,
                table,
                columns,
                unique=True,
                postgresql_concurrently=True,
                if_not_exists=True,  # it may be run again when it was cut off
            )
    op.execute(NARROWER)
    op.execute("ALTER TABLE selection_runs VALIDATE CONSTRAINT ck_selection_runs_published_by")


def downgrade() -> None:
    """Let every candidacy have one letter; refused where one has more."""
    op.create_unique_constraint(op.f("uq_result_letters_candidacy_id"), "result_letters", ["candidacy_id"])
    with op.get_context().autocommit_block():
        for name, (table, _) in INDEXES.items():
            op.drop_index(name, table_name=table, postgresql_concurrently=True)
    op.execute(
        "ALTER TABLE selection_runs DROP CONSTRAINT ck_selection_runs_published_by, "
        f"ADD CONSTRAINT ck_selection_runs_published_by CHECK ({PUBLISHED_BY}) NOT VALID"
    )
