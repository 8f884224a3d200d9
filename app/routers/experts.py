"""Experts: the people who assess, mentor and facilitate. Their names are not public, still less how to reach them."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.writing import Matching, Writing, writes
from app.models.experts import Expert, ExpertContact, ExpertErased
from app.projections.experts import EXPERT_CONTACTS, EXPERTS
from app.schemas.experts import (
    ExpertContactRead,
    ExpertContactUpdate,
    ExpertCreate,
    ExpertQuery,
    ExpertRead,
    ExpertUpdate,
)
from app.services import expert_erasure
from app.services import experts as service

router = Room(prefix="/v1/experts", tags=["experts"])


@router.get("", response_model=Page[ExpertRead], summary="List experts")
async def list_experts(
    reading: Annotated[Reading[ExpertQuery], reads(Permission.EXPERTS_READ, ExpertQuery)],
) -> Response:
    """List experts; those who are no longer active stay in the list."""
    return await reading.page(EXPERTS)


@router.post(
    "", status_code=201, response_model=ExpertRead, summary="Add an expert", openapi_extra=accepts(ExpertCreate)
)
async def create_expert(
    writing: Annotated[Writing, writes(Permission.EXPERTS_WRITE)],
    body: Annotated[ExpertCreate, Depends(json_body(ExpertCreate))],
) -> Response:
    """Add an expert of an institution that is there."""
    expert = await service.create(writing.session, body)
    return await writing.answer(EXPERTS, status=201, location=f"/v1/experts/{expert.id}", id=expert.id)


@router.get("/{id}", response_model=ExpertRead, summary="Get an expert")
async def get_expert(id: str, reading: Annotated[Reading, reads(Permission.EXPERTS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one expert."""
    return await reading.one(EXPERTS, id=path_uuid(id))


@router.patch(
    "/{id}",
    response_model=ExpertRead,
    summary="Change an expert",
    openapi_extra=accepts(ExpertUpdate),
    responses=problems(ExpertErased),
)
async def update_expert(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.EXPERTS_WRITE)],
    if_match: Matching,
    patch: Annotated[ExpertUpdate, Depends(json_body(ExpertUpdate))],
) -> Response:
    """Change an expert, unless it was erased; lists that are sent are replaced whole.

    Another institution is one of the same kind, simulated or real.
    """
    expert_id = path_uuid(id)
    expert = await writing.fetch(Expert, EXPERTS, if_match=if_match, id=expert_id)
    await service.update(writing.session, expert, patch)
    return await writing.answer(EXPERTS, id=expert_id)


@router.post("/{id}/erasure", response_model=ExpertRead, summary="Erase an expert")
async def erase_expert(id: str, writing: Annotated[Writing, writes(Permission.EXPERTS_ERASE)]) -> Response:  # noqa: A002 - the path's own word
    """Take the person out of an expert's record, for good; erasing again changes nothing.

    The name, the contact, the fields of work, the home region and the training go, and every key that acts for the
    expert is revoked from the next request on. Institution and roles stay, because rules on conflicts of interest need
    them, and so do past decisions. Open work, such as a seat on a panel or a mentorship, stays with the expert under
    its identifier, for officers to give to somebody else. The audit keeps the name until its month leaves.
    """
    expert_id = path_uuid(id)
    await expert_erasure.erase(writing, expert_id)
    return await writing.answer(EXPERTS, id=expert_id)


@router.get("/{id}/contact", response_model=ExpertContactRead, summary="How to reach an expert")
async def get_expert_contact(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.EXPERT_CONTACTS_READ)],
) -> Response:
    """Answer how to reach an expert.

    For ministry staff, keys of the expert's institution, and the office of a region for as long as the expert mentors
    it; for everyone else it is not there.
    """
    return await reading.one(EXPERT_CONTACTS, expert=path_uuid(id))


@router.patch(
    "/{id}/contact",
    response_model=ExpertContactRead,
    summary="Change how to reach an expert",
    openapi_extra=accepts(ExpertContactUpdate),
    responses=problems(ExpertErased),
)
async def update_expert_contact(
    id: str,  # noqa: A002 - the path's own word
    writing: Annotated[Writing, writes(Permission.EXPERT_CONTACTS_WRITE)],
    if_match: Matching,
    patch: Annotated[ExpertContactUpdate, Depends(json_body(ExpertContactUpdate))],
) -> Response:
    """Change how to reach an expert: an officer, or the expert's institution. No log keeps what it was or is."""
    expert_id = path_uuid(id)
    contact = await writing.fetch(ExpertContact, EXPERT_CONTACTS, if_match=if_match, expert=expert_id)
    await service.update_contact(writing.session, contact, patch)
    return await writing.answer(EXPERT_CONTACTS, expert=expert_id)
