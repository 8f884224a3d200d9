"""Memoranda of understanding between the ministry and the regions that were chosen."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import MEMORANDUM
from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded, one_of_states


class MemorandumExists(Conflict):
    """The candidacy has a memorandum already."""

    code = "memorandum_exists"
    title = Text(en="Memorandum exists", id="Nota kesepahaman sudah ada")
    help = Text(
        en="The candidacy has a memorandum that is not void. Change or sign that one, or declare it void first.",
        id="Pencalonan ini punya nota kesepahaman yang belum batal. Ubah atau tandatangani itu, atau batalkan dahulu.",
    )


class MemorandumNumberTaken(Conflict):
    """Another memorandum of the year has this number."""

    code = "memorandum_number_taken"
    title = Text(en="Memorandum number taken", id="Nomor nota kesepahaman sudah dipakai")
    help = Text(
        en="Another memorandum of the same year has this number. Give another number.",
        id="Nomor ini sudah dipakai nota kesepahaman lain pada tahun yang sama. Beri nomor lain.",
    )


constraint_problem("uq_memoranda_candidacy_id", MemorandumExists)
constraint_problem("uq_memoranda_number", MemorandumNumberTaken)


class Memorandum(Recorded, Base):
    """One memorandum. `year` is the one in whose series the number stands; `published_at` is null until it is signed.

    `source` says where a historic one is known from. Of those alone the number may stay unknown. `rehearsal` is the
    code of a simulated cohort, null in earnest: a number that was rehearsed is free.
    """

    __tablename__ = "memoranda"
    __table_args__ = (
        CheckConstraint(one_of_states(MEMORANDUM), name="state"),
        CheckConstraint("extract(year FROM date) = year", name="year"),
        CheckConstraint(
            "published_at IS NULL OR date IS NOT NULL AND place IS NOT NULL "
            "AND (number IS NOT NULL OR source IS NOT NULL)",
            name="complete",
        ),
        CheckConstraint(
            "state = 'void' OR (state = 'signed') = (published_at IS NOT NULL)",
            name="published_at",
        ),
        Index(
            "uq_memoranda_candidacy_id",
            "candidacy_id",
            unique=True,
            postgresql_where=text("state <> 'void'"),
        ),
        # A number that was signed is never given again; that of a draft that was dropped is free.
        Index(
            "uq_memoranda_number",
            "year",
            "number",
            "rehearsal",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("number IS NOT NULL AND (state <> 'void' OR published_at IS NOT NULL)"),
        ),
        Index("ix_memoranda_year_id", "year", "id"),
        Index("ix_memoranda_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    candidacy_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("candidacies.id"))
    number: Mapped[str | None]
    rehearsal: Mapped[str | None]
    year: Mapped[int] = mapped_column(SmallInteger)
    date: Mapped[dt.date | None]
    place: Mapped[str | None]
    parties: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    witnesses: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    document: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    source: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=MEMORANDUM.initial)
    published_at: Mapped[dt.datetime | None]
