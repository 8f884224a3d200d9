"""Result letters: what each region of a cohort is told of the decision, under a number and a date."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded


class ResultLetterExists(Conflict):
    """The candidacy has its letter on this choice already."""

    code = "result_letter_exists"
    title = Text(en="Result letter exists", id="Surat hasil sudah ada")
    help = Text(
        en="Every region has its letter on the published choice; read the list of them. Another is issued once another "
        "choice changes what a letter says.",
        id="Setiap daerah sudah punya surat atas pilihan yang terbit; baca daftarnya. Surat lain terbit bila pilihan "
        "baru mengubah isi surat.",
    )


class ResultLetterNumberTaken(Conflict):
    """Another letter of the year has this number."""

    code = "result_letter_number_taken"
    title = Text(en="Result letter number taken", id="Nomor surat hasil sudah dipakai")
    help = Text(
        en="A result letter of the same year has one of these numbers. Give another pattern or another first number.",
        id="Salah satu nomor ini sudah dipakai surat hasil lain pada tahun yang sama. Beri pola atau nomor awal lain.",
    )


constraint_problem("uq_result_letters_candidacy_id_run_id", ResultLetterExists)
constraint_problem("uq_result_letters_number", ResultLetterNumberTaken)


class ResultLetter(Recorded, Base):
    """One letter: what the published run decided and why, beside the scorecard's criteria against the cohort's median.

    `rehearsal` is the code of a simulated cohort, null in earnest: a number that was rehearsed is free. `comparison` is
    a list of `{criterion, score, median, difference, side, text_en, text_id}`. `replaces_id` is the candidacy's letter
    on the choice before, which no longer holds.
    """

    __tablename__ = "result_letters"
    __table_args__ = (
        Index("uq_result_letters_candidacy_id_run_id", "candidacy_id", "run_id", unique=True),
        Index("uq_result_letters_replaces_id", "replaces_id", unique=True),
        CheckConstraint("extract(year FROM date) = year", name="year"),
        CheckConstraint("decision IN ('in', 'reserve', 'out')", name="decision"),
        Index(
            "uq_result_letters_number",
            "year",
            "number",
            "rehearsal",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_result_letters_run_id", "run_id", "id"),
        Index("ix_result_letters_scorecard_id", "scorecard_id"),
        Index("ix_result_letters_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    candidacy_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("candidacies.id"))
    number: Mapped[str]
    rehearsal: Mapped[str | None]
    year: Mapped[int] = mapped_column(SmallInteger)
    date: Mapped[dt.date]
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("selection_runs.id"))
    decision: Mapped[str]
    rank: Mapped[int | None] = mapped_column(Integer)
    scorecard_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("scorecards.id"))
    comparison: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    reason: Mapped[str]
    replaces_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("result_letters.id"))
