"""Chromium, as seen from Python: hands visits to `look.mjs` and returns what was seen at each."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PATIENCE_S = 100
Visit = dict[str, Any]


def look(visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """Visit pages one after the other in one fresh browser; fail with what it said when it cannot."""
    node = Path(sys.executable).with_name("node")
    settings = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    done = subprocess.run(  # noqa: S603 - our own script
        [node, "look.mjs"], cwd=HERE, env=settings, input=json.dumps(visits), capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    seen: list[dict[str, Any]] = json.loads(done.stdout)
    return seen
