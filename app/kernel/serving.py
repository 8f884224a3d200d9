"""The server processes: one, or several on one socket.

Hides uvicorn: that it logs as we do in each of its processes, that a taken address is told before anything else is
begun, and that no worker outlives the command which started it, where it would hold the address for good.
"""

import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from app.config import Settings, SettingsError
from app.kernel import metrics
from app.kernel.loading import unswept
from app.kernel.logs import configure_logging
from app.kernel.wire import Wire

# What a start says first, with the address after it; programs wait for this line.
GREETING = "Seratus serves on "
DRAIN_SECONDS = 20
WORKER_PATIENCE_S = 30


class _Config(uvicorn.Config):
    def load_app(self) -> Any:
        """Load the app as the command itself is loaded; in the processes beside the first, all of it is loaded here."""
        with unswept():
            return super().load_app()

    def configure_logging(self) -> None:
        """Begin a process; uvicorn calls this first in each, the commanding one included."""
        configure_logging()
        commander = multiprocessing.parent_process()
        if commander is not None:
            threading.Thread(target=_end_with, args=(commander,), daemon=True).start()


def bind(settings: Settings) -> socket.socket:
    """Take the address to serve on; nobody can connect before `listen()`. Raises `SettingsError` when it is taken."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
        try:
            # A port that only waits out its last connections is free.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {settings.host} port {settings.port} ({error.strerror}): "
            "stop what runs there, or set SERATUS_HOST and SERATUS_PORT to another address"
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the URL of what is served on a socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(factory: str, listener: socket.socket, *, workers: int, trusted_proxies: str = "") -> None:
    """Serve the app that `factory` (`module:function`) makes, until a signal says stop; then drain and return.

    The address of a client is the one that connects, or what one of the trusted proxies says of it. Requests at work
    have 20 s to end. Where an app cannot start, the process exits; the log has told why.
    """
    config = _Config(
        factory,
        factory=True,
        workers=workers,
        http=Wire,
        ws="none",  # nothing is served that way, and a bad handshake would be refused in plain text
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        # On a busy machine a worker may take longer to begin than uvicorn's own five seconds.
        timeout_worker_healthcheck=WORKER_PATIENCE_S,
    )
    if workers == 1:
        uvicorn.Server(config).run([listener])
        return
    with tempfile.TemporaryDirectory(prefix="seratus-metrics-") as folder:
        metrics.share_between_workers(Path(folder) / "numbers")
        supervisor = Multiprocess(config, [listener])
        supervisor.run()
    if STARTUP_FAILURE in {process.exitcode for process in supervisor.processes}:
        sys.exit(STARTUP_FAILURE)


def _end_with(commander: "multiprocessing.process.BaseProcess") -> None:
    commander.join()
    os.kill(os.getpid(), signal.SIGTERM)
