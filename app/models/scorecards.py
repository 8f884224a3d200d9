"""Scorecards: what an assessment came to, edition by edition. None ever changes; a correction is the next edition.

The inputs lie beside the result as the very bytes whose digest it carries.
"""

import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.tables import Base, Recorded

# Columns that never enter the change log: it has their digest.
HIDDEN = ("inputs",)


class Scorecard(Recorded, Base):
    """One edition. `inputs` is canonical JSON, whose SHA-256 is `inputs_sha256`; `simulation` is its cohort's."""

    __tablename__ = "scorecards"
    __table_args__ = (
        UniqueConstraint("assessment_id", "edition"),
        ForeignKeyConstraint(["rubric_code", "rubric_edition"], ["rubrics.code", "rubrics.edition"]),
        CheckConstraint("edition > 0", name="edition"),
        CheckConstraint("total BETWEEN 0 AND 4", name="total"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        Index("ix_scorecards_rubric_code_rubric_edition", "rubric_code", "rubric_edition"),
        Index("ix_scorecards_edition_id", "edition", "id"),
        Index("ix_scorecards_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assessments.id"))
    edition: Mapped[int] = mapped_column(Integer)
    rubric_code: Mapped[str]
    rubric_edition: Mapped[int] = mapped_column(Integer)
    total: Mapped[Decimal] = mapped_column(Numeric)
    percent: Mapped[Decimal] = mapped_column(Numeric)
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    inputs: Mapped[str]
    inputs_sha256: Mapped[str]
    reason: Mapped[str]
    simulation: Mapped[bool]
