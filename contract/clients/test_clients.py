"""Clients generated from the running service's contract: they hold up to strict types, and one story works with each.

The commands are those of the README, so a partner who types them gets what is tried here.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.kernel.openapi import operations
from tests.places import server_folder
from tests.services import PATIENCE_S, in_a_process

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PROGRAMS = Path(sys.executable).parent
README = "http://127.0.0.1:8000"  # where it says that the service runs
KEY = "srt_clients_" + "0" * 32
# What the generator cannot do, and says so: it sends no text as a body. The file's third form, JSON, it does send.
LEFT_OUT = {
    ("POST /v1/imports within imports", f"Unsupported content type {media_type}")
    for media_type in ("text/csv", "application/x-ndjson")
}
FOUND = {
    "regions": [
        "Kota Bogor",
        "Kota Sukabumi",
        "Kota Bandung",
        "Kota Cirebon",
        "Kota Bekasi",
        "Kota Depok",
        "Kota Cimahi",
        "Kota Tasikmalaya",
    ],
    "region": ["Kota Bandung", "city", '"1"', 304],
    "created": [201, "true", True],
    "problem": [412, "version_mismatch", "/problems/version-mismatch"],
    "opened": "open",
    "candidacies": ["32.73", "32.76", "33.74"],
    "exported": ["32.73", "32.76", "33.74"],
}


@pytest.fixture(scope="session")
def service() -> Iterator[str]:
    """Run `seratus serve` on a throw-away folder; give its address."""
    with server_folder() as folder:
        settings = {"DATA_DIR": str(folder / "data"), "BOOTSTRAP_KEY": KEY}
        with in_a_process(folder / "system", **settings) as running:
            # Made at the first request, which on a busy machine takes longer than a generator waits.
            httpx.get(f"{running.address}/openapi.json", timeout=PATIENCE_S).raise_for_status()
            yield running.address
            running.process.terminate()
            running.process.wait(timeout=30)


def command(program: str, service: str) -> list[str]:
    """Return the command of the README that runs this program, for this service."""
    found = re.search(
        rf"^(?:npx )?({program} .*http://127\.0\.0\.1:8000.*)$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    assert found
    return found[1].replace("http://127.0.0.1:8000", service).split()


def run(folder: Path, *words: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run a program of ours in a folder; fail with all that it said."""
    path = os.pathsep.join([str(PROGRAMS), str(ROOT / "contract/node_modules/.bin"), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(folder / "seratus-client")}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own tools
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_a_python_client_holds_and_works(service: str, tmp_path: Path) -> None:
    said = run(tmp_path, *command("openapi-python-client", service))
    warned = re.findall(r"^WARNING parsing (.*)\.\n\n(.*)$", said.stdout + said.stderr, re.MULTILINE)
    assert set(warned) == LEFT_OUT, said
    document = json.loads((ROOT / "openapi.json").read_text())
    made = {file.stem for file in tmp_path.glob("seratus-client/seratus_client/api/*/*.py")} - {"__init__"}
    assert made == {operation["operationId"] for _, _, operation in operations(document)}
    shutil.copy(HERE / "scenario.py", tmp_path)
    run(tmp_path, "mypy", f"--config-file={HERE / 'mypy.ini'}", "scenario.py", "seratus-client/seratus_client")
    assert json.loads(run(tmp_path, sys.executable, "scenario.py", service, KEY).stdout) == FOUND


def test_typescript_types_hold_and_work(service: str, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(ROOT / "contract/node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    run(tmp_path, *command("openapi-typescript", service))
    for name in ("scenario.ts", "tsconfig.json"):
        shutil.copy(HERE / name, tmp_path)
    run(tmp_path, "tsc", "--project", "tsconfig.json")
    assert json.loads(run(tmp_path, "node", "scenario.ts", service, KEY).stdout) == FOUND
