"""The pages behind a problem's `type`: what it means and what to do next, for people, in both languages.

Every problem that exists has its page, because both come from the same class. A browser gets HTML, anything else text.
"""

from collections.abc import Iterable

from fastapi import Request, Response

from app.kernel.messages import Language, Text
from app.kernel.pages import VARY, PageQuery, page, voice_of, wants_page
from app.kernel.problem import Problem
from app.kernel.problems import NotFound
from app.kernel.queries import read_query
from app.kernel.rooms import Room

problem_pages = Room(prefix="/problems", include_in_schema=False)
_HEADING = Text(en="Problems", id="Masalah")
_SEPARATOR = "\n\n"


@problem_pages.get("")
async def list_problems(request: Request) -> Response:
    """List every problem."""
    return _page(request, _HEADING, sorted(Problem.known.values(), key=lambda kind: (kind.status, kind.code)))


@problem_pages.get("/{slug}")
async def explain_problem(slug: str, request: Request) -> Response:
    """Explain one problem."""
    kind = Problem.known.get(slug.replace("-", "_"))
    if kind is None:
        raise NotFound
    return _page(request, kind.title, [kind])


def _page(request: Request, heading: Text, kinds: Iterable[type[Problem]]) -> Response:
    read_query(request, PageQuery)
    first = voice_of(request).language
    languages: tuple[Language, ...] = ("id", "en") if first == "id" else ("en", "id")
    entries = [_entry(kind, language) for kind in kinds for language in languages]
    if wants_page(request):
        several = len(entries) > len(languages)
        answer: Response = page(request, "problems.html", heading=heading.in_(first), entries=entries, several=several)
    else:
        lines = ("{title} ({code}, {status})\n{help}".format_map(entry) for entry in entries)
        answer = Response(_SEPARATOR.join(lines), headers={"Vary": VARY}, media_type="text/plain")
    answer.headers["Content-Language"] = ", ".join(languages)
    return answer


def _entry(kind: type[Problem], language: Language) -> dict[str, object]:
    title, text = kind.title.in_(language), kind.help.in_(language)
    return {"language": language, "title": title, "code": kind.code, "status": kind.status, "help": text}
