"""API keys: a role, narrowed by scopes and bound to whom it speaks for, until a day at most a year away."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.keys import MOST_RANGES
from app.kernel.constraints import constraint_problem
from app.kernel.messages import Text as Message
from app.kernel.problem import FieldError
from app.kernel.tables import Base, Recorded

_UNKNOWN_REGION = Message(en="There is no region with this code.", id="Tidak ada daerah dengan kode ini.")
_UNKNOWN_INSTITUTION = Message(en="There is no institution with this id.", id="Tidak ada lembaga dengan id ini.")
UNKNOWN_ASSESSOR = Message(
    en="Name an active expert whose roles include `assessor`.",
    id="Sebutkan pakar aktif yang perannya mencakup `assessor`.",
)
constraint_problem(
    "fk_api_keys_region_code", FieldError(pointer="/region_code", code="invalid_reference", message=_UNKNOWN_REGION)
)
constraint_problem(
    "fk_api_keys_expert_id", FieldError(pointer="/expert_id", code="invalid_reference", message=UNKNOWN_ASSESSOR)
)
constraint_problem(
    "fk_api_keys_institution_id",
    FieldError(pointer="/institution_id", code="invalid_reference", message=_UNKNOWN_INSTITUTION),
)

# Columns that never enter the change log.
HIDDEN = ("digest", "previous_digest", "previous_until")


class ApiKey(Recorded, Base):
    """One key. The secret itself is shown once; `digest` is its SHA-256, `hint` its last four characters.

    The secret before it, whose digest is `previous_digest`, is good until `previous_until` and no longer than the key.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        UniqueConstraint("digest"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        CheckConstraint("expires_at <= created_at + interval '366 days'", name="expires_at"),
        CheckConstraint(f"cardinality(address_ranges) BETWEEN 1 AND {MOST_RANGES}", name="address_ranges"),
        CheckConstraint("octet_length(previous_digest) = 32", name="previous_digest"),
        CheckConstraint("(previous_digest IS NULL) = (previous_until IS NULL)", name="previous_until"),
        Index(
            "uq_api_keys_previous_digest",
            "previous_digest",
            unique=True,
            postgresql_where=text("previous_digest IS NOT NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    scopes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    expert_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("experts.id"))
    institution_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("institutions.id"))
    address_ranges: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    hint: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    previous_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_until: Mapped[datetime | None]
    rotated_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    created_by: Mapped[str]


class ApiKeyDigest(Base):
    """The digest of a secret that a key has or had. A trigger writes it, so that no secret ever comes back."""

    __tablename__ = "api_key_digests"
    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class ApiKeyUse(Base):
    """When a key was used last: bookkeeping, which enters no log and moves no version."""

    __tablename__ = "api_key_uses"

    api_key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True)
    last_used_at: Mapped[datetime]
