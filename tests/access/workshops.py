"""Workshops of a mentorship with their sessions, and the commitments of a region."""

from dataclasses import dataclass

from app.kernel.db import Database
from tests.access.records import OWN_REGION, REHEARSAL
from tests.access.requests import NOWHERE, STEP, Request, Requests
from tests.conftest import As
from tests.routers.factories import make_institution, move
from tests.routers.mentored import make_mentored
from tests.routers.workshops import HELD, LINK, SIGNED, complete

OF_AGENCY = SIGNED | {"signatory": "agency", "agency": "Dinas Perhubungan"}


@dataclass(frozen=True)
class Workshops:
    """A mentorship, with an open workshop that lacks nothing, a session of it, a signed commitment and a draft."""

    candidacy: str = NOWHERE
    mentorship: str = NOWHERE
    workshop: str = NOWHERE
    session: str = NOWHERE
    commitment: str = NOWHERE
    draft: str = NOWHERE

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        workshop, session = f"/v1/workshops/{self.workshop}", f"/v1/sessions/{self.session}"
        commitment, draft = f"/v1/commitments/{self.commitment}", f"/v1/commitments/{self.draft}"
        of_candidacy = f"/v1/candidacies/{self.candidacy}/commitments"
        return {
            "list_mentorship_workshops": Request(f"/v1/mentorships/{self.mentorship}/workshops"),
            "list_workshops": Request("/v1/workshops"),
            "get_workshop": Request(workshop),
            "update_workshop": Request(workshop, {"outputs": {"action_plan": LINK}}),
            "get_workshop_gate": Request(f"{workshop}/gate"),
            "get_workshop_transitions": Request(f"{workshop}/transitions"),
            "move_workshop": Request(f"{workshop}/transitions", STEP | {"to": "closed"}),
            "list_workshop_sessions": Request(f"{workshop}/sessions"),
            "create_session": Request(f"{workshop}/sessions", HELD),
            "list_sessions": Request("/v1/sessions"),
            "get_session": Request(session),
            "update_session": Request(session, {"hours": 6}),
            "delete_session": Request(session),
            "list_candidacy_commitments": Request(of_candidacy),
            "create_commitment": Request(of_candidacy, OF_AGENCY),
            "list_commitments": Request("/v1/commitments"),
            "get_commitment": Request(commitment),
            "update_commitment": Request(draft, {"statement": "The plan is law within two years (example)."}),
            "get_commitment_transitions": Request(f"{commitment}/transitions"),
            "move_commitment": Request(f"{draft}/transitions", STEP | {"to": "void"}),
        }


async def make(as_: As, database: Database, cohort: str = "workshops", region: str = OWN_REGION) -> Workshops:
    """Make a region that is mentored by the mentor's institution, in the midst of its second workshop."""
    officer = as_("officer")
    mentored = await make_mentored(officer, database, region, cohort=cohort, closed=1, **REHEARSAL)
    workshop, of_candidacy = mentored.workshops[1], f"/v1/candidacies/{mentored.candidacy}/commitments"
    await complete(officer, f"/v1/workshops/{workshop}", 2)
    (session,) = (await officer.get(f"/v1/workshops/{workshop}/sessions")).json()["items"]
    signed = await officer.post(of_candidacy, json=SIGNED)
    moved = await move(officer, signed.headers["location"], "signed")
    assert moved.status_code == 200, moved.text
    draft = await officer.post(of_candidacy, json=OF_AGENCY | {"agency": "Dinas Kesehatan"})
    ids = (session["id"], signed.json()["id"], draft.json()["id"])
    return Workshops(mentored.candidacy, mentored.mentorship, workshop, *ids)


async def make_hidden(as_: As, database: Database, cohort: str) -> Workshops:
    """Make the same in the hidden cohort, with a region and an institution for which nobody here speaks."""
    hidden = await make(as_, database, cohort, "33.74")
    institution = await make_institution(as_("officer"), "Universitas Jauh")
    async with database.read() as connection:
        change = "UPDATE mentorships SET institution_id = $1 WHERE id = $2"
        await connection.execute(change, institution, hidden.mentorship)
    return hidden
