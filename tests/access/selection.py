"""Cohorts with their reports, candidacies with their replacement, and selection runs."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.kernel.db import Database
from app.kernel.transitions import enter
from app.kernel.writing import new_id
from app.models.candidacies import Candidacy
from app.models.selection_runs import SelectionInputs, SelectionResult, SelectionRun
from tests.access.records import REHEARSAL, id_of
from tests.access.requests import NEVER, NOWHERE, STEP, Request, Requests
from tests.conftest import As
from tests.routers.factories import METHOD, make_candidacy, make_cohort, make_run, move
from tests.routers.worked_out import eligible, ranking

# Whom no shortlist of the tests invites.
*UNRANKED, LAST_BUT_ONE, LAST = (code for code, _ in ranking(eligible())[-5:])
YEAR = {"year": 2026, "phase": 4, "quota": 5, "candidate_quota": 10} | REHEARSAL
RUN = {"stage": "shortlist", "method": METHOD}

NO_RULES: dict[str, Any] = {"merit_total": 1, "chosen_total": 1, "cost": 0, "moves": [], "rules": []}
SUMMARY = {"regions": 2, "eligible": 2, "ranked": 2, "chosen": 1, "reserve": 1, "equity": NO_RULES}


@dataclass(frozen=True)
class Selection:
    """A cohort with a candidacy and a run."""

    cohort: str = NEVER
    candidacy: str = NOWHERE
    run: str = NOWHERE
    recorded: str = NOWHERE  # a run that can still move
    left: str = NOWHERE  # a candidacy that left a seat to a reserve

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        cohort, candidacy = f"/v1/cohorts/{self.cohort}", f"/v1/candidacies/{self.candidacy}"
        run, replacement = f"/v1/selection-runs/{self.run}", f"/v1/candidacies/{self.left}/replacement"
        discarded = STEP | {"to": "discarded"}
        return {
            "list_cohorts": Request("/v1/cohorts"),
            "create_cohort": Request("/v1/cohorts", YEAR | {"code": "example"}),
            "get_cohort": Request(cohort),
            "update_cohort": Request(cohort, {"title": "Tahap lain (simulasi)"}),
            "get_cohort_transitions": Request(f"{cohort}/transitions"),
            "move_cohort": Request(f"{cohort}/transitions", STEP | {"to": "assessing"}),
            "get_cohort_report": Request(f"{cohort}/report"),
            "list_cohort_candidacies": Request(f"{cohort}/candidacies"),
            "create_candidacy": Request(f"{cohort}/candidacies", {"region_code": LAST, "reason": "An example"}),
            "list_candidacies": Request("/v1/candidacies"),
            "get_candidacy": Request(candidacy),
            "get_candidacy_transitions": Request(f"{candidacy}/transitions"),
            "move_candidacy": Request(f"{candidacy}/transitions", STEP),
            "get_candidacy_replacement": Request(replacement),
            "replace_candidacy": Request(replacement, {"reason": "An example"}),
            "list_selection_runs": Request(f"{cohort}/selection-runs"),
            "create_selection_run": Request(f"{cohort}/selection-runs", RUN),
            "get_selection_run": Request(f"{run}?expand=results"),
            "list_selection_results": Request(f"{run}/results"),
            "get_selection_inputs": Request(f"{run}/inputs"),
            "get_selection_run_transitions": Request(f"{run}/transitions"),
            "move_selection_run": Request(f"/v1/selection-runs/{self.recorded}/transitions", discarded),
        }


async def make(as_: As, database: Database) -> Selection:
    """Make an open cohort with a candidacy, a published run, a recorded one, and a seat that was left."""
    officer = as_("officer")
    await make_cohort(officer, "test", **REHEARSAL)
    published, recorded = [await make_run(officer, "test") for _ in range(2)]
    await move(as_("second_officer"), published, "published")
    left = await leave_a_seat(database)
    candidacy = await make_candidacy(officer, "test", LAST_BUT_ONE)
    return Selection("test", id_of(candidacy), id_of(published), id_of(recorded), left)


async def make_hidden(as_: As, recorded: str) -> Selection:
    """Make a draft cohort with a candidacy; the run is one that is not published."""
    await make_cohort(as_("officer"), "draft", state="draft", **REHEARSAL)
    candidacy = id_of(await make_candidacy(as_("officer"), "draft", LAST_BUT_ONE))
    return Selection("draft", candidacy, recorded, recorded, left=candidacy)


async def leave_a_seat(database: Database) -> str:
    """Let one of those invited have a seat and leave it, with another in reserve; return who left."""
    async with database.write() as session:
        invited = select(Candidacy).filter_by(cohort_code="test", state="invited").order_by(Candidacy.id)
        leaver, reserve = (await session.scalars(invited.limit(2))).all()
        run = SelectionRun(
            id=new_id(),
            cohort_code="test",
            stage="final",
            method=METHOD,
            seats=5,
            reserves=5,
            inputs_sha256="0" * 64,
            summary=SUMMARY,
            state="published",
            recorded_by="one",
            published_by="another",
        )
        session.add(run)
        await session.flush()
        session.add(SelectionInputs(run_id=run.id, document='{"regions":[],"values":[]}'))
        row = {"position": 1, "rank": 1, "decision": "reserve", "merit_decision": "reserve", "criteria": []}
        why = dict.fromkeys(("reason", "reason_en", "reason_id"), "test")
        session.add(SelectionResult(id=new_id(), run_id=run.id, region_code=reserve.region_code, **row, **why))
        leaver.state, reserve.state = "withdrawn", "reserve"
        await enter(session, "candidacies", [(str(leaver.id), "selected", "withdrawn")], reason="test", actor="test")
        return str(leaver.id)
