"""Imports: which file came in, from whom, and what became of its rows."""

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.tables import Base, Recorded


class Import(Recorded, Base):
    """One file taken in whole. Its digest tells whether two imports are the same file."""

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint("dataset IN ('regions', 'indicator-values', 'candidacies')", name="dataset"),
        CheckConstraint("received = created + updated + unchanged", name="counts"),
        Index("ix_imports_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    dataset: Mapped[str]
    sha256: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    received: Mapped[int] = mapped_column(Integer)
    created: Mapped[int] = mapped_column(Integer)
    updated: Mapped[int] = mapped_column(Integer)
    unchanged: Mapped[int] = mapped_column(Integer)
    actor: Mapped[str]
