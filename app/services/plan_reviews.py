"""Give verdicts on a submitted plan: the mentor's institution first, the ministry's word moves it on."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import MASTER_PLAN, PLAN_COMMENT
from app.domain.permissions import Permission
from app.domain.plan_review import Comment, Side, acceptance_gaps, mentor_must_accept
from app.kernel.messages import Text
from app.kernel.problems import Conflict, Incomplete, field_errors
from app.kernel.transitions import advance
from app.kernel.writing import Writing, new_id
from app.models.master_plans import MasterPlan, PlanVersion
from app.models.mentorships import Mentorship
from app.models.plan_reviews import PlanComment, PlanReview
from app.projections.master_plans import MASTER_PLANS
from app.schemas.plan_reviews import PlanReviewCreate
from app.services import master_plans
from app.services.plan_comments import require_side
from app.services.plan_contents import initiatives_of
from app.services.workshops import lost

_INITIATIVES = "/initiatives/"


class AnotherVersion(Conflict):
    """The version that was read is not the one that is submitted; `version_number` names that."""

    code = "another_version"
    title = Text(en="Another version", id="Versi lain")
    help = Text(
        en="The plan was submitted anew since you read it. Read the version in `version_number`, then decide.",
        id="Rencana telah diajukan lagi sejak Anda membacanya. Baca versi di `version_number`, lalu beri putusan.",
    )


async def create(writing: Writing, plan_id: UUID, asked: PlanReviewCreate) -> PlanReview:
    """Record the verdict of the principal's side on the version that is submitted, and move the plan by it.

    Either side returns the plan. It is accepted once the ministry accepts it, which takes the mentor's acceptance where
    somebody mentors. Raises `IllegalTransition` unless the plan is submitted, `AnotherVersion`, and `Incomplete` with
    all that stands between the plan and its acceptance; a second verdict of a side breaks a constraint of the database.
    """
    session, actor = writing.session, writing.principal.id
    locked = await master_plans.lock(session, plan_id)
    plan = await writing.fetch(MasterPlan, MASTER_PLANS, id=plan_id)
    writing.require(Permission.PLAN_REVIEWS_WRITE)
    side = await require_side(writing, plan)
    advance(MASTER_PLAN, plan.state, asked.verdict)
    version = await _newest(session, plan)
    if asked.version_number != version.number:
        raise AnotherVersion(version_number=version.number)
    review = PlanReview(
        id=new_id(),
        version_id=version.id,
        side=side,
        verdict=asked.verdict,
        reason=asked.reason,
        reviewed_by=actor,
    )
    session.add(review)
    # Stored before it is judged: a side that has given its verdict is to be told that, not what is open.
    await session.flush()
    if asked.verdict == "accepted":
        await _require_acceptable(session, plan, version, side)
    if asked.verdict == "returned" or side == "ministry":
        await master_plans.step(session, locked, asked.verdict, reason=asked.reason, actor=actor)
    return review


async def _newest(session: AsyncSession, plan: MasterPlan) -> PlanVersion:
    versions = select(PlanVersion).where(PlanVersion.plan_id == plan.id).order_by(PlanVersion.number.desc())
    return (await session.scalars(versions.limit(1))).one()


async def _require_acceptable(session: AsyncSession, plan: MasterPlan, version: PlanVersion, side: Side) -> None:
    """Raise `Incomplete` with every open comment, what the last workshop lost, and the mentor's word if awaited."""
    comments = (
        await session.scalars(
            select(PlanComment)
            .where(PlanComment.plan_id == plan.id, PlanComment.state == PLAN_COMMENT.initial)
            .order_by(PlanComment.id)
        )
    ).all()
    revision = not await master_plans.leads(session, plan)
    awaits = side == "ministry" and await _awaits_mentor(session, plan, version, revision=revision)
    places = {initiative.id: place for place, initiative in enumerate(await initiatives_of(session, plan.id))}
    told = (Comment(_stands_at(comment, places), comment.side) for comment in comments)
    gaps = acceptance_gaps(side, told, awaits_mentor=awaits)
    if not revision:
        gaps += await lost(session, plan.candidacy_id)
    if gaps:
        raise Incomplete(errors=field_errors(gaps), open_comments=[str(comment.id) for comment in comments])


def _stands_at(comment: PlanComment, places: Mapping[UUID, int]) -> str:
    """Return the pointer to what a comment means as the plan is now; of an initiative that is gone, to the plan."""
    if not comment.anchor.startswith(_INITIATIVES):
        return comment.anchor
    place = None if comment.initiative_id is None else places.get(comment.initiative_id)
    _, _, member = comment.anchor.removeprefix(_INITIATIVES).partition("/")
    return "" if place is None else f"{_INITIATIVES}{place}" + (member and f"/{member}")


async def _awaits_mentor(session: AsyncSession, plan: MasterPlan, version: PlanVersion, *, revision: bool) -> bool:
    mentoring = select(Mentorship.state).where(
        Mentorship.candidacy_id == plan.candidacy_id, Mentorship.state != "ended"
    )
    if not mentor_must_accept(await session.scalar(mentoring), revision=revision):
        return False
    accepted = select(PlanReview.id).filter_by(version_id=version.id, side="mentor", verdict="accepted")
    return await session.scalar(accepted) is None
