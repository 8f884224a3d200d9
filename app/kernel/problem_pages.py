"""The pages behind a problem's `type`: what it means and what to do next, for people, in both languages.

Every problem that exists has its page, because both come from the same class. A browser gets HTML, anything else text.
"""

from collections.abc import Iterable
from html import escape

from fastapi import APIRouter, Depends, Request, Response

from app.kernel.messages import Language, Text, language_of
from app.kernel.problem import Problem
from app.kernel.problems import NotFound
from app.kernel.queries import check_query

problem_pages = APIRouter(prefix="/problems", include_in_schema=False, dependencies=[Depends(check_query)])
_HEADING = Text(en="Problems", id="Masalah")
_SEPARATOR = "\n\n"


@problem_pages.get("")
async def list_problems(request: Request) -> Response:
    """List every problem."""
    kinds = sorted(Problem.known.values(), key=lambda kind: (kind.status, kind.code))
    return _page(request, _HEADING, kinds)


@problem_pages.get("/{slug}")
async def explain_problem(slug: str, request: Request) -> Response:
    """Explain one problem."""
    kind = Problem.known.get(slug.replace("-", "_"))
    if kind is None:
        raise NotFound
    return _page(request, kind.title, [kind])


def _page(request: Request, heading: Text, kinds: Iterable[type[Problem]]) -> Response:
    first = language_of(request.headers.get("accept-language"))
    languages: tuple[Language, ...] = ("id", "en") if first == "id" else ("en", "id")
    html = "text/html" in request.headers.get("accept", "")
    entry = _html_entry if html else _text_entry
    body = _SEPARATOR.join(entry(kind, language) for kind in kinds for language in languages)
    if html:
        title = escape(heading.in_(first))
        body = (
            f'<!doctype html><html lang="{first}"><head><meta charset="utf-8"><title>{title} · Seratus</title>'
            f"<style>body{{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui}}</style></head>"
            f"<body><h1>{title}</h1>{body}</body></html>"
        )
    headers = {"Content-Language": ", ".join(languages), "Vary": "Accept, Accept-Language"}
    return Response(body, headers=headers, media_type="text/html" if html else "text/plain")


def _html_entry(kind: type[Problem], language: Language) -> str:
    title, text = escape(kind.title.in_(language)), escape(kind.help.in_(language))
    name = f"<p><code>{kind.code}</code> · {kind.status}</p>"
    return f'<section lang="{language}"><h2>{title}</h2>{name}<p>{text}</p></section>'


def _text_entry(kind: type[Problem], language: Language) -> str:
    return f"{kind.title.in_(language)} ({kind.code}, {kind.status})\n{kind.help.in_(language)}"
