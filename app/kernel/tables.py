"""The base of every table, and the kernel's own tables.

`Recorded` is what every resource has: `created_at`, `updated_at`, `version`. A database trigger moves the last two on
every update, whoever writes; the mapper refuses to overwrite a version it has not seen.
"""

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    FetchedValue,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB, UUID
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import UserDefinedType

from app.domain.states import Lifecycle

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(DeclarativeBase):
    """Maps to the one metadata. Strings are `text`, whose bounds are CHECKs and schemas, not types."""

    metadata = metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        datetime: DateTime(timezone=True),
        date: Date,
        uuid.UUID: UUID(as_uuid=True),
    }


class Recorded:
    """Columns of every resource. `version` is the ETag."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), sort_order=900)
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.clock_timestamp(), server_onupdate=FetchedValue(), sort_order=901
    )
    version: Mapped[int] = mapped_column(
        Integer, server_default=text("1"), server_onupdate=FetchedValue(), sort_order=902
    )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - a class is what declared_attr passes
        # The trigger counts versions, so that plain SQL does too; the mapper only compares them.
        return {"version_id_col": cls.version, "version_id_generator": False, "eager_defaults": True}


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id, which never wraps."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Name the type in DDL."""
        return "xid8"


ischema_names["xid8"] = Xid8  # so that `alembic check` knows the column it finds


# One log for audit, sync and webhooks, filled by triggers, in partitions of a month (`keep_changes`). A `touch` tells
# of a record that shows, or is seen by, what was changed in another; `refuse` and `export` tell of no record, and are
# for the audit alone (kernel/audit.py). Readers: see kernel/change_feed.py.
changes = Table(
    "changes",
    metadata,
    Column("seq", BigInteger, nullable=False, server_default=text("nextval('changes_numbers')")),
    Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("resource", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column(
        "operation",
        Text,
        CheckConstraint("operation IN ('create', 'update', 'delete', 'touch', 'refuse', 'export')", name="operation"),
        nullable=False,
    ),
    Column("before", JSONB(none_as_null=True)),
    Column("after", JSONB(none_as_null=True)),
    Column("actor", Text, nullable=False, server_default=FetchedValue()),
    Column("request_id", Text, server_default=FetchedValue()),
    Column("address", INET, server_default=FetchedValue()),
    PrimaryKeyConstraint("seq", "at"),
    Index("ix_changes_xid_seq", "xid", "seq"),
    Index("ix_changes_resource_key_seq", "resource", "key", "seq"),
    postgresql_partition_by="RANGE (at)",
)

# What was committed, in batches, each with the digest of the one before (kernel/seals.py). A seal reaches from where
# that one ends up to, and without, the entry (`until_xid`, `until_seq`).
seals = Table(
    "seals",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("until_xid", Xid8, nullable=False),
    Column("until_seq", BigInteger, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("earliest", DateTime(timezone=True), nullable=False),
    Column("seqs", ARRAY(BigInteger), nullable=False),
    Column("digests", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_seals_earliest", "earliest"),
)

# One row: since when the log is whole. What was before lay in partitions that are gone.
change_log = Table(
    "change_log",
    metadata,
    Column("one", Boolean, CheckConstraint("one", name="one"), primary_key=True, server_default=text("true")),
    Column("whole_since", DateTime(timezone=True), nullable=False),
)

# Each start of the service: in which database and on which server, whether that was another than before, and how far
# the server had counted its transactions (kernel/restored.py).
service_starts = Table(
    "service_starts",
    metadata,
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("place", Text, nullable=False),
    Column("moved", Boolean, nullable=False),
    Column("next_xid", Xid8, nullable=False),
)


def resource_of(table: Table) -> str:
    """Return the name under which the rows of a table are in the log."""
    return str(table.info.get("resource", table.name.replace("_", "-")))


# Every state a record entered, when, why and by whom. `effective_on` is the day it took effect where that is known
# and differs from the day it was written down, as for the cohorts of 2017 to 2019.
transitions = Table(
    "transitions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("resource", Text, nullable=False),
    Column("record_key", Text, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("effective_on", Date),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Index("ix_transitions_resource_record_key_at", "resource", "record_key", "at"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_idempotency_keys_created_at", "created_at"),
)

service_secrets = Table(
    "service_secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)


def one_of_states(lifecycle: Lifecycle, column: str = "state") -> str:
    """Return the CHECK that a column holds a state of the lifecycle."""
    return f"{column} IN ({', '.join(repr(state) for state in lifecycle.states)})"
