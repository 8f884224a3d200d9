"""What an officer may move by hand, and what moves a candidacy that no officer may."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import CANDIDACY
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Invalid, NotFound
from app.kernel.transitions import by_hand
from app.kernel.writing import IfMatch, Writing
from app.models.candidacies import Candidacy, SeatAlreadyReplaced
from app.projections.candidacies import CANDIDACIES
from app.schemas.candidacies import CandidacyTransitionCreate
from app.services import mentorship_moves
from app.services.candidacies import INVITING, NOMINATING, FinalChoiceMade, lock_cohort, move, require_state
from app.services.cohorts import published_stages


class DecidedByRun(Conflict):
    """A choice that only a published selection run makes."""

    code = "decided_by_run"
    title = Text(en="Decided by a selection run", id="Diputuskan oleh proses seleksi")
    help = Text(
        en="Record a selection run and let a second person publish it; that moves the candidacies.",
        id="Rekam proses seleksi dan minta orang kedua menerbitkannya; itu yang memindahkan pencalonan.",
    )


class MovedByReplacement(Conflict):
    """A step that only a seat fallen free makes possible."""

    code = "moved_by_replacement"
    title = Text(en="Moved by a replacement", id="Dipindahkan oleh penggantian")
    help = Text(
        en="A reserve takes the seat of one that withdrew: `POST /v1/candidacies/{id}/replacement` of that one.",
        id="Cadangan menempati kursi yang mundur: `POST /v1/candidacies/{id}/replacement` milik yang mundur itu.",
    )


class MovedByMemorandum(Conflict):
    """A step that only the memorandum takes."""

    code = "moved_by_memorandum"
    title = Text(en="Moved by its memorandum", id="Dipindahkan oleh nota kesepahaman")
    help = Text(
        en="Sign the memorandum of this candidacy, or declare it void: that moves the candidacy.",
        id="Tandatangani atau batalkan nota kesepahaman pencalonan ini; itu yang memindahkannya.",
    )


class MovedByAssessment(Conflict):
    """A step that only the assessment takes."""

    code = "moved_by_assessment"
    title = Text(en="Moved by its assessment", id="Dipindahkan oleh penilaiannya")
    help = Text(
        en="The candidacy follows its assessment: submit or return the form there, or finish the assessment.",
        id="Pencalonan mengikuti penilaiannya: kirim atau kembalikan formulirnya di sana, atau selesaikan penilaian.",
    )


class MovedByMentorship(Conflict):
    """A step that only the mentorship takes."""

    code = "moved_by_mentorship"
    title = Text(en="Moved by its mentorship", id="Dipindahkan oleh pendampingannya")
    help = Text(
        en="Record a mentorship for this candidacy and move that to `active`; the candidacy follows.",
        id="Rekam pendampingan untuk pencalonan ini dan pindahkan ke `active`; pencalonan mengikutinya.",
    )


class MovedByPlan(Conflict):
    """A step that only the master plan takes."""

    code = "moved_by_plan"
    title = Text(en="Moved by its master plan", id="Dipindahkan oleh rencana induknya")
    help = Text(
        en="The candidacy follows its master plan: submit it there, review it, or enact it by its regulation.",
        id="Pencalonan mengikuti rencana induknya: ajukan, ulas, atau tetapkan rencana itu dengan peraturannya.",
    )


_TAKEN_BY = {
    "replacement": MovedByReplacement,
    "selection_run": DecidedByRun,
    "memorandum": MovedByMemorandum,
    "assessment": MovedByAssessment,
    "mentorship": MovedByMentorship,
    "plan": MovedByPlan,
}


async def move_by_hand(
    writing: Writing, candidacy_id: UUID, if_match: IfMatch, asked: CandidacyTransitionCreate
) -> None:
    """Move one candidacy at an officer's word.

    A choice is not one person's to make (`DecidedByRun`), nor is who takes a seat that fell free
    (`MovedByReplacement`). A region has signed when its memorandum is signed (`MovedByMemorandum`); its form is in and
    it is assessed when its assessment says so (`MovedByAssessment`), it is mentored when its mentorship is active
    (`MovedByMentorship`), and its plan is where the plan is (`MovedByPlan`). Nobody is invited once the choice is made
    (`CohortNotReady`, `FinalChoiceMade`). One that withdrew is nominated again while its cohort nominates
    (`CohortNotReady`) and nobody stands in its place (`SeatAlreadyReplaced`). The mentorship of a region that withdraws
    ends with it.
    """
    session = writing.session
    code = await session.scalar(select(Candidacy.cohort_code).where(Candidacy.id == candidacy_id))
    if code is None:
        raise NotFound
    # The cohort first, the candidacy second: all takers of seats lock in this order.
    cohort = await lock_cohort(session, code)
    candidacy = await writing.fetch(Candidacy, CANDIDACIES, if_match=if_match, id=candidacy_id)
    by_hand(CANDIDACY, candidacy.state, asked.to, _TAKEN_BY)
    if asked.replaces_id is not None:
        message = Text(
            en="No move by hand replaces someone; leave this out.",
            id="Pemindahan oleh petugas tidak menggantikan siapa pun; kosongkan isian ini.",
        )
        raise Invalid(errors=[FieldError(pointer="/replaces_id", code="not_allowed", message=message)])
    if asked.to == "invited":
        require_state(cohort, *INVITING)
        if "final" in await published_stages(session, code):
            raise FinalChoiceMade
    if asked.to == CANDIDACY.initial:
        require_state(cohort, *NOMINATING)
        await _require_not_replaced(session, candidacy)
    actor = writing.principal.id
    await move(session, cohort, [candidacy], asked.to, reason=asked.reason, actor=actor)
    if asked.to == "withdrawn":
        await mentorship_moves.end_with(session, candidacy, reason=asked.reason, actor=actor)


async def _require_not_replaced(session: AsyncSession, candidacy: Candidacy) -> None:
    """Raise `SeatAlreadyReplaced` when another candidacy replaces this one, even one that has left since."""
    # Who replaces somebody locks the cohort as well, so nobody does between this look and our commit.
    if await session.scalar(select(Candidacy.id).where(Candidacy.replaces_id == candidacy.id)) is not None:
        raise SeatAlreadyReplaced
