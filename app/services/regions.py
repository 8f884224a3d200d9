"""What a region says of itself: its entries keep their ids and name dimensions that exist."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.kernel.messages import Text
from app.kernel.problem import FieldError
from app.kernel.problems import Invalid
from app.kernel.writing import new_id
from app.models.regions import RegionProfile
from app.schemas.regions import ProfileEntry, ProfileUpdate
from app.services.catalogues import choice_faults


async def write_profile(session: AsyncSession, profile: RegionProfile, patch: ProfileUpdate) -> None:
    """Replace the lists that were sent.

    Raises `Invalid` with a pointer for an `id` that is not one of this profile's entries, and for a dimension that the
    catalogue in force does not have.
    """
    named = (
        (f"/{aspect}/{index}/dimension", entry.dimension)
        for aspect, entries in patch.changes().items()
        for index, entry in enumerate(entries)
    )
    errors = await choice_faults(session, "dimensions", named)
    for aspect, entries in patch.changes().items():
        known = {entry["id"] for entry in getattr(profile, aspect)}
        errors += _faults(aspect, entries, known)
        rows = [{**entry.model_dump(), "id": str(entry.id or new_id())} for entry in entries]
        setattr(profile, aspect, rows)
    if errors:
        raise Invalid(errors=errors)


def _faults(aspect: str, entries: Sequence[ProfileEntry], known: set[str]) -> list[FieldError]:
    errors = []
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        at = f"/{aspect}/{index}"
        if entry.id is not None and (str(entry.id) not in known or str(entry.id) in seen):
            message = Text(
                en="Not an entry of this list, or sent twice. Leave `id` out for a new entry.",
                id="Bukan entri dari daftar ini, atau dikirim dua kali. Kosongkan `id` untuk entri baru.",
            )
            errors.append(FieldError(pointer=f"{at}/id", code="invalid_reference", message=message))
        seen.add(str(entry.id))
    return errors
