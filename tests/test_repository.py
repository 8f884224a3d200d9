"""Rules about the repository that people forget. Each has an example that breaks it, to show that it can fail."""

import ast
import os
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import ROOT

IGNORED = [".git", *(line.strip("/") for line in (ROOT / ".gitignore").read_text().split())]
LINE_BUDGET = 300

Find = Callable[[str], list[str]]


class Rule(NamedTuple):
    """What no file whose path matches `where` may hold, but those in `allowed`."""

    name: str
    where: str
    find: Find
    example: str
    allowed: tuple[str, ...] = ()


def text_like(*patterns: str) -> Find:
    compiled = re.compile("|".join(patterns), re.MULTILINE)
    return lambda text: [match.group().strip() for match in compiled.finditer(text)]


def call_of(name: str) -> Find:
    """Find calls of a function or method in Python code, not in its comments and texts."""

    def find(text: str) -> list[str]:
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        names = [(call.lineno, getattr(call.func, "attr", getattr(call.func, "id", None))) for call in calls]
        return [f"{name}() in line {line}" for line, called in names if called == name]

    return find


def length_over(budget: int) -> Find:
    return lambda text: [f"{len(text.splitlines())} lines"] if len(text.splitlines()) > budget else []


# Put together from parts, so that this file itself names none of them.
HOSTS = [
    "py" + r"pi\.org",
    "python" + r"hosted\.org",
    "npm" + r"js\.(?:org|com)",
    "yarn" + r"pkg\.com",
    "deb" + r"ian\.org",
]
KEYS = [
    "AKIA[0-9A-Z]{16}",
    "gh[pousr]_[A-Za-z0-9]{36}",
    "-----BEGIN [A-Z ]*PRIVATE KEY-----",
    r"srt_(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*[0-9])[\w-]{32,}",  # one of ours, as issued
]

RULES = [
    Rule("name no package registry", "*", text_like(*HOSTS), "https://" + "py" + "pi.org/simple"),
    Rule("hold no secret", "*", text_like(*KEYS), "srt_" + "aB3dE5gH" * 5, allowed=("tests/kernel/observed.py",)),
    Rule("name no folder of one machine", "*", text_like(r"/(?:home|root|Users|work)/\w+"), "/home" + "/ani/data"),
    Rule("leave nothing for later", "*", text_like(r"\b(?:TO" + r"DO|FIX" + r"ME)\b"), "# TO" + "DO: think"),
    Rule(
        "say why a check is switched off",
        "*.py",
        text_like(r"# noqa(?:: ?[A-Z]+\d+(?:, ?[A-Z]+\d+)*)?$", r"# type: ignore(?:\[[a-z, -]+\])?$"),
        "import os  # noqa" + ": F401",
    ),
    Rule("keep to the line budget", "app/*.py", length_over(LINE_BUDGET), "\n" * (LINE_BUDGET + 1)),
    Rule(
        "leave the commit to the unit of work",
        "app/*.py",
        call_of("commit"),
        "session.commit()",
        allowed=("app/kernel/db.py", "app/cli.py", "app/worker.py"),
    ),
    Rule("read through projections", "app/routers/*.py", call_of("select"), "select(Region)"),
    # One that takes what it shows for its own language fails on a name in square brackets.
    Rule(
        "show data as it is",
        "app/*.py",
        text_like(r"\bConsole\("),
        "Console()",
    ),
    Rule("keep routes in rooms", "app/*.py", call_of("APIRouter"), "APIRouter()"),
]
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name.replace(" ", "_"))


def ignored(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in IGNORED)


def files() -> Iterator[tuple[str, str]]:
    """Yield path and text of what is, or may be, committed: every file that .gitignore does not name."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not ignored(name)]
        for name in names:
            if ignored(name):
                continue
            path = Path(folder, name)
            yield path.relative_to(ROOT).as_posix(), path.read_text(errors="replace")


@pytest.fixture(scope="module")
def repository() -> dict[str, str]:
    """Read every file once."""
    return dict(files())


@each_rule
def test_rule_holds(rule: Rule, repository: dict[str, str]) -> None:
    broken = {
        path: found
        for path, text in repository.items()
        if fnmatch(path, rule.where) and path not in rule.allowed and (found := rule.find(text))
    }
    assert not broken, f"these files do not {rule.name}"


@each_rule
def test_rule_can_fail(rule: Rule) -> None:
    assert rule.find(rule.example)


def test_every_kind_of_file_is_read(repository: dict[str, str]) -> None:
    expected = {
        "Makefile",
        "requirements.lock",
        "contract/package-lock.json",
        "app/main.py",
        ".ci/run",
        "tests/test_repository.py",
    }
    assert expected <= repository.keys()
    assert not [path for path in repository if path.startswith((".venv/", ".git/", "contract/node_modules/"))]


def test_every_attempt_has_its_test(repository: dict[str, str]) -> None:
    rows = [line.split("|")[1:-1] for line in repository["docs/access.md"].splitlines() if line.startswith("|")][2:]
    named = [re.fullmatch(r" `([a-z_/]+\.py)::(\w+)` ", test) for _, test in rows]
    assert all(named)
    missing = [match[0] for match in named if match and f"def {match[2]}(" not in repository.get(match[1], "")]
    assert not missing
    assert len(rows) > 40
