"""Four workshops in order, each a gate: what must be there before it closes, who holds it, and who sees it."""

from collections.abc import Sequence

import httpx
import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from tests.conftest import INSTITUTION, As
from tests.routers.agreements import told
from tests.routers.assessments import speaking_for
from tests.routers.factories import every_row, faults, make_institution
from tests.routers.mentored import Mentored, make_mentored
from tests.routers.workshops import LINK, at, begin, change, commit, complete, hold, promise, step, update


@pytest.fixture(autouse=True)
def _late_in_june(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-06-30T05:00:00+00:00")


@pytest.fixture
async def mentored(as_: As, database: Database) -> Mentored:
    """Give a mentored region with its four workshops planned."""
    return await make_mentored(as_("officer"), database)


def path(mentored: Mentored, number: int) -> str:
    return f"/v1/workshops/{mentored.workshops[number - 1]}"


async def missing(client: httpx.AsyncClient, workshop: str) -> list[tuple[str, str]]:
    gate = await client.get(f"{workshop}/gate")
    assert gate.status_code == 200, gate.text
    told = [(gap["pointer"], gap["code"]) for gap in gate.json()["missing"]]
    assert gate.json()["open_to_close"] is (gate.json()["state"] == "open" and not told)
    return told


async def test_a_mentorship_has_four_workshops_in_order(as_: As, mentored: Mentored) -> None:
    rows = await every_row(as_("mentor"), f"/v1/mentorships/{mentored.mentorship}/workshops")
    assert [(row["number"], row["state"], row["outputs"]) for row in rows] == [
        (number, "planned", {}) for number in (1, 2, 3, 4)
    ]
    assert {(row["candidacy_id"], row["region_code"], row["cohort_code"]) for row in rows} == {
        (mentored.candidacy, "32.73", "test")
    }
    assert (await as_("mentor").get(path(mentored, 1))).json() == rows[0]


async def test_all_four_are_held_one_after_the_other(as_: As, database: Database, mentored: Mentored) -> None:
    """The whole way, each gate refused until what it is held for is there."""
    mentor, editor = as_("mentor"), as_("region_editor")
    for number in (1, 2, 3, 4):
        workshop = path(mentored, number)
        if number < 4:
            after = path(mentored, number + 1)
            refused = await step(mentor, after, "open")
            assert told(refused, "incomplete") == {("/number", "workshop_before_open")}
            assert str(number) in refused.json()["errors"][0]["message"]
        await complete(mentor, workshop, number)
        if number == 3:
            assert await missing(mentor, workshop) == [("/outputs/quick_win_candidates", "candidates_missing")]
            await promise(database, mentored.candidacy, "cancelled")  # which is none
            refused = await step(mentor, workshop, "closed")
            assert told(refused, "incomplete") == {("/outputs/quick_win_candidates", "candidates_missing")}
            await promise(database, mentored.candidacy, "proposed")
        if number == 4:
            commitments, final = "/outputs/signed_commitments", "/outputs/final_quick_wins"
            expected = [
                (commitments, "head_commitment_missing"),
                (commitments, "agency_commitment_missing"),
                (final, "quick_win_not_final"),
            ]
            assert await missing(editor, workshop) == expected
            for fields in ({}, {"signatory": "agency", "agency": "Bappelitbang"}):
                drafted = await commit(editor, mentored.candidacy, **fields)
                assert told(await step(mentor, workshop, "closed"), "incomplete") == set(expected)  # a draft is none
                assert (await step(editor, drafted, "signed")).status_code == 200
                expected = expected[1:]
            async with database.read() as connection:
                await connection.execute(
                    "UPDATE quick_wins SET state = 'approved', published_at = now() WHERE state = 'proposed'"
                )
        assert await missing(mentor, workshop) == []
        closed = await step(mentor, workshop, "closed", "minutes 4/2026")
        assert (closed.status_code, closed.json()["state"]) == (200, "closed"), closed.text
    history = (await editor.get(f"{path(mentored, 4)}/transitions")).json()
    assert (history["state"], history["allowed"]) == ("closed", [])
    assert [(one["from"], one["to"], one["reason"]) for one in history["history"]] == [
        ("planned", "open", "test"),
        ("open", "closed", "minutes 4/2026"),
    ]


async def test_every_missing_output_is_named_in_both_languages(as_: As, mentored: Mentored) -> None:
    mentor, workshop = as_("mentor"), path(mentored, 1)
    await begin(mentor, workshop)
    refused = await step(mentor, workshop, "closed")
    assert told(refused, "incomplete") == {
        ("/sessions", "session_missing"),
        ("/outputs/readiness_analysis", "output_missing"),
        ("/outputs/gap_analysis", "output_missing"),
        ("/outputs/swot_analysis", "output_missing"),
    }
    (first, *_, last) = (await mentor.get(f"{workshop}/gate")).json()["missing"]
    assert first["text_en"] == "No session is recorded. Record at least one."
    assert last["text_en"] == "The document is missing: SWOT analysis. Add its link."
    assert last["text_id"] == "Dokumen belum ada: analisis SWOT. Tambahkan tautannya."
    mentor.headers["Accept-Language"] = "id"
    errors = (await step(mentor, workshop, "closed")).json()["errors"]
    assert errors[-1]["message"] == last["text_id"]


async def test_the_rules_of_the_cohort_say_when_quick_wins_are_final(as_: As, database: Database) -> None:
    mentor, mentored = as_("mentor"), await make_mentored(as_("officer"), database, closed=3)
    async with database.read() as connection:
        rules = (
            '{"at_least": 2, "at_most": null, "dimensions": ["economy"], "different_dimensions": 0, "tolerance": 10}'
        )
        await connection.execute("UPDATE cohorts SET quick_win_rules = $1 WHERE code = 'test'", rules)
    await promise(database, mentored.candidacy, "approved", "living")
    final = {gap for gap in await missing(mentor, path(mentored, 4)) if gap[0] == "/outputs/final_quick_wins"}
    assert {code for _, code in final} == {"quick_wins_few", "dimensions_uncovered"}
    await promise(database, mentored.candidacy, "approved", "economy")
    assert not [gap for gap in await missing(mentor, path(mentored, 4)) if gap[0] == "/outputs/final_quick_wins"]


async def test_a_planned_workshop_shows_what_comes_before_it_and_a_closed_one_misses_nothing(
    as_: As, database: Database
) -> None:
    mentor, mentored = as_("mentor"), await make_mentored(as_("officer"), database, closed=1)
    assert await missing(mentor, path(mentored, 1)) == []
    assert (await missing(mentor, path(mentored, 3)))[0] == ("/number", "workshop_before_open")


@pytest.mark.parametrize(
    ("closed", "number", "to", "allowed"),
    [(0, 1, "closed", ["open"]), (1, 1, "open", []), (0, 1, "planned", ["open"]), (0, 1, "held", ["open"])],
)
async def test_no_step_is_left_out_or_taken_back(
    as_: As, database: Database, closed: int, number: int, to: str, allowed: Sequence[str]
) -> None:
    mentored = await make_mentored(as_("officer"), database, closed=closed)
    refused = await step(as_("mentor"), path(mentored, number), to)
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    assert refused.json()["allowed"] == allowed


async def test_outputs_are_merged_while_the_workshop_is_open(as_: As, mentored: Mentored) -> None:
    mentor, workshop = as_("mentor"), path(mentored, 1)
    await begin(mentor, workshop)
    first = await change(mentor, workshop, outputs={"gap_analysis": {"url": LINK["url"], "title": "Gaps"}})
    assert first.json()["outputs"] == {"gap_analysis": {"url": LINK["url"], "title": "Gaps", "sha256": None}}
    both = await change(mentor, workshop, outputs={"gap_analysis": {"sha256": LINK["sha256"]}, "swot_analysis": LINK})
    assert both.json()["outputs"] == {"gap_analysis": LINK | {"title": "Gaps"}, "swot_analysis": LINK}
    fewer = await change(mentor, workshop, outputs={"gap_analysis": {"sha256": None}, "swot_analysis": None})
    assert fewer.json()["outputs"] == first.json()["outputs"]
    assert (await change(mentor, workshop)).json() == fewer.json()  # nothing changed, nor the version


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ({"poem": LINK}, {("/outputs/poem", "unknown_output")}),
        ({"road_map": LINK}, {("/outputs/road_map", "output_elsewhere")}),
        ({"road_map": None}, {("/outputs/road_map", "output_elsewhere")}),
        ({"signed_commitments": LINK}, {("/outputs/signed_commitments", "output_derived")}),
        ({"gap_analysis": {"url": LINK["url"]}}, {("/outputs/gap_analysis/title", "required")}),
        ({"gap_analysis": LINK | {"url": "ftp://x.id"}}, {("/outputs/gap_analysis/url", "invalid_format")}),
        ({"gap_analysis": LINK | {"sha256": "x"}}, {("/outputs/gap_analysis/sha256", "too_short")}),
        ({"gap_analysis": LINK | {"size": 1}}, {("/outputs/gap_analysis/size", "unknown_field")}),
        (None, {("/outputs", "wrong_type")}),
    ],
)
async def test_an_output_that_makes_no_sense_is_refused_at_its_place(
    as_: As, mentored: Mentored, outputs: object, expected: set[tuple[str, str]]
) -> None:
    await begin(as_("mentor"), path(mentored, 1))
    assert faults(await change(as_("mentor"), path(mentored, 1), outputs=outputs)) == expected


@pytest.mark.parametrize("field", ["state", "number", "version", "id"])
async def test_a_workshop_changes_by_its_outputs_only(as_: As, mentored: Mentored, field: str) -> None:
    assert faults(await change(as_("mentor"), path(mentored, 1), **{field: 1})) == {(f"/{field}", "unknown_field")}


@pytest.mark.parametrize("number", [1, 2])
async def test_only_an_open_workshop_takes_outputs_and_sessions(as_: As, database: Database, number: int) -> None:
    mentored = await make_mentored(as_("officer"), database, closed=1)
    state = {1: "closed", 2: "planned"}[number]
    for refused in (
        await change(as_("mentor"), path(mentored, number), outputs={}),
        await as_("mentor").post(
            f"{path(mentored, number)}/sessions", json={"date": "2026-06-10", "mode": "online", "hours": 1}
        ),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "workshop_not_open")
        assert refused.json()["state"] == state


@pytest.mark.parametrize("state", ["assigned", "completed"])
async def test_workshops_are_held_while_the_mentorship_is_active(
    as_: As, database: Database, mentored: Mentored, state: str
) -> None:
    mentor, workshop = as_("mentor"), path(mentored, 1)
    await begin(mentor, workshop)
    await hold(mentor, workshop)
    await update(database, "mentorships", mentored.mentorship, f"state = '{state}'")
    for refused in (
        await step(mentor, workshop, "closed"),
        await change(mentor, workshop, outputs={}),
        await mentor.post(f"{workshop}/sessions", json={"date": "2026-06-10", "mode": "online", "hours": 1}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "mentorship_not_active")
        assert refused.json()["state"] == state
    assert (await mentor.get(workshop)).status_code == 200


async def test_a_stale_change_is_refused(as_: As, mentored: Mentored) -> None:
    mentor, workshop = as_("mentor"), path(mentored, 1)
    await begin(mentor, workshop)
    outputs = {"outputs": {"gap_analysis": LINK}}
    assert (await mentor.patch(workshop, json=outputs)).status_code == 428
    stale = await mentor.patch(workshop, json=outputs, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')
    assert (await mentor.patch(workshop, json=outputs, headers={"If-Match": '"2"'})).status_code == 200


async def test_another_region_and_another_university_see_nothing(
    as_: As, app: FastAPI, database: Database, mentored: Mentored
) -> None:
    """And a university no more once its mentorship has ended."""
    officer, administrator, workshop = as_("officer"), as_("administrator"), path(mentored, 1)
    await begin(officer, workshop)
    session = await hold(officer, workshop)
    other = await make_institution(officer)
    lists = ("/v1/workshops", "/v1/sessions")
    reads = (workshop, f"{workshop}/gate", f"{workshop}/transitions", f"{workshop}/sessions", session)
    of_the_mentorship = f"/v1/mentorships/{mentored.mentorship}/workshops"
    async with (
        speaking_for(app, administrator, "region_editor", region_code="32.04") as neighbour,
        speaking_for(app, administrator, "mentor", institution_id=other) as stranger,
        speaking_for(app, administrator, "mentor") as nobody,
    ):
        for person in (as_("mentor"), as_("region_editor"), as_("auditor")):
            assert {(await person.get(read)).status_code for read in (*reads, of_the_mentorship)} == {200}
        assert (await neighbour.get(workshop)).status_code == (await stranger.get(workshop)).status_code == 404
        await update(database, "mentorships", mentored.mentorship, "state = 'ended'")
        for person in (neighbour, stranger, nobody, as_("mentor")):
            assert {(await person.get(read)).status_code for read in (*reads, of_the_mentorship)} == {404}
            assert [await every_row(person, one) for one in lists] == [[], []]
            writes = {
                (await step(person, workshop, "closed")).status_code,
                (await change(person, workshop, outputs={})).status_code,
                (await change(person, session, notes=None)).status_code,
                (await person.delete(session, headers={"If-Match": "*"})).status_code,
            }
            assert writes == ({403} if person is neighbour else {404})
    assert (await as_("region_editor").get(workshop)).status_code == 200


async def test_workshops_are_found_by_what_a_screen_asks(as_: As, database: Database) -> None:
    officer = as_("officer")
    one = await make_mentored(officer, database, closed=2)
    other = await make_mentored(officer, database, "33.74", cohort="next", closed=1)

    async def found(**query: object) -> list[tuple[str, int]]:
        rows = await every_row(officer, "/v1/workshops", **query)
        return [(row["region_code"], row["number"]) for row in rows]

    assert len(await found()) == 8
    assert await found(state="closed", sort="number") == [("32.73", 1), ("33.74", 1), ("32.73", 2)]
    assert await found(state_in="planned,open", cohort="test", sort="-number") == [("32.73", 4), ("32.73", 3)]
    assert await found(number=2, sort="-region_code") == [("33.74", 2), ("32.73", 2)]
    assert {region for region, _ in await found(province="33")} == {"33.74"}
    assert {region for region, _ in await found(region="32.73")} == {"32.73"}
    assert {region for region, _ in await found(candidacy=other.candidacy)} == {"33.74"}
    assert {region for region, _ in await found(mentorship=one.mentorship)} == {"32.73"}
    assert len(await found(institution=str(INSTITUTION))) == 8
    assert await found(institution=one.mentorship) == []
    rows = await every_row(officer, f"/v1/mentorships/{one.mentorship}/workshops", state="closed", sort="-number")
    assert [row["number"] for row in rows] == [2, 1]
