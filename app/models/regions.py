"""Provinces, regencies and cities under their Home Ministry codes, and what each says of itself."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.tables import Base, Recorded


class Region(Recorded, Base):
    """One region. A province has no `province_code`; a name never identifies."""

    __tablename__ = "regions"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{2}([.][0-9]{2})?$'", name="code"),
        CheckConstraint("kind IN ('province', 'regency', 'city')", name="kind"),
        CheckConstraint("(kind = 'province') = (province_code IS NULL)", name="province"),
        CheckConstraint("population >= 0", name="population"),
        CheckConstraint("area_km2 > 0", name="area"),
        CheckConstraint("valid_to > valid_from", name="validity"),
        Index("ix_regions_name_code", "name", "code"),
        Index("ix_regions_population_code", "population", "code"),
        Index("ix_regions_province_code_code", "province_code", "code"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    province_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    island_group: Mapped[str]
    capital: Mapped[str]
    latitude: Mapped[Decimal] = mapped_column(Numeric(8, 5))
    longitude: Mapped[Decimal] = mapped_column(Numeric(8, 5))
    population: Mapped[int] = mapped_column(BigInteger)
    population_year: Mapped[int] = mapped_column(SmallInteger)
    area_km2: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    time_zone: Mapped[str]
    own_budget: Mapped[bool]
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class RegionProfile(Recorded, Base):
    """A region's problems and potentials: lists of `{id, title, description, dimension}`, written by its own office."""

    __tablename__ = "region_profiles"

    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), primary_key=True)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    potentials: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
