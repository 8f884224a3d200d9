"""Who is made up for rehearsals says so for good, and has no part in a cohort that is no simulation."""

from typing import NamedTuple

import asyncpg
import httpx
import pytest

from app.kernel.db import Database
from tests.conftest import EXPERT, INSTITUTION, As
from tests.ground import laid
from tests.routers.factories import NOWHERE, every_row, faults, make_expert, make_institution
from tests.routers.mentoring import (
    LIST,
    PROPOSAL,
    change,
    item,
    make_decided,
    make_mentor,
    make_mentorship,
    put_cohort,
    record,
)
from tests.routers.panels import FILL, ME, ask_override, assign, declare, make_assessing, make_assessment

SAMARINDA, AMBON = "64.72", "81.71"


class MadeUp(NamedTuple):
    """A simulated institution and an expert of it, who can do everything."""

    institution: str
    expert: str


@laid
async def make_up(officer: httpx.AsyncClient) -> MadeUp:
    institution = await make_institution(officer, "Universitas Contoh", simulation=True)
    return MadeUp(institution, await make_expert(officer, institution, "Contoh", roles=["assessor", "mentor"]))


async def test_an_institution_and_its_experts_say_that_they_are_made_up(as_: As) -> None:
    officer = as_("officer")
    made_up = await make_up(officer)
    for path, simulated, real in (
        ("institutions", made_up.institution, str(INSTITUTION)),
        ("experts", made_up.expert, str(EXPERT)),
    ):
        for id_, simulation in ((simulated, True), (real, False)):
            assert (await officer.get(f"/v1/{path}/{id_}")).json()["simulation"] is simulation
            listed = await every_row(officer, f"/v1/{path}", simulation=simulation)
            exported = await officer.get(f"/v1/exports/{path}", params={"simulation": simulation, "format": "json"})
            for rows in (listed, exported.json()):
                assert [(row["id"], row["simulation"]) for row in rows] == [(id_, simulation)]


async def test_an_institution_stays_made_up_or_real(as_: As, database: Database) -> None:
    officer = as_("officer")
    setting = "UPDATE institutions SET simulation = $1 WHERE id = $2"
    for institution, other in (((await make_up(officer)).institution, False), (str(INSTITUTION), True)):
        path = f"/v1/institutions/{institution}"
        assert faults(await change(officer, path, simulation=other)) == {("/simulation", "unknown_field")}
        async with database.read() as connection:
            with pytest.raises(asyncpg.RestrictViolationError, match="stays simulated, or real"):
                async with connection.transaction():
                    await connection.execute(setting, other, institution)
            # Saying again what it is changes nothing.
            await connection.execute(setting, not other, institution)


async def test_an_expert_moves_among_the_made_up_or_among_the_real(as_: As, database: Database) -> None:
    officer = as_("officer")
    made_up = await make_up(officer)
    fellow = await make_institution(officer, "Universitas Rekaan", simulation=True)
    path = f"/v1/experts/{made_up.expert}"
    refused = await change(officer, path, institution_id=str(INSTITUTION))
    assert faults(refused) == {("/institution_id", "other_simulation")}
    assert "add a new expert" in refused.json()["errors"][0]["message"]
    assert faults(await change(officer, f"/v1/experts/{EXPERT}", institution_id=fellow)) == {
        ("/institution_id", "other_simulation")
    }
    assert faults(await change(officer, path, institution_id=NOWHERE)) == {("/institution_id", "invalid_reference")}
    assert (await change(officer, path, institution_id=fellow)).json()["institution_name"] == "Universitas Rekaan"
    async with database.read() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="stays simulated, or real"):
            await connection.execute("UPDATE experts SET institution_id = $1 WHERE id = $2", fellow, EXPERT)


async def test_no_panel_in_earnest_takes_who_is_made_up(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer, quorum=2)
    assessment = await make_assessment(officer, database)
    made_up = await make_up(officer)
    drawn = (await officer.post(FILL, json={"seed": 1})).json()
    assert ([seat["expert_id"] for seat in drawn["seats"]], len(drawn["shortages"])) == ([ME], 1)
    assert [load["expert_id"] for load in drawn["balance"]["loads"]] == [ME]
    named = await officer.post(FILL, json={"seed": 1, "expert_ids": [ME, made_up.expert]})
    assert faults(named) == {("/expert_ids/1", "simulated_expert")}
    by_hand = await assign(officer, assessment, made_up.expert)
    assert faults(by_hand) == {("/expert_id", "simulated_expert")}
    assert by_hand.json()["errors"][0]["message"].endswith("Name a real expert.")
    # There is no way round it.
    await declare(officer, made_up.expert)
    for state, duty in (("assessing", "judge"), ("decided", "mentor")):
        await put_cohort(database, state)
        asked = await ask_override(officer, assessment, made_up.expert, duty=duty)
        assert faults(asked) == {("/expert_id", "simulated_expert")}


async def test_a_simulation_takes_the_made_up_and_the_real(as_: As, database: Database) -> None:
    officer = as_("officer")
    made_up = await make_up(officer)
    await make_assessing(officer, quorum=2, simulation=True)
    assessment = await make_assessment(officer, database)
    drawn = (await officer.post(f"{FILL}?dry_run=true", json={"seed": 1})).json()
    assert {seat["expert_id"] for seat in drawn["seats"]} == {ME, made_up.expert}
    for expert in (ME, made_up.expert):
        assert (await assign(officer, assessment, expert)).status_code == 201


async def test_no_mentorship_in_earnest_takes_who_is_made_up(as_: As, database: Database) -> None:
    officer = as_("officer")
    one, two = await make_decided(officer, database, SAMARINDA, AMBON)
    made_up, real = await make_up(officer), await make_mentor(officer)
    proposed = (await officer.get(PROPOSAL)).json()
    assert {choice["lead_mentor_id"] for choice in proposed["choices"]} == {real}
    assert [load["expert_id"] for load in proposed["loads"]] == [real]
    asked = await officer.get(PROPOSAL, params={"mentors": f"{real},{made_up.expert}"})
    assert faults(asked) == {("mentors", "simulated_expert")}
    refused = await record(
        officer,
        item(one, made_up.expert, institution_id=made_up.institution),
        item(two, real, facilitator_ids=[made_up.expert]),
    )
    assert faults(refused) == {
        ("/items/0/lead_mentor_id", "simulated_expert"),
        ("/items/1/facilitator_ids/0", "simulated_expert"),
    }
    assert (await officer.get(LIST)).json()["items"] == []
    path = await make_mentorship(officer, one, real)
    for changes, pointer in (
        ({"facilitator_ids": [made_up.expert]}, "/facilitator_ids/0"),
        ({"lead_mentor_id": made_up.expert}, "/lead_mentor_id"),
    ):
        assert faults(await change(officer, path, **changes)) == {(pointer, "simulated_expert")}


async def test_a_rehearsed_mentorship_takes_the_made_up_and_the_real(as_: As, database: Database) -> None:
    officer = as_("officer")
    one, two = await make_decided(officer, database, SAMARINDA, AMBON, simulation=True)
    made_up, real = await make_up(officer), await make_mentor(officer)
    proposed = (await officer.get(PROPOSAL)).json()
    assert {load["expert_id"] for load in proposed["loads"]} == {real, made_up.expert}
    recorded = await record(
        officer,
        item(one, made_up.expert, institution_id=made_up.institution),
        item(two, real, facilitator_ids=[made_up.expert]),
    )
    assert recorded.status_code == 200, recorded.text
