"""Assessments: forms, panels, reviews, moderations, scorecards, result letters, objections."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124a1"
down_revision = "20261123f6"
branch_labels = None
depends_on = None

# In the order in which they refer to each other, with the columns that never enter the change log.
TABLES: dict[str, tuple[str, ...]] = {
    "assessments": (),
    "conflict_declarations": (),
    "conflict_overrides": (),
    "panel_members": (),
    "reviews": (),
    "moderations": (),
    "scorecards": ("inputs",),
    "result_letters": (),
    "objections": (),
}


def recorded() -> Iterator[sa.Column[Any]]:
    """Yield the columns of every resource."""
    for name in ("created_at", "updated_at"):
        yield sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False)
    yield sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "assessments",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("candidacy_id", sa.UUID(), nullable=False),
        sa.Column("rubric_code", sa.Text(), nullable=False),
        sa.Column("rubric_edition", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("answers", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("priorities", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late_reason", sa.Text(), nullable=True),
        sa.Column("late_admitted_by", sa.Text(), nullable=True),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("finalised_at", sa.DateTime(timezone=True), nullable=True),
        *recorded(),
        sa.CheckConstraint("state <> 'final' OR cardinality(reopened) = 0", name=op.f("ck_assessments_reopened")),
        sa.CheckConstraint("state <> 'final' OR finalised_at IS NOT NULL", name=op.f("ck_assessments_finalised_at")),
        sa.CheckConstraint("state = 'open' OR submitted_at IS NOT NULL", name=op.f("ck_assessments_submitted_at")),
        sa.CheckConstraint(
            "state IN ('open', 'submitted', 'in_review', 'moderation', 'final')", name=op.f("ck_assessments_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('moderation', 'final') OR revealed_at IS NOT NULL", name=op.f("ck_assessments_revealed_at")
        ),
        sa.CheckConstraint(
            "num_nulls(late_until, late_reason, late_admitted_by) IN (0, 3)", name=op.f("ck_assessments_late")
        ),
        sa.ForeignKeyConstraint(["candidacy_id"], ["candidacies.id"], name=op.f("fk_assessments_candidacy_id")),
        sa.ForeignKeyConstraint(
            ["rubric_code", "rubric_edition"],
            ["rubrics.code", "rubrics.edition"],
            name=op.f("fk_assessments_rubric_code_rubric_edition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
        sa.UniqueConstraint("candidacy_id", name=op.f("uq_assessments_candidacy_id")),
    )
    op.create_index("ix_assessments_created_at_id", "assessments", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_assessments_rubric_code_rubric_edition", "assessments", ["rubric_code", "rubric_edition"], unique=False
    )
    op.create_index("ix_assessments_updated_at_id", "assessments", ["updated_at", "id"], unique=False)
    op.create_table(
        "conflict_declarations",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("expert_id", sa.UUID(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *recorded(),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_conflict_declarations_expert_id")),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name=op.f("fk_conflict_declarations_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_declarations")),
        sa.UniqueConstraint("expert_id", "region_code", name=op.f("uq_conflict_declarations_expert_id_region_code")),
    )
    op.create_index(
        "ix_conflict_declarations_created_at_id", "conflict_declarations", ["created_at", "id"], unique=False
    )
    op.create_index(
        "ix_conflict_declarations_region_code", "conflict_declarations", ["region_code", "id"], unique=False
    )
    op.create_table(
        "conflict_overrides",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("assessment_id", sa.UUID(), nullable=False),
        sa.Column("expert_id", sa.UUID(), nullable=False),
        sa.Column("conflicts", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="requested", nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        *recorded(),
        sa.CheckConstraint(
            "(state = 'requested') = (decided_by IS NULL)", name=op.f("ck_conflict_overrides_decided_by")
        ),
        sa.CheckConstraint("state IN ('requested', 'approved', 'refused')", name=op.f("ck_conflict_overrides_state")),
        sa.CheckConstraint("decided_by <> requested_by", name=op.f("ck_conflict_overrides_second_person")),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessments.id"], name=op.f("fk_conflict_overrides_assessment_id")
        ),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_conflict_overrides_expert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_overrides")),
    )
    op.create_index("ix_conflict_overrides_assessment_id", "conflict_overrides", ["assessment_id", "id"], unique=False)
    op.create_index("ix_conflict_overrides_created_at_id", "conflict_overrides", ["created_at", "id"], unique=False)
    op.create_index("ix_conflict_overrides_expert_id", "conflict_overrides", ["expert_id", "id"], unique=False)
    op.create_index(
        "uq_conflict_overrides_assessment_id_expert_id",
        "conflict_overrides",
        ["assessment_id", "expert_id"],
        unique=True,
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.create_table(
        "panel_members",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("assessment_id", sa.UUID(), nullable=False),
        sa.Column("expert_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), server_default="assigned", nullable=False),
        sa.Column("override_id", sa.UUID(), nullable=True),
        *recorded(),
        sa.CheckConstraint(
            "state IN ('assigned', 'declared', 'recused', 'submitted')", name=op.f("ck_panel_members_state")
        ),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessments.id"], name=op.f("fk_panel_members_assessment_id")),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_panel_members_expert_id")),
        sa.ForeignKeyConstraint(["override_id"], ["conflict_overrides.id"], name=op.f("fk_panel_members_override_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_members")),
        sa.UniqueConstraint("assessment_id", "expert_id", name=op.f("uq_panel_members_assessment_id_expert_id")),
    )
    op.create_index("ix_panel_members_created_at_id", "panel_members", ["created_at", "id"], unique=False)
    op.create_index("ix_panel_members_expert_id", "panel_members", ["expert_id", "id"], unique=False)
    op.create_index("ix_panel_members_override_id", "panel_members", ["override_id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("assessment_id", sa.UUID(), nullable=False),
        sa.Column("expert_id", sa.UUID(), nullable=False),
        sa.Column("levels", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("notes", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        *recorded(),
        sa.CheckConstraint("state = 'draft' OR submitted_at IS NOT NULL", name=op.f("ck_reviews_submitted_at")),
        sa.CheckConstraint("state IN ('draft', 'submitted')", name=op.f("ck_reviews_state")),
        sa.ForeignKeyConstraint(
            ["assessment_id", "expert_id"],
            ["panel_members.assessment_id", "panel_members.expert_id"],
            name=op.f("fk_reviews_assessment_id_expert_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("assessment_id", "expert_id", name=op.f("uq_reviews_assessment_id_expert_id")),
    )
    op.create_index("ix_reviews_created_at_id", "reviews", ["created_at", "id"], unique=False)
    op.create_index("ix_reviews_expert_id", "reviews", ["expert_id", "id"], unique=False)
    op.create_table(
        "moderations",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("assessment_id", sa.UUID(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("decisions", postgresql.JSONB(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("moderated_by", sa.Text(), nullable=False),
        *recorded(),
        sa.CheckConstraint("round > 0", name=op.f("ck_moderations_round")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessments.id"], name=op.f("fk_moderations_assessment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderations")),
        sa.UniqueConstraint("assessment_id", "round", name=op.f("uq_moderations_assessment_id_round")),
    )
    op.create_index("ix_moderations_created_at_id", "moderations", ["created_at", "id"], unique=False)
    op.create_index("ix_moderations_round_id", "moderations", ["round", "id"], unique=False)
    op.create_table(
        "scorecards",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("assessment_id", sa.UUID(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("rubric_code", sa.Text(), nullable=False),
        sa.Column("rubric_edition", sa.Integer(), nullable=False),
        sa.Column("total", sa.Numeric(), nullable=False),
        sa.Column("percent", sa.Numeric(), nullable=False),
        sa.Column("criteria", postgresql.JSONB(), nullable=False),
        sa.Column("questions", postgresql.JSONB(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("inputs_sha256", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("simulation", sa.Boolean(), nullable=False),
        *recorded(),
        sa.CheckConstraint("edition > 0", name=op.f("ck_scorecards_edition")),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_scorecards_percent")),
        sa.CheckConstraint("total BETWEEN 0 AND 4", name=op.f("ck_scorecards_total")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessments.id"], name=op.f("fk_scorecards_assessment_id")),
        sa.ForeignKeyConstraint(
            ["rubric_code", "rubric_edition"],
            ["rubrics.code", "rubrics.edition"],
            name=op.f("fk_scorecards_rubric_code_rubric_edition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecards")),
        sa.UniqueConstraint("assessment_id", "edition", name=op.f("uq_scorecards_assessment_id_edition")),
    )
    op.create_index("ix_scorecards_created_at_id", "scorecards", ["created_at", "id"], unique=False)
    op.create_index("ix_scorecards_edition_id", "scorecards", ["edition", "id"], unique=False)
    op.create_index(
        "ix_scorecards_rubric_code_rubric_edition", "scorecards", ["rubric_code", "rubric_edition"], unique=False
    )
    op.create_table(
        "result_letters",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("candidacy_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("scorecard_id", sa.UUID(), nullable=True),
        sa.Column("comparison", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *recorded(),
        sa.CheckConstraint("decision IN ('in', 'reserve', 'out')", name=op.f("ck_result_letters_decision")),
        sa.CheckConstraint("extract(year FROM date) = year", name=op.f("ck_result_letters_year")),
        sa.ForeignKeyConstraint(["candidacy_id"], ["candidacies.id"], name=op.f("fk_result_letters_candidacy_id")),
        sa.ForeignKeyConstraint(["run_id"], ["selection_runs.id"], name=op.f("fk_result_letters_run_id")),
        sa.ForeignKeyConstraint(["scorecard_id"], ["scorecards.id"], name=op.f("fk_result_letters_scorecard_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_letters")),
        sa.UniqueConstraint("candidacy_id", name=op.f("uq_result_letters_candidacy_id")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_result_letters_year_number")),
    )
    op.create_index("ix_result_letters_created_at_id", "result_letters", ["created_at", "id"], unique=False)
    op.create_index("ix_result_letters_run_id", "result_letters", ["run_id", "id"], unique=False)
    op.create_index("ix_result_letters_scorecard_id", "result_letters", ["scorecard_id"], unique=False)
    op.create_table(
        "objections",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("assessment_id", sa.UUID(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("questions", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("state", sa.Text(), server_default="filed", nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reopens", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        *recorded(),
        sa.CheckConstraint(
            "(state IN ('upheld', 'dismissed')) = (decided_by IS NOT NULL)", name=op.f("ck_objections_decided_by")
        ),
        sa.CheckConstraint("ground IN ('procedure', 'facts')", name=op.f("ck_objections_ground")),
        sa.CheckConstraint("state = 'upheld' OR cardinality(reopens) = 0", name=op.f("ck_objections_reopens")),
        sa.CheckConstraint("state IN ('filed', 'upheld', 'dismissed', 'withdrawn')", name=op.f("ck_objections_state")),
        sa.CheckConstraint("num_nulls(decision, decided_by) IN (0, 2)", name=op.f("ck_objections_decision")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessments.id"], name=op.f("fk_objections_assessment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
    )
    op.create_index("ix_objections_assessment_id", "objections", ["assessment_id", "id"], unique=False)
    op.create_index("ix_objections_created_at_id", "objections", ["created_at", "id"], unique=False)
    op.create_index("ix_objections_updated_at_id", "objections", ["updated_at", "id"], unique=False)
    op.create_index(
        "uq_objections_filed", "objections", ["assessment_id"], unique=True, postgresql_where=sa.text("state = 'filed'")
    )
    for table, hidden in TABLES.items():
        arguments = ", ".join(f"'{text}'" for text in (table, table.replace("_", "-"), "id", *hidden))
        op.execute(f"CALL watch({arguments})")


def downgrade() -> None:
    """Remove them."""
    for table in reversed(TABLES):
        op.drop_table(table)
