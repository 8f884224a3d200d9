"""The page at `/` shows a cohort as everyone may see it, in both languages, whatever key comes along."""

import re

import httpx
import pytest

from app import reference
from app.kernel.db import Database
from tests.conftest import As, document
from tests.routers.factories import make_candidacy, make_cohort
from tests.routers.results import make_plan, make_quick_win
from tests.test_architecture import counted

BROWSER = {"Accept": "text/html"}


async def look(client: httpx.AsyncClient, address: str = "/", **headers: str) -> httpx.Response:
    return await client.get(address, headers=BROWSER | headers)


def words(page: httpx.Response) -> str:
    """Return what a reader sees of a page: its text, blanks made one."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


async def test_the_newest_cohort_is_shown_and_any_other_is_a_link_away(as_: As) -> None:
    chosen = {one.region_code for one in reference.participants() if one.cohort_code == "2018"}
    newest, asked = await look(as_("public")), await look(as_("public"), "/?cohort=2018")

    assert newest.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Gerakan Menuju 100 Smart City 2019 · Seratus</title>" in newest.text
    assert 'href="?cohort=2018&amp;lang=en"' in newest.text
    assert asked.text.count('class="dot chosen"') == len(chosen) + 1  # and the one in the legend
    assert set(re.findall(r"<tr><td>([\d.]+)</td>", asked.text)) == chosen
    assert "Memorandum signed 50 50" in words(asked)
    assert "Selected or signed 50 Not in this cohort 464" in words(asked)
    assert "8 May 2018, Jakarta source" in words(asked)
    assert "Master plans" not in words(asked)


async def test_it_speaks_both_languages_and_writes_figures_as_they_do(as_: As) -> None:
    english = words(await look(as_("public"), "/?cohort=2019"))
    indonesian = await look(as_("public"), "/?cohort=2019", **{"Accept-Language": "id"})

    assert "people live there 20.1 million" in english
    assert "penduduk di sana 20,1 juta" in words(indonesian)
    assert "22 Februari 2019, Pusat TIK Nasional" in words(indonesian)
    assert indonesian.headers["content-language"] == "id"
    assert words(indonesian) == words(await look(as_("public"), "/?cohort=2019&lang=id"))


async def test_a_rehearsal_says_so_and_is_shown_on_request_only(as_: As) -> None:
    await make_cohort(as_("officer"), "try", year=2030, simulation=True, title="<script>alert(1)</script>")
    newest, asked = await look(as_("public")), await look(as_("public"), "/?cohort=try")

    assert "Smart City 2019 · Seratus</title>" in newest.text
    assert "rehearsal try" in words(newest)
    assert "This is a rehearsal." not in newest.text
    assert "This is a rehearsal." in asked.text
    assert "&lt;script&gt;alert(1)" in asked.text
    assert "<script" not in asked.text


async def test_plans_and_quick_wins_stand_there_once_a_cohort_has_them(as_: As, database: Database) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    first, _ = [(await make_candidacy(officer, "test", region)).rpartition("/")[2] for region in ("32.73", "32.71")]
    assert "Quick wins" not in words(await look(as_("public"), "/?cohort=test"))
    async with database.write() as session:
        await make_quick_win(session, first, "proposed", title="Not public yet")
    before = words(await look(as_("public"), "/?cohort=test"))
    async with database.write() as session:
        await make_quick_win(session, first, "proposed", "approved", "running", title="Public by now")
        await make_plan(session, first, "draft")
    after = words(await look(as_("public"), "/?cohort=test"))

    assert "Quick wins" not in before
    assert "Master plans" not in before
    assert "How the 1 approved quick wins stand today" in after
    assert "Being written 1" in after
    assert "Candidate 2" in after


@pytest.mark.parametrize("person", ["public", "officer"])
async def test_nobody_sees_more_than_the_public(as_: As, person: str) -> None:
    await make_cohort(as_("officer"), "secret", state="draft", year=2031, title="Still a draft")
    page, draft = await look(as_(person)), await look(as_(person), "/?cohort=secret")
    public = await look(as_("public"))

    assert page.text == public.text
    assert "secret" not in page.text
    assert (draft.status_code, draft.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Still a draft" not in draft.text


async def test_what_is_not_there_is_a_page_that_says_so(as_: As) -> None:
    absent, wrong = await look(as_("public"), "/?cohort=1945&lang=id"), await look(as_("public"), "/?chort=2018")
    head = await as_("public").head("/", headers=BROWSER)

    assert (absent.status_code, '<html lang="id">' in absent.text) == (404, True)
    assert (wrong.status_code, "did you mean" in wrong.text) == (422, True)
    assert (head.status_code, head.content, head.headers["content-language"]) == (200, b"", "en")
    assert "script" not in head.headers["content-security-policy"]


async def test_without_any_public_cohort_it_says_what_will_stand_there(as_: As, database: Database) -> None:
    async with database.read() as connection:
        await connection.execute("UPDATE cohorts SET state = 'draft'")
    page = await look(as_("public"))

    assert (page.status_code, "No cohort is public yet" in page.text) == (200, True)


async def test_it_costs_four_statements_however_much_there_is(as_: As, database: Database) -> None:
    for number in range(3):
        await make_cohort(as_("officer"), f"more-{number}")
    async with database.read() as connection, counted(connection) as statements:
        await look(as_("public"), "/?cohort=2018")

    assert len(statements) == 4


def test_it_is_no_part_of_the_contract() -> None:
    assert not {"/", "/docs"} & document()["paths"].keys()
