"""Master plans: what a region wants to become in five to ten years, from the draft to the regulation."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycles import MASTER_PLAN
from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict
from app.kernel.tables import Base, Recorded, one_of_states

REGULATION = ("kind", "number", "year", "date", "document")


class PlanExists(Conflict):
    """The candidacy has a plan in the making already."""

    code = "plan_exists"
    title = Text(en="Plan exists", id="Rencana sudah ada")
    help = Text(
        en="The candidacy has a plan that is not enacted yet. Work on that one; it is in the list of its plans.",
        id="Pencalonan ini punya rencana yang belum ditetapkan. Lanjutkan yang itu; ada di daftar rencananya.",
    )


class PlanInForce(Conflict):
    """Another plan is in force in the region."""

    code = "plan_in_force"
    title = Text(en="Plan in force", id="Ada rencana yang berlaku")
    help = Text(
        en="Another plan is in force in this region. Only a plan that revises it (`revises_id`) can take its place.",
        id="Rencana lain sedang berlaku di daerah ini. Hanya revisinya (`revises_id`) yang dapat menggantikannya.",
    )


class RegulationTaken(Conflict):
    """Another plan of the region was enacted by this regulation."""

    code = "regulation_taken"
    title = Text(en="Regulation taken", id="Peraturan sudah dipakai")
    help = Text(
        en="Another plan of this region was enacted by this regulation. Give the number of its own.",
        id="Rencana lain di daerah ini ditetapkan dengan peraturan itu. Berikan nomor peraturannya sendiri.",
    )


_UNKNOWN_TEMPLATE = Text(en="There is no such edition of a template.", id="Edisi templat ini tidak ada.")
constraint_problem("uq_master_plans_candidacy_id", PlanExists)
constraint_problem("uq_master_plans_region_code", PlanInForce)
constraint_problem("uq_master_plans_regulation", RegulationTaken)
constraint_problem(
    "fk_master_plans_template_code_template_edition",
    FieldError(pointer="/template", code="invalid_reference", message=_UNKNOWN_TEMPLATE),
)


class MasterPlan(Recorded, Base):
    """One plan. Its version covers its initiatives: to change one changes the plan.

    `region_code` is that of its candidacy; the database keeps them equal. `revises_id` is the plan in force whose place
    it takes when it is enacted. From `accepted_at` on everyone may read it. `rehearsal` is the code of a simulated
    cohort, null in earnest: what is rehearsed is in force in its own rehearsal only.
    """

    __tablename__ = "master_plans"
    __table_args__ = (
        ForeignKeyConstraint(["candidacy_id", "region_code"], ["candidacies.id", "candidacies.region_code"]),
        ForeignKeyConstraint(["template_code", "template_edition"], ["plan_templates.code", "plan_templates.edition"]),
        CheckConstraint(one_of_states(MASTER_PLAN), name="state"),
        CheckConstraint("last_year - first_year BETWEEN 4 AND 9", name="horizon"),
        CheckConstraint("revises_id <> id", name="revises"),
        CheckConstraint("state IN ('draft', 'returned') OR submitted_at IS NOT NULL", name="submitted_at"),
        CheckConstraint(
            "(state IN ('accepted', 'enacted', 'superseded')) = (accepted_at IS NOT NULL)", name="accepted_at"
        ),
        CheckConstraint(
            "num_nulls(regulation_kind, regulation_number, regulation_year, regulation_date) IN (0, 4)",
            name="regulation",
        ),
        CheckConstraint(
            "(state IN ('enacted', 'superseded')) = (regulation_number IS NOT NULL)", name="regulation_number"
        ),
        CheckConstraint(
            "regulation_kind IN ('regional_regulation', 'regent_regulation', 'mayor_regulation')",
            name="regulation_kind",
        ),
        CheckConstraint("extract(year FROM regulation_date) = regulation_year", name="regulation_year"),
        Index(
            "uq_master_plans_candidacy_id",
            "candidacy_id",
            unique=True,
            postgresql_where=text("state NOT IN ('enacted', 'superseded')"),
        ),
        # One plan in force per region at a time.
        Index(
            "uq_master_plans_region_code",
            "region_code",
            "rehearsal",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state = 'enacted'"),
        ),
        Index(
            "uq_master_plans_regulation",
            "region_code",
            "rehearsal",
            "regulation_kind",
            "regulation_number",
            "regulation_year",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("regulation_number IS NOT NULL"),
        ),
        Index("ix_master_plans_candidacy_id_region_code", "candidacy_id", "region_code"),
        Index("ix_master_plans_region_code_id", "region_code", "id"),
        Index("ix_master_plans_revises_id", "revises_id"),
        Index("ix_master_plans_template_code_template_edition", "template_code", "template_edition"),
        Index("ix_master_plans_created_at_id", "created_at", "id"),
        Index("ix_master_plans_updated_at_id", "updated_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    candidacy_id: Mapped[uuid.UUID]
    region_code: Mapped[str]
    rehearsal: Mapped[str | None]
    title: Mapped[str]
    vision: Mapped[str | None]
    objectives: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    first_year: Mapped[int] = mapped_column(SmallInteger)
    last_year: Mapped[int] = mapped_column(SmallInteger)
    template_code: Mapped[str]
    template_edition: Mapped[int] = mapped_column(Integer)
    parts: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    regional_plan: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    revises_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("master_plans.id"))
    state: Mapped[str] = mapped_column(server_default=MASTER_PLAN.initial)
    submitted_at: Mapped[dt.datetime | None]
    accepted_at: Mapped[dt.datetime | None]
    regulation_kind: Mapped[str | None]
    regulation_number: Mapped[str | None]
    regulation_year: Mapped[int | None] = mapped_column(SmallInteger)
    regulation_date: Mapped[dt.date | None]
    regulation_document: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    @property
    def template(self) -> dict[str, Any]:
        """The edition of the template to which it is written, as `{code, edition}`."""
        return {"code": self.template_code, "edition": self.template_edition}

    @template.setter
    def template(self, edition: Mapping[str, Any]) -> None:
        self.template_code, self.template_edition = edition["code"], edition["edition"]

    def enact(self, regulation: Mapping[str, Any]) -> None:
        """Set the regulation, as `{kind, number, year, date, document}`."""
        for name in REGULATION:
            setattr(self, f"regulation_{name}", regulation.get(name))


class PlanVersion(Recorded, Base):
    """The plan as it was at one moment, never changed after: `content` is the canonical JSON that was hashed."""

    __tablename__ = "plan_versions"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        CheckConstraint("number > 0", name="number"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("master_plans.id"))
    number: Mapped[int] = mapped_column(Integer)
    content: Mapped[str]
    content_sha256: Mapped[str]
    reason: Mapped[str]
    made_by: Mapped[str]
