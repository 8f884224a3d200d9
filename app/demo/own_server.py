"""A service of the demo's own: started as anyone would start it, on empty data, and gone afterwards."""

import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast

from app.client import ClientError
from app.config import PREFIX
from app.kernel.auth import new_key
from app.kernel.embedded import EmbeddedPostgres
from app.kernel.serving import GREETING

COMMAND = (sys.executable, "-m", "app")
# A server drains for 20 s at most and then stops its database.
PATIENCE_S = 60


@contextmanager
def own_server() -> Iterator[tuple[str, str]]:
    """Run `seratus serve` for so long; yield its address and an administrator's key.

    Raises `ClientError` with the server's own last line when it does not start.
    """
    key = new_key()
    with tempfile.TemporaryDirectory(prefix="seratus-demo-", ignore_cleanup_errors=True) as folder:
        given = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
        # Nothing is to be sent from here, so no worker is started.
        own = {"DATA_DIR": folder, "PORT": "0", "BOOTSTRAP_KEY": key, "WORKER": "false"}
        own = {f"{PREFIX}{name}": value for name, value in own.items()}
        server = subprocess.Popen([*COMMAND, "serve"], env=given | own, stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own program
        try:
            yield _address(cast("TextIO", server.stderr)), key
        finally:
            _end(server)
            # For root the cluster lies elsewhere.
            shutil.rmtree(EmbeddedPostgres(Path(folder)).home, ignore_errors=True)


def _address(lines: TextIO) -> str:
    """Return the address that the server tells once it can be reached; keep reading, so that it can keep writing."""
    told: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        with lines:
            for line in lines:
                told.put(line)
        told.put("")

    threading.Thread(target=listen, daemon=True).start()
    last = "it ended without a word"
    while line := told.get():
        if line.startswith(GREETING):
            return line.removeprefix(GREETING).split()[0]
        last = line.strip() or last
    raise ClientError(f"the demo's own service did not start: {last.removeprefix('seratus: ')}")


def _end(server: "subprocess.Popen[str]") -> None:
    server.terminate()
    try:
        server.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
