"""The words of the catalogues in force, for whatever must name one of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.models.catalogues import Catalogue

_CHOICES = {
    "dimensions": Text(en="Choose a dimension of the catalogue: {codes}.", id="Pilih dimensi dari katalog: {codes}."),
    "national-priorities": Text(
        en="Choose a national priority of the catalogue: {codes}.", id="Pilih prioritas nasional dari katalog: {codes}."
    ),
}


async def in_force(session: AsyncSession, catalogue: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the entries of a catalogue's edition in force by code: `{code, name_en, name_id, …}`."""
    entries = await session.scalar(select(Catalogue.entries).where(Catalogue.code == catalogue, Catalogue.in_force))
    return {entry["code"]: entry for entry in entries or []}


async def dimensions(session: AsyncSession) -> Mapping[str, tuple[str, ...]]:
    """Return the dimensions of the edition in force by code, each with the codes of its sub-dimensions."""
    entries = await in_force(session, "dimensions")
    return {code: tuple(child["code"] for child in entry.get("children", [])) for code, entry in entries.items()}


async def choice_faults(session: AsyncSession, catalogue: str, named: Iterable[tuple[str, str]]) -> list[FieldError]:
    """Return a fault for every `(pointer, code)` whose code is not in the catalogue's edition in force."""
    known = await in_force(session, catalogue)
    message = _CHOICES[catalogue].format(codes=", ".join(sorted(known)))
    return [FieldError(pointer=at, code="invalid_choice", message=message) for at, code in named if code not in known]
