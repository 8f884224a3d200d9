"""Master plans with their initiatives and versions, and the comments and verdicts on them."""

from dataclasses import dataclass
from uuid import UUID

from app.kernel.db import Database
from app.kernel.writing import new_id
from app.models.candidacies import Candidacy
from app.models.initiatives import Initiative
from app.models.master_plans import MasterPlan
from app.models.plan_templates import PlanTemplate
from app.services.plan_versions import freeze
from tests.access.editions import put_in_use
from tests.access.records import REHEARSAL, id_of, insert
from tests.access.requests import NOWHERE, STEP, Request, Requests
from tests.conftest import As
from tests.routers.mentored import make_mentored
from tests.routers.plans import INITIATIVE, NEW, REGULATION, accept, add_initiative, make_plan, make_template
from tests.routers.reviewed import comment, put_reviewed, put_under_review

TEMPLATE = {"code": "books", "edition": 1}
COSTS = [{"year": 2027, "source": "apbd", "amount": 250_000_000}]


@dataclass(frozen=True)
class Plans:
    """An accepted plan of somebody's region, with an initiative; and of the editor's region one that is worked on."""

    plan: str = NOWHERE
    initiative: str = NOWHERE
    candidacy: str = NOWHERE  # has no plan yet
    draft: str = NOWHERE
    planned: str = NOWHERE  # an initiative of the draft
    submitted: str = NOWHERE  # a plan that waits for a verdict
    verdict: str = NOWHERE  # on the accepted plan, which has a version too
    comment: str = NOWHERE  # of the mentors, on the draft
    own_comment: str = NOWHERE  # of the region, on the draft

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        plan, draft = f"/v1/master-plans/{self.plan}", f"/v1/master-plans/{self.draft}"
        planned, begun = f"/v1/initiatives/{self.planned}", {"template": TEMPLATE, "candidacy_id": self.candidacy}
        enacted = STEP | {"to": "enacted", "regulation": REGULATION}
        return {
            "list_candidacy_master_plans": Request(f"/v1/candidacies/{self.candidacy}/master-plans"),
            "list_master_plans": Request("/v1/master-plans"),
            "create_master_plan": Request("/v1/master-plans", NEW | begun),
            "get_master_plan": Request(plan),
            "update_master_plan": Request(draft, {"vision": "Everyone arrives on time (example)."}),
            "get_master_plan_completeness": Request(f"{plan}/completeness"),
            "get_master_plan_transitions": Request(f"{plan}/transitions"),
            "move_master_plan": Request(f"{plan}/transitions", enacted),
            "list_master_plan_initiatives": Request(f"{plan}/initiatives"),
            "create_initiative": Request(f"{draft}/initiatives", INITIATIVE | {"budget": COSTS}),
            "list_initiatives": Request("/v1/initiatives"),
            "get_initiative": Request(f"/v1/initiatives/{self.initiative}"),
            "update_initiative": Request(planned, {"title": "Bus every ten minutes (example)"}),
            "delete_initiative": Request(planned),
            **self.reviews(plan, draft),
        }

    def reviews(self, plan: str, draft: str) -> Requests:
        """Return a request for every operation of versions, comments and verdicts."""
        comment, settle = f"/v1/plan-comments/{self.comment}", STEP | {"to": "resolved"}
        verdict = {"version_number": 1, "verdict": "returned", "reason": "Costs are missing (example)."}
        return {
            "list_plan_versions": Request(f"{plan}/versions"),
            "get_plan_version": Request(f"{plan}/versions/1"),
            "get_plan_version_content": Request(f"{plan}/versions/1/content"),
            "get_plan_version_diff": Request(f"{plan}/versions/1/diff/2"),
            "list_master_plan_comments": Request(f"{plan}/comments"),
            "create_plan_comment": Request(f"{draft}/comments", {"anchor": "/vision", "text": "By when (example)?"}),
            "list_plan_comments": Request("/v1/plan-comments"),
            "get_plan_comment": Request(comment),
            "get_plan_comment_transitions": Request(f"{comment}/transitions"),
            "move_plan_comment": Request(f"{comment}/transitions", settle),
            "move_plan_comment/region_editor": Request(f"/v1/plan-comments/{self.own_comment}/transitions", settle),
            "list_master_plan_reviews": Request(f"{plan}/reviews"),
            "create_plan_review": Request(f"/v1/master-plans/{self.submitted}/reviews", verdict),
            "list_plan_reviews": Request("/v1/plan-reviews"),
            "get_plan_review": Request(f"/v1/plan-reviews/{self.verdict}"),
        }


async def make(as_: As, database: Database) -> Plans:
    """Make a plan of the editor's region that is accepted, with a verdict, one submitted, and a draft with comments."""
    editor = as_("region_editor")
    await make_template(database)
    await put_in_use(database, PlanTemplate, "books")
    accepting, submitting, drafting, free = [
        (await make_mentored(as_("officer"), database, cohort=cohort, **REHEARSAL)).candidacy
        for cohort in ("accepted", "reviewing", "planning", "unplanned")
    ]
    plan, submitted, draft = [
        await make_plan(editor, candidacy, template=TEMPLATE) for candidacy in (accepting, submitting, drafting)
    ]
    initiative, planned = [await add_initiative(editor, path) for path in (plan, draft)]
    await accept(database, plan)
    verdict, _ = await put_reviewed(database, plan)
    await write_again(database, plan)
    await put_under_review(database, submitted)
    theirs, own = [(await comment(as_(who), draft, "/vision")).json()["id"] for who in ("mentor", "region_editor")]
    return Plans(
        plan=id_of(plan),
        initiative=id_of(initiative),
        candidacy=free,
        draft=id_of(draft),
        planned=id_of(planned),
        submitted=id_of(submitted),
        verdict=verdict,
        comment=theirs,
        own_comment=own,
    )


async def write_again(database: Database, plan: str) -> None:
    """Have a plan say something else, and freeze that too."""
    async with database.write() as session:
        row = await session.get_one(MasterPlan, UUID(id_of(plan)))
        row.vision = "Everyone arrives (example)."
        await freeze(session, row, reason="An example", actor="test")


async def make_hidden(database: Database, candidacy: str) -> Plans:
    """Make a draft in the hidden cohort, with an initiative, a verdict and a comment."""
    async with database.write() as session:
        region = (await session.get_one(Candidacy, UUID(candidacy))).region_code
    named = {"template_code": "books", "template_edition": 1, "region_code": region}
    plan = MasterPlan(id=new_id(), candidacy_id=UUID(candidacy), **named, **NEW)
    initiative = Initiative(id=new_id(), plan_id=plan.id, title="X")
    await insert(database, plan, initiative)
    one, part = str(plan.id), str(initiative.id)
    verdict, remark = await put_reviewed(database, one)
    await write_again(database, one)
    return Plans(one, part, candidacy, one, part, one, verdict, remark, remark)
