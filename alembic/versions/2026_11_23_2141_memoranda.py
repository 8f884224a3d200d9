"""Memoranda of understanding, at most one in force for a candidacy."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123f6"
down_revision = "20261123e5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "memoranda",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("candidacy_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("parties", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("witnesses", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("document", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="drafted", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "state = 'void' OR (state = 'signed') = (published_at IS NOT NULL)", name=op.f("ck_memoranda_published_at")
        ),
        sa.CheckConstraint("state IN ('drafted', 'signed', 'void')", name=op.f("ck_memoranda_state")),
        sa.CheckConstraint("extract(year FROM date) = year", name=op.f("ck_memoranda_year")),
        sa.CheckConstraint(
            "published_at IS NULL OR date IS NOT NULL AND place IS NOT NULL "
            "AND (number IS NOT NULL OR source IS NOT NULL)",
            name=op.f("ck_memoranda_complete"),
        ),
        sa.ForeignKeyConstraint(["candidacy_id"], ["candidacies.id"], name=op.f("fk_memoranda_candidacy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memoranda")),
    )
    op.create_index("ix_memoranda_created_at_id", "memoranda", ["created_at", "id"], unique=False)
    op.create_index("ix_memoranda_year_id", "memoranda", ["year", "id"], unique=False)
    op.create_index(
        "uq_memoranda_candidacy_id",
        "memoranda",
        ["candidacy_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'void'"),
    )
    op.create_index(
        "uq_memoranda_year_number",
        "memoranda",
        ["year", "number"],
        unique=True,
        postgresql_where=sa.text("state <> 'void' OR published_at IS NOT NULL"),
    )
    op.execute("CALL watch('memoranda', 'memoranda', 'id')")


def downgrade() -> None:
    """Take it back."""
    op.drop_table("memoranda")
