"""Plan templates: which books, chapters and parts a master plan has, in editions that never change once one is used."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.constraints import constraint_problem
from app.kernel.editions import Editioned
from app.kernel.messages import Text
from app.kernel.problems import Conflict
from app.kernel.tables import Base


class PlanTemplateEditionTaken(Conflict):
    """Somebody else made the next edition at the same moment."""

    code = "plan_template_edition_taken"
    title = Text(en="Edition taken", id="Edisi sudah dipakai")
    help = Text(
        en="Somebody made this edition of the template at the same moment. Read it, and send yours again if need be.",
        id="Edisi templat ini dibuat orang lain pada saat yang sama. Bacalah, lalu kirim lagi bila punya Anda berbeda.",
    )


constraint_problem("uq_plan_templates_code_edition", PlanTemplateEditionTaken)


class PlanTemplate(Editioned, Base):
    """One edition of one template; `books` is a list of `{code, name_en, name_id, chapters}`. See `frozen_at`."""

    __tablename__ = "plan_templates"
    __table_args__ = (
        UniqueConstraint("code", "edition"),
        CheckConstraint("edition > 0", name="edition"),
        Index("ix_plan_templates_code_id", "code", "id"),
        Index("ix_plan_templates_edition_id", "edition", "id"),
    )

    source: Mapped[str | None]
    books: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
