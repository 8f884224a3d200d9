"""Catalogues: the programme's vocabularies."""

from typing import Annotated

from fastapi import Response

from app.domain.permissions import Permission
from app.kernel.answers import record_response
from app.kernel.listing import Page
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.projections.catalogues import CATALOGUES
from app.schemas.catalogues import CatalogueEditionQuery, CatalogueQuery, CatalogueRead

router = Room(prefix="/v1/catalogues", tags=["catalogues"])


@router.get("", response_model=Page[CatalogueRead], summary="List catalogues")
async def list_catalogues(
    reading: Annotated[Reading[CatalogueQuery], reads(Permission.CATALOGUES_READ, CatalogueQuery)],
) -> Response:
    """List every edition of every catalogue."""
    return await reading.page(CATALOGUES)


@router.get("/{code}", response_model=CatalogueRead, summary="Get a catalogue")
async def get_catalogue(
    code: str,
    reading: Annotated[Reading[CatalogueEditionQuery], reads(Permission.CATALOGUES_READ, CatalogueEditionQuery)],
) -> Response:
    """Get the edition in force, or the one asked for."""
    if reading.query.edition is None:
        # Never 304: another edition that comes into force has the version that this one had.
        return record_response(await reading.record(CATALOGUES, code=code, in_force=True))
    return await reading.one(CATALOGUES, code=code, edition=reading.query.edition)
