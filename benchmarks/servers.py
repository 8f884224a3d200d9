"""The servers under measure: three processes, one worker each, on one database."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO, cast

from app.config import PREFIX
from app.demo.own_server import told_address

PATIENCE_S = 30
COMMANDS = {
    "seratus": ("-c", "from app.cli import main; main()", "serve"),
    "plain": ("-m", "benchmarks.peer", "plain"),
    "bare": ("-m", "benchmarks.peer", "bare"),
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
    """Run one server on these processors for so long."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    environment |= {f"{PREFIX}DATABASE_URL": database_url, f"{PREFIX}PORT": "0"}
    process = subprocess.Popen(  # noqa: S603 - our own programs
        [sys.executable, *COMMANDS[name]], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        pin(process.pid, processors)
        yield Server(name, told_address(cast("TextIO", process.stderr)), process.pid)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def pin(pid: int, processors: Sequence[int]) -> None:
    """Keep a process, and those that it starts, on these processors; where the system cannot, it runs anywhere."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, processors)
