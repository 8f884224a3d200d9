"""`seratus keys`: issue, list, rotate and revoke API keys of a running service."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Table

from app.client import Client
from app.commands import DEFAULT_URL, CommandError, Key, Url, out
from app.domain.keys import LONGEST_OVERLAP_HOURS
from app.domain.permissions import BINDINGS, Role
from app.services.api_keys import BINDING_FIELDS

keys = typer.Typer(no_args_is_help=True, help="Issue, list, rotate and revoke API keys.")


@keys.command("create")
def create_key(
    name: str,
    role: Role,
    key: Key,
    url: Url = DEFAULT_URL,
    *,
    whom: Annotated[
        str | None, typer.Option("--for", help="whom it speaks for: code of a region, id of an expert or institution")
    ] = None,
    ranges: Annotated[
        list[str] | None, typer.Option("--from", help="a network from which alone it is good, as 10.0.0.0/8")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="until it expires")] = 90,
) -> None:
    """Issue a key; it is shown once."""
    expires = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    body: dict[str, Any] = {"name": name, "role": role.value, "expires_at": expires, "address_ranges": ranges or None}
    if whom is not None:
        if role not in BINDINGS:
            raise CommandError(f"a key of the role {role.value} speaks for nobody in particular; leave out --for")
        body[BINDING_FIELDS[BINDINGS[role].to]] = whom
    with Client(url, key) as session:
        issued = session.post("/v1/api-keys", body)
    typer.echo(issued["secret"])


@keys.command("list")
def list_keys(key: Key, url: Url = DEFAULT_URL) -> None:
    """List the keys, without their secrets."""
    table = Table("name", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for header in ("role", "region", "ends", "good until", "last used", "id"):
        table.add_column(header, no_wrap=True)
    with Client(url, key) as session:
        for row in session.every("/v1/api-keys"):
            until = "revoked" if row["revoked_at"] else row["expires_at"][:10]
            region = row["region_code"] or ""
            used = (session.get(f"/v1/api-keys/{row['id']}/last-use")["last_used_at"] or "")[:10]
            table.add_row(row["name"], row["role"], region, row["hint"], until, used, row["id"])
    out.print(table)


@keys.command("rotate")
def rotate_key(
    id: str,  # noqa: A002 - the word the user types
    key: Key,
    url: Url = DEFAULT_URL,
    overlap: Annotated[
        int, typer.Option(min=0, max=LONGEST_OVERLAP_HOURS, help="hours for which the old secret goes on working")
    ] = 24,
) -> None:
    """Give a key a new secret; it is shown once."""
    with Client(url, key) as session:
        rotated = session.post_beneath(_path_of(id), "rotations", {"overlap_hours": overlap})
    typer.echo(rotated["secret"])


@keys.command("revoke")
def revoke_key(id: str, key: Key, url: Url = DEFAULT_URL) -> None:  # noqa: A002 - the word the user types
    """Revoke a key from the next request on."""
    with Client(url, key) as session:
        session.delete(_path_of(id))
    typer.echo("revoked")


def _path_of(key_id: str) -> str:
    return f"/v1/api-keys/{quote(key_id, safe='')}"
