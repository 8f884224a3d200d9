"""Memoranda of understanding between the ministry and a region."""

from dataclasses import dataclass, replace

from app.kernel.db import Database
from tests.access.records import id_of
from tests.access.requests import NEVER, NOWHERE, STEP, Request, Requests
from tests.access.selection import UNRANKED
from tests.conftest import As
from tests.routers.agreements import put_into
from tests.routers.factories import make_candidacy

CEREMONY = {
    "date": "2026-05-08",
    "place": "Jakarta",
    "parties": [
        {"party": "ministry", "institution": "Kementerian (contoh)", "office": "Direktur Jenderal"},
        {"party": "region", "institution": "Pemerintah daerah (contoh)", "office": "Bupati"},
    ],
    "reason": "An example",
}


@dataclass(frozen=True)
class Memoranda:
    """The memoranda of a cohort."""

    cohort: str = NEVER
    memorandum: str = NOWHERE  # a signed one, where there is one to be seen
    drafted: str = NOWHERE  # one that can still change
    chosen: str = NOWHERE  # a candidacy that waits for its memorandum

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        of_cohort, chosen = f"/v1/cohorts/{self.cohort}/memoranda", {"candidacy_id": self.chosen}
        memorandum, drafted = f"/v1/memoranda/{self.memorandum}", f"/v1/memoranda/{self.drafted}"
        signed = CEREMONY | {"items": [chosen | {"number": "1/SIMULASI/2026"}]}
        return {
            "list_cohort_memoranda": Request(of_cohort),
            "create_memorandum": Request(of_cohort, chosen),
            "sign_memoranda": Request(f"{of_cohort}/sign", signed),
            "list_memoranda": Request("/v1/memoranda"),
            "get_memorandum": Request(memorandum),
            "update_memorandum": Request(drafted, {"place": "Makassar"}),
            "get_memorandum_transitions": Request(f"{memorandum}/transitions"),
            "move_memorandum": Request(f"{drafted}/transitions", STEP | {"to": "void"}),
        }


async def make(as_: As, database: Database, cohort: str) -> Memoranda:
    """Make a signed memorandum, a drafted one, and a candidacy that has none yet."""
    officer, of_cohort, candidacies = as_("officer"), f"/v1/cohorts/{cohort}/memoranda", []
    await officer.patch(f"/v1/cohorts/{cohort}", json={"candidate_quota": 20}, headers={"If-Match": "*"})
    for region in UNRANKED:
        candidacies.append(id_of(await make_candidacy(officer, cohort, region)))
        await put_into(database, candidacies[-1], "selected")
    signing, drafting, chosen = candidacies
    ceremony = CEREMONY | {"items": [{"candidacy_id": signing, "number": cohort}]}
    signed = await officer.post(f"{of_cohort}/sign", json=ceremony)
    assert signed.status_code == 200, signed.text
    drafted = await officer.post(of_cohort, json={"candidacy_id": drafting})
    assert drafted.status_code == 201, drafted.text
    return Memoranda(cohort, signed.json()["items"][0]["memorandum_id"], drafted.json()["id"], chosen)


async def make_hidden(as_: As, database: Database, cohort: str) -> Memoranda:
    """Make the same in a hidden cohort, where the draft is what is not to be seen."""
    made = await make(as_, database, cohort)
    return replace(made, memorandum=made.drafted)
