"""Pages speak the reader's language, run nothing, and explain what went wrong to who looks at them."""

from datetime import date

import pytest

from app.kernel.pages import Voice
from tests.kernel.doors import client_of, door

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("lang", "accepted", "spoken"),
    [("", "en", "en"), ("", "id,en;q=0.5", "id"), ("lang=id", "en", "id"), ("lang=en", "id", "en")],
)
async def test_the_readers_own_choice_comes_before_the_browsers(lang: str, accepted: str, spoken: str) -> None:
    async with client_of(door()) as client:
        page = await client.get(f"/problems/not-found?{lang}", headers=BROWSER | {"Accept-Language": accepted})

    assert f'<html lang="{spoken}">' in page.text
    assert page.headers["vary"] == "Accept, Accept-Language"
    assert "Langsung ke isi" in page.text or spoken == "en"


async def test_a_page_runs_nothing_and_asks_nobody_else() -> None:
    async with client_of(door()) as client:
        page = await client.get("/problems", headers=BROWSER)

    assert "default-src 'none'; style-src 'self'; img-src 'self';" in page.headers["content-security-policy"]
    assert "script" not in page.headers["content-security-policy"]
    assert "//" not in page.text.replace("<!doctype html>", "")


async def test_who_looks_at_pages_gets_a_page_when_it_fails() -> None:
    async with client_of(door()) as client:
        wrong = await client.get("/problems/not-found?lang=fr&x=<script>", headers=BROWSER)
        lost = await client.get("/some/where", headers=BROWSER | {"Accept-Language": "id"})
        programs = await client.get("/v1/nothing", headers=BROWSER)
        head = await client.head("/some/where", headers=BROWSER)

    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert "<script" not in wrong.text
    assert (lost.status_code, 'href="../assets/seratus.css"' in lost.text) == (404, True)
    assert '<html lang="id">' in lost.text
    assert programs.headers["content-type"] == "application/problem+json"
    assert (head.status_code, head.text, head.headers["content-type"]) == (404, "", "text/html; charset=utf-8")


def test_figures_are_written_as_the_language_does() -> None:
    english, indonesian = Voice("en"), Voice("id")

    assert (english.number(1234567), indonesian.number(1234567)) == ("1,234,567", "1.234.567")
    assert (english.number(2.5, 1), indonesian.number(2.5, 1)) == ("2.5", "2,5")
    assert (english.percent(0.125, 1), indonesian.percent(0.125, 1)) == ("12.5%", "12,5%")
    assert english.day(date(2018, 5, 8)) == "8 May 2018"
    assert indonesian.day(date(2018, 5, 8)) == "8 Mei 2018"


async def test_what_stands_between_backticks_is_shown_as_code() -> None:
    async with client_of(door()) as client:
        lost = await client.get("/some/where", headers=BROWSER)
        listed = await client.get("/problems", headers=BROWSER)

    for page in (lost, listed):
        assert "<code>/docs</code>" in page.text
        assert "&lt;code&gt;" not in page.text
