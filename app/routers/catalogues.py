"""Catalogues: the programme's vocabularies."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.domain.permissions import Permission
from app.kernel.listing import Page
from app.kernel.work import Reading, reads
from app.projections.catalogues import CATALOGUES
from app.schemas.catalogues import CatalogueEditionQuery, CatalogueQuery, CatalogueRead

router = APIRouter(prefix="/v1/catalogues", tags=["catalogues"])


@router.get("", response_model=Page[CatalogueRead], summary="List catalogues")
async def list_catalogues(
    query: Annotated[CatalogueQuery, Query()], reading: Annotated[Reading, reads(Permission.CATALOGUES_READ)]
) -> Response:
    """List every edition of every catalogue."""
    return await reading.page(CATALOGUES, query)


@router.get("/{code}", response_model=CatalogueRead, summary="Get a catalogue")
async def get_catalogue(
    code: str,
    query: Annotated[CatalogueEditionQuery, Query()],
    reading: Annotated[Reading, reads(Permission.CATALOGUES_READ)],
) -> Response:
    """Get the edition in force, or the one asked for."""
    if query.edition is None:
        return await reading.one(CATALOGUES, code=code, in_force=True)
    return await reading.one(CATALOGUES, code=code, edition=query.edition)
