"""The servers under measure: four processes, one worker each, on one database."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from app.config import PREFIX
from app.kernel.serving import GREETING

PATIENCE_S = 30
COMMANDS = {
    "seratus": ("-m", "app", "serve"),
    "plain": ("-m", "benchmarks.peer", "plain"),
    "bare": ("-m", "benchmarks.peer", "bare"),
    "open": ("-m", "benchmarks.peer", "open"),
}


class Server(NamedTuple):
    """A running server."""

    name: str
    address: str
    pid: int

    def cpu_seconds(self) -> float:
        """Return how long the processor has worked for it so far; Linux only."""
        # The second field, the name in brackets, may hold spaces.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_megabytes(self) -> float:
        """Return the most memory that it ever held; Linux only."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        (peak,) = [line for line in lines if line.startswith("VmHWM")]
        return int(peak.split()[1]) / 1024


@contextmanager
def running(name: str, database_url: str, processors: Sequence[int]) -> Iterator[Server]:
    """Run one server on these processors for so long; what it logs goes to a file that is not kept."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    environment |= {f"{PREFIX}DATABASE_URL": database_url, f"{PREFIX}PORT": "0"}
    # The load is one client, which asks for more in a second than anyone may in a minute.
    environment |= {f"{PREFIX}{kind}_PER_MINUTE": "1000000000" for kind in ("READS", "WRITES", "EXPORTS")}
    with tempfile.TemporaryFile("a+") as log:
        process = subprocess.Popen([sys.executable, *COMMANDS[name]], env=environment, stderr=log)  # noqa: S603 - our own programs
        try:
            pin(process.pid, processors)
            yield Server(name, _address(process, log), process.pid)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _address(process: "subprocess.Popen[bytes]", log: TextIO) -> str:
    """Look into the log until the server tells where it can be reached: a pipe would cost whoever reads it."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        log.seek(0)
        for line in log:
            if line.startswith(GREETING) and line.endswith("\n"):
                log.seek(0, os.SEEK_END)
                return line.removeprefix(GREETING).split()[0]
        time.sleep(0.1)
    log.seek(0)
    raise RuntimeError(log.read())


def pin(pid: int, processors: Sequence[int]) -> None:
    """Keep a process, and those that it starts, on these processors; where the system cannot, it runs anywhere."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, processors)
