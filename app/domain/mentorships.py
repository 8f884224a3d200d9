"""The mentorship: who may mentor and facilitate, for how long, and how many regions one mentor leads.

A region is accompanied by one institution. Its lead mentor is an active mentor of that institution; facilitators are
active facilitators or mentors of whatever institution. From `starts_on` to `ends_on`, both included, is three years at
most: a plan that took longer to write would be out of date.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.quick_wins import add_months
from app.domain.reasons import Problem, Reason, problem, reason
from app.domain.workshops import DOCUMENTS

MOST_MONTHS = 36
# How long a mentorship is proposed to last where the cohort's calendar does not say.
USUAL_MONTHS = 12
# The window of a cohort's calendar in which its regions are mentored.
WINDOW = "mentoring"
WORKSHOPS = tuple(DOCUMENTS)  # by number, in their order


@dataclass(frozen=True, slots=True)
class Person:
    """An expert who may be asked to mentor; `simulated` is one who is made up, where the cohort is not."""

    institution: str
    roles: frozenset[str]
    active: bool = True
    simulated: bool = False

    def may(self, *roles: str) -> bool:
        """Tell whether this is an active expert with one of these roles, and no stranger to the cohort."""
        return self.active and not self.simulated and not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class Team:
    """Who mentors a region, and when."""

    institution: str
    lead: str
    facilitators: tuple[str, ...]
    starts_on: date
    ends_on: date


def team_problems(team: Team, people: Mapping[str, Person]) -> tuple[Problem, ...]:
    """Find what makes no sense; `people` holds at least all who are named."""
    return tuple(_team(team, people))


def facilitator_problems(person: Person, at: str) -> tuple[Problem, ...]:
    """Tell why this expert can have no part in any mentorship."""
    if person.may("facilitator", "mentor"):
        return ()
    return (problem(at, "simulated_expert" if person.simulated else "not_facilitator"),)


def usual_end(starts_on: date) -> date:
    """Tell the last day of a mentorship of the usual length."""
    return add_months(starts_on, USUAL_MONTHS) - timedelta(days=1)


def overload(held: int, added: int, most: int | None) -> Reason | None:
    """Tell why a mentor who leads `held` mentorships cannot lead `added` more; None when that is possible."""
    if most is None or held + added <= most:
        return None
    return reason("mentor_overloaded", wanted=held + added, most=most)


def completion_gaps(closed: Iterable[int]) -> tuple[Problem, ...]:
    """Name the workshops that must be closed before a mentorship is completed; `closed` are the numbers of those."""
    done = frozenset(closed)
    return tuple(
        problem(f"/workshops/{number - 1}", "workshop_not_closed", number=number)
        for number in WORKSHOPS
        if number not in done
    )


def _team(team: Team, people: Mapping[str, Person]) -> Iterator[Problem]:
    lead = people[team.lead]
    if not lead.may("mentor"):
        yield problem("/lead_mentor_id", "simulated_expert" if lead.simulated else "not_mentor")
    elif lead.institution != team.institution:
        yield problem("/lead_mentor_id", "other_institution")
    for index, code in enumerate(team.facilitators):
        if code == team.lead:
            yield problem(f"/facilitator_ids/{index}", "leads_already")
        else:
            yield from facilitator_problems(people[code], f"/facilitator_ids/{index}")
    latest = add_months(team.starts_on, MOST_MONTHS) - timedelta(days=1)
    if team.ends_on < team.starts_on:
        yield problem("/ends_on", "period_reversed")
    elif team.ends_on > latest:
        yield problem("/ends_on", "period_too_long", months=MOST_MONTHS, day=latest.isoformat())
