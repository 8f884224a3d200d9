"""Comment on parts of a plan, resolve comments and open them again.

Each takes the lock of the plan, so that no comment comes in between the last look at them and the plan's acceptance.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.json_pointer import leads_somewhere, steps
from app.domain.lifecycles import PLAN_COMMENT
from app.domain.permissions import Permission, Role
from app.domain.plan_review import DISCUSSED, SIDES, Side, may_settle
from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Conflict, Forbidden, Invalid, NotFound
from app.kernel.transitions import TransitionCreate, advance, enter
from app.kernel.writing import IfMatch, Writing, new_id
from app.models.master_plans import MasterPlan
from app.models.plan_reviews import PlanComment
from app.projections.master_plans import MASTER_PLANS
from app.projections.plan_reviews import PLAN_COMMENTS
from app.schemas.plan_reviews import PlanCommentCreate
from app.services.offices import require_mentor, require_own_office
from app.services.plan_contents import document_of, initiatives_of

RESOURCE = "plan-comments"
_NOWHERE = Text(
    en="The plan has nothing there. Point at a part that it has, as in /parts/gap-analysis or /initiatives/0/measure.",
    id="Rencana tidak memuat bagian itu. Tunjuk bagian yang ada, misalnya /parts/gap-analysis atau /initiatives/0.",
)
_NOT_YOUR_COMMENT = Text(
    en="A comment is resolved by the side that made it, or by the ministry. Answer it by a comment of your own.",
    id="Komentar diselesaikan oleh pihak yang membuatnya atau oleh kementerian. Jawablah dengan komentar Anda sendiri.",
)


class PlanNotDiscussed(Conflict):
    """An accepted plan is not commented on any more."""

    code = "plan_not_discussed"
    title = Text(en="Plan not discussed", id="Rencana tidak dibahas")
    help = Text(
        en="The plan is accepted, so nothing on it is open any more. Comment on its revision instead.",
        id="Rencana sudah diterima, sehingga tidak dibahas lagi. Beri komentar pada revisinya.",
    )


async def require_side(writing: Writing, plan: MasterPlan) -> Side:
    """Return the side on which the principal works on this plan; raise `Forbidden` for whoever has no part in it."""
    role = writing.principal.role
    if role is Role.REGION_EDITOR:
        require_own_office(writing, plan.region_code, Permission.MASTER_PLANS_WRITE)
    else:
        await require_mentor(writing, plan.candidacy_id, Permission.PLAN_REVIEWS_WRITE)
    return SIDES[role]


async def create(writing: Writing, plan_id: UUID, asked: PlanCommentCreate) -> PlanComment:
    """Comment on a part of a plan; raise `Invalid` where there is none, `PlanNotDiscussed`, or `Forbidden`."""
    session = writing.session
    plan = await writing.fetch(MasterPlan, MASTER_PLANS, id=plan_id)
    side = await require_side(writing, plan)
    _require_discussed(plan)
    document = document_of(plan, await initiatives_of(session, plan.id))
    comment = PlanComment(
        id=new_id(),
        plan_id=plan.id,
        initiative_id=_initiative(document, asked.anchor),
        side=side,
        author=writing.principal.id,
        state=PLAN_COMMENT.initial,
        **asked.model_dump(),
    )
    session.add(comment)
    await session.flush()
    moves = [(str(comment.id), None, comment.state)]
    await enter(session, RESOURCE, moves, reason="written", actor=writing.principal.id)
    return comment


async def move(writing: Writing, comment_id: UUID, if_match: IfMatch, asked: TransitionCreate) -> None:
    """Resolve a comment or open it again; raise `Forbidden` for another side, `PlanNotDiscussed` to open late."""
    session = writing.session
    plan_id = await session.scalar(select(PlanComment.plan_id).where(PlanComment.id == comment_id))
    if plan_id is None:
        raise NotFound
    plan = (await session.scalars(select(MasterPlan).filter_by(id=plan_id).with_for_update())).one()
    comment = await writing.fetch(PlanComment, PLAN_COMMENTS, if_match=if_match, id=comment_id)
    side = await require_side(writing, plan)
    if not may_settle(side, comment.side):
        raise Forbidden(_NOT_YOUR_COMMENT, required_permission=Permission.PLAN_REVIEWS_WRITE)
    before = comment.state
    after = advance(PLAN_COMMENT, before, asked.to)
    if after == PLAN_COMMENT.initial:
        _require_discussed(plan)
    comment.state = after
    await session.flush()
    moves = [(str(comment.id), before, after)]
    await enter(session, RESOURCE, moves, reason=asked.reason, actor=writing.principal.id)


def _require_discussed(plan: MasterPlan) -> None:
    if plan.state not in DISCUSSED:
        raise PlanNotDiscussed(state=plan.state)


def _initiative(document: dict[str, Any], anchor: str) -> UUID | None:
    """Return the initiative in which the anchor lies; raise `Invalid` unless it leads somewhere."""
    way = steps(anchor)
    if way is None or not leads_somewhere(document, way):
        raise Invalid(errors=[FieldError(pointer="/anchor", code="unknown_part", message=_NOWHERE)])
    match way:
        case ("initiatives", place, *_):
            return UUID(document["initiatives"][int(place)]["id"])
        case _:
            return None
