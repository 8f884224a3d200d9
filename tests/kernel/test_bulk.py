"""Many rows at once: only what differs is written, and one pass over the file is one order of rows."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.kernel import bulk
from app.kernel.bulk import Difference, Stage, Target
from app.kernel.db import Connection, Database, driver_connection

TARGET = Target("shelf", key=("code",), compared=("parent", "size"), fresh=("id",), stamped=("stamp",))


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Connection]:
    """Give a connection inside a transaction, with a table of three rows."""
    async with database.write() as session:
        await session.execute(
            text(
                "CREATE TEMP TABLE shelf (code text PRIMARY KEY, parent text REFERENCES shelf, size numeric(6, 2), "
                "id int, stamp int, version int DEFAULT 1)"
            )
        )
        await session.execute(
            text("INSERT INTO shelf VALUES ('a', NULL, 1, 1, 1), ('b', 'a', 2.5, 2, 1), ('c', 'a', NULL, 3, 1)")
        )
        yield await driver_connection(session)


async def staged(connection: Connection, *records: tuple[object, ...]) -> Stage:
    stage = await Stage.open(connection, TARGET)
    await stage.add(records)
    return stage


async def test_only_what_differs_is_written(connection: Connection) -> None:
    stage = await staged(
        connection,
        (2, "a", None, Decimal("1.000"), 11, 2),
        (3, "b", None, Decimal("2.5"), 12, 2),
        (4, "c", "a", None, 13, 2),
        (5, "d", "c", Decimal(4), 14, 2),
    )
    assert await stage.drop_repeated(10) == (0, [])
    assert await stage.compare() == Difference(created=1, updated=1, unchanged=2)
    await stage.write()
    rows = await connection.fetch("SELECT code, parent, size, id, stamp FROM shelf ORDER BY code")
    assert [tuple(row) for row in rows] == [
        ("a", None, 1, 1, 1),
        ("b", None, Decimal("2.5"), 2, 2),
        ("c", "a", None, 3, 1),
        ("d", "c", 4, 14, 2),
    ]


async def test_a_row_may_refer_to_one_before_it_even_in_another_statement(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "ROWS_WRITTEN", 2)
    stage = await staged(
        connection, *((line, f"x{9 - line}", f"x{10 - line}" if line else None, None, 0, 0) for line in range(5))
    )
    assert await stage.compare() == Difference(created=5, updated=0, unchanged=0)
    await stage.write()
    assert await connection.fetchval("SELECT count(*) FROM shelf WHERE code LIKE 'x%'") == 5


async def test_repeated_keys_are_dropped_with_every_line(connection: Connection) -> None:
    stage = await staged(
        connection, *((line, "abab"[line % 4], None, None, 0, 0) for line in range(8)), (8, "c", "a", None, 0, 0)
    )
    assert await stage.drop_repeated(5) == (8, [0, 1, 2, 3, 4])
    assert await stage.compare() == Difference(created=0, updated=0, unchanged=1)


async def test_two_shapes_of_rows_go_through_one_connection(connection: Connection) -> None:
    await (await staged(connection, (1, "a", None, Decimal(1), 1, 1))).write()
    await connection.execute("CREATE TEMP TABLE rack (code int UNIQUE, parent int, size text, id int, stamp int)")
    rack = Target("rack", TARGET.key, TARGET.compared, TARGET.fresh, TARGET.stamped)
    for target, record in (
        (rack, (1, 1, 2, "large", 3, 4)),
        (Target("regions", ("code",), ("name",)), (1, "98", "Uji")),
        (Target("regions", ("code",), ("population",)), (1, "98", 5)),
    ):
        stage = await Stage.open(connection, target)
        await stage.add([record])
        assert await stage.compare() == Difference(created=1, updated=0, unchanged=0)
        await connection.execute(f"DROP TABLE staged_{target.table}")
