"""How far a panel is: what it lacks to begin, who still owes a review, and what follows when the last one is in."""

from datetime import UTC, datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.panels import PanelRule, lacks
from app.domain.principals import SYSTEM
from app.domain.reasons import Reason
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.panels import PanelMember
from app.services import conflicts, scorecards
from app.services.assessments import step
from app.services.cohorts import rules_of
from app.services.moderations import MODERATED

# The state of an assessment in which reviews come in.
JUDGING = "in_review"
FINAL = "final"


async def lacking(session: AsyncSession, assessment: Assessment) -> tuple[Reason, ...]:
    """Tell what keeps the panel from beginning: too few members, or several from one institution. Empty: nothing."""
    cohort = await cohort_of(session, assessment)
    sitting = await session.scalars(
        select(PanelMember.expert_id).where(PanelMember.assessment_id == assessment.id, PanelMember.state != "recused")
    )
    roll = await conflicts.roll_of(session, sitting.all())
    return tuple(map(roll.named, lacks(rule_of(cohort), roll.assessors)))


async def cohort_of(session: AsyncSession, assessment: Assessment) -> Cohort:
    """Return the cohort of an assessment."""
    of_candidacy = select(Cohort).join(Candidacy, Candidacy.cohort_code == Cohort.code)
    return (await session.scalars(of_candidacy.where(Candidacy.id == assessment.candidacy_id))).one()


def rule_of(cohort: Cohort) -> PanelRule:
    """Return what the cohort asks of a panel."""
    rules = rules_of(cohort)
    return PanelRule(rules.quorum, different_institutions=rules.different_institutions)


async def settle(session: AsyncSession, assessment: Assessment) -> None:
    """Show the reviews of a locked assessment when the last is in, and give it to moderation if a question awaits that.

    When too few are left to judge, it is under review again: whoever joins may not know what the others gave. To be
    called when a review was submitted and when a member has left the panel. Nobody's hand moves it: whoever came last
    is not to be known from its history.
    """
    if assessment.state not in (JUDGING, MODERATED):
        return
    owed = await owes(session, assessment)
    if owed and assessment.revealed_at is None:
        return
    # Of different institutions they were when they joined. Where they work by now takes back no review.
    if any(lack.code == "quorum_short" for lack in await lacking(session, assessment)):
        assessment.revealed_at = None
        if assessment.state == MODERATED:
            await step(session, assessment, JUDGING, reason="under review again", actor=SYSTEM.id)
        await session.flush()
        return
    if owed or assessment.state == MODERATED:
        return
    contested = (await scorecards.gather(session, assessment)).pending()
    if assessment.revealed_at is None:
        assessment.revealed_at = datetime.now(UTC)
    if contested:
        # The region reads this history before its letter, so it does not say about which questions.
        await step(session, assessment, MODERATED, reason="the assessors differ", actor=SYSTEM.id)
    await session.flush()


async def owes(session: AsyncSession, assessment: Assessment) -> bool:
    """Tell whether a member of the panel, who did not step aside, has yet to submit."""
    waits = exists().where(
        PanelMember.assessment_id == assessment.id, PanelMember.state.not_in(["submitted", "recused"])
    )
    return bool(await session.scalar(select(waits)))
