"""The guides at `/guides`: how to do what people come for, in both languages. Their texts are in `app/guides`."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from fastapi import Request, Response
from markupsafe import Markup

from app.domain.permissions import GRANTS, Permission, Role
from app.kernel.messages import Language
from app.kernel.pages import PageQuery, markdown, page, voice_of
from app.kernel.problems import NotFound
from app.kernel.queries import read_query
from app.kernel.rooms import Room

FOLDER = Path(__file__).parents[1] / "guides"
# In the order in which they are wanted.
SLUGS = (
    *("getting-a-key", "ministry-files", "selection", "mentoring", "sync", "webhooks"),
    *("permissions", "personal-data"),
)
_PROGRAM = "```program\n{}\n```"
_PERMISSIONS = "```permissions\n```"

router = Room(prefix="/guides", include_in_schema=False)


class Guide(NamedTuple):
    """One guide in one language. `summary` is its first paragraph."""

    slug: str
    title: str
    summary: str
    html: Markup


@cache
def guide_in(slug: str, language: Language) -> Guide:
    """Read a guide; where it names a program beside it, the program stands in it."""
    text = (FOLDER / f"{slug}.{language}.md").read_text(encoding="utf-8")
    for program in FOLDER.glob("*.py"):
        shown = f"```python\n{program.read_text(encoding='utf-8')}```"
        text = text.replace(_PROGRAM.format(program.name), shown)
    text = text.replace(_PERMISSIONS, permission_table())
    title, summary, _ = text.split("\n\n", 2)
    return Guide(slug, title.removeprefix("# "), summary, markdown(text))


def permission_table() -> str:
    """Write the table of permissions as Markdown: a row to a kind of record, a column to a role."""
    lines = ["| | " + " | ".join(f"`{role}`" for role in Role) + " |", "|---" * (len(Role) + 1) + "|"]
    for resource in dict.fromkeys(permission.partition(":")[0] for permission in Permission):
        acts = [permission for permission in Permission if permission.startswith(f"{resource}:")]
        cells = [", ".join(act.partition(":")[2] for act in acts if act in GRANTS[role]) for role in Role]
        lines.append(f"| `{resource}` | {' | '.join(cells)} |")
    return "\n".join(lines)


@router.get("")
async def list_guides(request: Request) -> Response:
    """List the guides."""
    read_query(request, PageQuery)
    language = voice_of(request).language
    return page(request, "guides.html", guides=[guide_in(slug, language) for slug in SLUGS])


@router.get("/{slug}")
async def show_guide(slug: str, request: Request) -> Response:
    """Show one guide."""
    read_query(request, PageQuery)
    if slug not in SLUGS:
        raise NotFound
    return page(request, "guide.html", guide=guide_in(slug, voice_of(request).language))
