"""What is published in editions: rubrics and plan templates."""

from dataclasses import dataclass

from sqlalchemy import select

from app.kernel.db import Database
from app.kernel.editions import Editioned, freeze
from app.models.rubrics import Rubric
from tests.access.requests import NEVER, Request, Requests
from tests.conftest import As
from tests.routers.factories import CRITERIA, make_rubric
from tests.routers.plan_templates import BOOKS, make_plan_template

RUBRIC = {"code": "example", "name_en": "Readiness (example)", "name_id": "Kesiapan (contoh)", "criteria": CRITERIA}
TEMPLATE = {"code": "example", "name_en": "Two books (example)", "name_id": "Dua buku (contoh)", "books": BOOKS}


@dataclass(frozen=True)
class Editions:
    """A rubric and a plan template, and of both a draft that can still change."""

    rubric: str = NEVER
    template: str = NEVER
    draft: str = NEVER

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        return {
            "list_rubrics": Request("/v1/rubrics"),
            "create_rubric": Request("/v1/rubrics", RUBRIC),
            "get_rubric": Request(f"/v1/rubrics/{self.rubric}"),
            "update_rubric": Request(f"/v1/rubrics/{self.draft}?edition=1", {"name_en": "Example"}),
            "list_plan_templates": Request("/v1/plan-templates"),
            "create_plan_template": Request("/v1/plan-templates", TEMPLATE),
            "get_plan_template": Request(f"/v1/plan-templates/{self.template}"),
            "update_plan_template": Request(f"/v1/plan-templates/{self.draft}?edition=1", {"name_en": "Example"}),
        }


async def make(as_: As, database: Database) -> Editions:
    """Make a rubric that is in use, and the drafts."""
    for code in ("used", "draft"):
        await make_rubric(as_("officer"), code)
    await make_plan_template(as_("officer"), "draft")
    await put_in_use(database, Rubric, "used")
    return Editions("used", "three-books", "draft")


def make_hidden() -> Editions:
    """Name the drafts only."""
    return Editions("draft", "draft", "draft")


async def put_in_use(database: Database, kind: type[Editioned], code: str) -> None:
    """Freeze an edition, as its first use does; from then on everyone sees it."""
    async with database.write() as session:
        await freeze(session, (await session.scalars(select(kind).filter_by(code=code))).one())
