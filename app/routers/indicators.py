"""Indicators and their values."""

from typing import Annotated

from fastapi import Depends, Response

from app.domain.permissions import Permission
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.problem_docs import problems
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.writing import Matching, Writing, writes
from app.models.indicators import Indicator, IndicatorCodeTaken
from app.projections.indicators import INDICATOR_VALUES, INDICATORS
from app.schemas.indicators import (
    IndicatorCreate,
    IndicatorQuery,
    IndicatorRead,
    IndicatorUpdate,
    IndicatorValueQuery,
    IndicatorValueRead,
)

router = Room(prefix="/v1/indicators", tags=["indicators"])


@router.get("", response_model=Page[IndicatorRead], summary="List indicators")
async def list_indicators(
    reading: Annotated[Reading[IndicatorQuery], reads(Permission.INDICATORS_READ, IndicatorQuery)],
) -> Response:
    """List what is measured."""
    return await reading.page(INDICATORS)


@router.post(
    "",
    status_code=201,
    response_model=IndicatorRead,
    summary="Create an indicator",
    openapi_extra=accepts(IndicatorCreate),
    responses=problems(IndicatorCodeTaken),
)
async def create_indicator(
    writing: Annotated[Writing, writes(Permission.INDICATORS_WRITE)],
    body: Annotated[IndicatorCreate, Depends(json_body(IndicatorCreate))],
) -> Response:
    """Create an indicator; its values come by import."""
    writing.session.add(Indicator(**body.model_dump()))
    return await writing.answer(INDICATORS, status=201, location=f"/v1/indicators/{body.code}", code=body.code)


@router.get("/{code}", response_model=IndicatorRead, summary="Get an indicator")
async def get_indicator(code: str, reading: Annotated[Reading, reads(Permission.INDICATORS_READ)]) -> Response:
    """Get one indicator by its code."""
    return await reading.one(INDICATORS, code=code)


@router.patch(
    "/{code}", response_model=IndicatorRead, summary="Change an indicator", openapi_extra=accepts(IndicatorUpdate)
)
async def update_indicator(
    code: str,
    writing: Annotated[Writing, writes(Permission.INDICATORS_WRITE)],
    if_match: Matching,
    patch: Annotated[IndicatorUpdate, Depends(json_body(IndicatorUpdate))],
) -> Response:
    """Change names, unit, scale, direction or category bands."""
    indicator = await writing.fetch(Indicator, INDICATORS, if_match=if_match, code=code)
    patch.apply(indicator)
    return await writing.answer(INDICATORS, code=code)


@router.get("/{code}/values", response_model=Page[IndicatorValueRead], summary="List an indicator's values")
async def list_indicator_values(
    code: str,
    reading: Annotated[Reading[IndicatorValueQuery], reads(Permission.INDICATORS_READ, IndicatorValueQuery)],
) -> Response:
    """List the values of one indicator, by region and year."""
    await reading.record(INDICATORS, code=code)
    return await reading.page(INDICATOR_VALUES, indicator=code)
