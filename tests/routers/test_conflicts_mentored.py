"""Whoever mentored a region never judges it, though another took over; what was only rehearsed bars nobody."""

from typing import Any

import httpx
import pytest

from app.kernel.db import Database
from tests.conftest import As
from tests.routers.factories import make_expert, make_institution, move
from tests.routers.mentoring import item, make_decided, record, seat_on_panel
from tests.routers.panels import assign, make_assessing, make_assessment

ANY = {"If-Match": "*"}


async def mentor(
    officer: httpx.AsyncClient, database: Database, lead: str, institution: str, *helpers: str, **cohort: Any
) -> str:
    """Have a region mentored in an earlier cohort; return the path of the mentorship, which is assigned."""
    (candidacy,) = await make_decided(officer, database, cohort="earlier", **cohort)
    asked = item(candidacy, lead, institution_id=institution, facilitator_ids=list(helpers))
    recorded = await record(officer, asked, cohort="earlier")
    assert recorded.status_code == 200, recorded.text
    return f"/v1/mentorships/{recorded.json()['items'][0]['mentorship_id']}"


def codes(answer: httpx.Response) -> list[str]:
    """Return the conflicts for which a seat was refused; none when it was given."""
    return [conflict["code"] for conflict in answer.json()["conflicts"]] if answer.status_code == 409 else []


@pytest.mark.parametrize("state", ["assigned", "active"])
async def test_who_left_a_mentorship_that_had_begun_is_still_a_mentor(as_: As, database: Database, state: str) -> None:
    officer = as_("officer")
    first, second = [await make_institution(officer, name) for name in ("Universitas A", "Universitas B")]
    lead = await make_expert(officer, first, "Lead", roles=["assessor", "mentor"])
    heir = await make_expert(officer, first, "Heir", roles=["mentor"])
    helper = await make_expert(officer, second, "Helper", roles=["assessor", "facilitator"])
    path = await mentor(officer, database, lead, first, helper)
    if state == "active":
        assert (await move(officer, path, "active")).status_code == 200
    # The lead takes over from the heir again, and leaves a second time.
    for leads, left in ((heir, {lead, helper}), (lead, {heir, helper}), (heir, {lead, helper})):
        changed = await officer.patch(path, json={"lead_mentor_id": leads, "facilitator_ids": []}, headers=ANY)
        assert changed.status_code == 200, changed.text
        assert set(changed.json()["former_mentor_ids"]) == (left if state == "active" else set())
    assert (await officer.patch(f"/v1/experts/{lead}", json={"institution_id": second}, headers=ANY)).status_code == 200
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    for expert in (lead, helper):
        assert codes(await assign(officer, assessment, expert)) == (["conflict_mentor"] if state == "active" else [])


async def test_a_rehearsal_bars_nobody_from_what_is_real(as_: As, database: Database) -> None:
    officer = as_("officer")
    home = await make_institution(officer, "Universitas A")
    lead = await make_expert(officer, home, "Lead", roles=["assessor", "mentor"])
    colleague = await make_expert(officer, home, "Colleague")
    path = await mentor(officer, database, lead, home, simulation=True)
    await make_assessing(officer, different_institutions=False)
    assessment = await make_assessment(officer, database)
    for expert in (lead, colleague):
        assert (await assign(officer, assessment, expert)).status_code == 201
    # Within the rehearsal it bars, as it would.
    rehearsed = await seat_on_panel(officer, database, (await officer.get(path)).json()["candidacy_id"])
    assert codes(await assign(officer, rehearsed, lead)) == ["conflict_mentor", "conflict_mentor_institution"]
