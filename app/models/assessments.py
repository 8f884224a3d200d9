"""Assessments: what a region says of its readiness, and how far the judging of it has come."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import ASSESSMENT
from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text as Message
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded, one_of_states


class AssessmentExists(Conflict):
    """The candidacy has its assessment already."""

    code = "assessment_exists"
    title = Message(en="Assessment exists", id="Penilaian sudah ada")
    help = Message(
        en="The candidacy has an assessment already, and there is one for each. Find it in the cohort's assessments.",
        id="Pencalonan ini sudah punya penilaian, satu untuk tiap pencalonan. Cari di daftar penilaian tahapnya.",
    )


constraint_problem("uq_assessments_candidacy_id", AssessmentExists)


class Assessment(Recorded, Base):
    """The assessment of one candidacy by the edition of the rubric it was opened with.

    `answers` are kept by question code; `priorities` are codes of the catalogue `national-priorities`. `late_until`
    admits the form after its window, by the recorded decision of `late_admitted_by`. From `revealed_at` on, when every
    member of the panel has submitted, the panel and the ministry see the reviews. `reopened` are the questions that an
    upheld objection gave back, until the assessment is final again.
    """

    __tablename__ = "assessments"
    __table_args__ = (
        UniqueConstraint("candidacy_id"),
        ForeignKeyConstraint(["rubric_code", "rubric_edition"], ["rubrics.code", "rubrics.edition"]),
        CheckConstraint(one_of_states(ASSESSMENT), name="state"),
        CheckConstraint("state = 'open' OR submitted_at IS NOT NULL", name="submitted_at"),
        CheckConstraint("num_nulls(late_until, late_reason, late_admitted_by) IN (0, 3)", name="late"),
        CheckConstraint("state NOT IN ('moderation', 'final') OR revealed_at IS NOT NULL", name="revealed_at"),
        CheckConstraint("state <> 'final' OR finalised_at IS NOT NULL", name="finalised_at"),
        CheckConstraint("state <> 'final' OR cardinality(reopened) = 0", name="reopened"),
        Index("ix_assessments_rubric_code_rubric_edition", "rubric_code", "rubric_edition"),
        Index("ix_assessments_created_at_id", "created_at", "id"),
        Index("ix_assessments_updated_at_id", "updated_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    candidacy_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("candidacies.id"))
    rubric_code: Mapped[str]
    rubric_edition: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(server_default=ASSESSMENT.initial)
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    priorities: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    submitted_at: Mapped[datetime | None]
    late_until: Mapped[datetime | None]
    late_reason: Mapped[str | None]
    late_admitted_by: Mapped[str | None]
    revealed_at: Mapped[datetime | None]
    reopened: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    finalised_at: Mapped[datetime | None]
