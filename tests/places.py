"""Where the tests' PostgreSQL servers lie: in memory where there is room, for a database here lives for one test.

Cloning the template makes some thousand files. On a disk that takes the kernel up to ten times as long, synced or not.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.leaks import check_logs

_MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private name in it
_ROOM = 2 << 30  # bytes; a run needs a quarter of that


@contextmanager
def server_folder() -> Iterator[Path]:
    """Make a folder within the reach of the user as whom root's server runs; remove it at the end.

    What the servers logged there is searched for secrets.
    """
    folder = Path(tempfile.mkdtemp(prefix="seratus-test-", dir=_place()))
    folder.chmod(0o755)
    try:
        yield folder
        check_logs(*folder.rglob("server.log*"))
    finally:
        shutil.rmtree(folder)


def _place() -> Path | None:
    """Choose the place, None for the usual one. Root's servers run copied programs, so theirs must allow that."""
    if (
        os.access(_MEMORY, os.W_OK)
        and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
        and shutil.disk_usage(_MEMORY).free >= _ROOM
    ):
        return _MEMORY
    return Path("/var/tmp") if os.geteuid() == 0 else None  # noqa: S108 - as above
