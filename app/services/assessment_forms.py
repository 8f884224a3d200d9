"""The form of a region: saved as often as it likes while it is open, and admitted late by an officer's decision."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain import forms
from app.domain.lifecycles import ASSESSMENT
from app.domain.permissions import Permission
from app.kernel.bodies import merge_patch
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Invalid, refuse
from app.kernel.writing import Writing
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.schemas.assessments import AssessmentUpdate, LateAdmissionCreate
from app.services import calendars
from app.services.assessments import rubric_of
from app.services.catalogues import choice_faults
from app.services.offices import require_own_office

_EMPTY: dict[str, Any] = {"level": None, "text": None, "evidence": []}
_PRIORITY_TWICE = Text(en="The same priority is named twice.", id="Prioritas yang sama disebut dua kali.")
_PAST = Text(en="Name a moment that is still to come.", id="Sebutkan waktu yang masih akan datang.")


class FormClosed(Conflict):
    """A form that was submitted does not change any more."""

    code = "form_closed"
    title = Text(en="Form closed", id="Formulir ditutup")
    help = Text(
        en="The form was submitted and stays as it is. To change it, ask the ministry to return it.",
        id="Formulir sudah dikirim dan tidak berubah lagi. Untuk mengubahnya, minta kementerian mengembalikannya.",
    )


def answers_of(assessment: Assessment) -> forms.Answers:
    """Return what the region says, as the rules take it."""
    return {
        code: forms.Answer(
            said["level"], said["text"], tuple(forms.Evidence(**evidence) for evidence in said["evidence"])
        )
        for code, said in assessment.answers.items()
    }


async def fill(writing: Writing, assessment: Assessment, patch: AssessmentUpdate) -> None:
    """Save what the region says; raise `Forbidden`, `FormClosed`, or `Invalid` with pointers."""
    session = writing.session
    region = await session.scalar(select(Candidacy.region_code).where(Candidacy.id == assessment.candidacy_id))
    require_own_office(writing, region or "", Permission.ASSESSMENTS_WRITE)
    _require_open(assessment)
    if "priorities" in patch.changes():
        await _check_priorities(session, patch.priorities)
        assessment.priorities = list(patch.priorities)
    if "answers" in patch.changes():
        assessment.answers = _merged(assessment.answers, patch)
        if problems := forms.answer_problems(await rubric_of(session, assessment), answers_of(assessment)):
            raise refuse(problems)


def _merged(stored: dict[str, Any], patch: AssessmentUpdate) -> dict[str, Any]:
    """Merge the answers sent into those stored; each that is left is whole, with its members empty where cleared."""
    merged: dict[str, Any] = merge_patch(stored, patch.model_dump()["answers"])
    return {code: _EMPTY | answer for code, answer in merged.items()}


async def _check_priorities(session: AsyncSession, codes: Sequence[str]) -> None:
    faults = await choice_faults(
        session, "national-priorities", ((f"/priorities/{index}", code) for index, code in enumerate(codes))
    )
    faults += [
        FieldError(pointer=f"/priorities/{index}", code="duplicate", message=_PRIORITY_TWICE)
        for index, code in enumerate(codes)
        if code in codes[:index]
    ]
    if faults:
        raise Invalid(errors=faults)


def admit_late(assessment: Assessment, asked: LateAdmissionCreate, *, actor: str) -> None:
    """Let the form come until a later moment; raise `FormClosed`, or `Invalid` when that moment has passed."""
    _require_open(assessment)
    if asked.until <= calendars.now():
        raise Invalid(errors=[FieldError(pointer="/until", code="out_of_range", message=_PAST)])
    assessment.late_until, assessment.late_reason, assessment.late_admitted_by = asked.until, asked.reason, actor


def _require_open(assessment: Assessment) -> None:
    if assessment.state != ASSESSMENT.initial:
        raise FormClosed(state=assessment.state)
