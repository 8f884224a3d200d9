"""Plans under review, for tests: submitted ones, comments on them and verdicts."""

from typing import Any
from uuid import UUID

import httpx

from app.kernel.db import Database
from app.kernel.writing import new_id
from app.models.candidacies import Candidacy
from app.models.master_plans import MasterPlan
from app.models.plan_reviews import PlanComment, PlanReview
from app.services.plan_versions import freeze
from tests.conftest import As
from tests.ground import laid
from tests.routers.plans import make_planning, make_whole_plan, step


@laid
async def submit(editor: httpx.AsyncClient, plan: str) -> None:
    """Hand a whole plan in."""
    submitted = await step(editor, plan, "submitted")
    assert submitted.status_code == 200, submitted.text


@laid
async def make_submitted_plan(as_: As, database: Database) -> str:
    """Make a mentored region whose whole plan is submitted, and return the plan's path."""
    mentored = await make_planning(as_, database)
    plan = await make_whole_plan(as_("region_editor"), mentored.candidacy)
    await submit(as_("region_editor"), plan)
    return plan


async def comment(client: httpx.AsyncClient, plan: str, anchor: str = "/parts/gap", **fields: Any) -> httpx.Response:
    """Comment on a part of a plan."""
    return await client.post(f"{plan}/comments", json={"anchor": anchor, "text": "Which buses?"} | fields)


async def settle(client: httpx.AsyncClient, path: str, to: str = "resolved") -> httpx.Response:
    """Resolve a comment as it stands, or open it again."""
    return await client.post(f"{path}/transitions", json={"to": to, "reason": "test"}, headers={"If-Match": "*"})


async def review(client: httpx.AsyncClient, plan: str, verdict: str = "accepted", version: int = 1) -> httpx.Response:
    """Give a verdict on a version of a plan."""
    body = {"version_number": version, "verdict": verdict, "reason": f"{verdict} in the test"}
    return await client.post(f"{plan}/reviews", json=body)


async def state(client: httpx.AsyncClient, plan: str) -> tuple[str, str]:
    """Return the states of a plan and of its candidacy."""
    shown = (await client.get(plan)).json()
    candidacy = await client.get(f"/v1/candidacies/{shown['candidacy_id']}")
    return shown["state"], candidacy.json()["state"]


@laid
async def put_under_review(database: Database, plan: str) -> None:
    """Put a plan where its submission would, past all rules: frozen as its first version, with its candidacy."""
    async with database.write() as session:
        row = await session.get_one(MasterPlan, UUID(plan.rpartition("/")[2]))
        await freeze(session, row, reason="test", actor="test")
        row.state, row.submitted_at = "submitted", row.created_at
        (await session.get_one(Candidacy, row.candidacy_id)).state = "plan_submitted"


@laid
async def put_reviewed(database: Database, plan: str) -> tuple[str, str]:
    """Give any plan a version, a verdict on it and a comment, past all rules; return the ids of the last two."""
    async with database.write() as session:
        row = await session.get_one(MasterPlan, UUID(plan.rpartition("/")[2]))
        version = await freeze(session, row, reason="test", actor="test")
        said = {"id": new_id(), "side": "mentor"}
        verdict = PlanReview(version_id=version.id, verdict="accepted", reason="test", reviewed_by="test", **said)
        remark = PlanComment(plan_id=row.id, anchor="", text="test", author="test", state="open", **said)
        session.add_all([verdict, remark])
    return str(verdict.id), str(remark.id)
