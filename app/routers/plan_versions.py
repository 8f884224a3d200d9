"""Versions of a master plan: what was submitted, and what changed between two of them."""

from typing import Annotated

from fastapi import Response

from app.domain.permissions import Permission
from app.kernel.listing import Page
from app.kernel.queries import path_number, path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.projections.master_plans import MASTER_PLANS
from app.projections.plan_reviews import PLAN_VERSIONS
from app.schemas.plan_reviews import PlanDiffRead, PlanVersionQuery, PlanVersionRead
from app.services import plan_diffs

router = Room(prefix="/v1/master-plans/{id}/versions", tags=["plan-reviews"])


@router.get("", response_model=Page[PlanVersionRead], summary="List the versions of a plan")
async def list_plan_versions(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[PlanVersionQuery], reads(Permission.PLAN_REVIEWS_READ, PlanVersionQuery)],
) -> Response:
    """List what was submitted, first to last; seen by the region, its mentors, ministry staff and auditors."""
    plan_id = path_uuid(id)
    await reading.record(MASTER_PLANS, id=plan_id)
    return await reading.page(PLAN_VERSIONS, plan=plan_id)


@router.get("/{number}", response_model=PlanVersionRead, summary="Get a version of a plan")
async def get_plan_version(
    id: str,  # noqa: A002 - the path's own word
    number: str,
    reading: Annotated[Reading, reads(Permission.PLAN_REVIEWS_READ)],
) -> Response:
    """Get one version: when and why it was made, and the digest of its content."""
    return await reading.one(PLAN_VERSIONS, plan=path_uuid(id), number=path_number(number))


@router.get("/{number}/content", response_model=dict[str, object], summary="Get the content of a version")
async def get_plan_version_content(
    id: str,  # noqa: A002 - the path's own word
    number: str,
    reading: Annotated[Reading, reads(Permission.PLAN_REVIEWS_READ)],
) -> Response:
    """Get the whole plan as it was; the SHA-256 of these bytes is the version's `content_sha256`."""
    plan_id, place = path_uuid(id), path_number(number)
    await reading.record(PLAN_VERSIONS, plan=plan_id, number=place)
    return await plan_diffs.content(reading, plan_id, place)


@router.get("/{a}/diff/{b}", response_model=PlanDiffRead, summary="Compare two versions of a plan")
async def get_plan_version_diff(
    id: str,  # noqa: A002 - the path's own word
    a: str,
    b: str,
    reading: Annotated[Reading, reads(Permission.PLAN_REVIEWS_READ)],
) -> Response:
    """Tell what makes version `b` of version `a`: a patch (RFC 6902), and the same in sentences."""
    plan_id, earlier, later = path_uuid(id), path_number(a), path_number(b)
    await reading.record(PLAN_VERSIONS, plan=plan_id, number=earlier)
    return await plan_diffs.diff(reading, plan_id, earlier, later)
