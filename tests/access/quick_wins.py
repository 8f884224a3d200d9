"""Quick wins of a region, and the reports on their progress."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.kernel.db import Database
from app.kernel.writing import new_id
from app.models.quick_wins import ProgressReport, QuickWin
from app.services import calendars
from tests.access.records import OWN_REGION, REHEARSAL, id_of, insert
from tests.access.requests import NEVER, NOWHERE, STEP, Request, Requests
from tests.conftest import As
from tests.routers.mentored import make_mentored
from tests.routers.quick_wins import WHOLE, bring, propose, report


def in_days(days: int) -> str:
    """Return the day so many days from today."""
    return (calendars.now() + timedelta(days=days)).date().isoformat()


def around_today() -> dict[str, str]:
    """Return a period that has begun and is not over."""
    return {"starts_on": in_days(-9), "ends_on": in_days(9)}


@dataclass(frozen=True)
class QuickWins:
    """The quick wins of a mentored region: one proposed, and one that runs and was reported on."""

    cohort: str = NEVER
    candidacy: str = NOWHERE
    proposed: str = NOWHERE
    running: str = NOWHERE
    report: str = NOWHERE

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        proposed, running = f"/v1/quick-wins/{self.proposed}", f"/v1/quick-wins/{self.running}"
        steps, begun = f"{proposed}/transitions", WHOLE | around_today() | {"candidacy_id": self.candidacy}
        reported = {"reported_on": in_days(-1), "percent": 50}
        return {
            "list_quick_wins": Request("/v1/quick-wins"),
            "create_quick_win": Request("/v1/quick-wins", begun),
            "list_candidacy_quick_wins": Request(f"/v1/candidacies/{self.candidacy}/quick-wins"),
            "get_quick_win": Request(running),
            "update_quick_win": Request(proposed, {"title": "No queues (example)"}),
            "get_quick_win_transitions": Request(f"{running}/transitions"),
            "move_quick_win": Request(steps, STEP | {"to": "approved"}),
            "move_quick_win/region_editor": Request(steps, STEP | {"to": "cancelled"}),
            "get_quick_win_standing": Request(f"{running}/standing"),
            "get_cohort_quick_win_standings": Request(f"/v1/cohorts/{self.cohort}/quick-win-standings"),
            "list_quick_win_progress_reports": Request(f"{running}/progress-reports"),
            "create_progress_report": Request(f"{running}/progress-reports", reported),
            "list_progress_reports": Request("/v1/progress-reports"),
            "get_progress_report": Request(f"/v1/progress-reports/{self.report}"),
        }


async def make(as_: As, database: Database) -> QuickWins:
    """Make quick wins of the region editor's region, which the mentor's institution mentors."""
    editor = as_("region_editor")
    candidacy = (await make_mentored(as_("officer"), database, OWN_REGION, cohort="quick", **REHEARSAL)).candidacy
    proposed, running = [await propose(editor, candidacy, **around_today()) for _ in range(2)]
    await bring(as_, running, "running")
    reported = await report(editor, running, in_days(-1), 50)
    assert reported.status_code == 201, reported.text
    return QuickWins("quick", candidacy, id_of(proposed), id_of(running), reported.json()["id"])


async def make_hidden(database: Database, cohort: str, candidacy: str) -> QuickWins:
    """Make a quick win of the hidden cohort, and a report on it."""
    period = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 2, 1)}
    one = QuickWin(id=new_id(), candidacy_id=UUID(candidacy), title="x", dimension="living", **period)
    told = ProgressReport(id=new_id(), quick_win_id=one.id, number=1, reported_on=date(2026, 1, 2), percent=1)
    await insert(database, one, told)
    return QuickWins(cohort, candidacy, str(one.id), str(one.id), str(told.id))
