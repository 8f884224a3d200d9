"""Regions, their map and their profiles."""

from typing import Annotated

from fastapi import Depends, Response
from fastapi.responses import JSONResponse

from app.domain.permissions import Permission
from app.domain.principals import may_write_for
from app.kernel.bodies import accepts, json_body
from app.kernel.listing import Page
from app.kernel.messages import Text
from app.kernel.problem_docs import problems
from app.kernel.problems import Forbidden
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.kernel.writing import Matching, Writing, writes
from app.models.regions import Region, RegionProfile
from app.projections.indicators import INDICATOR_VALUES
from app.projections.regions import PROFILES, REGION_FEATURES, REGIONS
from app.schemas.indicators import IndicatorValueRead, RegionValueQuery
from app.schemas.regions import (
    ProfileRead,
    ProfileUpdate,
    RegionCollection,
    RegionFilter,
    RegionQuery,
    RegionRead,
    RegionUpdate,
)
from app.services import regions as service

router = Room(prefix="/v1", tags=["regions"])


class GeoJsonResponse(JSONResponse):
    """A GeoJSON document (RFC 7946), rendered already."""

    media_type = "application/geo+json"

    def render(self, content: bytes) -> bytes:
        """Pass the document on."""
        return content


@router.get("/regions", response_model=Page[RegionRead], summary="List regions")
async def list_regions(
    reading: Annotated[Reading[RegionQuery], reads(Permission.REGIONS_READ, RegionQuery)],
) -> Response:
    """List provinces, regencies and cities."""
    return await reading.page(REGIONS)


@router.get(
    "/regions.geojson",
    response_model=RegionCollection,
    response_class=GeoJsonResponse,
    summary="Regions as points on a map",
)
async def map_regions(
    reading: Annotated[Reading[RegionFilter], reads(Permission.REGIONS_READ, RegionFilter)],
) -> Response:
    """Answer every region that matches as a GeoJSON point at its centroid."""
    features = await reading.every(REGION_FEATURES, "code", **reading.query.filters())
    return GeoJsonResponse(b'{"type":"FeatureCollection","features":%s}' % features)


@router.get("/regions/{code}", response_model=RegionRead, summary="Get a region")
async def get_region(code: str, reading: Annotated[Reading, reads(Permission.REGIONS_READ)]) -> Response:
    """Get one region by its Home Ministry code, such as `32.73`."""
    return await reading.one(REGIONS, code=code)


@router.patch(
    "/regions/{code}", response_model=RegionRead, summary="Correct a region", openapi_extra=accepts(RegionUpdate)
)
async def update_region(
    code: str,
    writing: Annotated[Writing, writes(Permission.REGIONS_WRITE)],
    if_match: Matching,
    patch: Annotated[RegionUpdate, Depends(json_body(RegionUpdate))],
) -> Response:
    """Correct what is kept by hand; everything else follows the official files."""
    region = await writing.fetch(Region, REGIONS, if_match=if_match, code=code)
    patch.apply(region)
    return await writing.answer(REGIONS, code=code)


@router.get("/regions/{code}/indicators", response_model=Page[IndicatorValueRead], summary="List a region's values")
async def list_region_indicators(
    code: str,
    reading: Annotated[Reading[RegionValueQuery], reads(Permission.INDICATORS_READ, RegionValueQuery)],
) -> Response:
    """List the indicator values of one region."""
    await reading.record(REGIONS, code=code)
    return await reading.page(INDICATOR_VALUES, region=code)


@router.get("/regions/{code}/profile", response_model=ProfileRead, summary="Get a region's profile")
async def get_profile(code: str, reading: Annotated[Reading, reads(Permission.PROFILES_READ)]) -> Response:
    """Get the problems and potentials that the region itself names."""
    return await reading.one(PROFILES, region=code)


@router.patch(
    "/regions/{code}/profile",
    response_model=ProfileRead,
    summary="Write a region's profile",
    openapi_extra=accepts(ProfileUpdate),
    responses=problems(Forbidden),
)
async def update_profile(
    code: str,
    writing: Annotated[Writing, writes(Permission.PROFILES_WRITE)],
    if_match: Matching,
    patch: Annotated[ProfileUpdate, Depends(json_body(ProfileUpdate))],
) -> Response:
    """Replace the lists that are sent. An entry sent with its `id` stays the same entry."""
    profile = await writing.fetch(RegionProfile, PROFILES, if_match=if_match, region=code)
    if not may_write_for(writing.principal, code):
        detail = Text(
            en="Your key speaks for another region. Use a key of this region, or ask the ministry to write it.",
            id="Kunci Anda mewakili daerah lain. Gunakan kunci daerah ini, atau minta kementerian menuliskannya.",
        )
        raise Forbidden(detail, required_permission=Permission.PROFILES_WRITE)
    await service.write_profile(writing.session, profile, patch)
    return await writing.answer(PROFILES, region=code)
