"""The kernel: the change log and its triggers, histories of states, stored answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import UserDefinedType

revision = "20261123a1"
down_revision = None
branch_labels = None
depends_on = None


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    def get_col_spec(self, **_options: object) -> str:
        """Name the type in DDL."""
        return "xid8"


# Statement triggers: a bulk load of 40,000 rows costs one insert into the log. `watch` attaches them; later
# revisions call it. Arguments: table, resource, key column, then the columns that never enter the log.
FUNCTIONS = """
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.created_at := OLD.created_at;
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;

-- Arguments: resource, key column, then the columns that never enter the log.
CREATE FUNCTION log_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    resource text := TG_ARGV[0];
    key_column text := TG_ARGV[1];
    hidden text[] := TG_ARGV[2:];
    actor text := coalesce(nullif(current_setting('seratus.actor', true), ''), 'sql:' || session_user);
    request_id text := nullif(current_setting('seratus.request_id', true), '');
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (resource, key, operation, after, actor, request_id)
        SELECT resource, row ->> key_column, 'create', row - hidden, actor, request_id
        FROM (SELECT to_jsonb(n) AS row FROM new_rows n) r;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO changes (resource, key, operation, before, actor, request_id)
        SELECT resource, row ->> key_column, 'delete', row - hidden, actor, request_id
        FROM (SELECT to_jsonb(o) AS row FROM old_rows o) r;
    ELSE
        INSERT INTO changes (resource, key, operation, before, after, actor, request_id)
        SELECT resource, n.row ->> key_column, 'update', o.row - hidden, n.row - hidden, actor, request_id
        FROM (SELECT to_jsonb(r) AS row FROM old_rows r) o
        JOIN (SELECT to_jsonb(r) AS row FROM new_rows r) n ON n.row ->> key_column = o.row ->> key_column;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'TRUNCATE would pass by the change log; use DELETE';
END $$;

CREATE PROCEDURE watch(table_name text, resource text, key_column text, VARIADIC hidden text[] DEFAULT '{}')
LANGUAGE plpgsql AS $$
DECLARE
    arguments text := (
        SELECT string_agg(quote_literal(a), ', ') FROM unnest(ARRAY[resource, key_column] || hidden) AS a
    );
BEGIN
    EXECUTE format('CREATE TRIGGER touch BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION touch()', table_name);
    EXECUTE format('CREATE TRIGGER log_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows '
        'FOR EACH STATEMENT EXECUTE FUNCTION log_change(%s)', table_name, arguments);
    EXECUTE format('CREATE TRIGGER log_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows '
        'NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION log_change(%s)', table_name, arguments);
    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT '
        'EXECUTE FUNCTION refuse_truncate()', table_name);
    EXECUTE format('CREATE TRIGGER log_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows '
        'FOR EACH STATEMENT EXECUTE FUNCTION log_change(%s)', table_name, arguments);
END $$;
"""


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "changes",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_resource_key", "changes", ["resource", "key"], unique=False)
    op.create_index("ix_changes_xid_seq", "changes", ["xid", "seq"], unique=False)
    op.create_table(
        "transitions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transitions")),
    )
    op.create_index(
        "ix_transitions_resource_record_key_at", "transitions", ["resource", "record_key", "at"], unique=False
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "service_secrets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_service_secrets")),
    )
    for statement in FUNCTIONS.strip().split(";\n\n"):
        op.execute(statement)
    # Signs cursors; made here so that every process on this database shares it.
    op.execute("INSERT INTO service_secrets VALUES ('cursor', gen_random_uuid()::text || gen_random_uuid()::text)")


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP PROCEDURE watch")
    for function in ("log_change", "touch", "refuse_truncate"):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("service_secrets")
    op.drop_table("idempotency_keys")
    op.drop_table("transitions")
    op.drop_table("changes")
