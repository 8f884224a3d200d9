"""Print an OpenAPI document without its words and examples, so that a comparison looks at nothing else.

The tool that compares pairs parameters by how much they look alike, and long examples make unlike what is the same.

    python contract/plain.py DOCUMENT
"""

import json
import sys
from pathlib import Path
from typing import Any

WORDS = {"title", "description", "summary", "example", "examples"}
NAMED = {"properties", "examples", "schemas", "responses", "parameters", "headers"}  # what is below bears any name


def plain(node: Any, under: str = "") -> Any:
    """Return a node without words; `under` is the key that holds it."""
    if isinstance(node, list):
        return [plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = node if under in NAMED else node.keys() - WORDS
    return {name: plain(member, "" if under in NAMED else name) for name, member in node.items() if name in kept}


if __name__ == "__main__":
    document = plain(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    document["info"]["title"] = "Compared"  # which no document may lack
    json.dump(document, sys.stdout, indent=2)
