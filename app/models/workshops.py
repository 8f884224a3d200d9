"""Workshops: the four gates of a mentorship, and the sessions in which they are held."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import WORKSHOP
from app.kernel.tables import Base, Recorded, one_of_states


class Workshop(Recorded, Base):
    """One of the four workshops of a mentorship. `outputs` holds links to documents by the code of the output."""

    __tablename__ = "workshops"
    __table_args__ = (
        UniqueConstraint("mentorship_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 4", name="number"),
        CheckConstraint(one_of_states(WORKSHOP), name="state"),
        Index("ix_workshops_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    mentorship_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("mentorships.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    outputs: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    state: Mapped[str] = mapped_column(server_default=WORKSHOP.initial)


class Session(Recorded, Base):
    """One day of a workshop. `attendance` counts heads by agency and role, and names nobody."""

    __tablename__ = "workshop_sessions"
    __table_args__ = (
        CheckConstraint("mode IN ('on_site', 'online')", name="mode"),
        CheckConstraint("(mode = 'on_site') = (place IS NOT NULL)", name="place"),
        CheckConstraint("hours > 0 AND hours <= 24", name="hours"),
        Index("ix_workshop_sessions_workshop_id", "workshop_id", "id"),
        Index("ix_workshop_sessions_date_id", "date", "id"),
        {"info": {"resource": "sessions"}},
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    workshop_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("workshops.id"))
    date: Mapped[dt.date]
    mode: Mapped[str]
    place: Mapped[str | None]
    hours: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    attendance: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    notes: Mapped[str | None]
    papers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
