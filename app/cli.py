"""The `seratus` command: one line for every failure, and an exit code that says so."""

import asyncio
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import uvicorn
from rich.console import Console
from rich.table import Table

from app import client
from app import demo as rehearsal
from app.client import Client, ClientError
from app.config import Settings, SettingsError, load_settings
from app.domain.permissions import Role
from app.kernel.embedded import EmbeddedError, EmbeddedPostgres
from app.kernel.migrations import UnknownRevisionError
from app.main import create_app
from app.services.setup import Setup, prepare

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help="The programme registry."
)
keys = typer.Typer(no_args_is_help=True, help="Issue, list and revoke API keys.")
app.add_typer(keys, name="keys")
out = Console()
err = Console(stderr=True)

Url = Annotated[str, typer.Option(envvar=client.URL_VARIABLE, help="Where the service is.")]
Key = Annotated[str, typer.Option(envvar=client.KEY_VARIABLE, help="An API key.", show_default=False)]
DEFAULT_URL = "http://127.0.0.1:8000"
DRAIN_SECONDS = 20


@app.command()
def serve() -> None:
    """Start the service; without SERATUS_DATABASE_URL with a PostgreSQL of its own."""
    settings = load_settings()
    signal.signal(signal.SIGTERM, _stop)
    with _database(settings) as where:
        setup = _prepare(settings)
        _say(f"Seratus serves on http://{settings.host}:{settings.port} (documentation: /docs)")
        _say(f"its data lies in {where}")
        if setup.first_key is not None and settings.bootstrap_key is None:
            _say(f"administrator key, shown this once: {setup.first_key}")
        _run(settings)


@app.command()
def migrate() -> None:
    """Bring the database to this version and load the reference data."""
    settings = load_settings()
    with _database(settings):
        setup = _prepare(settings)
    out.print(f"migrated: {len(setup.revisions)} revisions; reference data: {setup.loaded} rows changed")


@app.command()
def demo(
    url: Annotated[str | None, typer.Option(help="A running service; without it, one is started.")] = None,
    key: Key = "",
) -> None:
    """Rehearse a cohort on real data through the public API."""
    with ExitStack() as stack:
        if url is None:
            url, key = stack.enter_context(_own_server())
        rehearsal.run(stack.enter_context(Client(url, key)), out)


@app.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, JSON or NDJSON")],
    dataset: Annotated[str, typer.Option(help="regions, indicator-values or candidacies")],
    key: Key,
    url: Url = DEFAULT_URL,
    parameter: Annotated[
        list[str] | None, typer.Option("--set", help="a value for a column the file lacks: year=2024")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="check only")] = False,
) -> None:
    """Send a file to the service; all of it is taken in, or nothing."""
    parameters = dict(pair.split("=", 1) for pair in parameter or [])
    with Client(url, key) as session:
        report = session.send_file(file, {"dataset": dataset, "dry_run": str(dry_run).lower(), **parameters}, out)
    out.print(
        f"received {report['received']}: {report['created']} created, {report['updated']} updated, {report['unchanged']} unchanged"
    )


@app.command()
def export(
    dataset: Annotated[str, typer.Argument(help=", ".join(client.DATASETS))],
    url: Url = DEFAULT_URL,
    key: Key = "",
    to: Annotated[Path | None, typer.Option(help="a file; standard output when absent")] = None,
) -> None:
    """Write every record of a list as NDJSON."""
    if dataset not in client.DATASETS:
        raise ClientError(f"no such dataset: {dataset}; there are {', '.join(client.DATASETS)}")
    with Client(url, key) as session:
        session.export(dataset, to, err)


@keys.command("create")
def create_key(
    name: str,
    role: Role,
    key: Key,
    url: Url = DEFAULT_URL,
    region: Annotated[str | None, typer.Option(help="code of the region it is bound to")] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="until it expires")] = 90,
) -> None:
    """Issue a key; it is shown once."""
    expires = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    body = {"name": name, "role": role.value, "expires_at": expires} | ({"region_code": region} if region else {})
    with Client(url, key) as session:
        issued = session.post("/v1/api-keys", body)
    out.print(issued["secret"], soft_wrap=True, highlight=False)


@keys.command("list")
def list_keys(key: Key, url: Url = DEFAULT_URL) -> None:
    """List the keys, without their secrets."""
    table = Table("id", "name", "role", "region", "ends with", "expires", "revoked")
    with Client(url, key) as session:
        for row in session.every("/v1/api-keys"):
            shown = ("id", "name", "role", "region_code", "hint", "expires_at", "revoked_at")
            table.add_row(*(str(row[name] or "") for name in shown))
    out.print(table)


@keys.command("revoke")
def revoke_key(id: str, key: Key, url: Url = DEFAULT_URL) -> None:  # noqa: A002 - the word the user types
    """Revoke a key from the next request on."""
    with Client(url, key) as session:
        session.delete(f"/v1/api-keys/{id}")
    out.print("revoked")


@app.command()
def openapi() -> None:
    """Print the contract."""
    print(json.dumps(create_app(Settings()).openapi(), indent=2, ensure_ascii=False))  # noqa: T201 - this is the output


def main() -> NoReturn:
    """Run the command; every failure that the user can mend is one line."""
    try:
        app()
    except (SettingsError, EmbeddedError, UnknownRevisionError, ClientError) as error:
        _say(f"seratus: {error}")
    except OSError as error:
        _say(f"seratus: {error.strerror or error}")
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(1)


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """Have the database running for so long, and tell where its data lies."""
    if settings.database_url is not None:
        yield "the configured database"
        return
    with EmbeddedPostgres(settings.data_dir) as server:
        yield str(server.home)


def _prepare(settings: Settings) -> Setup:
    with err.status("preparing the database"):
        return asyncio.run(prepare(settings))


def _say(line: str) -> None:
    err.print(line, highlight=False, markup=False, soft_wrap=True)


def _run(settings: Settings) -> None:
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


def _stop(_signal: int, _frame: Any) -> NoReturn:
    raise SystemExit(0)
