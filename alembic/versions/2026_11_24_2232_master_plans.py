"""Master plans: templates, plans with their initiatives, versions, comments and reviews."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124d4"
down_revision = "20261124c3"
branch_labels = None
depends_on = None

# In the order in which they refer to each other: the resource of each, and the columns that never enter the change log.
TABLES: dict[str, tuple[str, ...]] = {
    "plan_templates": ("plan-templates", "id"),
    "master_plans": ("master-plans", "id"),
    "plan_versions": ("plan-versions", "id", "content"),
    "initiatives": ("initiatives", "id"),
    "plan_comments": ("plan-comments", "id"),
    "plan_reviews": ("plan-reviews", "id"),
}

# What was decided or sealed is never changed after, by nobody.
UNCHANGING = ("plan_versions", "plan_reviews", "scorecards")
REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


def recorded() -> Iterator[sa.Column[Any]]:
    """Yield the columns of every resource."""
    for name in ("created_at", "updated_at"):
        yield sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False)
    yield sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "plan_templates",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("books", postgresql.JSONB(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        *recorded(),
        sa.CheckConstraint("edition > 0", name=op.f("ck_plan_templates_edition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_templates")),
        sa.UniqueConstraint("code", "edition", name=op.f("uq_plan_templates_code_edition")),
    )
    op.create_index("ix_plan_templates_code_id", "plan_templates", ["code", "id"], unique=False)
    op.create_index("ix_plan_templates_edition_id", "plan_templates", ["edition", "id"], unique=False)
    op.create_table(
        "master_plans",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("candidacy_id", sa.UUID(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("rehearsal", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("vision", sa.Text(), nullable=True),
        sa.Column("objectives", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("first_year", sa.SmallInteger(), nullable=False),
        sa.Column("last_year", sa.SmallInteger(), nullable=False),
        sa.Column("template_code", sa.Text(), nullable=False),
        sa.Column("template_edition", sa.Integer(), nullable=False),
        sa.Column("parts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("regional_plan", postgresql.JSONB(), nullable=True),
        sa.Column("revises_id", sa.UUID(), nullable=True),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("regulation_kind", sa.Text(), nullable=True),
        sa.Column("regulation_number", sa.Text(), nullable=True),
        sa.Column("regulation_year", sa.SmallInteger(), nullable=True),
        sa.Column("regulation_date", sa.Date(), nullable=True),
        sa.Column("regulation_document", postgresql.JSONB(), nullable=True),
        *recorded(),
        sa.CheckConstraint(
            "(state IN ('accepted', 'enacted', 'superseded')) = (accepted_at IS NOT NULL)",
            name=op.f("ck_master_plans_accepted_at"),
        ),
        sa.CheckConstraint(
            "(state IN ('enacted', 'superseded')) = (regulation_number IS NOT NULL)",
            name=op.f("ck_master_plans_regulation_number"),
        ),
        sa.CheckConstraint(
            "regulation_kind IN ('regional_regulation', 'regent_regulation', 'mayor_regulation')",
            name=op.f("ck_master_plans_regulation_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'returned') OR submitted_at IS NOT NULL", name=op.f("ck_master_plans_submitted_at")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'accepted', 'enacted', 'superseded')",
            name=op.f("ck_master_plans_state"),
        ),
        sa.CheckConstraint(
            "extract(year FROM regulation_date) = regulation_year", name=op.f("ck_master_plans_regulation_year")
        ),
        sa.CheckConstraint("last_year - first_year BETWEEN 4 AND 9", name=op.f("ck_master_plans_horizon")),
        sa.CheckConstraint(
            "num_nulls(regulation_kind, regulation_number, regulation_year, regulation_date) IN (0, 4)",
            name=op.f("ck_master_plans_regulation"),
        ),
        sa.CheckConstraint("revises_id <> id", name=op.f("ck_master_plans_revises")),
        sa.ForeignKeyConstraint(
            ["candidacy_id", "region_code"],
            ["candidacies.id", "candidacies.region_code"],
            name=op.f("fk_master_plans_candidacy_id_region_code"),
        ),
        sa.ForeignKeyConstraint(["revises_id"], ["master_plans.id"], name=op.f("fk_master_plans_revises_id")),
        sa.ForeignKeyConstraint(
            ["template_code", "template_edition"],
            ["plan_templates.code", "plan_templates.edition"],
            name=op.f("fk_master_plans_template_code_template_edition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_master_plans")),
    )
    op.create_index(
        "ix_master_plans_candidacy_id_region_code", "master_plans", ["candidacy_id", "region_code"], unique=False
    )
    op.create_index("ix_master_plans_created_at_id", "master_plans", ["created_at", "id"], unique=False)
    op.create_index("ix_master_plans_region_code_id", "master_plans", ["region_code", "id"], unique=False)
    op.create_index("ix_master_plans_revises_id", "master_plans", ["revises_id"], unique=False)
    op.create_index(
        "ix_master_plans_template_code_template_edition",
        "master_plans",
        ["template_code", "template_edition"],
        unique=False,
    )
    op.create_index("ix_master_plans_updated_at_id", "master_plans", ["updated_at", "id"], unique=False)
    op.create_index(
        "uq_master_plans_candidacy_id",
        "master_plans",
        ["candidacy_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('enacted', 'superseded')"),
    )
    op.create_index(
        "uq_master_plans_region_code",
        "master_plans",
        ["region_code", "rehearsal"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state = 'enacted'"),
    )
    op.create_index(
        "uq_master_plans_regulation",
        "master_plans",
        ["region_code", "rehearsal", "regulation_kind", "regulation_number", "regulation_year"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("regulation_number IS NOT NULL"),
    )
    op.create_table(
        "plan_versions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        *recorded(),
        sa.CheckConstraint("number > 0", name=op.f("ck_plan_versions_number")),
        sa.ForeignKeyConstraint(["plan_id"], ["master_plans.id"], name=op.f("fk_plan_versions_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_versions")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_versions_plan_id_number")),
    )
    op.create_table(
        "initiatives",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("benefit", sa.Text(), nullable=True),
        sa.Column("beneficiaries", sa.Text(), nullable=True),
        sa.Column("measure_unit", sa.Text(), nullable=True),
        sa.Column("measure_baseline", sa.Numeric(), nullable=True),
        sa.Column("measure_target", sa.Numeric(), nullable=True),
        sa.Column("measure_year", sa.SmallInteger(), nullable=True),
        sa.Column("technology", sa.Text(), nullable=True),
        sa.Column("dimension", sa.Text(), nullable=True),
        sa.Column("sub_dimension", sa.Text(), nullable=True),
        sa.Column("owner_agency", sa.Text(), nullable=True),
        sa.Column("first_year", sa.SmallInteger(), nullable=True),
        sa.Column("last_year", sa.SmallInteger(), nullable=True),
        sa.Column("budget", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("problems", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("potentials", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("priorities", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        *recorded(),
        sa.CheckConstraint("last_year >= first_year", name=op.f("ck_initiatives_years")),
        sa.ForeignKeyConstraint(["plan_id"], ["master_plans.id"], name=op.f("fk_initiatives_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiatives")),
    )
    op.create_index("ix_initiatives_created_at_id", "initiatives", ["created_at", "id"], unique=False)
    op.create_index("ix_initiatives_dimension_id", "initiatives", ["dimension", "id"], unique=False)
    op.create_index("ix_initiatives_plan_id", "initiatives", ["plan_id", "id"], unique=False)
    op.create_table(
        "plan_comments",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("initiative_id", sa.UUID(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        *recorded(),
        sa.CheckConstraint("side IN ('region', 'mentor', 'ministry')", name=op.f("ck_plan_comments_side")),
        sa.CheckConstraint("state IN ('open', 'resolved')", name=op.f("ck_plan_comments_state")),
        sa.ForeignKeyConstraint(["plan_id"], ["master_plans.id"], name=op.f("fk_plan_comments_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_comments")),
    )
    op.create_index("ix_plan_comments_created_at_id", "plan_comments", ["created_at", "id"], unique=False)
    op.create_index("ix_plan_comments_initiative_id", "plan_comments", ["initiative_id"], unique=False)
    op.create_index("ix_plan_comments_plan_id", "plan_comments", ["plan_id", "id"], unique=False)
    op.create_table(
        "plan_reviews",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=False),
        *recorded(),
        sa.CheckConstraint("side IN ('mentor', 'ministry')", name=op.f("ck_plan_reviews_side")),
        sa.CheckConstraint("verdict IN ('accepted', 'returned')", name=op.f("ck_plan_reviews_verdict")),
        sa.ForeignKeyConstraint(["version_id"], ["plan_versions.id"], name=op.f("fk_plan_reviews_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_reviews")),
        sa.UniqueConstraint("version_id", "side", name=op.f("uq_plan_reviews_version_id_side")),
    )
    op.create_index("ix_plan_reviews_created_at_id", "plan_reviews", ["created_at", "id"], unique=False)
    for table, named in TABLES.items():
        arguments = ", ".join(f"'{text}'" for text in (table, *named))
        op.execute(f"CALL watch({arguments})")
    op.execute(REFUSE_CHANGE)
    for table in UNCHANGING:
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.add_column("cohorts", sa.Column("plan_template_code", sa.Text(), nullable=True))
    op.add_column("cohorts", sa.Column("plan_template_edition", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_cohorts_plan_template_code_plan_template_edition"),
        "cohorts",
        "plan_templates",
        ["plan_template_code", "plan_template_edition"],
        ["code", "edition"],
        match="FULL",
        postgresql_not_valid=True,  # the column is new, so nothing that stands can break it
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_column("cohorts", "plan_template_edition")
    op.drop_column("cohorts", "plan_template_code")
    for table in UNCHANGING:
        op.execute(f"DROP TRIGGER refuse_change ON {table}")
    op.execute("DROP FUNCTION refuse_change")
    for table in reversed(TABLES):
        op.drop_table(table)
