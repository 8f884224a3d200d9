"""Panels: who judges which region, one seat at a time or a whole cohort at once."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.lifecycles import PANEL_MEMBER
from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.problems import Forbidden, IllegalTransition
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.transitions import TransitionCreate, TransitionsRead, history
from app.kernel.writing import Matching, Writing, writes
from app.models.assessments import Assessment
from app.models.cohorts import Cohort
from app.models.panels import AlreadyOnPanel
from app.projections.assessments import ASSESSMENTS
from app.projections.cohorts import COHORTS
from app.projections.panels import PANEL_MEMBERS
from app.schemas.panels import (
    AssessmentPanelMemberQuery,
    CohortPanelMemberQuery,
    PanelMemberCreate,
    PanelMemberQuery,
    PanelMemberRead,
    PanelsCreate,
    PanelsRead,
)
from app.services import panel_assignment
from app.services import panels as service
from app.services.conflicts import ConflictOfInterest

router = Room(prefix="/v1", tags=["panels"])


@router.get(
    "/cohorts/{code}/panel-members", response_model=Page[PanelMemberRead], summary="List the seats of a cohort's panels"
)
async def list_cohort_panel_members(
    code: str,
    reading: Annotated[Reading[CohortPanelMemberQuery], reads(Permission.PANELS_READ, CohortPanelMemberQuery)],
) -> Response:
    """List the seats of a cohort's panels: an assessor sees those of the panels with a seat of the own."""
    await reading.record(COHORTS, code=code)
    return await reading.page(PANEL_MEMBERS, cohort=code)


@router.post(
    "/cohorts/{code}/panels",
    response_model=PanelsRead,
    summary="Fill the panels of a cohort",
    openapi_extra=accepts(PanelsCreate),
)
async def fill_panels(
    code: str,
    writing: Annotated[Writing, writes(Permission.PANELS_WRITE)],
    body: Annotated[PanelsCreate, Depends(json_body(PanelsCreate))],
) -> Response:
    """Fill every panel that has not begun up to the cohort's quorum: nobody with a conflict of interest, loads even.

    What cannot be filled stays open and is reported with its reason. See first with `dry_run=true` what it would do;
    the same seed does the same.
    """
    cohort = await writing.fetch(Cohort, COHORTS, code=code)
    return await writing.report(await panel_assignment.fill(writing.session, cohort, body, actor=writing.principal.id))


@router.get(
    "/assessments/{id}/panel-members", response_model=Page[PanelMemberRead], summary="List the members of a panel"
)
async def list_assessment_panel_members(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[AssessmentPanelMemberQuery], reads(Permission.PANELS_READ, AssessmentPanelMemberQuery)],
) -> Response:
    """List who sits on the panel of an assessment, and who stepped aside from it."""
    assessment_id = path_uuid(id)
    await reading.record(ASSESSMENTS, id=assessment_id)
    return await reading.page(PANEL_MEMBERS, assessment=assessment_id)


@router.post(
    "/assessments/{id}/panel-members",
    status_code=201,
    response_model=PanelMemberRead,
    summary="Assign an expert to a panel",
    openapi_extra=accepts(PanelMemberCreate),
    responses=problems(AlreadyOnPanel, ConflictOfInterest, service.PanelClosed, service.SameInstitution),
)
async def create_panel_member(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.PANELS_WRITE)],
    body: Annotated[PanelMemberCreate, Depends(json_body(PanelMemberCreate))],
) -> Response:
    """Assign an expert until the reviews are revealed. A conflict of interest is a bar unless an override covers it."""
    assessment = await writing.fetch(Assessment, ASSESSMENTS, id=path_uuid(id))
    member = await service.assign(writing.session, assessment, body.expert_id, actor=writing.principal.id)
    return await writing.answer(PANEL_MEMBERS, status=201, location=f"/v1/panel-members/{member.id}", id=member.id)


@router.get("/panel-members", response_model=Page[PanelMemberRead], summary="List the seats of all panels")
async def list_panel_members(
    reading: Annotated[Reading[PanelMemberQuery], reads(Permission.PANELS_READ, PanelMemberQuery)],
) -> Response:
    """List seats across cohorts: for an assessor the own ones, and who sits beside."""
    return await reading.page(PANEL_MEMBERS)


@router.get("/panel-members/{id}", response_model=PanelMemberRead, summary="Get a seat on a panel")
async def get_panel_member(id: str, reading: Annotated[Reading, reads(Permission.PANELS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one seat."""
    return await reading.one(PANEL_MEMBERS, id=path_uuid(id))


@router.delete(
    "/panel-members/{id}",
    response_model=PanelMemberRead,
    summary="Take a seat away",
    responses=problems(service.PanelMemberKept),
)
async def delete_panel_member(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.PANELS_WRITE)],
    if_match: Matching,
) -> Response:
    """Take away a seat that was given by mistake, and answer what it was; the draft of its review goes with it.

    Whoever steps aside moves to `recused` instead.
    """
    return await service.remove(writing, path_uuid(id), if_match)


@router.get("/panel-members/{id}/transitions", response_model=TransitionsRead, summary="A seat's history of states")
async def get_panel_member_transitions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.PANELS_READ)],
) -> Response:
    """Answer the state, the states allowed next, and every move so far."""
    return await history(reading, PANEL_MEMBERS, PANEL_MEMBER, id=path_uuid(id))


@router.post(
    "/panel-members/{id}/transitions",
    response_model=PanelMemberRead,
    summary="Declare to have no conflict of interest, or step aside",
    openapi_extra=accepts(TransitionCreate),
    responses=problems(Forbidden, IllegalTransition, ConflictOfInterest, service.MovedByReview),
)
async def move_panel_member(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.REVIEWS_WRITE, Permission.PANELS_WRITE)],
    if_match: Matching,
    body: Annotated[TransitionCreate, Depends(json_body(TransitionCreate))],
) -> Response:
    """Move a seat to `declared`, by the expert alone: no conflict of interest, and the draft of the review opens.

    Or to `recused`, by the expert or an officer: the reason is kept as a conflict of interest in this region, for good.
    """
    member_id = path_uuid(id)
    await service.move(writing, member_id, if_match, body)
    return await writing.answer(PANEL_MEMBERS, id=member_id)
