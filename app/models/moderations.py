"""Moderations: what was decided where the assessors of a panel were too far apart, round by round."""

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded


class ModerationExists(Conflict):
    """Somebody else recorded this round at the same moment."""

    code = "moderation_exists"
    title = Text(en="Moderation exists", id="Moderasi sudah ada")
    help = Text(
        en="This round of moderation is recorded already. Read it, and see what is still to be decided.",
        id="Putaran moderasi ini sudah dicatat. Bacalah, lalu lihat apa yang masih harus diputuskan.",
    )


constraint_problem("uq_moderations_assessment_id_round", ModerationExists)


class Moderation(Recorded, Base):
    """One round; `decisions` are `{level, reason}` by question code, where no level keeps the assessors' mean."""

    __tablename__ = "moderations"
    __table_args__ = (
        UniqueConstraint("assessment_id", "round"),
        CheckConstraint("round > 0", name="round"),
        Index("ix_moderations_round_id", "round", "id"),
        Index("ix_moderations_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assessments.id"))
    round: Mapped[int] = mapped_column(Integer)
    decisions: Mapped[dict[str, Any]] = mapped_column(JSONB)
    minutes: Mapped[str]
    moderated_by: Mapped[str]
