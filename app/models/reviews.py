"""Reviews: the levels that one assessor gives one region, seen by nobody else until the panel is complete."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import REVIEW
from app.kernel.tables import Base, Recorded, one_of_states


class Review(Recorded, Base):
    """The review of one seat on a panel. `levels` and `notes` are kept by question code."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("assessment_id", "expert_id"),
        # Nobody judges without a seat, and no seat is taken away from under a review.
        ForeignKeyConstraint(
            ["assessment_id", "expert_id"], ["panel_members.assessment_id", "panel_members.expert_id"]
        ),
        CheckConstraint(one_of_states(REVIEW), name="state"),
        CheckConstraint("state = 'draft' OR submitted_at IS NOT NULL", name="submitted_at"),
        Index("ix_reviews_expert_id", "expert_id", "id"),
        Index("ix_reviews_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[uuid.UUID]
    expert_id: Mapped[uuid.UUID]
    levels: Mapped[dict[str, int]] = mapped_column(JSONB, server_default=text("'{}'"))
    notes: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    comment: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=REVIEW.initial)
    submitted_at: Mapped[datetime | None]
