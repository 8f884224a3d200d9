"""A memorandum is drafted, completed and shown; a number is given once, and a draft is not public."""

from datetime import date
from typing import Any

import pytest

from app import reference
from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.kernel.writing import act_as
from app.services.reference import load
from tests.conftest import As
from tests.routers.agreements import LIST, REGION, WHOLE, change, make_draft, make_selected, put_into, state_of, told
from tests.routers.factories import every_row, faults, make_candidacy, make_cohort, move


async def test_the_historic_memoranda_are_public_with_their_days_and_places_but_no_number(as_: As) -> None:
    public, windows = as_("public"), {}
    for cohort in reference.cohorts():
        windows[cohort.code] = next(window for window in cohort.calendar if window.code == "memorandum")
    rows = await every_row(public, "/v1/memoranda", limit=200)
    assert len(rows) == 100
    assert {(row["cohort_code"], row["region_code"]) for row in rows} == {
        (fact.cohort_code, fact.region_code) for fact in reference.participants()
    }
    for row in rows:
        window = windows[row["cohort_code"]]
        assert (row["state"], row["number"], row["parties"]) == ("signed", None, [])
        assert (row["date"], row["place"]) == (window.starts_on.isoformat(), window.place)
        assert (row["year"], row["source"]) == (window.starts_on.year, window.source)
    assert [row["year"] for row in rows] == sorted((row["year"] for row in rows), reverse=True)
    history = (await as_("auditor").get(f"/v1/memoranda/{rows[0]['id']}/transitions")).json()["history"]
    assert [(step["to"], step["effective_on"], step["actor"]) for step in history] == [
        ("signed", "2019-05-15", "system")
    ]


async def test_loading_adds_the_memoranda_that_are_missing_and_only_those(database: Database, as_: As) -> None:
    async def load_again() -> int:
        async with database.write() as session:
            await act_as(session, SYSTEM)
            return await load(session)

    assert await load_again() == 0
    (depok,) = await every_row(as_("public"), "/v1/memoranda", region="32.76", cohort="2018")
    (bogor,) = await every_row(as_("public"), "/v1/memoranda", region="32.71")
    assert (await move(as_("officer"), f"/v1/memoranda/{bogor['id']}", "void")).status_code == 200
    async with database.read() as connection:  # as in a database that was loaded before there were memoranda
        await connection.execute("DELETE FROM memoranda WHERE year = 2018")
    assert await load_again() == 50
    assert await load_again() == 0
    (again,) = await every_row(as_("public"), "/v1/memoranda", region="32.76", cohort="2018")
    assert {name: again[name] for name in ("date", "place", "candidacy_id")} == {
        name: depok[name] for name in ("date", "place", "candidacy_id")
    }
    (void,) = await every_row(as_("public"), "/v1/memoranda", region="32.71")
    assert void["state"] == "void"  # as the officer left it


async def test_a_draft_shows_what_was_sent_and_needs_no_more_than_its_candidacy(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    bandung = await make_selected(officer, database)
    whole = await officer.post(LIST, json={"candidacy_id": bandung, "reason": "letter 5"} | WHOLE)
    assert whole.status_code == 201
    shown = whole.json()
    assert {name: shown[name] for name in WHOLE} == WHOLE
    assert (shown["candidacy_id"], shown["cohort_code"], shown["region_code"]) == (bandung, "test", "32.73")
    assert (shown["region_name"], shown["year"], shown["state"]) == ("Kota Bandung", 2026, "drafted")
    assert (shown["published_at"], shown["source"], shown["version"]) == (None, None, 1)
    assert (await officer.get(whole.headers["location"])).content == whole.content
    history = (await officer.get(f"{whole.headers['location']}/transitions")).json()
    assert (history["state"], history["allowed"]) == ("drafted", ["signed", "void"])
    assert [(step["from"], step["to"], step["reason"]) for step in history["history"]] == [
        (None, "drafted", "letter 5")
    ]
    bare = (await officer.get(await make_draft(officer, await make_selected(officer, database, "32.71")))).json()
    empty = dict.fromkeys(("number", "date", "place", "document")) | {"parties": [], "witnesses": []}
    assert {name: bare[name] for name in empty} == empty
    assert bare["year"] == 2026  # the cohort's


NONSENSE: list[tuple[dict[str, Any], str, str]] = [
    ({"candidacy_id": "01890000-0000-7000-8000-000000000000"}, "/candidacy_id", "invalid_reference"),
    ({"candidacy_id": "x"}, "/candidacy_id", "invalid_format"),
    ({"number": " 12"}, "/number", "invalid_format"),
    ({"number": "12 "}, "/number", "invalid_format"),
    ({"number": ""}, "/number", "too_short"),
    ({"number": "x" * 101}, "/number", "too_long"),
    ({"number": "1\n2"}, "/number", "control_character"),
    ({"date": "2026-02-30"}, "/date", "invalid_format"),
    ({"date": "2025-12-31", "year": 2026}, "/year", "out_of_range"),
    ({"year": 1944}, "/year", "out_of_range"),
    ({"parties": [REGION | {"party": "mayor"}]}, "/parties/0/party", "invalid_choice"),
    ({"parties": [{"party": "region", "institution": "x"}]}, "/parties/0/office", "required"),
    ({"parties": [REGION | {"phone": "0812"}]}, "/parties/0/phone", "unknown_field"),
    ({"parties": [REGION] * 21}, "/parties", "too_long"),
    ({"witnesses": [{"office": "x"}]}, "/witnesses/0/name", "required"),
    ({"document": {"url": "file:///etc/passwd", "title": "x"}}, "/document/url", "invalid_format"),
    ({"document": {"url": "https://a.id", "title": "x", "sha256": "F" * 64}}, "/document/sha256", "invalid_format"),
    ({"state": "signed"}, "/state", "unknown_field"),
    ({"source": "me"}, "/source", "unknown_field"),
    ({"published_at": "2026-05-08T00:00:00Z"}, "/published_at", "unknown_field"),
]


async def test_nonsense_is_refused_with_its_place(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    candidacy = await make_selected(officer, database)
    for fields, pointer, code in NONSENSE:
        refused = await officer.post(LIST, json={"candidacy_id": candidacy} | fields)
        assert faults(refused) == {(pointer, code)}, fields


async def test_a_candidacy_of_another_cohort_has_no_memorandum_here(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    await make_cohort(officer, "other")
    foreign = (await make_candidacy(officer, "other")).rpartition("/")[2]
    await put_into(database, foreign, "selected")
    assert faults(await officer.post(LIST, json={"candidacy_id": foreign})) == {("/candidacy_id", "invalid_reference")}


async def test_a_candidacy_has_one_memorandum_until_that_is_void(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    candidacy = await make_selected(officer, database)
    path = await make_draft(officer, candidacy, **WHOLE)
    assert told(await officer.post(LIST, json={"candidacy_id": candidacy}), "memorandum_exists") == set()
    assert (await move(officer, path, "void", reason="typing error")).json()["state"] == "void"
    assert await state_of(officer, candidacy) == "selected"
    # A draft that was dropped never had its number.
    assert (await officer.get(await make_draft(officer, candidacy, **WHOLE))).json()["number"] == WHOLE["number"]


async def test_a_number_is_given_once_a_year(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    first, second, third = [await make_selected(officer, database, code) for code in ("32.71", "32.72", "32.73")]
    path = await make_draft(officer, first, **WHOLE)
    taken = await officer.post(LIST, json={"candidacy_id": second, "number": WHOLE["number"]})
    assert told(taken, "memorandum_number_taken") == set()
    # Another year is another series.
    await make_draft(officer, second, number=WHOLE["number"], date="2027-01-02")
    other = await make_draft(officer, third)
    assert told(await change(officer, other, number=WHOLE["number"]), "memorandum_number_taken") == set()
    assert (await move(officer, path, "signed")).status_code == 200
    assert (await move(officer, path, "void")).status_code == 200
    # What was signed keeps its number, void or not.
    assert told(await change(officer, other, number=WHOLE["number"]), "memorandum_number_taken") == set()


async def test_a_draft_is_changed_by_merge_patch(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    path = await make_draft(officer, await make_selected(officer, database), **WHOLE)
    changed = (await change(officer, path, date="2027-01-02", place=None, document={"title": "Naskah"})).json()
    assert (changed["date"], changed["year"], changed["place"]) == ("2027-01-02", 2027, None)
    assert changed["document"] == WHOLE["document"] | {"title": "Naskah"}
    assert (changed["number"], changed["parties"]) == (WHOLE["number"], WHOLE["parties"])
    assert (await change(officer, path, document={"sha256": None})).json()["document"]["sha256"] is None
    assert faults(await change(officer, path, year=2026)) == {("/year", "out_of_range")}
    assert (await change(officer, path, date=None, document=None)).json()["document"] is None
    assert faults(await change(officer, path, document={"title": "x"})) == {("/document/url", "required")}
    assert (await change(officer, path, year=2026)).json()["year"] == 2026
    assert faults(await change(officer, path, candidacy_id=None)) == {("/candidacy_id", "unknown_field")}
    assert (await officer.patch(path, json={})).status_code == 428
    assert (await officer.patch(path, json={}, headers={"If-Match": '"1"'})).status_code == 412


async def test_what_is_not_drafted_is_frozen(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    signed, void = [
        await make_draft(officer, await make_selected(officer, database, code), **WHOLE | {"number": code})
        for code in ("32.71", "32.72")
    ]
    await move(officer, signed, "signed")
    await move(officer, void, "void")
    for path in (signed, void):
        before = await officer.get(path)
        refused = await change(officer, path, place="Bandung")
        assert told(refused, "memorandum_frozen") == set()
        assert (await officer.get(path)).content == before.content


async def test_a_signed_one_takes_its_scan_once(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    candidacy = await make_selected(officer, database)
    path = await make_draft(officer, candidacy, **WHOLE | {"document": None})
    await move(officer, path, "signed")
    await put_into(database, candidacy, "mentoring")
    refused = await change(officer, path, document=WHOLE["document"], place="Bandung")
    assert told(refused, "memorandum_frozen") == set()
    scanned = await change(officer, path, document=WHOLE["document"])
    assert (scanned.status_code, scanned.json()["document"]) == (200, WHOLE["document"])
    assert told(await change(officer, path, document=None), "memorandum_frozen") == set()


async def test_a_draft_is_seen_by_the_ministry_auditors_and_its_own_region_at_every_door(
    as_: As, database: Database
) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    own, other = [await make_selected(officer, database, code) for code in ("32.73", "32.71")]
    paths = {own: await make_draft(officer, own, **WHOLE), other: await make_draft(officer, other)}
    sees = {"officer": {own, other}, "administrator": {own, other}, "auditor": {own, other}, "region_editor": {own}}
    for person in ("public", "officer", "administrator", "auditor", "region_editor", "data_steward", "mentor"):
        client, seen = as_(person), sees.get(person, set())
        for url in (LIST, "/v1/memoranda?cohort=test&count=true", "/v1/memoranda?state=drafted", f"{LIST}?q=NK"):
            page = (await client.get(url)).json()
            wanted = seen & {own} if "q=" in url else seen
            assert {row["candidacy_id"] for row in page["items"]} == wanted, (person, url)
            assert page.get("total", len(wanted)) == len(wanted)
        for candidacy, path in paths.items():
            status = 200 if candidacy in seen else 404
            assert (await client.get(path)).status_code == status, (person, path)
            if person != "public":
                assert (await client.get(f"{path}/transitions")).status_code == status, (person, path)
    await move(officer, paths[own], "void")
    assert (await as_("public").get(paths[own])).status_code == 404  # it never was public
    await change(officer, paths[other], **WHOLE)
    await move(officer, paths[other], "signed")
    await move(officer, paths[other], "void")
    assert (await as_("public").get(paths[other])).json()["state"] == "void"  # what was public does not vanish


async def test_a_draft_cohort_hides_its_memoranda(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer, state="draft")
    path = await make_draft(officer, await make_selected(officer, database), **WHOLE)
    await move(officer, path, "signed")
    assert (await officer.get(path)).status_code == 200
    for url in (path, LIST):
        assert (await as_("public").get(url)).status_code == 404
    assert (await as_("public").get("/v1/memoranda?year=2026")).json()["items"] == []


@pytest.mark.parametrize("person", ["region_editor", "mentor", "data_steward", "auditor"])
async def test_who_may_not_write_is_told_so(as_: As, database: Database, person: str) -> None:
    officer, client = as_("officer"), as_(person)
    await make_cohort(officer)
    candidacy = await make_selected(officer, database)
    path = await make_draft(officer, candidacy)
    headers = {"If-Match": "*"}
    for refused in (
        await client.post(LIST, json={"candidacy_id": candidacy}),
        await client.post(f"{LIST}/sign", json={}),
        await client.patch(path, json={}, headers=headers),
        await client.post(f"{path}/transitions", json={"to": "void", "reason": "x"}, headers=headers),
    ):
        assert (refused.status_code, refused.json()["required_permission"]) == (403, "memoranda:write")


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ({"cohort": "2017"}, 25),
        ({"state": "signed"}, 100),
        ({"state_in": "void,drafted"}, 0),
        ({"region": "32.76"}, 2),
        ({"year": 2018}, 50),
        ({"date_gte": "2018-05-08"}, 75),
        ({"date_lt": "2018-05-08"}, 25),
        ({"date_gte": "2018-05-08", "date_lt": "2018-05-09"}, 50),
        ({"province": "36"}, sum(fact.region_code.startswith("36") for fact in reference.participants())),
        ({"q": "NK"}, 0),
    ],
)
async def test_lists_are_filtered(as_: As, query: dict[str, Any], size: int) -> None:
    page = (await as_("public").get("/v1/memoranda", params=query | {"count": "true", "limit": 1})).json()
    assert page["total"] == size


async def test_a_list_is_walked_in_each_order(as_: As) -> None:
    for sort in ("region_code", "year", "created_at"):
        rows = await every_row(as_("public"), "/v1/memoranda", sort=sort, limit=30)
        assert [row[sort] for row in rows] == sorted(row[sort] for row in rows)
        backwards = await every_row(as_("public"), "/v1/memoranda", sort=f"-{sort}", limit=30)
        assert backwards == rows[::-1]
    assert faults(await as_("public").get("/v1/cohorts/2018/memoranda?cohort=2017")) == {
        ("cohort", "unknown_parameter")
    }


async def test_the_database_itself_keeps_the_rules(database: Database, as_: As) -> None:
    """Whatever writes, plain SQL too: a signed memorandum is complete, and only a historic one has no number."""
    officer = as_("officer")
    await make_cohort(officer)
    path = await make_draft(officer, await make_selected(officer, database), **WHOLE)
    row = f"WHERE id = '{path.rpartition('/')[2]}'"
    wrongs = {
        "state = 'signed'": "ck_memoranda_published_at",
        "published_at = now()": "ck_memoranda_published_at",
        "year = 2025": "ck_memoranda_year",
        "state = 'burnt'": "ck_memoranda_state",
    } | {
        f"state = 'signed', published_at = now(), {name} = NULL": "ck_memoranda_complete"
        for name in ("number", "date", "place")
    }
    for wrong, constraint in wrongs.items():
        async with database.read() as connection:
            with pytest.raises(Exception, match=constraint):
                async with connection.transaction():
                    await connection.execute(f"UPDATE memoranda SET {wrong} {row}")  # noqa: S608 - our own words


def test_the_days_of_the_ceremonies_are_told() -> None:
    days = {c.code: next(w for w in c.calendar if w.code == "memorandum") for c in reference.cohorts()}
    assert {code: (window.ends_on, window.place) for code, window in days.items()} == {
        "2017": (date(2017, 5, 22), "Makassar"),
        "2018": (date(2018, 5, 8), "Jakarta"),
        "2019": (date(2019, 5, 15), "Jakarta"),
    }
