"""Whoever comes to lean on a record while that changes is touched too.

A touch of what leans on a changed row was written when the row changed, so it missed what another transaction, which
had not committed yet, let lean on it. When that one committed first, a reader who looked in between saw a record that
came, and was never told that it is shown, or seen, otherwise since.

So touches are written at the very end of a transaction, and nobody lets anything lean on anything between that and its
commit: the transactions of both kinds end one after the other. The lock that sees to this is the last thing that each
of them waits for, so none waits for it in a circle.
"""

from collections import defaultdict
from collections.abc import Iterator
from types import ModuleType

from alembic import context, op

revision = "20261127l1"
down_revision = "20261127e1"
branch_labels = None
depends_on = None

TOUCHES = "20261126a2"
# Any number will do, so long as nothing else takes an advisory lock by it.
LAST = "PERFORM pg_advisory_xact_lock(x'1EA4'::int)"
LEAN = f"""
CREATE FUNCTION lean() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {LAST};
    RETURN NULL;
END $$
"""


def touches() -> ModuleType:
    """Return the revision that says who leans on whom."""
    return {one.revision: one.module for one in context.script.walk_revisions()}[TOUCHES]


def function_of(table: str) -> str:
    """Return the trigger function that touches whatever leans on a row and has no entry of this transaction yet."""
    of = touches()
    source = of.SOURCES[table]
    leaning = "\n        UNION ALL ".join(
        of.path(other, column) for column, tables in source.leaning.items() for other in tables
    )
    return f"""
CREATE OR REPLACE FUNCTION touch_by_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed {table};
BEGIN
    changed := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    {LAST};
    INSERT INTO changes (resource, key, operation)
    SELECT DISTINCT leaning.resource, leaning.key, 'touch'
    FROM (SELECT changed.{source.key} AS key) AS source, LATERAL (
        {leaning}
    ) AS leaning (resource, key)
    WHERE NOT EXISTS (
        SELECT FROM changes own
        WHERE own.xid = pg_current_xact_id() AND own.resource = leaning.resource AND own.key = leaning.key
    );
    RETURN NULL;
END $$
"""  # noqa: S608 - our own names


def changes_of(table: str) -> Iterator[tuple[str, str]]:
    """Yield the operations on a source that its leaners notice, and when."""
    of = touches()
    source = of.SOURCES[table]
    for operation in of.operations_of(source):
        changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in source.watched)
        yield operation, f"WHEN ({changed})" if operation == "UPDATE" else ""


def links() -> dict[str, list[str]]:
    """Return all that lean on others: tables, and the columns that say on which row."""
    of = touches()
    found: dict[str, set[str]] = defaultdict(set)
    for source in of.SOURCES.values():
        for column, tables in source.leaning.items():
            top, name = column.split(".")
            for table in tables:
                # By an id nobody leans on anything: it is the row's own.
                found[top] |= {name} - {"id"}
                found[table] |= {of.OWNER[table][0]} if table in of.OWNER else set()
    return {table: sorted(columns) for table, columns in sorted(found.items()) if columns}


def upgrade() -> None:
    """Put functions and triggers that wait for the end in the place of those that did not."""
    op.execute(LEAN)
    for table, columns in links().items():
        op.execute(
            f"CREATE CONSTRAINT TRIGGER lean AFTER INSERT OR UPDATE OF {', '.join(columns)} ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lean()"
        )
    for table in touches().SOURCES:
        for operation, _ in changes_of(table):
            op.execute(f"DROP TRIGGER touch_on_{operation.lower()} ON {table}")
        op.execute(function_of(table))
        for operation, when in changes_of(table):
            op.execute(
                f"CREATE CONSTRAINT TRIGGER touch_on_{operation.lower()} AFTER {operation} ON {table} "
                f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW {when} EXECUTE FUNCTION touch_by_{table}()"
            )


def downgrade() -> None:
    """Put the former back."""
    touches().downgrade()  # the new ones bear the names of the old
    for table in links():
        op.execute(f"DROP TRIGGER lean ON {table}")
    op.execute("DROP FUNCTION lean")
    touches().upgrade()
