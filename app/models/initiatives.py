"""Initiatives: the programmes of a master plan."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.tables import Base, Recorded

MEASURE = ("unit", "baseline", "target", "year")


class Initiative(Recorded, Base):
    """One programme of a plan; the benefit comes before the technology (see `domain/benefit`).

    `problems` and `potentials` are ids of entries of the region's profile; `budget` is a list of
    `{year, source, amount}` in whole rupiah.
    """

    __tablename__ = "initiatives"
    __table_args__ = (
        CheckConstraint("last_year >= first_year", name="years"),
        Index("ix_initiatives_plan_id", "plan_id", "id"),
        Index("ix_initiatives_dimension_id", "dimension", "id"),
        Index("ix_initiatives_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("master_plans.id"))
    title: Mapped[str]
    benefit: Mapped[str | None]
    beneficiaries: Mapped[str | None]
    measure_unit: Mapped[str | None]
    measure_baseline: Mapped[Decimal | None] = mapped_column(Numeric)
    measure_target: Mapped[Decimal | None] = mapped_column(Numeric)
    measure_year: Mapped[int | None] = mapped_column(SmallInteger)
    technology: Mapped[str | None]
    dimension: Mapped[str | None]
    sub_dimension: Mapped[str | None]
    owner_agency: Mapped[str | None]
    first_year: Mapped[int | None] = mapped_column(SmallInteger)
    last_year: Mapped[int | None] = mapped_column(SmallInteger)
    budget: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    problems: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    potentials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    priorities: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))

    @property
    def measure(self) -> dict[str, Any]:
        """How the benefit shows, as `{unit, baseline, target, year}`."""
        return {name: getattr(self, f"measure_{name}") for name in MEASURE}

    @measure.setter
    def measure(self, told: Mapping[str, Any]) -> None:
        for name in MEASURE:
            setattr(self, f"measure_{name}", told.get(name))
