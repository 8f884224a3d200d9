"""A cohort is decided by its final choice, and that waits for everyone whose form is in."""

from app.kernel.db import Database
from tests.conftest import As
from tests.routers.agreements import told
from tests.routers.factories import move
from tests.routers.mentoring import put_cohort
from tests.routers.outcomes import publish
from tests.routers.panels import make_assessing, make_assessment
from tests.routers.scored import make_assessed, publish_final, record_final
from tests.routers.selection_runs import states

COHORT = "/v1/cohorts/test"
TOTALS = {"32.71": "3", "32.72": "2", "32.73": "4"}


async def put(database: Database, region: str, state: str) -> None:
    """Put the candidacy of a region into a state, past all rules."""
    async with database.read() as connection:
        await connection.execute("UPDATE candidacies SET state = $2 WHERE region_code = $1", region, state)


async def test_nothing_is_decided_without_a_final_choice(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessed(officer, database, TOTALS)
    run = await record_final(officer)
    missing = {("/selection-runs", "final_choice_missing")}
    assert told(await move(officer, COHORT, "decided"), "incomplete") == missing
    assert (await officer.get(COHORT)).json()["state"] == "assessing"
    assert (await move(as_("second_officer"), run, "discarded")).status_code == 200
    assert told(await move(officer, COHORT, "decided"), "incomplete") == missing
    await publish_final(officer, as_("second_officer"))
    assert (await move(officer, COHORT, "decided")).status_code == 200


async def test_the_final_choice_waits_for_every_form_that_is_in(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_assessed(officer, database, TOTALS)
    for region in ("32.72", "32.73"):
        await put(database, region, "form_submitted")
    run, before = await record_final(officer), await states(as_("officer"))
    assert told(await move(second, run, "published"), "incomplete") == {
        (f"/candidacies/{region}", "assessment_unfinished") for region in ("32.72", "32.73")
    }
    assert (await officer.get(run)).json()["state"] == "recorded"
    assert await states(as_("officer")) == before
    # The one is assessed after all, the other's form is given back and does not come again.
    await put(database, "32.72", "assessed")
    await put(database, "32.73", "invited")
    assert told(await move(second, run, "published"), "run_outdated") == set()
    await publish_final(officer, second)
    assert await states(as_("officer")) == {"32.71": "selected", "32.72": "selected", "32.73": "invited"}


async def test_no_form_comes_after_the_final_choice(as_: As, database: Database) -> None:
    officer, region = as_("officer"), as_("region_editor")
    await make_assessing(officer)
    form = f"/v1/assessments/{await make_assessment(officer, database)}"
    await put_cohort(database, "assessing")
    await put(database, "32.73", "invited")
    assert told(await move(region, form, "submitted"), "outside_window") == set()
    await publish(database, {"32.71": "in"})
    assert told(await move(region, form, "submitted"), "final_choice_made") == set()
    assert (await states(as_("officer")))["32.73"] == "invited"
