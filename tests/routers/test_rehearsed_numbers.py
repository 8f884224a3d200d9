"""The number of a memorandum or a letter is given once in earnest, and once in each rehearsal."""

import asyncpg
import pytest

from app.kernel.db import Database
from tests.conftest import As
from tests.routers.agreements import put_into, told
from tests.routers.factories import every_row, make_candidacy, make_cohort
from tests.routers.outcomes import ISSUE, make_assessed, publish

COHORTS = {"first": True, "second": True, "earnest": False}
CEREMONY = {
    "date": "2026-05-08",
    "place": "Jakarta",
    "reason": "decree 3",
    "parties": [
        {"party": "ministry", "institution": "Kominfo", "office": "Director"},
        {"party": "region", "institution": "Pemkot", "office": "Mayor"},
    ],
}


async def test_a_memorandum_that_was_rehearsed_takes_no_number(as_: As, database: Database) -> None:
    officer = as_("officer")

    async def sign(cohort: str, region: str = "32.73") -> set[tuple[str, str]] | None:
        candidacy = (await make_candidacy(officer, cohort, region)).rpartition("/")[2]
        await put_into(database, candidacy, "selected")
        items = [{"candidacy_id": candidacy, "number": "1/MoU/2026"}]
        signed = await officer.post(f"/v1/cohorts/{cohort}/memoranda/sign", json=CEREMONY | {"items": items})
        return None if signed.status_code == 200 else told(signed, "memorandum_number_taken")

    for cohort, simulation in COHORTS.items():
        await make_cohort(officer, cohort, simulation=simulation)
        assert await sign(cohort) is None
        assert await sign(cohort, "32.71") == {("/items/0/number", "memorandum_number_taken")}
    await make_cohort(officer, "later")
    assert await sign("later") == {("/items/0/number", "memorandum_number_taken")}
    # Whoever reads them is told which of them happened.
    for simulation, cohorts in ((False, {"earnest"}), (True, {"first", "second"})):
        asked = {"q": "1/MoU/2026", "state": "signed", "simulation": simulation}
        rows = await every_row(as_("public"), "/v1/memoranda", **asked)
        assert {(row["cohort_code"], row["simulation"]) for row in rows} == {(code, simulation) for code in cohorts}
        rows = await every_row(as_("public"), "/v1/candidacies", region="32.73", simulation=simulation)
        assert {(row["cohort_code"], row["simulation"]) for row in rows} >= {(code, simulation) for code in cohorts}
        assert {row["simulation"] for row in rows} == {simulation}


@pytest.mark.parametrize("simulation", [True, False])
async def test_a_letter_that_was_rehearsed_takes_no_number(as_: As, database: Database, simulation: bool) -> None:
    officer = as_("officer")
    for cohort in ("first", "second"):
        await make_assessed(officer, database, cohort, simulation=cohort == "first" or simulation)
        await publish(database, cohort=cohort)
        issued = await officer.post(f"/v1/cohorts/{cohort}/result-letters", json=ISSUE)
        assert issued.status_code == 200, issued.text
    await make_assessed(officer, database, "third")
    await publish(database, cohort="third")
    again = await officer.post("/v1/cohorts/third/result-letters", json=ISSUE)
    assert again.status_code == (200 if simulation else 409)


async def test_what_was_rehearsed_never_comes_to_be_in_earnest(as_: As, database: Database) -> None:
    await make_cohort(as_("officer"), simulation=True)
    async with database.read() as connection:
        with pytest.raises(asyncpg.RestrictViolationError, match="stays a rehearsal"):
            await connection.execute("UPDATE cohorts SET simulation = false WHERE code = 'test'")
