"""Where the tests' PostgreSQL servers lie: in memory where there is room, for a database here lives for one test.

Cloning the template makes some thousand files. On a disk that takes the kernel up to ten times as long, synced or not.
A run that is killed leaves its folders and servers behind; the next one removes them.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.kernel.embedded import EmbeddedPostgres
from tests.leaks import check_logs

_MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private name in it
_ROOM = 2 << 30  # bytes; a run needs a quarter of that
_NAME = "seratus-test-"


@contextmanager
def server_folder() -> Iterator[Path]:
    """Make a folder within the reach of the user as whom root's server runs; remove it at the end.

    What the servers logged there is searched for secrets.
    """
    place = _place()
    _clear_away_what_was_left(place)
    draft = Path(tempfile.mkdtemp(prefix=f".{_NAME}", dir=place))
    draft.chmod(0o755)
    # The kernel lets go of the lock when this process ends, however it does. The name comes after the lock.
    lock = os.open(draft, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    folder = draft.rename(place / draft.name.removeprefix("."))
    try:
        yield folder
        check_logs(*folder.rglob("server.log*"))
    finally:
        shutil.rmtree(folder)
        os.close(lock)


def postmaster(server: EmbeddedPostgres) -> int:
    """Return the number of the server's first process."""
    return int((server.home / "data" / "postmaster.pid").read_text().split()[0])


def _clear_away_what_was_left(place: Path) -> None:
    """Remove folders whose process is gone. A server whose files are gone ends itself within a minute."""
    for folder in place.glob(f"{_NAME}*"):
        with suppress(OSError):  # it is in use, another user's, or just being removed by another run
            lock = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(lock)


def _place() -> Path:
    """Choose the place. Root's servers run copied programs, so theirs must allow that."""
    if (
        os.access(_MEMORY, os.W_OK)
        and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
        and shutil.disk_usage(_MEMORY).free >= _ROOM
    ):
        return _MEMORY
    return Path("/var/tmp" if os.geteuid() == 0 else tempfile.gettempdir())  # noqa: S108 - as above
