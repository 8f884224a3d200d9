"""Mentorships, and how to reach the experts who lead them."""

from dataclasses import dataclass
from uuid import UUID

from app.kernel.db import Database
from app.kernel.writing import new_id
from app.models.mentorships import Mentorship
from tests.access.records import OTHER_REGION, OWN_REGION, REHEARSAL, insert
from tests.access.requests import NEVER, NOWHERE, STEP, Request, Requests
from tests.conftest import EXPERT, As
from tests.routers.factories import make_institution
from tests.routers.mentored import ENDS, STARTS, make_mentored
from tests.routers.mentoring import item, make_decided


@dataclass(frozen=True)
class Mentoring:
    """A mentorship of the region editor's region by the mentor's institution, and how to reach who leads it."""

    cohort: str = NEVER  # one whose candidacies may be mentored
    signed: str = NOWHERE  # a candidacy that waits for a mentor
    mentorship: str = NOWHERE
    mentor: str = NOWHERE

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        cohort, mentorship = f"/v1/cohorts/{self.cohort}", f"/v1/mentorships/{self.mentorship}"
        contact = f"/v1/experts/{self.mentor}/contact"
        recorded = {"items": [item(self.signed, self.mentor, ends_on="2026-06-30")], "reason": "An example"}
        return {
            "get_expert_contact": Request(contact),
            "update_expert_contact": Request(contact, {"phone": "022 2500935"}),
            "list_cohort_mentorships": Request(f"{cohort}/mentorships"),
            "record_mentorships": Request(f"{cohort}/mentorships", recorded),
            "list_mentorships": Request("/v1/mentorships"),
            "get_mentorship": Request(mentorship),
            "update_mentorship": Request(mentorship, {"ends_on": "2026-11-30"}),
            "get_mentorship_transitions": Request(f"{mentorship}/transitions"),
            "move_mentorship": Request(f"{mentorship}/transitions", STEP | {"to": "ended"}),
            "get_mentorship_proposal": Request(f"{cohort}/mentorship-proposal"),
        }


async def make(as_: As, database: Database) -> Mentoring:
    """Make a mentored region, and one that waits for its mentor."""
    mentored = await make_mentored(as_("officer"), database, OWN_REGION, cohort="mentored", **REHEARSAL)
    (signed,) = await make_decided(as_("officer"), database, OTHER_REGION, cohort="signed", **REHEARSAL)
    return Mentoring("signed", signed, mentored.mentorship, mentored.mentor)


async def make_hidden(as_: As, database: Database, cohort: str, candidacy: str) -> Mentoring:
    """Make a mentorship of the hidden cohort, by an institution for which nobody here speaks."""
    institution = await make_institution(as_("officer"), "Universitas Lain")
    one = Mentorship(
        id=new_id(),
        candidacy_id=UUID(candidacy),
        institution_id=UUID(institution),
        lead_mentor_id=EXPERT,
        starts_on=STARTS,
        ends_on=ENDS,
    )
    await insert(database, one)
    return Mentoring(cohort, candidacy, str(one.id))
