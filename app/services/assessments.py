"""Open the assessments of a cohort, lock one and move it on.

Who moves a candidacy by its assessment locks in one order: the cohort, the candidacy, the assessment. To save a form
takes the assessment alone.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain import rubrics
from app.domain.lifecycles import ASSESSMENT
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Invalid
from app.kernel.transitions import advance, enter
from app.kernel.writing import new_id
from app.models.assessments import Assessment, AssessmentExists
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.regions import Region
from app.models.rubrics import Rubric
from app.models.scorecards import Scorecard
from app.schemas.assessments import AssessmentsCreate, OpenedRead, OpeningRead
from app.services.candidacies import NOT_IN_COHORT, lock_above, require_candidacies, require_state
from app.services.cohorts import freeze_rules
from app.services.rubrics import to_domain

RESOURCE = "assessments"
# The state of a cohort in which regions are assessed, and those of a candidacy whose form is awaited, and is in.
ASSESSING, AWAITS_FORM, FORM_IN = "assessing", "invited", "form_submitted"
_TWICE = Text(en="The same candidacy is named twice.", id="Pencalonan yang sama disebut dua kali.")
_HAS_ONE = Text(en="This candidacy has an assessment already.", id="Pencalonan ini sudah punya penilaian.")


class Locked(NamedTuple):
    """An assessment and what it belongs to, locked until the transaction ends."""

    cohort: Cohort
    candidacy: Candidacy
    assessment: Assessment


async def lock(session: AsyncSession, assessment_id: UUID) -> Locked:
    """Lock an assessment with its cohort and candidacy; raise `NotFound` when there is none.

    Whether the caller sees it is the caller's to check, by what is asked for.
    """
    cohort, candidacy = await lock_above(session, Assessment, assessment_id)
    assessment = (await session.scalars(select(Assessment).filter_by(id=assessment_id).with_for_update())).one()
    return Locked(cohort, candidacy, assessment)


async def rubric_of(session: AsyncSession, judged: Assessment | Scorecard) -> rubrics.Rubric:
    """Return the edition by which the region is, or was, assessed, as the rules take it."""
    edition = select(Rubric.criteria).filter_by(code=judged.rubric_code, edition=judged.rubric_edition)
    return to_domain((await session.scalars(edition)).one())


async def step(session: AsyncSession, assessment: Assessment, to: str, *, reason: str, actor: str) -> None:
    """Take one step of a locked assessment, with all that was set on it, and write it down."""
    before, assessment.state = assessment.state, advance(ASSESSMENT, assessment.state, to)
    await session.flush()
    await enter(session, RESOURCE, [(str(assessment.id), before, to)], reason=reason, actor=actor)


async def open_all(session: AsyncSession, cohort: Cohort, asked: AssessmentsCreate, *, actor: str) -> OpeningRead:
    """Open the assessments of a locked cohort; the first one freezes its rubric and rules.

    Raises `CohortNotReady`, `Incomplete` without a rubric, and for candidacies that are named `Invalid`,
    `CandidacyNotReady` or `AssessmentExists`, each pointing at them.
    """
    require_state(cohort, ASSESSING)
    standing = await session.scalars(
        select(Candidacy).where(Candidacy.cohort_code == cohort.code).order_by(Candidacy.region_code)
    )
    rows = {row.id: row for row in standing}
    assessed = set(await session.scalars(select(Assessment.candidacy_id).where(Assessment.candidacy_id.in_(rows))))
    if asked.candidacy_ids is None:
        wanted = {one for one, row in rows.items() if row.state == AWAITS_FORM} - assessed
    else:
        _require_named(asked.candidacy_ids, rows, assessed)
        wanted = {*asked.candidacy_ids}
    opened = [row for one, row in rows.items() if one in wanted]
    return await _report(session, cohort, await _open(session, cohort, opened, asked.reason, actor))


async def _open(
    session: AsyncSession, cohort: Cohort, candidacies: Sequence[Candidacy], reason: str, actor: str
) -> Mapping[UUID, Candidacy]:
    """Open an assessment for each, and return the candidacies by the ids of these."""
    if not candidacies:
        return {}
    rubric = await freeze_rules(session, cohort)
    named = {"rubric_code": rubric.code, "rubric_edition": rubric.edition}
    by_id = {new_id(): candidacy for candidacy in candidacies}
    session.add_all(
        Assessment(id=one, candidacy_id=candidacy.id, state=ASSESSMENT.initial, **named)
        for one, candidacy in by_id.items()
    )
    await session.flush()
    moves = [(str(one), None, ASSESSMENT.initial) for one in by_id]
    await enter(session, RESOURCE, moves, reason=reason, actor=actor)
    return by_id


async def _report(session: AsyncSession, cohort: Cohort, opened: Mapping[UUID, Candidacy]) -> OpeningRead:
    codes = [candidacy.region_code for candidacy in opened.values()]
    found = await session.execute(select(Region.code, Region.name).where(Region.code.in_(codes)))
    names = {row.code: row.name for row in found}
    items = [
        OpenedRead(
            assessment_id=one,
            candidacy_id=candidacy.id,
            region_code=candidacy.region_code,
            region_name=names[candidacy.region_code],
        )
        for one, candidacy in opened.items()
    ]
    return OpeningRead(cohort_code=cohort.code, opened=len(items), items=items)


def _require_named(ids: Sequence[UUID], standing: Mapping[UUID, Candidacy], assessed: Collection[UUID]) -> None:
    """Raise unless each is a candidacy of the cohort, named once, invited, and without an assessment."""
    at = {f"/candidacy_ids/{index}": one for index, one in enumerate(ids)}
    foreign = [
        FieldError(pointer=pointer, code="invalid_reference", message=NOT_IN_COHORT)
        for pointer, one in at.items()
        if one not in standing
    ]
    first: dict[UUID, str] = {}
    twice = [
        FieldError(pointer=pointer, code="duplicate", message=_TWICE)
        for pointer, one in at.items()
        if first.setdefault(one, pointer) != pointer
    ]
    if faults := foreign + twice:
        raise Invalid(errors=faults)
    require_candidacies(((pointer, standing[one]) for pointer, one in at.items()), AWAITS_FORM)
    if faults := [
        FieldError(pointer=pointer, code=AssessmentExists.code, message=_HAS_ONE)
        for pointer, one in at.items()
        if one in assessed
    ]:
        raise AssessmentExists(errors=faults)
