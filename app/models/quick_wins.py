"""Quick wins: what people feel within a year, and the reports on how it gets on."""

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import QUICK_WIN
from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.tables import Base, Recorded, one_of_states

_UNKNOWN_INITIATIVE = Text(en="There is no initiative with this id.", id="Tidak ada inisiatif dengan id ini.")
constraint_problem(
    "fk_quick_wins_initiative_id",
    FieldError(pointer="/initiative_id", code="invalid_reference", message=_UNKNOWN_INITIATIVE),
)


class QuickWin(Recorded, Base):
    """One quick win; days are those of the region's calendar. How it stands on a day is told, never stored.

    From `published_at` on, its approval, everyone may read it. `closed_on` is set when it is completed or, once it was
    approved, cancelled; `measured_value` and `evidence` when it is completed.
    """

    __tablename__ = "quick_wins"
    __table_args__ = (
        CheckConstraint(one_of_states(QUICK_WIN), name="state"),
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint("budget BETWEEN 0 AND 1000000000000000", name="budget"),
        CheckConstraint("state = 'proposed' OR state = 'cancelled' OR published_at IS NOT NULL", name="published_at"),
        CheckConstraint("closed_on IS NULL OR state IN ('completed', 'cancelled')", name="closed_on"),
        CheckConstraint(
            "(state = 'completed') = (measured_value IS NOT NULL) AND (state <> 'completed' OR closed_on IS NOT NULL)",
            name="completed",
        ),
        Index("ix_quick_wins_candidacy_id", "candidacy_id", "id"),
        Index("ix_quick_wins_initiative_id", "initiative_id"),
        Index("ix_quick_wins_ends_on_id", "ends_on", "id"),
        Index("ix_quick_wins_created_at_id", "created_at", "id"),
        Index("ix_quick_wins_updated_at_id", "updated_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    candidacy_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("candidacies.id"))
    initiative_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("initiatives.id"))
    title: Mapped[str]
    dimension: Mapped[str]
    sub_dimension: Mapped[str | None]
    benefit: Mapped[str | None]
    beneficiaries: Mapped[str | None]
    measure_unit: Mapped[str | None]
    measure_baseline: Mapped[Decimal | None] = mapped_column(Numeric)
    measure_target: Mapped[Decimal | None] = mapped_column(Numeric)
    technology: Mapped[str | None]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    budget: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(server_default=QUICK_WIN.initial)
    published_at: Mapped[dt.datetime | None]
    closed_on: Mapped[dt.date | None]
    measured_value: Mapped[Decimal | None] = mapped_column(Numeric)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))

    @property
    def measure(self) -> dict[str, Any]:
        """How the benefit shows, as `{unit, baseline, target}`."""
        return {"unit": self.measure_unit, "baseline": self.measure_baseline, "target": self.measure_target}

    @measure.setter
    def measure(self, said: Mapping[str, Any] | None) -> None:
        self.measure_unit = (said or {}).get("unit")
        self.measure_baseline = (said or {}).get("baseline")
        self.measure_target = (said or {}).get("target")


class ProgressReport(Recorded, Base):
    """Progress as of a day, in whole per cent; it is never changed. `number` counts the reports of one quick win."""

    __tablename__ = "progress_reports"
    __table_args__ = (
        UniqueConstraint("quick_win_id", "number"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        Index("ix_progress_reports_reported_on_id", "reported_on", "id"),
        Index("ix_progress_reports_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    quick_win_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("quick_wins.id"))
    number: Mapped[int] = mapped_column(Integer)
    reported_on: Mapped[dt.date]
    percent: Mapped[int] = mapped_column(SmallInteger)
    value: Mapped[Decimal | None] = mapped_column(Numeric)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    note: Mapped[str | None]
    reason: Mapped[str | None]
