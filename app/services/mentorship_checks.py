"""Whether experts may mentor a region: they can, they have no conflict of interest, and they have room for it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.mentorships import Team, overload, team_problems
from app.domain.reasons import Problem
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Invalid, field_errors
from app.models.institutions import Institution
from app.models.mentorships import UNKNOWN_INSTITUTION
from app.models.panels import UNKNOWN_EXPERT
from app.services.conflicts import ConflictOfInterest, told
from app.services.mentorship_facts import Facts


class MentorFull(Conflict):
    """The mentor leads as many regions of the cohort as its rules allow."""

    code = "mentor_full"
    title = Text(en="Mentor full", id="Pembimbing sudah penuh")
    help = Text(
        en="The mentor would lead more regions than the cohort's `mentoring_rules` allow. Name another mentor.",
        id="Pembimbing akan memimpin lebih banyak daerah daripada batas `mentoring_rules` tahap. Pilih yang lain.",
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is to mentor one candidacy; `pointer` leads to where the request speaks of it."""

    candidacy: str
    team: Team
    pointer: str = ""

    def people(self) -> Iterator[tuple[str, str]]:
        """Yield each expert with a pointer to it, the lead mentor first."""
        yield f"{self.pointer}/lead_mentor_id", self.team.lead
        for index, expert in enumerate(self.team.facilitators):
            yield f"{self.pointer}/facilitator_ids/{index}", expert


async def require_sense(session: AsyncSession, facts: Facts, wanted: Sequence[Asked]) -> None:
    """Raise `Invalid`, pointing at who is unknown or may not mentor, and at periods that make no sense."""
    named = {UUID(one.team.institution) for one in wanted}
    institutions = set(map(str, await session.scalars(select(Institution.id).where(Institution.id.in_(named)))))
    people = {expert: known.person for expert, known in facts.experts.items()}
    faults = []
    for one in wanted:
        unknown = [
            FieldError(pointer=pointer, code="invalid_reference", message=UNKNOWN_EXPERT)
            for pointer, expert in one.people()
            if expert not in people
        ]
        if one.team.institution not in institutions:
            pointer = f"{one.pointer}/institution_id"
            unknown.append(FieldError(pointer=pointer, code="invalid_reference", message=UNKNOWN_INSTITUTION))
        faults += unknown or field_errors(team_problems(one.team, people), one.pointer)
    if faults:
        raise Invalid(errors=faults)


def require_free(facts: Facts, wanted: Sequence[Asked]) -> list[list[UUID]]:
    """Return for each the overrides by which its experts may mentor in spite of a conflict of interest.

    Raises `ConflictOfInterest`, pointing at every expert whom none covers.
    """
    faults: list[FieldError] = []
    listed: dict[str, dict[str, str]] = {}
    overrides = []
    for one in wanted:
        taken = []
        for pointer, expert in one.people():
            found, override = facts.regions[one.candidacy].conflicts(expert)
            if override is not None:
                taken.append(override)
            else:
                faults += field_errors(Problem(pointer, reason) for reason in found)
                listed |= {reason.code: told(reason) for reason in found}
        overrides.append(taken)
    if faults:
        raise ConflictOfInterest(errors=faults, conflicts=list(listed.values()))
    return overrides


def require_room(facts: Facts, wanted: Sequence[Asked]) -> None:
    """Raise `MentorFull`, pointing at every lead mentor for whom these are too many beside those held already."""
    added = Counter(one.team.lead for one in wanted)
    most = facts.rules.most_per_mentor
    full = {lead: overload(facts.experts[lead].held, count, most) for lead, count in added.items()}
    faults = [
        Problem(f"{one.pointer}/lead_mentor_id", reason)
        for one in wanted
        if (reason := full[one.team.lead]) is not None
    ]
    if faults:
        raise MentorFull(errors=field_errors(faults))
