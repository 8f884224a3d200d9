"""The image cannot be built everywhere, so every path and command that the Dockerfile names is checked here."""

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import typer

from app import __main__ as entry
from app import cli
from app.config import load_settings
from tests.conftest import ROOT, document


class Instruction(NamedTuple):
    """`COPY app app` as keyword and the rest of the line."""

    keyword: str
    rest: str


def instructions() -> list[Instruction]:
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", "")
    return [Instruction(*line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def stages() -> list[list[Instruction]]:
    found: list[list[Instruction]] = []
    for instruction in instructions():
        if instruction.keyword == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found


def rests(stage: list[Instruction], keyword: str) -> list[str]:
    return [rest for found, rest in stage if found == keyword]


def copied_from_here(stage: list[Instruction]) -> list[str]:
    return [source for rest in rests(stage, "COPY") if not rest.startswith("--from") for source in rest.split()[:-1]]


def copied_by_the_build(stage: list[Instruction]) -> list[str]:
    """Return what a stage has from here by way of the first, where it was compiled."""
    (folder,) = rests(BUILD, "WORKDIR")
    return [
        source
        for source in copied_from_here(BUILD)
        if f"--from=build {folder}/{source} {source}" in rests(stage, "COPY")
    ]


def environment(stage: list[Instruction]) -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in rests(stage, "ENV") for pair in rest.split())


BUILD, FINAL = stages()


@pytest.mark.parametrize("source", sorted({*copied_from_here(BUILD), *copied_from_here(FINAL)}))
def test_what_is_copied_exists_and_is_sent_to_the_builder(source: str) -> None:
    assert (ROOT / source).exists()
    assert f"!{source}" in (ROOT / ".dockerignore").read_text().splitlines()


def test_everything_that_the_service_reads_is_in_the_image(tmp_path: Path) -> None:
    for source in (*copied_from_here(FINAL), *copied_by_the_build(FINAL)):
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, tmp_path / source)
    code = """
from app.kernel.loading import unswept
with unswept():
    import app.main, app.cli
    from app.config import Settings
    from app.kernel.migrations import head
    assert app.main.create_app(Settings()).openapi()["paths"]
    assert head()
print(app.main.__file__)
"""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)


def test_final_layer_builds_nothing() -> None:
    assert rests(FINAL, "FROM") == [rests(BUILD, "FROM")[0].removesuffix(" AS build")]
    assert rests(FINAL, "FROM")[0].endswith("-slim")
    assert not re.search(r"\b(pip|apt|apt-get|gcc|make|curl)\b", " ".join(rests(FINAL, "RUN")))
    build_system = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    for requirement in [*build_system, "pip"]:
        name = re.split(r"[^a-z-]", requirement)[0]
        assert re.search(rf"pip uninstall .*\b{name}\b", " && ".join(rests(BUILD, "RUN")))


def test_nothing_is_compiled_at_a_start() -> None:
    """The service may not write there, and would compile all of itself every time."""
    assert copied_by_the_build(FINAL) == ["app"]
    assert re.search(r"python -m compileall -q app$", rests(BUILD, "RUN")[-1])
    assert "--no-compile" not in " ".join(rests(BUILD, "RUN"))


def test_only_locked_packages_are_installed() -> None:
    installs = re.findall(r"pip install [^&]*", " && ".join(rests(BUILD, "RUN")))
    assert len(installs) == 2
    assert "--require-hashes -r requirements.lock" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]


def test_environment_is_used_where_it_was_made() -> None:
    """Its scripts name their interpreter by its full path."""
    assert rests(BUILD, "WORKDIR") == rests(FINAL, "WORKDIR")
    folder = rests(FINAL, "WORKDIR")[0]
    assert f"--from=build {folder}/.venv .venv" in rests(FINAL, "COPY")
    assert environment(FINAL)["PATH"].split(":")[0] == f"{folder}/.venv/bin"


def test_runs_as_a_user_who_owns_the_data_and_nothing_else() -> None:
    (user,) = rests(FINAL, "USER")
    assert int(user) > 0
    after = FINAL[FINAL.index(Instruction("USER", user)) :]
    assert not {"RUN", "COPY", "ADD"} & {instruction.keyword for instruction in after}
    (made,) = rests(FINAL, "RUN")
    assert re.search(rf"useradd .*--uid {user} seratus\b", made)
    (volume,) = rests(FINAL, "VOLUME")
    assert re.search(rf"install --directory --owner=seratus --mode=0700 {volume}\b", made)


def test_settings_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {name: value for name, value in environment(FINAL).items() if name.startswith("SERATUS_")}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(given)
    assert settings.host == "0.0.0.0"  # noqa: S104 - a container is reached from outside
    assert rests(FINAL, "EXPOSE") == [str(settings.port)]
    assert [str(settings.data_dir)] == rests(FINAL, "VOLUME")


def test_command_exists() -> None:
    program, command = json.loads(rests(FINAL, "CMD")[0])
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert (Path(sys.executable).parent / program).exists()
    assert scripts[program] == f"{entry.__name__}:{entry.main.__name__}"
    group = typer.main.get_command(cli.app)
    assert command in vars(group)["commands"]


@pytest.fixture(params=[200, 503])
def status_server(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """Answer every GET with one status; give the status and the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(request.param if self.path == "/health/ready" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield request.param, server.server_port
        server.shutdown()
        thread.join()


def test_health_check_tells_ready_from_not_ready(status_server: tuple[int, int]) -> None:
    status, port = status_server
    _options, command = rests(FINAL, "HEALTHCHECK")[0].split("CMD ", 1)
    program, *arguments = json.loads(command)
    assert program == "python"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, *arguments], env=os.environ | {"SERATUS_PORT": str(port)}, capture_output=True, check=False
    )
    assert (done.returncode == 0) == (status == 200)
    assert "/health/ready" in document()["paths"]


def test_a_container_that_answers_no_requests_is_told_to_have_no_health_check() -> None:
    """The image's own asks a service; a worker would be called unhealthy for good."""
    (run,) = re.findall(r"docker run (.*seratus worker)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert "--no-healthcheck" in run.split()
    assert run.endswith(" seratus seratus worker")
    assert "worker" in vars(typer.main.get_command(cli.app))["commands"]
