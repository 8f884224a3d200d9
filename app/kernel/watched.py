"""The built-in PostgreSQL for as long as a service runs: when it ends by itself, it is started again.

A crash of one of its processes PostgreSQL mends itself. Its first process is nobody's child: killed, or ended because
the write-ahead log found no room, it is gone until somebody starts it. Hides the thread that looks whether it is there.
"""

import logging
import threading

from app.kernel.embedded import EmbeddedError, EmbeddedPostgres

LOOK_S = 1.0
# Between two tries, so that a disk which stays full is not kept busy, nor its log filled.
PAUSE_S = 5.0

_log = logging.getLogger(__name__)


class WatchedPostgres(EmbeddedPostgres):
    """The server of one data folder, recovered and started again whenever it ends before `stop`."""

    _watch: threading.Thread | None = None

    def start(self) -> str:
        """Run the server, and have an eye on it from then on."""
        url = super().start()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look_after_it, name="database", daemon=True)
        self._watch.start()
        return url

    def stop(self) -> None:
        """End the server for good; what is being started is waited for."""
        try:
            if self._watch is not None:
                self._over.set()
                self._watch.join()
                self._watch = None
        finally:
            super().stop()

    def _look_after_it(self) -> None:
        pause = LOOK_S
        while not self._over.wait(pause):
            pause = LOOK_S
            try:
                if not self._answers():
                    pause = PAUSE_S
                    _log.warning("the built-in PostgreSQL has ended; it is started again")
                    self._launch()
                    _log.warning("the built-in PostgreSQL runs again")
            except (EmbeddedError, OSError) as error:
                _log.error("the built-in PostgreSQL cannot be started, which is tried again: %s", error)
