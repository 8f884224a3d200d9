"""Record the sessions of an open workshop, correct them and take them away again."""

from uuid import UUID

from fastapi import Response
from sqlalchemy import select

from app.domain import workshops as rules
from app.kernel.problems import NotFound, refuse
from app.kernel.writing import IfMatch, Writing, new_id
from app.models.workshops import Session
from app.projections.workshops import SESSIONS
from app.schemas.workshops import SessionCreate, SessionUpdate
from app.services import calendars
from app.services.workshops import Locked, lock, require_open


async def record(writing: Writing, workshop_id: UUID, asked: SessionCreate) -> Session:
    """Record a session of an open workshop; raise `Invalid` for one that makes no sense."""
    locked = await lock(writing, workshop_id)
    require_open(locked.workshop)
    session = Session(id=new_id(), workshop_id=workshop_id, **asked.model_dump())
    await _check(writing, locked, session)
    writing.session.add(session)
    return session


async def update(writing: Writing, session_id: UUID, if_match: IfMatch, patch: SessionUpdate) -> None:
    """Correct a session; raise `Invalid` when what it leaves makes no sense."""
    locked, session = await _lock(writing, session_id, if_match)
    # What the database would refuse too is told with its place, so nothing of it is written before.
    with writing.session.no_autoflush:
        patch.apply(session)
        await _check(writing, locked, session)


async def remove(writing: Writing, session_id: UUID, if_match: IfMatch) -> Response:
    """Take a session away that was recorded by mistake, and answer what it was."""
    _, session = await _lock(writing, session_id, if_match)
    # Nothing is left to be shown afterwards.
    answer = await writing.answer(SESSIONS, id=session_id)
    await writing.session.delete(session)
    await writing.session.flush()
    return answer


async def _lock(writing: Writing, session_id: UUID, if_match: IfMatch) -> tuple[Locked, Session]:
    """Lock a session of an open workshop, after the workshop itself."""
    workshop_id = await writing.session.scalar(select(Session.workshop_id).where(Session.id == session_id))
    if workshop_id is None:
        raise NotFound
    locked = await lock(writing, workshop_id)
    session = await writing.fetch(Session, SESSIONS, if_match=if_match, id=session_id)
    require_open(locked.workshop)
    return locked, session


async def _check(writing: Writing, locked: Locked, session: Session) -> None:
    today = await calendars.today(writing.session, locked.candidacy.region_code, calendars.now())
    told = rules.Session(
        session.date,
        session.mode,
        session.place,
        [(line["agency"], line["role"]) for line in session.attendance],
    )
    mentorship = locked.mentorship
    if faults := rules.session_problems(told, mentorship.starts_on, mentorship.ends_on, today=today):
        raise refuse(faults)
