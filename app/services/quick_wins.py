"""Propose quick wins, change and move them: the region proposes and runs them, who mentors it approves.

Locks are taken in one order everywhere: the candidacy, the quick win, its reports. The candidacy is only held still, so
the quick wins of a region do not wait for each other.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain import quick_wins as rules
from app.domain.benefit import Measure
from app.domain.forms import Evidence
from app.domain.lifecycles import MENTORED, QUICK_WIN
from app.domain.permissions import Permission
from app.domain.quick_win_progress import Closing, Report, completion_gaps, completion_problems
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Incomplete, Invalid, NotFound, field_errors, refuse
from app.kernel.transitions import advance, enter
from app.kernel.writing import IfMatch, Writing, new_id
from app.models.candidacies import Candidacy
from app.models.initiatives import Initiative
from app.models.master_plans import MasterPlan
from app.models.quick_wins import ProgressReport, QuickWin
from app.projections.candidacies import CANDIDACIES
from app.projections.quick_wins import QUICK_WINS
from app.schemas.quick_wins import QuickWinCreate, QuickWinTransitionCreate, QuickWinUpdate
from app.services import calendars
from app.services.candidacies import require_candidacies
from app.services.catalogues import dimensions
from app.services.offices import require_mentor, require_own_office

RESOURCE = "quick-wins"
# What only a completion says.
_OF_THE_END = ("closed_on", "value", "evidence")
_NO_CANDIDACY = Text(en="There is no candidacy with this id.", id="Tidak ada pencalonan dengan id ini.")
_NO_INITIATIVE = Text(
    en="No plan of this candidacy has this initiative. Name one of its own, or none.",
    id="Tidak ada rencana pencalonan ini yang memuat inisiatif tersebut. Sebutkan inisiatif miliknya, atau kosongkan.",
)
_NOT_COMPLETED = Text(
    en="Only the step to `completed` takes this; leave it out.",
    id="Hanya langkah ke `completed` yang memerlukan ini; kosongkan.",
)


class QuickWinFrozen(Conflict):
    """What was approved, or dropped, stays as it is."""

    code = "quick_win_frozen"
    title = Text(en="Quick win frozen", id="Program pintas tidak dapat diubah")
    help = Text(
        en="Only a proposed quick win changes. To correct an approved one, cancel it and propose a new one.",
        id="Hanya usulan yang dapat diubah. Untuk memperbaiki yang sudah disetujui, batalkan lalu usulkan yang baru.",
    )


class Locked(NamedTuple):
    """A quick win, locked until the transaction ends, and its candidacy, which stays in its state as long."""

    candidacy: Candidacy
    quick_win: QuickWin


async def lock(writing: Writing, quick_win_id: UUID, if_match: IfMatch | None = None) -> Locked:
    """Lock a quick win that the principal sees; raise `NotFound` when there is none."""
    held = (
        select(Candidacy)
        .join(QuickWin, QuickWin.candidacy_id == Candidacy.id)
        .where(QuickWin.id == quick_win_id)
        .with_for_update(read=True, of=Candidacy)
    )
    candidacy = await writing.session.scalar(held)
    if candidacy is None:
        raise NotFound
    return Locked(candidacy, await writing.fetch(QuickWin, QUICK_WINS, if_match=if_match, id=quick_win_id))


async def propose(writing: Writing, asked: QuickWinCreate) -> QuickWin:
    """Propose a quick win of the region's own.

    Raises `CandidacyNotReady` unless the region is mentored or further, and `Invalid` for what makes no sense.
    """
    session = writing.session
    candidacy = await _candidacy(writing, asked.candidacy_id)
    require_own_office(writing, candidacy.region_code, Permission.QUICK_WINS_WRITE)
    require_candidacies([("/candidacy_id", candidacy)], *MENTORED)
    quick_win = QuickWin(id=new_id(), state=QUICK_WIN.initial, **asked.model_dump())
    await _check(session, quick_win)
    session.add(quick_win)
    await session.flush()
    moves = [(str(quick_win.id), None, quick_win.state)]
    await enter(session, RESOURCE, moves, reason="proposed", actor=writing.principal.id)
    return quick_win


async def update(writing: Writing, quick_win_id: UUID, if_match: IfMatch, patch: QuickWinUpdate) -> None:
    """Change a proposed quick win of the region's own; raise `QuickWinFrozen` when it comes too late, or `Invalid`."""
    candidacy, quick_win = await lock(writing, quick_win_id, if_match)
    require_own_office(writing, candidacy.region_code, Permission.QUICK_WINS_WRITE)
    if quick_win.state != QUICK_WIN.initial:
        raise QuickWinFrozen(state=quick_win.state)
    require_candidacies([("", candidacy)], *MENTORED)
    patch.apply(quick_win)
    await _check(writing.session, quick_win)


async def move(
    writing: Writing, quick_win_id: UUID, if_match: IfMatch, asked: QuickWinTransitionCreate, *, moment: datetime
) -> None:
    """Approve a quick win, run it, complete or cancel it.

    Raises `Incomplete` with pointers to what an approval or a completion lacks, `Invalid` for a day that makes no sense
    and for what is said beside another step than the completion.
    """
    session, actor = writing.session, writing.principal.id
    candidacy, quick_win = await lock(writing, quick_win_id, if_match)
    await _require_mover(writing, candidacy, asked.to)
    before, after = quick_win.state, advance(QUICK_WIN, quick_win.state, asked.to)
    if after != "completed" and (said := [name for name in _OF_THE_END if name in asked.model_fields_set]):
        raise Invalid(
            errors=[FieldError(pointer=f"/{name}", code="not_allowed", message=_NOT_COMPLETED) for name in said]
        )
    if after != "cancelled":
        require_candidacies([("", candidacy)], *MENTORED)
    today = await calendars.today(session, candidacy.region_code, moment)
    if after == "approved":
        _approve(quick_win, moment)
    elif after == "completed":
        await _complete(session, quick_win, asked, today)
    elif after == "cancelled" and quick_win.published_at is not None:
        quick_win.closed_on = today
    quick_win.state = after
    await session.flush()
    day = quick_win.closed_on if after == "completed" else None
    moves = [(str(quick_win_id), before, after)]
    await enter(session, RESOURCE, moves, reason=asked.reason, actor=actor, effective_on=day)


async def reports_on(session: AsyncSession, quick_win_id: UUID) -> Sequence[ProgressReport]:
    """Return the reports on a locked quick win, in the order in which they came."""
    found = select(ProgressReport).filter_by(quick_win_id=quick_win_id).order_by(ProgressReport.number)
    return (await session.scalars(found)).all()


def report_of(row: ProgressReport) -> Report:
    """Return a report as the rules take it; evidence and note are nothing to them."""
    return Report(row.reported_on, row.percent, row.value, reason=row.reason)


def to_domain(row: QuickWin) -> rules.QuickWin:
    """Return a quick win as the rules take it."""
    return rules.QuickWin(
        title=row.title,
        benefit=row.benefit,
        beneficiaries=row.beneficiaries,
        measure=Measure(**row.measure),
        technology=row.technology,
        dimension=row.dimension,
        sub_dimension=row.sub_dimension,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )


async def _candidacy(writing: Writing, candidacy_id: UUID) -> Candidacy:
    """Lock and return a candidacy that the principal sees; raise `Invalid` when there is none."""
    try:
        return await writing.fetch(Candidacy, CANDIDACIES, id=candidacy_id)
    except NotFound:
        fault = FieldError(pointer="/candidacy_id", code="invalid_reference", message=_NO_CANDIDACY)
        raise Invalid(errors=[fault]) from None


async def _require_mover(writing: Writing, candidacy: Candidacy, to: str) -> None:
    """Raise `Forbidden` unless this step is the principal's: the region's, of who mentors it, or of the ministry."""
    if to == "approved":
        await require_mentor(writing, candidacy.id, Permission.QUICK_WINS_APPROVE)
    elif to == "cancelled" and writing.principal.insider:
        writing.require(Permission.QUICK_WINS_APPROVE)
    elif to in {"running", "completed", "cancelled"}:
        require_own_office(writing, candidacy.region_code, Permission.QUICK_WINS_WRITE)


async def _check(session: AsyncSession, quick_win: QuickWin) -> None:
    """Raise `Invalid` for a quick win that makes no sense, and for an initiative of somebody else's plan."""
    # What the database would refuse too is told with its place, so nothing of it is written before.
    with session.no_autoflush:
        faults = field_errors(rules.quick_win_problems(to_domain(quick_win), await dimensions(session)))
        own = (
            select(Initiative.id)
            .join(MasterPlan, MasterPlan.id == Initiative.plan_id)
            .where(Initiative.id == quick_win.initiative_id, MasterPlan.candidacy_id == quick_win.candidacy_id)
        )
        if quick_win.initiative_id is not None and await session.scalar(own) is None:
            faults.append(FieldError(pointer="/initiative_id", code="invalid_reference", message=_NO_INITIATIVE))
    if faults:
        raise Invalid(errors=faults)


def _approve(quick_win: QuickWin, moment: datetime) -> None:
    if gaps := rules.quick_win_gaps(to_domain(quick_win)):
        raise Incomplete(errors=field_errors(gaps))
    quick_win.published_at = moment


async def _complete(session: AsyncSession, quick_win: QuickWin, asked: QuickWinTransitionCreate, today: date) -> None:
    evidence = [one.model_dump() for one in asked.evidence]
    closing = Closing(asked.closed_on or today, asked.value, tuple(Evidence(**one) for one in evidence))
    reports = [report_of(row) for row in await reports_on(session, quick_win.id)]
    if faults := completion_problems(to_domain(quick_win), reports, closing, today=today):
        raise refuse(faults)
    if gaps := completion_gaps(closing):
        raise Incomplete(errors=field_errors(gaps))
    quick_win.closed_on, quick_win.measured_value, quick_win.evidence = closing.closed_on, closing.value, evidence
