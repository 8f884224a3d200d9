"""The pages that people look at: one layout, two languages, and no request to another host.

A page is a template in `app/templates` that extends `base.html`. Its words stand in it in both languages, as
`say(en=…, id=…)`; `number`, `percent` and `days` write figures as the language does. Hides Jinja, the choice of the
language, the headers of a page, and addresses that also hold behind a proxy that adds a path in front.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from pydantic import Field
from starlette.staticfiles import StaticFiles

from app.kernel.messages import Language, Text, language_of
from app.kernel.queries import Query
from app.kernel.rooms import Room

VARY = "Accept, Accept-Language"
# No script at all, and everything else from here.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_TEMPLATES = Path(__file__).parents[1] / "templates"
_LANGUAGES: Mapping[str, Language] = {"en": "en", "id": "id"}
_MONTHS: Mapping[Language, str] = {
    "en": "January February March April May June July August September October November December",
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
}
_CODE = re.compile("`([^`]+)`")
_SEPARATORS = {"en": str.maketrans("", ""), "id": str.maketrans(",.", ".,")}

_environment = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


def markdown(text: str) -> Markup:
    """Return a text of our own as HTML; tags in it are shown, not obeyed."""
    return Markup(_markdown.render(text))  # noqa: S704 - the renderer escapes


def _with_code(text: str) -> Markup:
    """Show what stands between backticks as code."""
    # Before Python 3.12 `sub` joins with the text's own class, and Markup would escape the tags.
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before anything is added


_environment.filters["with_code"] = _with_code

assets = Room(include_in_schema=False)
assets.mount("/assets", StaticFiles(directory=_TEMPLATES / "assets"))


class PageQuery(Query):
    """What every page understands."""

    lang: Annotated[Language | None, Field(description="the reader's own choice, before what the browser says")] = None


@dataclass(frozen=True, slots=True)
class Voice:
    """How one language says and writes things."""

    language: Language

    def say(self, en: str, id: str) -> str:  # noqa: A002 - the language's own code
        """Choose the words."""
        return Text(en=en, id=id).in_(self.language)

    def number(self, value: float | Decimal, digits: int = 0) -> str:
        """Write a number with its thousands apart."""
        return f"{value:,.{digits}f}".translate(_SEPARATORS[self.language])

    def percent(self, share: float | Decimal, digits: int = 0) -> str:
        """Write a share, 0 to 1, in per cent."""
        return f"{self.number(share * 100, digits)}%"

    def day(self, day: date) -> str:
        """Write a day, its month in full."""
        return f"{day.day} {_MONTHS[self.language].split()[day.month - 1]} {day.year}"

    def days(self, first: date, last: date) -> str:
        """Write a period, both days included."""
        if first == last:
            return self.day(last)
        together = (first.month, first.year) == (last.month, last.year)
        return f"{first.day}–{self.day(last)}" if together else f"{self.day(first)} – {self.day(last)}"  # noqa: RUF001 - a dash between days


def voice_of(request: Request) -> Voice:
    """Choose the language of a page: the reader's own choice, else what the browser says."""
    chosen = _LANGUAGES.get(request.query_params.get("lang", ""))
    return Voice(chosen or language_of(request.headers.get("accept-language")))


def wants_page(request: Request) -> bool:
    """Tell whether a browser asks for something to look at; below /v1 everything is for programs."""
    looks = "text/html" in request.headers.get("accept", "")
    return looks and request.method == "GET" and not request.url.path.startswith("/v1/")


def page(
    request: Request, template: str, *, status: int = 200, policy: str | None = _POLICY, **values: Any
) -> HTMLResponse:
    """Render a page. Without `policy` it gets the one of any other HTML, which lets scripts of ours run."""
    voice = voice_of(request)
    body = _environment.get_template(template).render(
        say=voice.say,
        number=voice.number,
        percent=voice.percent,
        days=voice.days,
        language=voice.language,
        status=status,
        root="../" * (request.scope["path"].count("/") - 1) or "./",
        in_language=lambda language: _in_language(request, language),
        **values,
    )
    headers = {"Content-Language": voice.language, "Vary": VARY}
    if policy is not None:
        headers["Content-Security-Policy"] = policy
    return HTMLResponse(body, status, headers)


def _in_language(request: Request, language: Language) -> str:
    """Return the address of the same page in a language, relative to itself."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return "?" + urlencode([*others, ("lang", language)])
