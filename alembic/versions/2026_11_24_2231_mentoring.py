"""Mentoring: contacts of experts, mentorships, workshops and their sessions, commitments."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124c3"
down_revision = "20261124b2"
branch_labels = None
depends_on = None

# In the order in which they refer to each other: the resource of each, and the columns that never enter the change log.
TABLES: dict[str, tuple[str, ...]] = {
    "expert_contacts": ("expert-contacts", "expert_id", "email", "phone"),
    "mentorships": ("mentorships", "id"),
    "workshops": ("workshops", "id"),
    "workshop_sessions": ("sessions", "id"),
    "commitments": ("commitments", "id"),
}


def recorded() -> Iterator[sa.Column[Any]]:
    """Yield the columns of every resource."""
    for name in ("created_at", "updated_at"):
        yield sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False)
    yield sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "expert_contacts",
        sa.Column("expert_id", sa.UUID(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        *recorded(),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_expert_contacts_expert_id")),
        sa.PrimaryKeyConstraint("expert_id", name=op.f("pk_expert_contacts")),
    )
    op.create_table(
        "mentorships",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("candidacy_id", sa.UUID(), nullable=False),
        sa.Column("institution_id", sa.UUID(), nullable=False),
        sa.Column("lead_mentor_id", sa.UUID(), nullable=False),
        sa.Column("facilitator_ids", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("override_ids", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("state", sa.Text(), server_default="assigned", nullable=False),
        *recorded(),
        sa.CheckConstraint("state IN ('assigned', 'active', 'ended', 'completed')", name=op.f("ck_mentorships_state")),
        sa.CheckConstraint("NOT lead_mentor_id = ANY (facilitator_ids)", name=op.f("ck_mentorships_facilitators")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_mentorships_period")),
        sa.ForeignKeyConstraint(["candidacy_id"], ["candidacies.id"], name=op.f("fk_mentorships_candidacy_id")),
        sa.ForeignKeyConstraint(["institution_id"], ["institutions.id"], name=op.f("fk_mentorships_institution_id")),
        sa.ForeignKeyConstraint(["lead_mentor_id"], ["experts.id"], name=op.f("fk_mentorships_lead_mentor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentorships")),
    )
    op.create_index("ix_mentorships_created_at_id", "mentorships", ["created_at", "id"], unique=False)
    op.create_index("ix_mentorships_institution_id", "mentorships", ["institution_id", "id"], unique=False)
    op.create_index("ix_mentorships_lead_mentor_id", "mentorships", ["lead_mentor_id", "id"], unique=False)
    op.create_index(
        "uq_mentorships_candidacy_id",
        "mentorships",
        ["candidacy_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.create_table(
        "workshops",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("mentorship_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("outputs", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        *recorded(),
        sa.CheckConstraint("state IN ('planned', 'open', 'closed')", name=op.f("ck_workshops_state")),
        sa.CheckConstraint("number BETWEEN 1 AND 4", name=op.f("ck_workshops_number")),
        sa.ForeignKeyConstraint(["mentorship_id"], ["mentorships.id"], name=op.f("fk_workshops_mentorship_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshops")),
        sa.UniqueConstraint("mentorship_id", "number", name=op.f("uq_workshops_mentorship_id_number")),
    )
    op.create_index("ix_workshops_created_at_id", "workshops", ["created_at", "id"], unique=False)
    op.create_table(
        "workshop_sessions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("workshop_id", sa.UUID(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("hours", sa.Numeric(precision=4, scale=2), nullable=False),
        sa.Column("attendance", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("papers", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        *recorded(),
        sa.CheckConstraint("(mode = 'on_site') = (place IS NOT NULL)", name=op.f("ck_workshop_sessions_place")),
        sa.CheckConstraint("mode IN ('on_site', 'online')", name=op.f("ck_workshop_sessions_mode")),
        sa.CheckConstraint("hours > 0 AND hours <= 24", name=op.f("ck_workshop_sessions_hours")),
        sa.ForeignKeyConstraint(["workshop_id"], ["workshops.id"], name=op.f("fk_workshop_sessions_workshop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop_sessions")),
    )
    op.create_index("ix_workshop_sessions_date_id", "workshop_sessions", ["date", "id"], unique=False)
    op.create_index("ix_workshop_sessions_workshop_id", "workshop_sessions", ["workshop_id", "id"], unique=False)
    op.create_table(
        "commitments",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("candidacy_id", sa.UUID(), nullable=False),
        sa.Column("signatory", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("document", postgresql.JSONB(), nullable=True),
        sa.Column("state", sa.Text(), server_default="drafted", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        *recorded(),
        sa.CheckConstraint("(signatory = 'agency') = (agency IS NOT NULL)", name=op.f("ck_commitments_agency")),
        sa.CheckConstraint("signatory IN ('region_head', 'agency')", name=op.f("ck_commitments_signatory")),
        sa.CheckConstraint(
            "state = 'void' OR (state = 'signed') = (published_at IS NOT NULL)",
            name=op.f("ck_commitments_published_at"),
        ),
        sa.CheckConstraint("state IN ('drafted', 'signed', 'void')", name=op.f("ck_commitments_state")),
        sa.CheckConstraint("published_at IS NULL OR signed_on IS NOT NULL", name=op.f("ck_commitments_signed_on")),
        sa.ForeignKeyConstraint(["candidacy_id"], ["candidacies.id"], name=op.f("fk_commitments_candidacy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
    )
    op.create_index("ix_commitments_candidacy_id", "commitments", ["candidacy_id", "id"], unique=False)
    op.create_index("ix_commitments_created_at_id", "commitments", ["created_at", "id"], unique=False)
    op.create_index(
        "uq_commitments_signatory",
        "commitments",
        ["candidacy_id", "signatory", sa.literal_column("lower(coalesce(agency, ''))")],
        unique=True,
        postgresql_where=sa.text("state <> 'void'"),
    )
    for table, named in TABLES.items():
        arguments = ", ".join(f"'{text}'" for text in (table, *named))
        op.execute(f"CALL watch({arguments})")
    op.execute("INSERT INTO expert_contacts (expert_id) SELECT id FROM experts")
    op.add_column("cohorts", sa.Column("mentoring_rules", postgresql.JSONB(), nullable=True))
    # Column and constraint in one statement: no row that stands is looked at.
    op.execute(
        "ALTER TABLE conflict_overrides ADD COLUMN duty text DEFAULT 'judge' NOT NULL "
        "CONSTRAINT ck_conflict_overrides_duty CHECK (duty IN ('judge', 'mentor'))"
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_column("conflict_overrides", "duty")
    op.drop_column("cohorts", "mentoring_rules")
    for table in reversed(TABLES):
        op.drop_table(table)
