"""Experts: the people who assess, mentor and facilitate; how to reach them is kept apart."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text as Message
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded

# What stands in the place of a person's name once the person was erased, in every language.
ERASED = "(erased)"


class ExpertErased(Conflict):
    """The expert was erased, and nothing of it is written any more."""

    code = "expert_erased"
    title = Message(en="Expert erased", id="Pakar telah dihapus")
    help = Message(
        en="This expert was erased; neither a name nor a contact is written there again. For somebody who comes back, "
        "add a new expert.",
        id="Pakar ini telah dihapus; nama maupun kontak tidak ditulis lagi di sana. Bila orangnya kembali, tambahkan "
        "pakar baru.",
    )


_UNKNOWN_INSTITUTION = Message(en="There is no institution with this id.", id="Tidak ada lembaga dengan id ini.")
_OTHER_SIMULATION = Message(
    en="One of the two institutions is simulated and the other real. Name one of the same kind, or add a new expert.",
    id="Salah satu dari kedua lembaga adalah simulasi, yang lain nyata. Pilih yang sejenis, atau tambahkan pakar baru.",
)
_UNKNOWN_REGION = Message(en="There is no region with this code.", id="Tidak ada daerah dengan kode ini.")
constraint_problem(
    "fk_experts_institution_id",
    FieldError(pointer="/institution_id", code="invalid_reference", message=_UNKNOWN_INSTITUTION),
)
constraint_problem(
    "fk_experts_home_region_code",
    FieldError(pointer="/home_region_code", code="invalid_reference", message=_UNKNOWN_REGION),
)
constraint_problem("ck_experts_erased", ExpertErased)
# Raised by a trigger: where an expert is from tells whether the expert is real, and that never changes.
constraint_problem(
    "experts_other_simulation",
    FieldError(pointer="/institution_id", code="other_simulation", message=_OTHER_SIMULATION),
)


class Expert(Recorded, Base):
    """One expert. `dimensions` are codes of that catalogue; an inactive expert gets no new work.

    One that was erased keeps what the rules on conflicts of interest need: institution and roles.
    """

    __tablename__ = "experts"
    __table_args__ = (
        CheckConstraint("roles <@ ARRAY['assessor', 'mentor', 'facilitator'] AND cardinality(roles) > 0", name="roles"),
        CheckConstraint(
            f"erased_at IS NULL OR (name = '{ERASED}' AND NOT active AND cardinality(sectors) = 0 "
            "AND cardinality(dimensions) = 0 AND num_nonnulls(home_region_code, trained_on) = 0)",
            name="erased",
        ),
        Index("ix_experts_name_id", "name", "id"),
        Index("ix_experts_institution_id", "institution_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    institution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("institutions.id"))
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sectors: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    dimensions: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    home_region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    trained_on: Mapped[date | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    erased_at: Mapped[datetime | None]


class ExpertContact(Recorded, Base):
    """How to reach an expert. A record of its own: few may read it, and the change log keeps none of its values."""

    __tablename__ = "expert_contacts"

    expert_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("experts.id"), primary_key=True)
    email: Mapped[str | None]
    phone: Mapped[str | None]
