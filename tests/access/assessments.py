"""Assessments: the forms in which regions tell of themselves."""

from dataclasses import dataclass
from uuid import UUID

from app.kernel.db import Database
from app.kernel.writing import new_id
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from tests.access.records import OTHER_REGION, OWN_REGION, REHEARSAL, id_of, insert
from tests.access.requests import NEVER, NOWHERE, STEP, Request, Requests
from tests.conftest import EXPERT, As
from tests.routers.assessments import fill, open_assessments, put, seat

LATE = {"until": "2099-01-01T00:00:00Z", "reason": "An example"}
ANSWER = {"vision": {"level": 3, "text": "The mayor leads the council (example).", "evidence": []}}


@dataclass(frozen=True)
class Assessments:
    """A cohort whose regions are assessed."""

    cohort: str = NEVER
    assessment: str = NOWHERE  # an open one, with a whole form
    handed_in: str = NOWHERE  # one whose form is in

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        of_cohort, assessment = f"/v1/cohorts/{self.cohort}/assessments", f"/v1/assessments/{self.assessment}"
        back = STEP | {"to": "open"}
        return {
            "list_cohort_assessments": Request(of_cohort),
            "open_assessments": Request(of_cohort, {}),
            "get_assessment_progress": Request(f"/v1/cohorts/{self.cohort}/assessment-progress"),
            "list_assessments": Request("/v1/assessments"),
            "get_assessment": Request(assessment),
            "update_assessment": Request(assessment, {"answers": ANSWER}),
            "admit_late_assessment": Request(f"{assessment}/late-admission", LATE),
            "get_assessment_transitions": Request(f"{assessment}/transitions"),
            "move_assessment": Request(f"/v1/assessments/{self.handed_in}/transitions", back),
            "move_assessment/region_editor": Request(f"{assessment}/transitions", STEP | {"to": "submitted"}),
        }


async def make(as_: As, database: Database) -> Assessments:
    """Make an assessment of the region editor's region, on whose panel the assessor is, and one whose form is in.

    A third region is invited and has no assessment yet.
    """
    own, other = await open_assessments(as_("officer"), "assessing", (OWN_REGION, OTHER_REGION), **REHEARSAL)
    await fill(as_("region_editor"), own)
    await seat(database, own, EXPERT)
    await put(database, other, "submitted")
    await insert(database, Candidacy(id=new_id(), cohort_code="assessing", region_code="32.71", state="invited"))
    return Assessments("assessing", id_of(own), id_of(other))


async def make_hidden(database: Database, cohort: str, candidacy: str) -> Assessments:
    """Make an assessment of a region for which nobody here speaks."""
    one = Assessment(id=new_id(), candidacy_id=UUID(candidacy), rubric_code="used", rubric_edition=1)
    await insert(database, one)
    return Assessments(cohort, str(one.id), str(one.id))
