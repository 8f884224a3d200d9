"""The built-in PostgreSQL: a private server for a service that brings no database of its own.

Hides how a cluster is made, started after any kind of end, and stopped, and who may reach it: no TCP, one socket in a
folder of the server's user, a generated SCRAM password in a file of mode 0600.

A cluster lies in `<data folder>/postgres`. For root, whose server runs as another user (see embedded_host), that is a
link to a folder of its own under /var/lib/seratus, so that data folders never collide and may be moved.

The server has its own session: Ctrl-C ends the service, which drains first and then stops the server. A killed service
leaves the server behind; the next start ends that one and starts afresh, so there is one way in. The lock that
keeps a second service away is the kernel's and vanishes with its process.
"""

import errno
import hashlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from app.kernel import embedded_host
from app.kernel.embedded_host import EmbeddedError

if sys.platform != "win32":
    import fcntl

__all__ = ["DATABASE", "OWNER", "SERVICE", "EmbeddedError", "EmbeddedInUseError", "EmbeddedPostgres"]

DATABASE = "seratus"
OWNER, SERVICE = "seratus", "seratus_service"
_PASSWORDS = {OWNER: "password", SERVICE: "service-password"}
_PORT = 5432  # only names the socket file
_START_SECONDS = 300  # recovery after a crash reads the whole write-ahead log
_LEFTOVER_SECONDS = 30  # a query at work outlives its killed server until it ends
_TROUBLE = re.compile(r"(?:FATAL|PANIC|ERROR|error): +(.+)")
_FAREWELL = "pg_ctl: could not start server\nExamine the log output.\n"
# A socket address holds 103 bytes on macOS and 107 on Linux, 14 of them for the file's own name; ':' and ',' would
# mean a port or a second host to the driver.
_SOCKET_FOLDER = re.compile(r"[A-Za-z0-9._/-]{1,85}")


class EmbeddedInUseError(EmbeddedError):
    """Another process runs the server of this data folder; `url` gives the way to it."""


class EmbeddedPostgres:
    """The server of one data folder. `durable=False` trades safety at power loss for speed: for tests."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._entry = data_dir.absolute() / "postgres"
        self._durable = durable
        self._lock: int | None = None

    @property
    def home(self) -> Path:
        """The folder of cluster, log and password; for root the one under /var/lib/seratus."""
        return self._entry.resolve()

    def was_started(self) -> bool:
        """Tell whether anybody ever started it here; what became of that, the next start says."""
        return self._entry.is_symlink() or self._entry.exists()

    def url(self, database: str = DATABASE, role: str = OWNER) -> str:
        """SQLAlchemy's address of a database on this server, password included: `postgresql+asyncpg://...`.

        The owner may do everything in its databases, SERVICE what it was granted (kernel/roles.py). Needs no `start` in
        this process, so workers and commands find the server another one runs. Raises EmbeddedError before the first
        start.
        """
        try:
            password = (self.home / _PASSWORDS[role]).read_text().strip()
        except OSError as error:
            raise EmbeddedError(
                f"no password of the built-in PostgreSQL in {self.home} ({error.strerror}): start the service once; "
                "if it ran here before, restore the file"
            ) from error
        return f"postgresql+asyncpg://{role}:{password}@/{database}?host={self._socket_folder}&port={_PORT}"

    def start(self) -> str:
        """Run the server, made on first use and recovered after a crash, and answer `url()` once it is ready.

        Raises EmbeddedInUseError when a live process has started it already, EmbeddedError otherwise.
        """
        try:
            self._host = embedded_host.find_host()
            self._open_home()
            self._lock = self._take_lock()
            try:
                (self.home / "server.log").touch()
                (self.home / "server.log").replace(self.home / "server.log.1")
                self._make_cluster()
                self._launch()
                return self.url()
            except BaseException:
                with suppress(EmbeddedError, OSError):
                    self.stop()
                raise
        except OSError as error:
            raise EmbeddedError(f"the built-in PostgreSQL cannot be kept in {self._entry}: {error}") from error

    def stop(self) -> None:
        """End the server this object started: clients are cut off, everything committed is kept. Else do nothing."""
        if self._lock is None:
            return
        try:
            self._end_server()
            shutil.rmtree(self._socket_folder, ignore_errors=True)
        finally:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop it."""
        self.stop()

    @property
    def _socket_folder(self) -> Path:
        """Beside the cluster, or where that is too long or too odd for a socket address, in /tmp."""
        beside = self.home / "socket"
        if _SOCKET_FOLDER.fullmatch(str(beside)):
            return beside
        name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path("/tmp") / f"seratus-{os.geteuid()}-{name}"  # noqa: S108  known to all processes, made anew at each start

    def _open_home(self) -> None:
        """Make the home on first use; refuse one that is lost or that another user made."""
        if self._entry.is_symlink() and not self.home.is_dir():
            raise EmbeddedError(
                f"the data of {self._entry} is missing: restore {self.home}, or remove the link to begin empty"
            )
        if not self.home.exists():
            self._entry.parent.mkdir(parents=True, exist_ok=True)
            if self._host.account:
                folder = Path(tempfile.mkdtemp(prefix="cluster-", dir=embedded_host.SYSTEM_FOLDER))
                os.chown(folder, 0, self._host.account.pw_gid)
                folder.chmod(0o710)
                self._entry.symlink_to(folder)
            else:
                self._entry.mkdir(mode=0o700)
        owner = self.home.stat().st_uid
        if owner != os.geteuid():
            raise EmbeddedError(
                f"{self.home} belongs to the user with id {owner}: run the service as that user, "
                "or set SERATUS_DATA_DIR to another folder"
            )

    def _take_lock(self) -> int:
        lock = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(lock, 20).decode()
            os.close(lock)
            raise EmbeddedInUseError(
                f"process {holder} already runs the built-in PostgreSQL of {self._entry.parent}: stop it first, "
                "or set SERATUS_DATA_DIR to another folder"
            ) from error
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        return lock

    def _make_cluster(self) -> None:
        """Initialise the cluster under another name first, so that a start cut short leaves no half of one."""
        cluster, draft = self.home / "data", self.home / "data.new"
        if cluster.is_dir():
            return
        self._make_folder(draft)
        password = secrets.token_urlsafe(32)
        self._write(_PASSWORDS[OWNER], f"{password}\n")
        # The built-in C.UTF-8 sorts alike on every system and cannot change under an index with a libc update.
        self._run(
            *("initdb", "--pgdata=data.new", "--username=postgres", "--pwfile=password", "--auth=scram-sha-256"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--data-checksums", "--no-instructions", *(() if self._durable else ("--no-sync",))),
        )
        # The owner is no superuser here, as with a database of one's own.
        self._tell(
            "data.new",
            f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{password}'\nCREATE DATABASE {DATABASE} OWNER {OWNER}\n",
        )
        draft.rename(cluster)

    def _make_service_role(self) -> None:
        """Make the role that the service works as, once; the password tells that it is there."""
        if (self.home / _PASSWORDS[SERVICE]).exists():
            return
        password = secrets.token_urlsafe(32)
        self._tell(
            "data",
            f"DO $$ BEGIN CREATE ROLE {SERVICE}; EXCEPTION WHEN duplicate_object THEN NULL; END $$\n"
            f"ALTER ROLE {SERVICE} LOGIN PASSWORD '{password}'\nGRANT {SERVICE} TO {OWNER}\n",
        )
        self._write(_PASSWORDS[SERVICE], f"{password}\n")

    def _tell(self, cluster: str, statements: str) -> None:
        # Single-user mode needs no connection; exit_on_error makes it report a failure at all, the log must not repeat
        # a password, and to 256 random bits iterations would add nothing but slow connections.
        self._run(
            *("postgres", "--single", "-D", cluster, "-c", "exit_on_error=on", "-c", "scram_iterations=1"),
            *("-c", "log_min_error_statement=panic", "postgres"),
            stdin=statements,
        )

    def _launch(self) -> None:
        self._end_server()
        # Nobody answers, so lock files are stale, and their number may by now belong to another program, which
        # PostgreSQL would take for a server. One that does live on is still found: by its shared memory.
        (self.home / "data" / "postmaster.pid").unlink(missing_ok=True)
        self._make_folder(self._socket_folder)
        self._write("data/postgresql.conf", embedded_host.configuration(self._socket_folder, _PORT, self._durable))
        self._make_service_role()
        deadline = time.monotonic() + _LEFTOVER_SECONDS
        while True:
            try:
                self._run("pg_ctl", "start", "--silent", "--wait", f"--timeout={_START_SECONDS}", "--pgdata=data")
            except EmbeddedError as error:
                if "still in use" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def _end_server(self) -> None:
        # pg_ctl signals whatever process has the number in postmaster.pid; only a server that answers proves it right.
        if self._answers():
            stop = ("pg_ctl", "stop", "--silent", "--wait", "--pgdata=data")
            try:
                self._run(*stop, "--mode=fast", f"--timeout={_LEFTOVER_SECONDS}")
            except EmbeddedError:
                if self._answers():  # otherwise it was dying already, and left its files behind
                    self._run(*stop, "--mode=immediate")  # one of its processes does not end

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            found = client.connect_ex(str(self._socket_folder / f".s.PGSQL.{_PORT}"))
            return found not in {errno.ENOENT, errno.ECONNREFUSED}

    def _make_folder(self, folder: Path) -> None:
        """Make `folder` anew, the server user's own and closed to all others; what stands in its way must be ours."""
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
        if self._host.account:
            os.chown(folder, self._host.account.pw_uid, self._host.account.pw_gid)

    def _write(self, name: str, text: str) -> None:
        """Put a file of the server's user in place whole, through no link, safe on disk."""
        draft = self.home / "draft"
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123  a descriptor
            if self._host.account:
                os.chown(file.fileno(), self._host.account.pw_uid, self._host.account.pw_gid)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.home / name)

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        """Run a PostgreSQL program as the server's user in the home folder; its words go to the log.

        Paths are relative to the home: pg_ctl hands them to a shell, and PostgreSQL bounds their length. The
        environment is empty, so the service's secrets stay out of it.
        """
        account = self._host.account
        with (self.home / "server.log").open("ab+") as log:
            start = log.seek(0, os.SEEK_END)
            done = subprocess.run(  # noqa: S603  the program is ours, the arguments are literals
                [self._host.programs / program, *arguments],
                input=stdin.encode(),
                stdout=log,
                stderr=log,
                cwd=self.home,
                env={"LC_ALL": "C", "TZ": "UTC"},
                umask=0o077,
                start_new_session=True,
                check=False,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=() if account else None,
            )
            log.seek(start)
            words = log.read().decode(errors="replace").replace(_FAREWELL, "").strip()
        if done.returncode:
            reason = [*words.split("\n"), *_TROUBLE.findall(words)][-1]
            raise EmbeddedError(f"{program} of the built-in PostgreSQL failed: {reason} (see {self.home}/server.log)")
