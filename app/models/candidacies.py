"""Candidacies: one region in one cohort, from nomination to results."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import CANDIDACY
from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded, one_of_states


class AlreadyCandidate(Conflict):
    """The region stands in this cohort already: `candidacy_id` names its candidacy, `state` where that is."""

    code = "already_candidate"
    title = Text(en="Already a candidate", id="Sudah menjadi kandidat")
    help = Text(
        en="The region stands in this cohort already. Move the candidacy in `candidacy_id`, which is now in `state`.",
        id="Daerah ini sudah ada di tahap ini. Pindahkan pencalonan di `candidacy_id`, yang kini berada di `state`.",
    )


class SeatAlreadyReplaced(Conflict):
    """Another candidacy took that seat."""

    code = "seat_already_replaced"
    title = Text(en="Seat already replaced", id="Kursi sudah digantikan")
    help = Text(
        en="Another candidacy has taken this seat. See who in `GET /v1/candidacies/{id}/replacement`.",
        id="Kursi ini sudah diambil pencalonan lain. Lihat siapa di `GET /v1/candidacies/{id}/replacement`.",
    )


_UNKNOWN_REGION = Text(en="There is no region with this code.", id="Tidak ada daerah dengan kode ini.")
constraint_problem("uq_candidacies_cohort_code_region_code", AlreadyCandidate)
constraint_problem("uq_candidacies_replaces_id", SeatAlreadyReplaced)
constraint_problem(
    "fk_candidacies_region_code",
    FieldError(pointer="/region_code", code="invalid_reference", message=_UNKNOWN_REGION),
)


class Candidacy(Recorded, Base):
    """One region in one cohort. A replacement names the candidacy whose seat it takes."""

    __tablename__ = "candidacies"
    __table_args__ = (
        UniqueConstraint("cohort_code", "region_code"),
        UniqueConstraint("replaces_id"),
        CheckConstraint(one_of_states(CANDIDACY), name="state"),
        CheckConstraint("replaces_id <> id", name="replaces"),
        # What refers to a candidacy may name its region beside it.
        Index("uq_candidacies_id_region_code", "id", "region_code", unique=True),
        Index("ix_candidacies_cohort_code_state", "cohort_code", "state", "id"),
        Index("ix_candidacies_region_code", "region_code", "id"),
        Index("ix_candidacies_created_at_id", "created_at", "id"),
        Index("ix_candidacies_updated_at_id", "updated_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    cohort_code: Mapped[str] = mapped_column(ForeignKey("cohorts.code"))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    state: Mapped[str] = mapped_column(server_default=CANDIDACY.initial)
    replaces_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("candidacies.id"))
    source: Mapped[str | None]
