"""A conflict of interest bars whoever has one, known or declared, from every panel it concerns, and is told in full."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest

from app.domain.conflicts import Mentorship
from app.kernel.db import Database
from app.models.assessments import Assessment
from app.services import conflicts
from tests.conftest import EXPERT, As
from tests.routers.agreements import told
from tests.routers.factories import NOWHERE, every_row, faults, make_expert, make_institution, move, version_in
from tests.routers.mentoring import item, make_decided, record
from tests.routers.panels import (
    ME,
    OVERRIDES,
    OWN_INSTITUTION,
    ask_override,
    assign,
    barred,
    change_expert,
    declare,
    make_assessing,
    make_assessment,
    make_experts,
    make_member,
    reviews_of,
)

DECLARATIONS = "/v1/conflict-declarations"


def mentored(monkeypatch: pytest.MonkeyPatch, region: str, *mentorships: Mentorship) -> None:
    """Have the register know these mentorships of one region."""

    async def known(_session: Any, codes: Iterable[str], _cohort: str) -> dict[str, tuple[Mentorship, ...]]:
        return {code: mentorships if code == region else () for code in codes}

    monkeypatch.setattr(conflicts, "mentorships_of", known)


async def test_nobody_judges_the_home_region(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    home, other = [await make_assessment(officer, database, region) for region in ("32.73", "32.71")]
    await change_expert(officer, ME, home_region_code="32.73")
    assert barred(await assign(officer, home, ME)) == ["conflict_home_region"]
    await make_member(officer, other, ME)


async def test_nobody_judges_where_a_conflict_was_declared_in_whatever_cohort(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    await make_assessing(officer, "later")
    here, later = [await make_assessment(officer, database, cohort=cohort) for cohort in ("test", "later")]
    await declare(as_("assessor"), ME)
    for assessment in (here, later):
        assert barred(await assign(officer, assessment, ME)) == ["conflict_declared"]


async def test_nobody_judges_whom_they_or_their_institution_mentored(
    as_: As, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    assessment, free = [await make_assessment(officer, database, region) for region in ("32.73", "32.71")]
    (moved,) = await make_experts(officer, 1)
    by_me = Mentorship("2017", OWN_INSTITUTION, frozenset({ME, moved}))
    mentored(monkeypatch, "32.73", by_me, Mentorship("2018", OWN_INSTITUTION))
    refused = await assign(officer, assessment, ME)
    assert barred(refused) == ["conflict_mentor", "conflict_mentor_institution"]
    assert [conflict["text_en"] for conflict in refused.json()["conflicts"]] == [
        "The assessor was the region's mentor: 2017.",
        "The assessor's institution, Universitas Uji, provided the region's mentor: 2017, 2018.",
    ]
    # The person takes the conflict along to another institution; the colleague shares the institution's.
    assert barred(await assign(officer, assessment, moved)) == ["conflict_mentor"]
    colleague = await make_expert(officer, OWN_INSTITUTION, "Citra")
    assert barred(await assign(officer, assessment, colleague)) == ["conflict_mentor_institution"]
    await make_member(officer, free, ME)


async def test_every_conflict_is_listed_in_both_languages(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    await change_expert(officer, ME, home_region_code="32.73")
    await declare(officer, ME)
    refused = await assign(officer, assessment, ME)
    assert barred(refused) == ["conflict_declared", "conflict_home_region"]
    assert refused.json()["conflicts"][1] == {
        "code": "conflict_home_region",
        "text_en": "It is the assessor's own home region.",
        "text_id": "Daerah ini adalah daerah asal asesor.",
    }
    indonesian = await officer.post(
        f"/v1/assessments/{assessment}/panel-members", json={"expert_id": ME}, headers={"Accept-Language": "id"}
    )
    assert indonesian.json()["title"] == "Benturan kepentingan"


async def test_who_has_a_known_conflict_cannot_declare_to_have_none(as_: As, database: Database) -> None:
    officer, second, me = as_("officer"), as_("second_officer"), as_("assessor")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    path = await make_member(officer, assessment, ME)
    await declare(me, ME)
    assert barred(await move(me, path, "declared")) == ["conflict_declared"]
    assert await reviews_of(database, assessment) == []
    override = (await ask_override(officer, assessment, ME)).headers["location"]
    await move(second, override, "approved")
    declared = await move(me, path, "declared")
    assert (declared.json()["state"], declared.json()["override_id"]) == ("declared", override.rpartition("/")[2])


async def test_the_check_at_the_submission_is_the_same(as_: As, database: Database) -> None:
    """What reviews call again: nothing known, a new conflict, and an override that covers it."""
    officer, second = as_("officer"), as_("second_officer")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)

    async def check() -> Any:
        async with database.write() as session:
            record = await session.get_one(Assessment, UUID(assessment))
            return await conflicts.check(session, record, EXPERT)

    assert await check() is None
    await declare(officer, ME)
    with pytest.raises(conflicts.ConflictOfInterest) as refused:
        await check()
    assert [conflict["code"] for conflict in refused.value.members["conflicts"]] == ["conflict_declared"]
    override = (await ask_override(officer, assessment, ME)).headers["location"]
    await move(second, override, "approved")
    assert str(await check()) == override.rpartition("/")[2]


async def test_a_conflict_is_declared_by_the_expert_or_an_officer(as_: As) -> None:
    officer, me = as_("officer"), as_("assessor")
    declared = await declare(me, ME)
    assert (declared.status_code, version_in(declared)) == (201, 1)
    assert (await me.get(declared.headers["location"])).json() == declared.json()
    assert (declared.json()["expert_name"], declared.json()["region_name"]) == ("Asesor Uji", "Kota Bandung")
    assert told(await declare(officer, ME), "conflict_already_declared") == set()
    other = await make_expert(officer)
    # Whether or not there is such an expert.
    for expert in (other, NOWHERE):
        refused = await declare(me, expert)
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "panels:write")
    assert (await declare(officer, other)).status_code == 201
    assert faults(await declare(officer, NOWHERE)) == {("/expert_id", "invalid_reference")}
    assert faults(await declare(officer, other, "99.99")) == {("/region_code", "invalid_reference")}
    rehearsed = await officer.post(
        f"{DECLARATIONS}?dry_run=true", json={"expert_id": other, "region_code": "32.71", "reason": "x"}
    )
    assert rehearsed.status_code == 201
    rows = await every_row(officer, DECLARATIONS, limit=1)
    assert [row["expert_id"] for row in rows] == [other, ME]


@pytest.mark.parametrize("person", ["region_editor", "mentor", "data_steward", "auditor"])
async def test_who_may_not_write_is_told_so(as_: As, database: Database, person: str) -> None:
    officer, client = as_("officer"), as_(person)
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    await declare(officer, ME)
    override = (await ask_override(officer, assessment, ME)).headers["location"]
    body, headers = {"to": "approved", "reason": "x"}, {"If-Match": "*"}
    for refused in (
        await assign(client, assessment, ME),
        await ask_override(client, assessment, ME),
        await client.post(f"{override}/transitions", json=body, headers=headers),
    ):
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "panels:write")
    assert (await declare(client, ME)).json()["required_permission"] == ["reviews:write", "panels:write"]


async def test_an_assessor_neither_assigns_nor_asks_nor_decides(as_: As, database: Database) -> None:
    officer, me = as_("officer"), as_("assessor")
    await make_assessing(officer)
    assessment = await make_assessment(officer, database)
    await make_member(officer, assessment, ME)
    await declare(officer, ME)
    override = (await ask_override(officer, assessment, ME)).headers["location"]
    for refused in (
        await assign(me, assessment, ME),
        await ask_override(me, assessment, ME),
        await move(me, override, "approved"),
    ):
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "panels:write")


async def test_lists_are_filtered(as_: As, database: Database) -> None:
    officer, second = as_("officer"), as_("second_officer")
    await make_assessing(officer)
    await make_assessing(officer, "later")
    assessments = [await make_assessment(officer, database, region) for region in ("32.71", "32.73")]
    later = await make_assessment(officer, database, cohort="later")
    other = await make_expert(officer)
    for expert in (ME, other):
        for region in ("32.71", "32.73"):
            await declare(officer, expert, region)
    paths = [
        (await ask_override(officer, assessment, expert)).headers["location"]
        for assessment in (*assessments, later)
        for expert in (ME, other)
    ]
    await move(second, paths[0], "approved")
    await move(second, paths[1], "refused")
    for query, size in (
        ({}, 6),
        ({"state": "requested"}, 4),
        ({"state_in": "approved,refused"}, 2),
        ({"expert": ME}, 3),
        ({"assessment": later}, 2),
        ({"cohort": "later"}, 2),
        ({"region": "32.73"}, 4),
    ):
        page = (await officer.get(OVERRIDES, params=query | {"count": "true", "limit": 1})).json()
        assert page["total"] == size, query
    rows = await every_row(officer, OVERRIDES, limit=2)
    assert [f"{OVERRIDES}/{row['id']}" for row in rows] == paths[::-1]
    mine = await every_row(officer, f"/v1/assessments/{assessments[0]}/conflict-overrides", expert=ME)
    assert [row["state"] for row in mine] == ["approved"]
    assert (await officer.get(f"/v1/assessments/{NOWHERE}/conflict-overrides")).status_code == 404
    for query, size in (
        ({}, 4),
        ({"expert": ME}, 2),
        ({"region": "32.71"}, 2),
        ({"institution": OWN_INSTITUTION, "region": "32.71"}, 2),
        ({"institution": NOWHERE}, 0),
    ):
        page = (await officer.get(DECLARATIONS, params=query | {"count": "true", "limit": 1})).json()
        assert page["total"] == size, query
    for sort in ("region_code", "created_at"):
        rows = await every_row(officer, DECLARATIONS, sort=sort, limit=3)
        assert await every_row(officer, DECLARATIONS, sort=f"-{sort}", limit=3) == rows[::-1]


async def test_who_mentored_a_region_in_any_cohort_is_known_even_when_it_ended(as_: As, database: Database) -> None:
    officer = as_("officer")
    (earlier,) = await make_decided(officer, database, cohort="earlier")
    roles = ["assessor", "mentor"]
    lead, helper = [
        await make_expert(officer, await make_institution(officer, name), name, roles=roles) for name in ("UI", "ITB")
    ]
    ui = (await officer.get(f"/v1/experts/{lead}")).json()["institution_id"]
    recorded = await record(officer, item(earlier, lead, institution_id=ui, facilitator_ids=[helper]), cohort="earlier")
    path = f"/v1/mentorships/{recorded.json()['items'][0]['mentorship_id']}"
    await make_assessing(officer)
    assessment, free = [await make_assessment(officer, database, region) for region in ("32.73", "32.71")]
    for _ in ("assigned", "ended"):
        refused = await assign(officer, assessment, lead)
        assert barred(refused) == ["conflict_mentor", "conflict_mentor_institution"]
        assert "The assessor's institution, UI, provided the region's mentor: earlier." in str(refused.json())
        assert barred(await assign(officer, assessment, helper)) == ["conflict_mentor"]
        await move(officer, path, "ended")
    colleague = await make_expert(officer, ui, "Citra")
    assert barred(await assign(officer, assessment, colleague)) == ["conflict_mentor_institution"]
    await make_member(officer, free, lead)
