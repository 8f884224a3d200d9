"""What the service may do in the database: it works as a role that owns nothing.

Migrations, and what makes room in the change log, run as the owner. The service reads and writes records; of the log it
reads and adds entries, and can neither change nor remove one.
"""

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# What is written once, and by the service never changed; `alembic_version` and `change_log` it only reads.
WRITTEN_ONCE = ("changes", "seals", "service_starts")
READ_ONLY = ("alembic_version", "change_log")
_PARTS = text("SELECT name FROM change_log_parts UNION ALL SELECT 'changes_rest' WHERE to_regclass('changes_rest') > 0")


async def let_serve(session: AsyncSession, role: str) -> None:
    """Grant a role what the service needs and nothing else; run by the owner, after migrations, again and again."""
    parts = list(await session.scalars(_PARTS))
    name = '"' + role.replace('"', '""') + '"'
    for statement in _grants(name, parts):
        await session.execute(text(statement))


def _grants(role: str, parts: list[str]) -> Iterator[str]:
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    yield f"REVOKE UPDATE, DELETE ON {', '.join(WRITTEN_ONCE)} FROM {role}"
    yield f"REVOKE INSERT, UPDATE, DELETE ON {', '.join(READ_ONLY)} FROM {role}"
    # The log is reached through its parent only.
    yield f"REVOKE ALL ON {', '.join(parts)} FROM {role}"
