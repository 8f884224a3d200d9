"""The audit verified from a terminal: the whole log, in the database itself, so that no service need be trusted."""

import re

import typer
from rich.console import Console
from rich.progress import Progress

from app.config import Settings
from app.kernel.db import Database
from app.kernel.engines import create_engine, database_url
from app.services.audit import Broken, Verification, verify

_IS_THERE = "SELECT EXISTS (SELECT FROM seals WHERE encode(digest, 'hex') = $1)"
_DIGEST = re.compile("[0-9a-f]{64}")
_FAULTS = {
    "changed": "was changed after it was sealed",
    "missing": "was taken out after it was sealed",
    "added": "was put in after its place was sealed",
}


def digest_in(given: str) -> str:
    """Read a digest as people copy it. Raises `BadParameter` for what is none: a slip is no broken audit."""
    digest = given.strip().lower()
    if not _DIGEST.fullmatch(digest):
        raise typer.BadParameter(f"{given!r} is no digest, which has 64 digits from 0 to f: copy it whole")
    return digest


class AuditBrokenError(Exception):
    """The log is not as it was sealed; one line names the first entry that is not."""


async def verify_all(settings: Settings, console: Console, known: str | None = None) -> str:
    """Verify all that is kept, show on the console how far it is, and return one line that says what was found sound.

    `known` is a digest that the chain had once. Raises `AuditBrokenError`.
    """
    database = Database(create_engine(database_url(settings), pgbouncer=settings.pgbouncer))
    try:
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("verifying", total=None)
            async with database.read() as connection:
                found = await verify(
                    connection, progress=lambda done, all_: bar.update(task, completed=done, total=all_)
                )
                is_there = known is None or await connection.fetchval(_IS_THERE, known)
    finally:
        await database.close()
    if found.first_broken is not None:
        raise AuditBrokenError(_fault(found.first_broken))
    if not is_there:
        raise AuditBrokenError(f"the audit is broken: no seal has the digest {known}, so the chain was made anew")
    return _in_words(found)


def _fault(broken: Broken) -> str:
    if broken.what == "seal":
        return f"the audit is broken: seal {broken.seal} is gone, or is not what it was"
    at = "" if broken.at is None else f", {broken.resource} {broken.key} at {broken.at.isoformat()},"
    return f"the audit is broken: entry {broken.seq}{at} {_FAULTS[broken.what]} (seal {broken.seal})"


def _in_words(found: Verification) -> str:
    if found.last_seal is None:
        return f"nothing is sealed yet; {found.unsealed} entries wait for a worker"
    since = (
        "" if found.whole_since is None else f"; what was written before {found.whole_since.isoformat()} is not kept"
    )
    return (
        f"{found.verified_entries} entries are as they were sealed, {found.unsealed} are not sealed yet; "
        f"seals {found.first_seal} to {found.last_seal}, the last with the digest {found.digest}{since}"
    )
