"""Where something is in a JSON document (RFC 6901)."""

import re
from typing import Any

_INDEX = re.compile("0|[1-9][0-9]*")
_STEP = re.compile("(?:[^/~]|~0|~1)*")


def token(key: str) -> str:
    """Write a key as one step of a pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def steps(pointer: str) -> tuple[str, ...] | None:
    """Take a pointer apart into its keys and indices; None when it is none. The empty one means the whole document."""
    first, *others = pointer.split("/")
    if first or not all(map(_STEP.fullmatch, others)):
        return None
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in others)


def leads_somewhere(document: Any, way: tuple[str, ...]) -> bool:
    """Tell whether the document has something where these steps lead, be it null."""
    for step in way:
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list) and _INDEX.fullmatch(step) and int(step) < len(document):
            document = document[int(step)]
        else:
            return False
    return True
