"""A region's path holds every step of its records, in the order of their days, and tells nobody what is hidden."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.kernel.transitions import enter
from app.kernel.writing import act_as, new_id
from app.models.memoranda import Memorandum
from app.models.mentorships import Mentorship
from tests.conftest import INSTITUTION, As
from tests.ground import laid
from tests.routers.factories import every_row, faults, make_cohort, make_institution
from tests.routers.mentored import Mentored, make_mentored
from tests.routers.results import make_commitment, make_plan, make_quick_win, walk

PATH = "/v1/regions/32.73/timeline"
EVERYONE = ("public", "region_editor", "assessor", "mentor", "data_steward", "auditor", "officer", "administrator")
CONCERNED = ("region_editor", "mentor", "auditor", "officer", "administrator")


async def steps(reader: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    """Return the steps of the current cohort, oldest first."""
    return await every_row(reader, PATH, **({"cohort": "test"} | query))


def kinds(rows: Collection[dict[str, Any]], kind: str) -> list[tuple[str | None, str | None]]:
    """Return the moves of one kind of record, in the order told."""
    return [(row["from_state"], row["to_state"]) for row in rows if row["kind"] == kind]


@laid
async def add_memorandum(database: Database, candidacy: str, *states: str, number: str = "1") -> None:
    """Add a memorandum that went through these states."""
    signed = "signed" in states
    async with database.write() as session:
        row = Memorandum(
            id=new_id(),
            candidacy_id=UUID(candidacy),
            number=number,
            year=2026,
            date=date(2026, 5, 8),
            place="Jakarta",
            state=states[-1],
            published_at=datetime.now(UTC) if signed else None,
        )
        session.add(row)
        await session.flush()
        await walk(session, "memoranda", row.id, *states)


@laid
async def make_path(officer: httpx.AsyncClient, database: Database, region: str = "32.73") -> Mentored:
    """Make a region whose path has steps of every kind, public and not."""
    mentored = await make_mentored(officer, database, region)
    await add_memorandum(database, mentored.candidacy, "drafted", "signed", "void")
    await add_memorandum(database, mentored.candidacy, "drafted", number="2")
    async with database.write() as session:
        await walk(session, "mentorships", mentored.mentorship, "assigned", "active")
        await walk(session, "workshops", mentored.workshops[0], "planned", "open", "closed")
        await make_commitment(session, mentored.candidacy, "drafted", "signed")
        await make_commitment(session, mentored.candidacy, "drafted", agency="Dinas Kominfo")
        await make_plan(
            session, mentored.candidacy, "draft", "submitted", "returned", "submitted", "accepted", "enacted"
        )
        await make_plan(session, mentored.candidacy, "draft", title="Revisi")
        await make_quick_win(
            session,
            mentored.candidacy,
            *("proposed", "approved", "running", "completed"),
            reports=[(date(2026, 4, 1), 20), (date(2026, 5, 1), 45)],
            closing=(date(2026, 8, 1), 12.5),
        )
        await make_quick_win(session, mentored.candidacy, "proposed", "cancelled", title="Batal")
    return mentored


@pytest.mark.parametrize("person", EVERYONE)
async def test_whoever_sees_the_record_sees_its_public_steps(as_: As, database: Database, person: str) -> None:
    """Steps that led to what was hidden stay hidden from whom they do not concern, though the record is public now."""
    await make_path(as_("officer"), database)
    rows = await steps(as_(person))
    concerned, office = person in CONCERNED, person in set(CONCERNED) - {"mentor"}
    assert kinds(rows, "candidacies") == [(None, "nominated")]
    assert kinds(rows, "mentorships") == [(None, "assigned"), ("assigned", "active")]
    # A draft of a memorandum is between the region and the ministry.
    signed = [("drafted", "signed"), ("signed", "void")]
    assert kinds(rows, "memoranda") == ([(None, "drafted"), *signed, (None, "drafted")] if office else signed)
    gates = [(None, "planned"), ("planned", "open"), ("open", "closed")]
    assert kinds(rows, "workshops") == (gates if concerned else [])
    drafts = [(None, "drafted")] if concerned else []
    assert kinds(rows, "commitments") == [*drafts, ("drafted", "signed"), *drafts]
    law = [("submitted", "accepted"), ("accepted", "enacted")]
    work = [(None, "draft"), ("draft", "submitted"), ("submitted", "returned"), ("returned", "submitted")]
    assert kinds(rows, "master-plans") == ([*work, *law, (None, "draft")] if concerned else law)
    done = [("proposed", "approved"), ("approved", "running"), ("running", "completed")]
    dropped = [(None, "proposed"), ("proposed", "cancelled")]
    assert kinds(rows, "quick-wins") == ([(None, "proposed"), *done, *dropped] if concerned else done)
    assert kinds(rows, "progress-reports") == [(None, None), (None, None)]
    # Neither why nor by whom, for anybody: that is in the history of each record.
    assert {name for row in rows for name in row} == {
        "id", "at", "effective_on", "cohort_code", "simulation", "kind", "record_id", "from_state", "to_state",
        "text_en", "text_id",
    }  # fmt: skip
    assert all(row["text_en"] and row["text_id"] for row in rows)


async def test_only_those_whom_it_concerns_see_what_is_in_the_making(as_: As, database: Database) -> None:
    """Another region's office, another institution and a mentorship that ended see what everyone sees."""
    officer = as_("officer")
    mentored = await make_path(officer, database, "32.71")
    path = "/v1/regions/32.71/timeline"
    public = await every_row(as_("public"), path)
    assert await every_row(as_("region_editor"), path) == public
    assert await every_row(as_("mentor"), path) != public
    other = UUID(await make_institution(officer))
    for changed in ({"institution_id": other}, {"institution_id": INSTITUTION, "state": "ended"}):
        async with database.write() as session:
            mentorship = await session.get_one(Mentorship, UUID(mentored.mentorship))
            for name, value in changed.items():
                setattr(mentorship, name, value)
        assert [row["id"] for row in await every_row(as_("mentor"), path)] == [row["id"] for row in public]


async def test_a_cohort_that_is_not_published_leaves_no_trace(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer, state="draft")
    mentored = await make_path(officer, database)
    assert len(await steps(officer)) > len(mentored.workshops)
    for person in ("public", "assessor", "data_steward"):
        assert await steps(as_(person)) == []


async def test_the_sentences_say_what_the_records_say(as_: As, database: Database) -> None:
    await make_path(as_("officer"), database)
    told = {(row["text_en"], row["text_id"]) for row in await steps(as_("officer"))}
    assert told >= {
        ("The region was nominated.", "Daerah dicalonkan."),
        ("Universitas Uji began to mentor the region.", "Universitas Uji mulai mendampingi daerah."),
        ("Workshop 1 was closed with its outputs.", "Bimtek 1 ditutup dengan luarannya."),
        (
            "The commitment of the head of the region was signed.",
            "Komitmen kepala daerah ditandatangani.",
        ),
        ("A commitment of Dinas Kominfo was drafted.", "Komitmen Dinas Kominfo dirancang."),
        (
            "The master plan “Bandung Cerdas” was submitted again.",
            "Rencana induk “Bandung Cerdas” diajukan kembali.",
        ),
        (
            "The master plan “Bandung Cerdas” was enacted by mayor regulation 12 of 2026.",
            "Rencana induk “Bandung Cerdas” ditetapkan dengan Peraturan Wali Kota Nomor 12 Tahun 2026.",
        ),
        (
            "The quick win “Izin satu hari” was completed: 12.5 of 15 minutes.",
            "Program pintas “Izin satu hari” selesai: 12,5 dari 15 minutes.",
        ),
        (
            "The quick win “Izin satu hari” reported 45 per cent.",
            "Program pintas “Izin satu hari” melaporkan 45 persen.",
        ),
    }


async def test_what_a_record_says_is_told_as_it_is(as_: As, database: Database) -> None:
    """Signs that mean something to the database mean nothing in a title."""
    mentored = await make_mentored(as_("officer"), database)
    title = "100% %s %1$s {title} 'x' \\ \"y\""
    async with database.write() as session:
        await make_quick_win(session, mentored.candidacy, "approved", title=title)
    (row,) = await steps(as_("public"), kind="quick-wins")
    assert row["text_en"] == f"The quick win “{title}” was approved."


async def test_steps_stand_in_the_order_of_their_days(as_: As, database: Database) -> None:
    """Of one day, in the order in which they were written down. The day is the region's own."""
    mentored = await make_mentored(as_("officer"), database)
    async with database.write() as session:
        quick_win = await make_quick_win(
            session, mentored.candidacy, "approved", "running", reports=[(date(2026, 4, 1), 20)]
        )
        moves = [(str(quick_win.id), "running", "cancelled")]
        await enter(session, "quick-wins", moves, reason="x", actor="key:1", effective_on=date(2026, 3, 31))
    async with database.read() as connection:
        # 17:30 UTC on New Year's Eve is already the next year in Jakarta.
        late = datetime(2025, 12, 31, 17, 30, tzinfo=UTC)
        await connection.execute("UPDATE transitions SET at = $1 WHERE effective_on IS NULL", late)
    rows = await steps(as_("public"))
    assert [(row["kind"], row["to_state"], row["effective_on"]) for row in rows] == [
        ("candidacies", "nominated", "2026-01-01"),
        ("quick-wins", "approved", "2026-01-01"),
        ("quick-wins", "running", "2026-01-01"),
        ("quick-wins", "cancelled", "2026-03-31"),
        ("progress-reports", None, "2026-04-01"),
    ]
    assert await steps(as_("public"), sort="-effective_on", limit=2) == rows[::-1]
    assert await steps(as_("public"), limit=1) == rows


@pytest.mark.parametrize(("region", "day"), [("32.73", "2026-12-31"), ("73.71", "2027-01-01"), ("91.71", "2027-01-01")])
async def test_a_day_is_that_of_the_regions_own_clock(as_: As, database: Database, region: str, day: str) -> None:
    """16:30 UTC is half past eleven at night in Jakarta, and half past midnight in Makassar."""
    await make_mentored(as_("officer"), database, region)
    async with database.read() as connection:
        await connection.execute("UPDATE transitions SET at = $1", datetime(2026, 12, 31, 16, 30, tzinfo=UTC))
    (row,) = await every_row(as_("public"), f"/v1/regions/{region}/timeline", cohort="test")
    assert row["effective_on"] == day


async def test_a_historic_step_without_a_day_stands_behind_the_one_before_it(as_: As) -> None:
    """Depok stood in 2018, whose choice has no day, and in 2019: one path, in the order it was walked."""
    rows = await every_row(as_("public"), "/v1/regions/32.76/timeline", limit=3)
    assert [(row["cohort_code"], row["kind"], row["to_state"], row["effective_on"]) for row in rows] == [
        ("2018", "candidacies", "assessed", "2018-03-07"),
        ("2018", "candidacies", "selected", None),
        ("2018", "candidacies", "mou_signed", "2018-05-08"),
        ("2018", "memoranda", "signed", "2018-05-08"),
        ("2019", "candidacies", "assessed", "2019-02-22"),
        ("2019", "candidacies", "selected", "2019-02-28"),
        ("2019", "candidacies", "mou_signed", "2019-05-15"),
        ("2019", "memoranda", "signed", "2019-05-15"),
    ]


async def test_the_path_can_be_narrowed(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_path(officer, database)
    everything = await steps(officer)
    plans = await steps(officer, kind="master-plans")
    assert plans == [row for row in everything if row["kind"] == "master-plans"]
    both = await steps(officer, kind_in="master-plans,workshops")
    assert len(both) == len(plans) + 3
    first = plans[0]["record_id"]
    assert await steps(officer, record=first) == [row for row in plans if row["record_id"] == first]
    since = await steps(officer, effective_on_gte="2026-04-01", effective_on_lt="2026-05-01")
    assert [row["to_state"] for row in since] == [None]
    assert await every_row(officer, PATH, cohort="2018") == []
    counted = (await officer.get(PATH, params={"cohort": "test", "count": "true", "limit": 1})).json()
    assert counted["total"] == len(everything)


async def test_what_cannot_be_asked_is_refused(as_: As) -> None:
    public = as_("public")
    assert (await public.get("/v1/regions/99.99/timeline")).status_code == 404
    assert faults(await public.get(f"{PATH}?kind=reviews")) == {("kind", "invalid_choice")}
    assert faults(await public.get(f"{PATH}?sort=at")) == {("sort", "invalid_choice")}
    assert (await every_row(public, "/v1/regions/32/timeline")) == []


async def test_the_history_of_other_records_is_no_step(as_: As, database: Database) -> None:
    """A cohort and an assessment have histories of their own."""
    mentored = await make_mentored(as_("officer"), database)
    async with database.write() as session:
        await act_as(session, SYSTEM)
        for resource in ("assessments", "selection-runs", "cohorts"):
            await walk(session, resource, mentored.candidacy, "open", "submitted")
    assert [row["kind"] for row in await steps(as_("officer"))] == ["candidacies"]
