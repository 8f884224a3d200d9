"""Every command of the guides works, in the order in which a newcomer would type them."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from app.routers.guides import FOLDER, SLUGS
from contract.conftest import KEY, PROGRAMS

COMMANDS = re.compile(r"```sh\n(.*?)```", re.DOTALL)
# What curl says in every guide, and what makes a refusal a failure; the trial of a file is meant to be refused.
REFUSALS_MEANT = {"ministry-files": 1}


@pytest.mark.parametrize("slug", SLUGS)
def test_the_commands_of_a_guide_work(service: str, slug: str, tmp_path: Path) -> None:
    commands = "".join(COMMANDS.findall((FOLDER / f"{slug}.en.md").read_text(encoding="utf-8")))
    known = {
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "B": service,
        "KEY": KEY,
        "SERATUS_URL": service,
        "SERATUS_KEY": KEY,
    }
    done = subprocess.run(  # noqa: S603 - our own texts
        ["/bin/bash", "-euo", "pipefail", "-c", commands],
        cwd=tmp_path,
        env=os.environ | known,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('"type":"/problems/') == REFUSALS_MEANT.get(slug, 0), done.stdout
