"""The running service keeps the promises of openapi.json: schemathesis tries them, with two seeds."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from contract.conftest import KEY, PROGRAMS, REGION_KEY, write_dictionary

HERE = Path(__file__).parent
BY_CHANCE = "examples,fuzzing,stateful"


class Trial(NamedTuple):
    """What a seed tries beside what it draws by chance: all boundaries of some paths, and some steps of quick wins."""

    boundaries_of: str
    mover_key: str
    steps: tuple[str, ...]


# By seed. Boundaries take as long as what is drawn by chance and are no matter of luck: each seed has half of them.
TRIALS = {
    1: Trial("^/v1/[a-h]", REGION_KEY, ("running", "completed", "cancelled")),
    2: Trial("^/(v1/[i-z]|health|metrics)", KEY, ("approved", "cancelled")),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", TRIALS)
def test_service_keeps_the_contract(service: str, seed: int, folder: Path) -> None:
    trial = TRIALS[seed]
    write_dictionary(folder / "quick-win-steps", trial.steps)
    config = shutil.copy(HERE / "schemathesis.toml", folder)
    keys = {"SERATUS_KEY": KEY, "SERATUS_REGION_KEY": REGION_KEY, "SERATUS_MOVER_KEY": trial.mover_key}
    run = (PROGRAMS / "st", f"--config-file={config}", "run", HERE.parent / "openapi.json")
    common = (f"--url={service}", f"--seed={seed}")
    for phases in (("--phases=coverage", f"--include-path-regex={trial.boundaries_of}"), (f"--phases={BY_CHANCE}",)):
        # It keeps its findings in the working directory.
        done = subprocess.run(  # noqa: S603 - the tool, on our own service
            [*run, *common, *phases], env=os.environ | keys, cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
