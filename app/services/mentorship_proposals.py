"""Propose who mentors whom: what is known is gathered here, who is proposed is decided by `domain/assignment`."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import Response

from app.domain import assignment
from app.domain.assignment import Mentee, Mentor, Proposal, Weights
from app.domain.mentorships import WINDOW, usual_end
from app.domain.reasons import Reason
from app.domain.windows import local_day
from app.kernel.formats import JSON
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Invalid
from app.kernel.reading import Reading
from app.models.panels import UNKNOWN_EXPERT
from app.schemas.assessments import ReasonRead
from app.schemas.mentorships import (
    BarredMentorRead,
    MentorLoadRead,
    MentorshipItemRead,
    MentorshipProposalQuery,
    MentorshipProposalRead,
    ProposedMentorRead,
    UnassignedRegionRead,
)
from app.services.mentorship_facts import FACTS, Expert, Facts, read
from app.services.mentorships import TAKES_MENTORS

# By whose clock a mentorship begins today, where the calendar has no window for it: the ministry's.
_MINISTRY = "Asia/Jakarta"
_NOT_MENTOR = Text(en="One of these is not an active mentor.", id="Salah satu dari ini bukan pembimbing yang aktif.")
_SIMULATED = Text(
    en="One of these is simulated, and the cohort is not. Name real mentors.",
    id="Salah satu dari ini hanya simulasi, sedangkan tahap ini bukan simulasi. Pilih pembimbing yang nyata.",
)


async def tell(reading: Reading[MentorshipProposalQuery], code: str, moment: datetime) -> Response:
    """Answer a proposal for a visible cohort: a mentor for every region that has signed and has none.

    Raises `Invalid` for mentors named who are unknown, no active mentors, or simulated where the cohort is not.
    """
    facts, seed = read(await reading.value(FACTS, code)), reading.query.seed
    mentors = _mentors(facts, reading.query.mentors)
    # Exact answers to hundreds of regions take a while; meanwhile other requests are answered.
    made = await asyncio.to_thread(_propose, facts, mentors, seed)
    told = _tell(code, seed, facts, made, _period(facts, moment))
    return Response(told.model_dump_json(), media_type=JSON)


def _mentors(facts: Facts, named: tuple[UUID, ...] | None) -> Mapping[str, Expert]:
    if named is None:
        return {one: expert for one, expert in facts.experts.items() if expert.person.may("mentor")}
    ids = dict.fromkeys(map(str, named))
    if not ids.keys() <= facts.experts.keys():
        raise Invalid(errors=[FieldError(parameter="mentors", code="invalid_reference", message=UNKNOWN_EXPERT)])
    if any(facts.experts[one].person.simulated for one in ids):
        raise Invalid(errors=[FieldError(parameter="mentors", code="simulated_expert", message=_SIMULATED)])
    if not all(facts.experts[one].person.may("mentor") for one in ids):
        raise Invalid(errors=[FieldError(parameter="mentors", code="not_mentor", message=_NOT_MENTOR)])
    return {one: facts.experts[one] for one in ids}


def _propose(facts: Facts, mentors: Mapping[str, Expert], seed: int) -> Proposal:
    waiting = [region for region in facts.regions.values() if region.state in TAKES_MENTORS and not region.mentored]
    most, weights = facts.rules.most_per_mentor, facts.rules.weights
    barred = set()
    for region in waiting:
        for one in mentors.keys() & region.panel:
            found, override = region.conflicts(one)
            if found and override is None:
                barred.add((region.code, one))
    return assignment.propose(
        [Mentee(region.code, region.place, region.needs) for region in waiting],
        [Mentor(one, who.place, who.dimensions, who.held, most) for one, who in mentors.items()],
        Weights(weights.load, weights.misfit, weights.distance),
        barred,
        seed=seed,
    )


def _period(facts: Facts, moment: datetime) -> tuple[date, date]:
    """Return the window of the cohort's calendar, else the usual time from today on."""
    for window in facts.calendar:
        if window.code == WINDOW:
            return window.starts_on, window.ends_on
    today = local_day(moment, _MINISTRY)
    return today, usual_end(today)


def _tell(code: str, seed: int, facts: Facts, made: Proposal, period: tuple[date, date]) -> MentorshipProposalRead:
    candidacy_of = {region.code: one for one, region in facts.regions.items()}
    starts_on, ends_on = period

    def where(region: str) -> dict[str, Any]:
        candidacy = candidacy_of[region]
        return {
            "candidacy_id": UUID(candidacy),
            "region_code": region,
            "region_name": facts.regions[candidacy].name,
        }

    def who(expert: str) -> dict[str, Any]:
        return {"expert_id": UUID(expert), "expert_name": facts.experts[expert].name}

    return MentorshipProposalRead(
        cohort_code=code,
        seed=seed,
        items=[
            MentorshipItemRead(
                candidacy_id=UUID(candidacy_of[choice.region]),
                institution_id=UUID(facts.experts[choice.mentor].person.institution),
                lead_mentor_id=UUID(choice.mentor),
                facilitator_ids=[],
                starts_on=starts_on,
                ends_on=ends_on,
            )
            for choice in made.choices
        ],
        choices=[
            ProposedMentorRead(
                **where(choice.region),
                lead_mentor_id=UUID(choice.mentor),
                lead_mentor_name=facts.experts[choice.mentor].name,
                institution_name=facts.experts[choice.mentor].institution_name,
                km=choice.km,
                uncovered=list(choice.uncovered),
                cost=choice.cost,
                reason=_named(facts, choice.reason),
            )
            for choice in made.choices
        ],
        unassigned=[
            UnassignedRegionRead(
                **where(shortage.region),
                reason=_named(facts, shortage.reason),
                barred=[BarredMentorRead(**who(expert)) for expert in shortage.barred],
                rivals=list(shortage.rivals),
            )
            for shortage in made.shortages
        ],
        loads=sorted(
            (
                MentorLoadRead(
                    **who(load.mentor),
                    institution_name=facts.experts[load.mentor].institution_name,
                    before=load.before,
                    after=load.after,
                    most=load.most,
                )
                for load in made.loads
            ),
            key=lambda load: (load.expert_name, load.expert_id),
        ),
        cost=made.cost,
    )


def _named(facts: Facts, found: Reason) -> ReasonRead:
    """Put names in the place of ids: the rules know mentors by these, people by those."""
    en, indonesian = found.text_en, found.text_id
    for value in found.params.values():
        for part in value if isinstance(value, tuple) else (value,):
            if (expert := facts.experts.get(str(part))) is not None:
                en, indonesian = en.replace(str(part), expert.name), indonesian.replace(str(part), expert.name)
    return ReasonRead(code=found.code, text_en=en, text_id=indonesian)
