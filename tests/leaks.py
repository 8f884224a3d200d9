"""No secret is said: what tests write, what their processes say and what their databases log is searched for one."""

import re
from collections.abc import Iterable
from pathlib import Path

# A key of ours, of a person of the tests or as it is issued; what signs webhooks; the password in a database's address.
_SECRET = re.compile(r"srt_[\w-]{40}|whsec_[\w+/]{30}|postgresql(?:\+\w+)?://\w+:[^\s@*]+@")
# Whoever starts a service for the first time is told its first key, and told it nowhere else.
_TOLD_ONCE = re.compile(r"administrator key, shown this once: \S+")
_AROUND = 300


def secret_in(said: str) -> str | None:
    """Return the end of what was said before a secret, and the secret; None where there is none."""
    found = _SECRET.search(said)
    return None if found is None else f"a secret was said: …{said[max(found.start() - _AROUND, 0) : found.end()]}"


def check_lines(lines: Iterable[str], whose: object) -> None:
    """Fail at a line in which a process says a secret."""
    for line in lines:
        leak = None if _TOLD_ONCE.fullmatch(line.rstrip("\n")) else secret_in(line)
        assert leak is None, f"{whose}: {leak}"


def check_logs(*files: Path) -> None:
    """Fail at a secret in one of these logs."""
    for file in files:
        with file.open(encoding="utf-8", errors="replace") as lines:
            check_lines(lines, file)
