"""Objections: a region says that its assessment went wrong, in procedure or in facts, and somebody else decides."""

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import OBJECTION
from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text as Message
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded, one_of_states


class ObjectionPending(Conflict):
    """An objection to this assessment awaits its decision."""

    code = "objection_pending"
    title = Message(en="Objection pending", id="Sanggahan masih diproses")
    help = Message(
        en="An objection to this assessment is not decided yet. Wait for the decision, or withdraw that one first.",
        id="Sanggahan atas penilaian ini belum diputuskan. Tunggu keputusannya, atau tarik dahulu sanggahan itu.",
    )


constraint_problem("uq_objections_filed", ObjectionPending)


class Objection(Recorded, Base):
    """One objection, to `questions` (codes) or, without any, to the whole; an upheld one reopens those in `reopens`."""

    __tablename__ = "objections"
    __table_args__ = (
        CheckConstraint("ground IN ('procedure', 'facts')", name="ground"),
        CheckConstraint(one_of_states(OBJECTION), name="state"),
        CheckConstraint("num_nulls(decision, decided_by) IN (0, 2)", name="decision"),
        CheckConstraint("(state IN ('upheld', 'dismissed')) = (decided_by IS NOT NULL)", name="decided_by"),
        CheckConstraint("state = 'upheld' OR cardinality(reopens) = 0", name="reopens"),
        Index("uq_objections_filed", "assessment_id", unique=True, postgresql_where=text("state = 'filed'")),
        Index("ix_objections_assessment_id", "assessment_id", "id"),
        Index("ix_objections_created_at_id", "created_at", "id"),
        Index("ix_objections_updated_at_id", "updated_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assessments.id"))
    ground: Mapped[str]
    statement: Mapped[str]
    questions: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    state: Mapped[str] = mapped_column(server_default=OBJECTION.initial)
    decision: Mapped[str | None]
    decided_by: Mapped[str | None]
    reopens: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
