"""Issue the result letters of a cohort: one for every candidacy that its published final run decided, or none.

A letter says what stood when it was issued: the run's decision, the newest scorecard, and how the region compares. When
the choice was made again, those whose letter no longer says what stands get another in its place.
"""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.scoring import Comparison, compare, medians
from app.kernel.messages import Text
from app.kernel.problems import Conflict
from app.kernel.writing import new_id
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.regions import Region
from app.models.result_letters import ResultLetter, ResultLetterExists
from app.models.scorecards import Scorecard
from app.models.selection_runs import SelectionResult
from app.schemas.result_letters import PLACE, IssuedRead, ResultLettersCreate, ResultLettersIssued
from app.services.cohorts import final_choice


class ResultsNotPublished(Conflict):
    """There is no final decision to tell yet."""

    code = "results_not_published"
    title = Text(en="Results not published", id="Hasil belum diterbitkan")
    help = Text(
        en="No final selection run of this cohort is published. Have a second person publish one, then issue letters.",
        id="Proses seleksi final tahap ini belum terbit. Minta orang kedua menerbitkannya, lalu terbitkan surat.",
    )


class _Scored(NamedTuple):
    """The newest scorecard of a candidacy, and its score in each criterion."""

    id: UUID
    scores: Mapping[str, Decimal]


async def issue(session: AsyncSession, cohort: Cohort, asked: ResultLettersCreate) -> ResultLettersIssued:
    """Issue the letters of a locked cohort in the order of the region codes.

    Raises `ResultsNotPublished`, and `ResultLetterExists` when none is due; a number that is taken breaks a constraint
    of the database.
    """
    run = await final_choice(session, cohort.code)
    if run is None:
        raise ResultsNotPublished
    run_id = run.id
    scored, decided = await _scored(session, cohort), await _decided(session, cohort, run_id)
    # A region that left before the choice has a scorecard too, but was none of those compared.
    middle = medians(scored[row.candidacy_id].scores for row in decided if row.candidacy_id in scored)
    latest = await _latest(session, cohort)
    due = [
        row for row in decided if not _holds(latest.get(row.candidacy_id), row, scored.get(row.candidacy_id), run_id)
    ]
    if not due:
        raise ResultLetterExists
    items, letters = [], []
    for place, row in enumerate(due, start=asked.first):
        letter = {"id": new_id(), "number": asked.number_pattern.replace(PLACE, str(place))}
        letter |= {"candidacy_id": row.candidacy_id, "decision": row.decision, "rank": row.rank}
        items.append(
            IssuedRead(
                result_letter_id=letter["id"],
                number=letter["number"],
                candidacy_id=row.candidacy_id,
                region_code=row.region_code,
                region_name=row.name,
                decision=row.decision,
                rank=row.rank,
            )
        )
        own, before = scored.get(row.candidacy_id), latest.get(row.candidacy_id)
        letters.append(
            letter
            | {
                "rehearsal": cohort.rehearsal,
                "date": asked.date,
                "year": asked.date.year,
                "run_id": run_id,
                "scorecard_id": own and own.id,
                "comparison": [_told(one) for one in compare(own.scores, middle)] if own else [],
                "reason": asked.reason,
                "replaces_id": before and before.id,
            }
        )
    await session.execute(insert(ResultLetter), letters)
    return ResultLettersIssued(cohort_code=cohort.code, run_id=run_id, date=asked.date, issued=len(items), items=items)


async def _decided(session: AsyncSession, cohort: Cohort, run_id: UUID) -> list[Any]:
    """Return what the run decided of each candidacy, by region code."""
    found = await session.execute(
        select(
            Candidacy.id.label("candidacy_id"),
            Candidacy.region_code,
            Region.name,
            SelectionResult.decision,
            SelectionResult.rank,
        )
        .join(SelectionResult, SelectionResult.region_code == Candidacy.region_code)
        .join(Region, Region.code == Candidacy.region_code)
        .where(Candidacy.cohort_code == cohort.code, SelectionResult.run_id == run_id)
    )
    # Whatever order the database keeps of texts.
    return sorted(found, key=lambda row: str(row.region_code))


def _holds(letter: ResultLetter | None, row: Any, card: _Scored | None, run_id: UUID) -> bool:
    """Tell whether a letter is on this run, or on one before that decided the same of the same scorecard."""
    if letter is None or letter.run_id == run_id:
        return letter is not None
    return (letter.decision, letter.rank, letter.scorecard_id) == (row.decision, row.rank, card and card.id)


async def _latest(session: AsyncSession, cohort: Cohort) -> dict[UUID, ResultLetter]:
    """Return the letter that holds of every candidacy of the cohort that has any: what no other replaces."""
    replaced = select(ResultLetter.replaces_id).where(ResultLetter.replaces_id.is_not(None))
    found = await session.scalars(
        select(ResultLetter)
        .join(Candidacy, Candidacy.id == ResultLetter.candidacy_id)
        .where(Candidacy.cohort_code == cohort.code, ResultLetter.id.not_in(replaced))
    )
    return {letter.candidacy_id: letter for letter in found}


async def _scored(session: AsyncSession, cohort: Cohort) -> dict[UUID, _Scored]:
    """Return the newest scorecard of every candidacy of the cohort that was assessed."""
    found = await session.execute(
        select(Assessment.candidacy_id, Scorecard.id, Scorecard.criteria)
        .join(Assessment, Assessment.id == Scorecard.assessment_id)
        .join(Candidacy, Candidacy.id == Assessment.candidacy_id)
        .where(Candidacy.cohort_code == cohort.code)
        .ext(distinct_on(Assessment.id))
        .order_by(Assessment.id, Scorecard.edition.desc())
    )
    return {
        row.candidacy_id: _Scored(row.id, {part["criterion"]: Decimal(part["score"]) for part in row.criteria})
        for row in found
    }


def _told(comparison: Comparison) -> dict[str, Any]:
    told = asdict(comparison)
    why = told.pop("reason")
    return told | {"text_en": why["text_en"], "text_id": why["text_id"]}
