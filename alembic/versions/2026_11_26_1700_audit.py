"""The audit: whence a request came, refused attempts and exports in the log, and seals over all that was committed.

Nothing in the log is ever rewritten from here on, and a seal never either. Who may drop the triggers could do so still,
and the seals would tell.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import UserDefinedType

revision = "20261126z1"
down_revision = "20261126w2"
branch_labels = None
depends_on = None

ADDRESS = "nullif(current_setting('seratus.address', true), '')::inet"
# Whoever writes need not wait for a look through all of the log; that is the next revision's.
ALLOW_MORE = """
-- squawk-ignore ban-drop-constraint
ALTER TABLE changes DROP CONSTRAINT ck_changes_operation, ADD CONSTRAINT ck_changes_operation
    CHECK (operation IN ('create', 'update', 'delete', 'touch', 'refuse', 'export')) NOT VALID
"""
ALLOW_LESS = """
ALTER TABLE changes DROP CONSTRAINT ck_changes_operation, ADD CONSTRAINT ck_changes_operation
    CHECK (operation IN ('create', 'update', 'delete', 'touch'))
"""

# What came before its month had a partition waits in `changes_rest`. `keep_changes` moves it, as it is; nobody else
# takes anything out, and nobody at all changes anything.
REFUSE = """
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE stack text;
BEGIN
    GET DIAGNOSTICS stack = PG_CONTEXT;
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'changes_rest' AND stack LIKE '%keep_changes(interval)%' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'what is in % is never changed and never taken out', TG_TABLE_NAME;
END $$
"""


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    def get_col_spec(self, **_options: object) -> str:
        """Name the type in DDL."""
        return "xid8"


def upgrade() -> None:
    """Make room for what the audit tells of, and the seals."""
    op.add_column("changes", sa.Column("address", postgresql.INET(), nullable=True))
    # Apart from the column, so that nobody's address becomes that of all who wrote before.
    op.execute(f"ALTER TABLE changes ALTER COLUMN address SET DEFAULT {ADDRESS}")
    op.execute(ALLOW_MORE)
    op.create_table(
        "seals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until_xid", Xid8(), nullable=False),
        sa.Column("until_seq", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("earliest", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seqs", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("digests", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seals")),
    )
    op.create_index("ix_seals_earliest", "seals", ["earliest"])
    op.execute(REFUSE)
    for table in ("changes", "seals"):
        op.execute(
            f"CREATE TRIGGER refuse_rewriting BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )


def downgrade() -> None:
    """Go back to a log of records alone."""
    op.drop_table("seals")
    for trigger in ("refuse_rewriting", "refuse_emptying"):
        op.execute(f"DROP TRIGGER {trigger} ON changes")
    op.execute("DROP FUNCTION refuse_rewriting")
    op.execute("DELETE FROM changes WHERE operation IN ('refuse', 'export')")
    op.execute(ALLOW_LESS)
    op.drop_column("changes", "address")
