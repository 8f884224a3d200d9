"""Mentorships: which institution accompanies a region in writing its plan, and who leads."""

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import MENTORSHIP
from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded, one_of_states


class MentorshipExists(Conflict):
    """The candidacy is mentored already."""

    code = "mentorship_exists"
    title = Text(en="Mentorship exists", id="Pendampingan sudah ada")
    help = Text(
        en="The candidacy has a mentorship that did not end. Change that one, or end it first.",
        id="Pencalonan ini punya pendampingan yang belum diakhiri. Ubah yang itu, atau akhiri dahulu.",
    )


UNKNOWN_INSTITUTION = Text(en="There is no institution with this id.", id="Tidak ada lembaga dengan id ini.")
constraint_problem("uq_mentorships_candidacy_id", MentorshipExists)
constraint_problem(
    "fk_mentorships_institution_id",
    FieldError(pointer="/institution_id", code="invalid_reference", message=UNKNOWN_INSTITUTION),
)


class Mentorship(Recorded, Base):
    """One mentorship. `override_ids` are the decisions by which mentors with a conflict of interest may mentor.

    `former_mentor_ids` led or facilitated it while it was active, and no longer do: they know the region all the same.
    """

    __tablename__ = "mentorships"
    __table_args__ = (
        CheckConstraint(one_of_states(MENTORSHIP), name="state"),
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint("NOT lead_mentor_id = ANY (facilitator_ids)", name="facilitators"),
        Index("uq_mentorships_candidacy_id", "candidacy_id", unique=True, postgresql_where=text("state <> 'ended'")),
        Index("ix_mentorships_institution_id", "institution_id", "id"),
        Index("ix_mentorships_lead_mentor_id", "lead_mentor_id", "id"),
        Index("ix_mentorships_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    candidacy_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("candidacies.id"))
    institution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("institutions.id"))
    lead_mentor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("experts.id"))
    facilitator_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    former_mentor_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    override_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    state: Mapped[str] = mapped_column(server_default=MENTORSHIP.initial)
