"""Fill the panels of a cohort at once: who may sit where is gathered here, who does is decided by `domain/panels`."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain import panels
from app.domain.conflicts import Assessor
from app.domain.lifecycles import PANEL_MEMBER
from app.domain.panels import Assignment, Panel
from app.domain.reasons import Reason
from app.kernel.problems import Invalid
from app.kernel.writing import new_id
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.experts import Expert
from app.models.panels import PanelMember
from app.models.regions import Region
from app.schemas.assessments import ReasonRead
from app.schemas.panels import (
    BalanceRead,
    BarredRead,
    LoadRead,
    PanelsCreate,
    PanelsRead,
    SeatRead,
    ShortageRead,
)
from app.services.conflicts import Roll, mentorships_of, roll_of, told
from app.services.experts import simulated_in
from app.services.judging import rule_of
from app.services.panels import add, assessor_faults

# Panels that have not begun. Those that have are completed one by one, by who knows why.
FILLED = ("open", "submitted")


@dataclass(frozen=True, slots=True)
class _Place:
    """An assessment whose panel is to be filled, and its region."""

    assessment_id: UUID
    region_code: str
    region_name: str


async def fill(session: AsyncSession, cohort: Cohort, asked: PanelsCreate, *, actor: str) -> PanelsRead:
    """Fill the panels of a locked cohort up to the quorum, as fairly as can be; what stays open is reported.

    Raises `Invalid` with pointers for experts who are no active assessors, or simulated where the cohort is not. An
    override is a decision on one expert and one region, so nobody is assigned by one here.
    """
    places = await _places(session, cohort)
    candidates = await _candidates(session, cohort, asked.expert_ids)
    members = (
        await session.execute(
            select(PanelMember.assessment_id, PanelMember.expert_id)
            .join(Assessment, Assessment.id == PanelMember.assessment_id)
            .join(Candidacy, Candidacy.id == Assessment.candidacy_id)
            .where(Candidacy.cohort_code == cohort.code, PanelMember.state != "recused")
        )
    ).all()
    sitting: dict[UUID, list[str]] = {place.assessment_id: [] for place in places}
    elsewhere: Counter[str] = Counter()
    for assessment, expert in members:
        if assessment in sitting:
            sitting[assessment].append(str(expert))
        else:
            elsewhere[str(expert)] += 1
    roll = await roll_of(session, candidates | {expert for _, expert in members})
    may = {str(expert) for expert in candidates}
    assessors = [_limited(assessor, asked.max_load, may, elsewhere[assessor.code]) for assessor in roll.assessors]
    mentorships = await mentorships_of(session, {place.region_code for place in places}, cohort.code)
    to_fill = [
        Panel(
            assessment=str(place.assessment_id),
            region=place.region_code,
            mentorships=mentorships[place.region_code],
            members=tuple(sitting[place.assessment_id]),
        )
        for place in places
    ]
    # Hundreds of panels take a while; meanwhile other requests are answered.
    made = await asyncio.to_thread(panels.assign, to_fill, assessors, rule_of(cohort), seed=asked.seed)
    seats = [
        PanelMember(
            id=new_id(),
            assessment_id=UUID(seat.assessment),
            expert_id=UUID(seat.assessor),
            state=PANEL_MEMBER.initial,
            override_id=None,
        )
        for seat in made.seats
    ]
    await add(session, seats, reason=f"drawn with seed {asked.seed}", actor=actor)
    return _report(cohort, asked.seed, places, roll, made)


async def _places(session: AsyncSession, cohort: Cohort) -> list[_Place]:
    """Lock the assessments whose panels are to be filled; a region that left needs no panel."""
    rows = await session.execute(
        select(Assessment.id, Region.code, Region.name)
        .join(Candidacy, Candidacy.id == Assessment.candidacy_id)
        .join(Region, Region.code == Candidacy.region_code)
        .where(Candidacy.cohort_code == cohort.code, Candidacy.state != "withdrawn", Assessment.state.in_(FILLED))
        .order_by(Assessment.id)
        .with_for_update(of=Assessment)
    )
    return [_Place(*row) for row in rows]


async def _candidates(session: AsyncSession, cohort: Cohort, named: Sequence[UUID] | None) -> set[UUID]:
    """Return who may be assigned: those named, or every active assessor; no simulated one where the cohort is real."""
    if named is None:
        mine = select(Expert.id).where(Expert.active, Expert.roles.contains(["assessor"]))
        found = set(await session.scalars(mine))
        return found - await simulated_in(session, cohort, found)
    at = {f"/expert_ids/{index}": expert_id for index, expert_id in enumerate(named)}
    if faults := await assessor_faults(session, cohort, at):
        raise Invalid(errors=faults)
    return set(named)


def _limited(assessor: Assessor, max_load: int | None, may: set[str], elsewhere: int) -> Assessor:
    """Bound the seats of an assessor: whoever only sits already, and is not to be assigned, gets none."""
    return replace(assessor, most=max_load if assessor.code in may else 0, elsewhere=elsewhere)


def _report(cohort: Cohort, seed: int, places: Sequence[_Place], roll: Roll, made: Assignment) -> PanelsRead:
    place_of = {str(place.assessment_id): place for place in places}
    institution_of = {assessor.code: roll.names[assessor.institution] for assessor in roll.assessors}

    def where(assessment: str) -> dict[str, object]:
        place = place_of[assessment]
        return {
            "assessment_id": place.assessment_id,
            "region_code": place.region_code,
            "region_name": place.region_name,
        }

    def who(expert: str) -> dict[str, object]:
        return {"expert_id": UUID(expert), "expert_name": roll.names[expert]}

    def why(found: Reason) -> ReasonRead:
        return ReasonRead(**told(roll.named(found)))

    seats = [
        SeatRead(**where(seat.assessment), **who(seat.assessor), institution_name=institution_of[seat.assessor])
        for seat in made.seats
    ]
    shortages = [
        ShortageRead(
            **where(shortage.assessment),
            missing=shortage.missing,
            reason=why(shortage.reason),
            barred=[
                BarredRead(**who(expert), conflicts=[why(found) for found in reasons])
                for expert, reasons in shortage.barred
            ],
        )
        for shortage in made.shortages
    ]
    loads = [
        LoadRead(
            **who(load.assessor),
            institution_name=institution_of[load.assessor],
            before=load.before,
            after=load.after,
            barred=load.barred,
        )
        for load in made.balance.loads
    ]
    balance = made.balance
    return PanelsRead(
        cohort_code=cohort.code,
        seed=seed,
        seats=sorted(seats, key=lambda seat: (seat.region_code, seat.expert_name, seat.expert_id)),
        shortages=sorted(shortages, key=lambda shortage: shortage.region_code),
        balance=BalanceRead(
            least=balance.least,
            most=balance.most,
            mean=balance.mean,
            loads=sorted(loads, key=lambda load: (load.expert_name, load.expert_id)),
        ),
    )
