"""The pages in a browser: nothing leaves the service's own address, nothing goes wrong, and everyone can read them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.demo.own_server import own_server
from contract.browser import look

PAGES = ("/", "/?cohort=2018", "/docs", "/problems/not-found", "/nothing/here")
READABLE = 4.5  # WCAG 2.2 AA, for text of ordinary size

VISITS: list[dict[str, Any]] = [
    {"path": path, "width": width, "scheme": scheme, "language": language}
    for path in PAGES
    for width, scheme, language in ((1200, "light", "en"), (390, "dark", "id"))
]
Seen = dict[str, Any]


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """Run `seratus serve` on data of its own; give its address."""
    with own_server() as (address, _):
        yield address


@pytest.fixture(scope="module")
def seen(service: str) -> list[Seen]:
    """Look at all pages once."""
    found = look([{**visit, "url": service + visit["path"]} for visit in VISITS])
    return [{**visit, **one} for visit, one in zip(VISITS, found, strict=True)]


def test_no_request_leaves_the_service(service: str, seen: list[Seen]) -> None:
    own = urlsplit(service).netloc
    for one in seen:
        asked = [url for url in one["requests"] if not url.startswith("data:")]
        assert asked, one["path"]
        assert {urlsplit(url).netloc for url in asked} == {own}, one["path"]
        assert not one["sockets"]


def test_nothing_goes_wrong(seen: list[Seen]) -> None:
    for one in seen:
        # The browser itself notes that a page is a 404.
        said = [text for text in one["console"] if one["status"] < 400 or "status of 404" not in text]
        assert (one["path"], said, one["violations"]) == (one["path"], [], [])
        assert one["status"] == (404 if one["path"] == "/nothing/here" else 200)


def test_everyone_can_read_them(seen: list[Seen]) -> None:
    for one in seen:
        assert one["spoken"] == one["language"]
        assert one["landmarks"] == ["header", "nav", "main", "footer"], one["path"]
        assert (one["path"], one["nameless"], one["tables"]) == (one["path"], [], 0)
        assert one["overflow"] <= 0, (one["path"], one["width"])


def test_headings_are_in_order(seen: list[Seen]) -> None:
    for one in seen:
        levels = one["levels"]
        assert (levels[0], levels.count(1)) == (1, 1), one["path"]
        assert all(after <= before + 1 for before, after in pairwise(levels)), (one["path"], levels)


def test_text_stands_out_from_its_ground(seen: list[Seen]) -> None:
    for one in seen:
        for ratio, text in one["contrasts"]:
            assert ratio >= READABLE, (one["path"], one["scheme"], text)
