"""The audit: who did what, and what was refused; and proof that nothing of it was rewritten."""

from typing import Annotated

from fastapi import Path, Response

from app.domain.permissions import Permission
from app.kernel.formats import JSON
from app.kernel.listing import Page
from app.kernel.messages import worded
from app.kernel.problems import NotFound
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.projections.audit import AUDIT
from app.schemas.audit import AuditEntryRead, AuditQuery, VerificationQuery, VerificationRead
from app.services import audit as service

_SEQ = worded("^[1-9][0-9]{0,17}$", en="A whole number from 1 on.", id="Bilangan bulat mulai dari 1.")
Seq = Annotated[str, Path(pattern=_SEQ, description="number of the entry")]

router = Room(prefix="/v1", tags=["audit"])


@router.get("/audit", response_model=Page[AuditEntryRead], summary="List the entries of the audit")
async def list_audit(
    reading: Annotated[Reading[AuditQuery], reads(Permission.AUDIT_READ, AuditQuery)],
) -> Response:
    """List what was created, updated, deleted, refused and exported, the latest first.

    Each entry says who it was, from which address and in which request, with the row before and after. It is written in
    the transaction of the change itself, so neither is ever there without the other; exports are written before they
    begin, refused attempts after their answer, of which a flood is told by its number alone. Nothing is changed or
    taken out. Secrets are never written.
    """
    return await reading.page(AUDIT)


@router.get("/audit-verification", response_model=VerificationRead, summary="Verify the audit")
async def verify_audit(
    reading: Annotated[Reading[VerificationQuery], reads(Permission.AUDIT_READ, VerificationQuery)],
) -> Response:
    """Compare the last entries with the digests under which they were sealed, and name the first that differs.

    Entries are sealed some seconds after they were committed, in a chain: each seal holds the digest of the one before.
    """
    found = await reading.snapshot(service.verification(reading.query.seals))
    return Response(VerificationRead.model_validate(found, from_attributes=True).model_dump_json(), media_type=JSON)


@router.get("/audit/{seq}", response_model=AuditEntryRead, summary="Get an entry of the audit")
async def get_audit_entry(seq: Seq, reading: Annotated[Reading, reads(Permission.AUDIT_READ)]) -> Response:
    """Get one entry by its number."""
    found = await reading.every(AUDIT, "seq", seq=int(seq))
    if found == b"[]":
        raise NotFound
    return Response(found[1:-1], media_type=JSON)
