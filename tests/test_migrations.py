"""The revisions that ship: they make what the models say, can be taken back one by one, and take no service down."""

import ast
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.script import Script, ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.kernel import migrations
from tests.conftest import ROOT
from tests.databases import alembic, empty_database

SCRIPTS = ScriptDirectory.from_config(migrations.alembic_config())
REVISIONS: list[Script] = [*SCRIPTS.walk_revisions()][::-1]
BEFORE = dict(zip(REVISIONS, ["base", *(revision.revision for revision in REVISIONS)], strict=False))
each_revision = pytest.mark.parametrize("revision", REVISIONS, ids=lambda revision: Path(revision.path).stem)

# Everything a revision can leave behind or forget, each object with its definition.
SCHEMA = text("""
    SELECT concat_ws(' ', 'column', table_name, column_name, data_type, is_nullable, column_default, is_identity,
                     is_generated) FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
       AND contype <> 'n'  -- the columns tell which are not null; PostgreSQL 18 numbers the names of these
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
    UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
    UNION ALL SELECT 'sequence ' || sequencename FROM pg_sequences WHERE schemaname = 'public'
    ORDER BY 1
""")


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all the commands of these tests have the revisions that were read once, and not each read all of them."""
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda _config: SCRIPTS)


async def schema_of(connection: AsyncConnection) -> list[str]:
    found = [*await connection.scalars(SCHEMA)]
    await connection.rollback()
    return found


async def test_every_revision_can_be_taken_back() -> None:
    async with empty_database() as engine, engine.connect() as connection:
        await connection.run_sync(alembic("stamp", "base"))
        old = await schema_of(connection)
        for revision in REVISIONS:
            await connection.run_sync(alembic("upgrade", revision.revision))
            new = await schema_of(connection)
            await connection.run_sync(alembic("downgrade", BEFORE[revision]))
            assert await schema_of(connection) == old, (
                f"downgrade() of {revision.path} leaves something or takes too much"
            )
            await connection.run_sync(alembic("upgrade", revision.revision))
            old = await schema_of(connection)
            assert old == new, f"{revision.path} makes something else the second time"


async def test_revisions_make_what_the_models_say() -> None:
    async with empty_database() as engine, engine.connect() as connection:
        await migrations.upgrade(connection)
        await connection.run_sync(alembic("check"))


async def test_who_was_not_ranked_loses_a_stability_that_says_null_and_nobody_is_told() -> None:
    columns = "id, run_id, region_code, position, decision, merit_decision, reason, reason_en, reason_id, criteria"
    row = f"INSERT INTO selection_results ({columns}, stability) SELECT gen_random_uuid(), gen_random_uuid(), '32', 1, "
    async with empty_database() as engine, engine.connect() as connection:
        await connection.run_sync(alembic("upgrade", "20261128n2"))
        for name in ("run_id", "region_code"):  # there are none yet
            await connection.execute(text(f"ALTER TABLE selection_results DROP CONSTRAINT fk_selection_results_{name}"))
        for stability in ("null", '{"share": 1}'):
            written = text(f"{row} 'out', 'out', 'x', 'x', 'x', '[]', CAST(:stability AS jsonb)")
            await connection.execute(written, {"stability": stability})
        await connection.commit()
        await connection.run_sync(alembic("upgrade", "20261128s1"))
        found = "SELECT stability::text, version FROM selection_results ORDER BY 1"
        assert (await connection.execute(text(found))).all() == [('{"share": 1}', 1), (None, 1)]
        told = text("SELECT operation FROM changes")
        assert [*await connection.scalars(told)] == ["create"] * 2
        await connection.execute(text("UPDATE selection_results SET position = 2"))
        assert [*await connection.scalars(told)] == ["create"] * 2 + ["update"] * 2


@each_revision
def test_revision_locks_nothing_for_long(tmp_path: Path, revision: Script) -> None:
    config = migrations.alembic_config()
    config.output_buffer = io.StringIO()
    command.upgrade(config, f"{BEFORE[revision]}:{revision.revision}", sql=True)
    sql = tmp_path / "upgrade.sql"
    sql.write_text(config.output_buffer.getvalue())
    squawk = [str(Path(sys.executable).parent / "squawk"), "--config", str(ROOT / ".squawk.toml"), str(sql)]
    done = subprocess.run(squawk, capture_output=True, text=True, check=False)  # noqa: S603 - the linter, on our own SQL
    assert done.returncode == 0, done.stdout


@each_revision
def test_revision_stands_alone(revision: Script) -> None:
    """A revision that imported the service would change its meaning when the service changes."""
    tree = ast.parse(Path(revision.path).read_text())
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {module for module in modules if module.split(".")[0] in {"app", ""}}


@each_revision
def test_revision_is_named_by_date_and_purpose(revision: Script) -> None:
    assert re.fullmatch(r"\d{4}_\d{2}_\d{2}_\d{4}_[a-z0-9_]+\.py", Path(revision.path).name)
