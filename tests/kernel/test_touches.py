"""Whatever a projection shows of other records, or asks of them to know who sees it, is noticed by the change log.

What a projection leans on is found in its own statement, so that a new one cannot be forgotten.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest
from sqlalchemy import Column, Table, select
from sqlalchemy.sql import visitors
from sqlalchemy.sql.expression import Alias

from app.domain.permissions import Role
from app.kernel.db import Database
from app.kernel.past import tables_of
from app.kernel.projection import Projection, Reader
from app.kernel.statements import rendered
from app.kernel.tables import resource_of
from app.models import metadata
from app.services.datasets import DATASETS

# Nobody can change these: the database refuses.
UNCHANGING = {"plan_versions", "plan_reviews", "scorecards", "progress_reports"}
UNCHANGING_COLUMNS = {("cohorts", "simulation"), ("institutions", "simulation")}
READERS = [Reader(role, insider=False) for role in Role] + [Reader(Role.OFFICER, insider=True)]
_TRIGGER = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = $1::text::regclass AND tgname = $2"
PROJECTIONS = [dataset.projection for dataset in DATASETS.values()]


def leans_on(projection: Projection) -> Iterator[tuple[str, str]]:
    """Yield table and column of each value of another record that the projection shows or asks for."""
    for reader in READERS:
        statement = select(*projection.columns.values()).where(projection.visible(reader))
        for element in visitors.iterate(statement):
            if isinstance(element, Column) and element.table is not None:
                table = element.table.element if isinstance(element.table, Alias) else element.table
                assert isinstance(table, Table)
                column = table.c[element.key]
                if table is not projection.key.table and not (column.primary_key or column.foreign_keys):
                    yield table.name, column.name


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
async def test_what_a_record_leans_on_touches_it(database: Database, projection: Projection) -> None:
    needed = defaultdict(set)
    for table, column in {*leans_on(projection)} - UNCHANGING_COLUMNS:
        needed[table].add(column)
    async with database.read() as connection:
        for table in needed.keys() - UNCHANGING:
            source = await connection.fetchval("SELECT prosrc FROM pg_proc WHERE proname = $1", f"touch_by_{table}")
            assert source is not None, f"nobody notices a change of {table}"
            noticed = await connection.fetchval(_TRIGGER, table, "touch_on_update") or ""
            assert needed[table] <= set(re.findall(r"old\.(\w+) IS DISTINCT FROM new\.", noticed)), table
            assert f"SELECT '{projection.name}'," in source, table
        own = projection.key.table.name
        assert not needed.keys() - UNCHANGING or await connection.fetchval(_TRIGGER, own, "lean"), own


async def test_resources_bear_the_names_of_the_log(database: Database) -> None:
    """As kernel/past.py takes them from the tables."""
    async with database.read() as connection:
        rows = await connection.fetch(
            "SELECT tgrelid::regclass::text AS name, encode(tgargs, 'escape') AS arguments "
            "FROM pg_trigger WHERE tgname = 'log_insert'"
        )
    logged = {row["name"]: row["arguments"].split("\\000")[:2] for row in rows}
    tables = [metadata.tables[name] for name in logged]
    assert logged == {table.name: [resource_of(table), *(key.name for key in table.primary_key)] for table in tables}


def test_a_statement_is_moved_with_all_its_tables() -> None:
    """Also with those that only its conditions read."""
    projection = DATASETS["quick-wins"].projection
    statement = (
        select(projection.key)
        .select_from(projection.source)
        .where(projection.visible(Reader(Role.MENTOR, insider=False)))
    )
    assert {table.name for table in tables_of(statement)} == {
        "quick_wins",
        "candidacies",
        "cohorts",
        "regions",
        "mentorships",
    }


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_a_statement_reads_the_table_of_its_own_records_once(projection: Projection) -> None:
    """As the feed takes for granted, which looks up what changed in that table by the keys of its page alone."""
    for reader in READERS:
        conditions = projection.where(reader, tuple(projection.filters))
        statement = select(*projection.columns.values()).select_from(projection.source).where(*conditions)
        named = re.findall(rf"(?<![\w.]){projection.key.table.name}(?![\w.])", rendered(statement).text)
        assert len(named) == 1
