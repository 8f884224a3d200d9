"""Conflicts of interest: what is known of an expert and a region, held against the rules.

The rules speak of ids, people read names; `Roll.named` puts the one for the other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.conflicts import Assessor, Mentorship, conflicts, mentoring_conflicts
from app.domain.permissions import Permission
from app.domain.reasons import Param, Reason, reason
from app.kernel.messages import Text
from app.kernel.problems import Conflict
from app.kernel.writing import Writing, new_id
from app.models import mentorships
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.experts import Expert
from app.models.institutions import Institution
from app.models.panels import ConflictDeclaration, ConflictOverride, PanelMember
from app.models.reviews import Review
from app.schemas.panels import ConflictDeclarationCreate, Duty


class ConflictOfInterest(Conflict):
    """The expert has a conflict of interest in the region; `conflicts` lists every one."""

    code = "conflict_of_interest"
    title = Text(en="Conflict of interest", id="Benturan kepentingan")
    help = Text(
        en="The expert may not do this for this region: see `conflicts`. Name another one, or ask for an override.",
        id="Pakar ini tidak boleh bertugas di daerah ini: lihat `conflicts`. Pilih yang lain, atau minta pengecualian.",
    )


@dataclass(frozen=True, slots=True)
class Roll:
    """Experts as the rules take them, and the names behind the ids."""

    assessors: tuple[Assessor, ...]
    names: Mapping[str, str]

    def named(self, found: Reason) -> Reason:
        """Return the reason with names in the place of ids."""
        return reason(found.code, **{name: self._named(value) for name, value in found.params.items()})

    def _named(self, value: Param) -> Param:
        if isinstance(value, tuple):
            return tuple(sorted(self.names.get(str(part), str(part)) for part in value))
        return value if isinstance(value, int) else self.names.get(value, value)


def told(found: Reason) -> dict[str, str]:
    """Return a reason as it is stored and shown."""
    return {"code": found.code, "text_en": found.text_en, "text_id": found.text_id}


async def roll_of(session: AsyncSession, expert_ids: Collection[UUID]) -> Roll:
    """Return these experts, with the conflicts of interest they declared."""
    columns = (Expert.id, Expert.name, Expert.institution_id, Institution.name, Expert.home_region_code)
    rows = (
        await session.execute(
            select(*columns)
            .join(Institution, Institution.id == Expert.institution_id)
            .where(Expert.id.in_(expert_ids))
            .order_by(Expert.id)
        )
    ).all()
    declared: dict[UUID, set[str]] = {}
    declarations = select(ConflictDeclaration.expert_id, ConflictDeclaration.region_code)
    for expert_id, region in await session.execute(declarations.where(ConflictDeclaration.expert_id.in_(expert_ids))):
        declared.setdefault(expert_id, set()).add(region)
    names: dict[str, str] = {}
    assessors = []
    for expert_id, name, institution_id, institution, home_region in rows:
        names |= {str(expert_id): name, str(institution_id): institution}
        assessors.append(
            Assessor(
                code=str(expert_id),
                institution=str(institution_id),
                home_region=home_region,
                declared=frozenset(declared.get(expert_id, ())),
            )
        )
    return Roll(tuple(assessors), names)


async def mentorships_of(
    session: AsyncSession, region_codes: Iterable[str], cohort_code: str
) -> dict[str, tuple[Mentorship, ...]]:
    """Return who mentored each of these regions, in any cohort, even if it ended early or they left it.

    Of rehearsals only that of `cohort_code` counts: what is rehearsed elsewhere did not happen. The parties of a
    memorandum are words on a paper, not institutions of the register; they do not count.
    """
    found: dict[str, list[Mentorship]] = {code: [] for code in region_codes}
    rows = await session.execute(
        select(Candidacy.region_code, Candidacy.cohort_code, mentorships.Mentorship)
        .join(mentorships.Mentorship, mentorships.Mentorship.candidacy_id == Candidacy.id)
        .join(Cohort, Cohort.code == Candidacy.cohort_code)
        .where(Candidacy.region_code.in_(found), Cohort.simulation.is_(False) | (Cohort.code == cohort_code))
        .order_by(mentorships.Mentorship.id)
    )
    for region, cohort, row in rows:
        people = frozenset(map(str, (row.lead_mentor_id, *row.facilitator_ids, *row.former_mentor_ids)))
        found[region].append(Mentorship(cohort, str(row.institution_id), people))
    return {region: tuple(history) for region, history in found.items()}


async def find(
    session: AsyncSession, assessment: Assessment, expert_id: UUID, duty: Duty = "judge"
) -> list[dict[str, str]]:
    """Tell every conflict of interest that keeps the expert today from judging, or from mentoring, that region."""
    if duty == "mentor":
        judged = exists().where(
            Review.assessment_id == PanelMember.assessment_id,
            Review.expert_id == PanelMember.expert_id,
            Review.submitted_at.is_not(None),
        )
        panel = select(PanelMember.expert_id).filter_by(assessment_id=assessment.id)
        judging = await session.scalars(panel.where((PanelMember.state != "recused") | judged))
        return [told(found) for found in mentoring_conflicts(str(expert_id), set(map(str, judging)))]
    candidacy = await session.get_one(Candidacy, assessment.candidacy_id)
    region = candidacy.region_code
    roll = await roll_of(session, [expert_id])
    mentored = await mentorships_of(session, [region], candidacy.cohort_code)
    return [told(roll.named(found)) for found in conflicts(roll.assessors[0], region, mentored[region])]


async def check(session: AsyncSession, assessment: Assessment, expert_id: UUID) -> UUID | None:
    """Raise `ConflictOfInterest` unless the expert may judge; return the override by which, if it takes one."""
    found = await find(session, assessment, expert_id)
    if not found:
        return None
    override = await override_for(session, assessment, expert_id, found)
    if override is None:
        raise ConflictOfInterest(conflicts=found)
    return override


async def declared_on(session: AsyncSession, assessment: Assessment) -> list[UUID]:
    """Return who of the panel judged with a conflict of interest on record by now that no approved override covers.

    Other conflicts were looked for before they judged; that a university mentors the region later takes back no review.
    """
    judged = await session.scalars(
        select(PanelMember.expert_id)
        .join(ConflictDeclaration, ConflictDeclaration.expert_id == PanelMember.expert_id)
        .join(Candidacy, Candidacy.region_code == ConflictDeclaration.region_code)
        .where(Candidacy.id == assessment.candidacy_id, PanelMember.assessment_id == assessment.id)
        .where(PanelMember.state == "submitted")
        .order_by(PanelMember.expert_id)
    )
    on_record = [told(reason("conflict_declared"))]
    return [
        expert_id for expert_id in judged.all() if await override_for(session, assessment, expert_id, on_record) is None
    ]


async def override_for(
    session: AsyncSession,
    assessment: Assessment,
    expert_id: UUID,
    found: Sequence[Mapping[str, str]],
    duty: Duty = "judge",
) -> UUID | None:
    """Return the approved override that covers every conflict found; None when one of them is new or there is none."""
    approved = await session.execute(
        select(ConflictOverride.id, ConflictOverride.conflicts)
        .where(
            ConflictOverride.assessment_id == assessment.id,
            ConflictOverride.expert_id == expert_id,
            ConflictOverride.duty == duty,
            ConflictOverride.state == "approved",
        )
        .order_by(ConflictOverride.id.desc())
    )
    codes = {conflict["code"] for conflict in found}
    return next((id_ for id_, covered in approved if codes <= {conflict["code"] for conflict in covered}), None)


async def declare(writing: Writing, asked: ConflictDeclarationCreate) -> ConflictDeclaration:
    """Put a conflict of interest on record: an expert's own, or at an officer's word anyone's."""
    own = writing.principal.expert == asked.expert_id
    writing.require(Permission.REVIEWS_WRITE if own else Permission.PANELS_WRITE)
    declaration = ConflictDeclaration(id=new_id(), **asked.model_dump())
    writing.session.add(declaration)
    await writing.session.flush()
    return declaration


async def note(session: AsyncSession, assessment: Assessment, expert_id: UUID, reason_given: str) -> None:
    """Put the conflict of interest of an expert who steps aside on record, if it is not there yet."""
    region = select(Candidacy.region_code).where(Candidacy.id == assessment.candidacy_id).scalar_subquery()
    values = {"id": new_id(), "expert_id": expert_id, "region_code": region, "reason": reason_given}
    await session.execute(insert(ConflictDeclaration).values(values).on_conflict_do_nothing())
