"""Record mentorships, one or many, and change who mentors and when.

Every write locks the cohort first, so that loads are counted one writer at a time; then the candidacies, then the
mentorships.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import MENTORSHIP, WORKSHOP
from app.domain.mentorships import WORKSHOPS, Team
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Invalid
from app.kernel.transitions import enter
from app.kernel.writing import IfMatch, Writing, new_id
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.mentorships import Mentorship, MentorshipExists
from app.models.workshops import Session, Workshop
from app.projections.mentorships import MENTORSHIPS
from app.schemas.mentorships import (
    MentorshipItem,
    MentorshipsCreate,
    MentorshipsRecorded,
    MentorshipUpdate,
    RecordedMentorshipRead,
)
from app.services.candidacies import NOT_IN_COHORT, lock_above, require_candidacies, require_state
from app.services.mentorship_checks import Asked, require_free, require_room, require_sense
from app.services.mentorship_facts import MENTORING, Facts, of_cohort

RESOURCE = "mentorships"
# A candidacy is mentored from its memorandum on; one that is mentored already may get another mentor.
TAKES_MENTORS = ("mou_signed", "mentoring", "plan_submitted")
# Until it is over, who mentors and when may change.
RUNNING = ("assigned", "active")
_TWICE = Text(en="The same candidacy is named twice.", id="Pencalonan yang sama disebut dua kali.")
_HAS_ONE = Text(
    en="This candidacy has a mentorship that did not end.", id="Pencalonan ini punya pendampingan yang belum diakhiri."
)
_SESSION_OUTSIDE = Text(
    en="A session was held outside this period. Let the mentorship include it.",
    id="Ada sesi yang diadakan di luar masa ini. Buat masa pendampingan mencakupnya.",
)


class MentorshipOver(Conflict):
    """A mentorship that is completed or has ended does not change any more."""

    code = "mentorship_over"
    title = Text(en="Mentorship over", id="Pendampingan sudah selesai")
    help = Text(
        en="A mentorship that is completed or has ended stays as it is. Record a new one if the region needs it.",
        id="Pendampingan yang selesai atau diakhiri tetap apa adanya. Rekam yang baru bila daerah memerlukannya.",
    )


class Locked(NamedTuple):
    """A mentorship and what it belongs to, locked until the transaction ends."""

    cohort: Cohort
    candidacy: Candidacy
    mentorship: Mentorship


async def lock(writing: Writing, mentorship_id: UUID, if_match: IfMatch) -> Locked:
    """Lock a mentorship that the principal sees, with its cohort and candidacy before it; raise `NotFound`."""
    session = writing.session
    cohort, candidacy = await lock_above(session, Mentorship, mentorship_id)
    return Locked(cohort, candidacy, await writing.fetch(Mentorship, MENTORSHIPS, if_match=if_match, id=mentorship_id))


async def record(session: AsyncSession, cohort: Cohort, asked: MentorshipsCreate, *, actor: str) -> MentorshipsRecorded:
    """Record mentorships in a locked cohort, all or none, with the four workshops of each.

    Raises `CohortNotReady`, `Invalid`, `CandidacyNotReady`, `MentorshipExists`, `ConflictOfInterest` or `MentorFull`;
    each points at the items concerned.
    """
    require_state(cohort, *MENTORING)
    candidacies = await _lock_candidacies(session, cohort, asked.items)
    facts = await of_cohort(session, cohort.code)
    wanted = [Asked(str(item.candidacy_id), _team(item), f"/items/{index}") for index, item in enumerate(asked.items)]
    await require_sense(session, facts, wanted)
    at = {f"{one.pointer}/candidacy_id": one.candidacy for one in wanted}
    require_candidacies([(pointer, candidacies[one]) for pointer, one in at.items()], *TAKES_MENTORS)
    if faults := [
        FieldError(pointer=pointer, code=MentorshipExists.code, message=_HAS_ONE)
        for pointer, one in at.items()
        if facts.regions[one].mentored
    ]:
        raise MentorshipExists(errors=faults)
    overrides = require_free(facts, wanted)
    require_room(facts, wanted)
    rows = [
        Mentorship(id=new_id(), state=MENTORSHIP.initial, override_ids=taken, **item.model_dump())
        for item, taken in zip(asked.items, overrides, strict=True)
    ]
    await _add(session, rows, asked.reason, actor)
    return _report(cohort, facts, rows)


async def update(writing: Writing, mentorship_id: UUID, if_match: IfMatch, patch: MentorshipUpdate) -> None:
    """Change who mentors and when.

    Raises `MentorshipOver` when it comes too late, `Invalid` also for a period without one of its sessions, and
    `ConflictOfInterest` or `MentorFull` as when it was recorded.
    """
    session = writing.session
    cohort, candidacy, mentorship = await lock(writing, mentorship_id, if_match)
    if mentorship.state not in RUNNING:
        raise MentorshipOver(state=mentorship.state)
    lead, before = mentorship.lead_mentor_id, _people(mentorship)
    facts = await of_cohort(session, cohort.code)
    patch.apply(mentorship)
    if mentorship.state == "active":
        mentorship.former_mentor_ids = sorted((before | set(mentorship.former_mentor_ids)) - _people(mentorship))
    # What makes no sense is told with its pointers before the database sees it.
    with session.no_autoflush:
        wanted = [Asked(str(candidacy.id), _team(mentorship))]
        await require_sense(session, facts, wanted)
        (mentorship.override_ids,) = require_free(facts, wanted)
        if mentorship.lead_mentor_id != lead:
            require_room(facts, wanted)
        await _require_sessions_inside(session, mentorship)


async def _lock_candidacies(
    session: AsyncSession, cohort: Cohort, items: Sequence[MentorshipItem]
) -> Mapping[str, Candidacy]:
    """Lock and return the candidacies of the items; raise `Invalid` for one of another cohort or that comes twice."""
    ids = [item.candidacy_id for item in items]
    locked = await session.scalars(
        select(Candidacy)
        .where(Candidacy.id.in_(ids), Candidacy.cohort_code == cohort.code)
        .order_by(Candidacy.id)
        .with_for_update()
    )
    rows = {row.id: row for row in locked}
    faults = []
    for index, one in enumerate(ids):
        pointer = f"/items/{index}/candidacy_id"
        if one not in rows:
            faults.append(FieldError(pointer=pointer, code="invalid_reference", message=NOT_IN_COHORT))
        elif one in ids[:index]:
            faults.append(FieldError(pointer=pointer, code="duplicate", message=_TWICE))
    if faults:
        raise Invalid(errors=faults)
    return {str(one): row for one, row in rows.items()}


def _people(mentorship: Mentorship) -> set[UUID]:
    return {mentorship.lead_mentor_id, *mentorship.facilitator_ids}


def _team(said: MentorshipItem | Mentorship) -> Team:
    return Team(
        institution=str(said.institution_id),
        lead=str(said.lead_mentor_id),
        facilitators=tuple(map(str, said.facilitator_ids)),
        starts_on=said.starts_on,
        ends_on=said.ends_on,
    )


async def _add(session: AsyncSession, rows: Sequence[Mentorship], reason: str, actor: str) -> None:
    session.add_all(rows)
    await session.flush()
    moves = [(str(row.id), None, row.state) for row in rows]
    await enter(session, RESOURCE, moves, reason=reason, actor=actor)
    workshops = [
        Workshop(id=new_id(), mentorship_id=row.id, number=number, outputs={}, state=WORKSHOP.initial)
        for row in rows
        for number in WORKSHOPS
    ]
    session.add_all(workshops)
    await session.flush()
    moves = [(str(workshop.id), None, workshop.state) for workshop in workshops]
    await enter(session, "workshops", moves, reason=reason, actor=actor)


async def _require_sessions_inside(session: AsyncSession, mentorship: Mentorship) -> None:
    held = select(Session.date).join(Workshop, Workshop.id == Session.workshop_id)
    days = (await session.scalars(held.where(Workshop.mentorship_id == mentorship.id))).all()
    faults = []
    if any(day < mentorship.starts_on for day in days):
        faults.append(FieldError(pointer="/starts_on", code="session_outside", message=_SESSION_OUTSIDE))
    if any(day > mentorship.ends_on for day in days):
        faults.append(FieldError(pointer="/ends_on", code="session_outside", message=_SESSION_OUTSIDE))
    if faults:
        raise Invalid(errors=faults)


def _report(cohort: Cohort, facts: Facts, rows: Sequence[Mentorship]) -> MentorshipsRecorded:
    items = []
    for row in rows:
        region = facts.regions[str(row.candidacy_id)]
        items.append(
            RecordedMentorshipRead(
                mentorship_id=row.id,
                candidacy_id=row.candidacy_id,
                region_code=region.code,
                region_name=region.name,
                institution_id=row.institution_id,
                lead_mentor_id=row.lead_mentor_id,
                state=MENTORSHIP.initial,
            )
        )
    return MentorshipsRecorded(cohort_code=cohort.code, recorded=len(items), items=items)
