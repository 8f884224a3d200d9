"""Cohorts: one yearly round of the programme, with its own rules as data."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import COHORT
from app.kernel.constraints import constraint_problem
from app.kernel.editions import EditionPair
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded, one_of_states


class CohortCodeTaken(Conflict):
    """A cohort has this code already."""

    code = "cohort_code_taken"
    title = Text(en="Cohort code taken", id="Kode tahap sudah dipakai")
    help = Text(
        en="A cohort has this code already. Choose another code.",
        id="Kode ini sudah dipakai tahap lain. Pilih kode lain.",
    )


_UNKNOWN_RUBRIC = Text(en="There is no such edition of a rubric.", id="Edisi rubrik ini tidak ada.")
constraint_problem("pk_cohorts", CohortCodeTaken)
_UNKNOWN_TEMPLATE = Text(en="There is no such edition of a template.", id="Edisi templat ini tidak ada.")
constraint_problem(
    "fk_cohorts_plan_template_code_plan_template_edition",
    FieldError(pointer="/plan_template", code="invalid_reference", message=_UNKNOWN_TEMPLATE),
)
constraint_problem(
    "fk_cohorts_rubric_code_rubric_edition",
    FieldError(pointer="/rubric", code="invalid_reference", message=_UNKNOWN_RUBRIC),
)


class Cohort(Recorded, Base):
    """One cohort. `methods` holds the method of each stage; `published_figures` are press facts, never counts.

    `assessment_rules` is null where nobody kept them. From `rules_frozen_at` on they and the rubric stay as they are.
    `mentoring_rules` and `quick_win_rules` are null where nobody gave any; the plan template is that of new plans.
    """

    __tablename__ = "cohorts"
    __table_args__ = (
        CheckConstraint("code ~ '^[a-z0-9][a-z0-9-]*$'", name="code"),
        CheckConstraint(one_of_states(COHORT), name="state"),
        CheckConstraint("quota BETWEEN 1 AND 600", name="quota"),
        CheckConstraint("candidate_quota BETWEEN quota AND 600", name="candidate_quota"),
        # Both or neither.
        ForeignKeyConstraint(["rubric_code", "rubric_edition"], ["rubrics.code", "rubrics.edition"], match="FULL"),
        ForeignKeyConstraint(
            ["plan_template_code", "plan_template_edition"],
            ["plan_templates.code", "plan_templates.edition"],
            match="FULL",
        ),
        Index("ix_cohorts_year_code", "year", "code"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger)
    phase: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str]
    quota: Mapped[int] = mapped_column(Integer)
    candidate_quota: Mapped[int] = mapped_column(Integer)
    calendar: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    methods: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    rubric_code: Mapped[str | None]
    rubric_edition: Mapped[int | None] = mapped_column(Integer)
    assessment_rules: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    rules_frozen_at: Mapped[datetime | None]
    mentoring_rules: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    quick_win_rules: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    plan_template_code: Mapped[str | None]
    plan_template_edition: Mapped[int | None] = mapped_column(Integer)
    published_figures: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    simulation: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str] = mapped_column(server_default=COHORT.initial)

    rubric = EditionPair()
    plan_template = EditionPair()

    @property
    def rehearsal(self) -> str | None:
        """Its code if it is a simulation: what is unique in earnest is unique in each rehearsal for itself."""
        return self.code if self.simulation else None
