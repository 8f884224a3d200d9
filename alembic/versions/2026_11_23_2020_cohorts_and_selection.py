"""Cohorts, candidacies and selection runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123c3"
down_revision = "20261123b2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "cohorts",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("phase", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=False),
        sa.Column("candidate_quota", sa.Integer(), nullable=False),
        sa.Column("calendar", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("methods", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "published_figures", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("simulation", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("code ~ '^[a-z0-9][a-z0-9-]*$'", name=op.f("ck_cohorts_code")),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'assessing', 'decided', 'mentoring', 'closed')", name=op.f("ck_cohorts_state")
        ),
        sa.CheckConstraint("candidate_quota BETWEEN quota AND 600", name=op.f("ck_cohorts_candidate_quota")),
        sa.CheckConstraint("quota BETWEEN 1 AND 600", name=op.f("ck_cohorts_quota")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_cohorts")),
    )
    op.create_index("ix_cohorts_year_code", "cohorts", ["year", "code"], unique=False)
    op.create_table(
        "candidacies",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("cohort_code", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="nominated", nullable=False),
        sa.Column("replaces_id", sa.UUID(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "state IN ('nominated', 'invited', 'withdrawn', 'form_submitted', 'assessed', 'selected', 'reserve', "
            "'not_selected', 'mou_signed', 'mentoring', 'plan_submitted', 'plan_accepted', 'enacted', 'implementing')",
            name=op.f("ck_candidacies_state"),
        ),
        sa.CheckConstraint("replaces_id <> id", name=op.f("ck_candidacies_replaces")),
        sa.ForeignKeyConstraint(["cohort_code"], ["cohorts.code"], name=op.f("fk_candidacies_cohort_code")),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name=op.f("fk_candidacies_region_code")),
        sa.ForeignKeyConstraint(["replaces_id"], ["candidacies.id"], name=op.f("fk_candidacies_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidacies")),
        sa.UniqueConstraint("cohort_code", "region_code", name=op.f("uq_candidacies_cohort_code_region_code")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_candidacies_replaces_id")),
    )
    op.create_index("ix_candidacies_cohort_code_state", "candidacies", ["cohort_code", "state", "id"], unique=False)
    op.create_index("ix_candidacies_created_at_id", "candidacies", ["created_at", "id"], unique=False)
    op.create_index("ix_candidacies_region_code", "candidacies", ["region_code", "id"], unique=False)
    op.create_index("ix_candidacies_updated_at_id", "candidacies", ["updated_at", "id"], unique=False)
    op.create_table(
        "selection_runs",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("cohort_code", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("method", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("reserves", sa.Integer(), nullable=False),
        sa.Column("inputs_sha256", sa.Text(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="recorded", nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(state = 'published') = (published_by IS NOT NULL)", name=op.f("ck_selection_runs_published_by")
        ),
        sa.CheckConstraint("stage IN ('shortlist', 'final')", name=op.f("ck_selection_runs_stage")),
        sa.CheckConstraint("state IN ('recorded', 'published', 'discarded')", name=op.f("ck_selection_runs_state")),
        sa.CheckConstraint("published_by <> recorded_by", name=op.f("ck_selection_runs_second_person")),
        sa.ForeignKeyConstraint(["cohort_code"], ["cohorts.code"], name=op.f("fk_selection_runs_cohort_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_runs")),
    )
    op.create_index(
        "ix_selection_runs_cohort_code_created_at_id",
        "selection_runs",
        ["cohort_code", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_selection_runs_published",
        "selection_runs",
        ["cohort_code", "stage"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "selection_inputs",
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["selection_runs.id"], name=op.f("fk_selection_inputs_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_selection_inputs")),
    )
    op.create_table(
        "selection_results",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("score", sa.Numeric(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("merit_decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("reason_id", sa.Text(), nullable=False),
        sa.Column("criteria", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stability", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("decision IN ('in', 'reserve', 'out')", name=op.f("ck_selection_results_decision")),
        sa.CheckConstraint(
            "merit_decision IN ('in', 'reserve', 'out')", name=op.f("ck_selection_results_merit_decision")
        ),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name=op.f("fk_selection_results_region_code")),
        sa.ForeignKeyConstraint(["run_id"], ["selection_runs.id"], name=op.f("fk_selection_results_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_results")),
        sa.UniqueConstraint("run_id", "region_code", name=op.f("uq_selection_results_run_id_region_code")),
    )
    op.create_index(
        "ix_selection_results_run_id_position", "selection_results", ["run_id", "position", "id"], unique=False
    )
    op.execute("CALL watch('cohorts', 'cohorts', 'code')")
    op.execute("CALL watch('candidacies', 'candidacies', 'id')")
    op.execute("CALL watch('selection_runs', 'selection-runs', 'id')")
    op.execute("CALL watch('selection_results', 'selection-results', 'id')")


def downgrade() -> None:
    """Remove them."""
    op.drop_table("selection_results")
    op.drop_table("selection_inputs")
    op.drop_table("selection_runs")
    op.drop_table("candidacies")
    op.drop_table("cohorts")
