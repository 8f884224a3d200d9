"""Institutions: whom experts come from and who mentors regions."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded


class InstitutionNameTaken(Conflict):
    """An institution has this name already, whatever the case."""

    code = "institution_name_taken"
    title = Text(en="Institution name taken", id="Nama lembaga sudah dipakai")
    help = Text(
        en="An institution has this name already. Find it in the list and use that one, or choose another name.",
        id="Lembaga dengan nama ini sudah ada. Cari di daftar dan pakai yang itu, atau pilih nama lain.",
    )


_UNKNOWN_REGION = Text(en="There is no region with this code.", id="Tidak ada daerah dengan kode ini.")
constraint_problem("uq_institutions_name", InstitutionNameTaken)
constraint_problem(
    "fk_institutions_region_code",
    FieldError(pointer="/region_code", code="invalid_reference", message=_UNKNOWN_REGION),
)


class Institution(Recorded, Base):
    """One institution; `region_code` is that of its seat. Names differ by more than case.

    `simulation`, which its experts share, never changes: the database refuses.
    """

    __tablename__ = "institutions"
    __table_args__ = (
        CheckConstraint("kind IN ('university', 'company', 'ministry', 'agency', 'other')", name="kind"),
        Index("ix_institutions_name_id", "name", "id"),
        Index("ix_institutions_region_code", "region_code"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    website: Mapped[str | None]
    simulation: Mapped[bool] = mapped_column(server_default=text("false"))


Index("uq_institutions_name", func.lower(Institution.name), unique=True)
