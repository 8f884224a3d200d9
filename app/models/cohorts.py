"""Cohorts: one yearly round of the programme, with its own rules as data."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import COHORT
from app.kernel.messages import Text
from app.kernel.problems import Conflict, constraint_problem
from app.kernel.tables import Base, Recorded, one_of_states


class CohortCodeTaken(Conflict):
    """A cohort has this code already."""

    code = "cohort_code_taken"
    title = Text(en="Cohort code taken", id="Kode tahap sudah dipakai")
    help = Text(
        en="A cohort has this code already. Choose another code.",
        id="Kode ini sudah dipakai tahap lain. Pilih kode lain.",
    )


constraint_problem("pk_cohorts", CohortCodeTaken)


class Cohort(Recorded, Base):
    """One cohort. `methods` holds the method of each stage; `published_figures` are press facts, never counts."""

    __tablename__ = "cohorts"
    __table_args__ = (
        CheckConstraint("code ~ '^[a-z0-9][a-z0-9-]*$'", name="code"),
        CheckConstraint(one_of_states(COHORT), name="state"),
        CheckConstraint("quota BETWEEN 1 AND 600", name="quota"),
        CheckConstraint("candidate_quota BETWEEN quota AND 600", name="candidate_quota"),
        Index("ix_cohorts_year_code", "year", "code"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger)
    phase: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str]
    quota: Mapped[int] = mapped_column(Integer)
    candidate_quota: Mapped[int] = mapped_column(Integer)
    calendar: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    methods: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    published_figures: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    simulation: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str] = mapped_column(server_default=COHORT.initial)
