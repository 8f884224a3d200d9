"""Draft commitments, sign them, and declare them void. Locks are taken in order: the candidacy, the commitment."""

from uuid import UUID

from sqlalchemy import func, select

from app.domain import commitments as rules
from app.domain.lifecycles import COMMITMENT, MENTORED
from app.domain.permissions import Permission
from app.kernel.engines import to_json
from app.kernel.messages import Text
from app.kernel.problems import Conflict, Incomplete, NotFound, field_errors, refuse
from app.kernel.strict_json import decode
from app.kernel.transitions import TransitionCreate, advance, enter
from app.kernel.writing import IfMatch, Writing, new_id
from app.models.candidacies import Candidacy
from app.models.commitments import Commitment
from app.projections.candidacies import CANDIDACIES
from app.projections.commitments import COMMITMENTS
from app.schemas.commitments import CommitmentCreate, CommitmentUpdate
from app.schemas.memoranda import WithDocument
from app.services import calendars
from app.services.candidacies import require_candidacies
from app.services.offices import require_writer_for

RESOURCE = "commitments"


class CommitmentFrozen(Conflict):
    """A commitment that was signed or dropped does not change any more."""

    code = "commitment_frozen"
    title = Text(en="Commitment frozen", id="Komitmen tidak dapat diubah")
    help = Text(
        en="Only a drafted commitment changes. To correct a signed one, declare it void and sign a new one.",
        id="Hanya rancangan yang dapat diubah. Untuk memperbaiki yang sudah ditandatangani, batalkan lalu buat baru.",
    )


async def draft(writing: Writing, candidacy_id: UUID, asked: CommitmentCreate) -> Commitment:
    """Draft a commitment of a mentored region; raise `CandidacyNotReady`, or `Invalid` for who cannot sign.

    A second one of a signatory that is not void breaks a constraint of the database.
    """
    session = writing.session
    candidacy = await writing.fetch(Candidacy, CANDIDACIES, id=candidacy_id)
    require_writer_for(writing, candidacy.region_code, Permission.COMMITMENTS_WRITE)
    require_candidacies([("", candidacy)], *MENTORED)
    said = asked.model_dump(exclude={"reason"})
    commitment = Commitment(id=new_id(), candidacy_id=candidacy_id, state=COMMITMENT.initial, **said)
    _check(commitment)
    session.add(commitment)
    await session.flush()
    moves = [(str(commitment.id), None, commitment.state)]
    await enter(session, RESOURCE, moves, reason=asked.reason, actor=writing.principal.id)
    return commitment


async def update(writing: Writing, commitment_id: UUID, if_match: IfMatch, patch: CommitmentUpdate) -> None:
    """Change a draft; raise `CommitmentFrozen` when it comes too late, `Invalid` when what it leaves makes no sense."""
    _, commitment = await _lock(writing, commitment_id, if_match)
    if commitment.state != COMMITMENT.initial:
        raise CommitmentFrozen(state=commitment.state)
    patch.apply(commitment)
    _check(commitment)
    if commitment.document is not None and "document" in patch.changes():
        # What came out of the merge must be whole, with a pointer to whatever it still lacks.
        merged = decode(WithDocument, to_json({"document": commitment.document}).encode())
        commitment.document = merged.document.model_dump()


async def move(writing: Writing, commitment_id: UUID, if_match: IfMatch, asked: TransitionCreate) -> None:
    """Sign a commitment or declare it void.

    Raises `Incomplete` with pointers to what a signing still needs, by the region's own day.
    """
    session, actor = writing.session, writing.principal.id
    candidacy, commitment = await _lock(writing, commitment_id, if_match)
    before, after = commitment.state, advance(COMMITMENT, commitment.state, asked.to)
    day = None
    if after == "signed":
        require_candidacies([("", candidacy)], *MENTORED)
        today = await calendars.today(session, candidacy.region_code, calendars.now())
        day, document = commitment.signed_on, commitment.document
        if gaps := rules.signing_gaps(day, document=document is not None, today=today):
            raise Incomplete(errors=field_errors(gaps))
        commitment.published_at = func.clock_timestamp()
    commitment.state = after
    await session.flush()
    moves = [(str(commitment_id), before, after)]
    await enter(session, RESOURCE, moves, reason=asked.reason, actor=actor, effective_on=day)


async def _lock(writing: Writing, commitment_id: UUID, if_match: IfMatch) -> tuple[Candidacy, Commitment]:
    """Lock a commitment after its candidacy; raise `NotFound`, or `Forbidden` unless it is the principal's region's."""
    candidacy_id = await writing.session.scalar(select(Commitment.candidacy_id).where(Commitment.id == commitment_id))
    if candidacy_id is None:
        raise NotFound
    candidacy = await writing.session.get_one(Candidacy, candidacy_id, with_for_update=True)
    commitment = await writing.fetch(Commitment, COMMITMENTS, if_match=if_match, id=commitment_id)
    require_writer_for(writing, candidacy.region_code, Permission.COMMITMENTS_WRITE)
    return candidacy, commitment


def _check(commitment: Commitment) -> None:
    if faults := rules.signatory_problems(commitment.signatory, commitment.agency):
        raise refuse(faults)
