"""Commitments: what the head of a region and its agencies sign, public from then on, and never changed after."""

from typing import Any

import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import As
from tests.routers.agreements import put_into, told
from tests.routers.assessments import speaking_for
from tests.routers.factories import every_row, faults, make_institution
from tests.routers.mentored import candidacy, make_mentored
from tests.routers.workshops import LINK, SIGNED, at, change, commit, step

__all__ = ["candidacy"]  # a fixture

AGENCY = {"signatory": "agency", "agency": "Bappelitbang"}
BARE = {"signed_on": None, "document": None}


@pytest.fixture(autouse=True)
def _late_in_june(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-06-30T05:00:00+00:00")


async def test_a_commitment_is_drafted_signed_and_public(as_: As, candidacy: str) -> None:
    editor, public = as_("region_editor"), as_("public")
    path = await commit(editor, candidacy, **BARE)
    assert (await public.get(path)).status_code == 404
    drafted = (await editor.get(path)).json()
    assert {name: drafted[name] for name in ("signatory", "agency", "signed_on", "document", "state")} == {
        "signatory": "region_head",
        "agency": None,
        "signed_on": None,
        "document": None,
        "state": "drafted",
    }
    assert told(await step(editor, path, "signed"), "incomplete") == {
        ("/signed_on", "signing_day_missing"),
        ("/document", "signed_document_missing"),
    }
    await change(editor, path, signed_on="2026-06-10", document=LINK)
    signed = await step(editor, path, "signed", "act 12/2026")
    assert (signed.status_code, signed.json()["state"]) == (200, "signed"), signed.text
    assert signed.json()["published_at"]
    assert (await public.get(path)).json() == signed.json()
    assert await every_row(public, f"/v1/candidacies/{candidacy}/commitments") == [signed.json()]
    history = (await editor.get(f"{path}/transitions")).json()
    assert history["allowed"] == ["void"]
    assert [(one["from"], one["to"], one["reason"], one["effective_on"]) for one in history["history"]] == [
        (None, "drafted", "drafted", None),
        ("drafted", "signed", "act 12/2026", "2026-06-10"),
    ]
    # Others are told what happened since they see it.
    assert (await as_("data_steward").get(f"{path}/transitions")).json()["history"] == history["history"][1:]


async def test_a_signed_one_is_declared_void_and_stays_to_be_seen(as_: As, candidacy: str) -> None:
    editor, public = as_("region_editor"), as_("public")
    path = await commit(editor, candidacy)
    await step(editor, path, "signed")
    second = await editor.post(f"/v1/candidacies/{candidacy}/commitments", json=SIGNED)
    assert (second.status_code, second.json()["code"]) == (409, "commitment_exists")
    assert (await step(editor, path, "void", "wrong paper")).json()["state"] == "void"
    assert (await public.get(path)).json()["state"] == "void"
    await commit(editor, candidacy)  # the next one
    dropped = await commit(editor, candidacy, **AGENCY)
    await step(editor, dropped, "void")
    assert (await public.get(dropped)).status_code == 404  # it never was public
    for path_ in (path, dropped):
        refused = await step(editor, path_, "signed")
        assert (refused.status_code, refused.json()["allowed"]) == (409, [])


async def test_each_signatory_has_one(as_: As, candidacy: str) -> None:
    editor, office = as_("region_editor"), f"/v1/candidacies/{candidacy}/commitments"
    await commit(editor, candidacy)
    await commit(editor, candidacy, **AGENCY)
    other = await commit(editor, candidacy, **AGENCY | {"agency": "Dinas Kesehatan"})
    twice = await editor.post(office, json=SIGNED | AGENCY | {"agency": "BAPPELITBANG"})
    assert (twice.status_code, twice.json()["code"]) == (409, "commitment_exists")
    renamed = await change(editor, other, agency="bappelitbang")
    assert (renamed.status_code, renamed.json()["code"]) == (409, "commitment_exists")
    assert len(await every_row(editor, office)) == 3


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"agency": "Bappelitbang"}, {("/agency", "agency_of_head")}),
        ({"signatory": "agency"}, {("/agency", "agency_missing")}),
        (AGENCY | {"agency": " Bappelitbang"}, {("/agency", "invalid_format")}),
        ({"signatory": "council"}, {("/signatory", "invalid_choice")}),
        ({"statement": ""}, {("/statement", "too_short")}),
        ({"document": {"url": "https://x.id"}}, {("/document/title", "required")}),
        ({"state": "signed"}, {("/state", "unknown_field")}),
        ({"published_at": "2026-06-10T00:00:00Z"}, {("/published_at", "unknown_field")}),
    ],
)
async def test_a_commitment_that_makes_no_sense_is_refused_at_its_place(
    as_: As, candidacy: str, fields: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    drafted = await as_("region_editor").post(f"/v1/candidacies/{candidacy}/commitments", json=SIGNED | fields)
    assert faults(drafted) == expected


async def test_a_draft_changes_and_a_signed_one_does_not(as_: As, candidacy: str) -> None:
    editor = as_("region_editor")
    path = await commit(editor, candidacy)
    changed = await change(editor, path, statement="More.", document={"sha256": None})
    assert changed.json()["document"] == LINK | {"sha256": None}
    assert (await change(editor, path, document=None)).json()["document"] is None
    assert faults(await change(editor, path, document={"title": "X"})) == {("/document/url", "required")}
    assert faults(await change(editor, path, agency="Bappelitbang")) == {("/agency", "agency_of_head")}
    assert faults(await change(editor, path, signatory="agency")) == {("/signatory", "unknown_field")}
    await change(editor, path, document=LINK)
    await step(editor, path, "signed")
    for refused in (await change(editor, path, statement="Less."), await change(as_("officer"), path, signed_on=None)):
        assert (refused.status_code, refused.json()["code"]) == (409, "commitment_frozen")
        assert refused.json()["state"] == "signed"


@pytest.mark.parametrize(
    ("region", "moment", "signed"),
    [
        ("32.73", "2026-12-31T16:59:59+00:00", False),  # WIB: the year's last second
        ("32.73", "2026-12-31T17:00:00+00:00", True),
        ("73.71", "2026-12-31T16:00:00+00:00", True),  # WITA
        ("91.71", "2026-12-31T14:59:59+00:00", False),  # WIT
    ],
)
async def test_nothing_is_signed_ahead_by_the_regions_own_day(
    as_: As, database: Database, monkeypatch: pytest.MonkeyPatch, region: str, moment: str, *, signed: bool
) -> None:
    officer = as_("officer")
    path = await commit(officer, (await make_mentored(officer, database, region)).candidacy, signed_on="2027-01-01")
    at(monkeypatch, moment)
    moved = await step(officer, path, "signed")
    if signed:
        assert moved.status_code == 200, moved.text
    else:
        assert told(moved, "incomplete") == {("/signed_on", "signing_ahead")}
        assert "2026-12-31" in moved.json()["errors"][0]["message"]


@pytest.mark.parametrize("state", ["mou_signed", "withdrawn"])
async def test_commitments_are_made_by_mentored_regions(
    as_: As, database: Database, candidacy: str, state: str
) -> None:
    """What a region drafted before it left can only be dropped."""
    editor = as_("region_editor")
    path = await commit(editor, candidacy)
    await put_into(database, candidacy, state)
    for refused in (
        await editor.post(f"/v1/candidacies/{candidacy}/commitments", json=SIGNED | AGENCY),
        await step(editor, path, "signed"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "candidacy_not_ready")
        assert refused.json()["state"] == state
    assert (await step(editor, path, "void")).status_code == 200


async def test_a_draft_concerns_the_region_its_mentors_and_the_ministry(as_: As, app: FastAPI, candidacy: str) -> None:
    officer, administrator = as_("officer"), as_("administrator")
    draft, signed = await commit(officer, candidacy), await commit(officer, candidacy, **AGENCY)
    await step(officer, signed, "signed")
    other, office = await make_institution(officer), f"/v1/candidacies/{candidacy}/commitments"
    async with (
        speaking_for(app, administrator, "region_editor", region_code="32.04") as neighbour,
        speaking_for(app, administrator, "mentor", institution_id=other) as stranger,
    ):
        for person in (as_("region_editor"), as_("mentor"), as_("auditor"), officer):
            assert (await person.get(draft)).status_code == 200
            assert len(await every_row(person, office)) == 2
        for person in (neighbour, stranger, as_("assessor"), as_("data_steward"), as_("public")):
            assert (await person.get(draft)).status_code == 404
            assert [row["agency"] for row in await every_row(person, office)] == ["Bappelitbang"]
            assert [row["agency"] for row in await every_row(person, "/v1/commitments")] == ["Bappelitbang"]
        # What is not seen is not there; what is seen is not theirs.
        assert (await change(neighbour, draft, statement="X")).status_code == 404
        assert (await step(neighbour, draft, "void")).status_code == 404
        refused = (
            await change(neighbour, signed, statement="X"),
            await step(neighbour, signed, "void"),
            await neighbour.post(office, json=SIGNED),
        )
        assert {(one.status_code, one.json()["required_permission"]) for one in refused} == {(403, "commitments:write")}


async def test_a_stale_change_is_refused(as_: As, candidacy: str) -> None:
    editor = as_("region_editor")
    path = await commit(editor, candidacy)
    await change(editor, path, statement="More.")
    for url, body in ((path, {"statement": "X"}), (f"{path}/transitions", {"to": "signed", "reason": "x"})):
        method = "PATCH" if url == path else "POST"
        assert (await editor.request(method, url, json=body)).status_code == 428
        stale = await editor.request(method, url, json=body, headers={"If-Match": '"1"'})
        assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')


async def test_commitments_are_found_by_what_a_screen_asks(as_: As, database: Database, candidacy: str) -> None:
    officer = as_("officer")
    other = (await make_mentored(officer, database, "33.74", cohort="next")).candidacy
    await commit(officer, candidacy, **AGENCY)
    await commit(officer, other, **AGENCY | {"agency": "Dinas Kesehatan", "signed_on": "2026-06-20"})
    await step(officer, await commit(officer, other), "signed")

    async def found(**query: object) -> list[str | None]:
        return [row["agency"] for row in await every_row(officer, "/v1/commitments", **query)]

    assert await found() == ["Bappelitbang", "Dinas Kesehatan", None]
    assert await found(sort="-created_at") == [None, "Dinas Kesehatan", "Bappelitbang"]
    assert await found(q="kesehatan") == await found(signed_on_gte="2026-06-11") == ["Dinas Kesehatan"]
    assert await found(signed_on_lt="2026-06-11", cohort="next") == [None]
    assert await found(signatory="region_head") == await found(state="signed") == [None]
    assert await found(state_in="drafted,void", region="33.74") == ["Dinas Kesehatan"]
    assert await found(candidacy=candidacy) == await found(province="32") == ["Bappelitbang"]
    rows = await every_row(officer, f"/v1/candidacies/{other}/commitments", state="drafted")
    assert [row["agency"] for row in rows] == ["Dinas Kesehatan"]
