"""A run of tests that is killed leaves nothing behind for good, and takes nothing away from one that goes on."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import places

# Holds a folder in the place that it is told, until it is killed.
_RUN = """
import pathlib, sys
from tests import places
places._place = lambda: pathlib.Path(sys.argv[1])
with places.server_folder() as folder:
    print(folder, flush=True)
    input()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "_place", lambda: tmp_path)
    return tmp_path


def test_what_a_killed_run_left_is_removed_by_the_next(place: Path) -> None:
    run = [sys.executable, "-c", _RUN, str(place)]
    with subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killed:  # noqa: S603 - our own program
        assert killed.stdout is not None
        left = Path(killed.stdout.readline().strip())
        (left / "base").mkdir()
        with places.server_folder():
            assert left.is_dir()
        killed.send_signal(signal.SIGKILL)
    with places.server_folder() as folder:
        assert [*place.iterdir()] == [folder]
    assert not [*place.iterdir()]
