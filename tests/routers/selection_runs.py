"""Selection runs for tests: a cohort whose assessment is over, and what became of its regions."""

from collections.abc import Sequence
from typing import Any

import httpx

from app.kernel.db import Database
from tests.ground import laid
from tests.routers.factories import every_row, make_candidacy, make_cohort, move

# The final choice ranks the assessed alone, so its runs are small.
CITIES = ("32.71", "32.72", "32.73", "32.74", "32.75")


@laid
async def make_assessed(
    officer: httpx.AsyncClient, database: Database, codes: Sequence[str], **fields: Any
) -> list[str]:
    """Make a cohort whose assessment is over for these regions; return their candidacies."""
    await make_cohort(officer, **{"quota": 2, "candidate_quota": 10} | fields)
    paths = [await make_candidacy(officer, "test", code) for code in codes]
    await put_all_into(database, "assessed")
    await move(officer, "/v1/cohorts/test", "assessing")
    return paths


@laid
async def put_all_into(database: Database, state: str) -> None:
    """Put the cohort's candidacies into a state, past all rules."""
    async with database.read() as connection:
        await connection.execute("UPDATE candidacies SET state = $1 WHERE cohort_code = 'test'", state)


async def states(reader: httpx.AsyncClient) -> dict[str, str]:
    """Return the states of the cohort's candidacies by region."""
    return {row["region_code"]: row["state"] for row in await every_row(reader, "/v1/cohorts/test/candidacies")}
