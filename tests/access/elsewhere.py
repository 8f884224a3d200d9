"""What the three worlds lack for the lists: records that the assessor does not see, and hidden ones that say enough.

It comes after the worlds, because the examples of the contract show these and have no use for it.
"""

from datetime import UTC, date, datetime
from uuid import UUID

from app.kernel.writing import new_id
from app.models.assessments import Assessment
from app.models.initiatives import Initiative
from app.models.master_plans import MasterPlan
from app.models.memoranda import Memorandum
from app.models.moderations import Moderation
from app.models.panels import ConflictDeclaration, ConflictOverride, PanelMember
from app.models.plan_reviews import PlanComment
from app.models.quick_wins import QuickWin
from app.models.reviews import Review
from tests.access.records import OTHER_REGION, OWN_REGION, insert
from tests.access.reviews import MODERATION
from tests.access.worlds import Worlds
from tests.routers.outcomes import scorecard
from tests.routers.plans import INITIATIVE


async def judge_elsewhere(worlds: Worlds) -> None:
    """Have the hidden assessment judged by somebody else alone, who has a conflict of interest and asks to stay."""
    assessment, expert = UUID(worlds.hidden.assessments.assessment), UUID(worlds.published.panels.free)
    now = datetime.now(UTC)
    async with worlds.database.write() as session:
        judged = await session.get_one(Assessment, assessment)
        judged.revealed_at = now
    seat = {"assessment_id": assessment, "expert_id": expert}
    await insert(
        worlds.database,
        ConflictDeclaration(id=new_id(), expert_id=expert, region_code=OTHER_REGION, reason="x"),
        ConflictOverride(id=new_id(), conflicts=[], reason="x", requested_by="one", **seat),
        PanelMember(id=new_id(), state="submitted", **seat),
        Review(id=new_id(), state="submitted", submitted_at=now, **seat),
        Moderation(id=new_id(), assessment_id=assessment, round=1, moderated_by="one", **MODERATION),
        scorecard(judged, OWN_REGION),
    )


async def fill_hidden(worlds: Worlds) -> None:
    """Have the memoranda that are drafted, the hidden plan and the hidden quick win say what lists are filtered by."""
    plans, initiative = worlds.hidden.plans, UUID(worlds.hidden.plans.initiative)
    async with worlds.database.write() as session:
        (await session.get_one(MasterPlan, UUID(plans.plan))).revises_id = UUID(worlds.published.plans.plan)
        (await session.get_one(PlanComment, UUID(plans.comment))).initiative_id = initiative
        planned = await session.get_one(Initiative, initiative)
        quick_win = await session.get_one(QuickWin, UUID(worlds.hidden.quick_wins.running))
        quick_win.initiative_id = initiative
        for one in (planned, quick_win):
            one.dimension, one.sub_dimension = INITIATIVE["dimension"], INITIATIVE["sub_dimension"]
        planned.priorities = INITIATIVE["priorities"]
        for world in (worlds.published, worlds.hidden):
            drafted = await session.get_one(Memorandum, UUID(world.memoranda.drafted))
            drafted.number, drafted.date = f"{drafted.id}", date(drafted.year, 1, 1)
