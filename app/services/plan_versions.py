"""Freeze a plan as it is at one moment; nobody changes a version after, the database sees to that."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.selection import canonical, digest
from app.kernel.writing import new_id
from app.models.master_plans import MasterPlan, PlanVersion
from app.services.plan_contents import document_of, initiatives_of


async def freeze(session: AsyncSession, plan: MasterPlan, reason: str, actor: str) -> PlanVersion:
    """Make the next version of a locked plan."""
    document = document_of(plan, await initiatives_of(session, plan.id))
    newest = await session.scalar(select(func.max(PlanVersion.number)).where(PlanVersion.plan_id == plan.id))
    version = PlanVersion(
        id=new_id(),
        plan_id=plan.id,
        number=(newest or 0) + 1,
        content=canonical(document),
        content_sha256=digest(document),
        reason=reason,
        made_by=actor,
    )
    session.add(version)
    await session.flush()
    return version
