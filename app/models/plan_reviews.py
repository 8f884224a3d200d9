"""How a submitted plan is reviewed: comments anchored to its parts, and the verdicts of mentors and ministry."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import PLAN_COMMENT
from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded, one_of_states


class AlreadyReviewed(Conflict):
    """This side has given its verdict on this version."""

    code = "plan_already_reviewed"
    title = Text(en="Already reviewed", id="Sudah diulas")
    help = Text(
        en="This side has given its verdict on this version of the plan. The next one is on the next version.",
        id="Pihak ini sudah memberi putusan atas versi rencana ini. Putusan berikutnya untuk versi berikutnya.",
    )


constraint_problem("uq_plan_reviews_version_id_side", AlreadyReviewed)


class PlanComment(Recorded, Base):
    """One comment on a part of a plan. `anchor` is the JSON pointer that the part had in the plan's document.

    Initiatives come and go, and with them their places: `initiative_id` is the one that was meant, if it is there yet.
    """

    __tablename__ = "plan_comments"
    __table_args__ = (
        CheckConstraint(one_of_states(PLAN_COMMENT), name="state"),
        CheckConstraint("side IN ('region', 'mentor', 'ministry')", name="side"),
        Index("ix_plan_comments_initiative_id", "initiative_id"),
        Index("ix_plan_comments_plan_id", "plan_id", "id"),
        Index("ix_plan_comments_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("master_plans.id"))
    anchor: Mapped[str]
    initiative_id: Mapped[uuid.UUID | None]
    text: Mapped[str]
    side: Mapped[str]
    author: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=PLAN_COMMENT.initial)


class PlanReview(Recorded, Base):
    """One verdict on one version of a plan, by the mentor's institution or by the ministry; it is never changed."""

    __tablename__ = "plan_reviews"
    __table_args__ = (
        UniqueConstraint("version_id", "side"),
        CheckConstraint("side IN ('mentor', 'ministry')", name="side"),
        CheckConstraint("verdict IN ('accepted', 'returned')", name="verdict"),
        Index("ix_plan_reviews_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan_versions.id"))
    side: Mapped[str]
    verdict: Mapped[str]
    reason: Mapped[str]
    reviewed_by: Mapped[str]
