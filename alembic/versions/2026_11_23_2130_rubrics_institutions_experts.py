"""Rubrics, institutions and experts; cohorts name a rubric, keys name whom they speak for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123e5"
down_revision = "20261123d4"
branch_labels = None
depends_on = None


def add_reference(table: str, columns: list[str], other: str, keys: list[str], match: str | None = None) -> None:
    """Add a foreign key on columns that are new.

    NOT VALID spares old rows the check, and there is nothing in them to check; every row written from now on is judged.
    """
    name = op.f(f"fk_{table}_{'_'.join(columns)}")
    op.create_foreign_key(name, table, other, columns, keys, match=match, postgresql_not_valid=True)


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "rubrics",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_id", sa.Text(), nullable=False),
        sa.Column("criteria", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("edition > 0", name=op.f("ck_rubrics_edition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rubrics")),
        sa.UniqueConstraint("code", "edition", name=op.f("uq_rubrics_code_edition")),
    )
    op.create_index("ix_rubrics_code_id", "rubrics", ["code", "id"], unique=False)
    op.create_index("ix_rubrics_edition_id", "rubrics", ["edition", "id"], unique=False)
    op.create_table(
        "institutions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('university', 'company', 'ministry', 'agency', 'other')", name=op.f("ck_institutions_kind")
        ),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name=op.f("fk_institutions_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institutions")),
    )
    op.create_index("ix_institutions_name_id", "institutions", ["name", "id"], unique=False)
    op.create_index("ix_institutions_region_code", "institutions", ["region_code"], unique=False)
    op.create_index("uq_institutions_name", "institutions", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "experts",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.UUID(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sectors", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("dimensions", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("home_region_code", sa.Text(), nullable=True),
        sa.Column("trained_on", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "roles <@ ARRAY['assessor', 'mentor', 'facilitator'] AND cardinality(roles) > 0",
            name=op.f("ck_experts_roles"),
        ),
        sa.ForeignKeyConstraint(["home_region_code"], ["regions.code"], name=op.f("fk_experts_home_region_code")),
        sa.ForeignKeyConstraint(["institution_id"], ["institutions.id"], name=op.f("fk_experts_institution_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experts")),
    )
    op.create_index("ix_experts_institution_id", "experts", ["institution_id"], unique=False)
    op.create_index("ix_experts_name_id", "experts", ["name", "id"], unique=False)
    op.add_column("api_keys", sa.Column("expert_id", sa.UUID(), nullable=True))
    op.add_column("api_keys", sa.Column("institution_id", sa.UUID(), nullable=True))
    add_reference("api_keys", ["expert_id"], "experts", ["id"])
    add_reference("api_keys", ["institution_id"], "institutions", ["id"])
    op.add_column("cohorts", sa.Column("rubric_code", sa.Text(), nullable=True))
    op.add_column("cohorts", sa.Column("rubric_edition", sa.Integer(), nullable=True))
    op.add_column(
        "cohorts",
        sa.Column("assessment_rules", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.add_column("cohorts", sa.Column("rules_frozen_at", sa.DateTime(timezone=True), nullable=True))
    add_reference("cohorts", ["rubric_code", "rubric_edition"], "rubrics", ["code", "edition"], match="FULL")
    for table in ("rubrics", "institutions", "experts"):
        op.execute(f"CALL watch('{table}', '{table}', 'id')")


def downgrade() -> None:
    """Take it back."""
    op.drop_constraint(op.f("fk_cohorts_rubric_code_rubric_edition"), "cohorts", type_="foreignkey")
    op.drop_column("cohorts", "rules_frozen_at")
    op.drop_column("cohorts", "assessment_rules")
    op.drop_column("cohorts", "rubric_edition")
    op.drop_column("cohorts", "rubric_code")
    op.drop_constraint(op.f("fk_api_keys_institution_id"), "api_keys", type_="foreignkey")
    op.drop_constraint(op.f("fk_api_keys_expert_id"), "api_keys", type_="foreignkey")
    op.drop_column("api_keys", "institution_id")
    op.drop_column("api_keys", "expert_id")
    op.drop_table("experts")
    op.drop_table("institutions")
    op.drop_table("rubrics")
