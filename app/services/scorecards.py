"""What an assessment comes to: computed from what the panel and moderation said, and frozen when it is final.

The rules are pure (`app/domain/scoring.py`); here their facts are gathered and their result is written down.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from fastapi import Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain import rubrics, scoring, selection
from app.domain.exact import shown
from app.domain.forms import Decision, Decisions
from app.kernel.formats import JSON
from app.kernel.reading import Reading
from app.kernel.writing import new_id
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.moderations import Moderation
from app.models.panels import PanelMember
from app.models.reviews import Review
from app.models.scorecards import Scorecard
from app.schemas.cohorts import AssessmentRules
from app.services.assessments import rubric_of
from app.services.cohorts import rules_of


@dataclass(frozen=True, slots=True)
class Facts:
    """What a scorecard is computed from; `edition` is the one it would be, and so the round of moderation before it.

    `rounds` are the decisions of moderation, in order: a later one takes the place of an earlier one on a question.
    """

    rubric: rubrics.Rubric
    reviews: tuple[scoring.Review, ...]
    rounds: Mapping[int, Decisions]
    rules: AssessmentRules
    simulation: bool
    edition: int
    reopened: frozenset[str]

    @property
    def decisions(self) -> Decisions:
        """What moderation decided last on each question."""
        return {code: decision for decisions in self.rounds.values() for code, decision in decisions.items()}

    def card(self) -> scoring.Scorecard:
        """Add everything up."""
        limit = self.rules.spread_limit
        return scoring.scorecard(self.rubric, self.reviews, limit=limit, decisions=self.decisions)

    def pending(self) -> tuple[str, ...]:
        """Return the questions that await moderation: contested ones, and those reopened since the last edition."""
        undecided = {*self.card().undecided, *(self.reopened - self.rounds.get(self.edition, {}).keys())}
        return tuple(question.code for question in self.rubric.questions if question.code in undecided)


async def gather(session: AsyncSession, assessment: Assessment) -> Facts:
    """Gather the facts of an assessment as they stand, without the reviews of those who stepped aside."""
    cohort = await session.scalars(
        select(Cohort)
        .join(Candidacy, Candidacy.cohort_code == Cohort.code)
        .where(Candidacy.id == assessment.candidacy_id)
    )
    given = await session.execute(
        select(Review.expert_id, Review.levels)
        .join(
            PanelMember,
            (PanelMember.assessment_id == Review.assessment_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(Review.assessment_id == assessment.id, Review.state == "submitted", PanelMember.state != "recused")
    )
    moderated = await session.execute(
        select(Moderation.round, Moderation.decisions)
        .where(Moderation.assessment_id == assessment.id)
        .order_by(Moderation.round)
    )
    frozen = await session.scalar(select(func.count()).where(Scorecard.assessment_id == assessment.id))
    belongs = cohort.one()
    return Facts(
        rubric=await rubric_of(session, assessment),
        reviews=tuple(scoring.Review(str(expert), levels) for expert, levels in given),
        rounds={
            number: {code: Decision(**decision) for code, decision in decisions.items()}
            for number, decisions in moderated
        },
        rules=rules_of(belongs),
        simulation=belongs.simulation,
        edition=(frozen or 0) + 1,
        reopened=frozenset(assessment.reopened),
    )


async def freeze(session: AsyncSession, assessment: Assessment, *, reason: str) -> Scorecard:
    """Keep the scorecard of a locked assessment as its next edition, under the digest of what it was computed from."""
    facts = await gather(session, assessment)
    card, inputs = facts.card(), _inputs(assessment, facts)
    row = Scorecard(
        id=new_id(),
        assessment_id=assessment.id,
        edition=facts.edition,
        rubric_code=assessment.rubric_code,
        rubric_edition=assessment.rubric_edition,
        total=shown(card.total),
        percent=shown(card.percent),
        criteria=[_criterion(score) for score in card.criteria],
        questions=[_question(score) for score in card.questions],
        inputs=selection.canonical(inputs),
        inputs_sha256=selection.digest(inputs),
        reason=reason,
        simulation=facts.simulation,
    )
    session.add(row)
    await session.flush()
    return row


async def exact_scores(session: AsyncSession, cards: Iterable[Scorecard]) -> Mapping[UUID, Mapping[str, Fraction]]:
    """Compute anew, from the inputs that each scorecard keeps, the scores that its figures were cut from; by its id."""
    editions: dict[tuple[str, int], rubrics.Rubric] = {}
    scores = {}
    for card in cards:
        edition = (card.rubric_code, card.rubric_edition)
        if edition not in editions:
            editions[edition] = await rubric_of(session, card)
        kept = json.loads(card.inputs)
        decisions = {code: Decision(**decision) for code, decision in kept["decisions"].items()}
        scores[card.id] = scoring.exact_scores(editions[edition], kept["levels"], decisions)
    return scores


async def inputs(reading: Reading, scorecard_id: UUID) -> Response:
    """Answer the inputs of a scorecard as the very bytes that were hashed."""
    document = await reading.value("SELECT inputs FROM scorecards WHERE id = $1", scorecard_id)
    return Response(document, media_type=JSON)


def _inputs(assessment: Assessment, facts: Facts) -> dict[str, Any]:
    """Return the canonical document. Levels stand by question, in order of size: so none can be told from another's.

    A row to each assessor, even without the name, would show a region who was hard on it.
    """
    levels = {
        question.code: sorted(review.levels[question.code] for review in facts.reviews)
        for question in facts.rubric.questions
    }
    document: dict[str, Any] = selection.document(
        {
            "rubric": {
                "code": assessment.rubric_code,
                "edition": assessment.rubric_edition,
                "criteria": facts.rubric.criteria,
            },
            "rules": facts.rules.model_dump(),
            "levels": levels,
            "decisions": facts.decisions,
        }
    )
    return document


def _criterion(score: scoring.CriterionScore) -> dict[str, Any]:
    return {
        "criterion": score.criterion,
        "weight": shown(score.weight),
        "score": shown(score.score),
        "contribution": shown(score.contribution),
    }


def _question(score: scoring.QuestionScore) -> dict[str, Any]:
    decision, why = score.decision, score.reason
    return {
        "question": score.question,
        "criterion": score.criterion,
        "levels": score.levels,
        "mean": shown(score.mean),
        "spread": score.spread,
        "deviation": shown(score.deviation),
        "contested": score.contested,
        "decision": None if decision is None else {"level": decision.level, "reason": decision.reason},
        "score": shown(score.score),
        "share": shown(score.share),
        "contribution": shown(score.contribution),
        "reason": None if why is None else {"code": why.code, "text_en": why.text_en, "text_id": why.text_id},
    }
