"""The running service keeps the promises of openapi.json: schemathesis tries them, with two seeds."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.kernel import embedded_host
from app.kernel.embedded import EmbeddedPostgres

HERE = Path(__file__).parent
PROGRAMS = Path(sys.executable).parent
KEY = "srt_contract_" + "0" * 32
START_SECONDS = 60
BY_CHANCE = "examples,fuzzing,stateful"
PHASES = {1: f"coverage,{BY_CHANCE}", 2: BY_CHANCE}  # by seed


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
        process = subprocess.Popen([PROGRAMS / "seratus", "serve"], env=os.environ | settings, stdout=log, stderr=log)  # noqa: S603 - our own program
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(url, process)
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


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", PHASES)
def test_service_keeps_the_contract(service: str, seed: int, folder: Path) -> None:
    config, document = HERE / "schemathesis.toml", HERE.parent / "openapi.json"
    command = (
        f"{PROGRAMS / 'st'}",
        f"--config-file={config}",
        "run",
        str(document),
        f"--url={service}",
        f"--seed={seed}",
    )
    # It keeps its findings in the working directory.
    done = subprocess.run(  # noqa: S603 - the tool, on our own service
        command, env=os.environ | {"SERATUS_KEY": KEY}, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
