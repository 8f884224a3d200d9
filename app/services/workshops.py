"""Open and close workshops, each a gate, and keep the outputs of one that is open.

Locks are taken in one order everywhere: the candidacy, the mentorship, the workshop, its sessions. So what a region has
on record, its quick wins and commitments, stays as it is while a gate is judged by it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain import workshops as rules
from app.domain.lifecycles import WORKSHOP
from app.domain.permissions import Permission
from app.domain.quick_wins import QuickWin
from app.domain.reasons import Problem
from app.kernel.bodies import merge_patch
from app.kernel.db import driver_connection
from app.kernel.engines import from_json, to_json
from app.kernel.formats import JSON
from app.kernel.messages import Text
from app.kernel.problems import Conflict, Incomplete, NotFound, field_errors, refuse
from app.kernel.reading import Reading
from app.kernel.strict_json import decode
from app.kernel.transitions import TransitionCreate, advance, enter
from app.kernel.writing import IfMatch, Writing
from app.models.candidacies import Candidacy
from app.models.mentorships import Mentorship
from app.models.workshops import Workshop
from app.projections.workshops import WORKSHOPS
from app.schemas.quick_win_rules import QuickWinRules
from app.schemas.workshops import GapRead, GateRead, WithOutputs, WorkshopUpdate
from app.services.cohorts import rules_of_quick_wins
from app.services.offices import require_mentor

RESOURCE = "workshops"
# All by which a gate is judged, as one JSON document. $1 workshop.
_FACTS = """
SELECT json_build_object(
    'number', w.number, 'state', w.state, 'rules', o.quick_win_rules,
    'documents', ARRAY(SELECT jsonb_object_keys(w.outputs)),
    'sessions', (SELECT count(*) FROM workshop_sessions s WHERE s.workshop_id = w.id),
    'closed', ARRAY(
        SELECT DISTINCT e.number FROM workshops e JOIN mentorships h ON h.id = e.mentorship_id
        WHERE h.candidacy_id = c.id AND e.state = 'closed'
    ),
    'signatories', ARRAY(
        SELECT s.signatory FROM commitments s WHERE s.candidacy_id = c.id AND s.state = 'signed'
    ),
    'quick_wins', (
        SELECT coalesce(json_agg(json_build_object(
            'state', q.state, 'title', q.title, 'dimension', q.dimension, 'starts_on', q.starts_on, 'ends_on', q.ends_on
        ) ORDER BY q.id), '[]') FROM quick_wins q WHERE q.candidacy_id = c.id AND q.state <> 'cancelled'
    )
)::text
FROM workshops w JOIN mentorships m ON m.id = w.mentorship_id JOIN candidacies c ON c.id = m.candidacy_id
    JOIN cohorts o ON o.code = c.cohort_code
WHERE w.id = $1
"""


class MentorshipNotActive(Conflict):
    """The mentorship has not begun, or is over."""

    code = "mentorship_not_active"
    title = Text(en="Mentorship not active", id="Pendampingan tidak aktif")
    help = Text(
        en="Workshops are held while the mentorship is active. One that is assigned can be moved there; see `state`.",
        id="Bimtek berlangsung selama pendampingan aktif. Yang sudah ditugaskan dapat diaktifkan; lihat `state`.",
    )


class WorkshopNotOpen(Conflict):
    """A workshop that is planned or closed takes nothing."""

    code = "workshop_not_open"
    title = Text(en="Workshop not open", id="Bimtek tidak terbuka")
    help = Text(
        en="Only an open workshop takes outputs and sessions. Open it first; what was closed stays as it was.",
        id="Hanya bimtek yang terbuka menerima luaran dan sesi. Buka dahulu; yang sudah ditutup tidak berubah lagi.",
    )


class Locked(NamedTuple):
    """A workshop and what it belongs to, locked until the transaction ends."""

    candidacy: Candidacy
    mentorship: Mentorship
    workshop: Workshop


async def lock(writing: Writing, workshop_id: UUID, if_match: IfMatch | None = None) -> Locked:
    """Lock a workshop for whoever mentors the region, or the ministry.

    Raises `NotFound`, `Forbidden` for everyone else who sees it, and `MentorshipNotActive`.
    """
    session = writing.session
    found = await session.execute(
        select(Mentorship.id, Mentorship.candidacy_id)
        .join(Workshop, Workshop.mentorship_id == Mentorship.id)
        .where(Workshop.id == workshop_id)
    )
    belongs = found.one_or_none()
    if belongs is None:
        raise NotFound
    candidacy = await session.get_one(Candidacy, belongs.candidacy_id, with_for_update=True)
    mentorship = await session.get_one(Mentorship, belongs.id, with_for_update=True)
    workshop = await writing.fetch(Workshop, WORKSHOPS, if_match=if_match, id=workshop_id)
    await require_mentor(writing, candidacy.id, Permission.WORKSHOPS_WRITE)
    if mentorship.state != "active":
        raise MentorshipNotActive(state=mentorship.state)
    return Locked(candidacy, mentorship, workshop)


def require_open(workshop: Workshop) -> None:
    """Raise `WorkshopNotOpen` unless the workshop takes outputs and sessions."""
    if workshop.state != "open":
        raise WorkshopNotOpen(state=workshop.state)


async def update(writing: Writing, workshop_id: UUID, if_match: IfMatch, patch: WorkshopUpdate) -> None:
    """Merge outputs into those of an open workshop; raise `Invalid` for one that it does not bring."""
    workshop = (await lock(writing, workshop_id, if_match)).workshop
    require_open(workshop)
    if "outputs" not in patch.changes():
        return
    if faults := rules.output_problems(workshop.number, patch.outputs):
        raise refuse(faults)
    merged = merge_patch(workshop.outputs, patch.model_dump()["outputs"])
    # What came out of the merge must be whole, with a pointer to whatever it still lacks.
    whole = decode(WithOutputs, to_json({"outputs": merged}).encode())
    workshop.outputs = whole.model_dump()["outputs"]


async def move(writing: Writing, workshop_id: UUID, if_match: IfMatch, asked: TransitionCreate) -> None:
    """Open a workshop, or close it; raise `Incomplete` with pointers to what must be there before."""
    session, actor = writing.session, writing.principal.id
    workshop = (await lock(writing, workshop_id, if_match)).workshop
    before, after = workshop.state, advance(WORKSHOP, workshop.state, asked.to)
    facts = await _facts(session, workshop_id)
    if gaps := _opening(facts) if after == "open" else _closing(facts):
        raise Incomplete(errors=field_errors(gaps))
    workshop.state = after
    await session.flush()
    await enter(session, RESOURCE, [(str(workshop_id), before, after)], reason=asked.reason, actor=actor)


async def gate(reading: Reading, workshop_id: UUID) -> Response:
    """Answer what keeps a workshop that the reader sees from closing."""
    facts = from_json(await reading.value(_FACTS, workshop_id))
    state = facts["state"]
    gaps = () if state == "closed" else (*_opening(facts), *_closing(facts))
    missing = [
        GapRead(pointer=gap.pointer, code=gap.reason.code, text_en=gap.reason.text_en, text_id=gap.reason.text_id)
        for gap in gaps
    ]
    told = GateRead(state=state, open_to_close=state == "open" and not missing, missing=missing)
    return Response(told.model_dump_json(), media_type=JSON)


async def closed_numbers(session: AsyncSession, candidacy_id: UUID) -> set[int]:
    """Return the numbers of the workshops that are closed, whoever held them: what was done counts for new mentors."""
    closed = select(Workshop.number).join(Mentorship, Mentorship.id == Workshop.mentorship_id)
    return set(await session.scalars(closed.where(Mentorship.candidacy_id == candidacy_id, Workshop.state == "closed")))


async def lost(session: AsyncSession, candidacy_id: UUID) -> tuple[Problem, ...]:
    """Find what the last workshop closed with and would lack now, at `/workshops/4/outputs/{code}`.

    A region may call off quick wins and void commitments at any time, so its plan is held against them again.
    """
    last = await session.scalar(
        select(Workshop)
        .join(Mentorship, Mentorship.id == Workshop.mentorship_id)
        .where(Mentorship.candidacy_id == candidacy_id, Workshop.state == "closed")
        .where(Workshop.number == max(rules.DOCUMENTS))
        .order_by(Workshop.id.desc())
        .limit(1)
    )
    if last is None:
        return ()
    gaps = rules.derived_gaps(last.number, _brought(await _facts(session, last.id)))
    return tuple(Problem(f"/workshops/{last.number}{gap.pointer}", gap.reason) for gap in gaps)


async def _facts(session: AsyncSession, workshop_id: UUID) -> Mapping[str, Any]:
    connection = await driver_connection(session)
    facts: Mapping[str, Any] = from_json(await connection.fetchval(_FACTS, workshop_id))
    return facts


def _opening(facts: Mapping[str, Any]) -> tuple[Problem, ...]:
    return rules.opening_gaps(facts["number"], facts["closed"])


def _closing(facts: Mapping[str, Any]) -> tuple[Problem, ...]:
    return rules.workshop_gaps(facts["number"], _brought(facts))


def _brought(facts: Mapping[str, Any]) -> rules.Brought:
    return rules.Brought(
        documents=facts["documents"],
        sessions=facts["sessions"],
        signatories=facts["signatories"],
        quick_wins=[_promised(**quick_win) for quick_win in facts["quick_wins"]],
        rules=rules_of_quick_wins(QuickWinRules(**(facts["rules"] or {}))),
    )


def _promised(state: str, title: str, dimension: str, starts_on: str, ends_on: str) -> rules.Promised:
    first, last = date.fromisoformat(starts_on), date.fromisoformat(ends_on)
    return rules.Promised(state, QuickWin(title=title, dimension=dimension, starts_on=first, ends_on=last))
