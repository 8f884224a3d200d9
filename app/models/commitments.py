"""Commitments: what the head of a region and its agencies sign before the plan is handed in."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import COMMITMENT
from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded, one_of_states


class CommitmentExists(Conflict):
    """The signatory has a commitment already."""

    code = "commitment_exists"
    title = Text(en="Commitment exists", id="Komitmen sudah ada")
    help = Text(
        en="This signatory has a commitment that is not void. Change or sign that one, or declare it void first.",
        id="Penanda tangan ini punya komitmen yang belum batal. Ubah atau tandatangani itu, atau batalkan dahulu.",
    )


constraint_problem("uq_commitments_signatory", CommitmentExists)


class Commitment(Recorded, Base):
    """One commitment: the head of region's (`agency` is null) or an agency's. `published_at` is null until signed."""

    __tablename__ = "commitments"
    __table_args__ = (
        CheckConstraint(one_of_states(COMMITMENT), name="state"),
        CheckConstraint("(signatory = 'agency') = (agency IS NOT NULL)", name="agency"),
        CheckConstraint("signatory IN ('region_head', 'agency')", name="signatory"),
        CheckConstraint("published_at IS NULL OR signed_on IS NOT NULL", name="signed_on"),
        CheckConstraint("state = 'void' OR (state = 'signed') = (published_at IS NOT NULL)", name="published_at"),
        Index("ix_commitments_candidacy_id", "candidacy_id", "id"),
        Index("ix_commitments_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    candidacy_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("candidacies.id"))
    signatory: Mapped[str]
    agency: Mapped[str | None]
    statement: Mapped[str]
    signed_on: Mapped[dt.date | None]
    document: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    state: Mapped[str] = mapped_column(server_default=COMMITMENT.initial)
    published_at: Mapped[dt.datetime | None]


Index(
    "uq_commitments_signatory",
    Commitment.candidacy_id,
    Commitment.signatory,
    func.lower(func.coalesce(Commitment.agency, "")),
    unique=True,
    postgresql_where=text("state <> 'void'"),
)
