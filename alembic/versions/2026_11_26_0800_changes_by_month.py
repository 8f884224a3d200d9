"""The change log in partitions of a month, so that what is too old leaves at once; and a fourth operation, `touch`."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import UserDefinedType

revision = "20261126a1"
down_revision = "20261124f6"
branch_labels = None
depends_on = None

ACTOR = "coalesce(nullif(current_setting('seratus.actor', true), ''), 'sql:' || session_user)"
REQUEST = "nullif(current_setting('seratus.request_id', true), '')"

# What was written so far becomes the partition of all the time before the next month. Its own constraints give way to
# those of the whole; the numbers go on where they were. Only triggers write to the log and nothing reads it yet, so
# writers wait for one scan of it and nobody else notices.
MOVE = """
-- squawk-ignore-file renaming-table, ban-drop-constraint, ban-alter-identity, constraint-missing-not-valid
-- squawk-ignore-file require-concurrent-index-deletion, renaming-object
ALTER TABLE changes RENAME TO changes_before;
ALTER INDEX ix_changes_xid_seq RENAME TO ix_changes_before_xid_seq;
ALTER TABLE changes_before DROP CONSTRAINT pk_changes;
ALTER TABLE changes_before DROP CONSTRAINT IF EXISTS ck_changes_operation;
ALTER TABLE changes_before ALTER COLUMN seq DROP IDENTITY;
DROP INDEX ix_changes_resource_key
"""
ATTACH = """
DO $$
DECLARE next_month timestamptz := date_trunc('month', now(), 'UTC') + interval '1 month';
BEGIN
    PERFORM setval('changes_numbers', coalesce((SELECT max(seq) FROM changes_before), 0) + 1, false);
    EXECUTE format(
        'ALTER TABLE changes ATTACH PARTITION changes_before FOR VALUES FROM (MINVALUE) TO (%L)', next_month
    );
END $$
"""

# Run again and again: makes the partitions of the coming months, and drops those that ended longer ago than `kept`.
# What lies in a dropped one is gone for every reader, so from when on the log is whole is written down.
KEEP = r"""
CREATE VIEW change_log_parts AS
SELECT c.relname AS name, substring(pg_get_expr(c.relpartbound, c.oid) FROM $$TO \('([^']+)$$)::timestamptz AS ends
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'changes'::regclass;

CREATE PROCEDURE keep_changes(kept interval) LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    month timestamptz := coalesce((SELECT max(ends) FROM change_log_parts), date_trunc('month', now() - kept));
    after timestamptz;
    fresh text;
    part record;
BEGIN
    WHILE month <= now() + interval '3 months' LOOP
        after := month + interval '1 month';
        fresh := 'changes_' || to_char(month, 'YYYY_MM');
        EXECUTE format('CREATE TABLE %I (LIKE changes INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', fresh);
        EXECUTE format(
            'WITH moved AS (DELETE FROM changes_rest WHERE at >= %L AND at < %L RETURNING *) '
            'INSERT INTO %I SELECT * FROM moved', month, after, fresh
        );
        EXECUTE format('ALTER TABLE changes ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', fresh, month, after);
        month := after;
    END LOOP;
    FOR part IN SELECT name, ends FROM change_log_parts WHERE ends < now() - kept LOOP
        EXECUTE format('DROP TABLE %I', part.name);
        UPDATE change_log SET whole_since = greatest(whole_since, part.ends);
    END LOOP;
END $$
"""


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    def get_col_spec(self, **_options: object) -> str:
        """Name the type in DDL."""
        return "xid8"


def columns(seq: "sa.Column[int]") -> "list[sa.Column[Any]]":
    """Return the log's columns around its number."""
    return [
        seq,
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    ]


def upgrade() -> None:
    """Make the partitioned log and let what there is be its first part."""
    for statement in MOVE.strip().split(";\n"):
        op.execute(statement)
    op.execute("CREATE SEQUENCE changes_numbers")
    op.create_table(
        "changes",
        *columns(
            sa.Column("seq", sa.BigInteger(), server_default=sa.text("nextval('changes_numbers')"), nullable=False)
        ),
        sa.Column("actor", sa.Text(), server_default=sa.text(ACTOR), nullable=False),
        sa.Column("request_id", sa.Text(), server_default=sa.text(REQUEST), nullable=True),
        sa.CheckConstraint("operation IN ('create', 'update', 'delete', 'touch')", name=op.f("ck_changes_operation")),
        sa.PrimaryKeyConstraint("seq", "at", name=op.f("pk_changes")),
        postgresql_partition_by="RANGE (at)",
    )
    op.execute("ALTER SEQUENCE changes_numbers OWNED BY changes.seq")
    op.create_index("ix_changes_resource_key_seq", "changes", ["resource", "key", "seq"], unique=False)
    op.create_index("ix_changes_xid_seq", "changes", ["xid", "seq"], unique=False)
    op.execute("CREATE TABLE changes_rest PARTITION OF changes DEFAULT")
    op.execute(
        "ALTER TABLE changes_before ADD CONSTRAINT ck_changes_operation "
        "CHECK (operation IN ('create', 'update', 'delete', 'touch'))"
    )
    op.execute(ATTACH)
    op.create_table(
        "change_log",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("whole_since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_change_log_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_change_log")),
    )
    op.execute("INSERT INTO change_log (whole_since) VALUES ('-infinity')")
    for statement in KEEP.strip().split(";\n\n"):
        op.execute(statement)
    op.execute("CALL keep_changes('400 days')")


def downgrade() -> None:
    """Put the log back into one table."""
    op.execute("DROP PROCEDURE keep_changes")
    op.execute("DROP VIEW change_log_parts")
    op.drop_table("change_log")
    op.execute("ALTER TABLE changes RENAME TO changes_parted")
    for index in ("pk_changes", "ix_changes_xid_seq"):
        op.execute(f"ALTER INDEX {index} RENAME TO {index}_parted")
    op.create_table(
        "changes",
        *columns(sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False)),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_changes")),
    )
    op.execute(
        "INSERT INTO changes OVERRIDING SYSTEM VALUE "
        "SELECT seq, xid, at, resource, key, operation, before, after, actor, request_id FROM changes_parted "
        "WHERE operation <> 'touch'"
    )
    op.drop_table("changes_parted")
    op.execute("SELECT setval(pg_get_serial_sequence('changes', 'seq'), coalesce(max(seq), 0) + 1, false) FROM changes")
    op.create_index("ix_changes_resource_key", "changes", ["resource", "key"], unique=False)
    op.create_index("ix_changes_xid_seq", "changes", ["xid", "seq"], unique=False)
