"""Rubrics: what readiness is measured by, in editions that never change once one of them is used."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.constraints import constraint_problem
from app.kernel.editions import Editioned
from app.kernel.messages import Text
from app.kernel.problems import Conflict
from app.kernel.tables import Base


class RubricEditionTaken(Conflict):
    """Somebody else made the next edition at the same moment."""

    code = "rubric_edition_taken"
    title = Text(en="Edition taken", id="Edisi sudah dipakai")
    help = Text(
        en="Somebody made this edition at the same moment. Read it, and send yours again if it differs.",
        id="Edisi ini dibuat orang lain pada saat yang sama. Bacalah, lalu kirim lagi bila punya Anda berbeda.",
    )


constraint_problem("uq_rubrics_code_edition", RubricEditionTaken)


class Rubric(Editioned, Base):
    """One edition of one rubric.

    `criteria` is a list of `{code, name_en, name_id, weight, questions}`; the names are the catalogue's at the time of
    writing, so that an old edition reads the same when the catalogue has moved on. After `frozen_at` nothing changes.
    """

    __tablename__ = "rubrics"
    __table_args__ = (
        UniqueConstraint("code", "edition"),
        CheckConstraint("edition > 0", name="edition"),
        Index("ix_rubrics_code_id", "code", "id"),
        Index("ix_rubrics_edition_id", "edition", "id"),
    )

    criteria: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
