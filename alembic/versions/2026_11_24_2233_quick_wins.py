"""Quick wins and their progress reports, which are never changed."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124e5"
down_revision = "20261124d4"
branch_labels = None
depends_on = None

# In the order in which they refer to each other: the resource of each, and the columns that never enter the change log.
TABLES: dict[str, tuple[str, ...]] = {
    "quick_wins": ("quick-wins", "id"),
    "progress_reports": ("progress-reports", "id"),
}


def recorded() -> Iterator[sa.Column[Any]]:
    """Yield the columns of every resource."""
    for name in ("created_at", "updated_at"):
        yield sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False)
    yield sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "quick_wins",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("candidacy_id", sa.UUID(), nullable=False),
        sa.Column("initiative_id", sa.UUID(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("sub_dimension", sa.Text(), nullable=True),
        sa.Column("benefit", sa.Text(), nullable=True),
        sa.Column("beneficiaries", sa.Text(), nullable=True),
        sa.Column("measure_unit", sa.Text(), nullable=True),
        sa.Column("measure_baseline", sa.Numeric(), nullable=True),
        sa.Column("measure_target", sa.Numeric(), nullable=True),
        sa.Column("technology", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="proposed", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("measured_value", sa.Numeric(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        *recorded(),
        sa.CheckConstraint(
            "(state = 'completed') = (measured_value IS NOT NULL) AND (state <> 'completed' OR closed_on IS NOT NULL)",
            name=op.f("ck_quick_wins_completed"),
        ),
        sa.CheckConstraint(
            "closed_on IS NULL OR state IN ('completed', 'cancelled')", name=op.f("ck_quick_wins_closed_on")
        ),
        sa.CheckConstraint(
            "state = 'proposed' OR state = 'cancelled' OR published_at IS NOT NULL",
            name=op.f("ck_quick_wins_published_at"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'cancelled', 'running', 'completed')", name=op.f("ck_quick_wins_state")
        ),
        sa.CheckConstraint("budget BETWEEN 0 AND 1000000000000000", name=op.f("ck_quick_wins_budget")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_quick_wins_period")),
        sa.ForeignKeyConstraint(["candidacy_id"], ["candidacies.id"], name=op.f("fk_quick_wins_candidacy_id")),
        sa.ForeignKeyConstraint(["initiative_id"], ["initiatives.id"], name=op.f("fk_quick_wins_initiative_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quick_wins")),
    )
    op.create_index("ix_quick_wins_candidacy_id", "quick_wins", ["candidacy_id", "id"], unique=False)
    op.create_index("ix_quick_wins_created_at_id", "quick_wins", ["created_at", "id"], unique=False)
    op.create_index("ix_quick_wins_ends_on_id", "quick_wins", ["ends_on", "id"], unique=False)
    op.create_index("ix_quick_wins_initiative_id", "quick_wins", ["initiative_id"], unique=False)
    op.create_index("ix_quick_wins_updated_at_id", "quick_wins", ["updated_at", "id"], unique=False)
    op.create_table(
        "progress_reports",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("quick_win_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *recorded(),
        sa.CheckConstraint("number > 0", name=op.f("ck_progress_reports_number")),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_progress_reports_percent")),
        sa.ForeignKeyConstraint(["quick_win_id"], ["quick_wins.id"], name=op.f("fk_progress_reports_quick_win_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_reports")),
        sa.UniqueConstraint("quick_win_id", "number", name=op.f("uq_progress_reports_quick_win_id_number")),
    )
    op.create_index("ix_progress_reports_created_at_id", "progress_reports", ["created_at", "id"], unique=False)
    op.create_index("ix_progress_reports_reported_on_id", "progress_reports", ["reported_on", "id"], unique=False)
    for table, named in TABLES.items():
        arguments = ", ".join(f"'{text}'" for text in (table, *named))
        op.execute(f"CALL watch({arguments})")
    op.execute(
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON progress_reports "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.add_column("cohorts", sa.Column("quick_win_rules", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("cohorts", "quick_win_rules")
    for table in reversed(TABLES):
        op.drop_table(table)
