"""The running service keeps the promises of openapi.json: schemathesis tries them, with two seeds."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from app.kernel import embedded_host
from app.kernel.embedded import EmbeddedPostgres
from contract import records

HERE = Path(__file__).parent
PROGRAMS = Path(sys.executable).parent
KEY = "srt_contract_" + "0" * 32
REGION_KEY = "srt_contract_region_" + "0" * 32
START_SECONDS = 60
BY_CHANCE = "examples,fuzzing,stateful"


class Trial(NamedTuple):
    """What a seed tries beside what it draws by chance: all boundaries of some paths, and some steps of quick wins."""

    boundaries_of: str
    mover_key: str
    steps: tuple[str, ...]


# By seed. Boundaries take as long as what is drawn by chance and are no matter of luck: each seed has half of them.
TRIALS = {
    1: Trial("^/v1/[a-h]", REGION_KEY, ("running", "completed", "cancelled")),
    2: Trial("^/(v1/[i-z]|health|metrics)", KEY, ("approved", "cancelled")),
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Lend a folder that PostgreSQL's own user, which root's server runs as, can reach."""
    with tempfile.TemporaryDirectory(prefix="seratus-contract-") as path:
        Path(path).chmod(0o755)
        yield Path(path)


@pytest.fixture
def service(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run `seratus serve` on a fresh database; give its address."""
    monkeypatch.setattr(embedded_host, "SYSTEM_FOLDER", folder / "system")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with EmbeddedPostgres(folder / "data", durable=False) as postgres, (folder / "log").open("w+") as log:
        settings = {"SERATUS_DATABASE_URL": postgres.url(), "SERATUS_PORT": str(port), "SERATUS_BOOTSTRAP_KEY": KEY}
        settings["SERATUS_WORKER"] = "false"  # the webhooks made here lead nowhere
        process = subprocess.Popen([PROGRAMS / "seratus", "serve"], env=os.environ | settings, stdout=log, stderr=log)  # noqa: S603 - our own program
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(url, process)
            for kind, values in asyncio.run(records.put(postgres.url(), REGION_KEY)).items():
                write_dictionary(folder / kind, values)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail("the service did not become ready")


def write_dictionary(file: Path, values: Iterable[str]) -> None:
    file.write_text("".join(f'"{value}"\n' for value in values))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", TRIALS)
def test_service_keeps_the_contract(service: str, seed: int, folder: Path) -> None:
    trial = TRIALS[seed]
    write_dictionary(folder / "quick-win-steps", trial.steps)
    config = shutil.copy(HERE / "schemathesis.toml", folder)
    keys = {"SERATUS_KEY": KEY, "SERATUS_REGION_KEY": REGION_KEY, "SERATUS_MOVER_KEY": trial.mover_key}
    run = (PROGRAMS / "st", f"--config-file={config}", "run", HERE.parent / "openapi.json")
    common = (f"--url={service}", f"--seed={seed}")
    for phases in (("--phases=coverage", f"--include-path-regex={trial.boundaries_of}"), (f"--phases={BY_CHANCE}",)):
        # It keeps its findings in the working directory.
        done = subprocess.run(  # noqa: S603 - the tool, on our own service
            [*run, *common, *phases], env=os.environ | keys, cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
