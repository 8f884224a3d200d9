"""Selection runs: a method applied to the facts of a moment, with every result explained.

A run never changes but for its state; its inputs lie beside it as the very bytes whose digest it carries.
"""

import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import SELECTION_RUN
from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded, one_of_states


class StageAlreadyPublished(Conflict):
    """A run of this stage is published already, and what it read still stands."""

    code = "stage_already_published"
    title = Text(en="Stage already published", id="Seleksi tahap ini sudah diterbitkan")
    help = Text(
        en="Another run of this stage is published; read it in the cohort's selection runs. A final choice is made "
        "again only after an upheld objection led to a new scorecard.",
        id="Proses lain untuk seleksi ini sudah terbit; baca di daftar proses seleksi. Pilihan akhir hanya ditetapkan "
        "lagi bila sanggahan yang diterima menghasilkan kartu skor baru.",
    )


constraint_problem("uq_selection_runs_published", StageAlreadyPublished)


class SelectionRun(Recorded, Base):
    """One application of a method. At most one run of a stage is published in a cohort.

    One that is discarded and has `published_by` was published, until another took its place (`supersedes_id`).
    """

    __tablename__ = "selection_runs"
    __table_args__ = (
        CheckConstraint("stage IN ('shortlist', 'final')", name="stage"),
        CheckConstraint(one_of_states(SELECTION_RUN), name="state"),
        CheckConstraint("published_by <> recorded_by", name="second_person"),
        CheckConstraint(
            "CASE state WHEN 'published' THEN published_by IS NOT NULL WHEN 'recorded' THEN published_by IS NULL "
            "ELSE true END",
            name="published_by",
        ),
        Index(
            "uq_selection_runs_published",
            "cohort_code",
            "stage",
            unique=True,
            postgresql_where=text("state = 'published'"),
        ),
        Index("ix_selection_runs_cohort_code_created_at_id", "cohort_code", "created_at", "id"),
        Index("uq_selection_runs_supersedes_id", "supersedes_id", unique=True),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    cohort_code: Mapped[str] = mapped_column(ForeignKey("cohorts.code"))
    stage: Mapped[str]
    method: Mapped[dict[str, Any]] = mapped_column(JSONB)
    seats: Mapped[int] = mapped_column(Integer)
    reserves: Mapped[int] = mapped_column(Integer)
    inputs_sha256: Mapped[str]
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default=SELECTION_RUN.initial)
    recorded_by: Mapped[str]
    published_by: Mapped[str | None]
    supersedes_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("selection_runs.id"))


class SelectionInputs(Base):
    """The facts a run was computed from: canonical JSON, whose SHA-256 is the run's `inputs_sha256`."""

    __tablename__ = "selection_inputs"

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("selection_runs.id"), primary_key=True)
    document: Mapped[str]


class SelectionResult(Recorded, Base):
    """What the run says of one region, and why. `position` orders ranked regions first, then the ineligible."""

    __tablename__ = "selection_results"
    __table_args__ = (
        UniqueConstraint("run_id", "region_code"),
        CheckConstraint("decision IN ('in', 'reserve', 'out')", name="decision"),
        CheckConstraint("merit_decision IN ('in', 'reserve', 'out')", name="merit_decision"),
        Index("ix_selection_results_run_id_position", "run_id", "position", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("selection_runs.id"))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    position: Mapped[int] = mapped_column(Integer)
    rank: Mapped[int | None] = mapped_column(Integer)
    score: Mapped[Decimal | None] = mapped_column(Numeric)
    decision: Mapped[str]
    merit_decision: Mapped[str]
    reason: Mapped[str]
    reason_en: Mapped[str]
    reason_id: Mapped[str]
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    stability: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
