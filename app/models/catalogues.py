"""Catalogues: the programme's own vocabularies, in editions that never change once they are in force."""

import uuid
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.tables import Base, Recorded


class Catalogue(Recorded, Base):
    """One edition of one catalogue. `entries` is a list of `{code, name_en, name_id, children}`."""

    __tablename__ = "catalogues"
    __table_args__ = (
        UniqueConstraint("code", "edition"),
        Index("uq_catalogues_in_force", "code", unique=True, postgresql_where=text("in_force")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    edition: Mapped[str]
    in_force: Mapped[bool]
    name_en: Mapped[str]
    name_id: Mapped[str]
    source: Mapped[str]
    entries: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
