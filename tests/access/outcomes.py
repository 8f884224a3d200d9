"""What a region is told, and what it says to that: result letters and objections."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.kernel.db import Database
from app.kernel.writing import new_id
from app.models.result_letters import ResultLetter
from tests.access.records import OWN_REGION, REHEARSAL, insert
from tests.access.requests import NEVER, NOWHERE, STEP, Request, Requests
from tests.conftest import As
from tests.routers.outcomes import ISSUE, file_objection, make_assessed, make_told, publish

OBJECTION = {"ground": "procedure", "statement": "The interview began before its time (example)."}


@dataclass(frozen=True)
class Outcomes:
    """Cohorts that are decided."""

    decided: str = NEVER  # a cohort whose letters can be issued
    told: str = NEVER  # a cohort whose letters are issued
    letter: str = NOWHERE
    final: str = NOWHERE  # an assessment to which nobody has objected yet
    objected: str = NOWHERE  # an assessment
    objection: str = NOWHERE  # one that waits

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        objection = f"/v1/objections/{self.objection}"
        steps = f"{objection}/transitions"
        return {
            "list_cohort_result_letters": Request(f"/v1/cohorts/{self.told}/result-letters"),
            "issue_result_letters": Request(f"/v1/cohorts/{self.decided}/result-letters", ISSUE),
            "list_result_letters": Request("/v1/result-letters"),
            "get_result_letter": Request(f"/v1/result-letters/{self.letter}"),
            "list_assessment_objections": Request(f"/v1/assessments/{self.objected}/objections"),
            "create_objection": Request(f"/v1/assessments/{self.final}/objections", OBJECTION),
            "list_objections": Request("/v1/objections"),
            "get_objection": Request(objection),
            "get_objection_transitions": Request(steps),
            "move_objection": Request(steps, STEP | {"to": "dismissed"}),
            "move_objection/region_editor": Request(steps, STEP),
        }


async def make(as_: As, database: Database) -> Outcomes:
    """Make decided cohorts: one without letters, and two with them, in one of which there is an objection."""
    officer, editor = as_("officer"), as_("region_editor")
    await make_assessed(officer, database, "decided", **REHEARSAL)
    await publish(database, cohort="decided")
    final, objected = [
        str((await make_told(officer, database, cohort, number_pattern=f"{cohort}-{{n}}", **REHEARSAL))[OWN_REGION])
        for cohort in ("told", "objected")
    ]
    filed = await editor.post(f"/v1/assessments/{objected}/objections", json=OBJECTION)
    assert filed.status_code == 201, filed.text
    (letter,) = (await editor.get("/v1/cohorts/told/result-letters")).json()["items"]
    return Outcomes("decided", "told", letter["id"], final, objected, filed.json()["id"])


async def make_hidden(database: Database, cohort: str, candidacy: str, run: str, assessment: str) -> Outcomes:
    """Make a letter of the hidden cohort, and an objection to its assessment."""
    letter = ResultLetter(
        id=new_id(),
        candidacy_id=UUID(candidacy),
        number="x",
        year=2026,
        date=date(2026, 1, 1),
        run_id=UUID(run),
        decision="in",
        comparison=[],
        reason="x",
    )
    await insert(database, letter)
    objection = await file_objection(database, assessment)
    return Outcomes(cohort, cohort, str(letter.id), assessment, assessment, objection)
