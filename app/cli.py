"""The `seratus` command: one line for every failure, and an exit code that says so."""

import asyncio
import json
import sys
from contextlib import ExitStack, redirect_stderr
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from app import client, databases, worker
from app import demo as rehearsal
from app.client import Client, ClientError
from app.commands import DEFAULT_URL, CommandError, Key, Url, err, out
from app.config import Settings, SettingsError, load_settings
from app.demo.own_server import own_server
from app.downloads import FORMATS, Download, Manifest
from app.kernel import serving
from app.kernel.embedded import EmbeddedError
from app.kernel.ending import end_when_told
from app.kernel.formats import MEDIA_TYPES
from app.kernel.logs import unfailing
from app.kernel.migrations import UnknownRevisionError
from app.kernel.restored import FarBehindError
from app.key_commands import keys
from app.services.datasets import DATASETS
from app.services.setup import Setup, prepare
from app.verifying import AuditBrokenError, digest_in, verify_all

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help="The programme registry."
)
app.add_typer(keys, name="keys")
app.add_typer(audit := typer.Typer(no_args_is_help=True, help="Verify the audit."), name="audit")


@app.command()
def serve() -> None:
    """Start the service; without SERATUS_DATABASE_URL with a PostgreSQL of its own."""
    settings = load_settings()
    end_when_told()
    with serving.bind(settings) as listener, databases.running(settings) as place:
        setup = _prepare(settings)
        # From here on a request waits for its answer, so whoever reads the address may use it at once.
        listener.listen()
        _say(f"{serving.GREETING}{serving.address_of(listener)} (documentation: /docs)")
        _say(f"its data lies in {place}")
        _tell(setup, settings)
        with worker.beside(settings):
            serving.run(
                "app.main:create_app",
                listener,
                workers=settings.workers,
                trusted_proxies=settings.trusted_proxies,
            )


@app.command(name="worker")
def work() -> None:
    """Do the background work, such as sending webhooks, for a service that runs with SERATUS_WORKER=false."""
    settings = load_settings()
    with databases.registry(settings):
        asyncio.run(worker.run_until_told(settings))


@app.command()
def migrate() -> None:
    """Bring the database to this version and load the reference data."""
    settings = load_settings()
    with databases.running(settings):
        setup = _prepare(settings)
    if setup.newer is None:
        typer.echo(f"{len(setup.revisions)} revisions applied, {setup.loaded} reference rows added")
    _tell(setup, settings)


@app.command()
def demo(
    url: Annotated[str | None, typer.Option(help="A running service; without it, one is started for so long.")] = None,
    key: Annotated[str, typer.Option(envvar=client.KEY_VARIABLE, help="An administrator's key.")] = "",
) -> None:
    """Rehearse a cohort on real data through the public API."""
    end_when_told()
    if url is not None:
        with Client(url, key) as administrator:
            rehearsal.run(administrator, out)
        return
    with ExitStack() as stack:
        with err.status("starting a service for the demo"):
            own = stack.enter_context(own_server())
        rehearsal.run(stack.enter_context(Client(*own)), out)
    _say("The demo's own service and its data are gone. To look around: seratus serve, then seratus demo --url --key.")


@app.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV, JSON or NDJSON")],
    dataset: Annotated[str, typer.Option(help="regions, indicator-values or candidacies")],
    key: Key,
    url: Url = DEFAULT_URL,
    given: Annotated[list[str] | None, typer.Option("--set", help="what the file lacks, such as year=2024")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check only")] = False,
) -> None:
    """Send a file to the service; all of it is taken in, or nothing."""
    query = {"dataset": dataset, "dry_run": str(dry_run).lower(), **_pairs("--set", given, "year=2024")}
    with Client(url, key) as session:
        report = session.send_file(file, query, err)
    done = "would be received" if dry_run else "received"
    typer.echo(
        f"{report['received']} rows {done}: "
        f"{report['created']} created, {report['updated']} updated, {report['unchanged']} unchanged"
    )


def _named(path: str) -> Path:
    """Read a path; an empty one, as of a variable that is not set, would be the folder one is in."""
    if not path:
        raise typer.BadParameter("is empty: name a file, or a folder for several datasets")
    return Path(path)


@app.command()
def export(
    datasets: Annotated[list[str], typer.Argument(metavar="DATASET...", help=", ".join(DATASETS))],
    url: Url = DEFAULT_URL,
    key: Key = "",
    to: Annotated[
        Path | None,
        typer.Option(
            parser=_named, metavar="PATH", help="a file, or a folder for several; standard output when absent"
        ),
    ] = None,
    form: Annotated[str, typer.Option("--format", help=", ".join(MEDIA_TYPES))] = "ndjson",
    filters: Annotated[list[str] | None, typer.Option("--filter", help="a filter of the list, as cohort=2018")] = None,
) -> None:
    """Write every record of the datasets that the key may see, as they all were at one moment.

    What breaks off on its way into a folder goes on where it was when the same is asked again within an hour.
    """
    for dataset in datasets:
        if dataset not in DATASETS:
            raise CommandError(f"no such dataset: {dataset}; there are {', '.join(DATASETS)}")
    if form not in MEDIA_TYPES:
        raise CommandError(f"no such format: {form}; there are {', '.join(MEDIA_TYPES)}")
    chosen = _pairs("--filter", filters, "cohort=2018")
    with Client(url, key) as session:
        if to is not None and (len(datasets) > 1 or to.is_dir()):
            _export_into(to, session, datasets, form, chosen)
        elif len(datasets) > 1:
            raise CommandError("several datasets need a folder: --to FOLDER")
        else:
            written = session.export(datasets[0], {**chosen, "format": form}, to, err)
            if to is not None:
                typer.echo(f"{written} records written to {to}")


def _export_into(folder: Path, session: Client, datasets: list[str], form: str, filters: dict[str, str]) -> None:
    if form not in FORMATS:
        raise CommandError(f"what is {form} cannot go on where it broke off; into a folder goes {' or '.join(FORMATS)}")
    manifest = Manifest(url=session.url, datasets=list(dict.fromkeys(datasets)), format=form, filters=filters)
    download = Download(session, folder, manifest, err)
    for dataset, rows in download.run().items():
        typer.echo(f"{rows} records written to {download.file(dataset)}")


@audit.command("verify")
def verify_audit(
    known: Annotated[
        str | None, typer.Option(parser=digest_in, metavar="DIGEST", help="a digest that it printed before")
    ] = None,
) -> None:
    """Compare the log with the digests under which it was sealed; name the first entry that is not as it was."""
    settings = load_settings()
    with databases.usable(), databases.registry(settings):
        typer.echo(asyncio.run(verify_all(settings, err, known)))


@app.command()
def openapi() -> None:
    """Print the contract."""
    from app.main import create_app  # noqa: PLC0415 - a fifth of a start, which no other command needs

    typer.echo(json.dumps(create_app(load_settings()).openapi(), indent=2, ensure_ascii=False))


def main() -> NoReturn:
    """Run the command; every failure that the user can mend is one line."""
    with redirect_stderr(unfailing(sys.stderr)):
        if not sys.stdout:  # a new key, for one, would be lost
            _say("seratus: standard output is closed: lead it somewhere, if to /dev/null")
            sys.exit(1)
        _main()


def _main() -> NoReturn:
    try:
        sys.exit(app(prog_name="seratus", standalone_mode=False))
    except TyperException as error:
        if message := error.format_message():  # none after the help, which says it all
            _say(f"seratus: {message}")
        sys.exit(error.exit_code)
    except (
        CommandError,
        AuditBrokenError,
        SettingsError,
        EmbeddedError,
        UnknownRevisionError,
        FarBehindError,
        ClientError,
    ) as error:
        _say(f"seratus: {error}")
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        _say(f"seratus: {where}{error.strerror or error}")
    sys.exit(1)


def _prepare(settings: Settings) -> Setup:
    with databases.usable(), err.status("preparing the database"):
        return asyncio.run(prepare(settings))


def _tell(setup: Setup, settings: Settings) -> None:
    if setup.newer is not None:
        _say(f"the database belongs to a newer version of Seratus (revision {setup.newer}): it is left as it is")
    if setup.restored:
        _say("the database was restored here or copied: who follows its changes is told to load them anew")
    if setup.closed:
        _say("no administrator key is good any more: set SERATUS_BOOTSTRAP_KEY to a new value and start again")
    if setup.first_key is not None and settings.bootstrap_key is None:
        _say(f"administrator key, shown this once: {setup.first_key}")


def _pairs(option: str, given: list[str] | None, example: str) -> dict[str, str]:
    """Read `name=value`, as given several times with an option."""
    pairs = {}
    for pair in given or []:
        name, equals, value = pair.partition("=")
        if not equals:
            raise CommandError(f"{option} {pair}: write name=value, such as {example}")
        pairs[name] = value
    return pairs


def _say(line: str) -> None:
    typer.echo(line, err=True)
