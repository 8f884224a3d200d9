"""Report on a quick win: one report after the other, under the lock of the quick win, so each has its number."""

from datetime import datetime
from uuid import UUID

from app.domain.lifecycles import MENTORED
from app.domain.permissions import Permission
from app.domain.quick_win_progress import report_problems
from app.kernel.messages import Text
from app.kernel.problems import Conflict, refuse
from app.kernel.writing import Writing, new_id
from app.models.quick_wins import ProgressReport
from app.schemas.quick_wins import ProgressReportCreate
from app.services import calendars
from app.services.candidacies import require_candidacies
from app.services.offices import require_own_office
from app.services.quick_wins import lock, report_of, reports_on, to_domain


class QuickWinNotRunning(Conflict):
    """It did not begin, or is closed."""

    code = "quick_win_not_running"
    title = Text(en="Quick win not running", id="Program pintas tidak berjalan")
    help = Text(
        en="Reports are taken from when the quick win is `running` until it is closed. See its state.",
        id="Laporan diterima sejak program pintas berstatus `running` sampai ditutup. Lihat keadaannya.",
    )


async def report(writing: Writing, quick_win_id: UUID, asked: ProgressReportCreate, *, moment: datetime) -> UUID:
    """Report on a quick win of the region's own, and return the id of the report.

    Raises `CandidacyNotReady`, `QuickWinNotRunning`, and `Invalid` for a day before the first, before the last report
    or to come, and for progress that falls without a reason.
    """
    session = writing.session
    candidacy, quick_win = await lock(writing, quick_win_id)
    require_own_office(writing, candidacy.region_code, Permission.QUICK_WINS_WRITE)
    require_candidacies([("", candidacy)], *MENTORED)
    earlier = await reports_on(session, quick_win_id)
    row = ProgressReport(id=new_id(), quick_win_id=quick_win_id, number=len(earlier) + 1, **asked.model_dump())
    today = await calendars.today(session, candidacy.region_code, moment)
    faults = report_problems(
        to_domain(quick_win), quick_win.state, map(report_of, earlier), report_of(row), today=today
    )
    if faults and quick_win.state != "running":
        why = faults[0].reason
        raise QuickWinNotRunning(Text(en=why.text_en, id=why.text_id), state=quick_win.state)
    if faults:
        raise refuse(faults)
    session.add(row)
    await session.flush()
    return row.id
