"""Panels: who judges which region, which conflicts of interest were declared, and which were passed over."""

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import OVERRIDE, PANEL_MEMBER
from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded, one_of_states


class AlreadyOnPanel(Conflict):
    """The expert has or had a seat on this panel."""

    code = "already_on_panel"
    title = Text(en="Already on the panel", id="Sudah ada di panel")
    help = Text(
        en="The expert is on this panel already or has stepped aside from it. Name another one.",
        id="Pakar ini sudah ada di panel atau telah mengundurkan diri darinya. Sebutkan pakar lain.",
    )


class ConflictAlreadyDeclared(Conflict):
    """The expert's conflict of interest in this region is on record."""

    code = "conflict_already_declared"
    title = Text(en="Conflict already declared", id="Benturan sudah dinyatakan")
    help = Text(
        en="A conflict of interest of this expert in this region is declared already. There is nothing to add.",
        id="Benturan kepentingan pakar ini dengan daerah tersebut sudah dinyatakan. Tidak perlu ditambah.",
    )


class ConflictOverrideExists(Conflict):
    """An override for this expert on this panel is asked for already, or one is approved that suffices."""

    code = "conflict_override_exists"
    title = Text(en="Override exists", id="Pengecualian sudah ada")
    help = Text(
        en="An override is asked for already, or an approved one covers every conflict. Read that one.",
        id="Pengecualian sudah diminta, atau yang disetujui sudah mencakup setiap benturan. Baca yang itu.",
    )


UNKNOWN_EXPERT = Text(en="There is no expert with this id.", id="Tidak ada pakar dengan id ini.")
_UNKNOWN_REGION = Text(en="There is no region with this code.", id="Tidak ada daerah dengan kode ini.")
constraint_problem("uq_panel_members_assessment_id_expert_id", AlreadyOnPanel)
constraint_problem("uq_conflict_declarations_expert_id_region_code", ConflictAlreadyDeclared)
constraint_problem("uq_conflict_overrides_requested", ConflictOverrideExists)
for _table in ("panel_members", "conflict_declarations", "conflict_overrides"):
    constraint_problem(
        f"fk_{_table}_expert_id", FieldError(pointer="/expert_id", code="invalid_reference", message=UNKNOWN_EXPERT)
    )
constraint_problem(
    "fk_conflict_declarations_region_code",
    FieldError(pointer="/region_code", code="invalid_reference", message=_UNKNOWN_REGION),
)


class PanelMember(Recorded, Base):
    """A seat of one expert on the panel of one assessment; `override_id` is the word by which a conflict is no bar."""

    __tablename__ = "panel_members"
    __table_args__ = (
        UniqueConstraint("assessment_id", "expert_id"),
        CheckConstraint(one_of_states(PANEL_MEMBER), name="state"),
        Index("ix_panel_members_expert_id", "expert_id", "id"),
        Index("ix_panel_members_override_id", "override_id"),
        Index("ix_panel_members_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assessments.id"))
    expert_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("experts.id"))
    state: Mapped[str] = mapped_column(server_default=PANEL_MEMBER.initial)
    override_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("conflict_overrides.id"))


class ConflictDeclaration(Recorded, Base):
    """A conflict of interest of one expert in one region, in every cohort; who declared it is in the log."""

    __tablename__ = "conflict_declarations"
    __table_args__ = (
        UniqueConstraint("expert_id", "region_code"),
        Index("ix_conflict_declarations_region_code", "region_code", "id"),
        Index("ix_conflict_declarations_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    expert_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("experts.id"))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    reason: Mapped[str]


class ConflictOverride(Recorded, Base):
    """Asks for a second person's word that an expert may take on a `duty` in spite of `conflicts`.

    The duty is to judge the assessed region, or to mentor it. The conflicts are `{code, text_en, text_id}` as they were
    found when it was asked for.
    """

    __tablename__ = "conflict_overrides"
    __table_args__ = (
        CheckConstraint(one_of_states(OVERRIDE), name="state"),
        CheckConstraint("decided_by <> requested_by", name="second_person"),
        CheckConstraint("(state = 'requested') = (decided_by IS NULL)", name="decided_by"),
        CheckConstraint("duty IN ('judge', 'mentor')", name="duty"),
        # What was refused may be asked for again, and so may what was approved before there was one more conflict.
        Index(
            "uq_conflict_overrides_requested",
            "assessment_id",
            "expert_id",
            "duty",
            unique=True,
            postgresql_where=text("state = 'requested'"),
        ),
        Index("ix_conflict_overrides_assessment_id", "assessment_id", "id"),
        Index("ix_conflict_overrides_expert_id", "expert_id", "id"),
        Index("ix_conflict_overrides_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assessments.id"))
    expert_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("experts.id"))
    duty: Mapped[str] = mapped_column(server_default=text("'judge'"))
    conflicts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=OVERRIDE.initial)
    requested_by: Mapped[str]
    decided_by: Mapped[str | None]
