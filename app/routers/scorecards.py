"""Scorecards: what an assessment came to, edition by edition, each with what it was computed from."""

from typing import Annotated

from fastapi import Response

from app.domain.permissions import Permission
from app.kernel.listing import Page
from app.kernel.queries import path_uuid
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.projections.assessments import ASSESSMENTS
from app.projections.scorecards import SCORECARDS
from app.schemas.scorecards import AssessmentScorecardQuery, ScorecardQuery, ScorecardRead
from app.services import scorecards as service

router = Room(prefix="/v1", tags=["scorecards"])


@router.get(
    "/assessments/{id}/scorecards", response_model=Page[ScorecardRead], summary="List the scorecards of an assessment"
)
async def list_assessment_scorecards(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading[AssessmentScorecardQuery], reads(Permission.SCORECARDS_READ, AssessmentScorecardQuery)],
) -> Response:
    """List the editions, first to last. The region sees its own once its result letter is out."""
    assessment_id = path_uuid(id)
    await reading.record(ASSESSMENTS, id=assessment_id)
    return await reading.page(SCORECARDS, assessment=assessment_id)


@router.get("/scorecards", response_model=Page[ScorecardRead], summary="List scorecards of all assessments")
async def list_scorecards(
    reading: Annotated[Reading[ScorecardQuery], reads(Permission.SCORECARDS_READ, ScorecardQuery)],
) -> Response:
    """List scorecards across assessments, newest first."""
    return await reading.page(SCORECARDS)


@router.get("/scorecards/{id}", response_model=ScorecardRead, summary="Get a scorecard")
async def get_scorecard(id: str, reading: Annotated[Reading, reads(Permission.SCORECARDS_READ)]) -> Response:  # noqa: A002 - the path's own word
    """Get one edition: the total, every criterion and every question, with what moderation decided."""
    return await reading.one(SCORECARDS, id=path_uuid(id))


@router.get("/scorecards/{id}/inputs", summary="Get the inputs of a scorecard", response_model=dict[str, object])
async def get_scorecard_inputs(
    id: str,  # noqa: A002 - the path's own word
    reading: Annotated[Reading, reads(Permission.SCORECARDS_READ)],
) -> Response:
    """Get what the scorecard was computed from; the SHA-256 of these bytes is its `inputs_sha256`."""
    scorecard_id = path_uuid(id)
    await reading.record(SCORECARDS, id=scorecard_id)
    return await service.inputs(reading, scorecard_id)
