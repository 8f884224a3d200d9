"""Indicators and their values. A value keeps where it is from and how good it is."""

import uuid
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text as Message
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded

Quality = Literal["official", "derived", "synthetic"]


class IndicatorCodeTaken(Conflict):
    """An indicator has this code already."""

    code = "indicator_code_taken"
    title = Message(en="Indicator code taken", id="Kode indikator sudah dipakai")
    help = Message(
        en="An indicator has this code already. Choose another code, or change the indicator that has it.",
        id="Kode ini sudah dipakai indikator lain. Pilih kode lain, atau ubah indikator tersebut.",
    )


_SCALE = Message(en="Must be greater than `scale_min`.", id="Harus lebih besar dari `scale_min`.")
constraint_problem("pk_indicators", IndicatorCodeTaken)
constraint_problem("ck_indicators_scale", FieldError(pointer="/scale_max", code="out_of_range", message=_SCALE))


class Indicator(Recorded, Base):
    """What a number means: unit, direction, scale, and the category bands in force from a date on."""

    __tablename__ = "indicators"
    __table_args__ = (
        CheckConstraint("code ~ '^[a-z][a-z0-9_]*$'", name="code"),
        CheckConstraint("direction IN ('higher', 'lower')", name="direction"),
        CheckConstraint("scale_min < scale_max", name="scale"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name_en: Mapped[str]
    name_id: Mapped[str]
    owner: Mapped[str]
    unit: Mapped[str]
    direction: Mapped[str]
    scale_min: Mapped[Decimal | None] = mapped_column(Numeric)
    scale_max: Mapped[Decimal | None] = mapped_column(Numeric)
    levels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    bands: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    note_en: Mapped[str | None]
    note_id: Mapped[str | None]


class IndicatorValue(Recorded, Base):
    """One value of one indicator, for one region and year."""

    __tablename__ = "indicator_values"
    __table_args__ = (
        UniqueConstraint("indicator_code", "region_code", "year"),
        # numeric holds NaN and infinities, which are no values
        CheckConstraint("value > '-Infinity' AND value < 'Infinity'", name="value"),
        CheckConstraint("quality IN ('official', 'derived', 'synthetic')", name="quality"),
        CheckConstraint("year BETWEEN 1945 AND 2100", name="year"),
        Index("ix_indicator_values_region_code_id", "region_code", "id"),
        Index("ix_indicator_values_indicator_code_year_id", "indicator_code", "year", "id"),
        Index("ix_indicator_values_indicator_code_value_id", "indicator_code", "value", "id"),
        Index("ix_indicator_values_import_id", "import_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    indicator_code: Mapped[str] = mapped_column(ForeignKey("indicators.code"))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    year: Mapped[int] = mapped_column(SmallInteger)
    value: Mapped[Decimal] = mapped_column(Numeric)
    unit: Mapped[str]
    source: Mapped[str]
    instrument: Mapped[str | None]
    quality: Mapped[Quality] = mapped_column(Text)
    category: Mapped[str | None]
    import_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("imports.id"))
