"""An example of every operation, recorded from the service itself by `make examples`.

Hides the files beside this module, one for each tag of the contract, with a line for each operation.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from app.kernel.examples import Example

HERE = Path(__file__).parent


def load() -> dict[str, Example]:
    """Return the examples by operation."""
    files = sorted(HERE.glob("*.json"))
    return {name: Example(**one) for file in files for name, one in json.loads(file.read_text("utf-8")).items()}


def write(examples: Mapping[str, Mapping[str, Example]]) -> None:
    """Replace all files; the examples are given by tag and operation."""
    for file in HERE.glob("*.json"):
        file.unlink()
    for tag, by_operation in examples.items():
        lines = [f"{_written(name)}: {_written(asdict(one))}" for name, one in by_operation.items()]
        (HERE / f"{tag.replace(' ', '-')}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
