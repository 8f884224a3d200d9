"""Services in processes of their own: `seratus serve` and `seratus worker`, with what they say."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast

from app.config import PREFIX
from app.kernel.serving import GREETING
from tests.leaks import check_lines

# The command, with another folder in the place of /var/lib/seratus, which is where root's databases lie.
COMMAND = """
import sys
from pathlib import Path
from app.kernel import embedded_host
embedded_host.SYSTEM_FOLDER = Path(sys.argv.pop(1))
from app.__main__ import main
main()
"""
PATIENCE_S = 60


def command(system_folder: Path, first: str = "") -> tuple[str, ...]:
    """Return how to run `seratus` with its system folder elsewhere, after it has done `first`, which is Python."""
    return sys.executable, "-c", f"{first}\n{COMMAND}", str(system_folder)


def plain_environment() -> dict[str, str]:
    """Return our environment without any setting of the service."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


class Process:
    """A command that goes on until it is told.

    `lines` are those of its standard error that were read so far, `said` are all.
    """

    def __init__(self, system_folder: Path, settings: dict[str, str], *, does: str = "serve", first: str = "") -> None:
        environment = plain_environment() | {f"{PREFIX}{name}": value for name, value in settings.items()}
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [*command(system_folder, first), does], env=environment, stderr=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []
        self.said: list[str] = []
        self._told: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def address(self) -> str:
        """Wait until it serves, and return where."""
        return self.line(GREETING).removeprefix(GREETING).split()[0]

    def line(self, part: str) -> str:
        """Wait for a line with `part` in it, and return it; fail with all that was said when there is none."""
        found = [line for line in self.lines if part in line]
        while not found:
            line = self._told.get(timeout=PATIENCE_S)
            assert line is not None, "\n".join(["it ended, and said:", *self.lines])
            self.lines.append(line)
            found = [line] if part in line else []
        return found[0]

    def end(self, how: signal.Signals) -> int:
        """Send a signal, wait until the process and all that speak through it are gone, and return its exit code."""
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE_S)
        while (line := self._told.get(timeout=PATIENCE_S)) is not None:
            self.lines.append(line)
        return code

    def kill(self) -> None:
        """End it, if it still runs, and see that it has told no secret."""
        self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE_S)
        check_lines(self.said, "the process")

    def _read(self) -> None:
        with cast("TextIO", self.process.stderr) as stream:
            for line in stream:
                self.said.append(line.rstrip("\n"))
                self._told.put(self.said[-1])
        self._told.put(None)


@contextmanager
def in_a_process(system_folder: Path, *, does: str = "serve", first: str = "", **settings: str) -> Iterator[Process]:
    """Start the service, which does `first` before all else, for so long.

    At the end it is killed if it still runs, and must have told no secret.
    """
    service = Process(system_folder, {"PORT": "0", **settings}, does=does, first=first)
    try:
        yield service
    finally:
        service.kill()
