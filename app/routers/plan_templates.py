"""Plan templates: which books, chapters and parts a master plan has, in editions."""

from typing import Annotated

from fastapi import Depends, Query, Response

from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.editions import DraftQuery, EditionQuery, EditionsQuery, answer_edition
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.writing import Matching, Writing, writes
from app.models.plan_templates import PlanTemplate, PlanTemplateEditionTaken
from app.projections.plan_templates import PLAN_TEMPLATES
from app.schemas.plan_templates import PlanTemplateCreate, PlanTemplateRead, PlanTemplateUpdate
from app.services import plan_templates as service

router = Room(prefix="/v1/plan-templates", tags=["plan-templates"])


@router.get("", response_model=Page[PlanTemplateRead], summary="List plan templates")
async def list_plan_templates(
    reading: Annotated[Reading[EditionsQuery], reads(Permission.PLAN_TEMPLATES_READ, EditionsQuery)],
) -> Response:
    """List every edition of every template; drafts are seen by ministry staff and auditors only."""
    return await reading.page(PLAN_TEMPLATES)


@router.post(
    "",
    status_code=201,
    response_model=PlanTemplateRead,
    summary="Create a plan template or its next edition",
    openapi_extra=accepts(PlanTemplateCreate),
    responses=problems(PlanTemplateEditionTaken),
)
async def create_plan_template(
    writing: Annotated[Writing, writes(Permission.PLAN_TEMPLATES_WRITE)],
    body: Annotated[PlanTemplateCreate, Depends(json_body(PlanTemplateCreate))],
) -> Response:
    """Create edition 1 of a code, or the edition after its newest. It is checked whole and stays a draft until used."""
    template = await service.create(writing.session, body)
    location = f"/v1/plan-templates/{body.code}?edition={template.edition}"
    edition = template.edition
    return await writing.answer(PLAN_TEMPLATES, status=201, location=location, code=body.code, edition=edition)


@router.get("/{code}", response_model=PlanTemplateRead, summary="Get a plan template")
async def get_plan_template(
    code: str,
    reading: Annotated[Reading[EditionQuery], reads(Permission.PLAN_TEMPLATES_READ, EditionQuery)],
) -> Response:
    """Get the edition asked for, or the newest that you may see. Only an edition asked for answers 304."""
    return await answer_edition(reading, PLAN_TEMPLATES, code)


@router.patch(
    "/{code}",
    response_model=PlanTemplateRead,
    summary="Change a draft of a plan template",
    openapi_extra=accepts(PlanTemplateUpdate),
    responses=problems(service.PlanTemplateFrozen),
)
async def update_plan_template(
    code: str,
    query: Annotated[DraftQuery, Query()],
    writing: Annotated[Writing, writes(Permission.PLAN_TEMPLATES_WRITE)],
    if_match: Matching,
    patch: Annotated[PlanTemplateUpdate, Depends(json_body(PlanTemplateUpdate))],
) -> Response:
    """Change an edition to which no plan is written yet; once one is, create the next edition."""
    template = await writing.fetch(PlanTemplate, PLAN_TEMPLATES, if_match=if_match, code=code, edition=query.edition)
    service.update(template, patch)
    return await writing.answer(PLAN_TEMPLATES, code=code, edition=query.edition)
