"""The guides say the same in both languages; that their commands work is tried against a running service."""

import re

import pytest

from app.domain.permissions import GRANTS, Permission, Role
from app.routers.guides import FOLDER, SLUGS, guide_in, permission_table
from tests.conftest import ROOT

BLOCK = re.compile(r"```.*?```", re.DOTALL)


def text_of(slug: str, language: str) -> str:
    return (FOLDER / f"{slug}.{language}.md").read_text(encoding="utf-8")


def test_every_text_is_a_guide() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == {
        f"{slug}.{tongue}.md" for slug in SLUGS for tongue in ("en", "id")
    }


@pytest.mark.parametrize("slug", SLUGS)
def test_both_languages_have_the_same_parts_and_the_same_commands(slug: str) -> None:
    english, indonesian = text_of(slug, "en"), text_of(slug, "id")
    assert BLOCK.findall(english) == BLOCK.findall(indonesian)
    shapes = [re.findall(r"^(#+|\|)", BLOCK.sub("", text), re.MULTILINE) for text in (english, indonesian)]
    assert shapes[0] == shapes[1]
    paragraphs = [set(BLOCK.sub("", text).split("\n\n")) for text in (english, indonesian)]
    assert not {part for part in paragraphs[0] & paragraphs[1] if part.strip()}, "not translated"


def test_the_command_is_on_the_path_before_it_is_typed() -> None:
    """`make serve` and `make demo` need no path; whoever goes on to `seratus` would be told that there is none."""
    guides = [text_of(slug, language) for slug in SLUGS for language in ("en", "id")]
    for text in (*guides, (ROOT / "README.md").read_text(encoding="utf-8")):
        blocks = "\n".join(BLOCK.findall(text))
        typed = re.search(r"^[^#`\n]*\bseratus [a-z]", blocks, re.MULTILINE)
        assert typed is None or 'export PATH="$PWD/.venv/bin:$PATH"' in blocks[: typed.start()]


def test_the_program_stands_in_its_guide() -> None:
    assert "def follow(" in guide_in("sync", "en").html
    assert "```" not in guide_in("sync", "id").html


def test_the_table_of_permissions_is_all_of_it() -> None:
    lines = [line.split("|")[1:-1] for line in permission_table().splitlines()]
    header, _, *rows = [[cell.strip(" `") for cell in line] for line in lines]
    assert header[1:] == [*Role]
    said = {
        (role, f"{resource}:{act}")
        for resource, *cells in rows
        for role, cell in zip(Role, cells, strict=True)
        for act in filter(None, cell.split(", "))
    }
    assert said == {(role, permission) for role in Role for permission in GRANTS[role]}
    assert {permission for _, permission in said} == {*Permission}
    assert "<th><code>region_editor</code></th>" in guide_in("permissions", "id").html
